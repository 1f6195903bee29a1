"""Steps a copy of the core behind the trader and compares every turn; takes snapshots.

A difference means that the journal does not explain what was sent, an invariant that does not hold
that the core is not what it should be: dealing must stop. The auditor never writes to the journal;
it tells through its heartbeat, which the trader watches.

A snapshot stands for two things: the state after a record, and that every turn up to it was found
equal. So the auditor goes on from its newest one, whichever segment that is of, and never leaves a
turn out; where it is far behind, dealing waits for it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from robot.clock import NANOS_PER_SECOND
from robot.core.state import StrategyLoader
from robot.errors import InvariantViolated
from robot.heads import Progress
from robot.invariants import check_state
from robot.journal import Record, RecordKind, encode, frame
from robot.ports import HeadLog, JournalTail
from robot.replay import Difference, Replayer, SavedState

BATCH_RECORDS = 400
SNAPSHOT_EVENTS = 2_000
"""Most events that a killed auditor, or a starting trader, has to step again: some 0.2 s."""
SNAPSHOT_BYTES_AN_EVENT = 2_000
"""A large state is saved less often: a megabyte costs some 4 ms, as much as to step 40 events.
So snapshots take at most a tenth of the auditor's time, and less the larger they are."""
SNAPSHOTS_KEPT = 3
RECOMPUTE_EVENTS = 500
"""Most events after which every limit figure is worked out anew, however busy it is."""


class Auditor:
    """One core following one journal."""

    def __init__(
        self,
        tail: JournalTail,
        load_strategy: StrategyLoader,
        folder: Path,
        saved: SavedState | None,
        heads: HeadLog | None = None,
    ) -> None:
        self._tail = tail
        self._heads = heads
        self._folder = folder
        self.replayer = Replayer(load_strategy)
        if saved is not None:
            self.replayer.resume(saved)
        self.difference: Difference | None = None
        self._saved_events = 0
        self._recomputed_events = 0
        self._saved_bytes = 0
        self._signed_ns = 0
        self.problem = ""
        """Why dealing must stop; empty = all is well."""
        self._chain = b""
        self._progress = Progress()
        if heads is not None:
            self.problem = heads.contradiction()
            if saved is not None:
                self._begin_at(saved, heads)

    def _begin_at(self, saved: SavedState, heads: HeadLog) -> None:
        self._progress = Progress(heads.place_of(saved.segment, saved.sequence))

    def catch_up(self) -> int:
        """Follow what is there now; the number of records read."""
        if self.problem:
            return 0
        records = self._tail.poll(BATCH_RECORDS)
        for record in records:
            if not self._follow(record):
                return len(records)
            if record.kind is RecordKind.EFFECTS and self._is_save_due():
                self.save()
                self._saved_events = self.replayer.events
        if records or self._recomputed_events != self.replayer.events:
            self._check(idle=not records)
        return len(records)

    def _follow(self, record: Record) -> bool:
        """Whether the record continues the one before it and stepping gives the same effects."""
        replayer = self.replayer
        _, chain = frame(record.kind, record.sequence, record.at_ns, self._chain, record.payload)
        before, at_ns = replayer.sequence, replayer.at_ns
        if self._chain and (chain != record.chain or record.sequence != before + 1):
            self.problem = f"record {record.sequence} does not continue the chain of {before}"
        elif record.at_ns < at_ns:
            self.problem = f"record {record.sequence} is of {record.at_ns}, before {at_ns}"
        else:
            if record.kind is RecordKind.HEADER:
                self.sign("end of segment")
            self._chain = record.chain
            self.difference = replayer.apply(record)
            self.problem = f"replay differs: {self.difference}" if self.difference else ""
            self._progress.follow(record, replayer.segment)
        return not self.problem

    def sign(self, reason: str) -> None:
        """Have a head written up to the last record that was followed, if there are new ones."""
        place = self._progress.place
        if self._heads is None or self.problem or place is None:
            return
        last = self._heads.last()
        if last is None or last.last.sequence < place.sequence:
            self._heads.sign(place, reason)

    def sign_if_due(self, now_ns: int, every_minutes: int) -> None:
        """Between two turns: somebody asked for a head, or the last one is old enough."""
        if self._heads is None or self.replayer.pending:
            return
        last = self._heads.last()
        self._signed_ns = max(self._signed_ns, last.signed_at_ns if last is not None else 0)
        if self._heads.wanted():
            self.sign("asked for")
        elif every_minutes and now_ns - self._signed_ns >= every_minutes * 60 * NANOS_PER_SECOND:
            self._signed_ns = now_ns
            self.sign("time")

    def _check(self, *, idle: bool) -> None:
        """The invariants of the state after the last turn; every limit figure is worked out anew
        when nothing else is to do, and every so many events.
        """
        if not self._at_rest():
            return
        since = self.replayer.events - self._recomputed_events
        recompute = idle or since >= RECOMPUTE_EVENTS
        try:
            check_state(self.replayer.engine.state, recompute=recompute)
        except InvariantViolated as violated:
            event = self.replayer.engine.state.stepped
            self.problem = f"invariant violated after event {event}: {violated}"
        if recompute:
            self._recomputed_events = self.replayer.events

    def _at_rest(self) -> bool:
        """Not within a turn, nor right after a quarantine: then quotes still stand in spite of the
        halt, until the start that comes next has ended them.
        """
        return not (self.replayer.pending or self.replayer.passed_over)

    def behind(self) -> int:
        """Bytes of the journal not yet followed."""
        return self._tail.behind()

    def save(self) -> None:
        """Write a snapshot of the state after the last whole turn."""
        replayer = self.replayer
        if not replayer.segment or not self._at_rest():
            return
        saved = replayer.saved()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{saved.segment}-{saved.sequence:012d}.json"
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            self._saved_bytes = file.write(encode(saved))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        self._remove_old()

    def _is_save_due(self) -> bool:
        wanted = max(SNAPSHOT_EVENTS, self._saved_bytes // SNAPSHOT_BYTES_AN_EVENT)
        return self.replayer.events - self._saved_events >= wanted

    def _remove_old(self) -> None:
        """Keep the newest; what a kill left unfinished goes, too."""
        old = sorted(self._folder.glob("*.json"))[:-SNAPSHOTS_KEPT]
        for path in (*old, *self._folder.glob("*.tmp")):
            path.unlink(missing_ok=True)


def newest_snapshot(folder: Path, segment: str = "") -> SavedState | None:
    """The newest readable snapshot, of one segment or of all; a damaged one is passed over."""
    for path in sorted(folder.glob(f"{segment}*.json"), reverse=True):
        try:
            return msgspec.json.decode(path.read_bytes(), type=SavedState)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None
