"""The outbox of the tests: as the real one, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import msgspec

from robot.ports import AckOutcome, OutboxRow


class MemoryOutbox:
    """Rows in a dictionary; safe to look at while a relay works on it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[str, OutboxRow] = {}
        self._closed: dict[str, str] = {}
        self.hash_differences = 0

    def add(self, row: OutboxRow) -> None:
        with self._lock:
            self._open[row.message_id] = row

    def pending(self, after_sequence: int, count: int) -> Sequence[OutboxRow]:
        with self._lock:
            rows = [row for row in self._open.values() if row.sequence > after_sequence]
        return sorted(rows, key=lambda row: row.sequence)[:count]

    def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
        with self._lock:
            for message_id in message_ids:
                if row := self._open.get(message_id):
                    self._open[message_id] = msgspec.structs.replace(
                        row, attempts=row.attempts + 1, sent_at_ns=at_ns
                    )

    def acknowledge(self, message_id: str, payload_hash: str, at_ns: int) -> AckOutcome:
        with self._lock:
            row = self._open.get(message_id)
            expected = row.payload_hash if row else self._closed.get(message_id)
            if expected is None:
                return AckOutcome.UNKNOWN_MESSAGE
            if expected != payload_hash:
                self.hash_differences += 1
                return AckOutcome.HASH_DIFFERS
            if row is None:
                return AckOutcome.ALREADY_CLOSED
            self._closed[message_id] = expected
            del self._open[message_id]
            return AckOutcome.CLOSED

    def open_count(self) -> int:
        with self._lock:
            return len(self._open)
