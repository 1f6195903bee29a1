"""The back office counts days by itself, and comes to the same shares of a year as the market."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sim.day_shares import year_share
from robot.basics.daycount import DayCount

DAYS = st.dates(date(2019, 1, 1), date(2035, 12, 31))


@given(st.sampled_from(DayCount), DAYS, DAYS)
def test_it_agrees_with_the_robots_day_counts(day_count: DayCount, one: date, other: date) -> None:
    start, end = sorted((one, other))
    if start < end:
        assert Fraction(*day_count.ratio(start, end)) == year_share(day_count.value, start, end)


@pytest.mark.parametrize(
    ("day_count", "start", "end", "share"),
    [
        ("ACT/360", date(2026, 1, 14), date(2026, 1, 21), Fraction(7, 360)),
        ("ACT/365F", date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        ("ACT/ACT ISDA", date(2023, 12, 31), date(2024, 1, 2), Fraction(1, 365) + Fraction(1, 366)),
        ("30/360", date(2026, 1, 15), date(2026, 1, 31), Fraction(16, 360)),
        ("30E/360", date(2026, 1, 15), date(2026, 1, 31), Fraction(15, 360)),
        ("30/360", date(2026, 1, 31), date(2026, 3, 31), Fraction(60, 360)),
    ],
)
def test_shares_worked_out_by_hand(day_count: str, start: date, end: date, share: Fraction) -> None:
    assert share == year_share(day_count, start, end)


@pytest.mark.parametrize("end", [date(2026, 1, 14), date(2026, 1, 13)])
def test_a_loan_must_last(end: date) -> None:
    with pytest.raises(ValueError, match="no interest from 2026-01-14"):
        year_share("ACT/360", date(2026, 1, 14), end)
