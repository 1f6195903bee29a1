"""What a policy comes to in the long run, exactly: the position is a Markov chain on whole M.

With Q the generator of the chain, pi Q = 0 gives the share of the time at each position and
c = pi . gain what a day is worth; the value theta of holding a position solves Q theta = c - gain
with theta(0) = 0. Both systems have a band as wide as the largest deal, which makes them cheap: a
policy is judged in milliseconds and without noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strategies.games.quoting.franchise import SIDES, Floats, Franchise, Places, Policy, moves

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Chain:
    """How the position moves under a policy, and what that brings."""

    rates: dict[int, Floats]
    """By step (M, signed): how often a day from each position."""
    hedges: Floats
    """[position]: speed of hedging, M a day, without its sign."""
    gain: Floats
    """[position]: margins less hedging costs less risk, bp M a day."""

    @property
    def drift(self) -> Floats:
        """[position]: M a day."""
        steps = (step * rate for step, rate in self.rates.items())
        return np.asarray(sum(steps, np.zeros_like(self.gain)))


@dataclass(frozen=True, slots=True)
class Stationary:
    """What a policy comes to, a day."""

    turnover: float
    """Clients' deals, M."""
    hedged: float
    """M."""
    result: float
    """Mean, bp M."""
    penalty: float
    """(gamma / 2) sigma^2 times the mean square of the position, bp M."""
    position_sd: float
    """M."""

    @property
    def hedged_share(self) -> float:
        """Of all volume."""
        return self.hedged / (self.hedged + self.turnover)

    @property
    def score(self) -> float:
        """Result less penalty, bp M a day: what the optimum has most of."""
        return self.result - self.penalty


def chain(of: Franchise, policy: Policy) -> Chain:
    """Of a policy."""
    count = 2 * of.position_max + 1
    position = of.positions
    speed = np.abs(policy.speed)
    rates: dict[int, Floats] = {}
    gain = of.impact * position * policy.speed - of.psi * speed - of.eta * speed**2
    gain -= of.gamma / 2 * of.sigma**2 * position**2
    for place, size in enumerate(of.sizes):
        for side, sign in enumerate(SIDES):
            here, _ = moves(count, sign * size)
            step = rates.setdefault(sign * size, np.zeros(count))
            for number, tier in enumerate(of.tiers):
                away = policy.distances[here, number, place, side]
                quoted = np.isfinite(away)
                away = np.where(quoted, away, 0.0)
                rate = np.where(quoted, of.rates[number][place] * tier.deals(away), 0.0)
                step[here] += rate
                gain[here] += size * rate * away
    for sign in SIDES:
        towards = np.sign(policy.speed) == sign
        rates.setdefault(sign, np.zeros(count))[towards] += speed[towards]
    return Chain(rates=rates, hedges=speed, gain=gain)


def shares(of: Chain) -> Floats:
    """Share of the time at each position."""
    found = _solve(of, np.array([1.0]), transposed=True)
    found = np.maximum(found, 0.0)  # far positions come out as +-1e-300
    return np.asarray(found / found.sum())


def values(of: Chain) -> tuple[Floats, float]:
    """What holding each position is worth, 0 without one, in bp M; and a day's worth."""
    worth = float(shares(of) @ of.gain)
    return _solve(of, worth - of.gain, transposed=False), worth


def stationary(of: Franchise, policy: Policy) -> Stationary:
    """By the shares of the time."""
    moving = chain(of, policy)
    share = shares(moving)
    position = of.positions
    out = sum((abs(step) * rate for step, rate in moving.rates.items()), np.zeros(len(position)))
    risk = of.gamma / 2 * of.sigma**2 * position**2
    return Stationary(
        turnover=float(share @ (out - moving.hedges)),
        hedged=float(share @ moving.hedges),
        result=float(share @ (moving.gain + risk)),
        penalty=float(share @ risk),
        position_sd=float(np.sqrt(share @ position**2)),
    )


def score_from_flat(of: Franchise, policy: Policy, days: float) -> float:
    """Expected result less penalty, bp M, of a span that begins without a position and is long
    beside the time in which positions go away: c T + theta(0) - pi . theta.
    """
    moving = chain(of, policy)
    theta, worth = values(moving)
    return worth * days - float(shares(moving) @ theta)


def neutralisation_minutes(of: Franchise, policy: Policy) -> float:
    """How fast positions go away, by leaning and by hedging: 1 / the slope of their drift over the
    position, in the long run.
    """
    moving = chain(of, policy)
    weight, position = shares(moving), of.positions
    slope = -float(weight @ (position * moving.drift)) / float(weight @ position**2)
    return MINUTES_A_DAY / slope


def _solve(of: Chain, known: Floats, transposed: bool) -> Floats:
    """Q x = known, or Q' x = 0, with the balance of the flat position replaced by x(0) = 0 or 1: it
    follows from the others.
    """
    from scipy.linalg import solve_banded

    count = len(of.gain)
    flat, wide = count // 2, max(map(abs, of.rates))
    bands = np.zeros((2 * wide + 1, count))
    for step, rate in of.rates.items():
        here, there = moves(count, step)
        bands[wide + (step if transposed else -step), here if transposed else there] += rate[here]
        bands[wide, here] -= rate[here]
    row: Places = np.arange(max(0, flat - wide), min(count, flat + wide + 1))
    bands[wide + flat - row, row] = 0.0
    bands[wide, flat] = 1.0
    right = np.zeros(count)
    if not transposed:
        right += known
    right[flat] = 1.0 if transposed else 0.0
    return np.asarray(solve_banded((wide, wide), bands, right, check_finite=False))
