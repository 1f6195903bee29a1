"""Rows for every report, from a backtest while it runs or from a journal afterwards.

    recorder = Recorder(EngineMarket(engine))       # of a journal: Recorder()
    for stamped in events:
        if stamped.at_ns >= recorder.due_ns:        # one comparison for nearly every event
            recorder.mark(stamped.at_ns)            # before the event is stepped
        effects = engine.step(stamped)
        recorder.take(stamped.at_ns, stamped.event, effects)
    recorder.finish(last_ns)
    recorder.write(folder)                          # records/deals-0001.parquet ...

A price that had no effects need not be given to `take` where the market is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from backtest.records.columns import Tables
from backtest.records.market import MarketSource
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent

HORIZONS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600)
"""How long after a deal it is marked, seconds."""


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How closely is recorded."""

    mids_every_s: int = 60
    """Grid of the table `mids`; the points of markouts are exact and stand in `markouts`."""
    horizons_s: tuple[int, ...] = HORIZONS_S
    entries: bool = True
    """Whether the ledger's entries are kept, row by row."""


class Recorder:
    """Makes the rows. Its whole state can be saved in a checkpoint and taken up again."""

    def __init__(
        self,
        market: MarketSource | None = None,
        settings: RecordSettings | None = None,
        saved: bytes = b"",
    ) -> None:
        """`market` None = follow the events' own prices; `saved` is what `snapshot` gave."""
        self.due_ns = 0
        """From this time on `mark` must be called before the next event is stepped."""

    def mark(self, at_ns: int) -> None:
        """What was due before `at_ns` is noted at the market as it stands."""
        raise NotImplementedError

    def take(self, at_ns: int, event: AnyEvent, effects: Sequence[AnyEffect]) -> None:
        """An event was stepped at `at_ns`, with these effects."""
        raise NotImplementedError

    def rivals(
        self,
        venue: str,
        request_id: str,
        count: int,
        bid: Decimal | None,
        offer: Decimal | None,
    ) -> None:
        """What others quoted on a request, where the simulated client knows it."""
        raise NotImplementedError

    def finish(self, at_ns: int) -> None:
        """The record ends: what is open is written as OPEN, and everything is marked."""
        raise NotImplementedError

    def tables(self) -> Tables:
        """The rows since the last `write`."""
        raise NotImplementedError

    def write(self, folder: Path) -> None:
        """Put the rows since the last `write` into the next part files of `folder`."""
        raise NotImplementedError

    def snapshot(self) -> bytes:
        """What is under way, and the number of the last part: for a checkpoint, after `write`.

        Taken up again, parts with a higher number are written over.
        """
        raise NotImplementedError
