"""What the other side likes, by the packages that it named.

Additive: a share of each issue times how near its value is to what they like. Where that is comes
from their first packages, in which they ask for what they want; how much an issue weighs from what
would make their packages fall in worth evenly, as those of people who give way do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp
from typing import NamedTuple

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""That the first issue may have; the rest is split among the others."""
SHARPNESS = 40.0
"""How strongly uneven falls speak against a share."""
FIRST = 4
"""Packages that show what they like."""


class Axis(NamedTuple):
    """One issue: so many values, and which way they like it if that is known."""

    values: int
    likes: int


class Taste(NamedTuple):
    """Shares and tables of all issues."""

    shares: tuple[float, ...]
    tables: tuple[tuple[float, ...], ...]

    def likes(self, choice: Sequence[int]) -> float:
        """From 0 to 1."""
        rows = zip(self.shares, self.tables, choice, strict=True)
        return sum(share * table[place] for share, table, place in rows)


def learned(axes: Sequence[Axis], theirs: Sequence[Sequence[int]]) -> Taste:
    """Their taste, as far as their packages tell."""
    tables = tuple(
        _table(axis, [choice[at] for choice in theirs[:FIRST]]) for at, axis in enumerate(axes)
    )
    if len(axes) == 1:
        return Taste((1.0,), tables)
    rest = len(axes) - 1
    trials = [(share, *((1.0 - share) / rest,) * rest) for share in SHARES]
    weights = [exp(-SHARPNESS * _unevenness(Taste(one, tables), theirs)) for one in trials]
    whole = sum(weights) or 1.0
    shares = tuple(
        sum(weight * one[at] for weight, one in zip(weights, trials, strict=True)) / whole
        for at in range(len(axes))
    )
    return Taste(shares, tables)


def _table(axis: Axis, first: Sequence[int]) -> tuple[float, ...]:
    """How much each value is liked, from 0 to 1."""
    last = max(1, axis.values - 1)
    if axis.likes:
        return tuple((at if axis.likes > 0 else last - at) / last for at in range(axis.values))
    if not first:
        return (0.5,) * axis.values
    return tuple(
        1.0 - sum(abs(at - place) for place in first) / len(first) / last
        for at in range(axis.values)
    )


def _unevenness(taste: Taste, theirs: Sequence[Sequence[int]]) -> float:
    """Rises, and jumps between falls, of what their packages would be worth to them."""
    worth = [taste.likes(choice) for choice in theirs]
    moves = [after - before for before, after in pairwise(worth)]
    rises = sum(max(0.0, move) ** 2 for move in moves)
    return rises + 0.3 * sum((after - before) ** 2 for before, after in pairwise(moves))
