"""Schedules: windows of a zone's clock, summer and winter, over midnight, on one date."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from robot.machine_zones import machine_zone
from robot.rules.moments import holds
from robot.rules.tree import Schedule, Window

HOUR = 3_600_000
MONDAY, FRIDAY, SUNDAY = 0b0000001, 0b0010000, 0b1000000
MON_TO_FRI = 0b0011111
NEW_YORK, LONDON, SHANGHAI = "America/New_York", "Europe/London", "Asia/Shanghai"


def ms(text: str) -> int:
    """A moment, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def schedule(*windows: Window) -> Schedule:
    clocks = tuple(machine_zone(zone) for zone in {window.zone for window in windows})
    return Schedule(name="hours", windows=windows, clocks=clocks)


def window(start: float, until: float, zone: str, days: int = MON_TO_FRI, on: str = "") -> Window:
    """Hours of the day."""
    ordinal = date.fromisoformat(on).toordinal() if on else 0
    return Window(
        days=days, date=ordinal, start=int(start * HOUR), until=int(until * HOUR), zone=zone
    )


def starts_and_ends(found: Schedule, start: str, until: str) -> None:
    """It holds from one moment until before the other, and in the middle."""
    first, last = ms(start), ms(until)
    assert not holds(found, first - 1)
    assert holds(found, first)
    assert holds(found, (first + last) // 2)
    assert holds(found, last - 1)
    assert not holds(found, last)


def test_a_window_holds_from_its_start_until_before_its_end() -> None:
    starts_and_ends(schedule(window(8, 17, LONDON)), "2026-11-20T08:00:00", "2026-11-20T17:00:00")


def test_summer_time_moves_a_window_against_utc() -> None:
    london = schedule(window(8, 17, LONDON))
    starts_and_ends(london, "2026-03-27T08:00:00", "2026-03-27T17:00:00")
    starts_and_ends(london, "2026-03-30T07:00:00", "2026-03-30T16:00:00")
    starts_and_ends(london, "2026-10-23T07:00:00", "2026-10-23T16:00:00")
    starts_and_ends(london, "2026-10-26T08:00:00", "2026-10-26T17:00:00")


def test_shanghai_has_one_time_all_year() -> None:
    shanghai = schedule(window(9.5, 16.5, SHANGHAI))
    starts_and_ends(shanghai, "2026-01-05T01:30:00", "2026-01-05T08:30:00")
    starts_and_ends(shanghai, "2026-07-06T01:30:00", "2026-07-06T08:30:00")


def test_a_start_that_the_clock_skips_in_spring_counts_on_from_before() -> None:
    spring = schedule(window(2.5, 4, NEW_YORK, SUNDAY))
    starts_and_ends(spring, "2026-03-08T07:30:00", "2026-03-08T08:00:00")


def test_of_a_time_that_comes_twice_in_autumn_the_first_is_meant() -> None:
    autumn = schedule(window(1.5, 3, NEW_YORK, SUNDAY))
    starts_and_ends(autumn, "2026-11-01T05:30:00", "2026-11-01T08:00:00")
    ends_in_it = schedule(window(0, 1.5, NEW_YORK, SUNDAY))
    starts_and_ends(ends_in_it, "2026-11-01T04:00:00", "2026-11-01T05:30:00")


def test_a_window_that_the_clock_skips_whole_is_nothing() -> None:
    skipped = schedule(window(2, 3, NEW_YORK, SUNDAY))
    starts_and_ends(skipped, "2026-03-15T06:00:00", "2026-03-15T07:00:00")
    assert not any(holds(skipped, ms("2026-03-08T00:00:00") + n * HOUR // 4) for n in range(96))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = schedule(window(22, 2, "UTC", FRIDAY))
    starts_and_ends(night, "2026-11-20T22:00:00", "2026-11-21T02:00:00")
    assert not holds(night, ms("2026-11-20T01:00:00"))


def test_from_sunday_to_monday() -> None:
    night = schedule(window(17, 8, NEW_YORK, SUNDAY))
    starts_and_ends(night, "2026-11-22T22:00:00", "2026-11-23T13:00:00")
    assert not holds(night, ms("2026-11-24T02:00:00"))
    in_the_night_of_the_change = schedule(window(22, 6, NEW_YORK, 0b0100000))
    starts_and_ends(in_the_night_of_the_change, "2026-11-01T02:00:00", "2026-11-01T11:00:00")


def test_the_days_are_those_of_the_zone() -> None:
    morning = schedule(window(0, 6, SHANGHAI, MONDAY))
    starts_and_ends(morning, "2026-11-22T16:00:00", "2026-11-22T22:00:00")


def test_the_same_time_twice_is_a_whole_day() -> None:
    starts_and_ends(
        schedule(window(9, 9, "UTC", MONDAY)), "2026-11-23T09:00:00", "2026-11-24T09:00:00"
    )


def test_a_date_is_that_day_only_and_of_its_zone() -> None:
    figures = schedule(window(13 + 25 / 60, 13 + 40 / 60, "UTC", on="2026-12-04"))
    starts_and_ends(figures, "2026-12-04T13:25:00", "2026-12-04T13:40:00")
    assert not holds(figures, ms("2026-12-11T13:30:00"))
    over_midnight = schedule(window(23, 1, NEW_YORK, on="2026-12-04"))
    starts_and_ends(over_midnight, "2026-12-05T04:00:00", "2026-12-05T06:00:00")


def test_one_of_several_windows_is_enough() -> None:
    two = schedule(window(8, 12, "UTC"), window(13, 17, "UTC"))
    starts_and_ends(two, "2026-11-20T08:00:00", "2026-11-20T12:00:00")
    starts_and_ends(two, "2026-11-20T13:00:00", "2026-11-20T17:00:00")


@pytest.mark.parametrize("instant", [-(10**15), -62_135_596_800_000, 253_402_300_799_999, 10**18])
def test_a_moment_beyond_the_calendar_is_in_no_window(instant: int) -> None:
    assert not holds(schedule(window(0, 0, LONDON, 0b1111111)), instant)
