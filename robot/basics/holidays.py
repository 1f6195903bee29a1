"""Which days are business days: calendars as data, each with a horizon.

A calendar answers only for the days that its source has published. Asked about a day outside them
it raises `BeyondHorizon`: it never takes a day nobody has announced for a business day. A desk may
allow a *provisional* extension (weekends, fixed dates and computed lunar days); whoever uses a day
of it can see that with `is_provisional`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NewType

import msgspec

from robot.errors import BeyondHorizon

CalendarId = NewType("CalendarId", str)
"""`USD`, `CNY` (foreign exchange), `CNYMM` (money market): names a file of `config/calendars`."""

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY_AND_SUNDAY = (5, 6)


class WeekPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days of the week that are closed from `since` on; Monday is 0."""

    since: date
    closed: tuple[int, ...]


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One day that a desk knows better than the calendar's file, and why."""

    day: date
    is_open: bool
    name: str


class BusinessDays(msgspec.Struct, frozen=True, dict=True):
    """What can be asked of one calendar and of several together."""

    if TYPE_CHECKING:  # the two questions that each kind answers in its own way

        def is_business_day(self, day: date) -> bool:
            """Whether `day` is good; BeyondHorizon where nobody knows."""

        def is_provisional(self, day: date) -> bool:
            """Whether the answer for `day` is computed and not announced."""

    def following(self, day: date) -> date:
        """`day`, or the first business day after it."""
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def preceding(self, day: date) -> date:
        """`day`, or the last business day before it."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def next_business_day(self, day: date) -> date:
        """The first business day strictly after `day`."""
        return self.following(day + ONE_DAY)

    def previous_business_day(self, day: date) -> date:
        """The last business day strictly before `day`."""
        return self.preceding(day - ONE_DAY)

    def modified_following(self, day: date) -> date:
        """`following`, but the last business day of the month rather than leave the month."""
        found = self.following(day)
        return found if found.month == day.month else self.preceding(day)

    def add_business_days(self, day: date, count: int) -> date:
        """`count` (>= 0) business days after `day`, which is first rolled forward to one."""
        if count < 0:
            raise ValueError(f"cannot add {count} business days: count backwards instead")
        day = self.following(day)
        for _ in range(count):
            day = self.next_business_day(day)
        return day

    def is_last_business_day_of_month(self, day: date) -> bool:
        """Whether `day` is good and no later day of its month is."""
        if not self.is_business_day(day):
            return False
        return self.preceding(last_day_of_month(day)) == day


@lru_cache(maxsize=256)
def _weekends(weeks: tuple[WeekPattern, ...], first: date, last: date) -> frozenset[date]:
    """The days from the first to the last that the week patterns close; every start of the robot
    reads the same calendars again.
    """
    found: set[date] = set()
    starts = [first, *(max(week.since, first) for week in weeks[1:])]
    ends = [*starts[1:], last + ONE_DAY]
    for week, start, end in zip(weeks, starts, ends, strict=True):
        for weekday in week.closed:
            day = start + timedelta(days=(weekday - start.weekday()) % 7)
            while day < end:
                found.add(day)
                day += ONE_WEEK
    return frozenset(found)


class HolidayCalendar(BusinessDays, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place's business days.

    `holidays` are closed days that the week pattern would leave open, `workdays` open days that it
    would close (China's make-up weekends); `provisional` the computed holidays after
    `last_official`.
    """

    id: CalendarId
    source: str
    first_official: date
    last_official: date
    provisional_until: date | None = None
    """The last day the computed extension covers; None = the desk does not allow it."""
    weeks: tuple[WeekPattern, ...] = (WeekPattern(date.min, SATURDAY_AND_SUNDAY),)
    """Oldest first; the first one also holds for the days before it."""
    holidays: dict[date, str] = {}
    workdays: dict[date, str] = {}
    provisional: dict[date, str] = {}
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        if not self.first_official <= self.last_official <= self.last_day:
            raise ValueError(
                f"calendar {self.id}: first official day {self.first_official}, last "
                f"{self.last_official} and provisional until {self.last_day} are not in order"
            )
        both = sorted(self.holidays.keys() & self.workdays.keys())
        if both:
            raise ValueError(f"calendar {self.id}: {both[0]} is a holiday and a workday at once")
        if any(later.since <= earlier.since for earlier, later in pairwise(self.weeks)):
            raise ValueError(f"calendar {self.id}: week patterns are not in order of their dates")

    @property
    def last_day(self) -> date:
        """The last day that is answered for."""
        return self.provisional_until or self.last_official

    @cached_property
    def _closed(self) -> frozenset[date]:
        """Every closed day from the first to the last, weekends included: one look-up answers."""
        closed = set(_weekends(self.weeks, self.first_official, self.last_day))
        closed |= self.holidays.keys() | self.provisional.keys()
        closed -= self.workdays.keys()
        closed |= {override.day for override in self.overrides if not override.is_open}
        return frozenset(closed - {override.day for override in self.overrides if override.is_open})

    @cached_property
    def _overridden(self) -> frozenset[date]:
        return frozenset(override.day for override in self.overrides)

    def is_business_day(self, day: date) -> bool:
        """Whether `day` is good here; BeyondHorizon outside the days that are known."""
        if not self.first_official <= day <= self.last_day:
            raise BeyondHorizon(self._beyond(day), calendar=self.id, day=day)
        return day not in self._closed

    def is_provisional(self, day: date) -> bool:
        """Whether `day` is after the last announced one and the desk has not settled it itself."""
        return day > self.last_official and day not in self._overridden

    def is_weekend(self, day: date) -> bool:
        """Whether the week pattern of its time closes `day`, whatever the holidays say."""
        pattern = self.weeks[0]
        for later in self.weeks[1:]:
            if later.since <= day:
                pattern = later
        return day.weekday() in pattern.closed

    def closed_by(self, day: date) -> str:
        """What closes `day`: the holiday's name, else the day of the week; "" when it is good."""
        if self.is_business_day(day):
            return ""
        for override in self.overrides:
            if override.day == day:
                return override.name
        name = self.holidays.get(day) or self.provisional.get(day)
        return name or WEEKDAYS[day.weekday()]

    def _beyond(self, day: date) -> str:
        if day < self.first_official:
            what = "ask about a later day, or rebuild the calendar: fxrobot calendars build"
        else:
            what = (
                f"update it (fxrobot calendars build {self.id}), or allow computed days for it: "
                "calendars.provisional in desk.yaml"
            )
        return (
            f"calendar {self.id} ({self.source}) knows {self.first_official} to {self.last_day}, "
            f"not {day}: {what}"
        )


class JointCalendar(BusinessDays, frozen=True):
    """Several calendars together: a day is good only if it is good in all of them."""

    calendars: tuple[HolidayCalendar, ...]

    def is_business_day(self, day: date) -> bool:
        """Whether `day` is good everywhere; the nearest horizon counts."""
        # All are asked, so that a holiday of one does not hide that another knows nothing.
        good = [calendar.is_business_day(day) for calendar in self.calendars]
        return all(good)

    def is_provisional(self, day: date) -> bool:
        """Whether one of the answers for `day` is computed."""
        return any(calendar.is_provisional(day) for calendar in self.calendars)

    @property
    def id(self) -> CalendarId:
        """`EUR+USD`."""
        return CalendarId("+".join(calendar.id for calendar in self.calendars))

    @property
    def last_day(self) -> date:
        """The nearest horizon."""
        return min(calendar.last_day for calendar in self.calendars)


def joint(calendars: Sequence[HolidayCalendar]) -> JointCalendar:
    """Good only if good for all; each calendar counts once."""
    if not calendars:
        raise ValueError("no calendar to join: name at least one")
    return JointCalendar(tuple({calendar.id: calendar for calendar in calendars}.values()))


def last_day_of_month(day: date) -> date:
    """The last calendar day of the month that `day` is in."""
    if day.month == 12:
        return day.replace(day=31)
    return day.replace(month=day.month + 1, day=1) - ONE_DAY


def roll_over_weekend(day: date) -> date:
    """`day`, or the Monday after it: the desk's own week, which knows no holidays."""
    while day.weekday() in SATURDAY_AND_SUNDAY:
        day += ONE_DAY
    return day
