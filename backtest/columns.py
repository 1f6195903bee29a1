"""Columns of facts: what many requests look like to a rule book, one column for each of its slots.

A number is held as 64 bits where it is below `NARROW`; those that are not stand beside, row by row,
as the whole numbers they are: nothing overflows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from robot.rules.oracle import Row
from robot.rules.types import DAY_MS, Value

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NARROW = 2**62
"""No number in 64 bits is as large: sums and differences of two cannot overflow."""


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one fact, or of one field of the actions."""

    values: Ints
    """Whole numbers of the type's scale; of names the index in `names`; of truths 0 and 1."""
    known: Bools | None = None
    """Which of them are known; None = all. What stands at the others does not matter."""
    names: tuple[str, ...] = ()
    wide: Mapping[int, int] = field(default_factory=dict)
    """Row -> number, of those that are `NARROW` or more, with either sign."""

    @classmethod
    def of(cls, values: Sequence[Value]) -> Column:
        """These values, None = not known."""
        names = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
        codes = {name: code for code, name in enumerate(names)}
        numbers = [
            codes[value] if isinstance(value, str) else 0 if value is None else int(value)
            for value in values
        ]
        wide = {row: number for row, number in enumerate(numbers) if not is_narrow(number)}
        return cls(
            values=np.array([0 if n in wide else v for n, v in enumerate(numbers)], np.int64),
            known=np.array([value is not None for value in values], np.bool_),
            names=names,
            wide=wide,
        )

    def at(self, row: int) -> int | None:
        """The number of one row; None = not known."""
        if self.known is not None and not self.known[row]:
            return None
        return self.wide[row] if row in self.wide else int(self.values[row])


class Columns:
    """A column for each slot of a book, all of one length. Names have one code in all of them."""

    def __init__(self, columns: Sequence[Column], rows: int | None = None) -> None:
        lengths = {len(column.values) for column in columns}
        lengths |= {rows} if rows is not None else set()
        if len(lengths) != 1:
            raise ValueError(f"columns of {sorted(lengths)} rows, must be of one length")
        self.rows = lengths.pop()
        self.codes: dict[str, int] = {}
        self.columns = tuple(self._checked(column) for column in columns)
        self.largest = tuple(_largest(column) for column in self.columns)
        """For each column the largest number that is known, without its sign."""
        self._days: dict[int, tuple[int, ...]] = {}

    @classmethod
    def of_rows(cls, rows: Sequence[Row]) -> Columns:
        """The columns of these rows."""
        return cls([Column.of(values) for values in zip(*rows, strict=True)], len(rows))

    def days(self, slot: int) -> tuple[int, ...]:
        """The days, counted since 1970 in UTC, of a column of instants."""
        if slot not in self._days:
            column = self.columns[slot]
            known = column.values if column.known is None else column.values[column.known]
            self._days[slot] = tuple(np.unique(known // DAY_MS).tolist())
        return self._days[slot]

    def _checked(self, column: Column) -> Column:
        """Narrow numbers in 64 bits, the others beside; names by the codes of all columns."""
        if column.known is not None and column.known.shape != column.values.shape:
            raise ValueError(f"{len(column.known)} marks for {len(column.values)} values")
        if column.names:
            return self._coded(column)
        over = (column.values >= NARROW) | (column.values <= -NARROW)
        if not over.any():
            return column
        found = {int(row): int(column.values[row]) for row in np.flatnonzero(over)}
        values = np.where(over, np.int64(0), column.values)
        return Column(values, column.known, wide={**found, **column.wide})

    def _coded(self, column: Column) -> Column:
        codes = [self.codes.setdefault(name, len(self.codes)) for name in column.names]
        known = True if column.known is None else column.known
        inside = (column.values >= 0) & (column.values < len(codes))
        if not np.all(inside | ~np.asarray(known)):
            raise ValueError(f"a name's index is not below {len(codes)}, the number of names")
        places = np.where(inside, column.values, 0)
        return Column(np.array(codes, np.int64)[places], column.known, column.names)


def is_narrow(number: int) -> bool:
    """Whether it is held in 64 bits."""
    return -NARROW < number < NARROW


def _largest(column: Column) -> int:
    wide = [abs(number) for number in column.wide.values()]
    if not len(column.values):
        return 0
    known = column.values if column.known is None else np.where(column.known, column.values, 0)
    return max(abs(int(known.min())), abs(int(known.max())), *wide, 0)
