"""The middle of the market as a client sees it: that which the robot has, of the same prices, so
that distances mean the same to the clients of a run and in its records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from backtest.records.rows import pip_of
from backtest.run.rivals import unit_of
from connectors.timers import VenueTimers
from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct, MoneyMarket, day_count
from robot.core.curves import take_tenor
from robot.core.state import RobotState
from robot.deals.calendar_dates import CalendarDates
from robot.deals.product import ProductKind, known_kind
from robot.errors import RobotError
from robot.market.curve import NoCurve
from robot.market.pricing import Pricer
from robot.messages.effects import SendQuote
from robot.messages.events import CurveUpdated
from robot.settings import Settings

_MILLISECOND_NS = 1_000_000
Row = tuple[int, int, int | None, int | None, int | None, int | None]
"""At_ns, key, bid, offer, bid size, offer size, in the units of the data store."""


class Middles:
    """Of all products. `rows` are the newest prices of `keys` (venue and pair), kept by others."""

    def __init__(
        self, settings: Settings, keys: Sequence[tuple[str, str]], rows: Sequence[Row | None]
    ) -> None:
        desk, reference = settings.desk, settings.reference
        self._reference, self._keys, self._rows = reference, keys, rows
        self._timers = VenueTimers(desk.schedule, tuple(venue.id for venue in desk.venues))
        self._dates = CalendarDates(
            reference.conventions, reference.money_markets, reference.calendars
        )
        self._pricer = Pricer(reference.conventions, self._dates, reference.market)
        self._state = RobotState()
        self._state.reference = reference

    def curve(self, at_ns: int, event: CurveUpdated) -> None:
        """A venue quotes a tenor, or no longer."""
        self._state.now_ns = max(at_ns, event.as_of_ns)
        if event.bid is None or event.offer is None:
            self._state.curves.forget(event.venue, event.curve, event.tenor)
        else:
            take_tenor(self._state, event)

    def of(self, quote: SendQuote, at_ns: int) -> Decimal | None:
        """For what a quote of ours is about, in the terms of its price; None = there is none."""
        kind = known_kind(str(quote.product))
        if kind is ProductKind.SPOT:
            return self._spot(quote.pair, at_ns)
        try:
            if kind is not None and kind.is_loan:
                return self._loan(quote, at_ns)
            near = self._points(quote.pair, quote.value_date, at_ns)
            if kind is not ProductKind.SWAP:
                return _sum(self._spot(quote.pair, at_ns), near)
            assert quote.far_value_date is not None, "a swap has two dates"
            far = self._points(quote.pair, quote.far_value_date, at_ns)
        except RobotError:
            return None  # a date that the calendars do not reach
        return _sum(far, -near if near is not None else None)

    def unit(self, quote: SendQuote, middle: Decimal | None) -> Decimal | None:
        """What a distance of one is, in the product's own terms."""
        return unit_of(quote.product, middle, pip_of(self._reference, quote.product, quote.pair))

    def _spot(self, pair: str, at_ns: int) -> Decimal | None:
        """Of the best prices of all venues that are fresh."""
        since_ns = at_ns - self._reference.market.stale_after_ms * _MILLISECOND_NS
        rows = [
            row
            for (_, name), row in zip(self._keys, self._rows, strict=True)
            if name == pair and row is not None and row[0] >= since_ns
        ]
        bids = [row[2] for row in rows if row[2] is not None]
        offers = [row[3] for row in rows if row[3] is not None]
        return Decimal(max(bids) + min(offers)).scaleb(-9) / 2 if bids and offers else None

    def _points(self, pair: str, day: date, at_ns: int) -> Decimal | None:
        """From spot to a date, in price units."""
        trade_date = self._timers.trade_date(at_ns)
        if day == self._dates.spot(CurrencyPair(pair), trade_date).day:
            return Decimal(0)
        curves = self._state.curves
        return self._pricer.points_to(curves, CurrencyPair(pair), day, trade_date, at_ns)

    def _loan(self, quote: SendQuote, at_ns: int) -> Decimal | None:
        currency, product = Currency(quote.pair), CashProduct(str(quote.product))
        assert quote.far_value_date is not None, "a loan has a maturity"
        curve = self._state.curves.money_market_curve(
            currency,
            self._timers.trade_date(at_ns),
            day_count(currency, MoneyMarket.DOMESTIC, product),
            self._dates,
            product=product,
            start=quote.value_date,
        )
        if isinstance(curve, NoCurve):
            return None
        found = curve.at(quote.far_value_date, at_ns, at_ns)
        return None if isinstance(found, NoCurve) else (found.rates.bid + found.rates.offer) / 2


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
