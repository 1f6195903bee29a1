"""The desk's schedule on the venue's clock: opening, closing and the roll of the day.

The shipped hours: Sunday 17:00 to Friday 17:00 in New York, the day rolls at 17:00 from Monday to
Friday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.timers import SystemTimers, VenueTimers
from robot.clock import nanoseconds
from robot.desk import DealingHours, Moment, ScheduleSettings
from robot.messages.events import AnyEvent, DayRolled, DealingClosed, DealingOpened, OvernightBegun

HOUR = timedelta(hours=1)


def settings(zone: str = "America/New_York") -> ScheduleSettings:
    return ScheduleSettings(
        time_zone=zone,
        day_roll=Moment(day="mon-fri", hour=17),
        dealing=(
            DealingHours(
                venue="*", open=Moment(day="sun", hour=17), close=Moment(day="fri", hour=17)
            ),
        ),
    )


class Posted:
    """Takes what is posted."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def post(self, event: AnyEvent) -> None:
        self.events.append(event)

    def observe_time(self, at_ns: int) -> None:
        raise AssertionError("a schedule tells no time")

    def wait_drained(self, timeout_s: float) -> bool:
        raise AssertionError("a schedule does not wait")


def utc(text: str) -> int:
    """Nanoseconds of a UTC time `2014-05-02 20:59`."""
    return nanoseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def timers(at: str, *venues: str) -> tuple[VenueTimers, list[str]]:
    """A schedule that was started at a moment, and what it posted."""
    made, posted = VenueTimers(settings(), venues or ("ALPHA",)), Posted()
    made.start(posted, utc(at))
    return made, [type(event).__name__ for event in posted.events]


def due(made: VenueTimers, at: str) -> list[str]:
    return [_told(event) for event in made.due(utc(at))]


def _told(event: AnyEvent) -> str:
    if isinstance(event, DayRolled):
        return f"roll {event.trade_date}"
    return {DealingOpened: "open", DealingClosed: "close"}[type(event)]  # type: ignore[index]


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2014-05-02 20:59:59.999999", "DealingOpened"),  # Friday, New York is 4 hours behind
        ("2014-05-02 21:00", "DealingClosed"),
        ("2014-05-03 12:00", "DealingClosed"),
        ("2014-05-04 20:59:59.999999", "DealingClosed"),
        ("2014-05-04 21:00", "DealingOpened"),  # Sunday
        ("2014-05-07 12:00", "DealingOpened"),
    ],
)
def test_a_start_tells_what_is_open_at_its_moment(at: str, state: str) -> None:
    assert [state] == timers(at)[1]


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2014-05-01 20:29:59.999999", False),  # Thursday, 16:29 in New York
        ("2014-05-01 20:30", True),
        ("2014-05-01 20:59:59", True),
        ("2014-05-01 21:00", False),  # the day has rolled
        ("2014-05-02 20:45", True),
        ("2014-05-03 12:00", False),  # Saturday: Monday's trade date
        ("2014-05-05 12:00", False),
    ],
)
def test_a_start_tells_whether_the_overnight_limits_hold(at: str, holds: bool) -> None:
    schedule = settings().model_copy(
        update={"overnight": Moment(day="mon-fri", hour=16, minute=30)}
    )
    made, posted = VenueTimers(schedule, ("ALPHA",)), Posted()
    made.start(posted, utc(at))
    assert holds is (OvernightBegun() in posted.events)
    found = [type(event).__name__ for event in made.due(utc("2014-05-06 21:00"))]
    nights = [name for name in found if name in ("OvernightBegun", "DayRolled")]
    assert nights[-4:] == ["OvernightBegun", "DayRolled"] * 2


def test_every_venue_is_told() -> None:
    assert ["DealingOpened"] * 3 == timers("2014-05-07 12:00", "A", "B", "C")[1]


def test_nothing_is_due_before_the_start() -> None:
    assert [] == list(VenueTimers(settings(), ("ALPHA",)).due(utc("2014-05-07 12:00")))


def test_the_week_ends_and_begins_at_17_in_new_york() -> None:
    made, _ = timers("2014-05-02 12:00")
    assert [] == due(made, "2014-05-02 20:59:59.999999")
    assert ["roll 2014-05-05", "close"] == sorted(due(made, "2014-05-02 21:00"), reverse=True)
    assert [] == due(made, "2014-05-04 20:59:59.999999")
    assert ["open"] == due(made, "2014-05-04 21:00")
    assert [] == due(made, "2014-05-05 20:59:59.999999")
    assert ["roll 2014-05-06"] == due(made, "2014-05-05 21:00")


def test_what_fell_due_in_a_jump_comes_in_the_order_of_its_time() -> None:
    made, _ = timers("2014-05-01 12:00")
    found = due(made, "2014-05-06 12:00")
    assert [e for e in found if e != "close"] == [
        "roll 2014-05-02",
        "roll 2014-05-05",
        "open",
        "roll 2014-05-06",
    ]
    assert 0 < found.index("close") < found.index("open")


def test_nothing_comes_twice() -> None:
    made, _ = timers("2014-05-01 12:00")
    due(made, "2014-05-06 12:00")
    assert [] == due(made, "2014-05-06 12:00")


@pytest.mark.parametrize(
    ("before", "roll"),
    [
        ("2014-03-07 12:00", "2014-03-07 22:00"),  # Friday in winter: 17:00 is 22:00 UTC
        ("2014-03-10 12:00", "2014-03-10 21:00"),  # Monday after the change to summer time
        ("2014-10-31 12:00", "2014-10-31 21:00"),  # Friday in summer
        ("2014-11-03 12:00", "2014-11-03 22:00"),  # Monday after the change back
    ],
)
def test_the_day_rolls_at_17_in_new_york_in_summer_and_winter(before: str, roll: str) -> None:
    made, _ = timers(before)
    a_moment_before = datetime.fromisoformat(roll) - timedelta(microseconds=1)
    assert [] == due(made, a_moment_before.isoformat(" "))
    assert [e for e in due(made, roll) if e.startswith("roll")]


@pytest.mark.parametrize(
    ("opens", "shut"),
    [("2014-03-09 21:00", "2014-03-07 22:00"), ("2014-11-02 22:00", "2014-10-31 21:00")],
)
def test_the_weekend_of_a_clock_change_ends_in_the_new_time(opens: str, shut: str) -> None:
    made, _ = timers(shut)
    early = datetime.fromisoformat(opens) - HOUR
    assert "open" not in due(made, early.isoformat(" "))
    assert "open" in due(made, opens)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2014-05-01 20:59:59.999999", "2014-05-01"),
        ("2014-05-01 21:00", "2014-05-02"),
        ("2014-05-02 21:00", "2014-05-05"),  # Friday evening is Monday's date
        ("2014-05-03 12:00", "2014-05-05"),
        ("2014-05-04 12:00", "2014-05-05"),
        ("2014-05-04 21:00", "2014-05-05"),
        ("2014-05-05 21:00", "2014-05-06"),
        ("2014-01-01 21:30", "2014-01-01"),  # winter: not yet rolled
        ("2014-01-01 22:00", "2014-01-02"),
    ],
)
def test_the_trade_date_is_the_business_day_that_ends_at_the_next_roll(
    at: str, expected: str
) -> None:
    for made in (VenueTimers(settings(), ("A",)), SystemTimers(settings(), ("A",))):
        assert date.fromisoformat(expected) == made.trade_date(utc(at))


def test_a_roll_says_the_trade_date_that_a_start_right_after_it_would_say() -> None:
    made, _ = timers("2014-02-26 12:00")
    fresh = VenueTimers(settings(), ("A",))
    for day in range(30):
        at_ns = utc("2014-02-27 00:00") + day * 86_400_000_000_000
        for event in made.due(at_ns):
            if isinstance(event, DayRolled):
                assert event.trade_date == fresh.trade_date(at_ns)


def test_with_the_systems_clock_the_schedule_posts_by_itself_and_nothing_is_due() -> None:
    made, posted = SystemTimers(settings(), ("ALPHA",)), Posted()
    at_ns = utc("2014-05-07 12:00")
    made.start(posted, at_ns)
    assert ["DealingOpened"] == [type(event).__name__ for event in posted.events]
    assert [] == list(made.due(at_ns + 10**15))
    made.stop()
    made.stop()
