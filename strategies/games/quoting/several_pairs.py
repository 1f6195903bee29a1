"""Quotes in every pair from the positions in all currencies, by one matrix.

With y the positions valued in the reference currency and e = e_i - e_j, holding y is worth nearly
-y' A y, and a client's deal in which we buy i for j costs later, a unit of size z,

    p = (2 y + z e)' A e                    quoted at its best distance for the tier
    A' = 2 A L A - S.A - (g / 2) S,  A(T) = 0,  L = diag((M + M') 1) - (M + M')
    M_ij = sum over tiers and sizes of H''(0) z lambda(z),  H''(0) = b f (1 - f)^2

S the covariance of the currencies against the reference (S.A element by element), f the chance of a
deal at the best distance where p = 0, g risk aversion. Hedging i against j goes at the speed
sign(h) (|h| - psi)+ / (2 eta) with h = -2 y' A e + k_i y_i - k_j y_j, and only where it makes every
position it touches smaller. Rates here are the same both ways, which makes the linear term zero.

Source: Barzykin, Bergault and Guéant, "Dealing with multi-currency inventory risk in FX cash
markets", Mathematical Finance 2023 (arXiv:2207.04100), equation (5). Units: M of the reference
currency, bp, days; A in bp / M.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log

import numpy as np

from strategies.games.quoting.authored import Distances
from strategies.games.quoting.franchise import Floats, Tier

BP = 1e-4
STEPS = 4_000
"""Of the fourth-order solution: more change A in the eleventh digit."""
Pair = tuple[str, str]
"""Base and counter currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFlow:
    """Clients and market of one pair."""

    tiers: tuple[Tier, ...]
    sizes: tuple[float, ...]
    """M."""
    rates: tuple[float, ...]
    """By size: requests of each tier to each side, a day."""
    psi: float
    """bp."""
    eta: float
    """bp x day / M."""

    @property
    def curvature(self) -> float:
        """H''(0) z lambda(z), summed: M / (bp day)."""
        turned = sum(size * rate for size, rate in zip(self.sizes, self.rates, strict=True))
        total = 0.0
        for tier in self.tiers:
            chance = deal_chance(tier, best_distance(tier, 0.0))
            total += tier.b * chance * (1 - chance) ** 2 * turned
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Currencies:
    """All that is traded."""

    reference: str
    sigma: Mapping[str, float]
    """bp a root of a day, against the reference; the order of the positions."""
    correlation: Mapping[Pair, float]
    impact: Mapping[str, float]
    """bp / M, lasting."""
    pairs: Mapping[Pair, PairFlow]
    gamma: float
    """1 / (bp M)."""
    horizon: float
    """Days."""

    @property
    def names(self) -> list[str]:
        """In the order of the matrix; the reference first."""
        return [self.reference, *self.sigma]

    @property
    def covariance(self) -> Floats:
        """bp^2 a day; the reference does not move."""
        names = list(self.sigma)
        found = np.zeros((len(names) + 1, len(names) + 1))
        for i, one in enumerate(names, 1):
            for j, other in enumerate(names, 1):
                both = self.correlation.get((one, other), self.correlation.get((other, one), 0.0))
                factor = 1.0 if one == other else both
                found[i, j] = factor * self.sigma[one] * self.sigma[other]
        return found


def solve(of: Currencies) -> Floats:
    """A with the whole horizon left, bp / M, in the order of `names`."""
    place = {name: number for number, name in enumerate(of.names)}
    flows = np.zeros((len(place), len(place)))
    for (base, counter), flow in of.pairs.items():
        flows[place[base], place[counter]] = flows[place[counter], place[base]] = flow.curvature
    both_ways = 2 * flows
    spring = np.diag(both_ways.sum(axis=1)) - both_ways
    covariance = of.covariance

    def growth(matrix: Floats) -> Floats:
        """Towards the beginning."""
        risk = covariance * (BP**2 * matrix + of.gamma / 2)
        return np.asarray(risk - 2 * matrix @ spring @ matrix)

    step = of.horizon / STEPS
    found = np.zeros_like(covariance)
    for _ in range(STEPS):
        first = growth(found)
        second = growth(found + step / 2 * first)
        third = growth(found + step / 2 * second)
        fourth = growth(found + step * third)
        found = found + step / 6 * (first + 2 * second + 2 * third + fourth)
    return np.asarray((found + found.T) / 2)


class CurrencyBook:
    """The matrix as quotes and hedges, in plain Python."""

    def __init__(self, of: Currencies, matrix: Floats) -> None:
        self._of = of
        self._names = of.names
        self._place = {name: number for number, name in enumerate(of.names)}
        self._matrix: list[list[float]] = matrix.tolist()

    def quote(
        self, positions: Mapping[str, float], pair: Pair, tier: int, size: float
    ) -> Distances:
        """Both sides of base against counter for a size (M), positions (M) by currency."""
        flow = self._of.pairs[pair]
        if not 0 < size <= flow.sizes[-1]:
            return Distances(None, None)
        slope, own = self._slope(positions, pair)
        who = flow.tiers[tier]
        bid = best_distance(who, 2 * slope + size * own)
        return Distances(bid, best_distance(who, size * own - 2 * slope))

    def speed(self, positions: Mapping[str, float], pair: Pair) -> float:
        """Of hedging base against counter, M a day, positive = base is bought."""
        flow, (base, counter) = self._of.pairs[pair], pair
        held, other = positions.get(base, 0.0), positions.get(counter, 0.0)
        impact = self._of.impact
        worth = impact.get(base, 0.0) * held - impact.get(counter, 0.0) * other
        worth -= 2 * self._slope(positions, pair)[0]
        speed = max(abs(worth) - flow.psi, 0.0) / (2 * flow.eta)
        sign = 1.0 if worth > 0 else -1.0
        smaller = base == self._of.reference or sign * held < 0
        other_smaller = counter == self._of.reference or sign * other > 0
        return sign * speed if smaller and other_smaller else 0.0

    def _slope(self, positions: Mapping[str, float], pair: Pair) -> tuple[float, float]:
        """y' A e and e' A e."""
        i, j = (self._place[name] for name in pair)
        matrix = self._matrix
        slope = 0.0
        for number, name in enumerate(self._names):
            slope += positions.get(name, 0.0) * (matrix[number][i] - matrix[number][j])
        return slope, matrix[i][i] - 2 * matrix[i][j] + matrix[j][j]


def deal_chance(tier: Tier, distance: float) -> float:
    """`Tier.deals` of one distance."""
    return 1.0 / (1.0 + exp(max(-700.0, min(700.0, tier.a + tier.b * distance))))


def best_distance(tier: Tier, value: float) -> float:
    """`Tier.best` of one value, in plain Python."""
    return value + (1.0 + _wright_omega(-(1.0 + tier.a + tier.b * value))) / tier.b


def _wright_omega(x: float) -> float:
    """w with w + ln w = x, by Newton's steps in ln w, which come down to it from above."""
    found = x if x < 1 else log(x)
    for _ in range(60):
        power = exp(found)
        step = (power + found - x) / (power + 1)
        found -= step
        if abs(step) < 1e-15 * max(1.0, abs(found)):
            break
    return exp(found)
