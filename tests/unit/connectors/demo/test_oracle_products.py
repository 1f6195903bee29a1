"""The oracle with every product: terms that differ, flows of both legs, credit exposure, collar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.demo.flows import exposure_of, nets_of_fill, nets_of_quote
from connectors.demo.oracle import limit_breaches
from connectors.demo.terms import of_booking, of_fill
from connectors.sim.bookings import Booking
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from tests.kit.reference import reference

BONDS = '[{"security": "A", "face": "11000000", "price": "100", "haircut": "5"}]'
M = Decimal(1_000_000)
FORWARD = {"product": "FORWARD", "value_date": "20261123", "spot_rate": Decimal("1.1")}
SWAP = {
    "product": "SWAP",
    "far_date": "20270125",
    "spot_rate": Decimal("1.1"),
    "points": Decimal("0.005"),
    "far_rate": Decimal("1.105"),
    "far_base_amount": M,
    "far_counter_amount": Decimal(1_105_000),
}
LOAN: dict[str, Any] = {
    "pair": "CNY",
    "base_amount": 10 * M,
    "rate": Decimal("1.46"),
    "counter_amount": Decimal("10002800.00"),
    "value_date": "20261021",
    "far_date": "20261028",
    "mid": Decimal("1.44"),
}
DEPOSIT = {**LOAN, "product": "DEPOSIT"}
REPO = {**LOAN, "product": "REPO", "collateral": BONDS}


def fill(number: int = 1, **changes: Any) -> Fill:
    """Client A buys 1m EUR/USD at 1.1000."""
    values: dict[str, Any] = {
        **dict.fromkeys(("transact_at_ns", "response_id", "quote_id")),
        "venue": "ALPHA",
        "exec_id": f"E{number}",
        "order_id": "O",
        "hit_id": "H",
        "client": "BANKA",
        "pair": "EUR/USD",
        "side": "1",
        "base_amount": M,
        "rate": Decimal("1.1"),
        "counter_amount": Decimal(1_100_000),
        "counter_currency": "USD",
        "value_date": "20261023",
        "trade_date": "20261021",
        "received_at_ns": number,
        "received_wall_ns": 0,
        "mid": None,
        "poss_dup": False,
    }
    return Fill(**{**values, **changes})


def quote(**changes: Any) -> QuoteLife:
    """A two-way quote."""
    values: dict[str, Any] = {
        **dict.fromkeys(("bid_size", "offer_size", "valid_until_ns", "mid", "market_wall_ns")),
        "venue": "ALPHA",
        "quote_id": "Q1",
        "request_id": "R1",
        "entry": 0,
        "client": "BANKA",
        "pair": "EUR/USD",
        "size": M,
        "bid": Decimal("1.1"),
        "offer": Decimal("1.2"),
        "value_date": "20261023",
        "received_at_ns": 1,
        "received_wall_ns": 0,
    }
    return QuoteLife(**{**values, **changes})


def breaches(*fills: Fill, quotes: tuple[QuoteLife, ...] = (), **limits: Any) -> list[str]:
    """What the oracle finds."""
    record = VenueRecord({}, (), (), quotes, (), fills, (), (), (), ())
    return limit_breaches(record, reference(limits=_limits(**limits)))


def _limits(**changes: Any) -> dict[str, Any]:
    sizes = [
        {"pair": "EUR/USD", "tier": "gold", "maximum": "25000000", "products": ["SPOT", "SWAP"]},
        {"pair": "EUR/USD", "tier": "gold", "maximum": "5000000", "products": ["FORWARD", "NDF"]},
        {"pair": "CNY", "tier": "gold", "maximum": "50000000", "products": ["DEPOSIT", "REPO"]},
    ]
    values = {
        "deal_size": sizes,
        "forward_add_ons": [{"days": 35, "share": "0.05"}, {"days": 100, "share": "0.1"}],
        "rate_collar_bp": "20",
        "line_rates": {"CNY": "0.15"},
        "net_open_position": {"CNY": "1000000"},
    }
    return {**values, **changes}


def _booked(**changes: Any) -> Booking:
    values: dict[str, Any] = {
        "message_id": "D1.v1",
        "payload_hash": "",
        "deal_id": "D1",
        "exec_id": "E1",
        "pair": "EUR/USD",
        "side": "SELL",
        "base_amount": M,
        "rate": Decimal("1.1"),
        "counter_amount": Decimal(1_100_000),
        "value_date": date(2026, 10, 23),
        "counterparty": "BANKA",
        "times_received": 1,
        "product": "SWAP",
        "far_value_date": date(2027, 1, 25),
        "far_rate": Decimal("1.105"),
        "far_base_amount": M,
        "far_counter_amount": Decimal(1_105_000),
    }
    return Booking(**{**values, **changes})


def test_a_swap_is_the_same_at_the_venue_and_in_the_back_office() -> None:
    assert of_fill(fill(**SWAP)) == of_booking(_booked())


@pytest.mark.parametrize(
    "changes",
    [
        {"product": "FORWARD"},
        {"far_value_date": None},
        {"far_rate": Decimal("1.1051")},
        {"far_base_amount": M + 1},
        {"far_counter_amount": Decimal(1_105_001)},
    ],
)
def test_a_far_leg_that_differs_is_different(changes: dict[str, Any]) -> None:
    assert of_fill(fill(**SWAP)) != of_booking(_booked(**changes))


def test_a_swap_moves_the_difference_of_its_counter_amounts_only() -> None:
    assert {"EUR": 0, "USD": Decimal(-5_000)} == nets_of_fill(fill(**SWAP))
    assert {"EUR": 0, "USD": Decimal(5_000)} == nets_of_fill(fill(**{**SWAP, "side": "2"}))


def test_an_uneven_swap_moves_the_difference_of_its_base_amounts() -> None:
    uneven = fill(**{**SWAP, "far_base_amount": 3 * M, "far_counter_amount": Decimal(3_315_000)})

    assert {"EUR": 2 * M, "USD": Decimal(1_100_000 - 3_315_000)} == nets_of_fill(uneven)


def test_a_loan_moves_its_interest() -> None:
    assert {"CNY": Decimal("2800.00")} == nets_of_fill(fill(**DEPOSIT))  # the client borrows
    assert {"CNY": Decimal("-2800.00")} == nets_of_fill(fill(**{**DEPOSIT, "side": "2"}))


def test_a_quote_could_move_what_a_hit_on_each_of_its_sides_would() -> None:
    legs = {
        "near_bid": Decimal("1.1"),
        "far_bid": Decimal("1.105"),
        "near_offer": Decimal("1.1"),
        "far_offer": Decimal("1.106"),
    }
    swap = quote(product="SWAP", far_date="20270125", far_size=M, **legs)
    spot = quote(currency="USD", size=Decimal(1_100_000))
    loan = quote(**{**_of_quote(DEPOSIT), "bid": Decimal("1.46"), "offer": Decimal("1.46")})

    assert [{"EUR": 0, "USD": -5_000}, {"EUR": 0, "USD": 6_000}] == nets_of_quote(swap)
    assert {"EUR": M, "USD": -1_100_000} == nets_of_quote(spot)[0]
    assert [{"CNY": Decimal("-2838.89")}, {"CNY": Decimal("2838.89")}] == nets_of_quote(loan)


def _of_quote(loan: dict[str, Any]) -> dict[str, Any]:
    kept = {name: loan[name] for name in ("pair", "value_date", "far_date", "product")}
    return {**kept, "size": loan["base_amount"]}


@pytest.mark.parametrize(
    ("changes", "exposure"),
    [
        ({}, "20000"),  # spot: the add-on of spot
        (FORWARD, "50000"),  # 33 days
        (SWAP, "100000"),  # 96 days, one base amount
        ({**SWAP, "far_base_amount": 3 * M}, "300000"),  # the larger leg
        ({**FORWARD, "product": "NDF"}, "50000"),
        (DEPOSIT, "10002800.00"),  # lent: all of it, with interest
        ({**DEPOSIT, "side": "2"}, "0"),  # borrowed
        (REPO, "0"),  # 10,450,000 covers it
        ({**REPO, "collateral": BONDS.replace("11000000", "10000000")}, "502800"),
        ({**REPO, "side": "2"}, "1000000"),  # their hands hold 11m of ours for 10m
    ],
)
def test_credit_exposure_of_each_product(changes: dict[str, Any], exposure: str) -> None:
    limits = reference(limits=_limits()).limits

    assert exposure_of(fill(**changes), limits) == Decimal(exposure)


def test_a_deal_longer_than_the_add_ons_is_found() -> None:
    assert ["deal E1: longer than any add-on"] == breaches(
        fill(**{**FORWARD, "value_date": "20270601"})
    )


def test_a_line_is_used_until_the_last_value_date() -> None:
    lent = fill(1, **DEPOSIT)  # 10,002,800.00 x 0.15 until the 28th
    later = [fill(2, trade_date=f"202610{day}", value_date="20261104") for day in (28, 29)]

    assert "line of BANKA" in breaches(lent, later[0], counterparty_lines={"BANKA": "1501000"})[0]
    assert [] == breaches(lent, later[1], counterparty_lines={"BANKA": "1501000"})


def test_a_line_is_converted_by_the_market_where_it_tells() -> None:
    lent = fill(**DEPOSIT)
    dollars = quote(pair="USD/CNY", mid=Decimal(8), bid=None, offer=None, size=Decimal(1))

    assert breaches(lent, counterparty_lines={"BANKA": "1400000"})  # 10,002,800.00 x 0.15
    assert [] == breaches(lent, quotes=(dollars,), counterparty_lines={"BANKA": "1251000"})


def test_a_position_of_both_legs_is_judged() -> None:
    swaps = [fill(number, **SWAP) for number in (1, 2)]

    assert [] == breaches(*swaps, net_open_position={"USD": "10000"})
    assert breaches(*swaps, net_open_position={"USD": "9990"})


def test_size_and_collar_are_those_of_the_product() -> None:
    away = {**DEPOSIT, "mid": Decimal("1.10")}  # 36 hundredths of a percent; 20 and 10 of slack

    assert [] == breaches(fill(**SWAP), fill(2, **FORWARD), fill(3, **DEPOSIT))
    assert "over 5000000" in breaches(fill(**{**FORWARD, "base_amount": 6 * M}))[0]
    large = fill(**{**REPO, "base_amount": 60 * M, "counter_amount": 60 * M})
    assert "over 50000000" in breaches(large)[-1]
    assert "away from mid 1.10" in breaches(fill(**away))[0]
    points = replace(fill(**SWAP), mid=Decimal("0.010"))  # 50 points off, 38.5 allowed
    assert "0.005 away from mid 0.010" in breaches(points)[0]
