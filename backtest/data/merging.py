"""Merging the files of a store by time, a window after the other, in bounded memory.

Each series has a cursor that reads its files piece by piece. A window is what all cursors have in
memory up to the first time at which one of them would have to read on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from backtest.data.catalogue import DataError, Part, order_of
from backtest.data.columns import TABLES, Kind, Series

_ROW_GROUP = 32_768
_ROW_GROUP_OF_TEXTS = 2_048
_TEXTS = (Kind.REQUESTS, Kind.EVENTS)
_ORDER = ("at_ns", "number")

Lists = tuple[list[Any], ...]
Bounds = tuple[int | None, int | None]


def merged(
    folder: Path,
    parts: Sequence[Part],
    indices: Mapping[Series, int],
    names: Mapping[Kind, Sequence[str]],
    bounds: Bounds,
    rows: int,
) -> Iterator[tuple[Kind, Lists]]:
    """Runs of rows of one kind in the order of time. `names` are the columns, `indices` what stands
    in the column `series`, `bounds` the first time and the end, `rows` how many at about once.
    """
    cursors = _cursors(folder, parts, indices, names, bounds)
    groups = max(1, rows // max(1, len(cursors)) // _ROW_GROUP)
    while window := _window(cursors, groups):
        yield from _runs(window, names)


def merged_frames(
    folder: Path, parts: Sequence[Part], bounds: Bounds = (None, None)
) -> Iterator[pl.DataFrame]:
    """The rows of one table, in the order of time, as frames with the columns of its folders."""
    table = TABLES[parts[0].kind]
    series = sorted({part.series for part in parts}, key=order_of)
    keys = pl.DataFrame(
        [series_[1 : 1 + len(table.keys)] for series_ in series],
        schema=dict.fromkeys(table.keys, pl.String()),
        orient="row",
    ).with_row_index("series")
    keys = keys.cast({"series": pl.Int64})
    indices = {one: index for index, one in enumerate(series)}
    cursors = _cursors(folder, parts, indices, {table.kind: (*table.names, "series")}, bounds)
    while window := _window(cursors, 1):
        frame = _sorted(pl.concat([frame for _, frame in window]))
        yield frame.join(keys, on="series", how="left", maintain_order="left")


def _cursors(
    folder: Path,
    parts: Sequence[Part],
    indices: Mapping[Series, int],
    names: Mapping[Kind, Sequence[str]],
    bounds: Bounds,
) -> list[Cursor]:
    return [
        Cursor(folder, list(own), indices[series], names[series.kind], bounds)
        for series, own in groupby(sorted(parts, key=_place), key=lambda part: part.series)
    ]


def row_group(kind: Kind) -> int:
    """Rows of a piece as a table's files are written: no fewer can be read."""
    return _ROW_GROUP_OF_TEXTS if kind in _TEXTS else _ROW_GROUP


def _place(part: Part) -> tuple[tuple[int, str, str, str], int]:
    return order_of(part.series), part.first_ns


class Cursor:
    """Reads one series' files in their order."""

    def __init__(
        self, folder: Path, parts: list[Part], index: int, names: Sequence[str], bounds: Bounds
    ) -> None:
        self.kind = parts[0].kind
        self._folder, self._parts, self._index, self._bounds = folder, parts, index, bounds
        self._stored = list(dict.fromkeys([*_ORDER, *(name for name in names if name != "series")]))
        self._offset = 0
        self._frame: pl.DataFrame | None = None

    @property
    def next_ns(self) -> int | None:
        """Time of the first row that is not in memory, or earlier; None = all are."""
        if self._frame is not None and self._parts:
            return int(self._frame["at_ns"][-1])
        return self._parts[0].first_ns if self._parts else None

    @property
    def holds(self) -> bool:
        """Whether any row is in memory."""
        return self._frame is not None

    def read(self, groups: int) -> None:
        """Have more rows in memory, if there are any."""
        rows = groups * row_group(self.kind)
        while self._parts:
            part = self._parts[0]
            more = self._read(part, rows)
            self._offset += rows
            if self._offset >= part.rows:
                self._parts.pop(0)
                self._offset = 0
            if not more.is_empty():
                self._frame = more if self._frame is None else pl.concat([self._frame, more])
                return

    def take(self, until_ns: int | None) -> pl.DataFrame | None:
        """The rows in memory before a time (None = all); they are gone then."""
        frame = self._frame
        if frame is None:
            return None
        count = frame.height if until_ns is None else frame["at_ns"].search_sorted(until_ns, "left")
        if not count:
            return None
        self._frame = frame[count:] if count < frame.height else None
        return frame[:count]

    def _read(self, part: Part, rows: int) -> pl.DataFrame:
        try:
            frame = (
                pl.scan_parquet(self._folder / part.path, glob=False, hive_partitioning=False)
                .select(self._stored)
                .slice(self._offset, rows)
                .with_columns(pl.lit(self._index, pl.Int64).alias("series"))
                .collect()
            )
        except (OSError, pl.exceptions.PolarsError) as problem:
            raise DataError(
                f"{self._folder / part.path}: cannot be read ({problem}); "
                "fxrobot data check says what is wrong with the store"
            ) from None
        first_ns, end_ns = self._bounds
        if first_ns is not None and part.first_ns < first_ns:
            frame = frame.filter(pl.col("at_ns") >= first_ns)
        if end_ns is not None and part.last_ns >= end_ns:
            frame = frame.filter(pl.col("at_ns") < end_ns)
        return frame


def _window(cursors: list[Cursor], groups: int) -> list[tuple[Kind, pl.DataFrame]]:
    """The next rows of all cursors, by kind; empty at the end. Cursors at their end are dropped."""
    while cursors:
        waiting = [cursor for cursor in cursors if cursor.next_ns is not None]
        until_ns = min((cursor.next_ns for cursor in waiting), default=None)  # type: ignore[type-var]
        found = [
            (cursor.kind, frame)
            for cursor in cursors
            if (frame := cursor.take(until_ns)) is not None
        ]
        cursors[:] = [cursor for cursor in cursors if cursor.holds or cursor.next_ns is not None]
        if found:
            return found
        for cursor in waiting:
            if cursor.next_ns == until_ns:
                cursor.read(groups)
    return []


def _runs(
    window: list[tuple[Kind, pl.DataFrame]], names: Mapping[Kind, Sequence[str]]
) -> Iterator[tuple[Kind, Lists]]:
    frames: dict[Kind, pl.DataFrame] = {}
    for kind in dict.fromkeys(kind for kind, _ in window):
        own = [frame for of, frame in window if of is kind]
        frames[kind] = own[0] if len(own) == 1 else _sorted(pl.concat(own))
    lists = {
        kind: tuple(_listed(frame[name]) for name in names[kind]) for kind, frame in frames.items()
    }
    if len(frames) == 1:
        yield from lists.items()
        return
    kinds = list(frames)
    keys = _sorted(
        pl.concat(
            frame.select(*_ORDER, pl.lit(rank, pl.Int64).alias("rank"))
            for rank, frame in enumerate(frames.values())
        )
    )
    begins = dict.fromkeys(kinds, 0)
    lengths = keys["rank"].rle().struct.unnest()
    for length, rank in zip(lengths["len"].to_list(), lengths["value"].to_list(), strict=True):
        kind = kinds[rank]
        begin = begins[kind]
        begins[kind] = end = begin + length
        yield kind, tuple(column[begin:end] for column in lists[kind])


def _listed(column: pl.Series) -> list[Any]:
    """A column as Python's own values; one that is the same throughout, as sizes often are, without
    making each anew.
    """
    if column.dtype != pl.Int64 or column.has_nulls():
        return [None] * len(column) if column.null_count() == len(column) else column.to_list()
    if column.min() == column.max():
        return [column[0]] * len(column)
    listed: list[Any] = column.to_numpy().tolist()
    return listed


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(*_ORDER, maintain_order=True)
