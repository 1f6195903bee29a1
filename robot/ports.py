"""Everything the brain needs from outside, as protocols; connectors implement them.

`Venue` is the FIX side, `Store` the database, `Timers` the schedule. They are named in `desk.yaml`
and loaded by `robot/assembly.py`, a bank's own exactly like ours.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import msgspec

from robot.deals.reference import StrategyChoice
from robot.heads import Head, Place
from robot.journal import Record, RecordKind
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent, Stamped


class Poster(Protocol):
    """The only door into the brain: how a connector hands over an event. Never blocks for long."""

    def post(self, event: AnyEvent) -> None:
        """Take an event into the inbox."""
        ...

    def post_together(self, events: Sequence[AnyEvent]) -> None:
        """Take the events of one message, which belong into one turn."""
        ...

    def observe_time(self, at_ns: int) -> None:
        """A peer told its time; matters only where the venue's clock is the robot's."""
        ...

    def wait_drained(self, timeout_s: float) -> bool:
        """Whether everything posted so far was dealt with within `timeout_s` seconds."""
        ...


class HeadLog(Protocol):
    """Where the heads of the logs are written and signed; the auditor's."""

    def last(self) -> Head | None:
        """The newest head of the journal."""
        ...

    def place_of(self, segment: str, sequence: int) -> Place | None:
        """The place of a record that the journal has; None where there is none such."""
        ...

    def sign(self, place: Place, reason: str) -> None:
        """Write a head of the journal up to `place`, and of the other logs. What cannot be written
        is told by `problem`, not raised: dealing does not wait for it.
        """
        ...

    def wanted(self) -> bool:
        """Whether somebody asked for a head since the last time."""
        ...

    def contradiction(self) -> str:
        """How the journal differs from what its newest head says of it; empty = it fits."""
        ...

    def figures(self) -> dict[str, float | int | str]:
        """The last signed head, and what is wrong, for the sign of life."""
        ...

    def close(self) -> None:
        """Finish the copy and let go of the files."""
        ...


class SentMark(msgspec.Struct, frozen=True):
    """Written to the journal when a message gets its FIX number, before its bytes leave."""

    session: str
    sequence: int
    effect_id: str


class Journal(Protocol):
    """The append-only journal of the trader: one writer."""

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        """Begin a segment that starts from `snapshot` (payload of the SNAPSHOT record); its
        name.
        """
        ...

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        """Hand a record to the operating system before returning its sequence; raises
        JournalError.
        """
        ...

    def sync(self) -> None:
        """Everything appended is on the disk when this returns; raises JournalError."""
        ...

    def close(self) -> None:
        """Sync and close."""
        ...


class JournalTail(Protocol):
    """A follower's view of the journal: never past what is on the disk."""

    def poll(self, count: int) -> Sequence[Record]:
        """Up to `count` next records, across segments; empty when there are none yet."""
        ...

    def behind(self) -> int:
        """How many bytes of the synced journal are not yet polled."""
        ...


class VenueConnector(Protocol):
    """The FIX sessions of all venues."""

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None:
        """Log on; from now on events are posted. `now_ns` is the core's time."""
        ...

    def send(self, effect: Wire, effect_id: str) -> bool:
        """Send one message; False when the session is logged out (nothing was queued)."""
        ...

    def stop(self) -> None:
        """Log out."""
        ...


class StrategyHost(Protocol):
    """The processes in which hosted strategies run, from the trader's side."""

    def start(self, poster: Poster, number: int) -> None:
        """Let them come; from now on their answers are posted. `number`: the last event stepped."""
        ...

    def follow(
        self,
        stamped: Stamped,
        effects: Sequence[AnyEffect],
        live: StrategyChoice,
        candidate: StrategyChoice | None = None,
    ) -> None:
        """Tell them of an event that was stepped, and ask what they are asked by its effects;
        `live` and `candidate` are in force after it. Never waits, never raises.
        """
        ...

    def stop(self) -> None:
        """Let them go."""
        ...


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to middle and back office, as stored; `payload` is what goes on the wire."""

    message_id: str
    sequence: int
    """Order of delivery, 1, 2, 3 … over the life of the store."""
    topic: str
    payload: str
    payload_hash: str
    attempts: int
    sent_at_ns: int
    """Of the last attempt; 0 = never sent."""


class AckOutcome(enum.StrEnum):
    """What an acknowledgement of the back office did to the outbox."""

    CLOSED = "CLOSED"
    ALREADY_CLOSED = "ALREADY_CLOSED"
    HASH_DIFFERS = "HASH_DIFFERS"
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE"


class Outbox(Protocol):
    """Committed messages not yet acknowledged by the back office."""

    def pending(self, after_sequence: int, count: int) -> Sequence[OutboxRow]:
        """The first `count` open rows with a greater sequence, in order."""
        ...

    def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
        """Count an attempt for these."""
        ...

    def acknowledge(self, message_id: str, payload_hash: str, at_ns: int) -> AckOutcome:
        """The back office has it, with this hash of what it received. A differing hash keeps the
        row open.
        """
        ...

    def open_count(self) -> int:
        """How many rows are not yet acknowledged."""
        ...


class ProjectedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn as the projector hands it to the store."""

    sequence: int
    """Journal sequence of the turn's effects record."""
    segment: str
    at_ns: int
    effects: tuple[AnyEffect, ...]


class Store(Protocol):
    """The database projection: written by the projector only, read by everybody."""

    def applied(self) -> tuple[str, int]:
        """Segment and sequence of the last turn applied; ("", 0) when empty."""
        ...

    def project(self, turns: Sequence[ProjectedTurn]) -> None:
        """Apply whole turns and the new `applied` position in one transaction: all or nothing."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...


class Timers(Protocol):
    """The desk's schedule; posts events and does nothing else."""

    def start(self, poster: Poster, at_ns: int) -> None:
        """Post what is open at this moment, and from now on every change."""
        ...

    def trade_date(self, at_ns: int) -> date:
        """The trade date in force at a moment."""
        ...

    def due(self, at_ns: int) -> Sequence[AnyEvent]:
        """With the venue's clock: the events that fell due up to `at_ns` (nothing with the system
        clock).
        """
        ...

    def stop(self) -> None:
        """Stop posting."""
        ...
