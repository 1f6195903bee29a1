"""Points per pair and money-market rates per currency: quotes in, values for any date out.

Quotes come from a stream or a file, each with its time and source; the newest of a tenor counts.
A curve is made of the quotes for one trade date, whose calendars place the tenors; it interpolates
in calendar days and never extrapolates. Asked with the time, it says how old the oldest quote it
stands on is, and if that is too old it gives a reason instead of a number. All of it is exact
decimals; rounding is left to whoever deals on it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct, DayCount
from robot.basics.numbers import ZERO
from robot.basics.rate import ONE, InterestRate, TwoWay, TwoWayPoints, check_factor
from robot.deals.forwards import interpolated_points
from robot.deals.product import When, swap_dates
from robot.deals.resolve import DateSource
from robot.errors import BeyondHorizon, Fault, InvalidTerms, NotAValueDate

_MILLISECOND_NS = 1_000_000
_HUNDRED = Decimal(100)
_Node = TypeVar("_Node", "PointsNode", "RateNode")
_Quote = TypeVar("_Quote", "PointsQuote", "RateQuote")


class NoCurve(msgspec.Struct, frozen=True):
    """Why there is no value: NO_CURVE, STALE_CURVE or BEYOND_CURVE, with the figures."""

    reason: str
    detail: str


class PointsQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Swap points of one tenor (ON today/tomorrow, TN tomorrow/spot, else spot/tenor)."""

    pair: CurrencyPair
    tenor: str
    bid: Decimal
    offer: Decimal
    factor: Decimal
    """Points in one price unit, the provider's own where it differs."""
    at_ns: int
    source: str


class RateQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Money-market rates of one tenor, percent a year: bid = they borrow, offer = they lend."""

    currency: Currency
    product: CashProduct = CashProduct.DEPOSIT
    tenor: str
    bid: Decimal
    offer: Decimal
    at_ns: int
    source: str


class PointsNode(msgspec.Struct, frozen=True, kw_only=True):
    """Points from the spot date to `day`; `at_ns` of the oldest quote in it, None = needs none."""

    day: date
    tenor: str
    points: TwoWayPoints
    at_ns: int | None
    source: str


class CurvePoints(msgspec.Struct, frozen=True, kw_only=True):
    """Points from the spot date to `day` (falling ones are negative), and what they stand on."""

    day: date
    points: TwoWayPoints
    age_ms: int
    tenors: tuple[str, ...]
    sources: tuple[str, ...]


class PointsCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One pair's points for one trade date; nodes in order of their days, spot among them."""

    pair: CurrencyPair
    spot_date: date
    nodes: tuple[PointsNode, ...]

    def at(self, day: date, at_ns: int, stale_after_ms: int) -> CurvePoints | NoCurve:
        """Points to `day`, linear in days between its neighbours; at `at_ns`, if fresh enough."""
        found = _neighbours(self.nodes, day)
        if found is None:
            first, last = self.nodes[0].day, self.nodes[-1].day
            return NoCurve("BEYOND_CURVE", f"{self.pair} quoted from {first} to {last}, not {day}")
        before, after = found
        age_ms = _age_ms((before.at_ns, after.at_ns), at_ns)
        if not age_ms <= stale_after_ms:
            return _stale(f"{self.pair} {before.tenor}/{after.tenor}", age_ms, stale_after_ms)
        points = before.points
        if after is not before:
            points = interpolated_points(
                day, (before.day, before.points), (after.day, after.points)
            )
        return CurvePoints(
            day=day,
            points=points,
            age_ms=age_ms,
            tenors=_once(before.tenor, after.tenor),
            sources=_once(before.source, after.source),
        )


class RateNode(msgspec.Struct, frozen=True, kw_only=True):
    """Rates from the curve's start to `day`, percent a year."""

    day: date
    tenor: str
    bid: Decimal
    offer: Decimal
    at_ns: int
    source: str


class CurveRate(msgspec.Struct, frozen=True, kw_only=True):
    """Simple rates from the curve's start to `day`, and what they stand on."""

    day: date
    rates: TwoWay
    """Percent a year."""
    discount: Decimal
    """Present value on the start date of 1 paid on `day`, at the mid."""
    age_ms: int
    tenors: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def mid(self) -> InterestRate:
        """Half-way between bid and offer."""
        return InterestRate(self.rates.mid)


class MoneyMarketCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One currency's simple rates for loans that start on `start`; nodes in order of maturity."""

    currency: Currency
    start: date
    day_count: DayCount
    nodes: tuple[RateNode, ...]

    def at(self, day: date, at_ns: int, stale_after_ms: int) -> CurveRate | NoCurve:
        """Rates to `day`, linear in days between the neighbouring maturities, if fresh enough."""
        found = _neighbours(self.nodes, day)
        if found is None:
            first, last = self.nodes[0].day, self.nodes[-1].day
            return NoCurve(
                "BEYOND_CURVE", f"{self.currency} quoted from {first} to {last}, not {day}"
            )
        before, after = found
        age_ms = _age_ms((before.at_ns, after.at_ns), at_ns)
        if not age_ms <= stale_after_ms:
            return _stale(f"{self.currency} {before.tenor}/{after.tenor}", age_ms, stale_after_ms)
        rates = TwoWay(before.bid, before.offer)
        if after is not before:
            share = Decimal((day - before.day).days) / (after.day - before.day).days
            rates = TwoWay(
                before.bid + (after.bid - before.bid) * share,
                before.offer + (after.offer - before.offer) * share,
            )
        days, year_days = self.day_count.ratio(self.start, day)
        return CurveRate(
            day=day,
            rates=rates,
            discount=ONE / (ONE + rates.mid * days / (_HUNDRED * year_days)),
            age_ms=age_ms,
            tenors=_once(before.tenor, after.tenor),
            sources=_once(before.source, after.source),
        )


class CurveQuotes(msgspec.Struct):
    """The newest quote of each curve and tenor; part of the robot's state."""

    points: dict[CurrencyPair, dict[str, PointsQuote]] = {}
    rates: dict[str, dict[str, RateQuote]] = {}
    """By currency and product: `CNY REPO`."""
    gone: dict[CurrencyPair, dict[str, PointsQuote]] = {}
    """Points that nobody quotes any more, the last of each tenor: they may still value what is
    held, and are never dealt on.
    """
    changes: int = 0
    """How often anything here has changed."""

    def update(self, quote: PointsQuote | RateQuote) -> bool:
        """Take a quote; False when a newer one of the same tenor is known already."""
        _check_quote(quote)
        if isinstance(quote, PointsQuote):
            of_pair = self.points.setdefault(quote.pair, {})
            if quote.tenor in of_pair and of_pair[quote.tenor].at_ns > quote.at_ns:
                return False
            of_pair[quote.tenor] = quote
        else:
            of_market = self.rates.setdefault(f"{quote.currency} {quote.product}", {})
            if quote.tenor in of_market and of_market[quote.tenor].at_ns > quote.at_ns:
                return False
            of_market[quote.tenor] = quote
        self.changes += 1
        return True

    def forget(self, source: str, curve: str = "", tenor: str = "") -> None:
        """The source is gone, or quotes one tenor of a curve no more: that does not count now."""
        for pair, points in self.points.items():
            if curve in ("", pair):
                left = _forget(points, source, tenor)
                if left:
                    self.gone.setdefault(pair, {}).update(left)
        for market, rates in self.rates.items():
            if curve in ("", market):
                _forget(rates, source, tenor)
        self.changes += 1

    def restart(self) -> None:
        """A run begins: nothing of before is quoted."""
        for pair, points in self.points.items():
            self.gone.setdefault(pair, {}).update(points)
        self.points, self.rates = {}, {}
        self.changes += 1

    def points_curve(
        self, pair: CurrencyPair, trade_date: date, dates: DateSource, *, gone: bool = False
    ) -> PointsCurve | NoCurve:
        """The pair's curve as dealt on `trade_date`; with `gone` the tenors that nobody quotes any
        more are in it, as they were quoted last.
        """
        quotes = self.points.get(pair, {})
        if gone:
            quotes = {**self.gone.get(pair, {}), **quotes}
        if not quotes:
            return NoCurve("NO_CURVE", f"nobody quotes points of {pair}")
        spot = dates.spot(pair, trade_date).day
        nodes = _points_nodes(list(quotes.values()), spot, pair, trade_date, dates)
        return PointsCurve(pair=pair, spot_date=spot, nodes=nodes)

    def money_market_curve(
        self,
        currency: Currency,
        trade_date: date,
        day_count: DayCount,
        dates: DateSource,
        *,
        product: CashProduct = CashProduct.DEPOSIT,
        start: date | None = None,
    ) -> MoneyMarketCurve | NoCurve:
        """The currency's curve as dealt on `trade_date`, for loans that start on `start`: the
        latest start quoted if None is given.

        Terms that start on another day (ON and TN where the others start at spot) are no part of
        it.
        """
        quotes = self.rates.get(f"{currency} {product}")
        if not quotes:
            return NoCurve("NO_CURVE", f"nobody quotes {product} rates of {currency}")
        dated = []
        for quote in quotes.values():
            try:
                dated.append((dates.deposit(currency, product, quote.tenor, trade_date), quote))
            except (BeyondHorizon, NotAValueDate):
                continue  # no day to put it on: the curve goes as far as the calendar
        if start is None and not dated:
            return NoCurve("NO_CURVE", f"no quoted {product} term of {currency} can be dated")
        if start is None:
            start = max(term.start for term, _ in dated)
        if not any(term.start == start for term, _ in dated):
            text = f"nobody quotes {product} rates of {currency} from {start}"
            return NoCurve("NO_CURVE", text)
        newest: dict[date, RateQuote] = {}
        for term, quote in dated:
            if term.start == start:
                known = newest.get(term.maturity)
                if known is None or known.at_ns < quote.at_ns:
                    newest[term.maturity] = quote
        nodes = tuple(_rate_node(day, newest[day]) for day in sorted(newest))
        return MoneyMarketCurve(currency=currency, start=start, day_count=day_count, nodes=nodes)


def _forget(quotes: dict[str, _Quote], source: str, tenor: str) -> dict[str, _Quote]:
    """Take them out; those that were."""
    names = [name for name, quote in quotes.items() if quote.source == source]
    return {name: quotes.pop(name) for name in names if tenor in ("", name)}


def _rate_node(day: date, quote: RateQuote) -> RateNode:
    return RateNode(
        day=day,
        tenor=quote.tenor,
        bid=quote.bid,
        offer=quote.offer,
        at_ns=quote.at_ns,
        source=quote.source,
    )


def _points_nodes(
    quotes: list[PointsQuote], spot: date, pair: CurrencyPair, trade_date: date, dates: DateSource
) -> tuple[PointsNode, ...]:
    """Points from spot to each quoted date. Dates before spot are reached backwards: TN reversed,
    then ON reversed on top of it. All in the factor of the newest quote.
    """
    factor = max((quote.at_ns, quote.factor) for quote in quotes)[1]
    zero = TwoWayPoints(ZERO, ZERO, factor)
    nodes = {spot: PointsNode(day=spot, tenor="SPOT", points=zero, at_ns=None, source="")}
    legs = []
    for quote in quotes:
        try:
            near, far = (
                spot if when == "SPOT" else dates.far(pair, when, trade_date).day
                for when in swap_dates(When(quote.tenor))
            )
        except (BeyondHorizon, NotAValueDate):
            continue  # no day to put it on: the curve goes as far as the calendars
        legs.append((near, far, quote))
    # The latest near date first: ON stands on the end of TN, TN and the rest on spot.
    for near, far, quote in sorted(legs, key=lambda leg: (-leg[0].toordinal(), leg[2].at_ns)):
        scale = factor / quote.factor
        points = TwoWayPoints(quote.bid * scale, quote.offer * scale, factor)
        if near == spot and far > spot:
            _put_node(nodes, far, points, quote, nodes[spot])
        elif far in nodes and near < far <= spot:
            back = points.reversed().plus(nodes[far].points)
            _put_node(nodes, near, back, quote, nodes[far])
    return tuple(nodes[day] for day in sorted(nodes))


def _put_node(
    nodes: dict[date, PointsNode],
    day: date,
    points: TwoWayPoints,
    quote: PointsQuote,
    base: PointsNode,
) -> None:
    """Put a node, over an older one; as old as the older of its quote and the node it stands on."""
    at_ns = quote.at_ns if base.at_ns is None else min(quote.at_ns, base.at_ns)
    nodes[day] = PointsNode(
        day=day, tenor=quote.tenor, points=points, at_ns=at_ns, source=quote.source
    )


def _neighbours(nodes: Sequence[_Node], day: date) -> tuple[_Node, _Node] | None:
    """The nodes on both sides of `day`, twice the same on a node's own day; None = outside."""
    position = bisect_left(nodes, day, key=lambda node: node.day)
    if position == len(nodes) or (position == 0 and nodes[0].day != day):
        return None
    after = nodes[position]
    return (after, after) if after.day == day else (nodes[position - 1], after)


def _age_ms(times: tuple[int | None, ...], at_ns: int) -> int:
    oldest = min((time_ns for time_ns in times if time_ns is not None), default=at_ns)
    return (at_ns - oldest) // _MILLISECOND_NS


def _stale(what: str, age_ms: int, allowed_ms: int) -> NoCurve:
    return NoCurve("STALE_CURVE", f"{what} last quoted {age_ms} ms ago, allowed {allowed_ms} ms")


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _check_quote(quote: PointsQuote | RateQuote) -> None:
    if isinstance(quote, PointsQuote):
        check_factor(quote.factor)
    else:
        for percent in (quote.bid, quote.offer):
            InterestRate(percent)  # refuses what is no rate
    if not (quote.bid.is_finite() and quote.offer.is_finite() and quote.bid <= quote.offer):
        name = quote.pair if isinstance(quote, PointsQuote) else quote.currency
        raise InvalidTerms(
            Fault.SIDES_CROSSED,
            f"{name} {quote.tenor} {quote.bid}/{quote.offer} from {quote.source}: "
            "the bid must not be above the offer",
        )
