"""Writing into a data store: all of an import, or nothing of it.

Rows come piece by piece and are kept in scratch files beside the store. At the end each partition
is sorted and written once; then the files are moved to their places and the catalogue is replaced,
which is the moment at which the import exists. Whatever was left by a process that died before that
is removed by the next one that writes. One process writes at a time.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import functools
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import polars as pl

from backtest.data.blocks import file_hash
from backtest.data.catalogue import (
    INCOMING,
    Catalogue,
    DataError,
    Import,
    Part,
    load_catalogue,
    load_existing,
    order_of,
    save_catalogue,
    sync,
)
from backtest.data.columns import TABLES, Kind, Series, Span, Unit
from backtest.data.merging import row_group
from robot.clock import format_time

PLAN = "plan.json"
LOCK = ".lock"
LOCK_WAIT_S = 60.0
_LABELS = {Span.DATE: "%Y-%m-%d", Span.MONTH: "%Y-%m", Span.YEAR: "%Y"}
KEYS = ("venue", "name", "period")
"""Columns of a piece that say whose rows they are; folders hold them, the files do not."""


def schema_of(kind: Kind) -> dict[str, pl.DataType]:
    """The types of a table's columns."""
    return {
        column.name: pl.String() if column.unit is Unit.TEXT else pl.Int64()
        for column in TABLES[kind].columns
    }


@contextlib.contextmanager
def locked(folder: Path, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """Be the only one who writes; what an earlier one left behind is removed first. A disk that is
    full or cannot be written is a DataError, and the store is as it was.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("a+") as file:
            _lock(folder, file.fileno(), wait_s)
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
            _clear(folder)
            try:
                yield
            finally:
                with contextlib.suppress(DataError):
                    _clear(folder)
    except OSError as problem:
        raise DataError(
            f"{folder}: cannot be written: {problem.strerror or problem}; the store is as it was"
        ) from problem


def _lock(folder: Path, fd: int, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                who = os.pread(fd, 20, 0).decode("ascii", "replace")
                raise DataError(
                    f"{folder}: process {who or '?'} writes there, also after {wait_s:g} s: "
                    "wait for its end"
                ) from None
            time.sleep(0.05)
        else:
            return


def _clear(folder: Path) -> None:
    """Remove what a dead process moved into the store before its catalogue named it, or had not
    yet removed after.
    """
    incoming = folder / INCOMING
    if not incoming.exists():
        return
    with contextlib.suppress(OSError, msgspec.DecodeError):
        planned = msgspec.json.decode((incoming / PLAN).read_bytes(), type=list[str])
        known = {part.path for part in load_catalogue(folder).parts}
        for path in planned:
            if path not in known:
                (folder / path).unlink(missing_ok=True)
    shutil.rmtree(incoming, ignore_errors=True)


@dataclass(slots=True)
class _Partition:
    """Rows of one series within one date, month or year, so far in scratch files."""

    series: Series
    label: str
    pieces: list[Path] = field(default_factory=list)


class Writing:
    """One import as it is written; made under `locked`."""

    def __init__(self, folder: Path, batch: str) -> None:
        self.catalogue = load_catalogue(folder)
        self.batch = _unused(batch, self.catalogue)
        self._folder = folder
        self._incoming = folder / INCOMING
        self._incoming.mkdir()
        self._partitions: dict[tuple[Series, str], _Partition] = {}
        self._pieces = 0
        self._parts: list[Part] = []
        self._moves: list[tuple[Path, str]] = []

    def add(self, kind: Kind, rows: pl.DataFrame) -> None:
        """Keep rows: the table's columns and `KEYS`, in the order in which they were found."""
        label = pl.from_epoch("at_ns", time_unit="ns").dt.strftime(_LABELS[TABLES[kind].span])
        found = rows.with_columns(label.alias("_label"))
        groups = found.partition_by(*KEYS, "_label", as_dict=True, include_key=False)
        for (venue, name, period, day), piece in groups.items():
            series = Series(kind, str(venue), str(name), str(period))
            path = self._incoming / f"{self._pieces}.piece"
            self._pieces += 1
            piece.select(TABLES[kind].names).write_ipc(path)
            key = (series, str(day))
            self._partitions.setdefault(key, _Partition(*key)).pieces.append(path)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What was written so far."""
        return tuple(self._parts)

    @property
    def is_empty(self) -> bool:
        """Whether no row came."""
        return not self._partitions

    def sorted_partitions(self) -> Iterator[tuple[Series, pl.DataFrame]]:
        """Each partition as it is stored, by series and time; they are written on the way."""
        for key in sorted(self._partitions, key=lambda key: (order_of(key[0]), key[1])):
            partition = self._partitions.pop(key)
            rows = pl.concat([pl.read_ipc(path) for path in partition.pieces]).sort(
                "at_ns", "number", maintain_order=True
            )
            for path in partition.pieces:
                path.unlink()
            self._write(partition.series, partition.label, rows)
            yield partition.series, rows

    def _write(self, series: Series, label: str, rows: pl.DataFrame) -> None:
        span = TABLES[series.kind].span
        place = f"{series.folder}/{span}={label}/{self.batch}.parquet"
        scratch = self._incoming / f"{len(self._moves)}.parquet"
        self._moves.append((scratch, place))
        self._parts.append(_stored(scratch, place, series, rows, self.batch))

    def commit(self, record: Import, *, replace: bool) -> tuple[int, int]:
        """Have the import in the store; how many rows and files of earlier ones it replaced."""
        kept, gone, rows_gone = self._kept(replace)
        record = msgspec.structs.replace(record, batch=self.batch)
        places = [*(place for _, place in self._moves), *(part.path for part in gone)]
        _write_plan(self._folder, places)
        for scratch, place in self._moves:
            target = self._folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            scratch.replace(target)
            sync(target.parent)
        parts = sorted(
            [*kept, *self._parts], key=lambda part: (order_of(part.series), part.first_ns)
        )
        left = {part.batch for part in parts}
        imports = [one for one in self.catalogue.imports if one.batch in left]
        save_catalogue(self._folder, Catalogue(imports=[*imports, record], parts=parts))
        for part in gone:
            (self._folder / part.path).unlink(missing_ok=True)
        return rows_gone, len(gone)

    def _kept(self, replace: bool) -> tuple[list[Part], list[Part], int]:
        """Files of before that stay, those that go, and rows in them that are replaced."""
        spans: dict[Series, tuple[int, int]] = {}
        for part in self._parts:
            first, last = spans.get(part.series, (part.first_ns, part.last_ns))
            spans[part.series] = (min(first, part.first_ns), max(last, part.last_ns))
        kept, gone, rows_gone = [], [], 0
        for part in self.catalogue.parts:
            span = spans.get(part.series)
            if span is None or part.first_ns > span[1] or part.last_ns < span[0]:
                kept.append(part)
                continue
            rest = self._outside(part, span)
            left = sum(rows.height for rows in rest)
            if left < part.rows and not replace:
                raise DataError(_conflict(part, span))
            gone.append(part)
            rows_gone += part.rows - left
            self._keep_rest(part, rest)
        return kept, gone, rows_gone

    def _outside(self, part: Part, span: tuple[int, int]) -> list[pl.DataFrame]:
        """What a file has before and after a span."""
        rows = rows_of(self._folder, part)
        first, last = span
        return [rows.filter(pl.col("at_ns") < first), rows.filter(pl.col("at_ns") > last)]

    def _keep_rest(self, part: Part, rest: list[pl.DataFrame]) -> None:
        """Two files take the place of one that the new rows cut through: files of a series never
        overlap.
        """
        parent, _, name = part.path.rpartition("/")
        for side, rows in zip("ab", rest, strict=True):
            if not rows.is_empty():
                stem = _cut_name(name.removesuffix(".parquet"), self.batch)
                scratch = self._incoming / f"{len(self._moves)}.parquet"
                self._moves.append((scratch, f"{parent}/{stem}{side}.parquet"))
                place = self._moves[-1][1]
                self._parts.append(_stored(scratch, place, part.series, rows, part.batch))


def check_file(folder: Path, part: Part) -> None:
    """DataError where a file is not the one that was written."""
    path = folder / part.path
    try:
        status = path.stat()
        is_same = status.st_size == part.size and (
            _hash_of(path, status.st_mtime_ns, status.st_size) == part.sha256
        )
    except OSError as problem:
        raise DataError(
            f"{path}: cannot be read: {problem.strerror}: take its import {part.batch} out "
            "(fxrobot data remove) and import it again"
        ) from None
    if not is_same:
        raise DataError(
            f"{path}: is not the file that was written (its hash is another): take its import "
            f"{part.batch} out (fxrobot data remove) and import it again"
        )


def check_store(folder: Path) -> None:
    """DataError where there is no store, or one of its files is not the one that was written."""
    for part in load_existing(folder).parts:
        check_file(folder, part)


@functools.lru_cache(maxsize=65_536)
def _hash_of(path: Path, changed_ns: int, size: int) -> str:
    """Read once while it does not change: a study looks at the same files in every trial."""
    return file_hash(path)[0]


def rows_of(folder: Path, part: Part) -> pl.DataFrame:
    """The rows of a file that is as it was written; DataError where it is not."""
    check_file(folder, part)
    path = folder / part.path
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except pl.exceptions.PolarsError as problem:
        raise DataError(f"{path}: cannot be read: {problem}") from None


def remove_import(folder: Path, batch: str) -> Import:
    """Take an import's rows out of the store; what it said of itself. What had taken the place of
    its rows stays, what it had taken the place of does not come back.
    """
    load_existing(folder)
    with locked(folder):
        catalogue = load_catalogue(folder)
        found = next((one for one in catalogue.imports if one.batch == batch), None)
        if found is None:
            near = difflib.get_close_matches(batch, [one.batch for one in catalogue.imports], n=1)
            hint = f"; did you mean {near[0]}?" if near else " (fxrobot data list names them)"
            raise DataError(f"{folder}: no import {batch}{hint}")
        gone = [part for part in catalogue.parts if part.batch == batch]
        (folder / INCOMING).mkdir()
        _write_plan(folder, [part.path for part in gone])
        left = [part for part in catalogue.parts if part.batch != batch]
        imports = [one for one in catalogue.imports if one.batch != batch]
        save_catalogue(folder, Catalogue(imports=imports, parts=left))
        for part in gone:
            (folder / part.path).unlink(missing_ok=True)
        return found


def _write_plan(folder: Path, places: list[str]) -> None:
    """Which files are about to come or go: of those, the next one to write removes what the
    catalogue does not name.
    """
    plan = folder / INCOMING / PLAN
    plan.write_bytes(msgspec.json.encode(places))
    sync(plan)


def _stored(path: Path, place: str, series: Series, rows: pl.DataFrame, batch: str) -> Part:
    """Write one file of the store to a scratch place; on the disk when this returns."""
    rows.write_parquet(
        path, compression="zstd", compression_level=3, row_group_size=row_group(series.kind)
    )
    sync(path)
    sha256, size = file_hash(path)
    return Part(
        path=place,
        kind=series.kind,
        venue=series.venue,
        name=series.name,
        period=series.period,
        rows=rows.height,
        first_ns=rows["at_ns"][0],
        last_ns=rows["at_ns"][-1],
        size=size,
        sha256=sha256,
        batch=batch,
    )


def _conflict(part: Part, span: tuple[int, int]) -> str:
    return (
        f"{part.series}: the store has {format_time(part.first_ns)} to "
        f"{format_time(part.last_ns)} from import {part.batch}, which overlaps "
        f"{format_time(span[0])} to {format_time(span[1])} of this one: nothing was imported "
        "(--replace takes the new rows for that span)"
    )


def batch_name(file: str, sha256: str) -> str:
    """A short name for an import: of its file and what is in it."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", file.split(".")[0]).strip("-")[:40]
    return f"{stem or 'data'}-{sha256[:8]}"


def _unused(batch: str, catalogue: Catalogue) -> str:
    taken = {part.path.rpartition("/")[2].removesuffix(".parquet") for part in catalogue.parts}
    taken |= {one.batch for one in catalogue.imports}
    name, number = batch, 2
    while name in taken:
        name, number = f"{batch}-{number}", number + 1
    return name


def _cut_name(name: str, batch: str) -> str:
    digest = hashlib.sha256(f"{name} {batch}".encode()).hexdigest()
    return f"{name.split('~')[0]}~{digest[:8]}"


def wanted_import(imports: Sequence[Import], like: Import) -> Import | None:
    """An earlier import of the same bytes, read in the same way."""
    for one in imports:
        if (one.sha256, one.kind, one.options) == (like.sha256, like.kind, like.options):
            return one
    return None
