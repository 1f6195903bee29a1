"""A dealer's clients and market, and what a desk does at each position.

Requests of tier n and size z come at rate lambda_{n,z} a day to each side and are dealt on with
probability f_n(d) = 1 / (1 + exp(a_n + b_n d)) at distance d. Hedging at speed v costs
psi |v| + eta v^2 and moves the middle by k v. Holding q is worth (gamma / 2) sigma^2 q^2 a day
less.

Source: Barzykin, Bergault and Guéant, "Market-making by a foreign exchange dealer", Risk, September
2022 (arXiv:2112.02269). Units: millions (M) of base currency, basis points (bp) of the middle,
days; 1 bp of 1 M = 100 of the counter currency at parity. Distances are positive away from the
middle, in our favour, on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
BID, ASK = 1, -1
"""Sides of ours: +1 = we buy, the position grows."""
SIDES = (BID, ASK)
EXPONENT_MAX = 700.0


@dataclass(frozen=True, slots=True)
class Tier:
    """How clients decide."""

    a: float
    b: float
    """Per bp."""

    def deals(self, distance: Floats) -> Floats:
        """Probability that a request is dealt on at that distance (bp)."""
        score = np.clip(self.a + self.b * distance, -EXPONENT_MAX, EXPONENT_MAX)
        return np.asarray(1.0 / (1.0 + np.exp(score)))

    def best(self, value: Floats) -> Floats:
        """The distance p + (1 + W(e^-(1 + a + b p))) / b, best where a unit dealt costs p later."""
        from scipy.special import wrightomega  # W(e^x), for any x

        inner = wrightomega(-(1.0 + self.a + self.b * value))
        return np.asarray(value + (1.0 + inner) / self.b)


@dataclass(frozen=True, slots=True)
class Franchise:
    """Clients and market; the figures are EUR/USD as published (sizes deduced)."""

    tiers: tuple[Tier, ...] = (Tier(-0.3, 5.0), Tier(-1.9, 15.0))
    sizes: tuple[int, ...] = (1, 2, 5, 10, 20, 50)
    """M; by rising size."""
    weights: tuple[float, ...] = (0.4, 0.25, 0.19, 0.1, 0.05, 0.01)
    requests: float = 1_800.0
    """A day, of each tier to each side."""
    sigma: float = 50.0
    """bp in a day."""
    eta: float = 1e-5
    """bp x day / M: what speed costs."""
    psi: float = 0.1
    """bp: half the spread of the market hedged in."""
    impact: float = 5e-3
    """bp / M, lasting: k."""
    gamma: float = 2e-3
    """Risk aversion, 1 / (bp M)."""
    position_max: int = 250
    """M; deals beyond are not quoted."""
    own_rates: tuple[tuple[float, ...], ...] = ()
    """By tier and size, a day to each side, where tiers differ; empty = requests x weights."""

    @property
    def rates(self) -> tuple[tuple[float, ...], ...]:
        """Requests a day to each side, by tier and size."""
        if self.own_rates:
            return self.own_rates
        row = tuple(self.requests * weight for weight in self.weights)
        return (row,) * len(self.tiers)

    @property
    def positions(self) -> Floats:
        """Every position of the grid, M."""
        return np.arange(-self.position_max, self.position_max + 1, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a desk does at each position from -position_max to +position_max, in whole millions."""

    distances: Floats
    """[position, tier, size, side]: side 0 = bid, 1 = ask; infinite = not quoted."""
    speed: Floats
    """[position]: of hedging, M a day, positive = we buy; never away from a flat position."""

    @property
    def band(self) -> int:
        """Largest position that is not hedged on either side, M."""
        most = len(self.speed) // 2
        held = np.nonzero(self.speed == 0)[0] - most
        return int(min(-held.min(), held.max()))


def moves(count: int, by: int) -> tuple[Places, Places]:
    """The positions from which a move stays within the largest, and where it leads."""
    here = np.arange(max(0, -by), count - max(0, by))
    return here, here + by
