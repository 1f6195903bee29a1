"""Where a backtest journals: nowhere, or into a journal of the live format."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import msgspec

from connectors.journal.file import JournalFile, segment_paths
from robot.journal import RecordKind


class NoJournal:
    """`robot.ports.Journal` of a run that keeps none."""

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        """Nothing is kept."""
        return ""

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        """Nothing is kept."""
        return 0

    def sync(self) -> None:
        """Nothing to sync."""

    def close(self) -> None:
        """Nothing to close."""


class RunJournal(JournalFile):
    """A journal in the live format, of a run that nobody deals by: on the disk at checkpoints only.

    Opened on a folder that has one already it goes on in its newest segment.
    """

    def sync(self) -> None:
        """Left to `settle`."""

    def settle(self) -> None:
        """Put what was appended on the disk and publish how far that is."""
        super().sync()

    def _sync_in_groups(self) -> None:
        """No thread does it."""

    @property
    def place(self) -> Place:
        """Where it ends."""
        return Place(segment=self._segment, offset=self._offset)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a journal."""

    segment: str
    offset: int


def cut_journal(folder: Path, place: Place) -> None:
    """Take away what was journaled after a place; what was published before is void."""
    for path in segment_paths(folder):
        if path.stem > place.segment:
            path.unlink()
        elif path.stem == place.segment:
            os.truncate(path, place.offset)
    (folder / "synced").unlink(missing_ok=True)
