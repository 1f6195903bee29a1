"""Tails the journal and writes its effects to the store. It has no core: effects are complete.

Batches of whole turns, each with the new position in one transaction: killed anywhere, it goes on
where
the database says it was. Rebuilding from an empty database gives the same rows.
"""

from __future__ import annotations

import threading

import msgspec

from robot.errors import TemporarilyUnavailable
from robot.journal import Header, Record, RecordKind
from robot.ports import JournalTail, ProjectedTurn, Store
from robot.replay import recorded_effects

BATCH_RECORDS = 400
IDLE_S = 0.01
RETRY_FIRST_S = 0.05
RETRY_MAX_S = 2.0


class Projector:
    """One store following one journal."""

    def __init__(self, tail: JournalTail, store: Store, segment: str, sequence: int) -> None:
        self._tail = tail
        self._store = store
        self.segment = segment
        self.sequence = sequence
        self.turns = 0
        self.problem = ""

    def catch_up(self, stop: threading.Event) -> int:
        """Project what is there now; the number of records read. 0 = it is up to date."""
        records = self._tail.poll(BATCH_RECORDS)
        turns = [turn for record in records if (turn := self._turn(record)) is not None]
        if turns:
            self._project(turns, stop)
            self.turns += len(turns)
        if records:
            self.sequence = records[-1].sequence
        return len(records)

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop, then finish what is on the disk."""
        while not stop.is_set():
            if self.catch_up(stop) < BATCH_RECORDS:
                stop.wait(IDLE_S)  # after a small batch, too: what comes meanwhile is one more
        while self.catch_up(stop):
            pass

    def behind(self) -> int:
        """Bytes of the journal not yet projected."""
        return self._tail.behind()

    def _turn(self, record: Record) -> ProjectedTurn | None:
        if record.kind is RecordKind.HEADER:
            self.segment = msgspec.json.decode(record.payload, type=Header).segment
        if record.kind is not RecordKind.EFFECTS:
            return None
        effects = tuple(effect for row in recorded_effects(record.payload) for effect in row)
        if not effects:
            return None
        return ProjectedTurn(
            sequence=record.sequence, segment=self.segment, at_ns=record.at_ns, effects=effects
        )

    def _project(self, turns: list[ProjectedTurn], stop: threading.Event) -> None:
        """Write, waiting with back-off while the database is locked or away."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                self._store.project(turns)
                self.problem = ""
                return
            except TemporarilyUnavailable as problem:
                self.problem = str(problem)
                if stop.wait(pause_s):
                    raise
                pause_s = min(pause_s * 2, RETRY_MAX_S)
