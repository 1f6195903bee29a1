"""The market of a product at this moment, in the terms in which it is quoted.

A forward stands on the spot market and the points curve, a swap on the difference of two points, a
loan on its money market. Whatever of it is missing, stale, crossed or beyond what is quoted is a
reason instead of a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.basics.rate import TwoWayPoints
from robot.deals.convention import Convention
from robot.deals.forwards import forward_forward_points
from robot.deals.reference import MarketPolicy
from robot.deals.resolve import DateSource
from robot.deals.resolved import (
    AnyResolved,
    FxLeg,
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedRepo,
)
from robot.errors import RobotError
from robot.market.curve import CurvePoints, CurveQuotes, MoneyMarketCurve, NoCurve, PointsCurve
from robot.market.snapshot import Market, Mid, NoMarket

RATE_PIP, RATE_TICK = Decimal("0.01"), Decimal("0.0001")
"""Of loans, in percent a year: margins are said in hundredths, prices have four decimals."""
_POINTS_STEPS = Decimal("0.01")
"""Swap points have two decimals of a pip."""
_FINER = Decimal("0.1")
_HALF = Decimal("0.5")


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A market fit to quote on: a rate, of a swap the points, of a loan percent a year."""

    bid: Decimal
    offer: Decimal
    mid: Decimal
    age_ms: int
    """Of the oldest price in it."""
    pip: Decimal
    """What a margin of 1 means."""
    tick: Decimal
    """Smallest step of our own price."""
    spot: Decimal | None = None
    """Middle of the spot market; None for loans."""
    bid_spot: Decimal | None = None
    """Forward, NDF and swap: the spot rate that goes with the bid."""
    offer_spot: Decimal | None = None
    near_points: Decimal = ZERO
    """Swap: near rate minus spot rate."""
    tenors: tuple[str, ...] = ()
    """Between which quoted tenors the curve was read."""


class LastPoints(msgspec.Struct, frozen=True):
    """Mid points from spot to a date, in price units, as they were known last."""

    points: Decimal
    age_ms: int = 0
    """How old where they are too old to deal on, or nobody quotes them any more; else 0."""


class _Points(msgspec.Struct, frozen=True):
    """Points from spot to a date, with the age and tenors of what they stand on."""

    points: TwoWayPoints
    age_ms: int
    tenors: tuple[str, ...]


class Pricer:
    """Prices products; keeps the curves it built until a quote in them changes.

    It has no state of its own: the same quotes give the same curves.
    """

    def __init__(
        self,
        conventions: Mapping[CurrencyPair, Convention],
        dates: DateSource,
        policy: MarketPolicy,
    ) -> None:
        self._conventions = conventions
        self._dates = dates
        self._policy = policy
        self._built: dict[tuple[object, ...], PointsCurve | MoneyMarketCurve | NoCurve] = {}
        self._changes = -1

    def priced(
        self, market: Market, curves: CurveQuotes, terms: AnyResolved, at_ns: int
    ) -> Priced | NoMarket:
        """The market of `terms` at `at_ns`, or why they must not be dealt on."""
        if isinstance(terms, ResolvedDeposit | ResolvedRepo):
            return self._loan(curves, terms, at_ns)
        if isinstance(terms, ResolvedFxSwap):
            return self._swap(market, curves, terms, at_ns)
        if isinstance(terms, ResolvedFxForward | ResolvedFxNdf):
            return self._forward(market, curves, terms, at_ns)
        assert isinstance(terms, ResolvedFxSpot), "outright repos are not quoted"
        spot = market.mid(terms.leg.pair, at_ns, self._policy)
        if isinstance(spot, NoMarket):
            return spot
        convention = self._conventions[terms.leg.pair]
        return Priced(
            bid=spot.bid,
            offer=spot.offer,
            mid=spot.mid,
            age_ms=spot.age_ms,
            pip=convention.pip,
            tick=convention.tick,
            spot=spot.mid,
        )

    def points_to(
        self, curves: CurveQuotes, pair: CurrencyPair, day: date, trade_date: date, at_ns: int
    ) -> Decimal | None:
        """Mid points from spot to `day` in price units, however old; None = nobody quotes them."""
        curve = self._points_curve(curves, pair, trade_date)
        if isinstance(curve, NoCurve):
            return None
        found = curve.at(day, at_ns, at_ns)
        return None if isinstance(found, NoCurve) else found.points.prices.mid

    def last_points_to(
        self, curves: CurveQuotes, pair: CurrencyPair, day: date, trade_date: date, at_ns: int
    ) -> LastPoints | None:
        """Mid points from spot to `day` as they were known last: what a result is valued at, never
        what is dealt on. Up to spot where nobody ever quoted any, none: what settles by then is
        worth the spot middle. None = they were never known.
        """
        for gone in (False, True):
            curve = self._points_curve(curves, pair, trade_date, gone=gone)
            found = curve if isinstance(curve, NoCurve) else curve.at(day, at_ns, at_ns)
            if not isinstance(found, NoCurve):
                old = gone or found.age_ms > self._policy.curve_stale_after_ms
                return LastPoints(found.points.prices.mid, found.age_ms if old else 0)
        try:
            spot = self._dates.spot(pair, trade_date).day
        except RobotError:
            return None  # the calendars do not say
        return LastPoints(ZERO) if day <= spot else None

    def points_at(
        self, curves: CurveQuotes, pair: CurrencyPair, day: date, trade_date: date, at_ns: int
    ) -> CurvePoints | None:
        """Points from spot to `day`, if they are quoted and fresh."""
        curve = self._points_curve(curves, pair, trade_date)
        if isinstance(curve, NoCurve):
            return None
        found = curve.at(day, at_ns, self._policy.curve_stale_after_ms)
        return None if isinstance(found, NoCurve) else found

    def _forward(
        self,
        market: Market,
        curves: CurveQuotes,
        terms: ResolvedFxForward | ResolvedFxNdf,
        at_ns: int,
    ) -> Priced | NoMarket:
        leg = terms.leg
        spot = market.mid(leg.pair, at_ns, self._policy)
        if isinstance(spot, NoMarket):
            return spot
        found = self._points(curves, leg, terms, at_ns)
        if isinstance(found, NoMarket):
            return found
        convention = self._conventions[leg.pair]
        step = convention.tick * _FINER
        prices = found.points.prices
        bid = round_down_to(spot.bid + prices.bid, step)
        offer = round_up_to(spot.offer + prices.offer, step)
        return Priced(
            bid=bid,
            offer=offer,
            mid=(bid + offer) * _HALF,
            age_ms=max(spot.age_ms, found.age_ms),
            pip=convention.pip,
            tick=convention.tick,
            spot=spot.mid,
            bid_spot=spot.bid,
            offer_spot=spot.offer,
            tenors=found.tenors,
        )

    def _swap(
        self, market: Market, curves: CurveQuotes, terms: ResolvedFxSwap, at_ns: int
    ) -> Priced | NoMarket:
        pair = terms.near.pair
        spot = market.mid(pair, at_ns, self._policy)
        if isinstance(spot, NoMarket):
            return spot
        near = self._points(curves, terms.near, terms, at_ns)
        far = self._points(curves, terms.far, terms, at_ns)
        if isinstance(near, NoMarket):
            return near
        if isinstance(far, NoMarket):
            return far
        convention = self._conventions[pair]
        tick = convention.pip * _POINTS_STEPS
        swap = forward_forward_points(near.points, far.points).prices
        bid, offer = round_down_to(swap.bid, tick), round_up_to(swap.offer, tick)
        bid_spot, offer_spot = _spot_sides(terms, spot, convention.tick)
        return Priced(
            bid=bid,
            offer=offer,
            mid=(bid + offer) * _HALF,
            age_ms=max(spot.age_ms, near.age_ms, far.age_ms),
            pip=convention.pip,
            tick=tick,
            spot=spot.mid,
            bid_spot=bid_spot,
            offer_spot=offer_spot,
            near_points=round_down_to(near.points.prices.mid + tick * _HALF, tick),
            tenors=tuple(dict.fromkeys((*near.tenors, *far.tenors))),
        )

    def _loan(
        self, curves: CurveQuotes, terms: ResolvedDeposit | ResolvedRepo, at_ns: int
    ) -> Priced | NoMarket:
        product = CashProduct.DEPOSIT if isinstance(terms, ResolvedDeposit) else CashProduct.REPO
        curve = self._money_market_curve(curves, terms, product)
        if isinstance(curve, NoCurve):
            return NoMarket(curve.reason, curve.detail)
        found = curve.at(terms.maturity, at_ns, self._policy.curve_stale_after_ms)
        if isinstance(found, NoCurve):
            return NoMarket(found.reason, found.detail)
        bid = round_down_to(found.rates.bid, RATE_TICK)
        offer = round_up_to(found.rates.offer, RATE_TICK)
        return Priced(
            bid=bid,
            offer=offer,
            mid=(bid + offer) * _HALF,
            age_ms=found.age_ms,
            pip=RATE_PIP,
            tick=RATE_TICK,
            tenors=found.tenors,
        )

    def _points(
        self,
        curves: CurveQuotes,
        leg: FxLeg,
        terms: ResolvedFxForward | ResolvedFxNdf | ResolvedFxSwap,
        at_ns: int,
    ) -> _Points | NoMarket:
        """Points from spot to the leg's date; on the spot date none, and no curve is needed."""
        if leg.value_date == terms.spot_date:
            factor = self._conventions[leg.pair].points_factor
            return _Points(TwoWayPoints(ZERO, ZERO, factor), 0, ())
        curve = self._points_curve(curves, leg.pair, terms.trade_date)
        if isinstance(curve, NoCurve):
            return NoMarket(curve.reason, curve.detail)
        found = curve.at(leg.value_date, at_ns, self._policy.curve_stale_after_ms)
        if isinstance(found, NoCurve):
            return NoMarket(found.reason, found.detail)
        return _Points(found.points, found.age_ms, found.tenors)

    def _points_curve(
        self, curves: CurveQuotes, pair: CurrencyPair, trade_date: date, *, gone: bool = False
    ) -> PointsCurve | NoCurve:
        key = (pair, trade_date, gone)
        found = self._kept(curves, key)
        if found is None:
            found = curves.points_curve(pair, trade_date, self._dates, gone=gone)
            self._built[key] = found
        assert not isinstance(found, MoneyMarketCurve), "a pair's curve is one of points"
        return found

    def _money_market_curve(
        self, curves: CurveQuotes, terms: ResolvedDeposit | ResolvedRepo, product: CashProduct
    ) -> MoneyMarketCurve | NoCurve:
        key = (terms.currency, product, terms.trade_date, terms.start)
        found = self._kept(curves, key)
        if found is None:
            found = self._built[key] = curves.money_market_curve(
                Currency(terms.currency),
                terms.trade_date,
                terms.day_count,
                self._dates,
                product=product,
                start=terms.start,
            )
        assert not isinstance(found, PointsCurve), "a currency's curve is one of rates"
        return found

    def _kept(
        self, curves: CurveQuotes, key: tuple[object, ...]
    ) -> PointsCurve | MoneyMarketCurve | NoCurve | None:
        if self._changes != curves.changes:
            self._built.clear()
            self._changes = curves.changes
        return self._built.get(key)


def _spot_sides(terms: ResolvedFxSwap, spot: Mid, tick: Decimal) -> tuple[Decimal, Decimal]:
    """The spot rates that go with bid and offer: the middle where both legs are even.

    Where they are not, the difference is a spot deal: whoever makes us buy it pays our offer less,
    so that it is bought at the market's bid and sold at its offer.
    """
    if terms.even:
        middle = round_down_to(spot.mid + tick * _HALF, tick)
        return middle, middle
    # At the bid we sell near and buy far: with the larger far leg we end up longer in base.
    longer_at_bid = terms.far.amount > terms.near.amount
    return (spot.bid, spot.offer) if longer_at_bid else (spot.offer, spot.bid)


def market_of(terms: AnyResolved) -> str:
    """What moves the price: the pair, or the currency and product of a loan."""
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        return terms.leg.pair
    if isinstance(terms, ResolvedFxSwap):
        return terms.near.pair
    product = CashProduct.DEPOSIT if isinstance(terms, ResolvedDeposit) else CashProduct.REPO
    return f"{terms.currency} {product}"
