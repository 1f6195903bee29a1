"""Where a backtest journals: nowhere, or into a journal of the live format."""

from __future__ import annotations

from datetime import date

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
