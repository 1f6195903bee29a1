"""What is worked out of a rule book before its rows: equal expressions, tables, times, bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backtest.column_numbers import Joint, Numbers, both
from backtest.columns import NARROW, Bools, Columns, Ints, is_narrow
from robot.rules.moments import stretches
from robot.rules.oracle import parts_of, scales
from robot.rules.tables import place_on
from robot.rules.tree import (
    Absolute,
    Arithmetic,
    Axis,
    Book,
    Expression,
    FactRef,
    InPrice,
    InSchedule,
    Literal,
    Negative,
    OneOf,
    Operator,
    ParameterRef,
    Schedule,
    Table,
    TableLookup,
)
from robot.rules.types import SCALE, Kind

_FEW_STEPS = 16
"""Up to so many steps of a table are compared one by one, more are searched."""
PIPS = Joint.of(Operator.TIMES, 1, SCALE[Kind.PIPS])


class Plan:
    """A book's expressions: each different one has a number, and the parameters it depends on."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._numbers: dict[int, int] = {}
        self.depends: list[frozenset[int]] = []
        self.joints: dict[int, Joint] = {}
        self.expressions: list[Expression] = []
        seen: dict[Expression, int] = {}
        for rule in (*book.rules, book.otherwise):
            for node in (rule.when, rule.action):
                for part in parts_of(node) if node is not None else ():
                    self._number(part, seen)

    def number(self, expression: Expression) -> int:
        """Of an expression of the book; equal ones have the same."""
        return self._numbers[id(expression)]

    def _number(self, part: Expression, seen: dict[Expression, int]) -> None:
        number = seen.setdefault(part, len(seen))
        self._numbers[id(part)] = number
        if number == len(self.depends):
            indexes = (p.index for p in parts_of(part) if isinstance(p, ParameterRef))
            self.depends.append(frozenset(indexes))
            self.expressions.append(part)
            if isinstance(part, Arithmetic):
                timed = part.operator in (Operator.TIMES, Operator.OVER)
                self.joints[number] = Joint.of(part.operator, *(scales(part) if timed else ()))


class Run:
    """A plan for certain columns, and certain values of the parameters."""

    def __init__(self, plan: Plan, columns: Columns, parameters: Sequence[Sequence[int]]) -> None:
        book = plan.book
        if len(columns.columns) != len(book.slots):
            raise ValueError(
                f"{len(columns.columns)} columns, but {book.name} looks at {len(book.slots)}"
            )
        for values in parameters:
            if len(values) != len(book.parameters):
                raise ValueError(
                    f"{len(values)} parameters, {book.name} has {len(book.parameters)}"
                )
        self.plan = plan
        self.columns = columns
        self.codes = _codes(book, columns)
        self.tables = tuple(Lookup(table, self.codes) for table in book.tables)
        self._largest = [max((abs(v[n]) for v in parameters), default=0) for n in _of(book)]
        self._bounds: dict[int, int] = {}
        self.plain = {
            plan.number(part): self._is_plain(part)
            for part in plan.expressions
            if isinstance(part, Arithmetic | InPrice)
        }
        self._times: dict[tuple[int, int], Times] = {}
        pips = {part.pip.slot for part in plan.expressions if isinstance(part, InPrice)}
        self.pips = {slot: found for slot in pips if (found := _constant(columns, slot))}
        """What a pip is worth, of slots where all rows say the same: then a parameter said in pips
        is one number, too.
        """

    def times(self, part: InSchedule) -> Times:
        """When the schedule is, as far as the column of moments goes."""
        key = part.index, part.instant.slot
        if key not in self._times:
            days = self.columns.days(part.instant.slot)
            self._times[key] = Times(self.plan.book.schedules[part.index], days)
        return self._times[key]

    def _is_plain(self, part: Arithmetic | InPrice) -> bool:
        """Whether nothing in it, on the way to its value, can reach `NARROW`."""
        joint, left, right = self._parts(part)
        way, result = joint.reach(self._bound(left), self._bound(right))
        return max(way, result, joint.above, joint.below) < NARROW

    def _parts(self, part: Arithmetic | InPrice) -> tuple[Joint, Expression, Expression]:
        if isinstance(part, InPrice):
            return PIPS, part.part, part.pip
        return self.plan.joints[self.plan.number(part)], part.left, part.right

    def _bound(self, part: Expression) -> int:
        """No value of it is larger, with either sign."""
        number = self.plan.number(part)
        if number not in self._bounds:
            self._bounds[number] = self._bounded(part)
        return self._bounds[number]

    def _bounded(self, part: Expression) -> int:
        match part:
            case Literal(value=int(value)):
                return abs(value)
            case FactRef():
                return self.columns.largest[part.slot]
            case ParameterRef():
                return self._largest[part.index]
            case TableLookup():
                cells = self.plan.book.tables[part.index].cells
                return max((abs(cell) for cell in cells if cell is not None), default=0)
            case Negative() | Absolute():
                return self._bound(part.part)
            case Arithmetic() | InPrice():
                joint, left, right = self._parts(part)
                return joint.reach(self._bound(left), self._bound(right))[1]
        return 0


def _of(book: Book) -> range:
    return range(len(book.parameters))


def _codes(book: Book, columns: Columns) -> dict[str, int]:
    """The codes of all names, those that only the book says too."""
    codes = dict(columns.codes)
    for rule in (*book.rules, book.otherwise):
        for node in (rule.when, rule.action):
            for part in parts_of(node) if node is not None else ():
                if isinstance(part, Literal) and isinstance(part.value, str):
                    codes.setdefault(part.value, len(codes))
    return codes


class Lookup:
    """A table: `robot.rules.tables.cell` for columns of keys."""

    def __init__(self, table: Table, codes: dict[str, int]) -> None:
        self._axes = tuple(_Places(axis, codes) for axis in table.axes)
        cells = [0 if cell is None else cell for cell in table.cells]
        self._cells = np.array([cell if is_narrow(cell) else 0 for cell in cells], np.int64)
        known = np.array([cell is not None for cell in table.cells], np.bool_)
        self._known = None if known.all() else known
        self._wide = {n: cell for n, cell in enumerate(cells) if not is_narrow(cell)}

    def found(self, keys: Sequence[Numbers], rows: int) -> Numbers:
        """The cells for these keys, one for each axis."""
        at: Ints = np.zeros(rows, np.int64)
        known: Bools | None = None
        for axis, key in zip(self._axes, keys, strict=True):
            places = axis.places(key, rows)
            inside = None if axis.rest else places >= 0
            if inside is not None and inside.all():
                inside = None
            elif inside is not None:
                places = np.where(inside, places, 0)
            known = both(known, both(inside, key.known))
            at = at * axis.size + places
        if self._known is not None:
            known = both(known, self._known[at])
        wide = {}
        for cell, number in self._wide.items():
            wide.update(dict.fromkeys(np.flatnonzero(at == cell).tolist(), number))
        return Numbers(self._cells[at], known, wide)


class _Places:
    """One axis: which row or column a key falls into."""

    def __init__(self, axis: Axis, codes: dict[str, int]) -> None:
        self._axis = axis
        self.size, self.rest = axis.size, axis.rest
        self._of_code: Ints | None = None
        labels = [label for label in axis.labels if isinstance(label, int)]
        self._labels: list[int] = [max(-NARROW, min(NARROW, label)) for label in labels]
        if not labels:
            none = self._place(None)
            self._of_code = np.array([self._place(name) for name in codes] or [none], np.int64)
        elif not axis.steps:
            self._order = np.argsort(np.array(self._labels, np.int64), kind="stable")
            self._sorted = np.array(self._labels, np.int64)[self._order]

    def _place(self, key: int | str | None) -> int:
        """Of one key; -1 = none, where there is no rest."""
        if key is None:
            return len(self._axis.labels) if self.rest else -1
        place = place_on(self._axis, key)
        return -1 if place is None else place

    def places(self, key: Numbers, rows: int) -> Ints:
        """Of a column of keys; of what is not known any one that there is."""
        values = key.spread(rows)
        if self._of_code is not None:
            found = np.take(self._of_code, values, mode="clip")
        elif self._axis.steps:
            found = self._steps(values)
        else:
            near = np.minimum(np.searchsorted(self._sorted, values), len(self._sorted) - 1)
            found = np.where(self._sorted[near] == values, self._order[near], self._place(None))
        for row, number in key.wide.items():
            found[row] = self._place(number)
        return found

    def _steps(self, values: Ints) -> Ints:
        if len(self._labels) <= _FEW_STEPS:
            found = np.zeros(len(values), np.int64)
            for label in self._labels:
                found += values > label
        else:
            found = np.searchsorted(np.array(self._labels, np.int64), values).astype(np.int64)
        return found if self.rest else np.where(found < len(self._labels), found, -1)


class Times:
    """A schedule: `robot.rules.moments.holds` for a column of moments."""

    def __init__(self, schedule: Schedule, days: Sequence[int]) -> None:
        found = sorted({stretch for day in days for stretch in stretches(schedule, day)})
        starts: list[int] = []
        ends: list[int] = []
        for start, until in found:
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], until)
            else:
                starts.append(start)
                ends.append(until)
        self._starts = np.array(starts, np.int64)
        self._ends = np.array([*ends, 0], np.int64)

    def inside(self, instants: Ints) -> Bools:
        """Which of these moments are in it."""
        after = np.searchsorted(self._starts, instants, side="right")
        return (after > 0) & (instants < self._ends[after - 1])


def _constant(columns: Columns, slot: int) -> Numbers | None:
    column = columns.columns[slot]
    if not columns.rows or column.wide or not (column.known is None or column.known.all()):
        return None
    first = column.values[0]
    return Numbers(np.array(first, np.int64)) if (column.values == first).all() else None


def choice_codes(part: OneOf, codes: dict[str, int]) -> list[int]:
    """The choices as numbers."""
    return [codes[c.value] if isinstance(c.value, str) else int(c.value) for c in part.choices]
