"""The calendars as `resolve` asks for them: tenors and broken dates, said as text, made dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct
from robot.basics.tenor import Tenor, Unit, parse_tenor
from robot.deals.convention import Convention, MoneyMarketConvention
from robot.deals.dates import (
    Calendars,
    Dated,
    deposit_dates,
    fixing_date,
    spot_date,
    swap_dates,
    value_date,
)
from robot.deals.product import SPOT
from robot.errors import UnknownReference

REMEMBERED_MAX = 5_000
"""Dates; broken ones come from outside, so that there must be an end to them."""


FROM_SPOT = (Unit.DAY, Unit.WEEK, Unit.SW, Unit.MONTH, Unit.YEAR, Unit.IMM)
"""Counted from spot, so that one walk gives both dates."""


class LoanDates(msgspec.Struct, frozen=True, kw_only=True):
    """Start and end of a loan, and the contract it is dealt under."""

    start: date
    maturity: date
    contract_code: str
    contract_days: int
    provisional: bool


class CalendarDates:
    """A `robot.deals.resolve.DateSource` on conventions and holiday calendars.

    What was asked before for the same trade date is remembered: a desk asks for a few dozen dates
    thousands of times a day. Calendars never change; with new ones make a new source.
    """

    def __init__(
        self,
        conventions: Mapping[CurrencyPair, Convention],
        money_markets: Mapping[str, MoneyMarketConvention],
        calendars: Calendars,
    ) -> None:
        self._conventions = conventions
        self._money_markets = money_markets
        """By `currency product`."""
        self._calendars = calendars
        self._trade_date = date.min
        self._remembered: dict[tuple[CurrencyPair, str | date], Dated] = {}

    def spot(self, pair: CurrencyPair, trade_date: date) -> Dated:
        """The spot date."""
        return self.far(pair, SPOT, trade_date)

    def far(self, pair: CurrencyPair, when: str | date, trade_date: date) -> Dated:
        """The value date of a tenor; a broken date is itself when it is good."""
        if trade_date != self._trade_date or len(self._remembered) >= REMEMBERED_MAX:
            self._trade_date, self._remembered = trade_date, {}
        found = self._remembered.get((pair, when))
        if found is None:
            found = self._remembered[pair, when] = self._far(pair, when, trade_date)
        return found

    def _far(self, pair: CurrencyPair, when: str | date, trade_date: date) -> Dated:
        convention = self._convention(pair)
        if when == SPOT:
            return spot_date(convention, trade_date, self._calendars)
        tenor = when if isinstance(when, date) else parse_tenor(when)
        if isinstance(tenor, Tenor) and tenor.unit in FROM_SPOT:
            spot, far = swap_dates(convention, tenor, trade_date, self._calendars)
            self._remembered[pair, SPOT] = spot
            return far
        return value_date(convention, tenor, trade_date, self._calendars)

    def fixing(self, pair: CurrencyPair, value_date: date) -> Dated:
        """The day whose fixing settles a non-deliverable forward."""
        return fixing_date(self._convention(pair), value_date, self._calendars)

    def deposit(
        self, currency: Currency, product: CashProduct, when: str | date, trade_date: date
    ) -> LoanDates:
        """Start and maturity of a money-market term, or to a broken maturity."""
        market = self._money_markets.get(f"{currency} {product}")
        if market is None:
            raise UnknownReference(f"no {product} of {currency} is in conventions.yaml")
        term = when if isinstance(when, date) else parse_tenor(when)
        found = deposit_dates(market, term, trade_date, self._calendars)
        return LoanDates(
            start=found.start.day,
            maturity=found.maturity.day,
            contract_code=found.contract_code,
            contract_days=found.contract_days,
            provisional=found.start.provisional or found.maturity.provisional,
        )

    def _convention(self, pair: CurrencyPair) -> Convention:
        found = self._conventions.get(pair)
        if found is None:
            raise UnknownReference(f"no convention configured for {pair}")
        return found
