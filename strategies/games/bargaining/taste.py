"""What the other side likes, by the packages that it named.

Additive: a share of each issue times how near its value is to what they like. Where that is comes
from their first packages, in which they ask for what they want; how much an issue weighs from what
would make their packages fall in worth evenly, as those of people who give way do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

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

    shares: Numbers
    tables: tuple[Numbers, ...]

    def likes(self, choice: Sequence[int]) -> float:
        """From 0 to 1."""
        rows = zip(self.shares, self.tables, choice, strict=True)
        return float(sum(share * table[place] for share, table, place in rows))


def learned(axes: Sequence[Axis], theirs: Sequence[Sequence[int]]) -> Taste:
    """Their taste, as far as their packages tell."""
    said = np.array(theirs, dtype=np.int64).reshape(len(theirs), len(axes))
    tables = tuple(_table(axis, said[:FIRST, at]) for at, axis in enumerate(axes))
    if len(axes) == 1:
        return Taste(np.ones(1), tables)
    trials = _trials(len(axes))
    likes = np.array([table[said[:, at]] for at, table in enumerate(tables)])
    weights = np.exp(-SHARPNESS * _unevenness(trials @ likes))
    whole = float(weights.sum())
    return Taste(weights @ trials / whole if whole else trials.mean(axis=0), tables)


@lru_cache(maxsize=32)
def _trials(issues: int) -> Numbers:
    """Shares of all issues, a row for each share of the first."""
    rest = issues - 1
    return np.array([(share, *((1.0 - share) / rest,) * rest) for share in SHARES])


def _table(axis: Axis, first: NDArray[np.int64]) -> Numbers:
    """How much each value is liked, from 0 to 1."""
    last = max(1, axis.values - 1)
    values = np.arange(axis.values)
    if axis.likes:
        return (values if axis.likes > 0 else last - values) / last
    if not len(first):
        return np.full(axis.values, 0.5)
    away: Numbers = np.abs(values - first[:, None]).sum(axis=0) / (len(first) * last)
    return 1.0 - away


def _unevenness(worth: Numbers) -> Numbers:
    """Rises, and jumps between falls, of what their packages would be worth to them: a row for each
    trial.
    """
    moves = worth[:, 1:] - worth[:, :-1]
    rises = np.maximum(0.0, moves)
    bends = moves[:, 1:] - moves[:, :-1]
    told: Numbers = (rises * rises).sum(axis=1) + 0.3 * (bends * bends).sum(axis=1)
    return told
