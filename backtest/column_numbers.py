"""Arithmetic of the rule language over columns: what `robot.rules.oracle` says, row by row.

Each operation is done in 64 bits for all rows, and done again in whole numbers without end for the
rows that it could overflow in: which ones is found in floating point, with room for its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import gcd

import numpy as np
import numpy.typing as npt

from backtest.columns import NARROW, Bools, Ints, is_narrow
from robot.rules.oracle import bounded, compared
from robot.rules.tree import Comparison, Operator
from robot.rules.types import Value, divided

_SAFE = float(NARROW // 2)
_NONE: Mapping[int, int] = {}

_COMPARERS: dict[Comparison, Callable[[Ints, Ints], Bools]] = {
    Comparison.LESS: np.less,
    Comparison.AT_MOST: np.less_equal,
    Comparison.EQUAL: np.equal,
    Comparison.UNEQUAL: np.not_equal,
    Comparison.AT_LEAST: np.greater_equal,
    Comparison.MORE: np.greater,
}


@dataclass(slots=True, eq=False)
class Numbers:
    """Values of one expression for some rows."""

    values: Ints
    """Without a length where it is the same in every row."""
    known: Bools | None = None
    """None = all."""
    wide: Mapping[int, int] = field(default_factory=dict)
    """Row -> number, of those that are too large for `values`."""

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same in every row."""
        return self.values.ndim == 0

    def at(self, row: int) -> int | None:
        """One of them; None = not known."""
        if self.known is not None and not self.known[row]:
            return None
        if row in self.wide:
            return self.wide[row]
        return int(self.values if self.is_fixed else self.values[row])

    def taken(self, rows: Ints) -> Numbers:
        """Those of some rows."""
        wide = _NONE
        if self.wide:
            wide = {n: self.wide[row] for n, row in enumerate(rows.tolist()) if row in self.wide}
        values = self.values if self.is_fixed else self.values[rows]
        return Numbers(values, None if self.known is None else self.known[rows], wide)

    def marks(self, rows: int) -> Bools:
        """Whether each is known."""
        return np.ones(rows, np.bool_) if self.known is None else self.known

    def spread(self, rows: int) -> Ints:
        """The values, one for each row."""
        return np.full(rows, self.values) if self.is_fixed else self.values


def fixed(number: int | None, rows: int) -> Numbers:
    """The same number in every row."""
    if number is None:
        return Numbers(np.zeros(rows, np.int64), np.zeros(rows, np.bool_))
    if is_narrow(number):
        return Numbers(np.array(number, np.int64))
    return Numbers(np.zeros(rows, np.int64), None, dict.fromkeys(range(rows), number))


class Least:
    """For each row the smallest number so far, and where there is none yet."""

    def __init__(self, rows: int) -> None:
        self._values = np.zeros(rows, np.int64)
        self._known = np.zeros(rows, np.bool_)
        self._wide: dict[int, int] = {}

    def lowered(self, places: Ints, offered: Numbers) -> Bools:
        """Takes what is smaller, of numbers offered for some rows; which were taken."""
        before = Numbers(self._values, self._known, self._wide).taken(places)
        smaller = compare(Comparison.LESS, offered, before, len(places))
        smaller = (smaller | ~before.marks(len(places))) & offered.marks(len(places))
        taken = places[smaller]
        self._values[taken] = offered.spread(len(places))[smaller]
        self._known[taken] = True
        for row in taken.tolist() if self._wide else ():
            self._wide.pop(row, None)
        for row, number in offered.wide.items():
            if smaller[row]:
                self._wide[int(places[row])] = number
        return smaller


def both(left: Bools | None, right: Bools | None) -> Bools | None:
    """Where both are known; None = everywhere."""
    if left is None or right is None:
        return right if left is None else left
    return left & right


def compare(comparison: Comparison, left: Numbers, right: Numbers, rows: int) -> Bools:
    """How they compare; says nothing where one of them is not known."""
    if left.is_fixed and right.is_fixed:
        return np.full(rows, compared(comparison, left.at(0), right.at(0)))
    found = _COMPARERS[comparison](left.values, right.values)
    for row in {*left.wide, *right.wide}:
        found[row] = compared(comparison, left.at(row), right.at(row)) is True
    return found


def negative(part: Numbers) -> Numbers:
    """Minus the numbers."""
    wide = {row: -number for row, number in part.wide.items()}
    return Numbers(np.asarray(-part.values), part.known, wide)


def absolute(part: Numbers) -> Numbers:
    """The numbers without their signs."""
    wide = {row: abs(number) for row, number in part.wide.items()}
    return Numbers(np.asarray(np.abs(part.values)), part.known, wide)


@dataclass(frozen=True, slots=True)
class Joint:
    """How two numbers are joined: TIMES = left x right x above / below, OVER = left x above /
    (right x below), the others without the two.
    """

    operator: Operator
    above: int = 1
    below: int = 1

    @classmethod
    def of(cls, operator: Operator, above: int = 1, below: int = 1) -> Joint:
        """In lowest terms: the same quotient, with less to overflow."""
        common = gcd(above, below)
        return cls(operator, above // common, below // common)

    def exact(self, left: int, right: int) -> int | None:
        """Of two numbers, whatever their size."""
        match self.operator:
            case Operator.PLUS:
                return bounded(left + right)
            case Operator.MINUS:
                return bounded(left - right)
            case Operator.LARGER:
                return max(left, right)
            case Operator.SMALLER:
                return min(left, right)
            case Operator.TIMES:
                return bounded(divided(left * right * self.above, self.below))
            case Operator.OVER:
                return bounded(divided(left * self.above, right * self.below))

    def reach(self, left: int, right: int) -> tuple[int, int]:
        """Of numbers up to these, without signs: the largest on the way, the largest result."""
        match self.operator:
            case Operator.TIMES:
                product = left * right * self.above
                return max(left, right, product), product // self.below + 1
            case Operator.OVER:
                numerator = left * self.above
                return max(numerator, right * self.below, left, right), numerator // self.below + 1
            case Operator.PLUS | Operator.MINUS:
                return left + right, left + right
            case _:
                return max(left, right), max(left, right)

    def joined(self, left: Numbers, right: Numbers, rows: int, *, plain: bool) -> Numbers:
        """Of two columns. `plain`: nothing on the way reaches `NARROW`, see `reach`."""
        if left.is_fixed and right.is_fixed:
            one, other = left.at(0), right.at(0)
            return fixed(None if one is None or other is None else self.exact(one, other), rows)
        known = both(left.known, right.known)
        if plain:
            return self._narrow(left, right, known)
        if max(self.above, self.below) < NARROW:
            risky = self._risky(left, right)
            with np.errstate(over="ignore"):  # where it overflows it is done again
                found = self._narrow(left, right, known)
        else:
            risky = np.ones(rows, np.bool_)
            found = Numbers(np.zeros(rows, np.int64), known)
        risky = risky if known is None else risky & known
        again = np.flatnonzero(risky).tolist()
        return self._again(found, again, left, right) if again else found

    def _narrow(self, left: Numbers, right: Numbers, known: Bools | None) -> Numbers:
        """In 64 bits."""
        one, other = left.values, right.values
        match self.operator:
            case Operator.PLUS:
                return Numbers(one + other, known)
            case Operator.MINUS:
                return Numbers(one - other, known)
            case Operator.LARGER:
                return Numbers(np.maximum(one, other), known)
            case Operator.SMALLER:
                return Numbers(np.minimum(one, other), known)
            case Operator.TIMES:
                product = one * other
                product = product * self.above if self.above != 1 else product
                return Numbers(quotient(product, self.below), known)
            case Operator.OVER:
                return self._over(one, right, known)

    def _over(self, left: Ints, right: Numbers, known: Bools | None) -> Numbers:
        numerator = left * np.int64(self.above) if self.above != 1 else left
        if right.is_fixed:
            number = int(right.values) * self.below
            if number == 0 or not is_narrow(number):  # not narrow: all rows are done again
                nowhere = np.zeros(numerator.shape, np.bool_)
                return Numbers(np.zeros_like(numerator), nowhere if number == 0 else known)
            return Numbers(quotient(numerator if number > 0 else -numerator, abs(number)), known)
        denominator = right.values * np.int64(self.below)
        zero = denominator == 0
        if zero.any():
            known = ~zero if known is None else known & ~zero
            denominator = np.where(zero, 1, denominator)
        return Numbers(_quotient(numerator, denominator), known)

    def _risky(self, left: Numbers, right: Numbers) -> Bools:
        """The rows in which 64 bits may not do."""
        one, other = _sizes(left), _sizes(right)
        match self.operator:
            case Operator.TIMES:
                risky = one * other * float(self.above) >= _SAFE
            case Operator.OVER:
                risky = (one * float(self.above) >= _SAFE) | (other * float(self.below) >= _SAFE)
            case _:
                risky = one + other >= _SAFE
        risky = np.atleast_1d(risky)
        for row in (*left.wide, *right.wide):
            risky[row] = True
        return risky

    def _again(self, found: Numbers, rows: list[int], left: Numbers, right: Numbers) -> Numbers:
        """Done again for some rows, all of them known, in whole numbers without end."""
        values, wide = found.values.copy(), dict[int, int]()
        known = np.ones(values.shape, np.bool_) if found.known is None else found.known.copy()
        for row in rows:
            one, other = left.at(row), right.at(row)
            assert one is not None and other is not None, "only rows that are known"
            number = self.exact(one, other)
            known[row] = number is not None
            if number is not None and is_narrow(number):
                values[row] = number
            elif number is not None:
                values[row], wide[row] = 0, number
        return Numbers(values, known, wide)


def _sizes(numbers: Numbers) -> npt.NDArray[np.float64]:
    return np.abs(numbers.values.astype(np.float64))


def quotient(numerator: Ints, denominator: int) -> Ints:
    """Divided by a number over zero, rounded half to even: `robot.rules.types.divided`."""
    return numerator if denominator == 1 else _rounded(numerator, np.int64(denominator))


def _quotient(numerator: Ints, denominator: Ints) -> Ints:
    """The same by a column without zeros."""
    if (denominator < 0).any():
        numerator = np.where(denominator < 0, -numerator, numerator)
        denominator = np.abs(denominator)
    return _rounded(numerator, denominator)


def _rounded(numerator: Ints, denominator: Ints | np.int64) -> Ints:
    whole: Ints = numerator // denominator
    rest = numerator - whole * denominator
    to_next = denominator - rest
    up = (rest > to_next) | ((rest == to_next) & ((whole & 1) == 1))
    result: Ints = whole + up
    return result


def is_one_of(numbers: Numbers, choices: Iterable[Value], rows: int) -> Bools:
    """Whether each is one of these numbers; says nothing where it is not known."""
    numbers_of = [int(choice) for choice in choices if not isinstance(choice, str | None)]
    found = np.zeros(rows, np.bool_)
    for choice in numbers_of:
        if is_narrow(choice):
            found |= numbers.values == choice
    for row, number in numbers.wide.items():
        found[row] = number in numbers_of
    return found
