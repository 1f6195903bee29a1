"""What of the outbox is under way, and what is due to be published now. Pure: no I/O, no clock.

Times are seconds of any steady clock, named `now_s`. A row enters with `take`, is told `sent` each
time the broker has it, and leaves with `close` when the back office has it. A row the back office
cannot accept is `park`ed: it stays open but no longer holds up the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robot.ports import OutboxRow

UNACKNOWLEDGED_MAX = 256
"""Rows published and not yet acknowledged by the back office; beyond it no further row is taken."""

RESEND_SPAN = 64
"""Only so many of the oldest are resent, so that a back office away for an hour finds a short
queue at the broker."""

RESEND_FIRST_S = 1.0
LATENCY_FACTOR = 3.0
"""A row is not resent before this many times the usual time to an acknowledgement: resending what
is only queued makes the queue longer."""

LATENCY_WEIGHT = 0.1
"""Of the newest acknowledgement in the usual time."""

RESEND_MAX_S = 30.0
PARKED_RESEND_S = 60.0

PARKED_MAX = 10_000
"""So many rows refused is a fault that further deals will not mend: nothing more is taken."""


@dataclass(slots=True)
class _Tracked:
    row: OutboxRow
    due_s: float
    attempts: int = 0
    first_sent_s: float | None = None


@dataclass(frozen=True, slots=True)
class Overdue:
    """Rows unacknowledged for longer than asked: how many, the oldest and its age in seconds."""

    count: int
    message_id: str
    age_s: float


def resend_delay_s(attempts: int, latency_s: float = 0.0) -> float:
    """Seconds to wait for the back office after the given number of attempts: 1, 2, 4 … 30.

    With a usual time to the acknowledgement of `latency_s` the first is a multiple of that.
    """
    first_s = max(RESEND_FIRST_S, LATENCY_FACTOR * latency_s)
    return float(min(RESEND_MAX_S, first_s * 2 ** min(attempts - 1, 16)))


class DeliveryWindow:
    """The open rows under way, in order of their sequence."""

    def __init__(self) -> None:
        self._tracked: dict[str, _Tracked] = {}
        self._parked: dict[str, _Tracked] = {}
        self._latency_s = 0.0

    @property
    def room(self) -> int:
        """How many further rows may be taken."""
        if len(self._parked) >= PARKED_MAX:
            return 0
        return max(0, UNACKNOWLEDGED_MAX - len(self._tracked))

    @property
    def parked_count(self) -> int:
        """Rows the back office did not accept."""
        return len(self._parked)

    def take(self, rows: Iterable[OutboxRow]) -> None:
        """Track rows of the outbox; those already known are left as they are."""
        last = next(reversed(self._tracked.values())).row.sequence if self._tracked else 0
        in_order = True
        for row in rows:
            if row.message_id in self._tracked or row.message_id in self._parked:
                continue
            self._tracked[row.message_id] = _Tracked(row, due_s=0.0)
            in_order = in_order and row.sequence > last
            last = row.sequence
        if not in_order:
            by_sequence = sorted(self._tracked.items(), key=lambda item: item[1].row.sequence)
            self._tracked = dict(by_sequence)

    def due(self, now_s: float, count: int) -> Sequence[OutboxRow]:
        """The first `count` rows to publish now, in order of their sequence."""
        rows = [item.row for item in self._parked.values() if item.due_s <= now_s][:count]
        for rank, item in enumerate(self._tracked.values()):
            if len(rows) >= count:
                break
            if item.due_s <= now_s and (item.attempts == 0 or rank < RESEND_SPAN):
                rows.append(item.row)
        return sorted(rows, key=lambda row: row.sequence)

    def sent(self, rows: Iterable[OutboxRow], now_s: float) -> None:
        """The broker has these: from now on wait for the back office before sending again."""
        for row in rows:
            if item := self._tracked.get(row.message_id):
                item.attempts += 1
                item.due_s = now_s + resend_delay_s(item.attempts, self._latency_s)
                if item.first_sent_s is None:
                    item.first_sent_s = now_s
            elif item := self._parked.get(row.message_id):
                item.attempts += 1
                item.due_s = now_s + PARKED_RESEND_S

    def was_sent(self, row: OutboxRow) -> bool:
        """Whether the broker had the row before, from this process or an earlier one."""
        item = self._tracked.get(row.message_id) or self._parked.get(row.message_id)
        return row.attempts > 0 or (item is not None and item.attempts > 0)

    def close(self, message_id: str, now_s: float) -> None:
        """The back office has it."""
        self._parked.pop(message_id, None)
        item = self._tracked.pop(message_id, None)
        # Of a row sent twice nobody knows which sending was answered.
        if item is not None and item.attempts == 1 and item.first_sent_s is not None:
            taken_s = now_s - item.first_sent_s
            self._latency_s += LATENCY_WEIGHT * (taken_s - self._latency_s)

    def park(self, message_id: str, now_s: float) -> None:
        """The back office does not accept it: try again rarely."""
        if item := self._tracked.pop(message_id, None):
            item.due_s = now_s + PARKED_RESEND_S
            self._parked[message_id] = item

    def hash_of(self, message_id: str) -> str | None:
        """The payload's hash of a row under way or parked; None for one that is not."""
        item = self._tracked.get(message_id) or self._parked.get(message_id)
        return item.row.payload_hash if item else None

    def overdue(self, now_s: float, limit_s: float) -> Overdue | None:
        """The rows sent for the first time more than `limit_s` ago and not acknowledged since."""
        ages = [
            (now_s - item.first_sent_s, message_id)
            for message_id, item in self._tracked.items()
            if item.first_sent_s is not None and now_s - item.first_sent_s > limit_s
        ]
        if not ages:
            return None
        age_s, message_id = max(ages)
        return Overdue(len(ages), message_id, age_s)
