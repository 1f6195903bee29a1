"""Our own implementations of public tactics for packages, as opponents in the package league.

A party sees its own utility of each package (0 to 1), what it may not go under, and the packages
that were named, by their place. Its best package is worth 1. Turn i of n is at time (i + 1) / (n +
1). What a tactic asks of a package is its utility (`target`); which of those it says (`choice`) is
drawn, or is nearest to what the other side said last, or what that side is thought to like best.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(slots=True)
class Table:
    """The talk so far, as one party sees it."""

    worth: Numbers
    """To it, of all packages."""
    limit: float
    values: Numbers
    """Of all packages, a column for each issue: the place of its value, from 0 to 1."""
    turns: int
    chance: random.Random
    shape_of_them: Numbers
    """The other side's utility without its limit: only who is told it may look at it."""
    ours: list[int] = field(default_factory=list)
    theirs: list[int] = field(default_factory=list)

    @property
    def time(self) -> float:
        return (len(self.ours) + 1) / (self.turns + 1)

    @property
    def left(self) -> int:
        """Words of ours, the one now with them."""
        return self.turns - len(self.ours)

    @property
    def heard(self) -> float:
        """What their last package is worth to us; below 0 they said nothing."""
        return float(self.worth[self.theirs[-1]]) if self.theirs else -1.0


TAKE, LEAVE = -1, -2
"""Words instead of a package: agree to their last, or break off."""
NEAR = 0.04
"""Packages whose utility is so near are alike to who chooses among them."""

Party = Callable[[Table], int]
"""The package to say, by its place, or TAKE, or LEAVE."""
Choice = Callable[[Table, NDArray[np.int64]], int]
"""One of several packages."""


def drawn(table: Table, among: NDArray[np.int64]) -> int:
    """Any of them."""
    return int(among[table.chance.randrange(len(among))])


def nearest(table: Table, among: NDArray[np.int64]) -> int:
    """The nearest to their last one, issue by issue (Faratin, Sierra and Jennings' trade-off)."""
    if not table.theirs:
        return drawn(table, among)
    away = np.abs(table.values[among] - table.values[table.theirs[-1]]).sum(axis=1)
    return int(among[away.argmin()])


def liked(table: Table, among: NDArray[np.int64]) -> int:
    """What they like best, by how often they named each value (a frequency model)."""
    if not table.theirs:
        return drawn(table, among)
    said = table.values[table.theirs]
    away = np.abs(table.values[among][:, None, :] - said[None, :, :]).mean(axis=1)
    weights = 1.0 / (0.1 + said.std(axis=0))
    return int(among[(away @ weights).argmin()])


def known(table: Table, among: NDArray[np.int64]) -> int:
    """What they like best, told by one who knows their utility."""
    return int(among[table.shape_of_them[among].argmax()])


def timed(pace: float, choice: Choice) -> Party:
    """By time alone, (t)^pace of the way to the limit: 4 firm (Boulware), 1 even, 0.25 eager."""

    def say(table: Table) -> int:
        return asking(table, 1.0 - (1.0 - table.limit) * table.time**pace, choice)

    return say


def mirroring(keeps: float, choice: Choice) -> Party:
    """Tit-for-tat: what they gave in our utility since their first package, given in turn, so that
    `keeps` of our room is left; at the end anything inside the limit.
    """

    def say(table: Table) -> int:
        theirs = table.worth[table.theirs] if table.theirs else np.zeros(1)
        given = max(0.0, float(theirs.max() - theirs[0]))
        floor = table.limit + keeps * (1.0 - table.limit)
        target = max(floor, 1.0 - given)
        if table.left == 1 and table.heard >= table.limit:
            return TAKE
        return asking(table, target, choice)

    return say


def step_by_step(table: Table) -> int:
    """MiCRO: its packages from the best down, a new one for each new one of theirs."""
    order = np.argsort(-table.worth, kind="stable")
    inside = order[table.worth[order] >= table.limit]
    said, heard = len(set(table.ours)), len(set(table.theirs))
    if said > heard or said >= len(inside):
        following = int(table.chance.choice(table.ours)) if table.ours else int(inside[0])
    else:
        following = int(inside[said])
    return TAKE if table.heard >= table.worth[following] else following


def outwaiting(keeps: float, choice: Choice) -> Party:
    """Near its best until its last word, which repeats what they asked least for, as far as it
    leaves `keeps` over the limit; then takes anything inside the limit.
    """

    def say(table: Table) -> int:
        if table.left == 1 and table.heard > table.limit:
            return TAKE
        if table.heard >= 1.0 - (1.0 - table.limit) * table.time**50:
            return TAKE
        if table.left > 1 or not table.theirs:
            return asking(table, 1.0 - 0.15 * (len(table.ours) / table.turns) ** 5, choice)
        least = float(table.shape_of_them[table.theirs].min())
        inside = np.flatnonzero(table.worth >= min(1.0, table.limit + keeps))
        away = np.abs(table.shape_of_them[inside] - least)
        near = inside[away <= away.min() + NEAR]
        return int(near[table.worth[near].argmax()])

    return say


def accepting(table: Table) -> int:
    """CAB-like: from the best down, a package each turn; anything inside the limit is taken."""
    if table.heard >= table.limit:
        return TAKE
    order = np.argsort(-table.worth, kind="stable")
    at = min(len(table.ours), int((table.worth >= table.limit).sum()) - 1)
    return int(order[max(0, at)])


def never(table: Table) -> int:
    """Its best package, always."""
    best = int(table.worth.argmax())
    return TAKE if table.heard >= table.worth[best] else best


def asking(table: Table, target: float, choice: Choice) -> int:
    """A package worth about `target`, or theirs where it is worth as much."""
    target = max(target, table.limit)
    if table.heard >= target:
        return TAKE
    among = np.flatnonzero((table.worth >= target) & (table.worth <= target + NEAR))
    if not len(among):
        above = np.flatnonzero(table.worth >= target)
        among = above[table.worth[above] <= table.worth[above].min() + NEAR]
    return choice(table, among)


DESK: dict[str, Party] = {
    "firm": timed(4.0, drawn),
    "even": timed(1.0, drawn),
    "eager": timed(0.25, drawn),
    "firm, nearest": timed(4.0, nearest),
    "even, trading off": timed(1.0, liked),
    "tit-for-tat": mirroring(0.0, drawn),
    "tit-for-tat, dear": mirroring(0.4, nearest),
    "step by step": step_by_step,
    "accepting": accepting,
}
"""Who does as the external library's own do."""

HARD: dict[str, Party] = {
    "outwaiting": outwaiting(0.1, known),
    "outwaiting, dear": outwaiting(0.3, known),
    "last moment": timed(20.0, liked),
    "stubborn": timed(12.0, nearest),
    "never": never,
}
"""Who waits."""
