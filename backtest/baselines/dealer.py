"""The FX dealer of Barzykin, Bergault and Guéant, "Market-making by a foreign exchange dealer",
Risk, September 2022 (arXiv:2112.02269): client tiers, a ladder of sizes, hold or hedge.

Client requests of tier n and size z come at rate lambda_n w_z to each side and are dealt on with
probability f_n(d) = 1 / (1 + exp(a_n + b_n d)) at the distance d. The dealer may hedge at speed v
in a market whose middle moves by k v. He maximises the mean result less (gamma / 2) sigma^2 q^2 of
his position; the value theta(q) of holding q, up to what a day is worth, solves

    c = -(gamma/2) sigma^2 q^2 + sum lambda_n w_z z H_n((theta(q) - theta(q + z s)) / z) + M(q)
    H_n(p) = max_d f_n(d) (d - p),  reached at d = p + (1 + W(e^-(1 + a_n + b_n p))) / b_n
    M(q)   = max_v v (theta'(q) + k q) - psi |v| - eta v^2

with s = +1 at our bid and -1 at our ask. Solved by Howard's policy iteration on whole millions.
Hedges only ever reduce the position: with permanent impact the unconstrained optimum may push the
price its own way.

Units: millions of base currency, basis points of the middle, days: 1 bp of 1 M = 100 of the counter
currency at parity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve
from scipy.special import expit, wrightomega

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
ITERATIONS_MAX = 60
BID, ASK = 1, -1
"""Sides of ours: +1 = we buy, the position grows."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How clients decide."""

    a: float
    b: float
    """Per bp."""

    def deals(self, distance: Floats) -> Floats:
        """Probability that a request is dealt on at that distance (bp)."""
        return np.asarray(expit(-self.a - self.b * distance))

    def best(self, value: Floats) -> Floats:
        """The distance that is best where a unit dealt costs `value` later."""
        inner = wrightomega(-(1.0 + self.a + self.b * value))  # W(e^x), for any x
        return np.asarray(value + (1.0 + inner) / self.b)


@dataclass(frozen=True, slots=True)
class Franchise:
    """Clients and market; the figures are EUR/USD as published (sizes deduced)."""

    tiers: tuple[Tier, ...] = (Tier(-0.3, 5.0), Tier(-1.9, 15.0))
    sizes: tuple[int, ...] = (1, 2, 5, 10, 20, 50)
    weights: tuple[float, ...] = (0.4, 0.25, 0.19, 0.1, 0.05, 0.01)
    requests: float = 1_800.0
    """A day, of each tier to each side."""
    sigma: float = 50.0
    """bp in a day."""
    eta: float = 1e-5
    psi: float = 0.1
    impact: float = 5e-3
    gamma: float = 2e-3
    position_max: int = 250


@dataclass(frozen=True, slots=True)
class Policy:
    """What a desk does at each position from -position_max to +position_max, in whole millions."""

    distances: Floats
    """[position, tier, size, side]: side 0 = bid, 1 = ask; infinite = not quoted."""
    speed: Floats
    """[position]: of hedging, M a day."""
    band: int = 0
    """Largest position that is not hedged, M."""


def solve(of: Franchise) -> Policy:
    """The best policy."""
    count = 2 * of.position_max + 1
    theta = np.zeros(count)
    for _ in range(ITERATIONS_MAX):
        distances, speed = _best_policy(of, theta)
        values = _evaluate(of, distances, speed)
        change = float(np.max(np.abs(values - theta)))
        theta = values
        if change < 1e-9 * max(1.0, float(np.max(np.abs(theta)))):
            break
    held = np.nonzero(speed == 0)[0] - of.position_max
    return Policy(
        distances=distances,
        speed=speed,
        band=int(min(-held.min(), held.max())),
    )


def spreads(of: Franchise, policy: Policy, size: int = 0) -> list[float]:
    """Of each tier the whole spread for a size (its place), without a position, in bp."""
    flat = policy.distances[of.position_max]
    return [float(flat[tier, size].sum()) for tier in range(len(of.tiers))]


@dataclass(frozen=True, slots=True)
class Stationary:
    """What a policy comes to in the long run, a day; exact, of the same grid."""

    turnover: float
    """Clients' deals, M."""
    hedged: float
    """M."""
    result: float
    """Mean, bp M."""
    position_sd: float
    """M."""

    @property
    def hedged_share(self) -> float:
        """Of all volume."""
        return self.hedged / (self.hedged + self.turnover)


def stationary(of: Franchise, policy: Policy) -> Stationary:
    """By the long-run distribution of the position."""
    position = np.arange(-of.position_max, of.position_max + 1, dtype=np.float64)
    share = long_run(of, policy)
    row, column, rate, gain = _transitions(of, policy.distances, policy.speed)
    moved = np.bincount(row, weights=np.abs(column - row) * rate, minlength=len(position))
    hedges = np.abs(policy.speed)
    risk = of.gamma / 2 * of.sigma**2 * position**2
    return Stationary(
        turnover=float(share @ (moved - hedges)),
        hedged=float(share @ hedges),
        result=float(share @ (gain + risk)),
        position_sd=float(np.sqrt(share @ position**2)),
    )


def long_run(of: Franchise, policy: Policy) -> Floats:
    """Share of the time at each position."""
    count = 2 * of.position_max + 1
    row, column, rate, _ = _transitions(of, policy.distances, policy.speed)
    out = np.bincount(row, weights=rate, minlength=count)
    diagonal = np.arange(count)
    data = np.concatenate((rate, -out))
    places = np.concatenate((column, diagonal)), np.concatenate((row, diagonal))
    system = coo_matrix((data, places), shape=(count, count)).tolil()
    system[0, :] = 1.0  # the shares add up to 1; one of the balances follows from the rest
    known = np.zeros(count)
    known[0] = 1.0
    share: Floats = spsolve(system.tocsc(), known)
    return share


def neutralisation_minutes(of: Franchise, policy: Policy) -> float:
    """How fast positions go away, by leaning and by hedging: 1 / the slope of their drift over the
    position, in the long run.
    """
    position = np.arange(-of.position_max, of.position_max + 1, dtype=np.float64)
    row, column, rate, _ = _transitions(of, policy.distances, policy.speed)
    drift = np.bincount(row, weights=rate * (column - row), minlength=len(position))
    weight = long_run(of, policy)
    slope = -float(weight @ (position * drift)) / float(weight @ position**2)
    return 24 * 60 / slope


def _best_policy(of: Franchise, theta: Floats) -> tuple[Floats, Floats]:
    most, count = of.position_max, len(theta)
    distances = np.full((count, len(of.tiers), len(of.sizes), 2), np.inf)
    for place, size in enumerate(of.sizes):
        for side, sign in enumerate((BID, ASK)):
            here, there = _moves(count, sign * size)
            value = (theta[here] - theta[there]) / size
            for number, tier in enumerate(of.tiers):
                distances[here, number, place, side] = tier.best(value)
    position = np.arange(-most, most + 1, dtype=np.float64)
    up = np.append(np.diff(theta), -np.inf) + of.impact * position
    down = np.append(np.inf, np.diff(theta)) + of.impact * position
    buying = np.maximum(up - of.psi, 0.0) / (2 * of.eta)
    selling = np.maximum(-down - of.psi, 0.0) / (2 * of.eta)
    speed = np.where(position < 0, buying, np.where(position > 0, -selling, 0.0))
    return distances, speed


def _evaluate(of: Franchise, distances: Floats, speed: Floats) -> Floats:
    """The value of holding each position under a policy, 0 without one: a linear system, whose last
    unknown is what a day is worth.
    """
    count = len(speed)
    row, column, rate, gain = _transitions(of, distances, speed)
    out = np.bincount(row, weights=rate, minlength=count)
    diagonal = np.arange(count)
    worth = np.full(count, count)  # the column of what a day is worth
    data = np.concatenate((rate, -out, -np.ones(count), [1.0]))
    places = (
        np.concatenate((row, diagonal, diagonal, [count])),
        np.concatenate((column, diagonal, worth, [of.position_max])),
    )
    system = coo_matrix((data, places), shape=(count + 1, count + 1)).tocsc()
    solution: Floats = spsolve(system, np.append(-gain, 0.0))
    return solution[:-1]


def _transitions(
    of: Franchise, distances: Floats, speed: Floats
) -> tuple[Places, Places, Floats, Floats]:
    """From where, to where, how often a day; and what each position brings a day."""
    count = len(speed)
    rows, columns, rates = [], [], []
    gain = _running(of, speed)
    for place, size in enumerate(of.sizes):
        for side, sign in enumerate((BID, ASK)):
            here, there = _moves(count, sign * size)
            for number, tier in enumerate(of.tiers):
                away = distances[here, number, place, side]
                rate = of.requests * of.weights[place] * tier.deals(away)
                gain[here] += rate * size * away
                rows.append(here)
                columns.append(there)
                rates.append(rate)
    step = np.sign(speed).astype(np.int64)
    hedged = np.nonzero(step)[0]
    rows.append(hedged)
    columns.append(hedged + step[hedged])
    rates.append(np.abs(speed[hedged]))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(rates), gain


def _running(of: Franchise, speed: Floats) -> Floats:
    """What holding and hedging costs, per day."""
    position = np.arange(-of.position_max, of.position_max + 1, dtype=np.float64)
    risk = of.gamma / 2 * of.sigma**2 * position**2
    return of.impact * position * speed - of.psi * np.abs(speed) - of.eta * speed**2 - risk


def _moves(count: int, by: int) -> tuple[Places, Places]:
    """The positions from which a move stays within the largest, and where it leads."""
    here = np.arange(max(0, -by), count - max(0, by))
    return here, here + by
