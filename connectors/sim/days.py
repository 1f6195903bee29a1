"""Days the clients ask for: good ones, as far as the calendars here know, and bad ones."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from connectors.sim.reference import is_open

# Month and days that may be holidays where no calendar is kept here; broken dates avoid them.
_CHINESE = (
    (1, range(1, 4)),
    (1, range(20, 32)),
    (2, range(1, 29)),
    (3, range(22, 32)),
    (4, range(1, 10)),
    (5, range(1, 16)),
    (6, range(5, 26)),
    (7, range(1, 4)),
    (9, range(10, 31)),
    (10, range(1, 21)),
    (12, range(24, 32)),
)
_NEW_ZEALAND = (
    (1, range(1, 5)),
    (1, range(18, 32)),
    (2, range(1, 11)),
    (3, range(20, 32)),
    (4, range(1, 31)),
    (6, range(1, 31)),
    (7, range(4, 16)),
    (10, range(20, 32)),
    (12, range(24, 32)),
)
_AVOIDED = {"NZD": _NEW_ZEALAND, **dict.fromkeys(("CNY", "CNH", "HKD"), _CHINESE)}
_HORIZON_YEARS = 34


def text_of_day(day: date) -> str:
    """`YYYYMMDD`."""
    return f"{day:%Y%m%d}"


def day_after(day: date) -> date:
    """The next calendar day."""
    return day + timedelta(days=1)


def broken_day(name: str, first: date, within: tuple[int, int], chance: Random) -> date:
    """A day so many days after `first` on which the currencies of a pair (or one) are open."""
    day = first + timedelta(days=chance.randint(*within))
    while not is_good(name, day):
        day += timedelta(days=1)
    return day


def is_good(name: str, day: date) -> bool:
    """Whether money of a pair or currency moves, as far as is known here."""
    currencies = {*name.split("/"), "USD"} if "/" in name else {name}
    avoided = [window for name in currencies for window in _AVOIDED.get(name, ())]
    if any(day.month == month and day.day in days for month, days in avoided):
        return False
    return day.weekday() < 5 and all(is_open(currency, day) for currency in currencies)


def closed_day(first: date, chance: Random, *, money: bool = False) -> date:
    """A Sunday; for `money`, which may move on a weekend in China, the next New Year's Day."""
    if money:
        return date(first.year + 1, 1, 1)
    day = first + timedelta(days=chance.randint(10, 200))
    return day + timedelta(days=6 - day.weekday())


def beyond_horizon(first: date) -> date:
    """A weekday further away than any calendar goes."""
    day = date(first.year + _HORIZON_YEARS, 6, 15)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day
