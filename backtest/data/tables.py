"""The rows of a file, CSV or Parquet, as pieces of text columns; each row knows its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from backtest.data.blocks import blocks_of
from backtest.data.catalogue import DataError
from backtest.data.layouts import plain

_PARQUET = b"PAR1"
_PARQUET_ROWS = 250_000
_SEPARATORS = ",;\t|"
_COLUMNS_MAX = 1000
_EXCEL = re.compile(r"sep=.")
"""A first line for one spreadsheet program; no row."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file: every column as text, stripped; null where it is empty."""

    path: Path
    rows: pl.DataFrame
    first: int
    """Number of the first row's line, or row."""
    numbers: tuple[int, ...] = ()
    """Of each row, where they are not consecutive."""

    def line(self, row: int) -> int:
        """The number of a row's line in the file (of a Parquet file: of its row, from 1)."""
        return self.numbers[row] if self.numbers else self.first + row

    def problem(self, row: int, text: str) -> DataError:
        """What is wrong in one row."""
        return DataError(f"{self.path}:{self.line(row)}: {text}; nothing was imported")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened: its columns, and its rows to come."""

    path: Path
    header: tuple[str, ...]
    pieces: Iterator[Piece]
    notes: tuple[str, ...] = ()


def open_table(path: Path, *, separator: str = "", header: bool = True) -> Source:
    """The columns and rows of a file."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as problem:
        raise DataError(f"{path}: cannot be read: {problem.strerror or problem}") from None
    return _parquet(path) if start == _PARQUET else _csv(path, separator, header)


# --- CSV


def _csv(path: Path, separator: str, has_header: bool) -> Source:
    blocks = blocks_of(path)
    for number, block in blocks:
        for skipped, line in enumerate(io.BytesIO(block)):
            text = line.decode("utf-8", "replace").strip()
            if text and not text.startswith("#") and not _EXCEL.fullmatch(text):
                found = (number + skipped, block, text, skipped)
                return _begun(path, separator, has_header, blocks, found)
    raise DataError(f"{path}: the file is empty: no columns, no rows; nothing was imported")


def _begun(
    path: Path,
    separator: str,
    has_header: bool,
    blocks: Iterator[tuple[int, bytes]],
    found: tuple[int, bytes, str, int],
) -> Source:
    number, block, text, skipped = found
    separator = separator or max(_SEPARATORS, key=text.count)
    names = [cell.strip() for cell in next(csv.reader([text], delimiter=separator))]
    if has_header:
        header = _checked(path, number, names)
        skipped += 1
        number += 1
    else:
        header = tuple(f"column_{index}" for index in range(1, len(names) + 1))
    rest = block.split(b"\n", skipped)[skipped:] if skipped else [block]
    first = (number, rest[0] if rest else b"")

    def pieces() -> Iterator[Piece]:
        if first[1]:
            yield from _parsed(path, *first, header, separator)
        for begin, more in blocks:
            yield from _parsed(path, begin, more, header, separator)

    return Source(path, header, pieces())


def _checked(path: Path, number: int, names: list[str]) -> tuple[str, ...]:
    where = f"{path}:{number}"
    if len(names) > _COLUMNS_MAX:
        raise DataError(f"{where}: more than {_COLUMNS_MAX} columns: this is no table")
    figures = [name for name in names if name.replace(".", "").replace("-", "").isdigit()]
    if len(figures) * 2 >= len(names):
        raise DataError(
            f"{where}: the first line names no columns ({', '.join(names)[:60]}): say --no-header "
            "and --columns at=1,bid=2,offer=3"
        )
    plain_names = [plain(name) for name in names]
    twice = [name for name in names if name and plain_names.count(plain(name)) > 1]
    if twice:
        raise DataError(
            f"{where}: {' and '.join(twice[:3])} are columns of one name: which is meant? Rename "
            "the others; nothing was imported"
        )
    return tuple(name or f"_{index}" for index, name in enumerate(names, 1))


def _parsed(
    path: Path, number: int, block: bytes, header: Sequence[str], separator: str
) -> Iterator[Piece]:
    numbers: tuple[int, ...] = ()
    if block.startswith((b"#", b"\n", b"\r\n")) or any(
        mark in block for mark in (b"\n\n", b"\n\r\n", b"\n#")
    ):
        kept = [
            (index, line)
            for index, line in enumerate(block.splitlines(keepends=True), number)
            if line.strip() and not line.startswith(b"#")
        ]
        numbers = tuple(index for index, _ in kept)
        block = b"".join(line for _, line in kept)
    if not block.strip():
        return
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    if block.count(separator.encode()) != lines * (len(header) - 1):
        _check_widths(path, number, numbers, block, header, separator)
    try:
        rows = pl.read_csv(
            block,
            has_header=False,
            schema=dict.fromkeys(header, pl.String()),
            separator=separator,
            quote_char='"',
        )
    except pl.exceptions.PolarsError as problem:
        _check_widths(path, number, numbers, block, header, separator)
        raise DataError(f"{path}:{number}: in or after this line: {problem}") from None
    if rows.height != lines:
        raise DataError(
            f"{path}:{number}: in or after this line: a cell goes over more than one line"
        )
    yield Piece(path, rows.select(_stripped(pl.all())), number, numbers)


def _stripped(cell: pl.Expr) -> pl.Expr:
    text = cell.str.strip_chars()
    return pl.when(text != "").then(text)


def _check_widths(
    path: Path,
    number: int,
    numbers: Sequence[int],
    block: bytes,
    header: Sequence[str],
    separator: str,
) -> None:
    """Name the first line that does not have as many columns as the header."""
    for row, line in enumerate(block.decode("utf-8", "replace").splitlines()):
        at = numbers[row] if numbers else number + row
        try:
            count = len(next(csv.reader([line], delimiter=separator, strict=True)))
        except csv.Error as problem:
            raise DataError(f"{path}:{at}: {problem}; nothing was imported") from None
        if count != len(header):
            hint = _width_hint(line, separator, count - len(header))
            raise DataError(
                f"{path}:{at}: {count} columns where the header has {len(header)}{hint}; "
                "nothing was imported"
            )


def _width_hint(line: str, separator: str, more: int) -> str:
    if more == 1 and line.rstrip().endswith(separator):
        return " (a separator ends the row: the header needs one too)"
    if separator == "," and more > 0:
        return " (a decimal comma? then the columns need another separator)"
    return ""


# --- Parquet


def _parquet(path: Path) -> Source:
    try:
        whole = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema = whole.collect_schema()
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise DataError(f"{path}: no whole Parquet file: {problem}; nothing was imported") from None
    texts = {name: _as_text(name, kind) for name, kind in schema.items()}
    known = [text for text in texts.values() if text is not None]
    unread = [name for name, text in texts.items() if text is None]
    floats = [name for name, kind in schema.items() if kind.is_float()]
    told = {"floats taken as their shortest decimals": floats, "columns of no single value": unread}
    notes = tuple(f"{what}: {', '.join(names)}" for what, names in told.items() if names)

    def pieces() -> Iterator[Piece]:
        offset = 0
        while True:
            try:
                rows = whole.slice(offset, _PARQUET_ROWS).select(known).collect()
            except (OSError, pl.exceptions.PolarsError) as problem:
                raise DataError(
                    f"{path}: damaged after row {offset}: {problem}; nothing was imported"
                ) from None
            if rows.is_empty():
                return
            yield Piece(path, rows, offset + 1)
            offset += rows.height

    return Source(
        path, tuple(name for name, text in texts.items() if text is not None), pieces(), notes
    )


def _as_text(name: str, kind: pl.DataType) -> pl.Expr | None:
    """A column as text without loss; None = of a type that is no single value."""
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is not None:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        mark = "Z" if kind.time_zone is not None else ""
        return column.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.9f{mark}")
    if kind.is_nested() or isinstance(kind, pl.Binary | pl.Object | pl.Duration | pl.Time):
        return None
    return _stripped(column.cast(pl.String))
