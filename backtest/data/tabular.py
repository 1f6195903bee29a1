"""The store's tables as people and other programs read them: times as times, prices as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from backtest.data.catalogue import Part
from backtest.data.columns import (
    AMOUNT_DIGITS,
    AMOUNT_SCALE,
    PRICE_DIGITS,
    PRICE_SCALE,
    TABLES,
    Kind,
    Unit,
)
from backtest.data.figures import texts_of

NOT_TOLD = ("number", "digits", "sent_at_ns", "conflated")
"""What concerns a recording only."""


def scan(folder: Path, parts: Iterable[Part], kind: Kind) -> pl.LazyFrame:
    """All rows of a table as they are stored, with the columns of its folders before them."""
    keys = TABLES[kind].keys
    frames = []
    own = [part for part in parts if part.kind is kind]
    for series in dict.fromkeys(part.series for part in own):
        paths = [folder / part.path for part in own if part.series == series]
        named = [pl.lit(value).alias(key) for key, value in zip(keys, series[1:], strict=False)]
        rows = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
        frames.append(rows.select(*named, pl.all()))
    if not frames:
        schema: dict[str, type[pl.DataType]] = dict.fromkeys(keys, pl.String)
        for column in TABLES[kind].columns:
            schema[column.name] = pl.String if column.unit is Unit.TEXT else pl.Int64
        return pl.LazyFrame(schema=schema)
    return pl.concat(frames)


def as_floats(rows: pl.LazyFrame, kind: Kind) -> pl.LazyFrame:
    """Times as timestamps (UTC) beside the nanoseconds, prices and amounts as floats: to look at
    and to count with, never to deal on.
    """
    made = [_time("at_ns").alias("at")]
    for column in TABLES[kind].columns:
        if column.unit is Unit.PRICE:
            made.append((pl.col(column.name) / PRICE_SCALE).round(PRICE_DIGITS))
        elif column.unit is Unit.AMOUNT:
            made.append((pl.col(column.name) / AMOUNT_SCALE).round(AMOUNT_DIGITS))
    return rows.with_columns(made)


def as_texts(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Exact texts under names that `import` knows; empty columns are left out. A bar's time is its
    start, as `import` expects it.
    """
    if kind is Kind.BARS:
        rows = rows.drop("at_ns").rename({"from_ns": "at_ns"})
    made: list[pl.Expr] = []
    for name in rows.columns:
        if name in NOT_TOLD or rows[name].null_count() == rows.height:
            continue
        unit = TABLES[kind].unit(name) if name in TABLES[kind].names else Unit.TEXT
        made.append(_told(name, unit))
    return rows.select(made)


def _told(name: str, unit: Unit) -> pl.Expr:
    column = pl.col(name)
    if unit is Unit.TIME:
        named = "at" if name == "at_ns" else name.removesuffix("_ns")
        return _time(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").alias(named)
    if unit is Unit.PRICE:
        return texts_of(column, PRICE_DIGITS).alias(name)
    if unit is Unit.AMOUNT:
        return texts_of(column, AMOUNT_DIGITS).alias(name)
    return column


def _time(name: str) -> pl.Expr:
    return pl.from_epoch(pl.col(name), time_unit="ns").dt.replace_time_zone("UTC")
