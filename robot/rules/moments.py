"""Whether a moment is in a schedule: windows of a zone's clock as stretches of time.

The clocks are content (`Schedule.clocks`): no time zone of the machine is read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

import msgspec

from robot.basics.zone import Zone
from robot.errors import UnknownReference
from robot.rules.tree import Book, Schedule, Window
from robot.rules.types import DAY_MS

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAYS = range(date(1, 1, 3).toordinal(), date(9999, 12, 29).toordinal())
"""Nothing begins on any other day: there is no calendar for it."""

_KEPT = 256
"""Schedules by days whose stretches are kept: one request asks for the same again and again."""

Stretch = tuple[int, int]
"""From a moment until before another, milliseconds since 1970 UTC."""


def with_clocks(book: Book, zones: Mapping[str, Zone]) -> Book:
    """The book with the clocks of its schedules; one that is not among `zones` it has not."""
    schedules = tuple(
        msgspec.structs.replace(
            schedule,
            clocks=tuple(
                zones[name]
                for name in dict.fromkeys(window.zone for window in schedule.windows)
                if name in zones
            ),
        )
        for schedule in book.schedules
    )
    return msgspec.structs.replace(book, schedules=schedules)


def holds(schedule: Schedule, instant: int) -> bool:
    """Whether a moment, milliseconds since 1970 UTC, is in one of the windows."""
    return any(start <= instant < until for start, until in stretches(schedule, instant // DAY_MS))


@lru_cache(maxsize=_KEPT)
def stretches(schedule: Schedule, day: int) -> tuple[Stretch, ...]:
    """Every stretch that a moment of this day (days since 1970 in UTC) may be in.

    UnknownReference where the schedule has no clock of a zone: what it says is then not known.
    """
    clocks = {clock.name: clock for clock in schedule.clocks}
    found: list[Stretch] = []
    for window in schedule.windows:
        clock = clocks.get(window.zone)
        if clock is None:
            text = f"schedule {schedule.name}: nobody said how the clock of {window.zone} goes"
            raise UnknownReference(text)
        for begins in range(day - 2, day + 2):
            found += _stretch(window, clock, begins + _EPOCH_DAY)
    return tuple(found)


def _stretch(window: Window, clock: Zone, begins: int) -> Iterator[Stretch]:
    """That of the window which begins on a day of its zone, given by its ordinal."""
    if begins not in _DAYS:
        return
    if window.date:
        if window.date != begins:
            return
    elif not window.days >> ((begins + 6) % 7) & 1:
        return
    ends = begins + (window.until <= window.start)
    start, until = _moment(begins, window.start, clock), _moment(ends, window.until, clock)
    if start is not None and until is not None and start < until:
        yield start, until


def _moment(day: int, clock_ms: int, clock: Zone) -> int | None:
    """When a clock of the zone shows this; None = before or after all that is known of it."""
    local_s, rest_ms = divmod((day - _EPOCH_DAY) * DAY_MS + clock_ms, 1000)
    at_s = clock.moment_s(local_s)
    return None if at_s is None else at_s * 1000 + rest_ms
