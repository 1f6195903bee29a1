"""What the other side likes, by the packages that it named.

Additive: each issue has a value that they like best, less the further a value is from it, and a
share of the whole. Every pairing of shares and best values (on a grid) is held against what they
said: their first package is near their best one, and what follows falls in worth to them evenly, as
it does for people who give way. What is told is the mean over all pairings.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SHARPNESS = 400.0
"""How strongly uneven falls speak against a pairing."""
BENDS = 0.3
"""What a jump between two falls counts beside a rise of the same size."""
PARTS = {1: 1, 2: 10, 3: 6}
"""By the number of issues: into so many parts the whole is split among them; else two more."""
PAIRINGS = 300
"""About so many are looked at, where there are several issues to learn."""
EXPECTED = 0.5
"""Chance that what is thought of them is so, beside its even share."""
BEST_VALUES, FEW = 10, 3
"""So many of one issue may be the one that they like best; where that is thought to be known."""
HEARD = 16
"""So many of their packages are looked at; of more, so many evenly from the first to the last."""


class Axis(NamedTuple):
    """One issue."""

    values: int
    likes: int
    """1 = they are known to like later values, -1 = earlier ones, 0 = it is learned."""
    ordered: bool = True
    """Whether its values have an order."""
    thought: int = 0
    """What is learned is thought to be so, as `likes`, before anything is heard."""


class Taste(NamedTuple):
    """What they like, issue by issue."""

    shares: Numbers
    """Of the issues."""
    rows: tuple[Numbers, ...]
    """Of all values of each issue, the issue's share counted in."""

    def likes(self, choice: Sequence[int]) -> float:
        """From 0 to 1."""
        return float(sum(row[place] for row, place in zip(self.rows, choice, strict=True)))


def learned(axes: tuple[Axis, ...], theirs: Sequence[Sequence[int]] | NDArray[np.int64]) -> Taste:
    """Their taste, as far as their packages tell."""
    if not axes:
        return Taste(np.empty(0), ())
    grid = _grid(axes)
    weights = grid.alike
    if len(theirs):
        said = np.array(theirs, dtype=np.int64)
        if len(said) > HEARD:
            said = said[_evenly(len(said))]
        worth = grid.parts[0] * grid.tables[0][said[:, 0]]
        for at in range(1, len(axes)):
            worth = worth + grid.parts[at] * grid.tables[at][said[:, at]]
        weights = grid.alike * _fits(worth)
        weights /= np.add.reduce(weights, axis=None)
    rows = []
    for at, values in enumerate(grid.values):
        of_best = np.add.reduce(weights, axis=grid.others[at])
        rows.append((grid.shares[:, at] @ of_best) @ values)
    of_shares = np.add.reduce(weights, axis=tuple(range(1, weights.ndim)))
    return Taste(of_shares @ grid.shares, tuple(rows))


@lru_cache(maxsize=1_024)
def _evenly(count: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, HEARD).round().astype(np.int64)


def _fits(worth: Numbers) -> Numbers:
    """How well pairings fit; what their packages would be worth to them is along the first axis."""
    moves = worth[1:] - worth[:-1]
    bends = moves[1:] - moves[:-1]
    rises = np.maximum(0.0, moves)
    misfit = (1.0 - worth[0]) ** 2
    misfit += np.add.reduce(rises * rises)
    misfit += BENDS * np.add.reduce(bends * bends)
    fits: Numbers = np.exp(SHARPNESS * (np.minimum.reduce(misfit, axis=None) - misfit))
    return fits


class _Grid(NamedTuple):
    """All pairings: the first axis is of shares, then there is one of best values by issue."""

    shares: Numbers
    """A row for each split among the issues."""
    values: tuple[Numbers, ...]
    """By issue: how much each value is liked, a row for each best value."""
    parts: tuple[Numbers, ...]
    """A column of `shares`, along the first axis."""
    tables: tuple[Numbers, ...]
    """`values`, along the issue's own axis, before which there is one of the issue's values."""
    others: tuple[tuple[int, ...], ...]
    """By issue: the axes of all the other issues."""
    alike: Numbers
    """Weights before anything is heard."""


@lru_cache(maxsize=64)
def _grid(axes: tuple[Axis, ...]) -> _Grid:
    shares = _splits(len(axes))
    values = tuple(
        _tables(axis, best)
        for axis, best in zip(axes, _best_values(axes, len(shares)), strict=True)
    )
    parts = tuple(shares[:, at].reshape(-1, *(1,) * len(axes)) for at in range(len(axes)))
    tables = tuple(
        np.expand_dims(table.T, tuple(one + 1 for one in range(len(axes) + 1) if one != at + 1))
        for at, table in enumerate(values)
    )
    alike = np.full((len(shares), *(len(table) for table in values)), 1.0 / len(shares))
    for at, axis in enumerate(axes):
        priors = np.full(len(values[at]), 1.0 / len(values[at]))
        if axis.thought and not axis.likes:
            priors *= 1.0 - EXPECTED
            priors[0 if axis.thought < 0 else -1] += EXPECTED
        shape = [1] * alike.ndim
        shape[at + 1] = -1
        alike *= priors.reshape(shape)
    issues = range(1, alike.ndim)
    others = tuple(tuple(one for one in issues if one != at) for at in issues)
    return _Grid(shares, values, parts, tables, others, alike)


def _splits(issues: int) -> Numbers:
    """Of the whole among the issues, none of which has nothing."""
    parts = PARTS.get(issues, issues + 2)
    cuts = combinations(range(1, parts), issues - 1)
    rows = [np.diff((0, *cut, parts)) / parts for cut in cuts]
    return np.array(rows, dtype=np.float64)


def _best_values(axes: Sequence[Axis], splits: int) -> list[Numbers]:
    """Of each issue, the places that may be liked best; of one whose direction is known, that."""
    found: list[Numbers] = [np.empty(0)] * len(axes)
    most = [min(axis.values, FEW if axis.thought else BEST_VALUES) for axis in axes]
    open_ = sorted((most[at], at) for at, axis in enumerate(axes) if not axis.likes)
    room = PAIRINGS / splits
    for number, (count, at) in enumerate(open_):
        values = axes[at].values
        count = min(count, max(2, int(room ** (1.0 / (len(open_) - number)))))
        found[at] = np.unique(np.linspace(0, values - 1, count).round())
        room = max(1.0, room / count)
    for at, axis in enumerate(axes):
        if axis.likes:
            found[at] = np.array([0.0 if axis.likes < 0 else axis.values - 1.0])
    return found


def _tables(axis: Axis, best: Numbers) -> Numbers:
    """How much each value is liked, from 0 to 1, a row for each of the best ones."""
    away = np.abs(np.arange(axis.values) - best[:, None])
    if not axis.ordered:
        return np.where(away == 0, 1.0, 0.0)
    table: Numbers = 1.0 - away / max(1, axis.values - 1)
    return table
