"""What a report is of: the folder of a run, or a journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from backtest.records import record_journal
from backtest.records.columns import TABLES, Tables
from backtest.report.attribution import about
from backtest.report.sheet import Study
from backtest.run.result import FILE as RESULT
from backtest.run.result import Result, read_result
from robot.errors import RobotError

RECORDS = "records"
_READ = tuple(name for name in TABLES if name not in ("entries", "positions", "mids", "endings"))
"""What a sheet is made of."""
BENCHMARKS = "benchmarks"
"""In the folder of a run: the runs that it is compared with."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The tables, and where they are from."""

    name: str
    kind: str
    """run or journal."""
    folder: Path
    tables: Tables
    result: Result | None = None
    segments: tuple[str, ...] = ()


def open_source(folder: Path, day: str = "", told: Callable[[float], None] | None = None) -> Source:
    """A run's records; else the journal that is meant by a folder, of one trade date or all.
    `told` hears how far the reading of a journal is, 0 to 1.
    """
    if not folder.exists():
        raise RobotError(f"{folder}: no such folder; name the folder of a run, or a journal's")
    if (folder / RECORDS).is_dir() or (folder / RESULT).exists():
        from backtest.records.parts import read_tables

        result = read_result(folder)
        tables = read_tables(folder / RECORDS, _READ)
        return Source(
            name=folder.resolve().name, kind="run", folder=folder, tables=tables, result=result
        )
    recorder, segments = record_journal(folder, day, told=told)
    tables = recorder.tables()
    dates = about(tables).get("trade_dates", "").split()
    name = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return Source(name=name, kind="journal", folder=folder, tables=tables, segments=segments)


def read_study(folder: Path) -> Study:
    """What a study says of how much was tried, from its `result.json`."""
    path = folder / RESULT
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Study)
    except OSError as problem:
        raise RobotError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise RobotError(f"{path}: is not the result of a study: {problem}") from problem
    return Study(
        name=found.name,
        trials=found.deflated.trials,
        sharpe=found.train.sharpe,
        deflated_sharpe=found.deflated.probability,
        overfitting=found.overfit.probability,
    )


class _Ratio(msgspec.Struct):
    sharpe: float | None


class _Deflated(msgspec.Struct):
    trials: int
    probability: float | None


class _Overfit(msgspec.Struct):
    probability: float | None


class _Study(msgspec.Struct):
    name: str
    train: _Ratio
    deflated: _Deflated
    overfit: _Overfit
