"""Tick files: gzip or plain CSV with the header `ts_utc,bid,ask[,bid_size,ask_size]`.

Files are streamed line by line and merged by time, so a file of any size needs the same memory.
Equal time stamps keep the order of the file (and of the command line between files); duplicates
and crossed quotes are passed on as they are. Anything else that is wrong is a `TickFileError` that
names the file and the line.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import chain, islice
from pathlib import Path

from connectors.market_files.lines import numbered_lines
from connectors.sim.model import Tick, pair_of, parse_time

COLUMNS = ("ts_utc", "bid", "ask")
SIZE_COLUMNS = ("bid_size", "ask_size")
DEFAULT_SIZE = 1_000_000
# Lines of each file read before the venue opens, so that most bad files are refused at the start.
CHECKED_AT_START = 1_000
_LINE_MAX = 500
_SIZE_MAX = 10**15
_BYTE_ORDER_MARK = "\ufeff"


class TickFileError(Exception):
    """A tick file cannot be used; the text says which file, which line and why."""


@dataclass(frozen=True, slots=True)
class TickFile:
    """One file and whose prices it has."""

    venue: str
    pair: str
    path: Path


@dataclass(slots=True)
class TickWindow:
    """Which part of the files is used; nanoseconds, both ends may be open."""

    from_ns: int | None = None
    until_ns: int | None = None
    started_ns: dict[Path, int] = field(default_factory=dict)


def tick_file_of(argument: str) -> TickFile:
    """What `--ticks` names: `FILE` (venue and pair from the name) or `VENUE:PAIR:FILE`."""
    parts = argument.split(":", 2)
    if len(parts) == 3 and (pair := pair_of(parts[1])) is not None:
        return TickFile(parts[0].upper(), pair, Path(parts[2]))
    path = Path(argument)
    words = path.name.split(".")[0].split("_")
    if len(words) < 2 or not words[0]:
        raise TickFileError(
            f"{argument}: cannot tell venue and pair from the file name; expected a name such as "
            "oanda_eurusd_20140501.csv.gz, or write --ticks OANDA:EUR/USD:FILE"
        )
    named = pair_of(words[1])
    if named is None:
        raise TickFileError(
            f"{argument}: unknown pair {words[1]!r} in the file name; write --ticks "
            f"{words[0].upper()}:EUR/USD:FILE with the pair you mean"
        )
    return TickFile(words[0].upper(), named, path)


def open_ticks(files: Iterable[TickFile], window: TickWindow) -> Iterator[Tick]:
    """The ticks of all files by time. The beginning of each file is checked before this returns."""
    chosen = list(files)
    seen: set[tuple[str, str]] = set()
    for file in chosen:
        if (file.venue, file.pair) in seen:
            raise TickFileError(f"{file.path}: a second file for {file.pair} at {file.venue}")
        seen.add((file.venue, file.pair))
    streams = [_checked_stream(file, window) for file in chosen]
    return heapq.merge(*streams, key=lambda tick: tick.at_ns)


def _checked_stream(file: TickFile, window: TickWindow) -> Iterator[Tick]:
    stream = _within(read_ticks(file), window)
    head = list(islice(stream, CHECKED_AT_START))
    if not head:
        raise TickFileError(f"{file.path}: no tick between --from and --until")
    window.started_ns[file.path] = head[0].at_ns
    return chain(head, stream)


def _within(ticks: Iterator[Tick], window: TickWindow) -> Iterator[Tick]:
    for tick in ticks:
        if window.until_ns is not None and tick.at_ns >= window.until_ns:
            return
        if window.from_ns is None or tick.at_ns >= window.from_ns:
            yield tick


def read_ticks(file: TickFile) -> Iterator[Tick]:
    """All ticks of one file in its own order; raises `TickFileError` where it goes wrong."""
    lines = numbered_lines(file.path, _LINE_MAX, TickFileError)
    header = next(lines, None)
    if header is None:
        raise TickFileError(f"{file.path}: the file is empty; expected the header ts_utc,bid,ask")
    parser = _RowParser(file, header[1])
    empty = True
    for number, line in lines:
        if line:
            empty = False
            yield parser.tick(number, line)
    if empty:
        raise TickFileError(f"{file.path}: no tick after the header")


class _RowParser:
    """Turns the lines of one file into ticks; knows the columns and the time of the last line."""

    def __init__(self, file: TickFile, header: str) -> None:
        names = [name.strip().lower() for name in header.removeprefix(_BYTE_ORDER_MARK).split(",")]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise TickFileError(
                f"{file.path}:1: missing column {', '.join(missing)}; the header must be "
                f"ts_utc,bid,ask[,bid_size,ask_size], found {header[:80]!r}"
            )
        self._file = file
        self._width = len(names)
        self._at, self._bid, self._ask = (names.index(name) for name in COLUMNS)
        self._sizes = tuple(names.index(name) for name in SIZE_COLUMNS if name in names)
        self._last_ns = -1

    def tick(self, number: int, line: str) -> Tick:
        cells = line.split(",")
        if len(cells) != self._width:
            raise self._error(number, f"{len(cells)} columns where the header has {self._width}")
        try:
            at_ns = parse_time(cells[self._at])
        except ValueError:
            raise self._error(
                number, f"{cells[self._at][:40]!r} is not a UTC time like 2014-05-01T08:00:00.123Z"
            ) from None
        if at_ns < self._last_ns:
            raise self._error(number, f"{cells[self._at]} is earlier than the line before it")
        self._last_ns = at_ns
        bid, ask = self._price(number, cells[self._bid]), self._price(number, cells[self._ask])
        sizes = [self._size(number, cells[column]) for column in self._sizes]
        bid_size, ask_size = sizes if len(sizes) == 2 else (DEFAULT_SIZE, DEFAULT_SIZE)
        return Tick(at_ns, self._file.venue, self._file.pair, bid, ask, bid_size, ask_size)

    def _price(self, number: int, text: str) -> Decimal:
        try:
            price = Decimal(text)
        except InvalidOperation:
            raise self._error(number, f"{text[:40]!r} is not a price") from None
        if not price.is_finite() or not 0 < price < 1_000_000_000:
            raise self._error(number, f"price {text[:40]} must be a positive number")
        return price

    def _size(self, number: int, text: str) -> int:
        try:
            size = Decimal(text)
        except InvalidOperation:
            raise self._error(number, f"{text[:40]!r} is not a size") from None
        if not size.is_finite() or not 0 <= size < _SIZE_MAX:
            raise self._error(number, f"size {text[:40]} must not be negative")
        return int(size)

    def _error(self, number: int, what: str) -> TickFileError:
        return TickFileError(f"{self._file.path}:{number}: {what}")
