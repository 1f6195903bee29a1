"""Tables as Parquet files: `records/deals-0001.parquet`, one part each time rows were written."""

from __future__ import annotations

from pathlib import Path

import polars

from backtest.records.columns import TABLES, Columns, Kind, Tables
from robot.errors import RobotError

_TYPES: dict[Kind, type[polars.DataType]] = {Kind.FLAG: polars.Boolean, Kind.TEXT: polars.String}


def write_part(folder: Path, number: int, tables: Tables) -> None:
    """Every table that has rows, each file whole or not at all; later parts of before go."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.parquet"):
        if _number_of(stale) >= number:
            stale.unlink()
    for name, columns in tables.items():
        if not next(iter(columns.values())):
            continue
        schema = {column: _TYPES.get(kind, polars.Int64) for column, kind in TABLES[name].items()}
        path = folder / f"{name}-{number:04}.parquet"
        aside = path.with_suffix(".new")
        polars.DataFrame(columns, schema=schema).write_parquet(aside)
        aside.replace(path)


def read_tables(folder: Path, names: tuple[str, ...] = tuple(TABLES)) -> Tables:
    """The tables of a run, all parts in order; RobotError where there are none."""
    if not any(folder.glob("about-*.parquet")):
        text = f"{folder}: no finished records there (about-*.parquet)"
        raise RobotError(f"{text}; has the run ended? fxrobot backtest resume goes on with it")
    return {name: _read(folder, name) for name in names}


def _read(folder: Path, name: str) -> Columns:
    columns: Columns = {column: [] for column in TABLES[name]}
    for path in sorted(folder.glob(f"{name}-*.parquet"), key=_number_of):
        frame = polars.read_parquet(path, columns=list(columns))
        for column, values in columns.items():
            values.extend(frame.get_column(column).to_list())
    return columns


def _number_of(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])
