"""All packages that may be talked about, with what each is worth to us, in arrays.

A package is told from outside by its choice, inside by its place in the arrays. Worth is in whole
steps, as the talk is about it (`strategies.games.bargaining.package`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from strategies.games.bargaining.taste import Axis, Taste

ALIKE = 1e-9
"""Floats nearer than that are one number."""
Numbers = NDArray[np.float64]
Choice = tuple[int, ...]
"""A package: which value of each issue, by its place."""


class Likes(NamedTuple):
    """How much the other side likes the values of each issue, and all packages."""

    rows: list[Numbers]
    flat: Numbers


class Listed:
    """Any packages, of any worth: it need not be a sum over issues."""

    def __init__(
        self, packages: Mapping[Choice, int], values: NDArray[np.int64], axes: Sequence[Axis]
    ) -> None:
        """Steps by package; `values` are the places of their values on the axes, a row for each."""
        self.steps = np.fromiter(packages.values(), dtype=np.int64, count=len(packages))
        self.best = int(self.steps.max())
        self.axes = tuple(axes)
        self._choices = list(packages)
        self._at = {choice: at for at, choice in enumerate(packages)}
        self._values = values

    def at(self, choice: Choice) -> int | None:
        """Where a package stands; None = it may not be talked about."""
        return self._at.get(choice)

    def choice(self, at: int) -> Choice:
        """The package that stands there."""
        return self._choices[at]

    def values(self, ats: Sequence[int]) -> NDArray[np.int64]:
        """Of packages, by the axes."""
        return self._values[list(ats)]

    def liked(self, taste: Taste) -> Likes:
        """By the other side."""
        rows = [row[self._values[:, at]] for at, row in enumerate(taste.rows)]
        return Likes(list(taste.rows), np.sum(rows, axis=0))

    def means(self, asked: Sequence[int], likes: Likes) -> list[int]:
        """The most steps of a package that they like as well as each of those."""
        order = likes.flat.argsort()
        most = np.maximum.accumulate(self.steps[order][::-1])[::-1]
        at = likes.flat[order].searchsorted(likes.flat[list(asked)] - ALIKE)
        found: list[int] = most[at].tolist()
        return found


class Product:
    """Every value of an issue with every one of the others; worth is the sum over the issues."""

    def __init__(
        self, rows: Sequence[Numbers], bounds: Sequence[tuple[int, int]], axes: Sequence[Axis]
    ) -> None:
        """By issue: worth of all values in steps, first value and how many of them may be talked
        about, what is known of the other side's taste.
        """
        self._bounds = tuple(bounds)
        self._rows = [
            row[first : first + count] for row, (first, count) in zip(rows, bounds, strict=True)
        ]
        self._moving = [at for at, (_, count) in enumerate(bounds) if count > 1]
        self.axes = tuple(axes[at] for at in self._moving)
        self.steps = np.floor(_flat(self._rows) + ALIKE).astype(np.int64)
        self.best = int(self.steps.max())
        counts = [count for _, count in bounds]
        self._long = counts.index(max(counts))
        self._others = _flat(self._but_long(self._rows))
        self._ats: dict[Choice, int | None] = {}

    def at(self, choice: Choice) -> int | None:
        """Where a package stands; None = it may not be talked about."""
        if choice not in self._ats:
            self._ats[choice] = self._place(choice)
        return self._ats[choice]

    def _place(self, choice: Choice) -> int | None:
        if len(choice) != len(self._bounds):
            return None
        at = 0
        for value, (first, count) in zip(choice, self._bounds, strict=True):
            if not first <= value < first + count:
                return None
            at = at * count + value - first
        return at

    def choice(self, at: int) -> Choice:
        """The package that stands there."""
        found = []
        for first, count in reversed(self._bounds):
            at, value = divmod(at, count)
            found.append(first + value)
        return tuple(reversed(found))

    def values(self, ats: Sequence[int]) -> NDArray[np.int64]:
        """Of packages, by the axes."""
        left = np.array(ats, dtype=np.int64)
        found = np.empty((len(ats), len(self._moving)), dtype=np.int64)
        column = len(self._moving)
        for _, count in reversed(self._bounds):
            if count > 1:
                column -= 1
                left, found[:, column] = np.divmod(left, count)
        return found

    def liked(self, taste: Taste) -> Likes:
        """By the other side."""
        rows = [np.zeros(1)] * len(self._bounds)
        for at, row in zip(self._moving, taste.rows, strict=True):
            rows[at] = row
        return Likes(rows, _flat(rows))

    def means(self, asked: Sequence[int], likes: Likes) -> list[int]:
        """The most steps of a package that they like as well as each of those. The longest issue is
        sorted by what they like, all values of the others are looked at.
        """
        liked = likes.rows[self._long]
        order = liked.argsort()
        worth = self._rows[self._long][order]
        most = np.full(len(order) + 1, -np.inf)
        np.maximum.accumulate(worth[::-1], out=most[-2::-1])
        needs = likes.flat[list(asked)][:, None] - ALIKE - _flat(self._but_long(likes.rows))
        best = np.maximum.reduce(most[liked[order].searchsorted(needs)] + self._others, axis=1)
        found: list[int] = np.floor(best + ALIKE).astype(np.int64).tolist()
        return found

    def _but_long(self, rows: list[Numbers]) -> list[Numbers]:
        return rows[: self._long] + rows[self._long + 1 :]


Space = Product | Listed


def _flat(rows: Sequence[Numbers]) -> Numbers:
    """The sum of a value of each issue, for all packages."""
    flat = rows[0] if rows else np.zeros(1)
    for row in rows[1:]:
        flat = np.add.outer(flat, row).ravel()
    return flat
