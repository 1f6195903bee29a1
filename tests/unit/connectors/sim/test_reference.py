"""Spot dates and anchor rates; the dates are the ones market texts give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.sim.model import fix_time, parse_time
from connectors.sim.reference import anchor_rate, spot_date


@pytest.mark.parametrize(
    ("pair", "traded", "spot"),
    [
        ("EUR/USD", "2023-06-16", "2023-06-20"),
        ("GBP/USD", "2026-12-23", "2026-12-29"),
        ("USD/CAD", "2026-06-30", "2026-07-02"),
        ("USD/CAD", "2026-05-15", "2026-05-19"),
        ("USD/JPY", "2026-10-30", "2026-11-04"),  # Culture Day in Japan on the 3rd
        ("EUR/USD", "2026-10-30", "2026-11-03"),
    ],
)
def test_spot_dates_follow_the_market_rule(pair: str, traded: str, spot: str) -> None:
    assert date.fromisoformat(spot) == spot_date(pair, parse_time(f"{traded}T08:00:00Z"))


@pytest.mark.parametrize(
    ("pair", "moment"),
    [
        ("EUR/USD", "2014-05-01T08:00:00Z"),  # no calendar for that year
        ("NZD/USD", "2026-10-30T08:00:00Z"),  # no calendar for the currency
        ("EUR/USD", "2026-10-31T08:00:00Z"),  # Saturday
        ("EUR/USD", "2026-10-30T21:30:00Z"),  # the trade date may have changed
    ],
)
def test_no_spot_date_where_it_is_not_certain(pair: str, moment: str) -> None:
    assert spot_date(pair, parse_time(moment)) is None


def test_cross_rates_follow_from_the_euro_rates() -> None:
    rate = anchor_rate("USD/JPY", date(2026, 10, 30))

    assert rate is not None
    assert Decimal("157.25") == rate.quantize(Decimal("0.01"))
    assert anchor_rate("USD/XTS", date(2026, 10, 30)) is None


def test_times_in_both_forms_are_read_and_written() -> None:
    moment = parse_time("2026-10-30T08:00:00.123456789Z")

    assert fix_time(moment) == "20261030-08:00:00.123"
    assert parse_time(fix_time(moment)) == moment // 1_000_000 * 1_000_000


@pytest.mark.parametrize("text", ["", "now", "2026-10-30", "2026-10-30T25:00:00Z", "²026-10-30T"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)
