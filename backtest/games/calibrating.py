"""A record of requests made into proposed numbers, beside the trader's and the best there is.

Everything is judged on the franchise fitted to the requests (`strategies.games.calibration`), and
on others that they allow as well: clients redrawn from the errors of the fit, rates from their
counts. Same record, same options, same seed: same report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from backtest.games.calibrating_more import More, more_of
from backtest.games.calibration_numbers import BASE_PER_BP_M, Number
from backtest.games.numbers import Numbers, band_of, written_by
from backtest.games.own_requests import OwnRequests
from robot.errors import RobotError
from strategies.games.calibration.propose import Calibration, Range, calibrate, share_ranges
from strategies.games.calibration.score import Market
from strategies.games.quoting.authored import Authored, SizeStep, Written

DRAWS, SEED = 20, 1
FEW = 1_000
"""Priced requests below which a report warns."""
ONE_SIDED_DEVIATIONS = 4.0
UNSURE = 0.5
"""Relative error of a slope above which a tier's curve is hardly known."""


class TierFit(msgspec.Struct, frozen=True, kw_only=True):
    """How clients of a tier decide: P(deal) = 1 / (1 + exp(a + b d)) at a distance of d bp."""

    tier: str
    requests: int
    quotes: int
    deals: int
    a: float
    a_error: float
    b: float
    b_error: float


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A set of numbers in the long run, a day, money in the base currency."""

    score: float
    share: float
    """Of the best score."""
    low: float
    high: float
    """What nine in ten of the franchises that the requests allow say of the share."""
    result: float
    turnover: float
    """M."""
    hedged_share: float
    position_sd: float
    """M."""


class Assumed(msgspec.Struct, frozen=True, kw_only=True):
    """What requests do not tell of a market."""

    sigma: float
    """bp in a day."""
    sigma_error: float
    """0 = it was given."""
    half_spread: float
    speed_cost: float
    impact: float
    risk: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration comes to."""

    place: str
    product: str
    pair: str
    digest: str
    """Of the requests."""
    requests: int
    priced: int
    dealt: int
    days: float
    market: Assumed
    tiers: tuple[TierFit, ...]
    best: float
    """Score of the best policy there is, which no written numbers reach."""
    proposed: Judged
    given: Judged | None
    given_file: str
    numbers: tuple[Number, ...]
    more: tuple[Number, ...]
    """Of the guard, and of one quote among several: judged by what single quotes earn."""
    remarks: tuple[str, ...]
    untold: tuple[str, ...]
    """What of a file the requests cannot tell."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A report with what it was made of, for a picture and for a file."""

    report: Report
    of: OwnRequests
    made: Calibration
    given: Written | None
    more: More


def calibrated(
    place: str, of: OwnRequests, market: Market, numbers: Numbers | None, seed: int = SEED
) -> Calibrated:
    """The whole way; RobotError where the requests cannot say."""
    try:
        made = calibrate(of.log, market)
    except (ValueError, np.linalg.LinAlgError) as problem:
        raise RobotError(f"{place}: {of.product} {of.pair}: {problem}") from None
    given = written_by(numbers, of, made.proposed.hedge) if numbers is not None else None
    band = band_of(numbers, of) if numbers is not None else None
    proposed, others = _ranges(made, given, seed)
    game = numbers.game if numbers is not None else None
    more = more_of(of, made, game.quoting if game is not None else None)
    report = Report(
        place=place,
        product=of.product,
        pair=of.pair,
        digest=of.digest,
        requests=len(of.log.tier),
        priced=int(np.isfinite(of.log.distance).sum()),
        dealt=int(of.log.dealt.sum()),
        days=of.log.days,
        market=_assumed(of, market),
        tiers=tuple(_tiers(of, made)),
        best=made.optimum.score * BASE_PER_BP_M,
        proposed=_judged(made, made.proposed, proposed),
        given=_judged(made, given, others) if given is not None else None,
        given_file=numbers.file if numbers is not None else "",
        numbers=tuple(_numbers(made, of, given, band)),
        more=more.numbers,
        remarks=(*_remarks(of, made, given, numbers), *more.told),
        untold=more.untold,
    )
    return Calibrated(report, of, made, given, more)


def score_of(made: Calibration, written: Written) -> float:
    """A day, in the base currency."""
    return made.desk.judged(written).score * BASE_PER_BP_M


def _ranges(made: Calibration, given: Written | None, seed: int) -> tuple[Range, Range]:
    everything: list[Written] = [made.proposed]
    if given is not None:
        everything.append(given)
    ranges = share_ranges(made, everything, DRAWS, np.random.default_rng(seed))
    return ranges[0], ranges[-1]


def _judged(made: Calibration, written: Written, allowed: Range) -> Judged:
    found = made.desk.judged(written)
    return Judged(
        score=found.score * BASE_PER_BP_M,
        share=found.score / made.optimum.score,
        low=allowed.low,
        high=allowed.high,
        result=found.result * BASE_PER_BP_M,
        turnover=found.turnover,
        hedged_share=found.hedged_share if found.turnover else 0.0,
        position_sd=found.position_sd,
    )


def _assumed(of: OwnRequests, market: Market) -> Assumed:
    measured = of.sigma is not None and market.sigma == of.sigma
    return Assumed(
        sigma=market.sigma,
        sigma_error=of.sigma_error if measured else 0.0,
        half_spread=market.psi,
        speed_cost=market.eta,
        impact=market.impact,
        risk=market.gamma,
    )


def _tiers(of: OwnRequests, made: Calibration) -> Iterator[TierFit]:
    for place, (name, curve) in enumerate(zip(of.tiers, made.curves, strict=True)):
        a_error, b_error = curve.errors
        yield TierFit(
            tier=name,
            requests=int((of.log.tier == place).sum()),
            quotes=curve.quotes,
            deals=curve.deals,
            a=curve.tier.a,
            a_error=a_error,
            b=curve.tier.b,
            b_error=b_error,
        )


BAND = "hedge band"
Change = Callable[[Authored, float], Authored]


@dataclass(frozen=True, slots=True)
class Dial:
    """One number of a trader's: how it is read and changed."""

    name: str
    unit: str
    read: Callable[[Authored], float]
    change: Change


def dials(tiers: tuple[str, ...], proposed: Authored) -> list[Dial]:
    """All numbers that are proposed."""
    found = [_margin_dial(place, name) for place, name in enumerate(tiers)]
    if proposed.steps:
        found.append(_step_dial(proposed.steps[-1].above))

    def leaning(one: Authored, to: float) -> Authored:
        return replace(one, lean=to, lean_max=max(one.lean_max, proposed.lean_max))

    lean = Dial("lean", "bp per 1m", lambda one: one.lean, leaning)
    band = Dial(BAND, "m", lambda one: one.hedge.comfortable, _with_band)
    return [*found, lean, band]


def _margin_dial(place: int, name: str) -> Dial:
    def change(one: Authored, to: float) -> Authored:
        margins = list(one.margins)
        margins[place] = to
        return replace(one, margins=tuple(margins))

    return Dial(f"margin {name}", "bp", lambda one: one.margins[place], change)


def _step_dial(above: float) -> Dial:
    def read(one: Authored) -> float:
        adds = [step.add for step in one.steps if step.above <= above]
        return adds[-1] if adds else 0.0

    def change(one: Authored, to: float) -> Authored:
        kept = [step for step in one.steps if step.above != above]
        return replace(one, steps=tuple(sorted([*kept, SizeStep(above, to)])))

    return Dial(f"margin over {above:g}m: more by", "bp", read, change)


def _with_band(one: Authored, to: float) -> Authored:
    return replace(one, hedge=replace(one.hedge, comfortable=to))


def _numbers(
    made: Calibration, of: OwnRequests, given: Written | None, band: float | None
) -> Iterator[Number]:
    proposed, best = made.proposed, score_of(made, made.proposed)
    for dial in dials(of.tiers, proposed):
        value = dial.read(proposed)

        def costs(to: float, dial: Dial = dial) -> float:
            return best - score_of(made, dial.change(proposed, to))

        theirs = band if dial.name == BAND else None
        if isinstance(given, Authored) and dial.name != BAND:
            theirs = dial.read(given)
            theirs = theirs if np.isfinite(theirs) else None
        yield Number(
            name=dial.name,
            unit=dial.unit,
            proposed=value,
            given=theirs,
            given_costs=costs(theirs) if theirs is not None else None,
            half_costs=costs(value / 2),
            twice_costs=costs(value * 2),
        )


def _remarks(
    of: OwnRequests, made: Calibration, given: Written | None, numbers: Numbers | None
) -> Iterator[str]:
    priced = int(np.isfinite(of.log.distance).sum())
    if priced < FEW:
        yield (
            f"few requests: {priced} had a price of ours, and below {FEW} the numbers may be far "
            "from the best; look at the range of each share, or take more days"
        )
    sided = of.at_bid + of.at_offer
    if sided and abs(of.at_bid - of.at_offer) > ONE_SIDED_DEVIATIONS * sided**0.5:
        yield (
            f"one-sided: {of.at_bid} requests at our bid and {of.at_offer} at our offer; scores "
            "suppose as many on both sides, so positions last longer than is told here"
        )
    for name, curve in zip(of.tiers, made.curves, strict=True):
        if curve.errors[1] > UNSURE * curve.tier.b:
            yield (
                f"tier {name}: how deals fall with the margin is hardly known ({curve.deals} deals "
                f"on {curve.quotes} prices, slope {curve.tier.b:.3g} ± {curve.errors[1]:.2g} a bp):"
                " its prices were few, or nearly always the same distance away"
            )
    if of.sigma_error and of.sigma and of.sigma_error > 0.1 * of.sigma:
        yield f"the market's movement is known to {of.sigma_error / of.sigma:.0%} only (--sigma)"
    yield from (f"left out: {told}" for told in of.left_out)
    if numbers is not None and band_of(numbers, of) is None:
        yield f"no hedge band of {of.pair} is given: the trader's are judged with the one proposed"
    if numbers is not None and numbers.game is not None and numbers.game.quoting is not None:
        quoting = numbers.game.quoting
        if quoting.flat_for:
            yield f"{', '.join(quoting.flat_for)} are judged as if they were shown the lean"
        missing = [name for name in of.tiers if name not in quoting.margins]
        if missing:
            yield f"the file has no margin for {', '.join(missing)}: they are judged as not quoted"
