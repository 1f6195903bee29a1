"""Whether a moment is in a schedule: windows of a zone's clock as stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from robot.rules.tree import Schedule, Window
from robot.rules.types import DAY_MS

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = range(date(1, 1, 3).toordinal(), date(9999, 12, 29).toordinal())
"""Nothing begins on any other day: there is no calendar for it."""

_KEPT = 256
"""Schedules by days whose stretches are kept: one request asks for the same again and again."""

Stretch = tuple[int, int]
"""From a moment until before another, milliseconds since 1970 UTC."""


def holds(schedule: Schedule, instant: int) -> bool:
    """Whether a moment, milliseconds since 1970 UTC, is in one of the windows."""
    return any(start <= instant < until for start, until in stretches(schedule, instant // DAY_MS))


@lru_cache(maxsize=_KEPT)
def stretches(schedule: Schedule, day: int) -> tuple[Stretch, ...]:
    """Every stretch that a moment of this day (days since 1970 in UTC) may be in."""
    found: list[Stretch] = []
    for window in schedule.windows:
        zone = ZoneInfo(window.zone)
        for begins in range(day - 2, day + 2):
            found += _stretch(window, zone, begins + _EPOCH_DAY)
    return tuple(found)


def _stretch(window: Window, zone: ZoneInfo, begins: int) -> Iterator[Stretch]:
    """That of the window which begins on a day of its zone, given by its ordinal."""
    if begins not in _DAYS:
        return
    if window.date:
        if window.date != begins:
            return
    elif not window.days >> ((begins + 6) % 7) & 1:
        return
    ends = begins + (window.until <= window.start)
    start, until = _moment(begins, window.start, zone), _moment(ends, window.until, zone)
    if start < until:
        yield start, until


def _moment(day: int, clock_ms: int, zone: ZoneInfo) -> int:
    """When a clock of the zone shows this. A time that is skipped in spring counts on from
    before the change (02:30 is then 03:30); of one that comes twice in autumn the first is meant.
    """
    shown = datetime.fromordinal(day) + timedelta(milliseconds=clock_ms)
    return (shown.replace(tzinfo=zone) - _EPOCH) // _MILLISECOND
