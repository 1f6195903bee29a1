"""How a table of a rule book is looked up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from robot.rules.tree import Axis, Table
from robot.rules.types import Value


def cell(table: Table, keys: Sequence[Value]) -> int | None:
    """The value for these keys, one for each axis; None = a key is not known, or there is none."""
    place = 0
    for axis, key in zip(table.axes, keys, strict=True):
        index = place_on(axis, key)
        if index is None:
            return None
        place = place * axis.size + index
    return table.cells[place]


def place_on(axis: Axis, key: Value) -> int | None:
    """Which row or column a key falls into; None = into none."""
    if key is None:
        return None
    if axis.steps:
        index = bisect_left(axis.labels, key)
        found = index < len(axis.labels)
    else:
        found = key in axis.labels
        index = axis.labels.index(key) if found else 0
    if found:
        return index
    return len(axis.labels) if axis.rest else None
