"""What this machine knows of time zones, as content: read where settings and files are read.

The core knows only the clocks that its reference brings, so that a replay elsewhere, where the
machine knows other rules, sees the same times.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from robot.basics.zone import Zone
from robot.rules.moments import with_clocks
from robot.rules.tree import Book
from robot.rules.vocabulary import ZONES

KNOWN_S = (1_262_304_000, 2_524_608_000)
"""From 2010 to 2050: what is before or after that is outside of all hours and schedules."""
_WEEK_S = 7 * 86_400
_SEASON_WEEKS = 4
"""Clocks of the named zones change no more often than once in so many weeks."""


@lru_cache(maxsize=64)
def machine_zone(name: str, weeks: int = 1) -> Zone:
    """Its clock; between two looks, so many weeks apart, it changes once at most."""
    known, looks = ZoneInfo(name), range(*KNOWN_S, weeks * _WEEK_S)
    since, east = [looks[0]], [_east(known, looks[0])]
    for before, after in pairwise((*looks, KNOWN_S[1])):
        if _east(known, after) != east[-1]:
            late = _change(known, before, after, last_year=since[-2:][0])
            since.append(late)
            east.append(_east(known, late))
    return Zone(name=name, since=tuple(since), east=tuple(east), until_s=KNOWN_S[1])


def machine_zones() -> dict[str, Zone]:
    """Every zone that rules may name."""
    return {name: machine_zone(name, _SEASON_WEEKS) for name in ZONES}


def clocked(book: Book) -> Book:
    """The book with the clocks of its schedules: those it has, else as this machine knows them."""
    if all(schedule.clocks for schedule in book.schedules):
        return book
    named = {window.zone for schedule in book.schedules for window in schedule.windows}
    return with_clocks(book, {name: machine_zone(name, _SEASON_WEEKS) for name in sorted(named)})


def _east(zone: ZoneInfo, at_s: int) -> int:
    moved = datetime.fromtimestamp(at_s, zone).utcoffset()
    assert moved is not None, "a zone has an offset at any time"
    return int(moved.total_seconds())


def _change(zone: ZoneInfo, before: int, after: int, *, last_year: int) -> int:
    """When its clock changed, once, after `before`: on the weekday of last year's change for most,
    which is looked at first, for to search is what a start would spend its time on.
    """
    was = _east(zone, before)
    for late in (last_year + 52 * _WEEK_S, last_year + 53 * _WEEK_S):
        if before < late <= after and _east(zone, late - 1) == was != _east(zone, late):
            return late
    among = range(before, after + 1)
    return among[bisect_left(among, True, key=lambda at: _east(zone, at) != was)]
