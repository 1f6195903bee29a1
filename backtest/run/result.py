"""What a run brought: `result.json` of its folder, and what `run` returns."""

from __future__ import annotations

from pathlib import Path

import msgspec

from robot.errors import ConfigurationError

FILE = "result.json"
Figure = int | str
"""Counts are whole numbers, amounts exact decimals as text."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report says about where its figures come from."""

    name: str
    folder: str
    """Of the run: `journal/` where it was kept, `records/`, `result.json`."""
    begin_ns: int
    end_ns: int
    seed: int
    code_version: str
    config_hash: str
    desk_hash: str
    data_hashes: dict[str, str] = {}
    """Part of the data store -> hash of what was read, or of the model."""
    assumptions: tuple[str, ...]
    """What was taken for granted; printed with every report."""
    figures: dict[str, Figure]
    """requests, quotes, deals, refusals, profit (reporting currency) ...; the same in every run of
    the same configuration, data and seed.
    """
    overrides: dict[str, str] = {}
    files: tuple[str, ...] = ()
    """What a strategy in a process of its own read itself."""

    def number(self, figure: str) -> float:
        """A figure for statistics and searches; 0 where the run has none such."""
        return float(self.figures.get(figure, 0))


def write_result(result: Result, folder: Path) -> None:
    """`result.json`, whole or not at all."""
    path, aside = folder / FILE, folder / f"{FILE}.new"
    text = msgspec.json.format(msgspec.json.encode(result), indent=2)
    aside.write_bytes(text + b"\n")
    aside.replace(path)


def read_result(folder: Path) -> Result:
    """Of a run that has ended."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except OSError as problem:
        text = f"{path}: cannot be read: {problem.strerror}; has the run ended? fxrobot backtest"
        raise ConfigurationError(f"{text} resume {folder}") from problem
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise ConfigurationError(f"{path}: is not the result of a run: {problem}") from problem
