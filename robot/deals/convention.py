"""Market conventions of a pair, and the spot date they give.

Spot lag counts business days; in this version a business day is a weekday (calendars of holidays
are
data that a later version loads into the same place).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair


class Convention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one pair is dealt. `pip` and `tick` are in price units, `spot_lag` in business days."""

    pair: CurrencyPair
    spot_lag: int
    pip: Decimal
    tick: Decimal


def is_business_day(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def add_business_days(day: date, count: int) -> date:
    """`count` business days after `day`; `day` itself is first rolled forward to one."""
    while not is_business_day(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not is_business_day(day):
            day += timedelta(days=1)
    return day


def spot_date(convention: Convention, trade_date: date) -> date:
    """The value date of a spot deal agreed on `trade_date`."""
    return add_business_days(trade_date, convention.spot_lag)
