"""What research reads and gives: tables in the order of time, and columns of facts.

    def research(tables):
        bars = tables["bars"]
        return {"slow": mean_of_the_last(bars["close"], 20), ...}

What it gives has a row for each row of one of the tables: there a decision is made, at that row's
`at_ns`. A cell may be known later than its row begins: a bar's close at its end (`known_ns`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backtest.columns import Column, Ints

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length, in the order of their time."""

    at_ns: Ints
    columns: Mapping[str, Array]
    known_ns: Mapping[str, Ints] = field(default_factory=dict)
    """Of columns that are known later than `at_ns`: from when on each of their cells is."""

    def __post_init__(self) -> None:
        lengths = {len(self.at_ns), *map(len, (*self.columns.values(), *self.known_ns.values()))}
        if len(lengths) != 1:
            raise ValueError(f"a table with columns of {sorted(lengths)} rows")
        if (np.diff(self.at_ns) < 0).any():
            raise ValueError("the rows of a table must be in the order of their time")
        if strangers := [name for name in self.known_ns if name not in self.columns]:
            raise ValueError(f"a table says when {strangers[0]!r} is known, and has no such column")

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def until(self, at_ns: int) -> Table:
        """What is known at that moment: later rows are gone; of cells that are not known yet
        numbers with a point are NaN, others what was last known in their column, else zero.
        """
        rows = int(np.searchsorted(self.at_ns, at_ns, side="right"))
        columns = {name: values[:rows] for name, values in self.columns.items()}
        for name, known in self.known_ns.items():
            hidden = known[:rows] > at_ns
            if hidden.any():
                columns[name] = _hidden(columns[name], hidden)
        marks = {name: known[:rows] for name, known in self.known_ns.items()}
        return Table(self.at_ns[:rows], columns, marks)


Tables = Mapping[str, Table]
Found = Mapping[str, Array | Column]
"""Facts by name."""
Research = Callable[[Tables], Found]


def until(tables: Tables, at_ns: int) -> dict[str, Table]:
    """All tables as they were known at a moment."""
    return {name: table.until(at_ns) for name, table in tables.items()}


def _hidden(values: Array, hidden: npt.NDArray[np.bool_]) -> Array:
    found = values.copy()
    if np.issubdtype(values.dtype, np.floating):
        found[hidden] = np.nan
        return found
    places = np.where(hidden, -1, np.arange(len(values)))
    carried = np.maximum.accumulate(places)
    return np.where(carried >= 0, values[np.maximum(carried, 0)], values.dtype.type())
