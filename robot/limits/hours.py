"""Times of day and days of the week at which a row lets something through, by the desk's clock.

`08:00-16:50` is from 08:00:00 to just before 16:50:00. One that ends before it begins goes over
midnight, and belongs to the day on which it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robot.deals.limit_rows import WEEKDAYS, LimitKind, LimitRow
from robot.limits.tree import Applied

_MINUTE_S, _DAY_S = 60, 86_400
_THURSDAY = 3
"""The first of January 1970 was one."""


def is_open(row: LimitRow, local_s: int | None) -> bool:
    """Whether it is one of the row's times; a clock that nobody knows is at none."""
    if local_s is None:
        return False
    day, second = divmod(local_s, _DAY_S)
    for window in row.hours or ("00:00-24:00",):
        begins, ends = (_minute(text) * _MINUTE_S for text in window.split("-"))
        if begins < ends:
            if begins <= second < ends and _is_day(row, day):
                return True
        elif (second >= begins and _is_day(row, day)) or (second < ends and _is_day(row, day - 1)):
            return True
    return False


def closed(
    rows: Mapping[LimitKind, tuple[Applied, ...]], first_days: int, local_s: int | None
) -> Iterator[Applied]:
    """The rows that let nothing through now. `first_days`: from the trade date to the first money
    that moves.
    """
    for row in rows.get(LimitKind.HOURS, ()):
        if is_about(row.row, first_days) and not is_open(row.row, local_s):
            yield row
    for row in rows.get(LimitKind.PERMITTED, ()):
        if row.row.timed and not is_open(row.row, local_s):
            yield row


def is_about(row: LimitRow, first_days: int) -> bool:
    """Whether the first money moves as soon as the row is about."""
    return row.settles_within is None or first_days <= row.settles_within


def told(row: LimitRow) -> str:
    """Its times for people."""
    return " ".join((*row.hours, *row.weekdays))


def _is_day(row: LimitRow, day: int) -> bool:
    return not row.weekdays or WEEKDAYS[(day + _THURSDAY) % 7] in row.weekdays


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
