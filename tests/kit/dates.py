"""Dates without holidays: every weekday is good. For tests of what is done with dates."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct
from robot.deals.convention import Convention
from robot.errors import NotAValueDate, UnknownReference

_ONE = timedelta(days=1)
_DAYS = {"D": 1, "W": 7}


class Day(msgspec.Struct, frozen=True):
    """A date."""

    day: date
    provisional: bool = False


class Term(msgspec.Struct, frozen=True):
    """Start and end of a loan."""

    start: date
    maturity: date
    contract_code: str
    contract_days: int
    provisional: bool = False


class WeekdayDates:
    """Spot is T+`lag` weekdays; tenors count from it, months to the same day, then following.

    From `provisional_from` on every date is provisional.
    """

    def __init__(self, lag: int = 2, provisional_from: date = date.max) -> None:
        self._lag, self._provisional_from = lag, provisional_from

    def spot(self, pair: CurrencyPair, trade_date: date) -> Day:
        return self._day(_after(trade_date, self._lag))

    def far(self, pair: CurrencyPair, when: str | date, trade_date: date) -> Day:
        if isinstance(when, date):
            if when.weekday() > 4:
                raise NotAValueDate(f"{when} is a weekend in {pair}")
            return self._day(when)
        spot = _after(trade_date, self._lag)
        named = {"TODAY": trade_date, "TOM": _after(trade_date, 1), "SPOT": spot}
        return self._day(named[when] if when in named else _counted(when, spot))

    def fixing(self, pair: CurrencyPair, value_date: date) -> Day:
        day, count = value_date, 0
        while count < self._lag:
            day -= _ONE
            count += day.weekday() < 5
        return self._day(day)

    def deposit(
        self, currency: Currency, product: CashProduct, when: str | date, trade_date: date
    ) -> Term:
        if isinstance(when, date):
            return Term(trade_date, when, "", (when - trade_date).days)
        code = re.fullmatch(r"R(\d{3})", when)
        if when == "ON":
            return Term(trade_date, _after(trade_date, 1), "", 1)
        if code:
            maturity = _following(trade_date + timedelta(days=int(code[1])))
            return Term(trade_date, maturity, when, int(code[1]))
        start = trade_date if currency == "CNY" else _after(trade_date, 2)
        maturity = _counted(when, start)
        return Term(start, maturity, "", (maturity - start).days)

    def _day(self, day: date) -> Day:
        return Day(day, provisional=day >= self._provisional_from)


def conventions(*pairs: str) -> dict[CurrencyPair, Convention]:
    """Conventions of pairs, T+2."""
    pip = Decimal("0.0001")
    named = [CurrencyPair(pair) for pair in pairs]
    return {pair: Convention(pair=pair, spot_lag=2, pip=pip, tick=pip) for pair in named}


def _after(day: date, count: int) -> date:
    for _ in range(count):
        day = _following(day + _ONE)
    return day


def _following(day: date) -> date:
    while day.weekday() > 4:
        day += _ONE
    return day


def _counted(tenor: str, spot: date) -> date:
    if tenor == "SN":
        return _after(spot, 1)
    found = re.fullmatch(r"(\d+)([DWMY])", tenor)
    if found is None:
        raise UnknownReference(f"unknown tenor {tenor!r}")
    count, unit = int(found[1]), found[2]
    if unit in _DAYS:
        return _following(spot + timedelta(days=count * _DAYS[unit]))
    months = spot.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = spot.year + months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return _following(date(year, month, min(spot.day, last)))
