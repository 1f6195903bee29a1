"""What a book that looks by the clock sees of one pair's market, out of recorded quotes.

The same definitions as in the live robot (`robot.core.rule_facts_market`), for one stream of
quotes: the best of several venues has to be made before. Nothing is known of position, orders and
clients: a book that looks at them cannot be decided in columns, because they depend on what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np

from backtest.columns import Column, Ints
from backtest.honesty.research import Found, Research, Table, Tables
from robot.clock import format_time
from robot.errors import ConfigurationError
from robot.rules.moments import holds
from robot.rules.tree import Book

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000
WINDOWS_S = {"1 min": 60, "5 min": 300, "15 min": 900}
STALE_AFTER_MS = 2_000
"""Of a desk that says nothing else."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Tops of one book, in the order of time: prices in units of 1e-9."""

    at_ns: Ints
    bid: Ints
    offer: Ints

    def tables(self, looks_ns: Ints) -> Tables:
        """As research reads them (`honesty.research`), with the moments of the looks."""
        quotes = Table(self.at_ns, {"bid": self.bid, "offer": self.offer})
        return {"quotes": quotes, "looks": Table(looks_ns, {})}

    @classmethod
    def of_store(cls, folder: Path, venue: str, pair: str, first_ns: int, end_ns: int) -> Quotes:
        """Those of one venue and pair in a data store; rows with one side alone are left out. None
        at all are an error that names the store.
        """
        from backtest.data.columns import Kind
        from backtest.data.reading import Stream

        stream = Stream(
            folder,
            kinds=[Kind.QUOTES],
            venues=[venue],
            pairs=[pair],
            first_ns=first_ns,
            end_ns=end_ns,
            columns={Kind.QUOTES: ("bid", "offer")},
        )
        names = ("at_ns", "bid", "offer")
        # Batch by batch: ten million rows are 240 MB as whole numbers, and many times as much as
        # Python's.
        parts = [_whole([batch.column(name) for name in names]) for batch in stream]
        if not sum(part.shape[1] for part in parts):
            times = f"{format_time(first_ns)} and {format_time(end_ns)}"
            text = f"{folder}: no quotes of {venue} in {pair} with both sides between {times}"
            raise ConfigurationError(f"{text}; see fxrobot data list")
        return cls(*np.concatenate(parts, axis=1))


@dataclass(frozen=True, slots=True)
class Pair:
    """What conventions and desk say of the pair."""

    pip: int
    """Units of 1e-9."""
    tick: int
    stale_after_ms: int = STALE_AFTER_MS


def looks_of(book: Book, first_ns: int, end_ns: int) -> Ints:
    """The moments at which this book looks, as the robot has it look: whole intervals after the
    first moment, within the book's schedule.
    """
    every_ns = book.every * MILLISECOND_NS
    found = looks(first_ns // every_ns * every_ns + every_ns, end_ns, book.every)
    if book.during is None:
        return found
    schedule = book.schedules[book.during]
    within = [holds(schedule, at_ms) for at_ms in (found // MILLISECOND_NS).tolist()]
    return found[np.array(within, np.bool_)]


def looks(first_ns: int, end_ns: int, every_ms: int) -> Ints:
    """The moments at which a book looks."""
    return np.arange(first_ns, end_ns, every_ms * MILLISECOND_NS, dtype=np.int64)


def research_of(pair: Pair) -> Research:
    """`facts_of` as research that the look-ahead detector does again."""
    return lambda tables: facts_of(tables, pair)


def facts_of(tables: Tables, pair: Pair) -> Found:
    """By name, a row for each look."""
    quotes, at = tables["quotes"], tables["looks"].at_ns
    top = np.searchsorted(quotes.at_ns, at, side="right") - 1
    place = np.maximum(top, 0)
    there = top >= 0
    bid, offer = (_taken(quotes[side], place) for side in ("bid", "offer"))
    age = np.where(there, (at - _taken(quotes.at_ns, place)) // MILLISECOND_NS, 0)
    fit = there & (age <= pair.stale_after_ms) & (bid <= offer)
    mid = _middle(bid, offer)
    found = {
        "bid": Column(bid, fit),
        "offer": Column(offer, fit),
        "mid": Column(mid, fit),
        "spot mid": Column(mid, fit),
        "market spread": Column(offer - bid, fit),
        "market age": Column(age, there),
        "market is stale": Column((age > pair.stale_after_ms).astype(np.int64), there),
        "market is crossed": Column((bid > offer).astype(np.int64), fit),
        "pip": Column(np.full(len(at), pair.pip, np.int64)),
        "tick": Column(np.full(len(at), pair.tick, np.int64)),
        "instant": Column(at // MILLISECOND_NS),
    }
    seconds = _Seconds(quotes, at)
    for window, window_s in WINDOWS_S.items():
        found |= seconds.facts(window, window_s, Column(mid, fit))
    for name in ("realised volatility", "range", "move"):
        found[name] = found[f"{name}[5 min]"]
    return found


class _Seconds:
    """The middle at the first quote of each second that had one: `robot.core.rule_state.Seconds`
    for all looks at once.
    """

    def __init__(self, quotes: Table, looks_ns: Ints) -> None:
        fit = quotes["bid"] <= quotes["offer"]
        at = quotes.at_ns[fit] // SECOND_NS
        self._at, first = np.unique(at, return_index=True)
        self._mids = _middle(quotes["bid"], quotes["offer"])[fit][first]
        changes = np.diff(self._mids, prepend=self._mids[:1])
        self._squares = np.cumsum(changes * changes)
        # A second whose first quote comes after the look is not there yet.
        known = np.searchsorted(quotes.at_ns[fit][first], looks_ns, side="right") - 1
        self._last = known
        self._second = looks_ns // SECOND_NS

    def facts(self, window: str, window_s: int, mid: Column) -> dict[str, Column]:
        """Of one window."""
        begin = np.searchsorted(self._at, self._second - window_s, side="right") - 1
        begin = np.minimum(begin, self._last)
        full = begin >= 0
        first, last = np.maximum(begin, 0), np.maximum(self._last, 0)
        moves = mid.values - _taken(self._mids, first)
        assert mid.known is not None
        return {
            f"realised volatility[{window}]": Column(self._volatility(first, last), full),
            f"range[{window}]": Column(self._range(first, last), full),
            f"move[{window}]": Column(moves, full & mid.known),
        }

    def _volatility(self, first: Ints, last: Ints) -> Ints:
        total = _taken(self._squares, last) - _taken(self._squares, first)
        roots = np.sqrt(total.astype(np.float64)).astype(np.int64)
        # A root in floating point may be one off: put right in whole numbers, then rounded.
        roots = np.where(roots * roots > total, roots - 1, roots)
        roots = np.where((roots + 1) * (roots + 1) <= total, roots + 1, roots)
        large = np.flatnonzero(total >= 2**52)
        roots[large] = [isqrt(number) for number in total[large].tolist()]
        rounded: Ints = roots + (total - roots * roots > roots)
        return rounded

    def _range(self, first: Ints, last: Ints) -> Ints:
        if not len(self._mids):
            return np.zeros(len(first), np.int64)
        highest, lowest = _Extremes(self._mids, np.maximum), _Extremes(self._mids, np.minimum)
        found: Ints = highest.of(first, last) - lowest.of(first, last)
        return found


class _Extremes:
    """The largest, or smallest, of any stretch: of two overlapping ones of a power of two."""

    def __init__(self, values: Ints, of: np.ufunc) -> None:
        self._of = of
        self._levels = [values]
        width = 1
        while 2 * width <= len(values):
            below = self._levels[-1]
            self._levels.append(of(below[:-width], below[width:]))
            width *= 2

    def of(self, first: Ints, last: Ints) -> Ints:
        """From each first place to each last one, both included."""
        found = np.zeros(len(first), np.int64)
        lengths = last - first + 1
        for level, values in enumerate(self._levels):
            width = 1 << level
            mine = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
            if len(mine):
                left, right = values[first[mine]], values[last[mine] - width + 1]
                found[mine] = self._of(left, right)
        return found


def _whole(columns: Sequence[Sequence[int | None]]) -> Ints:
    """The columns, each a row of an array, without the places where one of them has nothing."""
    if any(None in column for column in columns):
        kept = [row for row in zip(*columns, strict=True) if None not in row]
        columns = [*zip(*kept, strict=True)] or [()] * len(columns)
    return np.array(columns, np.int64)


def _middle(bid: Ints, offer: Ints) -> Ints:
    """Half the sum, halves to even."""
    half: Ints = (bid + offer) // 2
    return half + ((bid + offer) & half & 1)


def _taken(values: Ints, places: Ints) -> Ints:
    """The values at some places; zeros where there are no values at all."""
    return values[places] if len(values) else np.zeros(len(places), np.int64)
