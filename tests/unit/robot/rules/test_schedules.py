"""When a schedule is open, in its own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from robot.rules.check import load
from robot.rules.schedules import is_within, openings
from robot.rules.tree import Book
from robot.rules.vocabulary import ZONES

RULES = {name: ZoneInfo(name) for name in ZONES}
FIRST, LAST = date(2026, 3, 20), date(2026, 4, 5)


def is_open(said: str, moment: str) -> bool:
    """Whether a schedule is open at that moment, UTC."""
    text = f'book "b"\nfor spot in EUR/USD\nschedule s is {said}\n'
    book = load(text, "f")
    assert isinstance(book, Book), [problem.shown("f") for problem in book]
    stretches = openings(book.schedules[0], FIRST, LAST, RULES)
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return is_within(stretches, int(at.timestamp() * 1000))


@pytest.mark.parametrize(
    ("said", "moment", "expected"),
    [
        ("Mon to Fri 08:00 to 17:00 Europe/London", "2026-03-27 08:00", True),
        ("Mon to Fri 08:00 to 17:00 Europe/London", "2026-03-27 07:59:59", False),
        ("Mon to Fri 08:00 to 17:00 Europe/London", "2026-03-27 17:00", False),
        ("Mon to Fri 08:00 to 17:00 Europe/London", "2026-03-28 12:00", False),
        ("Mon to Fri 08:00 to 17:00 Europe/London", "2026-03-30 07:00", True),  # summer time
        ("09:30 to 16:00 Beijing time", "2026-03-27 01:30", True),
        ("09:30 to 16:00 Beijing time", "2026-03-27 09:30", False),
        ("Fri 22:00 to 02:00 UTC", "2026-03-28 01:59", True),
        ("Fri 22:00 to 02:00 UTC", "2026-03-27 01:59", False),
        ("2026-03-27 13:25 to 13:40 UTC", "2026-03-27 13:30", True),
        ("2026-03-27 13:25 to 13:40 UTC", "2026-03-28 13:30", False),
        ("Mon 09:00 to 11:30 and 13:00 to 24:00 UTC", "2026-03-30 23:59:59", True),
        ("Mon 09:00 to 11:30 and 13:00 to 24:00 UTC", "2026-03-30 12:00", False),
        ("Sat to Mon 09:00 to 10:00 UTC", "2026-03-29 09:30", True),
        ("Sat to Mon 09:00 to 10:00 UTC", "2026-03-27 09:30", False),
        ("Sun 01:30 to 03:30 Europe/London", "2026-03-29 01:45", True),  # from a left-out hour
    ],
)
def test_a_schedule_is_open_as_the_clock_of_its_zone_says(
    said: str, moment: str, expected: bool
) -> None:
    assert expected == is_open(said, moment)


def test_windows_that_touch_are_one_stretch() -> None:
    text = "schedule s is 09:00 to 11:00 and 11:00 to 12:00 and 10:00 to 10:30 UTC"
    book = load(f'book "b"\nfor spot in EUR/USD\n{text}\n', "f")
    assert isinstance(book, Book)
    (only,) = openings(book.schedules[0], FIRST, FIRST, RULES)
    assert 3 * 3_600_000 == only[1] - only[0]
