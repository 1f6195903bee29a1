"""Steps a copy of the core behind the trader and compares every turn; takes snapshots.

A difference means that the journal does not explain what was sent: dealing must stop. The auditor
never
writes to the journal; it tells through its heartbeat, which the trader watches.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from robot.core.state import StrategyLoader, snapshot
from robot.journal import RecordKind, encode
from robot.ports import JournalTail
from robot.recovery import SavedState
from robot.replay import Difference, Replayer

BATCH_RECORDS = 400
SNAPSHOT_RECORDS = 20_000
SNAPSHOTS_KEPT = 3


class Auditor:
    """One core following one journal."""

    def __init__(
        self,
        tail: JournalTail,
        load_strategy: StrategyLoader,
        folder: Path,
        saved: SavedState | None,
    ) -> None:
        self._tail = tail
        self._folder = folder
        self.replayer = Replayer(load_strategy)
        if saved is not None:
            self.replayer.resume(
                bytes(saved.state), saved.links, segment=saved.segment, sequence=saved.sequence
            )
        self.difference: Difference | None = None
        self._saved_sequence = saved.sequence if saved is not None else 0

    def catch_up(self) -> int:
        """Follow what is there now; the number of records read."""
        if self.difference is not None:
            return 0
        records = self._tail.poll(BATCH_RECORDS)
        for record in records:
            self.difference = self.replayer.apply(record)
            if self.difference is not None:
                return len(records)
            if (
                record.kind is RecordKind.EFFECTS
                and record.sequence - self._saved_sequence >= SNAPSHOT_RECORDS
            ):
                self.save()
        return len(records)

    def behind(self) -> int:
        """Bytes of the journal not yet followed."""
        return self._tail.behind()

    def save(self) -> None:
        """Write a snapshot of the state after the last whole turn."""
        replayer = self.replayer
        if not replayer.segment or replayer.pending:
            return
        saved = SavedState(
            segment=replayer.segment,
            sequence=replayer.sequence,
            state=msgspec.Raw(snapshot(replayer.engine.state)),
            links=replayer.links,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{saved.segment}-{saved.sequence:012d}.json"
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(encode(saved))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        self._saved_sequence = saved.sequence
        for old in sorted(self._folder.glob("*.json"))[:-SNAPSHOTS_KEPT]:
            old.unlink(missing_ok=True)


def newest_snapshot(folder: Path, segment: str) -> SavedState | None:
    """The newest readable snapshot of a segment; a damaged one is passed over."""
    for path in sorted(folder.glob(f"{segment}-*.json"), reverse=True):
        try:
            return msgspec.json.decode(path.read_bytes(), type=SavedState)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None
