"""Day counts as the simulated back office reckons them, its own way: shares of a year."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from fractions import Fraction


def year_share(day_count: str, start: date, end: date) -> Fraction:
    """Share of a year from `start` to `end`, by the name the deal gives."""
    days = (end - start).days
    if days <= 0:
        raise ValueError(f"no interest from {start} to {end}")
    match day_count:
        case "ACT/360":
            return Fraction(days, 360)
        case "ACT/365F":
            return Fraction(days, 365)
        case "ACT/ACT ISDA":
            return _actual(start, end)
        case "30/360" | "30E/360":
            return _thirty(start, end, european=day_count == "30E/360")
        case _:
            raise ValueError(f"unknown day count {day_count[:20]!r}")


def _actual(start: date, end: date) -> Fraction:
    """Each year's days over that year's length."""
    share = Fraction(0)
    while start.year < end.year:
        last = date(start.year, 12, 31)
        share += Fraction((last - start).days + 1, _length(start.year))
        start = last + timedelta(days=1)
    return share + Fraction((end - start).days, _length(end.year))


def _length(year: int) -> int:
    return 366 if isleap(year) else 365


def _thirty(start: date, end: date, *, european: bool) -> Fraction:
    """Months of thirty days: a 31st counts as the 30th; by the bond basis the last day only does
    after a first one that is the 30th or 31st.
    """
    first = 30 if start.day == 31 else start.day
    last = 30 if end.day == 31 and (european or first == 30) else end.day
    months = 12 * (end.year - start.year) + end.month - start.month
    return Fraction(30 * months + last - first, 360)
