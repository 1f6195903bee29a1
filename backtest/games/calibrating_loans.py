"""Margins of loans from own requests: no position is held that prices lean on, so each tier has the
margin at which a single quote earns most; beside it the trader's, and what other margins cost.

Money is taken to be had at the middle; interest is reckoned actual/360.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from backtest.games.calibration_numbers import Number
from backtest.games.numbers import NOT_QUOTED, Numbers
from backtest.games.own_requests import OwnLoans
from robot.errors import ConfigurationError, RobotError
from strategies.games.calibration.hit_curves import HitCurve, hit_curves
from strategies.games.quoting.franchise import Floats, Tier

DRAWS, SEED = 200, 1
STEP = 0.01
"""To which margins are rounded, bp of the rate."""
MONEY_PER_BP_M_DAY = 100.0 / 360
"""1 bp on 1 M for a day, in the currency of the loan."""
FEW, UNSURE = 300, 0.5


class LoanTier(msgspec.Struct, frozen=True, kw_only=True):
    """How clients of a tier decide: P(deal) = 1 / (1 + exp(a + b d)) at d bp of the rate."""

    tier: str
    requests: int
    quotes: int
    deals: int
    a: float
    a_error: float
    b: float
    b_error: float


class LoanJudged(msgspec.Struct, frozen=True, kw_only=True):
    """Margins in the long run: what a day's loans earn over their whole lives."""

    score: float
    share: float
    """Of the best."""
    low: float
    high: float
    """What nine in ten of the clients that the requests allow say of the share."""


class LoanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration of loans comes to."""

    place: str
    product: str
    currency: str
    digest: str
    requests: int
    priced: int
    dealt: int
    days: float
    tenor_days: float
    """Of a request on average, by amount."""
    tiers: tuple[LoanTier, ...]
    best: float
    proposed: LoanJudged
    given: LoanJudged | None
    given_file: str
    numbers: tuple[Number, ...]
    remarks: tuple[str, ...]
    untold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoansCalibrated:
    """A report with what it was made of."""

    report: LoanReport
    of: OwnLoans
    curves: list[HitCurve]
    margins: tuple[float, ...]
    """Proposed, by tier."""
    given: tuple[float, ...] | None


def loans_calibrated(
    place: str, of: OwnLoans, numbers: Numbers | None, seed: int = SEED
) -> LoansCalibrated:
    """The whole way; RobotError where the requests cannot say."""
    try:
        curves = hit_curves(of.log)
    except (ValueError, np.linalg.LinAlgError) as problem:
        raise RobotError(f"{place}: {of.product} {of.currency}: {problem}") from None
    tiers = [curve.tier for curve in curves]
    exact = tuple(float(tier.best(np.array([0.0]))[0]) for tier in tiers)
    margins = tuple(max(STEP, round(far / STEP) * STEP) for far in exact)
    given = _given(numbers, of) if numbers is not None else None
    best = _score(of, tiers, _far(of, exact))
    random = np.random.default_rng(seed)
    drawn = [[curve.drawn(random) for curve in curves] for _ in range(DRAWS)]

    def judged(far: Floats) -> LoanJudged:
        score = _score(of, tiers, far)
        low, high = np.quantile([_share(of, one, far) for one in drawn], [0.05, 0.95])
        return LoanJudged(score=score, share=score / best, low=float(low), high=float(high))

    report = LoanReport(
        place=place,
        product=of.product,
        currency=of.currency,
        digest=of.digest,
        requests=len(of.log.tier),
        priced=int(np.isfinite(of.log.distance).sum()),
        dealt=int(of.log.dealt.sum()),
        days=of.log.days,
        tenor_days=float((of.log.size * of.tenor_days).sum() / of.log.size.sum()),
        tiers=tuple(_tiers(of, curves)),
        best=best,
        proposed=judged(_far(of, margins)),
        given=judged(_far_given(of, given, numbers)) if given is not None else None,
        given_file=numbers.file if numbers is not None else "",
        numbers=tuple(_numbers(of, tiers, margins, given)),
        remarks=tuple(_remarks(of, curves, given)),
        untold=_UNTOLD,
    )
    return LoansCalibrated(report, of, curves, margins, given)


_UNTOLD = (
    "by size: clients of a tier are taken to decide alike for every amount, and no position is "
    "held, so the best margin is the same for all",
    "lean, hedge band, guard: there is no position to lean on, and no middle after a loan is kept",
    "asked with: requests do not say how many others are asked",
)


def _score(of: OwnLoans, tiers: Sequence[Tier], far: Floats) -> float:
    """A day, in the currency, of these distances, one for each request."""
    total = 0.0
    for place, tier in enumerate(tiers):
        own = (of.log.tier == place) & np.isfinite(far)
        weight = of.log.size[own] * of.tenor_days[own]
        total += float((weight * far[own] * tier.deals(far[own])).sum())
    return total * MONEY_PER_BP_M_DAY / of.log.days


def _share(of: OwnLoans, tiers: Sequence[Tier], far: Floats) -> float:
    best = tuple(float(tier.best(np.array([0.0]))[0]) for tier in tiers)
    return _score(of, tiers, far) / _score(of, tiers, _far(of, best))


def _far(of: OwnLoans, margins: Sequence[float]) -> Floats:
    return np.asarray(np.array(margins)[of.log.tier])


def _given(numbers: Numbers, of: OwnLoans) -> tuple[float, ...]:
    """The trader's margins, bp; tiers without one are not quoted."""
    game = numbers.game
    if game is None or game.quoting is None:
        text = f"{numbers.file}: of loans margins of a game of kind quote are compared"
        raise ConfigurationError(f"{text}; name one (--numbers x.game.yaml)")
    margins = game.quoting.margins  # of loans a pip is a basis point of the rate
    return tuple(float(margins[name].size) if name in margins else NOT_QUOTED for name in of.tiers)


def _far_given(of: OwnLoans, given: tuple[float, ...], numbers: Numbers | None) -> Floats:
    """With what the file adds by size."""
    far = _far(of, given)
    assert numbers is not None and numbers.game is not None and numbers.game.quoting is not None
    more = np.zeros_like(far)
    for row in numbers.game.quoting.sizes:
        more = np.where(of.log.size > float(row.over) / 1e6, float(row.more.size), more)
    return np.asarray(far + more)


def _numbers(
    of: OwnLoans,
    tiers: Sequence[Tier],
    margins: tuple[float, ...],
    given: tuple[float, ...] | None,
) -> Iterator[Number]:
    best = _score(of, tiers, _far(of, margins))
    for place, name in enumerate(of.tiers):

        def costs(to: float, place: int = place) -> float:
            changed = (*margins[:place], to, *margins[place + 1 :])
            return best - _score(of, tiers, _far(of, changed))

        theirs = given[place] if given is not None and np.isfinite(given[place]) else None
        yield Number(
            name=f"margin {name}",
            unit="bp",
            proposed=margins[place],
            given=theirs,
            given_costs=costs(theirs) if theirs is not None else None,
            half_costs=costs(margins[place] / 2),
            twice_costs=costs(margins[place] * 2),
        )


def _tiers(of: OwnLoans, curves: Sequence[HitCurve]) -> Iterator[LoanTier]:
    for place, (name, curve) in enumerate(zip(of.tiers, curves, strict=True)):
        a_error, b_error = curve.errors
        yield LoanTier(
            tier=name,
            requests=int((of.log.tier == place).sum()),
            quotes=curve.quotes,
            deals=curve.deals,
            a=curve.tier.a,
            a_error=a_error,
            b=curve.tier.b,
            b_error=b_error,
        )


def _remarks(
    of: OwnLoans, curves: Sequence[HitCurve], given: tuple[float, ...] | None
) -> Iterator[str]:
    priced = int(np.isfinite(of.log.distance).sum())
    if priced < FEW:
        yield f"few requests: {priced} had a price of ours; look at the range, or take more days"
    for name, curve in zip(of.tiers, curves, strict=True):
        if curve.errors[1] > UNSURE * curve.tier.b:
            yield (
                f"tier {name}: how deals fall with the margin is hardly known ({curve.deals} deals "
                f"on {curve.quotes} prices)"
            )
    missing = [n for n, far in zip(of.tiers, given or (), strict=False) if not np.isfinite(far)]
    if missing:
        yield f"the file has no margin for {', '.join(missing)}: they are judged as not quoted"
    yield from (f"left out: {told}" for told in of.left_out)
