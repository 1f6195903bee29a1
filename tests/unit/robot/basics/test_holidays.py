"""Calendars: good days, the horizon, computed days, overrides, several together."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.basics.holidays import (
    BusinessDays,
    CalendarId,
    HolidayCalendar,
    Override,
    WeekPattern,
    joint,
    roll_over_weekend,
)
from robot.errors import BeyondHorizon


def calendar(name: str = "XXX", **changes: object) -> HolidayCalendar:
    """2026, with a long holiday over the end of January, a make-up Saturday, and a little 2027."""
    made = HolidayCalendar(
        id=CalendarId(name),
        source="made up",
        first_official=date(2026, 1, 1),
        last_official=date(2026, 12, 31),
        holidays={date(2026, 1, 1): "New Year's Day", date(2026, 1, 30): "Feast"},
        workdays={date(2026, 2, 14): "make-up day, Feast"},
    )
    return msgspec.structs.replace(made, **changes)


def test_weekends_and_holidays_are_closed_and_make_up_days_open() -> None:
    found = calendar()
    days = ("2026-01-01", "2026-01-02", "2026-01-03", "2026-02-14", "2026-02-15")
    assert [False, True, False, True, False] == [
        found.is_business_day(date.fromisoformat(day)) for day in days
    ]
    assert ["New Year's Day", "", "Saturday", "", "Sunday"] == [
        found.closed_by(date.fromisoformat(day)) for day in days
    ]


def test_the_ways_from_day_to_day() -> None:
    found = calendar()
    friday, thursday, monday = date(2026, 1, 30), date(2026, 1, 29), date(2026, 2, 2)
    assert (monday, thursday) == (found.following(friday), found.preceding(friday))
    assert thursday == found.modified_following(friday), "following would leave the month"
    assert monday == found.next_business_day(thursday)
    assert thursday == found.previous_business_day(monday)
    assert thursday == found.following(thursday) == found.preceding(thursday)
    assert date(2026, 2, 3) == found.add_business_days(friday, 1)
    assert found.is_last_business_day_of_month(thursday)
    assert not found.is_last_business_day_of_month(friday)
    with pytest.raises(ValueError, match="cannot add -1 business days"):
        found.add_business_days(friday, -1)


@given(st.dates(date(2026, 1, 8), date(2026, 12, 15)), st.integers(0, 5))
def test_counting_never_stops_on_a_closed_day(day: date, count: int) -> None:
    found = calendar()
    end = found.add_business_days(day, count)
    between = [day + timedelta(days=n) for n in range((end - day).days + 1)]
    assert found.is_business_day(end)
    assert count + 1 == sum(found.is_business_day(one) for one in between)
    assert found.preceding(day) <= found.modified_following(day) <= found.following(day)


@pytest.mark.parametrize("day", ["2025-12-31", "2027-01-01"])
def test_a_day_nobody_has_announced_is_an_error_and_no_business_day(day: str) -> None:
    asked = date.fromisoformat(day)
    with pytest.raises(BeyondHorizon, match=rf"XXX \(made up\) knows .* not {day}") as told:
        calendar().is_business_day(asked)
    assert ("XXX", asked) == (told.value.calendar, told.value.day)


@pytest.mark.parametrize(
    "ask",
    [
        lambda found, day: found.following(day),
        lambda found, day: found.next_business_day(day),
        lambda found, day: found.modified_following(day),
        lambda found, day: found.add_business_days(day, 1),
    ],
)
def test_no_way_leads_over_the_horizon(ask: object) -> None:
    shut = calendar(holidays={date(2026, 12, 31): "Bank holiday"})
    with pytest.raises(BeyondHorizon):
        ask(shut, date(2026, 12, 31))  # type: ignore[operator]


def test_computed_days_are_used_only_where_they_are_allowed_and_say_so() -> None:
    extended = calendar(
        provisional_until=date(2027, 6, 30), provisional={date(2027, 1, 1): "New Year's Day"}
    )
    assert not extended.is_business_day(date(2027, 1, 1))
    assert date(2027, 1, 4) == extended.next_business_day(date(2026, 12, 31))
    assert [False, True] == [
        extended.is_provisional(day) for day in (date(2026, 12, 31), date(2027, 1, 4))
    ]
    with pytest.raises(BeyondHorizon, match="2027-07-01"):
        extended.is_business_day(date(2027, 7, 1))


def test_an_override_settles_one_day() -> None:
    changed = calendar(
        provisional_until=date(2027, 6, 30),
        overrides=(
            Override(day=date(2026, 6, 15), is_open=False, name="State funeral"),
            Override(day=date(2026, 1, 30), is_open=True, name="Feast cancelled"),
            Override(day=date(2027, 2, 8), is_open=False, name="announced early"),
        ),
    )
    assert "State funeral" == changed.closed_by(date(2026, 6, 15))
    assert changed.is_business_day(date(2026, 1, 30))
    assert not changed.is_provisional(date(2027, 2, 8)), "the desk has settled it"
    assert changed.is_provisional(date(2027, 2, 9))


def test_a_week_may_change() -> None:
    gulf = calendar(
        weeks=(
            WeekPattern(date.min, (4, 5)),
            WeekPattern(date(2026, 7, 1), (5, 6)),
        )
    )
    assert ["Friday", ""] == [gulf.closed_by(date(2026, 6, day)) for day in (5, 7)]
    assert ["", "Sunday"] == [gulf.closed_by(date(2026, 7, day)) for day in (3, 5)]


def test_several_calendars_are_good_only_together_and_only_as_far_as_the_nearest() -> None:
    short = calendar("YYY", last_official=date(2026, 6, 30), holidays={date(2026, 1, 2): "Y"})
    both = joint([calendar(), short, calendar()])
    assert ("XXX+YYY", date(2026, 6, 30)) == (both.id, both.last_day)
    assert date(2026, 1, 5) == both.following(date(2026, 1, 1))
    with pytest.raises(BeyondHorizon, match="calendar YYY"):
        both.is_business_day(date(2026, 7, 4))  # a Saturday of the other one
    with pytest.raises(ValueError, match="no calendar to join"):
        joint([])


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_joint_of_one_is_that_one(day: date) -> None:
    one: BusinessDays = joint([calendar()])
    assert one.is_business_day(day) == calendar().is_business_day(day)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_official": date(2025, 12, 31)}, "are not in order"),
        ({"provisional_until": date(2026, 6, 30)}, "are not in order"),
        ({"holidays": {date(2026, 2, 14): "both"}}, "2026-02-14 is a holiday and a workday"),
        (
            {"weeks": (WeekPattern(date(2026, 1, 1), (5,)), WeekPattern(date(2026, 1, 1), (6,)))},
            "week patterns are not in order",
        ),
    ],
)
def test_a_calendar_that_contradicts_itself_is_not_made(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        calendar(**changes)


def test_a_calendar_travels_in_the_journal_unchanged() -> None:
    made = calendar(overrides=(Override(day=date(2026, 6, 15), is_open=False, name="funeral"),))
    made.is_business_day(date(2026, 1, 5))  # what it has worked out does not travel
    data = msgspec.json.encode(made)
    assert made == msgspec.json.decode(data, type=HolidayCalendar)
    assert b"_closed" not in data


def test_the_desks_own_week_rolls_over_the_weekend_only() -> None:
    days = [date(2026, 1, day) for day in (1, 2, 3, 4, 5)]
    assert [1, 2, 5, 5, 5] == [roll_over_weekend(day).day for day in days]
