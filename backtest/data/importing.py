"""Importing one file: read, checked, measured, stored; or refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import polars as pl

from backtest.data.blocks import file_hash
from backtest.data.catalogue import DataError, Import, load_catalogue
from backtest.data.columns import PRICE_DIGITS, Kind, Series
from backtest.data.figures import exact
from backtest.data.layouts import kind_of, layout_of
from backtest.data.official import official_rows
from backtest.data.periods import said
from backtest.data.quality import Measure, Report
from backtest.data.store import KEYS, Writing, batch_name, locked, wanted_import
from backtest.data.tables import Piece, Source, open_table
from backtest.data.typed import RowMaker
from backtest.data.wishes import Known, Progress, Wish, nothing
from robot.clock import format_time

_OFFICIAL = (Kind.FIXINGS, Kind.CURVES)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did."""

    batch: str
    kind: str
    rows: int
    first: str
    last: str
    already: bool = False
    """The same bytes, read in the same way, were there: nothing was done."""
    replaced: int = 0
    """Rows of earlier imports that these took the place of."""
    notes: tuple[str, ...] = ()
    quality: dict[str, Report] = {}
    """By series."""


def import_file(
    folder: Path,
    path: Path,
    wish: Wish,
    known: Known,
    *,
    now_ns: int,
    progress: Progress = nothing,
) -> Imported:
    """Bring a file into the store; DataError when it cannot be, and the store is as before."""
    source, kind = _opened(path, wish)
    sha256, size = file_hash(path)
    record = Import(
        batch=batch_name(path.name, sha256),
        kind=str(kind),
        file=path.name,
        sha256=sha256,
        size=size,
        imported_at_ns=now_ns,
        zone=wish.zone,
        options=wish.options,
        source=wish.source,
        licence=wish.licence,
        rows=0,
        first_ns=0,
        last_ns=0,
    )
    with locked(folder):
        before = wanted_import(load_catalogue(folder).imports, record)
        if before is not None and not wish.replace:
            return already(before)
        return _import(folder, source, kind, wish, known, record, progress)


def _opened(path: Path, wish: Wish) -> tuple[Source, Kind]:
    if not path.is_file():
        what = "is a folder: name the files in it" if path.is_dir() else "no such file"
        raise DataError(f"{path}: {what}")
    source = open_table(path, separator=wish.separator, header=wish.header)
    kind = wish.kind or kind_of([*source.header, *wish.columns])
    if kind is None and not wish.header:
        kind = Kind.QUOTES
    if kind is None:
        raise DataError(
            f"{path}: its columns do not say what it holds ({', '.join(source.header)[:200]}): "
            "--kind quotes, bars, fixings, curves or requests, and --columns OURS=THEIRS where "
            "names are unusual (docs/backtest.md)"
        )
    if kind is Kind.EVENTS:
        raise DataError("events come from a journal: fxrobot data export JOURNAL")
    return source, kind


def _import(
    folder: Path,
    source: Source,
    kind: Kind,
    wish: Wish,
    known: Known,
    record: Import,
    progress: Progress,
) -> Imported:
    writing = Writing(folder, record.batch)
    order = Order(wish.disorder_ns, sort_all=kind in _OFFICIAL)
    notes, columns = _spool(writing, order, source, kind, wish, known, progress)
    if writing.is_empty:
        raise DataError(f"{source.path}: no rows; nothing was imported")
    record = msgspec.structs.replace(record, columns=columns, notes=tuple(notes))
    try:
        return finished(writing, record, wish, known, order)
    except DataError as problem:
        raise DataError(f"{source.path}: {problem}") from None


def finished(
    writing: Writing, record: Import, wish: Wish, known: Known, order: Order | None = None
) -> Imported:
    """Sort, measure, store what was written; the import exists when this returns."""
    order = order or Order(-1)
    quality = measured(writing.sorted_partitions(), wish, known, order)
    parts = writing.parts
    record = msgspec.structs.replace(
        record,
        rows=sum(part.rows for part in parts),
        first_ns=min(part.first_ns for part in parts),
        last_ns=max(part.last_ns for part in parts),
        notes=(*record.notes, *order.notes()),
        quality={
            name: msgspec.Raw(msgspec.json.encode(report)) for name, report in quality.items()
        },
    )
    replaced, _ = writing.commit(record, replace=wish.replace)
    record = msgspec.structs.replace(record, batch=writing.batch)
    return _imported(record, quality, replaced=replaced)


def _spool(
    writing: Writing,
    order: Order,
    source: Source,
    kind: Kind,
    wish: Wish,
    known: Known,
    progress: Progress,
) -> tuple[list[str], dict[str, str]]:
    """All rows into the writing; notes for the catalogue, and which columns were read."""
    if kind in _OFFICIAL:
        rows = official_rows(kind, source, wish, known)
        if not rows.is_empty():
            order.check(Piece(source.path, rows, 2), rows)
            writing.add(kind, rows)
        return [], {}
    layout = layout_of(str(source.path), kind, source.header, wish.columns)
    maker = RowMaker(kind, wish, layout, known)
    count = 0
    for piece in source.pieces:
        rows = maker.rows(piece)
        order.check(piece, rows)
        writing.add(kind, rows)
        count += rows.height
        progress(count)
    order.rounded = maker.rounded
    unused = [f"columns not read: {', '.join(layout.unused)}"] if layout.unused else []
    return [*source.notes, *maker.notes, *unused], layout.said


def measured(
    partitions: Iterator[tuple[Series, pl.DataFrame]], wish: Wish, known: Known, order: Order
) -> dict[str, Report]:
    """The quality of every series; DataError where one is crossed for too long."""
    measures: dict[Series, Measure] = {}
    for series, rows in partitions:
        if series not in measures:
            measures[series] = measure_of(series, wish.gap_ns, known)
        measures[series].add(rows)
        longest = measures[series].crossed_longest_ns
        if 0 <= wish.crossed_max_ns < longest:
            raise DataError(
                f"{series}: bid above offer for {said(longest)} from "
                f"{format_time(measures[series].crossed_since_ns)} on: are the columns the right "
                "way round? "
                f"(up to {said(wish.crossed_max_ns)} is taken; --crossed-max says otherwise); "
                "nothing was imported"
            )
    return {
        str(series): measure.report(
            out_of_order=order.counts.get(series[1:], 0),
            disorder_ns=order.worst_ns.get(series[1:], 0),
            rounded=order.rounded.get(series[1:], 0),
        )
        for series, measure in measures.items()
    }


def measure_of(series: Series, gap_ns: int, known: Known) -> Measure:
    """The measure of a series, in points of its pair where the conventions know it."""
    pip = known.pip(series.name)
    units = exact(pip, PRICE_DIGITS) if pip is not None else None
    return Measure(series, gap_ns=gap_ns, pip_units=units)


Key = tuple[str, ...]


@dataclass(slots=True)
class Order:
    """How far the rows of a file are from the order of time."""

    max_ns: int
    sort_all: bool = False
    last_ns: dict[Key, int] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)
    worst_ns: dict[Key, int] = field(default_factory=dict)
    rounded: Mapping[Key, int] = field(default_factory=dict)
    """Rows of each series with a price that was rounded."""

    def check(self, piece: Piece, rows: pl.DataFrame) -> None:
        """DataError at the first row that is too far from its place."""
        indexed = rows.select("at_ns", *KEYS).with_row_index("row")
        for key, own in indexed.partition_by(*KEYS, as_dict=True).items():
            self._check(piece, tuple(str(part) for part in key), own)

    def _check(self, piece: Piece, key: Key, rows: pl.DataFrame) -> None:
        times = rows["at_ns"]
        reached = times.cum_max().clip(lower_bound=self.last_ns.get(key))
        self.last_ns[key] = reached[-1]
        late = reached - times
        count = int((late > 0).sum())
        if not count:
            return
        worst = int(late.max() or 0)  # type: ignore[arg-type]  # a whole number: the column is
        self.counts[key] = self.counts.get(key, 0) + count
        self.worst_ns[key] = max(self.worst_ns.get(key, 0), worst)
        if worst > self.max_ns >= 0 and not self.sort_all:
            row = int((late > self.max_ns).arg_true()[0])
            raise piece.problem(
                rows["row"][row],
                f"time {format_time(times[row])} comes after {format_time(reached[row])}: out of "
                f"order by {said(late[row])}, more than --disorder {said(self.max_ns)} "
                "(--disorder any sorts whatever comes)",
            )

    def notes(self) -> list[str]:
        """For the catalogue."""
        count = sum(self.counts.values())
        if not count:
            return []
        return [f"{count} rows out of order, by up to {said(max(self.worst_ns.values()))}: sorted"]


def already(before: Import) -> Imported:
    """What is said of a file that was imported before."""
    quality = {name: msgspec.json.decode(raw, type=Report) for name, raw in before.quality.items()}
    return _imported(before, quality, already=True)


def _imported(
    record: Import, quality: dict[str, Report], *, replaced: int = 0, already: bool = False
) -> Imported:
    return Imported(
        batch=record.batch,
        kind=record.kind,
        rows=record.rows,
        first=format_time(record.first_ns),
        last=format_time(record.last_ns),
        already=already,
        replaced=replaced,
        notes=record.notes,
        quality=quality,
    )
