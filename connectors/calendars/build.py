"""A recipe -> the calendar's file."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from connectors.calendars.packages import (
    LICENCES,
    Days,
    View,
    closed_days,
    make_up_days,
    package_version,
)
from connectors.calendars.recipes import PROVISIONAL_UNTIL, Recipe
from robot.basics.holidays import ONE_DAY, HolidayCalendar
from robot.calendars import CalendarFile

UNNAMED = "Bank holiday"
NAMES = {
    (1, 1): "New Year's Day",
    (1, 2): "Second of January",
    (1, 3): "Third of January",
    (12, 24): "Christmas Eve",
    (12, 31): "New Year's Eve",
}
"""Names of days that only a package without names has."""


def build(recipe: Recipe) -> CalendarFile:
    """The calendar, with its provisional extension."""
    bare = HolidayCalendar(
        id=recipe.id,
        source=_source(recipe),
        first_official=recipe.first,
        last_official=recipe.last,
        provisional_until=PROVISIONAL_UNTIL,
        weeks=recipe.weeks,
    )
    official = official_days(recipe)
    # Saying of a weekend that it is closed says nothing, and hides that a make-up day is missing.
    told = {day: name for day, name in official.items() if not bare.is_weekend(day)}
    extension = {day: name for day, name in _extension(recipe).items() if not bare.is_weekend(day)}
    workdays = make_up_days(recipe.first, recipe.last) if recipe.works_make_up_days else {}
    calendar = msgspec.structs.replace(
        bare, holidays=told, workdays=dict(sorted(workdays.items())), provisional=extension
    )
    packages = sorted({view.package for view in _views(recipe)})
    remarks = {
        "about": recipe.about,
        "licence": ", ".join(dict.fromkeys(LICENCES[package] for package in packages)),
        "basis": recipe.basis,
        "made by": f"fxrobot calendars build {recipe.id}",
    }
    return CalendarFile(calendar=calendar, remarks=remarks)


def official_days(recipe: Recipe) -> Days:
    """The closed days up to the last official one, corrected, each with a name."""
    found = _union(recipe, recipe.leading, recipe.first, recipe.last)
    for correction in recipe.corrections:
        if correction.is_open:
            found.pop(correction.day, None)
        else:
            found[correction.day] = correction.name
    return dict(sorted(found.items()))


def _extension(recipe: Recipe) -> Days:
    """The computed days after the last official one."""
    first = recipe.last + ONE_DAY
    if recipe.china:
        return _china(first, PROVISIONAL_UNTIL)
    return _union(recipe, recipe.extension or recipe.leading, first, PROVISIONAL_UNTIL)


def _union(recipe: Recipe, views: tuple[View, ...], first: date, last: date) -> Days:
    """The days of several views together; names from whichever package of the recipe has one."""
    found: Days = {}
    for view in views:
        found.update(closed_days(view, first, last))
    with_names = [view for view in (*views, *recipe.others) if view.package == "holidays"]
    for day, name in found.items():
        told = (closed_days(view, first, last).get(day, "") for view in with_names)
        usual = NAMES.get((day.month, day.day), UNNAMED)
        found[day] = name or next((text for text in told if text), usual)
    return dict(sorted(found.items()))


def _china(first: date, last: date) -> Days:
    """The usual pattern since the State Council's revision of November 2024: eight days from the
    eve of the Spring Festival, 1 to 5 May, 1 to 7 October (8 with the Mid-Autumn Festival in it),
    one day else. Which weekends are worked for it nobody knows before the notice: none is taken.
    """
    computed = closed_days(View("holidays", "CN"), first, last)
    found = {day: _english(name) for day, name in computed.items()}
    eves = [day for day, name in computed.items() if name.startswith("Chinese New Year's Eve")]
    for eve in eves:
        found |= {eve + timedelta(days=number): "Spring Festival" for number in range(8)}
    for year in range(first.year, last.year + 1):
        found |= {date(year, 5, number): "Labour Day" for number in range(1, 6)}
        found |= {date(year, 10, number): "National Day" for number in range(1, 8)}
        moon = [day for day, name in computed.items() if name.startswith("Mid-Autumn")]
        if any(date(year, 10, 1) <= day <= date(year, 10, 8) for day in moon):
            found[date(year, 10, 8)] = "National Day and Mid-Autumn Festival"
    return dict(sorted(found.items()))


def _english(name: str) -> str:
    return name.replace(" (observed)", "").replace("Labor", "Labour")


def _views(recipe: Recipe) -> tuple[View, ...]:
    computed = (View("holidays", "CN"),) if recipe.china else recipe.extension
    return (*recipe.leading, *computed)


def _source(recipe: Recipe) -> str:
    texts = [
        f"{view.package} {package_version(view.package)} ({_part(view)})" for view in recipe.leading
    ]
    extended = [view for view in _views(recipe) if view not in recipe.leading]
    texts += [
        f"provisional days: {view.package} {package_version(view.package)} ({_part(view)})"
        for view in extended
    ]
    if recipe.corrections:
        texts.append(f"{len(recipe.corrections)} corrected by hand")
    return "; ".join(texts)


def _part(view: View) -> str:
    return " ".join(text for text in (view.name, view.market) if text)
