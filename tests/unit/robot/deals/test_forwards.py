"""Points, outrights, swaps, crosses, parity: sides, signs and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D

import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.rate import TwoWay, TwoWayPoints, parse_rate, spoken_points
from robot.deals.forwards import (
    Funding,
    SwapRates,
    cross,
    dealt_points,
    fair_forward,
    far_amount_without_spot_risk,
    forward_forward_points,
    forward_value,
    implied_base_yield,
    implied_counter_yield,
    interpolated_points,
    ndf_settlement,
    outright,
    outright_before_spot,
    parity_forward,
    swap_rates,
)
from robot.deals.party import BUY, SELL, Side
from robot.errors import Fault, InvalidTerms

USD_CNY, EUR_USD = CurrencyPair("USD/CNY"), CurrencyPair("EUR/USD")
GBP_USD, USD_JPY = CurrencyPair("GBP/USD"), CurrencyPair("USD/JPY")
USD, CNY = Currency("USD"), Currency("CNY")
FACTOR = D(10_000)
SPOT = TwoWay(D("1.0350"), D("1.0355"))


def points(bid: str, offer: str) -> TwoWayPoints:
    return TwoWayPoints(D(bid), D(offer), FACTOR)


def test_points_that_change_sign_move_each_side_its_own_way() -> None:
    assert TwoWay(D("1.0348"), D("1.0358")) == outright(SPOT, points("-2", "3"))


def test_value_today_takes_off_both_short_swaps_on_the_other_sides() -> None:
    tomorrow = outright_before_spot(SPOT, points("-3", "-2"))
    today = outright_before_spot(SPOT, points("-3", "-2"), overnight=points("1.0", "1.5"))

    assert TwoWay(D("1.0352"), D("1.0358")) == tomorrow
    assert TwoWay(D("1.03505"), D("1.0357")) == today


def test_a_broken_date_lies_on_the_line_between_its_neighbours() -> None:
    """1M -145/-140 on 2026-02-16, 2M -290/-284 on 2026-03-16: 18 of 28 days on."""
    first, second = date(2026, 2, 16), date(2026, 3, 16)
    near, far = points("-145", "-140"), points("-290", "-284")

    found = interpolated_points(date(2026, 3, 6), (first, near), (second, far))

    assert D("-238.2143") == round(found.bid, 4)
    assert D("-232.5714") == round(found.offer, 4)
    assert near == interpolated_points(first, (first, near), (second, far))
    assert far == interpolated_points(second, (first, near), (second, far))


def test_a_date_outside_the_quoted_ones_is_refused() -> None:
    first, second = date(2026, 2, 16), date(2026, 3, 16)
    near, far = (first, points("1", "2")), (second, points("2", "3"))
    with pytest.raises(InvalidTerms, match="2026-03-17 is not between the quoted dates"):
        interpolated_points(date(2026, 3, 17), near, far)
    with pytest.raises(InvalidTerms, match="quoted date 2026-03-16 must be before"):
        interpolated_points(first, far, near)
    with pytest.raises(InvalidTerms, match="factor 10000 and of 100 do not mix"):
        interpolated_points(first, near, (second, TwoWayPoints(D(1), D(2), D(100))))


@pytest.mark.parametrize(
    ("near_side", "as_maker", "expected"),
    [
        (SELL, True, "-0.0480"),  # left: the maker sells near and buys far
        (BUY, True, "-0.0476"),  # right: the maker buys near and sells far
        (BUY, False, "-0.0480"),  # B/S of a taker deals on the left
        (SELL, False, "-0.0476"),  # S/B of a taker deals on the right
    ],
)
def test_a_swap_is_dealt_on_the_makers_side(near_side: Side, as_maker: bool, expected: str) -> None:
    quoted = points("-480", "-476")
    assert D(expected) == dealt_points(quoted, near_side, as_maker=as_maker)


def test_only_the_difference_of_a_swap_is_its_price() -> None:
    assert SwapRates(D("7.0012"), D("6.9532")) == swap_rates(D("7.0012"), D("-0.0480"))
    with pytest.raises(InvalidTerms, match=r"points -476 gives a far rate") as caught:
        swap_rates(D("7.0012"), D(-476))
    assert Fault.RATE_NOT_POSITIVE is caught.value.fault


def test_a_forward_forward_crosses_both_spreads() -> None:
    assert points("-338", "-330") == forward_forward_points(
        points("-145", "-140"), points("-478", "-475")
    )


def test_the_far_amount_of_an_uneven_swap_takes_out_the_spot_risk() -> None:
    """10 million dollars at 4.20 % for 91 days ACT/360 grow by 106,166.67."""
    found = far_amount_without_spot_risk(D(10_000_000), USD, parse_rate("4.20%"), (91, 360))
    assert D("10106166.67") == found


def test_parity_and_implied_yields_are_each_others_inverse() -> None:
    base, counter = Funding(parse_rate("4.2%"), (91, 360)), Funding(parse_rate("1.5%"), (91, 365))
    spot = D("7.0012")
    forward = parity_forward(spot, base, counter)

    assert D("1.5") == round(implied_counter_yield(spot, forward, base, (91, 365)).percent, 20)
    assert D("4.2") == round(implied_base_yield(spot, forward, counter, (91, 360)).percent, 20)
    with pytest.raises(InvalidTerms, match="no yield over 0 days"):
        implied_counter_yield(spot, forward, base, (0, 365))


@pytest.mark.parametrize(
    ("points", "dollars", "days", "expected"),
    [
        ("-145", "4.25", 31, "1.861581404594"),
        ("-435", "4.20", 90, "1.712069240508"),
        ("-830", "4.10", 181, "1.716991943493"),
        ("-1210", "4.00", 273, "1.674766847922"),
    ],
)
def test_implied_yields_are_quantlibs(points: str, dollars: str, days: int, expected: str) -> None:
    """QuantLib 1.44: FxSwapRateHelper on USD/CNY 7.0012 bootstrapped against a flat dollar curve,
    its growth from spot to the far date as ACT/365. Agrees to 3e-12 percent.
    """
    spot = D("7.0012")
    base = Funding(parse_rate(f"{dollars}%"), (days, 360))
    found = implied_counter_yield(spot, spot + D(points) / FACTOR, base, (days, 365))
    assert abs(found.percent - D(expected)) < D("1e-11")


_USD, _CNY = Funding(parse_rate("4.2%"), (91, 360)), Funding(parse_rate("1.5%"), (91, 365))
_LOST = Funding(parse_rate("-999%"), (91, 360))
"""A rate at which nothing is left."""


@pytest.mark.parametrize(
    ("work_out", "named"),
    [
        (lambda: parity_forward(D(0), _USD, _CNY), "spot 0"),
        (lambda: parity_forward(D(7), _LOST, _CNY), "base growth -1.52"),
        (lambda: implied_counter_yield(D(0), D(7), _USD, (91, 365)), "spot 0"),
        (lambda: implied_base_yield(D(7), D("NaN"), _CNY, (91, 360)), "forward NaN"),
        (lambda: fair_forward(D(7), D("0.99"), D(0)), "counter discount 0"),
        (lambda: forward_value(BUY, D(1000), D(7), D(0), D("0.99")), "fair rate 0"),
    ],
)
def test_a_forward_of_nothing_is_refused_with_the_value(
    work_out: Callable[[], object], named: str
) -> None:
    with pytest.raises(InvalidTerms, match=named) as caught:
        work_out()
    assert Fault.RATE_NOT_POSITIVE is caught.value.fault


def test_a_cross_that_divides_takes_the_other_side() -> None:
    """EUR/GBP bid = EUR/USD bid / GBP/USD offer, offer = offer / bid."""
    euro, pound = TwoWay(D("1.1700"), D("1.1701")), TwoWay(D("1.3500"), D("1.3504"))

    pair, found = cross(EUR_USD, euro, GBP_USD, pound)

    assert "EUR/GBP" == pair
    assert D("0.866410") == round(found.bid, 6) == round(euro.bid / pound.offer, 6)
    assert D("0.866741") == round(found.offer, 6) == round(euro.offer / pound.bid, 6)


def test_a_cross_of_two_pairs_with_one_base_divides_too() -> None:
    """CNY/JPY bid = USD/JPY bid / USD/CNY offer."""
    yuan, yen = TwoWay(D("7.0010"), D("7.0014")), TwoWay(D("150.10"), D("150.14"))

    pair, found = cross(USD_CNY, yuan, USD_JPY, yen)

    assert "CNY/JPY" == pair
    assert round(yen.bid / yuan.offer, 20) == round(found.bid, 20)
    assert round(yen.offer / yuan.bid, 20) == round(found.offer, 20)


@pytest.mark.parametrize(
    ("side", "fixing", "currency", "expected"),
    [
        (BUY, "7.05", USD, "70921.99"),
        (SELL, "7.05", USD, "-70921.99"),
        (BUY, "6.95", USD, "-71942.45"),
        (BUY, "7.05", CNY, "500000.00"),
        (BUY, "7.00", USD, "0.00"),
    ],
)
def test_an_ndf_pays_the_difference_to_the_fixing(
    side: Side, fixing: str, currency: Currency, expected: str
) -> None:
    terms = (USD_CNY, side, D(10_000_000), D("7.00"), D(fixing), currency)
    assert expected == str(ndf_settlement(*terms))


def test_an_ndf_without_a_usable_fixing_is_refused() -> None:
    with pytest.raises(InvalidTerms, match="rate 0 of USD/CNY"):
        ndf_settlement(USD_CNY, BUY, D(1), D(7), D(0), USD)
    with pytest.raises(InvalidTerms, match="EUR is no currency of USD/CNY"):
        ndf_settlement(USD_CNY, BUY, D(1), D(7), D(7), Currency("EUR"))


def test_a_falling_price_said_without_signs_is_subtracted() -> None:
    assert D("1.0322") == outright(SPOT, spoken_points(D(28), D(23), FACTOR)).bid
