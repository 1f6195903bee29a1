"""Avellaneda and Stoikov, "High-frequency trading in a limit order book", Quantitative Finance
8(3), 2008: the tables of its section 3, of the quotes in `strategies.games.quoting`.

    arrivals   at rate A e^(-k d) for a quote at distance d from the middle s

Prices in the paper's units; q in units of stock, positive = long. The simulation is the paper's:
steps of dt, s moves by +-sigma sqrt(dt), a quote is taken with probability A e^(-k d) dt. The
symmetric strategy quotes the average of those spreads around the middle, whatever it holds and
whatever the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from strategies.games.quoting.avellaneda_stoikov import reservation_price, spread

Floats = npt.NDArray[np.float64]
INVENTORY, SYMMETRIC = "inventory", "symmetric"


@dataclass(frozen=True, slots=True)
class Market:
    """The paper's parameters."""

    sigma: float = 2.0
    horizon: float = 1.0
    step: float = 0.005
    decay: float = 1.5
    """k: how fast arrivals fall with distance."""
    arrivals: float = 140.0
    """A: of quotes at the middle, per unit of time."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A line of the tables, or an estimate of it from `paths`."""

    spread: float
    profit: float
    profit_sd: float
    inventory: float
    """At the end."""
    inventory_sd: float
    profit_kurtosis: float = 3.0
    inventory_kurtosis: float = 3.0
    """Plain fourth moments, 3 of a normal law."""

    @property
    def values(self) -> tuple[float, float, float, float]:
        """All but the spread, which is no random number."""
        return self.profit, self.profit_sd, self.inventory, self.inventory_sd

    def errors(self, paths: int) -> tuple[float, float, float, float]:
        """Standard errors of these from so many paths: s / sqrt(n) of a mean, of a deviation
        s sqrt((kurtosis - 1) / (4 n)).
        """
        profit, inventory = self.profit_sd / sqrt(paths), self.inventory_sd / sqrt(paths)
        return (
            profit,
            profit * sqrt((self.profit_kurtosis - 1) / 4),
            inventory,
            inventory * sqrt((self.inventory_kurtosis - 1) / 4),
        )


SCORE_MAX = 3.08
"""Largest of 24 cells in 95 of 100 true reproductions (normal law, two sides, Bonferroni)."""
PAPER_PATHS = 1_000
PAPER: dict[tuple[float, str], Cells] = {
    (0.1, INVENTORY): Cells(1.49, 65.0, 6.6, 0.08, 2.9),
    (0.1, SYMMETRIC): Cells(1.49, 68.4, 12.7, 0.26, 8.4),
    (0.01, INVENTORY): Cells(1.35, 68.6, 8.7, 0.12, 5.1),
    (0.01, SYMMETRIC): Cells(1.35, 68.8, 12.8, 0.09, 8.7),
    (1.0, INVENTORY): Cells(3.02, 31.4, 5.0, 0.02, 1.7),
    (1.0, SYMMETRIC): Cells(3.02, 44.0, 11.0, 0.0, 5.1),
}
"""Tables 1 to 3, by risk aversion and strategy."""


def simulate(gamma: float, strategy: str, paths: int, seed: int, market: Market) -> Cells:
    """Profit and inventory at the end of many days."""
    variance = market.sigma**2
    random = np.random.default_rng(seed)
    steps = round(market.horizon / market.step)
    price, cash = np.zeros(paths), np.zeros(paths)
    held = np.zeros(paths)
    lefts = [market.horizon - place * market.step for place in range(steps)]
    average = sum(spread(gamma, variance, left, market.decay) for left in lefts) / steps
    for left in lefts:
        wide, lean = average, np.zeros(paths)
        if strategy == INVENTORY:
            wide = spread(gamma, variance, left, market.decay)
            lean = -reservation_price(0.0, 1.0, gamma, variance, left) * held
        bid, ask = wide / 2 + lean, wide / 2 - lean
        bought = random.random(paths) < _taken(bid, market)
        sold = random.random(paths) < _taken(ask, market)
        cash += sold * (price + ask) - bought * (price - bid)
        held += bought.astype(np.float64) - sold
        price += np.where(random.random(paths) < 0.5, 1.0, -1.0) * market.sigma * sqrt(market.step)
    profit = cash + held * price
    return Cells(
        spread=average,
        profit=float(profit.mean()),
        profit_sd=float(profit.std(ddof=1)),
        inventory=float(held.mean()),
        inventory_sd=float(held.std(ddof=1)),
        profit_kurtosis=_kurtosis(profit),
        inventory_kurtosis=_kurtosis(held),
    )


def _kurtosis(values: Floats) -> float:
    centred = values - values.mean()
    return float(np.mean(centred**4) / np.mean(centred**2) ** 2)


def _taken(distance: Floats | float, market: Market) -> Floats:
    """Probability that a quote is taken within a step."""
    rate = market.arrivals * np.exp(-market.decay * np.asarray(distance))
    return np.minimum(rate * market.step, 1.0)


def scores(found: Cells, paths: int, published: Cells, published_paths: int) -> tuple[float, ...]:
    """How many standard errors of the difference each cell is off; the errors are those of our own
    paths, which say how the numbers are spread.
    """
    ours, theirs = found.errors(paths), found.errors(published_paths)
    return tuple(
        (mine - other) / sqrt(error**2 + their_error**2)
        for mine, other, error, their_error in zip(
            found.values, published.values, ours, theirs, strict=True
        )
    )
