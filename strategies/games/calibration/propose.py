"""From a log of requests to margins by tier and size, a lean and a band; and what other numbers
cost beside them.

    1. hit curves and rates are fitted to the log: the franchise
    2. the best policy of that franchise is solved
    3. the written form starts from it (its margins and lean without a position, its band) and is
       improved on its exact score by Nelder and Mead's search
    4. every number is rounded to what a trader would write

Proposals are for a person to look at: nothing here is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from strategies.games.calibration.arrivals import Arrivals, arrivals
from strategies.games.calibration.hit_curves import HitCurve, hit_curves
from strategies.games.calibration.request_log import RequestLog
from strategies.games.calibration.score import Desk, Market
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep, Written, policy_of
from strategies.games.quoting.dealer import solve
from strategies.games.quoting.franchise import Franchise, Policy, Tier
from strategies.games.quoting.long_run import Stationary, stationary

Floats = npt.NDArray[np.float64]
POSITION_LOTS, POSITION_SIZES = 100, 5
"""The largest position: so many lots, or so many of the largest deals."""
EVALUATIONS = 200
MARGIN_STEP, LEAN_DIGITS = 0.005, 2
LARGE = 0.5
"""Deals above this share of the largest size have a step of their own."""
LEAN_MAX_SHARE = 1.5
"""The largest lean is that of so many bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a log comes to; scores in bp M a day."""

    curves: list[HitCurve]
    arrivals: Arrivals
    desk: Desk
    optimum: Stationary
    """Of the solved policy, which no written numbers reach."""
    proposed: Authored
    at_proposed: Stationary
    given: Stationary | None
    """Of the trader's numbers."""

    @property
    def proposed_share(self) -> float:
        """Of the optimum's score."""
        return self.at_proposed.score / self.optimum.score

    @property
    def given_share(self) -> float | None:
        """Of the optimum's score; None = no numbers were given."""
        return None if self.given is None else self.given.score / self.optimum.score


def calibrate(log: RequestLog, market: Market, given: Authored | None = None) -> Calibration:
    """The whole way."""
    curves, came = hit_curves(log), arrivals(log)
    desk = desk_of([curve.tier for curve in curves], came, market)
    policy = solve(desk.of)
    proposed = propose(desk, policy)
    return Calibration(
        curves=curves,
        arrivals=came,
        desk=desk,
        optimum=desk.in_millions(stationary(desk.of, policy)),
        proposed=proposed,
        at_proposed=desk.judged(proposed),
        given=None if given is None else desk.judged(given),
    )


@dataclass(frozen=True, slots=True)
class Range:
    """What nine in ten of the franchises that the log allows as well come to."""

    low: float
    high: float


def share_range(
    made: Calibration, written: Written, draws: int, random: np.random.Generator
) -> Range:
    """Of the share of the optimum's score that written numbers reach."""
    return share_ranges(made, [written], draws, random)[0]


def share_ranges(
    made: Calibration, written: Sequence[Written], draws: int, random: np.random.Generator
) -> list[Range]:
    """The same of several, on the same franchises: clients drawn from the errors of their curves,
    rates from the law that their counts give them.
    """
    shares = np.empty((draws, len(written)))
    for row in range(draws):
        tiers = tuple(curve.drawn(random) for curve in made.curves)
        rates = made.arrivals.drawn(random)
        drawn = Desk(replace(made.desk.of, tiers=tiers, own_rates=rates), made.desk.lot)
        best = drawn.in_millions(stationary(drawn.of, solve(drawn.of))).score
        shares[row] = [drawn.judged(one).score / best for one in written]
    low, high = np.quantile(shares, [0.05, 0.95], axis=0)
    return [Range(float(ends[0]), float(ends[1])) for ends in zip(low, high, strict=True)]


def desk_of(tiers: list[Tier], came: Arrivals, market: Market) -> Desk:
    """The franchise in lots: gamma, eta and impact are for each M, so times the lot."""
    most = max(POSITION_LOTS, POSITION_SIZES * came.sizes[-1])
    franchise = Franchise(
        tiers=tuple(tiers),
        sizes=came.sizes,
        weights=(),
        own_rates=came.rates,
        sigma=market.sigma,
        psi=market.psi,
        eta=market.eta * came.lot,
        impact=market.impact * came.lot,
        gamma=market.gamma * came.lot,
        position_max=most,
    )
    return Desk(franchise, came.lot)


def propose(desk: Desk, policy: Policy) -> Authored:
    """The written form of a solved policy, improved and rounded; in M."""
    from scipy.optimize import minimize

    of = desk.of
    tiers = len(of.tiers)

    def loss(logs: Floats) -> float:
        return -stationary(of, policy_of(of, _written(of, np.exp(logs), tiers))).score

    start = np.log(_start(of, policy))
    found = minimize(
        loss, start, method="Nelder-Mead", options={"maxfev": EVALUATIONS, "fatol": 1e-3}
    )
    best = found.x if found.fun <= loss(start) else start
    return _rounded(desk.from_lots(_written(of, np.exp(best), tiers)))


def _start(of: Franchise, policy: Policy) -> Floats:
    """Margins by tier, step of large deals, lean, band and urgency, all above 0."""
    flat = policy.distances[of.position_max]
    margins = [max(1e-4, float(flat[tier, 0].mean())) for tier in range(len(of.tiers))]
    near = max(1, policy.band // 2)
    up = policy.distances[of.position_max + near, 0, 0, 0] - flat[0, 0, 0]
    lean = max(1e-6, float(up) / near)
    band = max(1.0, float(policy.band))
    beyond = min(of.position_max, 2 * policy.band + 1)
    speed = abs(float(policy.speed[of.position_max + beyond]))
    urgency = max(10.0, speed / max(1, beyond - policy.band))
    return np.array([*margins, 0.01, lean, band, urgency])


def _written(of: Franchise, numbers: Floats, tiers: int) -> Authored:
    """In lots."""
    add, lean, band, urgency = map(float, numbers[tiers:])
    steps = (SizeStep(LARGE * of.sizes[-1], add),) if len(of.sizes) > 1 else ()
    hedge = Band(min(band, float(of.position_max)), urgency)
    largest = lean * (LEAN_MAX_SHARE * hedge.comfortable + of.sizes[-1])
    return Authored(tuple(map(float, numbers[:tiers])), lean, hedge, steps=steps, lean_max=largest)


def _rounded(written: Authored) -> Authored:
    """As a trader would write it: margins to 0.005 bp, the rest to two digits."""
    steps = tuple(SizeStep(step.above, _margin(step.add)) for step in written.steps)
    return Authored(
        tuple(max(MARGIN_STEP, _margin(margin)) for margin in written.margins),
        _digits(written.lean),
        Band(_digits(written.hedge.comfortable), _digits(written.hedge.urgency)),
        lean_max=_digits(written.lean_max),
        steps=tuple(step for step in steps if step.add > 0),
    )


def _margin(value: float) -> float:
    return round(round(value / MARGIN_STEP) * MARGIN_STEP, 6)


def _digits(value: float) -> float:
    """Two that count."""
    return float(f"{value:.{LEAN_DIGITS - 1}e}")
