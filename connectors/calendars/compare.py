"""Our calendars against every package: each day on which one closes and the other does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

import msgspec

from connectors.calendars.known import CLOSED_HERE, CLOSED_THERE, KNOWN
from connectors.calendars.packages import View, closed_days, known_until, make_up_days
from connectors.calendars.recipes import ANNOUNCED_2027, FIRST_CHECKED, Recipe
from robot.basics.holidays import HolidayCalendar


class Difference(msgspec.Struct, frozen=True):
    """One day. `why` is empty where nobody has looked yet."""

    calendar: str
    view: str
    side: str
    day: date
    name: str
    why: str


def compare(recipe: Recipe, calendar: HolidayCalendar) -> Iterator[Difference]:
    """Every difference from 2019 to 2027, as far as both answer."""
    for view in (*recipe.leading, *recipe.others):
        first = max(calendar.first_official, FIRST_CHECKED)
        last = min(calendar.last_official, known_until(view), ANNOUNCED_2027)
        says = closed_days(view, first, last)
        works = make_up_days(first, last) if recipe.works_make_up_days else {}
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if calendar.is_weekend(day) and day not in works and day not in calendar.workdays:
                continue
            there = _closed_there(view, says, works, calendar, day)
            here = not calendar.is_business_day(day)
            if there != here:
                side = CLOSED_THERE if there else CLOSED_HERE
                name = calendar.closed_by(day) if here else says.get(day, "")
                yield _difference(recipe.id, str(view), side, day, name)


def _closed_there(
    view: View,
    says: dict[date, str],
    works: dict[date, str],
    calendar: HolidayCalendar,
    day: date,
) -> bool:
    """What the view says of a day; `chinesecalendar` keeps the weekends that are worked apart."""
    if calendar.is_weekend(day) and view.package == "chinesecalendar":
        return day not in works
    return day in says


def _difference(calendar: str, view: str, side: str, day: date, name: str) -> Difference:
    found = (row.why for row in KNOWN if row.explains(calendar, view, side, day, name))
    return Difference(calendar, view, side, day, name, next(found, ""))


def report(differences: Iterable[Difference]) -> str:
    """A table for people: one row per calendar, package, side and reason."""
    lines = [
        "| calendar | package | what | why | days |",
        "|---|---|---|---|---|",
    ]
    rows = sorted(differences, key=lambda row: (row.calendar, row.view, row.side, row.why, row.day))
    for key, group in groupby(rows, key=lambda row: (row.calendar, row.view, row.side, row.why)):
        days = [str(row.day) for row in group]
        calendar, view, side, why = key
        text = " ".join(days) if len(days) <= 12 else f"{len(days)}, {days[0]} to {days[-1]}"
        lines.append(f"| {calendar} | {view} | {side} | {why or '**not explained**'} | {text} |")
    return "\n".join(lines) + "\n"
