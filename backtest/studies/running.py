"""The event-driven backtest as an objective: the same engine, strategies and limits as live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backtest.honesty.splits import Stretch


def results(
    parameters: Mapping[str, str], stretch: Stretch, seed: int, options: Mapping[str, str]
) -> Sequence[float]:
    """Of one run over the stretch."""
    raise NotImplementedError


def hashes(run: Path) -> dict[str, str]:
    """Of the configuration, the desk and the data of a backtest."""
    raise NotImplementedError
