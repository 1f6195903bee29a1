"""CSV files line by line, gzip or plain; whatever is wrong is an error with file and line.

The first line names the columns; lines that begin with `#` and empty lines are passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from connectors.market_files.lines import numbered_lines
from robot.basics.numbers import parse_decimal
from robot.clock import nanoseconds
from robot.errors import RobotError

_LINE_MAX = 5_000
_BYTE_ORDER_MARK = "\ufeff"


class MarketFileError(RobotError):
    """A market data file cannot be used; the text says which file, which line and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file by column name; knows where it stands."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def problem(self, what: str) -> MarketFileError:
        """An error that names file and line."""
        return MarketFileError(f"{self.path}:{self.number}: {what}")

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        text = self.cells[column]
        if not text:
            raise self.problem(f"column {column} is empty")
        return text

    def date(self, column: str) -> date:
        """A date, `2026-01-14`."""
        text = self.text(column)
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise self.problem(f"{column} {text[:20]!r} is not a date like 2026-01-14") from None

    def time_ns(self, column: str) -> int:
        """A UTC time, `2026-01-14T03:00:00Z`, in nanoseconds."""
        text = self.text(column)
        try:
            if not text.endswith("Z"):
                raise ValueError
            return nanoseconds(datetime.fromisoformat(text))
        except ValueError:
            raise self.problem(
                f"{column} {text[:40]!r} is not a UTC time like 2026-01-14T03:00:00Z"
            ) from None

    def decimal(self, column: str) -> Decimal:
        """A plain decimal number."""
        text = self.text(column)
        try:
            return parse_decimal(text)
        except ValueError:
            raise self.problem(f"{column} {text[:40]!r} is not a number") from None


def rows_of(path: Path, required: tuple[str, ...]) -> Iterator[Row]:
    """The lines of a file whose header has at least the required columns."""
    lines = numbered_lines(path, _LINE_MAX, MarketFileError)
    header: list[str] | None = None
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in _split(path, number, line)]
        if header is None:
            header = _checked_header(path, number, cells, required)
        elif len(cells) != len(header):
            raise MarketFileError(
                f"{path}:{number}: {len(cells)} columns where the header has {len(header)}"
            )
        else:
            yield Row(path, number, dict(zip(header, cells, strict=True)))
    if header is None:
        raise MarketFileError(f"{path}: the file is empty; expected {','.join(required)}")


def _checked_header(
    path: Path, number: int, names: list[str], required: tuple[str, ...]
) -> list[str]:
    names[0] = names[0].removeprefix(_BYTE_ORDER_MARK)
    missing = [name for name in required if name not in names]
    if missing:
        raise MarketFileError(f"{path}:{number}: missing column {', '.join(missing)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MarketFileError(f"{path}:{number}: column {', '.join(twice)} is there twice")
    return names


def _split(path: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as problem:
        raise MarketFileError(f"{path}:{number}: {problem}") from None
