"""Finds facts that knew the future: research is done again with it taken away, and must say the
same of everything before.

    found = look_ahead(research, tables, "bars", seed=7)
    found.told()          # which fact, at which decision, what it was and what it could have been

At each sampled decision the tables are cut to what was known then (`research.Table.until`), and
all rows up to it are compared, not only the last: a value that changes when later data is taken
away has used it. What is found is proven; what hides between the samples is not, so take many. The
facts of a rule book are checked by `of_book`, which names the rules that look at an offending fact.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from backtest.columns import Bools, Column, Columns
from backtest.honesty.research import Array, Found, Research, Tables, until
from backtest.rule_columns import ColumnBook
from robot.rules.oracle import shown, slots_of
from robot.rules.tree import Book

SAMPLES = 100
TOLERANCE = 1e-9
"""Of numbers with a point, relative: sums over fewer rows may round otherwise."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One fact that knew the future."""

    fact: str
    row: int
    """Of the decision at which it is shown: the first that was found."""
    decided_ns: int
    cut_ns: int
    """Taking away what came after this moment changed it."""
    had: object
    """What the whole run had; None = not known."""
    known: object
    """What it is without the future."""
    cuts: int
    """At so many of the sampled moments it changed."""
    where: str = ""
    """File and line of the research that made it."""
    rules: tuple[str, ...] = ()
    """That look at it, each with file and line."""

    def told(self) -> str:
        """In one line."""
        text = f"{self.fact} at row {self.row} ({self.decided_ns} ns) was {self.had}, without what "
        text += f"came after {self.cut_ns} ns it is {self.known}; at {self.cuts} of the moments"
        text += f"; made at {self.where}" if self.where else ""
        return text + (f"; looked at by {', '.join(self.rules)}" if self.rules else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the detector found."""

    cuts: int
    """Moments at which the future was taken away."""
    leaks: tuple[Leak, ...]
    failed: tuple[str, ...] = ()
    """Moments at which the research could not be done on what was known, each with the error."""
    decisions_changed: int = 0
    """Of a rule book: decisions that come out otherwise without the future."""

    @property
    def clean(self) -> bool:
        """Whether something was checked and nothing was found."""
        return not self.leaks and len(self.failed) < self.cuts

    def told(self) -> str:
        """For a person."""
        lines = [leak.told() for leak in self.leaks]
        lines += [f"could not be done again: {text}" for text in self.failed[:3]]
        if self.decisions_changed:
            lines.append(
                f"{self.decisions_changed} decisions come out otherwise without the future"
            )
        return "\n".join(lines) or f"no look-ahead found at {self.cuts} moments"


def look_ahead(
    research: Research, tables: Tables, decided: str, *, seed: int, samples: int = SAMPLES
) -> Checked:
    """Does the research again at sampled rows of the table `decided`."""
    return _Detector(research, tables, decided).checked(seed, samples)


def of_book(
    book: Book, research: Research, tables: Tables, decided: str, *, seed: int, file: str = ""
) -> Checked:
    """The same of facts by the names of the book's slots (`oracle.shown`), and what the book makes
    of them.
    """
    detector = _Detector(research, tables, decided, lambda found: _decided(book, found))
    found = detector.checked(seed, SAMPLES)
    leaks = [replace(leak, rules=_rules_of(book, leak.fact, file)) for leak in found.leaks]
    return replace(found, leaks=tuple(leaks))


class _Detector:
    """The whole run, and what is compared with it."""

    def __init__(
        self,
        research: Research,
        tables: Tables,
        decided: str,
        decide: Callable[[Found], Array] | None = None,
    ) -> None:
        self._research = research
        self._tables = tables
        self._decided = decided
        self._at_ns = tables[decided].at_ns
        self._decide = decide
        self._full = research(tables)
        for name, column in self._full.items():
            if (rows := _length(column)) != len(self._at_ns):
                text = f"{name} has {rows} rows, {decided} has {len(self._at_ns)}"
                raise ValueError(f"{text}: research gives a row for each decision")
        self._decisions = decide(self._full) if decide is not None else None
        self._leaks: dict[str, Leak] = {}
        self._failed: list[str] = []
        self._changed: set[int] = set()

    def checked(self, seed: int, samples: int) -> Checked:
        """At so many rows, spread over all of them by the seed."""
        rows = _sampled(len(self._at_ns), samples, seed)
        for row in rows:
            self._cut(int(self._at_ns[row]))
        order = [*self._full]
        leaks = sorted(self._leaks.values(), key=lambda leak: order.index(leak.fact))
        return Checked(len(rows), tuple(leaks), tuple(self._failed), len(self._changed))

    def _cut(self, at_ns: int) -> None:
        try:
            found = self._research(until(self._tables, at_ns))
            rows = int(np.searchsorted(self._at_ns, at_ns, side="right"))
            for name, column in found.items():
                self._compare(name, column, rows, at_ns)
        except Exception as error:  # whatever research raises on less data is told, and goes on
            self._failed.append(f"until {at_ns} ns: {type(error).__name__}: {error}")
            return
        if self._decide is not None and self._decisions is not None:
            changed = np.flatnonzero(self._decide(found) != self._decisions[:rows])
            self._changed.update(changed.tolist())

    def _compare(self, name: str, column: Array | Column, rows: int, at_ns: int) -> None:
        if _length(column) != rows:
            raise ValueError(f"{name} has {_length(column)} rows of {rows} decisions")
        full = self._full[name]
        places = np.flatnonzero(_differing(full, column, rows))
        if not len(places):
            return
        before = self._leaks.get(name)
        if before is not None:
            self._leaks[name] = replace(before, cuts=before.cuts + 1)
            return
        row = int(places[-1])
        self._leaks[name] = Leak(
            fact=name,
            row=row,
            decided_ns=int(self._at_ns[row]),
            cut_ns=at_ns,
            had=_value(full, row),
            known=_value(column, row),
            cuts=1,
            where=_place_of(self._research),
        )


def _sampled(rows: int, samples: int, seed: int) -> list[int]:
    """One row of each of so many equal stretches, drawn."""
    if rows < 1 or samples < 1:
        raise ValueError(f"{samples} samples of {rows} decisions")
    edges = np.linspace(0, rows, min(samples, rows) + 1).astype(np.int64)
    chance = np.random.default_rng(seed)
    return [int(chance.integers(low, high)) for low, high in pairwise(edges)]


def _differing(full: Array | Column, cut: Array | Column, rows: int) -> Bools:
    if isinstance(full, Column) and isinstance(cut, Column):
        return _columns_differing(full, cut, rows)
    left, right = np.asarray(full)[:rows], np.asarray(cut)
    if np.issubdtype(left.dtype, np.floating):
        close: Bools = np.isclose(left, right, rtol=TOLERANCE, atol=0.0, equal_nan=True)
        return ~close
    differing: Bools = left != right
    return differing


def _columns_differing(full: Column, cut: Column, rows: int) -> Bools:
    known = [_marks(column)[:rows] for column in (full, cut)]
    if full.names or cut.names:
        left, right = (np.array([*column.names, ""], object) for column in (full, cut))
        places = [
            np.where(marks, column.values[:rows], -1)
            for column, marks in zip((full, cut), known, strict=True)
        ]
        unlike = left[places[0]] != right[places[1]]
    else:
        unlike = full.values[:rows] != cut.values
    for row in {*full.wide, *cut.wide}:
        if row < rows:
            unlike[row] = full.at(row) != cut.at(row)
    found: Bools = (known[0] != known[1]) | (known[0] & unlike.astype(np.bool_))
    return found


def _marks(column: Column) -> Bools:
    return np.ones(len(column.values), np.bool_) if column.known is None else column.known


def _length(column: Array | Column) -> int:
    return len(column.values) if isinstance(column, Column) else len(column)


def _value(column: Array | Column, row: int) -> object:
    if not isinstance(column, Column):
        found = np.asarray(column)[row].item()
        return None if found != found else found
    number = column.at(row)
    return column.names[number] if column.names and number is not None else number


def _place_of(research: Callable[..., Any]) -> str:
    """File and line of a function; empty where there is none to name."""
    code = getattr(inspect.unwrap(research), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def _decided(book: Book, found: Found) -> npt.NDArray[np.int32]:
    return ColumnBook(book).decide(columns_for(book, found)).rule


def columns_for(book: Book, found: Found) -> Columns:
    """The facts in the order of the book's slots; one that the research does not give is an error
    that names it.
    """
    names = [shown(key) for key in book.slots]
    if missing := [name for name in names if name not in found]:
        raise ValueError(f"the book {book.name!r} looks at {missing[0]!r}, which is not given")
    return Columns([_as_column(found[name]) for name in names], _length(next(iter(found.values()))))


def _as_column(column: Array | Column) -> Column:
    return column if isinstance(column, Column) else Column(np.asarray(column, np.int64))


def _rules_of(book: Book, fact: str, file: str) -> tuple[str, ...]:
    slots = {n for n, key in enumerate(book.slots) if shown(key) == fact}
    rules: Sequence[Any] = (*book.rules, book.otherwise)
    return tuple(
        f"rule {rule.name!r} ({file or book.name}:{rule.at.line})"
        for rule in rules
        if slots & {*slots_of(rule.when, rule.action)}
    )
