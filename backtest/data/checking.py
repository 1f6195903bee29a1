"""Whether a store is what its catalogue says, and how good its data is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import msgspec
import polars as pl

from backtest.data.catalogue import DataError, Part, load_existing, order_of
from backtest.data.columns import Kind, Series
from backtest.data.importing import measure_of
from backtest.data.quality import Report
from backtest.data.store import rows_of, schema_of
from backtest.data.wishes import Known


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found."""

    ok: bool
    files: int
    rows: int
    problems: tuple[str, ...]
    quality: dict[str, Report]


def check(folder: Path, known: Known, *, gap_ns: int) -> Checked:
    """Read every file again: its hash, its order, its quality."""
    catalogue = load_existing(folder)
    problems: list[str] = []
    quality: dict[str, Report] = {}
    parts = sorted(catalogue.parts, key=lambda part: (order_of(part.series), part.first_ns))
    for series, own in groupby(parts, key=lambda part: part.series):
        report = _series(folder, series, list(own), known, gap_ns, problems)
        if report is not None:
            quality[str(series)] = report
    problems += _strays(folder, parts)
    return Checked(
        ok=not problems,
        files=len(parts),
        rows=sum(part.rows for part in parts),
        problems=tuple(problems),
        quality=quality,
    )


def _series(
    folder: Path, series: Series, parts: list[Part], known: Known, gap_ns: int, problems: list[str]
) -> Report | None:
    measure = measure_of(series, gap_ns, known)
    last_ns, is_empty = -(2**63), True
    for part in parts:
        rows = _rows(folder, part, problems)
        if rows is None:
            continue
        if part.first_ns <= last_ns:
            problems.append(f"{part.path}: begins before the file before it ends")
        last_ns, is_empty = part.last_ns, False
        measure.add(rows)
    return None if is_empty else measure.report()


def _rows(folder: Path, part: Part, problems: list[str]) -> pl.DataFrame | None:
    """The rows of a file that is as the catalogue says."""
    try:
        rows = rows_of(folder, part)
    except DataError as problem:
        problems.append(str(problem))
        return None
    if dict(rows.schema) != schema_of(part.kind):
        problems.append(f"{part.path}: has other columns than its table")
        return None
    times = rows["at_ns"]
    told = (rows.height, times[0], times[-1])
    if told != (part.rows, part.first_ns, part.last_ns) or not times.is_sorted():
        problems.append(f"{part.path}: its rows are not those of the catalogue, or not in order")
        return None
    return rows


def _strays(folder: Path, parts: list[Part]) -> Iterator[str]:
    known = {folder / part.path for part in parts}
    for kind in Kind:
        for path in sorted((folder / kind).rglob("*")):
            if path.is_file() and path not in known:
                yield f"{path.relative_to(folder)}: is not in the catalogue"
