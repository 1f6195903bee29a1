"""Quotes to clients as a trader writes them: a margin by tier and size, a lean, a band.

    distance of our bid  = margin(tier, size) + lean part of (q + z / 2)
    distance of our ask  = margin(tier, size) - lean part of (q - z / 2)
    lean part of x       = lean x, at most lean_max either way

q position and z size in M, positive = long; distances and margins in bp of the middle. The lean
counts half of the deal: where holding q is worth -(lean / 2) q^2 that is exactly what a deal of z
costs later, a unit, so large deals are wider by themselves. Clients who read positions out of
prices are shown no lean (arXiv:2508.20225).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.franchise import SIDES, Floats, Franchise, Places, Policy, moves


class Distances(NamedTuple):
    """Of a two-way quote from the middle, bp, positive = in our favour; None = not quoted."""

    bid: float | None
    ask: float | None


class SizeStep(NamedTuple):
    """Deals larger than `above` (M) cost `add` (bp) more."""

    above: float
    add: float


class Written(Protocol):
    """What a desk does, as far as its long run needs it."""

    @property
    def hedge(self) -> Band: ...

    def distances(self, held: Floats, tier: Places, size: Floats, sign: Places) -> Floats:
        """Of our prices, bp, infinite = not quoted; the rest as `Authored.distances`."""
        ...


@dataclass(frozen=True, slots=True)
class Authored:
    """A trader's numbers; `quote` and `distances` are the same function, for one and for many."""

    margins: tuple[float, ...]
    """bp, by tier."""
    lean: float
    """bp for each M."""
    hedge: Band
    lean_max: float = 1.5
    """bp."""
    steps: tuple[SizeStep, ...] = ()
    """By rising size; the last that a deal is above counts."""
    unleaned: tuple[int, ...] = ()
    """Tiers who are shown no lean."""
    size_max: float = float("inf")
    """M; larger ones are not quoted."""

    def __post_init__(self) -> None:
        sizes = [step.above for step in self.steps]
        if not self.margins or min(self.margins) < 0 or self.lean < 0 or self.lean_max < 0:
            raise ValueError(f"{self}: margins, lean and its maximum cannot be negative")
        if sizes != sorted(set(sizes)) or any(step.add < 0 for step in self.steps):
            raise ValueError(f"{self.steps}: sizes must rise, what they add cannot be negative")

    def margin(self, tier: int, size: float) -> float:
        """bp, without a position."""
        add = 0.0
        for step in self.steps:
            if size > step.above:
                add = step.add
        return self.margins[tier] + add

    def quote(self, position: float, tier: int, size: float) -> Distances:
        """Both sides for a size (M) at a position (M)."""
        if not 0 < size <= self.size_max:
            return Distances(None, None)
        margin, lean = self.margin(tier, size), 0.0 if tier in self.unleaned else self.lean
        most = self.lean_max
        bid = max(-most, min(most, lean * (position + size / 2)))
        ask = max(-most, min(most, lean * (size / 2 - position)))
        return Distances(margin + bid, margin + ask)

    def distances(self, held: Floats, tier: Places, size: Floats, sign: Places) -> Floats:
        """Of our prices, bp, for positions and sizes in M; sign +1 = our bid, -1 = our ask."""
        margin = np.asarray(self.margins)[tier]
        if self.steps:
            adds = np.array([0.0, *(step.add for step in self.steps)])
            margin = margin + adds[np.searchsorted([one.above for one in self.steps], size)]
        lean = np.where(np.isin(tier, self.unleaned), 0.0, self.lean)
        leaned = np.clip(sign * lean * (held + sign * size / 2), -self.lean_max, self.lean_max)
        return np.where(size <= self.size_max, margin + leaned, np.inf)


def policy_of(of: Franchise, written: Written) -> Policy:
    """The same on the grid of a franchise, where its long run is exact."""
    count = 2 * of.position_max + 1
    distances = np.full((count, len(of.tiers), len(of.sizes), 2), np.inf)
    for place, size in enumerate(of.sizes):
        for side, sign in enumerate(SIDES):
            here, _ = moves(count, sign * size)
            held, amount = of.positions[here], np.full(len(here), size, np.float64)
            signs = np.full(len(here), sign)
            for tier in range(len(of.tiers)):
                tiers = np.full(len(here), tier)
                distances[here, tier, place, side] = written.distances(held, tiers, amount, signs)
    return Policy(distances=distances, speed=written.hedge.speed(of.positions))
