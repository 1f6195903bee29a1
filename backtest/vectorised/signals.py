"""What a book that looks by the clock does at each look: buys, sells, goes flat, or nothing.

A deal at a price is done where the market is as good as its limit; a whole hedge brings the
position to zero. What depends on the position (hedging by a size or a limit) or on what others
answer (asking banks, quoting) is not decided in columns: it is refused with the rule's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtest.column_rows import Rows
from backtest.columns import Bools, Columns, Ints
from backtest.rule_columns import CHUNK_ROWS
from backtest.rule_plan import Plan, Run
from robot.errors import ConfigurationError
from robot.rules.oracle import by_order
from robot.rules.tree import AskPerson, Book, DealAt, Hedge, Pass, Rule, Selection
from robot.rules.types import SCALE, Kind

NOTHING, BUY, SELL, FLAT = 0, 1, 2, 3

Acts = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Signals:
    """By look (rows) and point of the grid (columns)."""

    acts: Acts
    """NOTHING, BUY, SELL or FLAT."""
    sizes: Floats
    """In units of the base currency: one for each point (1 x points), or one for each look."""

    def taken(self, rows: Bools) -> Signals:
        """Those of some looks."""
        whole = len(self.sizes) == len(self.acts) != 1
        return Signals(self.acts[rows], self.sizes[rows] if whole else self.sizes)

    @property
    def buys(self) -> Bools:
        """Where the base currency is bought."""
        found: Bools = self.acts == BUY
        return found

    @property
    def sells(self) -> Bools:
        """Where it is sold."""
        found: Bools = self.acts == SELL
        return found

    @property
    def flats(self) -> Bools:
        """Where the position is closed."""
        found: Bools = self.acts == FLAT
        return found


class SignalBook:
    """A book ready to say its signals."""

    def __init__(self, book: Book) -> None:
        self.book = book
        if book.selection is Selection.BEST:
            raise ConfigurationError(
                f"{book.name}: chooses the best quote, and quotes nothing here"
            )
        self._plan = Plan(book)
        self._rules = (*by_order(book), book.otherwise)
        self._codes = [_act(book, rule) for rule in self._rules]

    def sweep(
        self, columns: Columns, bid: Ints, offer: Ints, vectors: Sequence[Sequence[int]]
    ) -> Signals:
        """Of these values of the parameters. `bid` and `offer`: what is dealt at in each row, in
        units of 1e-9.
        """
        run = Run(self._plan, columns, vectors)
        # A point's column lies together, as vectorbt goes through it.
        acts = np.zeros((columns.rows, len(vectors)), np.int8, order="F")
        sizes = _Sizes(columns.rows, len(vectors))
        for start in range(0, columns.rows, CHUNK_ROWS):
            until = min(start + CHUNK_ROWS, columns.rows)
            stretch = _Stretch(
                Rows.stretch(run, start, until), bid[start:until], offer[start:until]
            )
            for place, values in enumerate(vectors):
                stretch.rows.take_parameters(values)
                self._decide(stretch, acts[start:until, place], sizes.of(place, start))
        return Signals(acts, sizes.found())

    def _decide(self, stretch: _Stretch, acts: Acts, sizes: _Size) -> None:
        rows = stretch.rows
        undecided: Bools | None = None
        for rule, code in zip(self._rules, self._codes, strict=True):
            fires = rows.fires(rule)
            mine = fires if undecided is None else fires & undecided
            if code != NOTHING:
                done = mine & stretch.dealt(rule, code)
                np.copyto(acts, code, where=done)
                if isinstance(rule.action, DealAt):
                    sizes.take(rule, rows, done)
            undecided = ~fires if undecided is None else undecided & ~fires
            if not undecided.any():
                break


class _Stretch:
    """Some rows and their market."""

    def __init__(self, rows: Rows, bid: Ints, offer: Ints) -> None:
        self.rows = rows
        self._bid, self._offer = bid, offer

    def dealt(self, rule: Rule, code: int) -> Bools:
        """Where what the rule wants can be done: its values are known, the limit holds."""
        action = rule.action
        if isinstance(action, Hedge):
            return np.ones(self.rows.count, np.bool_)
        assert isinstance(action, DealAt)
        limit = self.rows.numbers(action.limit)
        held = limit.values >= self._offer if code == BUY else limit.values <= self._bid
        good = limit.marks(self.rows.count) & held
        if action.size is not None:
            good &= self.rows.numbers(action.size).marks(self.rows.count)
        return good


class _Sizes:
    """Sizes of all points: one number where a point has one, else a column."""

    def __init__(self, rows: int, points: int) -> None:
        self._rows = rows
        self._points = [_Size(rows) for _ in range(points)]

    def of(self, point: int, start: int) -> _Size:
        """Of one point, from a row on."""
        self._points[point].start = start
        return self._points[point]

    def found(self) -> Floats:
        """In units of the base currency."""
        scale = SCALE[Kind.AMOUNT]
        if all(point.column is None for point in self._points):
            return np.array([[point.single or 0 for point in self._points]], np.float64) / scale
        columns = [point.whole() for point in self._points]
        return np.asfortranarray(np.stack(columns, axis=1).astype(np.float64) / scale)


class _Size:
    """Of one point, in units of 0.01."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.start = 0
        self.single: int | None = None
        self.column: Ints | None = None

    def take(self, rule: Rule, rows: Rows, done: Bools) -> None:
        """What a rule deals, where it does."""
        action = rule.action
        assert isinstance(action, DealAt) and action.size is not None
        numbers = rows.numbers(action.size)
        same = numbers.is_fixed and self.column is None
        if same and self.single in (None, int(numbers.values)):
            self.single = int(numbers.values)
        elif done.any():
            stretch = self.whole()[self.start : self.start + rows.count]
            np.copyto(stretch, numbers.spread(rows.count), where=done)

    def whole(self) -> Ints:
        """One for each row."""
        if self.column is None:
            self.column = np.full(self._rows, self.single or 0, np.int64)
        return self.column


def _act(book: Book, rule: Rule) -> int:
    """What a rule does, if columns can tell."""
    action = rule.action
    if isinstance(action, Pass | AskPerson):
        return NOTHING
    if isinstance(action, Hedge) and action.size is None and action.limit is None:
        return FLAT
    if isinstance(action, DealAt) and action.verb in ("BUY", "SELL") and action.size is not None:
        return BUY if action.verb == "BUY" else SELL
    text = f"{book.name}:{rule.at.line}: rule {rule.name!r} does what columns cannot tell"
    kind = type(action).__name__
    raise ConfigurationError(
        f"{text} ({kind}): only buying and selling a size, a whole hedge, and nothing can; the "
        "event-driven backtest takes all of it"
    )
