"""Schedules as stretches of time: what `now in NAME` looks into.

The rules of the time zones are an argument: they differ from machine to machine and year to year,
and a replay must see those of the day that is replayed.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from robot.rules.tree import Schedule, Window
from robot.rules.types import DAY_MS

Opening = tuple[int, int]
"""From a moment until before another: milliseconds since 1970 UTC."""

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def openings(
    schedule: Schedule, first: date, last: date, zones: Mapping[str, tzinfo]
) -> tuple[Opening, ...]:
    """When the schedule is open because of windows that begin from `first` to `last`, days of their
    own zones: in order, those that touch joined.

    A window that begins the day before `first` may reach into it: ask from a day earlier on.
    """
    found = sorted(
        opening
        for window in schedule.windows
        for opening in _openings(window, first, last, zones[window.zone])
    )
    joined: list[Opening] = []
    for start, until in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((start, until))
    return tuple(joined)


def is_within(stretches: Sequence[Opening], instant_ms: int) -> bool:
    """Whether the moment lies in one of them."""
    place = bisect.bisect_right(stretches, (instant_ms, DAY_MS * 10**6)) - 1
    return place >= 0 and instant_ms < stretches[place][1]


def _openings(window: Window, first: date, last: date, zone: tzinfo) -> Iterator[Opening]:
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        begins = number == window.date if window.date else window.days >> day.weekday() & 1
        if begins:
            over = window.until <= window.start
            start = _instant(day, window.start, zone)
            until = _instant(day + timedelta(days=1) if over else day, window.until, zone)
            if start < until:
                yield start, until


def _instant(day: date, milliseconds: int, zone: tzinfo) -> int:
    """A time of day on that day; 24:00 is the next day's beginning. Of an hour that is there twice
    the first, of one that is left out the moment that its clock would have shown.
    """
    if milliseconds == DAY_MS:
        day, milliseconds = day + timedelta(days=1), 0
    hours, minutes = divmod(milliseconds // 60_000, 60)
    clock = time(hours, minutes, milliseconds // 1000 % 60, milliseconds % 1000 * 1000)
    return (datetime.combine(day, clock, zone) - _EPOCH) // _MILLISECOND
