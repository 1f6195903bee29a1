"""The dealer's franchise event by event, many days at once: what the model says in the long run
must come out of it, and so must what desks with plainer rules do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from strategies.games.quoting.authored import Authored
from strategies.games.quoting.franchise import Floats, Franchise, Places, Policy

SUBSTEPS = 4
"""Of the time between two requests, for hedging and the price."""
KEUR = 0.1
"""1 bp of 1 M in thousands of the currency, at parity."""


class DealerDesk(Protocol):
    """What quotes and hedges; arrays hold one element for each day that is simulated."""

    def distance(self, held: Floats, tier: Places, size: Places, side: Places) -> Floats:
        """Of our price from the middle, bp; side 0 = bid, 1 = ask. Infinite = no quote."""

    def speed(self, held: Floats) -> Floats:
        """Of hedging, M a day; it may only make the position smaller."""


class Optimal:
    """The solved policy; between whole millions as at the nearest."""

    def __init__(self, of: Franchise, policy: Policy) -> None:
        self._of, self._policy = of, policy

    def distance(self, held: Floats, tier: Places, size: Places, side: Places) -> Floats:
        return np.asarray(self._policy.distances[self._place(held), tier, size, side])

    def speed(self, held: Floats) -> Floats:
        return np.asarray(self._policy.speed[self._place(held)])

    def _place(self, held: Floats) -> Places:
        most = self._of.position_max
        return np.clip(np.rint(held).astype(np.int64) + most, 0, 2 * most)


class Written:
    """A rule that a trader can write: margins by tier, a linear lean, and a band."""

    def __init__(self, of: Franchise, written: Authored) -> None:
        self._sizes = np.asarray(of.sizes, np.float64)
        self._written = written

    def distance(self, held: Floats, tier: Places, size: Places, side: Places) -> Floats:
        return self._written.distances(held, tier, self._sizes[size], np.where(side == 0, 1, -1))

    def speed(self, held: Floats) -> Floats:
        return self._written.hedge.speed(held)


@dataclass(frozen=True, slots=True)
class Days:
    """What came of each day; bp M, and M."""

    result: Floats
    penalty: Floats
    """(gamma / 2) sigma^2 times the position squared, over the day."""
    turnover: Floats
    hedged: Floats
    requests: Floats
    deals: Floats

    def mean(self, name: str) -> tuple[float, float]:
        """Mean over the days and its standard error."""
        values: Floats = getattr(self, name)
        return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))

    @property
    def score(self) -> tuple[float, float]:
        """Result less penalty in thousands of the currency, and its standard error."""
        values = (self.result - self.penalty) * KEUR
        return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def simulate(of: Franchise, desk: DealerDesk, days: int, length: float, seed: int) -> Days:
    """So many days, each of `length` days, from a flat position; tiers ask equally often."""
    assert not of.own_rates, "rates that differ by tier are not drawn here"
    random = np.random.default_rng(seed)
    tiers, sizes = len(of.tiers), np.asarray(of.sizes, np.float64)
    total = of.requests * tiers * 2
    clock, held = np.zeros(days), np.zeros(days)
    made = {
        name: np.zeros(days)
        for name in ("result", "penalty", "turnover", "hedged", "requests", "deals")
    }
    while True:
        wait = random.exponential(1.0 / total, days)
        active = clock < length
        if not active.any():
            return Days(**made)
        elapsed = np.where(active, np.minimum(wait, length - clock), 0.0)
        _hold(of, desk, random, held, elapsed, made)
        clock += np.where(active, wait, 0.0)
        asks = active & (clock < length)
        tier = random.integers(0, tiers, days)
        size = random.choice(len(sizes), days, p=of.weights)
        side = random.integers(0, 2, days)
        away = desk.distance(held, tier, size, side)
        change = np.where(side == 0, sizes[size], -sizes[size])
        chance = np.empty(days)
        for number, one in enumerate(of.tiers):
            chance = np.where(tier == number, one.deals(away), chance)
        inside = np.abs(held + change) <= of.position_max
        deals = asks & inside & (random.random(days) < chance)
        made["requests"] += asks
        made["deals"] += deals
        made["turnover"] += np.where(deals, sizes[size], 0.0)
        made["result"] += np.where(deals, sizes[size] * away, 0.0)
        held += np.where(deals, change, 0.0)


def _hold(
    of: Franchise,
    desk: DealerDesk,
    random: np.random.Generator,
    held: Floats,
    elapsed: Floats,
    made: dict[str, Floats],
) -> None:
    """Time passes until the next request: the price moves, hedges are dealt."""
    part = elapsed / SUBSTEPS
    noise = random.standard_normal((SUBSTEPS, len(held))) * of.sigma * np.sqrt(part)
    for step in range(SUBSTEPS):
        speed = desk.speed(held)
        dealt = np.minimum(np.abs(speed) * part, np.abs(held)) * -np.sign(held)
        pace = np.divide(dealt, part, out=np.zeros_like(dealt), where=part > 0)
        middle = held + dealt / 2
        made["result"] += middle * (noise[step] + of.impact * dealt)
        made["result"] -= of.psi * np.abs(dealt) + of.eta * pace * dealt
        made["penalty"] += of.gamma / 2 * of.sigma**2 * middle**2 * part
        made["hedged"] += np.abs(dealt)
        held += dealt
