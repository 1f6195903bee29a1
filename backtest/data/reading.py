"""Recorded data as a backtest reads it: all kinds in one order of time, in batches of plain ints.

    for batch in Stream(folder, kinds=[Kind.QUOTES, Kind.REQUESTS], pairs=["EUR/USD"]):
        for at_ns, series, bid, offer, bid_size, offer_size in batch.rows():   # of quotes
            ...                                              # stream.series[series] says whose

A batch holds rows of one kind; the next row of another kind ends it. Memory is bounded by the
batches, whatever the length of the span. Rows of equal time come in the order of `number`, then of
the tables, venues, names, then as they were recorded: the same store always gives the same order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from backtest.data.catalogue import Part, data_hash, load_catalogue, order_of
from backtest.data.columns import VALUES, Kind, Series
from backtest.data.merging import merged

BATCH_ROWS = 65_536


class Position(msgspec.Struct, frozen=True):
    """How far a stream was read: `taken` rows of time `at_ns`, and all before them."""

    at_ns: int
    taken: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one kind, in order. `columns` are `names`, each a list of ints, texts or None."""

    kind: Kind
    names: tuple[str, ...]
    """The first is `at_ns`, the second `series`: an index into `Stream.series`."""
    columns: tuple[list[Any], ...]
    taken: int = 0
    """Rows of the first one's time that came before this batch."""

    def __len__(self) -> int:
        return len(self.columns[0])

    def column(self, name: str) -> list[Any]:
        """One column."""
        return self.columns[self.names.index(name)]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Row by row, each a tuple in the order of `names`."""
        return zip(*self.columns, strict=True)

    def position(self, row: int) -> Position:
        """Where to go on after this row."""
        times: list[int] = self.columns[0]
        first = bisect_left(times, times[row])
        return Position(times[row], row - first + 1 + (0 if first else self.taken))


class Stream:
    """What is asked for of a store, as an iterable of batches; may be iterated again."""

    def __init__(
        self,
        folder: Path,
        *,
        kinds: Iterable[Kind] | None = None,
        venues: Iterable[str] | None = None,
        pairs: Iterable[str] | None = None,
        first_ns: int | None = None,
        end_ns: int | None = None,
        position: Position | None = None,
        columns: Mapping[Kind, Sequence[str]] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        """`venues` leaves out what others said, but no fixings. `pairs` leaves out quotes, bars
        and points of others; money-market rates, fixings, requests and events stay. Times from
        `first_ns` on, before `end_ns`. `columns` beside `at_ns` and `series`, by kind:
        `columns.VALUES` else.
        """
        self._folder = folder
        self._first_ns, self._end_ns, self._position = first_ns, end_ns, position
        self._batch_rows = batch_rows
        found = load_catalogue(folder).parts_of(kinds=kinds, first_ns=first_ns, end_ns=end_ns)
        places = None if venues is None else frozenset(venues)
        names = None if pairs is None else frozenset(pairs)
        self.parts: tuple[Part, ...] = tuple(
            part
            for part in found
            if (places is None or part.kind is Kind.FIXINGS or part.venue in places)
            and (names is None or not _has_pair(part) or part.name in names)
        )
        self.series: tuple[Series, ...] = tuple(
            sorted({part.series for part in self.parts}, key=order_of)
        )
        chosen = {**VALUES, **(columns or {})}
        self.names: dict[Kind, tuple[str, ...]] = {
            kind: ("at_ns", "series", *(name for name in chosen[kind] if name != "at_ns"))
            for kind in Kind
        }

    @property
    def rows_max(self) -> int:
        """So many rows at most: exact where no span cuts through a file."""
        return sum(part.rows for part in self.parts)

    @property
    def data_hash(self) -> str:
        """A digest of the files that are read."""
        return data_hash(self.parts)

    def __iter__(self) -> Iterator[Batch]:
        start_ns, skip = self._first_ns, 0
        if self._position is not None:
            start_ns, skip = self._position.at_ns, self._position.taken
        last_ns, taken = start_ns, 0
        for kind, columns in merged(
            self._folder,
            self.parts,
            {series: index for index, series in enumerate(self.series)},
            self.names,
            (start_ns, self._end_ns),
            self._batch_rows,
        ):
            times: list[int] = columns[0]
            if times[0] != last_ns:
                last_ns, taken = times[0], 0
            batch = Batch(kind, self.names[kind], columns, taken)
            end = bisect_left(times, times[-1])
            last_ns, taken = times[-1], len(times) - end + (0 if end else taken)
            if skip >= len(batch):
                skip -= len(batch)
                continue
            yield _without(batch, skip) if skip else batch
            skip = 0


def _has_pair(part: Part) -> bool:
    """Whether all its rows are of the one pair that it is named after."""
    return part.kind in (Kind.QUOTES, Kind.BARS) or (part.kind is Kind.CURVES and "/" in part.name)


def _without(batch: Batch, skip: int) -> Batch:
    """The batch without its first rows, which are all of one time."""
    rest = tuple(column[skip:] for column in batch.columns)
    taken = batch.taken + skip if rest[0][0] == batch.columns[0][0] else 0
    return Batch(batch.kind, batch.names, rest, taken)
