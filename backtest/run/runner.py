"""One backtest from its configuration to its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from backtest.run.config import BacktestConfig
from backtest.run.result import Result


class Progress(msgspec.Struct, frozen=True):
    """How far a run is; given to who wants to show or to prune it."""

    at_ns: int
    share: float
    """Of the span, 0 to 1."""
    quotes: int
    deals: int


Told = Callable[[Progress], bool | None]
"""Called now and then; False ends the run where it is, to be resumed or left."""


def run(
    config: BacktestConfig,
    overrides: Mapping[str, object] = {},
    progress: Told | None = None,
    *,
    folder: Path | None = None,
) -> Result:
    """Run it from its beginning. `overrides` by dotted keys (`config.overridden`); `folder` in
    place of `runs/NAME`. Raises RobotError where data or configuration do not allow it.
    """
    raise NotImplementedError
