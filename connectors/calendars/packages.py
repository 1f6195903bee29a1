"""What the calendar packages say, each in the same form: the closed days of a span, with names.

The packages are imported when they are asked: they belong to the extra `calendars`, which nothing
that deals has installed.
"""

from __future__ import annotations

import importlib
from datetime import date, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

import msgspec

from robot.errors import ConfigurationError

LICENCES = {
    "QuantLib": "BSD-3-Clause",
    "holidays": "MIT",
    "chinesecalendar": "MIT",
    "exchange_calendars": "Apache-2.0",
}
Days = dict[date, str]
"""Closed day -> its name, "" where the package has no names."""


class View(msgspec.Struct, frozen=True):
    """One calendar of one package: `name` is the class, country or exchange, `market` the part."""

    package: str
    name: str
    market: str = ""
    categories: tuple[str, ...] = ("public",)

    def __str__(self) -> str:
        return " ".join(text for text in (self.package, self.name, self.market) if text)


def package_version(package: str) -> str:
    """The installed version; ConfigurationError says how to install it."""
    try:
        return version(package)
    except PackageNotFoundError:
        raise ConfigurationError(_missing(package)) from None


@cache
def closed_days(view: View, first: date, last: date) -> Days:
    """The days of the span that the view closes; weekends only where the package lists them."""
    ask = {
        "QuantLib": _quantlib,
        "holidays": _holidays,
        "chinesecalendar": _chinese,
        "exchange_calendars": _exchange,
    }[view.package]
    return {
        day: name for day, name in sorted(ask(view, first, last).items()) if first <= day <= last
    }


def known_until(view: View) -> date:
    """The last day the package itself answers for, where it says so."""
    if view.package == "chinesecalendar":
        return date(max(day.year for day in _module("chinese_calendar").constants.holidays), 12, 31)
    if view.package == "exchange_calendars":
        calendar = _module("exchange_calendars").get_calendar(view.name)
        bound = calendar.bound_max()
        return bound.date() if bound is not None else date.max
    return date.max


def make_up_days(first: date, last: date) -> Days:
    """China's weekends that are worked, and the holiday they make up for."""
    days = _module("chinese_calendar").constants.workdays
    return {
        day: f"make-up day, {_text(name)}"
        for day, name in days.items()
        if first <= day <= last and day.weekday() >= 5
    }


def _quantlib(view: View, first: date, last: date) -> Days:
    quantlib = _module("QuantLib")
    kind = getattr(quantlib, view.name)
    calendar = kind(getattr(kind, view.market)) if view.market else kind()
    begin = quantlib.Date(first.day, first.month, first.year)
    end = quantlib.Date(last.day, last.month, last.year)
    listed = calendar.holidayList(begin, end, True)  # with weekends: China works some
    return {date(day.year(), day.month(), day.dayOfMonth()): "" for day in listed}


def _holidays(view: View, first: date, last: date) -> Days:
    package = _module("holidays")
    years = range(first.year, last.year + 1)
    if view.name.startswith("X"):
        return dict(package.financial_holidays(view.name, years=years, language="en_US"))
    found = package.country_holidays(
        view.name,
        subdiv=view.market or None,
        years=years,
        categories=view.categories,
        language="en_US",
    )
    return dict(found)


def _chinese(view: View, first: date, last: date) -> Days:
    days = _module("chinese_calendar").constants.holidays
    return {day: _text(name) for day, name in days.items()}


def _exchange(view: View, first: date, last: date) -> Days:
    package = _module("exchange_calendars")
    last = min(last, known_until(view))
    calendar = package.get_calendar(view.name, start=str(first), end=str(last))
    sessions = {session.date() for session in calendar.sessions}
    span = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: "" for day in span if day not in sessions and day.weekday() < 5}


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as problem:
        raise ConfigurationError(_missing(problem.name or name)) from problem


def _missing(package: str) -> str:
    return (
        f"the package {package} is not installed: calendars are rebuilt and compared with the "
        "extra `calendars` (pip install 'fxrobot[calendars]')"
    )


def _text(name: object) -> str:
    """`chinesecalendar` has names as text in some versions and as members of an enum in others."""
    return str(getattr(name, "value", name))
