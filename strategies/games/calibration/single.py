"""What a quote is worth where no position is held for it: (d - c) P(deal at d), bp a unit asked.

c is what a deal costs us beside the price: what the market takes afterwards, what the money costs.
The best distance of one tier is `Tier.best`; of several together it is looked for on a fine grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strategies.games.quoting.franchise import Floats, Tier

POINTS = 2_001
REACH = 4.0
"""The grid ends so many times as far as the best distance."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one tier: how its clients decide, and how much they ask for."""

    tier: Tier
    requests: float
    """A day."""
    amount: float
    """M a day."""


def value(asked: Sequence[Asked], distance: Floats, cost: float = 0.0) -> Floats:
    """Of quoting all at each distance, bp M a day."""
    total = np.zeros_like(distance)
    for one in asked:
        total += one.amount * (distance - cost) * one.tier.deals(distance)
    return total


def chance(asked: Sequence[Asked], distance: Floats) -> Floats:
    """That a request of any of them is dealt on at each distance."""
    whole = sum(one.requests for one in asked)
    total = np.zeros_like(distance)
    for one in asked:
        total += one.requests / whole * one.tier.deals(distance)
    return total


def best_surcharge(tier: Tier, cost: float) -> float:
    """How much further to quote clients after whose deals the market takes so much, bp: less than
    all of it, as they deal less.
    """
    near, far = (float(tier.best(np.array([one]))[0]) for one in (0.0, cost))
    return max(0.0, far - near)


def grid_of(asked: Sequence[Asked]) -> Floats:
    """Distances from 0 on, past the best."""
    best = max(float(one.tier.best(np.array([0.0]))[0]) for one in asked)
    return np.linspace(0.0, REACH * best, POINTS)


def window(values: Floats, share: float) -> tuple[int, int]:
    """The first and last place around the best one within which this share of it is earned."""
    best = int(np.argmax(values))
    good = values >= share * values[best]
    first, last = best, best
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(values) - 1 and good[last + 1]:
        last += 1
    return first, last
