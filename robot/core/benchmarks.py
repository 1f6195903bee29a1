"""Benchmarks as they may be used now: the latest that is public, unless it is too old.

A value counts on its own day, until the next one is due, and `market.fixing_days` business days of
its own calendar beyond that; what is older is as if nobody had published it.
"""

from __future__ import annotations

from datetime import date, timedelta

from robot.basics.currency import CurrencyPair, counter_of
from robot.basics.holidays import CalendarId, HolidayCalendar
from robot.basics.index import FixingIndex, FixingKind, fixing_index
from robot.core.state import RobotState
from robot.errors import BeyondHorizon, FixingNotPublished, UnknownReference
from robot.market.fixing import Fixing

_DAY = timedelta(days=1)
_SATURDAY = 5


def latest_fixing(state: RobotState, name: str) -> Fixing | str:
    """The latest of a benchmark that may be used; text = why there is none."""
    try:
        index = fixing_index(name)
        found = state.fixings.latest(name, state.now_ns)
    except FixingNotPublished:
        return f"nobody published {name}"
    except UnknownReference as problem:
        return str(problem)
    most = _days(state, index, published=index.published_days)
    if most is None or _is_within(state, index, found.value_date, state.today(), most):
        return found
    told = f"the last {name} is of {found.value_date}"
    return f"{told}, it counts for {most} business days (market.fixing_days)"


def former_fixing(state: RobotState, latest: Fixing) -> Fixing | None:
    """The one before it, if that is not much older than the one before should be."""
    try:
        found = state.fixings.latest(latest.index, state.now_ns, not_after=latest.value_date - _DAY)
    except FixingNotPublished:
        return None
    index = fixing_index(latest.index)
    most = _days(state, index, published=0)
    if most is None or _is_within(state, index, found.value_date, latest.value_date, most):
        return found
    return None


def _days(state: RobotState, index: FixingIndex, *, published: int) -> int | None:
    """For how many business days a value counts; None = for ever."""
    more = state.configured().market.fixing_days
    return None if more is None else published + index.every_days - 1 + more


def _is_within(state: RobotState, index: FixingIndex, day: date, until: date, most: int) -> bool:
    """Whether at most so many business days lie after one day up to another. Days that no calendar
    tells of are taken for business days, weekends apart: then a value is old sooner.
    """
    calendar, passed = _calendar(state, index), 0
    while day < until and passed <= most:
        day += _DAY
        passed += _is_open(calendar, day)
    return passed <= most


def _is_open(calendar: HolidayCalendar | None, day: date) -> bool:
    try:
        if calendar is not None:
            return calendar.is_business_day(day)
    except BeyondHorizon:
        pass
    return day.weekday() < _SATURDAY


def _calendar(state: RobotState, index: FixingIndex) -> HolidayCalendar | None:
    """That of the money market of its currency, where there is one of its own; of a pair that of
    the second currency, whose fixing it is.
    """
    rate = index.kind is FixingKind.RATE
    currency = index.currency if rate else counter_of(CurrencyPair(index.currency))
    names = (f"{currency}MM", currency) if rate else (currency,)
    known = state.configured().calendars
    return next((known[CalendarId(one)] for one in names if CalendarId(one) in known), None)
