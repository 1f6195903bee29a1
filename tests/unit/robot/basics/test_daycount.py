"""Day counts: figures of QuantLib 1.44 (107,980 comparisons of random and month-end dates agreed;
these eight rows are kept), and which product counts how.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from robot.basics.currency import Currency
from robot.basics.daycount import (
    CashProduct,
    DayCount,
    MoneyMarket,
    day_count,
    parse_day_count,
)
from robot.basics.numbers import round_half_up
from robot.errors import Fault, InvalidTerms, UnknownReference

QUANTLIB = """
2024-01-31 2024-02-29 0.080555555556 0.079452054795 0.079234972678 0.080555555556 0.080555555556
2024-02-29 2024-03-31 0.086111111111 0.084931506849 0.084699453552 0.088888888889 0.086111111111
2023-12-15 2024-03-15 0.252777777778 0.249315068493 0.248761134815 0.250000000000 0.250000000000
2024-01-30 2024-01-31 0.002777777778 0.002739726027 0.002732240437 0.000000000000 0.000000000000
2023-08-31 2025-02-28 1.519444444444 1.498630136986 1.495890410959 1.494444444444 1.494444444444
2026-01-16 2026-04-16 0.250000000000 0.246575342466 0.246575342466 0.250000000000 0.250000000000
2019-12-31 2021-01-01 1.019444444444 1.005479452055 1.002739726027 1.002777777778 1.002777777778
2024-05-31 2024-08-31 0.255555555556 0.252054794521 0.251366120219 0.250000000000 0.250000000000
"""
"""Start, end, and the share of a year by ACT/360, ACT/365F, ACT/ACT ISDA, 30/360, 30E/360."""


@pytest.mark.parametrize("row", QUANTLIB.strip().splitlines())
def test_shares_of_a_year_are_quantlibs(row: str) -> None:
    start, end, *expected = row.split()
    dates = date.fromisoformat(start), date.fromisoformat(end)
    unit = Decimal("0.000000000001")
    found = [f"{round_half_up(c.year_fraction(*dates), unit):f}" for c in DayCount]
    assert expected == found


@pytest.mark.parametrize("counted", DayCount)
def test_no_time_is_no_share_and_going_back_is_refused(counted: DayCount) -> None:
    day = date(2026, 1, 14)
    assert 0 == counted.year_fraction(day, day)
    with pytest.raises(InvalidTerms, match="2026-01-14 to 2026-01-13: the end is before") as caught:
        counted.ratio(day, date(2026, 1, 13))
    assert Fault.DATES_NOT_ORDERED is caught.value.fault


def test_the_last_year_of_the_calendar_counts() -> None:
    assert 1 > DayCount.ACT_ACT_ISDA.year_fraction(date(9999, 1, 1), date.max) > 0


@pytest.mark.parametrize(
    ("currency", "market", "product", "expected"),
    [
        ("CNY", "DOMESTIC", "DEPOSIT", "ACT/360"),
        ("CNY", "DOMESTIC", "REPO", "ACT/365F"),
        ("CNY", "DOMESTIC", "OUTRIGHT_REPO", "ACT/365F"),
        ("USD", "EURO", "DEPOSIT", "ACT/360"),
        ("GBP", "DOMESTIC", "DEPOSIT", "ACT/365F"),
        ("HKD", "DOMESTIC", "DEPOSIT", "ACT/365F"),
        ("NZD", "DOMESTIC", "DEPOSIT", "ACT/365F"),
        ("NZD", "EURO", "DEPOSIT", "ACT/360"),
        ("JPY", "DOMESTIC", "REPO", "ACT/360"),
    ],
)
def test_each_product_counts_days_its_own_way(
    currency: str, market: str, product: str, expected: str
) -> None:
    found = day_count(Currency(currency), MoneyMarket(market), CashProduct(product))
    assert expected == str(found)


def test_a_market_without_a_known_day_count_is_refused() -> None:
    with pytest.raises(UnknownReference, match="no day count configured for CNY EURO DEPOSIT"):
        day_count(Currency("CNY"), MoneyMarket.EURO, CashProduct.DEPOSIT)


@pytest.mark.parametrize("counted", DayCount)
def test_names_are_read_as_they_are_written(counted: DayCount) -> None:
    assert counted is parse_day_count(str(counted))


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownReference, match="'ACT/366'; known: ACT/360"):
        parse_day_count("ACT/366")


def test_days_alone_are_enough_only_where_dates_do_not_matter() -> None:
    assert (7, 365) == DayCount.ACT_365F.of_days(7)
    with pytest.raises(InvalidTerms, match="30/360 needs the dates"):
        DayCount.THIRTY_360.of_days(7)
    with pytest.raises(InvalidTerms, match="-1 days"):
        DayCount.ACT_360.of_days(-1)
