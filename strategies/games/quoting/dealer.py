"""The best quotes and hedges of a dealer with tiers of clients and a ladder of sizes.

The value theta(q) of holding q, up to what a day is worth (c), solves

    c = -(gamma/2) sigma^2 q^2 + sum lambda_{n,z} z H_n((theta(q) - theta(q + z s)) / z) + M(q)
    H_n(p) = max_d f_n(d) (d - p),  reached at d = p + (1 + W(e^-(1 + a_n + b_n p))) / b_n
    M(q)   = max_v v (theta'(q) + k q) - psi |v| - eta v^2

with s = +1 at our bid and -1 at our ask. Solved by Howard's policy iteration on whole millions.
Hedges only ever reduce the position: with permanent impact the unconstrained optimum may push the
price its own way.

Source and units: `franchise`.
"""

from __future__ import annotations

import numpy as np

from strategies.games.hedging.hold_or_hedge import best_speed
from strategies.games.quoting.franchise import SIDES, Floats, Franchise, Policy, moves
from strategies.games.quoting.long_run import chain, values

ITERATIONS_MAX = 60
CHANGE_MAX = 1e-9
"""Relative, of the values, at which the iteration ends."""


def solve(of: Franchise) -> Policy:
    """The best policy."""
    theta = np.zeros(2 * of.position_max + 1)
    for _ in range(ITERATIONS_MAX):
        policy = best_policy(of, theta)
        found, _ = values(chain(of, policy))
        change = float(np.max(np.abs(found - theta)))
        theta = found
        if change < CHANGE_MAX * max(1.0, float(np.max(np.abs(theta)))):
            break
    return policy


def best_policy(of: Franchise, theta: Floats) -> Policy:
    """The best quotes and hedges where holding q is worth theta(q), bp M."""
    count = len(theta)
    distances = np.full((count, len(of.tiers), len(of.sizes), 2), np.inf)
    for place, size in enumerate(of.sizes):
        for side, sign in enumerate(SIDES):
            here, there = moves(count, sign * size)
            value = (theta[here] - theta[there]) / size
            for number, tier in enumerate(of.tiers):
                distances[here, number, place, side] = tier.best(value)
    position = of.positions
    up = np.append(np.diff(theta), -np.inf) + of.impact * position
    down = np.append(np.inf, np.diff(theta)) + of.impact * position
    speed = best_speed(position, up, down, of.psi, of.eta)
    return Policy(distances=distances, speed=speed)


def spreads(of: Franchise, policy: Policy, size: int = 0) -> list[float]:
    """Of each tier the whole spread for a size (its place), without a position, in bp."""
    flat = policy.distances[of.position_max]
    return [float(flat[tier, size].sum()) for tier in range(len(of.tiers))]
