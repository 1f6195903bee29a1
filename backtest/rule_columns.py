"""A rule book over columns of facts: what `robot.rules.oracle` says of each row, for research.

    found = ColumnBook(book).decide(Columns.of_rows(rows))
    found.rules[found.rule[0]].name                  # which rule decides the first row

Rows are taken some thousand at a time, so that what is between stays in the processor's cache; of
equal expressions one is worked out; an action only for the rows that its rule decides. Values of
parameters are an argument: `sweep` goes through many of them, and what depends on none, or on
those that stay, is worked out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtest.column_numbers import Least
from backtest.column_rows import Rows
from backtest.columns import Bools, Column, Columns, Ints
from backtest.rule_plan import Plan, Run
from robot.machine_zones import clocked
from robot.rules.oracle import by_order, fields_of
from robot.rules.tree import Book, Expression, Quote, Rule, Selection

CHUNK_ROWS = 32_768
_NO_RULE = -1

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a book says of every row."""

    rules: tuple[Rule, ...]
    """The book's, in the order of the file, and then its `otherwise`."""
    rule: Places
    """Which of `rules` decides each row."""
    refused: Bools
    """Where its action cannot be worked out: nothing is done."""
    values: dict[str, Column]
    """Of the actions' fields, by name: known where the row's action has it and is not refused. The
    type is that of the field in the row's own rule.
    """


class ColumnBook:
    """A book ready to decide columns."""

    def __init__(self, book: Book, chunk_rows: int = CHUNK_ROWS) -> None:
        self.book = book = clocked(book)
        self.rules = (*book.rules, book.otherwise)
        self._chunk_rows = chunk_rows
        self._plan = Plan(book)
        self._ordered = by_order(book)
        places = {id(rule): place for place, rule in enumerate(self.rules)}
        self._places = np.array(
            [places[id(rule)] for rule in (*self._ordered, book.otherwise)], np.int32
        )
        self._fields = tuple(fields_of(rule.action) for rule in (*self._ordered, book.otherwise))

    def decide(self, columns: Columns, parameters: Sequence[int] | None = None) -> Decisions:
        """What the book says of each row. `parameters`: other values than the book's own."""
        own = tuple(known.value for known in self.book.parameters)
        return self.sweep(columns, [tuple(parameters or own)])[0]

    def sweep(self, columns: Columns, parameters: Sequence[Sequence[int]]) -> list[Decisions]:
        """The same for each of these values of the parameters."""
        run = Run(self._plan, columns, parameters)
        found = [self._empty(columns.rows) for _ in parameters]
        for start in range(0, columns.rows, self._chunk_rows):
            rows = Rows.stretch(run, start, min(start + self._chunk_rows, columns.rows))
            for values, decisions in zip(parameters, found, strict=True):
                rows.take_parameters(values)
                self._decide(rows, start, decisions)
        return found

    def _empty(self, rows: int) -> Decisions:
        names = dict.fromkeys(name for fields in self._fields for name, _ in fields)
        return Decisions(
            rules=self.rules,
            rule=np.empty(rows, np.int32),
            refused=np.zeros(rows, np.bool_),
            values={
                name: Column(np.zeros(rows, np.int64), np.zeros(rows, np.bool_), wide={})
                for name in names
            },
        )

    def _decide(self, rows: Rows, start: int, found: Decisions) -> None:
        """One stretch of the rows."""
        best = self.book.selection is Selection.BEST
        chosen = self._best(rows) if best else self._first(rows)
        found.rule[start : start + rows.count] = self._places[chosen]
        for index in np.flatnonzero(np.bincount(chosen + 1)).tolist():
            if fields := self._fields[index - 1]:
                mine = np.flatnonzero(chosen == index - 1)
                self._work(rows.taken(mine), mine + start, fields, found)

    def _work(
        self, rows: Rows, places: Ints, fields: Sequence[tuple[str, Expression]], found: Decisions
    ) -> None:
        """The values of one rule's action, for the rows that it decides."""
        worked = [(name, rows.numbers(inner)) for name, inner in fields]
        good = np.ones(rows.count, np.bool_)
        for _, numbers in worked:
            good = good if numbers.known is None else good & numbers.known
        found.refused[places] = ~good
        for name, numbers in worked:
            column = found.values[name]
            assert column.known is not None and isinstance(column.wide, dict)
            column.values[places] = np.where(good, numbers.values, 0)
            column.known[places] = good
            for row, number in numbers.wide.items():
                if good[row]:
                    column.wide[int(places[row])] = number

    def _first(self, rows: Rows) -> Places:
        """For each row the first rule that fires, by its place in the order asked."""
        chosen = np.full(rows.count, _NO_RULE, np.int32)
        undecided = np.ones(rows.count, np.bool_)
        for index, rule in enumerate(self._ordered):
            fires = rows.fires(rule) & undecided
            if fires.any():
                np.copyto(chosen, index, where=fires)
                undecided &= ~fires
                if not undecided.any():
                    break
        return chosen

    def _best(self, rows: Rows) -> Places:
        """For each row the best for the client of the first priority of which a rule fires."""
        chosen = np.full(rows.count, _NO_RULE, np.int32)
        for priority in dict.fromkeys(rule.priority for rule in self._ordered):
            undecided = chosen == _NO_RULE
            if not undecided.any():
                break
            group = [n for n, rule in enumerate(self._ordered) if rule.priority == priority]
            fired = [(n, rows.fires(self._ordered[n]) & undecided) for n in group]
            for index, fires in fired:
                np.copyto(chosen, index, where=fires & (chosen == _NO_RULE))
            self._improve(rows, chosen, fired)
        return chosen

    def _improve(self, rows: Rows, chosen: Places, fired: list[tuple[int, Bools]]) -> None:
        """Where the first that fires quotes: the quote with the smallest margin, or the one whose
        margin cannot be worked out, whichever comes first.
        """
        quotes = np.array([isinstance(rule.action, Quote) for rule in self._ordered], np.bool_)
        searching = quotes[chosen]
        least = Least(rows.count)
        for index, fires in fired:
            action = self._ordered[index].action
            mine = np.flatnonzero(fires & searching)
            if isinstance(action, Quote) and len(mine):
                margin = rows.taken(mine).numbers(action.margin)
                unknown = ~margin.marks(len(mine))
                chosen[mine[least.lowered(mine, margin) | unknown]] = index
                searching[mine[unknown]] = False
