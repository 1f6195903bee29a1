"""Day counts: which share of a year lies between two dates, and which product counts how.

A share is held as a ratio of whole numbers, so that interest is divided once, at the end. `start`
counts, `end` does not.
"""

from __future__ import annotations

import calendar
import enum
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from robot.basics.currency import Currency
from robot.errors import Fault, InvalidTerms, UnknownReference


class DayCount(enum.StrEnum):
    """Names as ISDA 2006 section 4.16 and the market write them."""

    ACT_360 = "ACT/360"
    """Actual days over 360: 4.16(e)."""
    ACT_365F = "ACT/365F"
    """Actual days over 365, leap years too: 4.16(d)."""
    ACT_ACT_ISDA = "ACT/ACT ISDA"
    """Days in leap years over 366 plus days in other years over 365: 4.16(b)."""
    THIRTY_360 = "30/360"
    """Bond basis, 4.16(f): the 31st is the 30th; at the end only if the start is a 30th or 31st."""
    THIRTY_E_360 = "30E/360"
    """Eurobond basis, 4.16(g): the 31st is the 30th at both ends."""

    def ratio(self, start: date, end: date) -> tuple[int, int]:
        """(numerator, denominator) of the share of a year from `start` to `end`, at least 0."""
        days = (end - start).days
        if days < 0:
            raise InvalidTerms(
                Fault.DATES_NOT_ORDERED,
                f"{self} from {start} to {end}: the end is before the start",
            )
        if self is DayCount.ACT_360:
            return days, 360
        if self is DayCount.ACT_365F:
            return days, 365
        if self is DayCount.ACT_ACT_ISDA:
            in_leap = _days_in_leap_years(start, end)
            return in_leap * 365 + (days - in_leap) * 366, 365 * 366
        return _thirty_days(start, end, european=self is DayCount.THIRTY_E_360), 360

    def year_fraction(self, start: date, end: date) -> Decimal:
        """The share of a year from `start` to `end`, to the precision of the decimal context."""
        numerator, denominator = self.ratio(start, end)
        return Decimal(numerator) / denominator

    def of_days(self, days: int) -> tuple[int, int]:
        """(days, days of a year) where only the number of days is known; not for the 30/360 family
        and ACT/ACT, which need the dates.
        """
        if days < 0:
            raise InvalidTerms(Fault.DATES_NOT_ORDERED, f"{days} days: must not be negative")
        if self is DayCount.ACT_360:
            return days, 360
        if self is DayCount.ACT_365F:
            return days, 365
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"{self} needs the dates, not only {days} days")


def _days_in_leap_years(start: date, end: date) -> int:
    count = 0
    for year in range(start.year, end.year + 1):
        if calendar.isleap(year):
            first, after = max(start, date(year, 1, 1)), min(end, _new_year_after(year))
            count += max((after - first).days, 0)
    return count


def _new_year_after(year: int) -> date:
    return date(year + 1, 1, 1) if year < date.max.year else date.max


def _thirty_days(start: date, end: date, *, european: bool) -> int:
    first, last = min(start.day, 30), end.day
    if last == 31 and (european or first == 30):
        last = 30
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


class MoneyMarket(enum.StrEnum):
    """Where money is lent: in the currency's own country, or outside it (London and elsewhere)."""

    DOMESTIC = "DOMESTIC"
    EURO = "EURO"


class CashProduct(enum.StrEnum):
    """What counts days differently in one currency."""

    DEPOSIT = "DEPOSIT"
    """Unsecured interbank lending, and the benchmarks of it."""
    REPO = "REPO"
    """Against pledged bonds."""
    OUTRIGHT_REPO = "OUTRIGHT_REPO"
    """Bonds sold and bought back."""


_ACT_360_EVERYWHERE = "USD EUR CHF JPY SEK NOK DKK CZK"
_ACT_365_EVERYWHERE = "GBP HKD SGD ZAR PLN TRY THB INR KRW TWD MYR"
_ACT_365_AT_HOME = "AUD NZD CAD"
"""Domestic ACT/365F, euro market ACT/360."""

_Key = tuple[str, MoneyMarket, CashProduct]


def _table() -> dict[_Key, DayCount]:
    """`domain.md` 3.5: USD, EUR, CHF, GBP seen in Strata's conventions; CNY lending and repo in
    CFETS messages (333.33 on 400,000 at 3 % for 10 days; OR007); the rest general knowledge.
    """
    table: dict[_Key, DayCount] = {}
    for product in CashProduct:
        for market in MoneyMarket:
            for currency in _ACT_360_EVERYWHERE.split():
                table[currency, market, product] = DayCount.ACT_360
            for currency in _ACT_365_EVERYWHERE.split():
                table[currency, market, product] = DayCount.ACT_365F
        for currency in _ACT_365_AT_HOME.split():
            table[currency, MoneyMarket.DOMESTIC, product] = DayCount.ACT_365F
            table[currency, MoneyMarket.EURO, product] = DayCount.ACT_360
    table["CNY", MoneyMarket.DOMESTIC, CashProduct.DEPOSIT] = DayCount.ACT_360
    for product in (CashProduct.REPO, CashProduct.OUTRIGHT_REPO):
        table["CNY", MoneyMarket.DOMESTIC, product] = DayCount.ACT_365F
    return table


DAY_COUNTS: Mapping[_Key, DayCount] = _table()


def day_count(currency: Currency, market: MoneyMarket, product: CashProduct) -> DayCount:
    """How `product` counts days in that currency and market.

    There is no entry for the CNY side of an FX-implied yield: providers differ (3.6 pips on 3M), so
    whoever computes one says which day count.
    """
    found = DAY_COUNTS.get((currency, market, product))
    if found is None:
        raise UnknownReference(f"no day count configured for {currency} {market} {product}")
    return found


def parse_day_count(text: str) -> DayCount:
    """`ACT/360` and the other names, exactly as `str()` writes them."""
    try:
        return DayCount(text)
    except ValueError:
        known = ", ".join(DayCount)
        raise UnknownReference(f"unknown day count {text[:20]!r}; known: {known}") from None
