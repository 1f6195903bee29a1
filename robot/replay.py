"""Following a journal: the same core, stepped again from the records.

Recovery, the auditor and `fxrobot replay --check` all use `Replayer`; they differ only in where the
records come from and what they do with a difference.
"""

from __future__ import annotations

import hashlib

import msgspec

from robot.core.engine import Engine
from robot.core.state import StrategyLoader, restore, snapshot
from robot.errors import JournalCorrupt
from robot.journal import (
    Fault,
    Header,
    Link,
    Record,
    RecordKind,
    Retry,
    Snapshot,
    decode_effects,
    decode_inputs,
    decode_turn,
    encode,
)
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect, Refused, RefuseHit
from robot.messages.events import Stamped
from robot.ports import SentMark

DIED_ON_IT = "the robot died on it again and again"


class SavedState(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot the auditor took after a record: a shorter way to the same state."""

    segment: str
    sequence: int
    at_ns: int = 0
    """Latest time of a record up to it: a segment may have been opened after the last event."""
    state: msgspec.Raw
    links: dict[str, Link]
    unsent: dict[str, Refused] = {}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place where stepping again gave something else than the journal holds."""

    segment: str
    sequence: int
    event_number: int
    expected: str
    """Effects in the journal."""
    actual: str
    """Effects stepped now."""


class Replayer:
    """A core that follows a journal. Feed it every record, in order."""

    def __init__(self, load_strategy: StrategyLoader, *, compare: bool = True) -> None:
        self._load_strategy = load_strategy
        self._compare = compare
        self.engine = Engine(load_strategy)
        self.links: dict[str, Link] = {}
        self.segment = ""
        self.sequence = 0
        self.chain = bytes(32)
        self.at_ns = 0
        """Latest time of a record: a segment may have been opened after the last event."""
        self.turns = 0
        self.events = 0
        self.pending: list[Stamped] = []
        """Inputs whose effects have not come yet."""
        self.deaths: dict[int, int] = {}
        """How often a start died while it stepped one of them."""
        self.faults: dict[int, str] = {}
        self.unsent: dict[str, Wire] = {}
        """Messages of the last turn that were never given to a FIX session."""
        self.passed_over: tuple[int, ...] = ()
        """Events of the last turn that were quarantined."""
        self.left_over: dict[str, Refused] = {}
        """The same of turns before it, refusals that somebody waits for only."""

    def apply(self, record: Record) -> Difference | None:
        """Follow one record; a difference is returned, corruption raised."""
        difference = self._apply(record)
        self.sequence = record.sequence
        self.chain = record.chain
        self.at_ns = max(self.at_ns, record.at_ns)
        return difference

    def resume(self, saved: SavedState) -> None:
        """Start from a snapshot instead of from the segment's start."""
        self.engine = Engine(self._load_strategy, restore(bytes(saved.state)))
        self.links = saved.links
        self.left_over = dict(saved.unsent)
        self.segment = saved.segment
        self.sequence = saved.sequence
        self.at_ns = saved.at_ns

    def saved(self) -> SavedState:
        """What `resume` goes on from; only after a whole turn."""
        assert not self.pending, "a turn is unfinished"
        return SavedState(
            segment=self.segment,
            sequence=self.sequence,
            at_ns=self.at_ns,
            state=msgspec.Raw(snapshot(self.engine.state)),
            links={name: Link(link.inbound, link.outbound) for name, link in self.links.items()},
            unsent=self.refusals_unsent(),
        )

    def refusals_unsent(self) -> dict[str, Refused]:
        """Refusals that were decided and given to no FIX session."""
        last = {name: one for name, one in self.unsent.items() if isinstance(one, Refused)}
        return self.left_over | last

    def _apply(self, record: Record) -> Difference | None:
        match record.kind:
            case RecordKind.HEADER:
                self.segment = msgspec.json.decode(record.payload, type=Header).segment
            case RecordKind.SNAPSHOT:
                return self._apply_snapshot(record)
            case RecordKind.INPUTS:
                self.pending = decode_inputs(record.payload)
                self.deaths = {}
                self.faults = {}
                self._note_inbound()
            case RecordKind.EFFECTS:
                return self._apply_turn(record)
            case RecordKind.SENT:
                self._note_sent(msgspec.json.decode(record.payload, type=SentMark))
            case RecordKind.FAULT:
                fault = msgspec.json.decode(record.payload, type=Fault)
                self.faults[fault.number] = fault.problem
            case RecordKind.RETRY:
                self._note_retry(msgspec.json.decode(record.payload, type=Retry))
        return None

    def _apply_snapshot(self, record: Record) -> Difference | None:
        found = msgspec.json.decode(record.payload, type=Snapshot)
        mine = snapshot(self.engine.state) if self.engine.state.stepped else b""
        self.engine = Engine(self._load_strategy, restore(bytes(found.state)))
        self.links = found.links
        self.unsent, self.left_over = {}, dict(found.unsent)
        if self._compare and mine and mine != bytes(found.state):
            return self._difference(record, bytes(found.state), mine)
        return None

    def _apply_turn(self, record: Record) -> Difference | None:
        turn = decode_turn(record.payload)
        effects = [self._step(stamped, turn.quarantined) for stamped in self.pending]
        self.turns += 1
        self.events += len(self.pending)
        self.finish_turn(effects)
        self.passed_over = turn.quarantined
        if not self._compare:
            return None
        raw = encode(effects)
        if hashlib.sha256(bytes(turn.effects)).hexdigest() != turn.hash:
            raise JournalCorrupt(f"{self.segment}: turn {record.sequence} does not match its hash")
        if hashlib.sha256(raw).hexdigest() != turn.hash:
            return self._difference(record, bytes(turn.effects), raw)
        return None

    def finish_turn(self, effects: list[tuple[AnyEffect, ...]]) -> None:
        """The pending inputs have their effects. A hit that was refused while its session was away
        is answered at the next log-on; what else could not be sent is stale by then.
        """
        hits = {name: one for name, one in self.unsent.items() if isinstance(one, RefuseHit)}
        self.left_over |= hits
        self.unsent = _wire(self.pending, effects)
        self.pending = []

    def _step(self, stamped: Stamped, quarantined: tuple[int, ...]) -> tuple[AnyEffect, ...]:
        if stamped.number in quarantined:
            self.engine.quarantine(stamped, self.faults.get(stamped.number, DIED_ON_IT))
            return ()
        return self.engine.step(stamped)

    def _note_inbound(self) -> None:
        for stamped in self.pending:
            origin = getattr(stamped.event, "origin", None)
            if origin is not None:
                self.links.setdefault(origin.session, Link()).inbound = origin.sequence

    def _note_sent(self, mark: SentMark) -> None:
        self.links.setdefault(mark.session, Link()).outbound = mark.sequence
        self.unsent.pop(mark.effect_id, None)
        self.left_over.pop(mark.effect_id, None)

    def _note_retry(self, retry: Retry) -> None:
        """A mark that nothing follows is a death; one that was survived proves innocence."""
        if retry.survived:
            self.deaths.pop(retry.number, None)
        else:
            self.deaths[retry.number] = self.deaths.get(retry.number, 0) + 1

    def _difference(self, record: Record, expected: bytes, actual: bytes) -> Difference:
        return Difference(
            segment=self.segment,
            sequence=record.sequence,
            event_number=self.engine.state.stepped,
            expected=_around_first_difference(expected, actual),
            actual=_around_first_difference(actual, expected),
        )


def effect_id(number: int, index: int) -> str:
    """Identifies an effect in the journal: the event's number and its place among that event's
    effects.
    """
    return f"{number}.{index}"


def recorded_effects(payload: bytes) -> list[list[AnyEffect]]:
    """All effects of an EFFECTS record, for readers that need no core."""
    return decode_effects(decode_turn(payload))


def _wire(inputs: list[Stamped], effects: list[tuple[AnyEffect, ...]]) -> dict[str, Wire]:
    return {
        effect_id(stamped.number, index): effect
        for stamped, row in zip(inputs, effects, strict=True)
        for index, effect in enumerate(row)
        if isinstance(effect, Wire)
    }


def _around_first_difference(text: bytes, other: bytes) -> str:
    at = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), 0)
    at = at or min(len(text), len(other))
    return text[max(0, at - 120) : at + 200].decode("utf-8", "replace")
