"""`fxrobot doctor` and the horizons of the calendars: warned in time, wrong when over."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from connectors.doctor.check import Finding, State
from connectors.doctor.configuration import check_calendars
from robot.basics.holidays import CalendarId, HolidayCalendar, Override
from robot.package import configuration_folder
from robot.settings import Settings, load_settings

HORIZON = date(2026, 12, 31)


def settings(**changes: object) -> Settings:
    """The shipped desk with one calendar only, announced to the end of 2026."""
    found = load_settings(configuration_folder())
    name = CalendarId("EUR")
    made = HolidayCalendar(
        id=name, source="made up", first_official=date(2020, 1, 1), last_official=HORIZON
    )
    calendars = {name: msgspec.structs.replace(made, **changes)}
    reference = msgspec.structs.replace(found.reference, calendars=calendars)
    return msgspec.structs.replace(found, reference=reference)


def look(today: date, **changes: object) -> list[Finding]:
    return list(check_calendars(settings(**changes), today))


@pytest.mark.parametrize(
    ("days_left", "states"),
    [
        (400, [State.OK]),
        (61, [State.OK]),
        (60, [State.WARNING, State.OK]),
        (1, [State.WARNING, State.OK]),
        (0, [State.WARNING, State.OK]),
        (-1, [State.PROBLEM, State.OK]),
    ],
)
def test_a_horizon_is_warned_of_sixty_days_before(days_left: int, states: list[State]) -> None:
    found = look(HORIZON - timedelta(days=days_left))
    assert states == [finding.state for finding in found]
    assert f"EUR's, {HORIZON}" in found[-1].text


def test_the_warning_says_how_long_and_what_to_do() -> None:
    (found, _) = look(date(2026, 11, 22))
    assert "EUR is announced to 2026-12-31: 39 days from 2026-11-22" in found.text
    assert "value dates after it are refused" in found.text
    assert "fxrobot calendars build EUR --to FOLDER/calendars" in found.advice


def test_where_computed_days_are_dealt_on_it_stays_a_warning() -> None:
    (found, _) = look(date(2027, 2, 1), provisional_until=date(2032, 12, 31))
    assert State.WARNING is found.state
    assert "after that computed days are dealt on" in found.text


def test_the_desks_overrides_are_counted() -> None:
    row = Override(day=date(2026, 6, 15), is_open=False, name="State funeral")
    (found,) = look(date(2026, 1, 5), overrides=(row,))
    assert "1 calendar(s)" in found.text and "1 day(s) overridden by the desk" in found.text
