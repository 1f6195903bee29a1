"""Rates and points: units, turning round, crossing, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D

import pytest

from robot.basics.currency import CurrencyPair
from robot.basics.rate import (
    FxRate,
    InterestRate,
    PointsFactors,
    SwapPoints,
    TwoWay,
    TwoWayPoints,
    check_points_unit,
    parse_fx_rate,
    parse_rate,
    spoken_points,
    turned_to_chain,
)
from robot.errors import Fault, InvalidTerms, UnknownReference

USD_CNY, USD_JPY, USD_BRL = (
    CurrencyPair("USD/CNY"),
    CurrencyPair("USD/JPY"),
    CurrencyPair("USD/BRL"),
)
TEN_THOUSAND = D(10_000)


def test_percent_is_the_unit_of_interest() -> None:
    assert D("0.0155") == parse_rate("1.55%").fraction
    assert InterestRate(D("-0.10")) == parse_rate("-0.10%")


def test_a_rate_turned_round_changes_its_currencies() -> None:
    found = parse_fx_rate("EUR/USD 1.25").inverse()
    assert FxRate(CurrencyPair("USD/EUR"), D("0.8")) == found


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("EUR/USD 1.1", "USD/CNY 7", "EUR/CNY 7.7"),
        ("EUR/USD 1.2", "GBP/USD 1.5", "EUR/GBP 0.8"),
        ("USD/JPY 140", "USD/CNY 7", "JPY/CNY 0.05"),
        ("USD/CNY 7", "EUR/USD 1.1", "CNY/EUR 0.1298701298701298701298701299"),
    ],
)
def test_a_cross_is_of_the_currencies_not_shared(first: str, second: str, expected: str) -> None:
    found, wanted = parse_fx_rate(first).cross(parse_fx_rate(second)), parse_fx_rate(expected)
    assert wanted.pair == found.pair
    assert abs(found.rate - wanted.rate) < D("1e-26")


@pytest.mark.parametrize(("first", "second"), [("EUR/USD", "USD/EUR"), ("EUR/USD", "GBP/JPY")])
def test_pairs_without_exactly_one_common_currency_do_not_cross(first: str, second: str) -> None:
    with pytest.raises(InvalidTerms, match=f"not {first} and {second}"):
        turned_to_chain(CurrencyPair(first), CurrencyPair(second))


def test_the_sides_change_places_when_a_price_is_turned_round() -> None:
    assert TwoWay(D("0.4"), D("0.5")) == TwoWay(D("2"), D("2.5")).inverse()


@pytest.mark.parametrize(
    ("left", "right", "bid", "offer"),
    [
        ("23", "28", "23", "28"),  # rising: the base is at a premium
        ("28", "23", "-28", "-23"),  # falling: at a discount
        ("-2", "3", "-2", "3"),  # around par, signs said
        ("-28", "-23", "-28", "-23"),  # as feeds send them
        ("5", "5", "5", "5"),
    ],
)
def test_points_take_their_sign_from_how_they_run(
    left: str, right: str, bid: str, offer: str
) -> None:
    assert TwoWayPoints(D(bid), D(offer), TEN_THOUSAND) == spoken_points(
        D(left), D(right), TEN_THOUSAND
    )


def test_a_provider_may_have_its_own_scale() -> None:
    factors = PointsFactors(
        market={USD_CNY: TEN_THOUSAND, USD_BRL: D(1)}, providers={"EBS": {USD_BRL: TEN_THOUSAND}}
    )
    assert (D(1), TEN_THOUSAND) == (factors.factor(USD_BRL), factors.factor(USD_BRL, "EBS"))
    assert TEN_THOUSAND == factors.factor(USD_CNY, "EBS")
    with pytest.raises(UnknownReference, match="no points factor configured for USD/JPY"):
        factors.factor(USD_JPY)


def test_points_in_price_units_are_what_fix_carries() -> None:
    points = SwapPoints(D("-476.4"), TEN_THOUSAND)
    assert D("-0.04764") == points.price
    assert points == SwapPoints.from_price(points.price, TEN_THOUSAND)


@pytest.mark.parametrize(
    ("price", "spot", "days", "factor"),
    [
        ("-476.4", "7.0012", 91, 10_000),
        ("-1.5", "150", 1, 100),  # USD/JPY overnight, in pips
        ("-50", "150", 31, 100),
        ("0.47", "1.0318", 1, 10_000),  # EUR/USD overnight, in pips
    ],
)
def test_pips_are_not_taken_for_price_units(price: str, spot: str, days: int, factor: int) -> None:
    with pytest.raises(InvalidTerms, match="price units are expected") as caught:
        check_points_unit(D(price), spot=D(spot), days=days, factor=D(factor))
    assert Fault.WRONG_UNIT is caught.value.fault
    assert price in caught.value.text and spot in caught.value.text


@pytest.mark.parametrize(
    ("price", "spot", "days", "factor"),
    [
        ("-0.04764", "7.0012", 91, 10_000),
        ("-0.015", "150", 1, 100),
        ("0.3", "115", 1, 100),  # a year-end turn in yen
        ("60.7370", "56.881", 365, 1),  # USD/ARS
        ("1", "56.881", 1, 1),  # there is one unit only: nothing to mistake
    ],
)
def test_usual_points_pass(price: str, spot: str, days: int, factor: int) -> None:
    found = check_points_unit(D(price), spot=D(spot), days=days, factor=D(factor))
    assert D(price) == found


@pytest.mark.parametrize(("price", "spot"), [("NaN", "1.1"), ("sNaN", "1.1"), ("0.1", "NaN")])
def test_points_and_spot_must_be_numbers(price: str, spot: str) -> None:
    with pytest.raises(InvalidTerms, match=f"points {price} on spot {spot}"):
        check_points_unit(D(price), spot=D(spot), days=1, factor=TEN_THOUSAND)


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: parse_rate("1.55"), "'1.55': write it in percent"),
    (lambda: parse_rate("x%"), "not a rate in percent: 'x%'"),
    (lambda: parse_rate("1000%"), "rate 1000 % must be between"),
    (lambda: InterestRate(D("Infinity")), "rate Infinity"),
    (lambda: parse_fx_rate("EUR/USD 0"), "rate 0 of EUR/USD must be above zero"),
    (lambda: parse_fx_rate("EUR/USD"), "not an FX rate: 'EUR/USD'"),
    (lambda: parse_fx_rate("EUR/EUR 1"), "a pair needs two currencies"),
    (lambda: FxRate(USD_CNY, D(-1)), "rate -1 of USD/CNY"),
    (lambda: FxRate(CurrencyPair("USD/USD"), D(1)), "two currencies: 'USD/USD'"),
    (lambda: TwoWay(D(0), D(1)).inverse(), "rates 0/1 must be above zero"),
    (lambda: spoken_points(D(3), D(-2), TEN_THOUSAND), "signed points 3/-2"),
    (lambda: SwapPoints(D(1), D(5000)), "points factor 5000 must be a power of ten"),
    (lambda: SwapPoints(D(1), D("0.1")), "points factor 0.1"),
    (lambda: SwapPoints(D(1), D("NaN")), "points factor NaN"),
    (
        lambda: TwoWayPoints(D(1), D(2), D(100)).plus(TwoWayPoints(D(1), D(2), D(10))),
        "factor 100 and of factor 10 do not add",
    ),
]


@pytest.mark.parametrize(("make", "words"), BAD, ids=[words for _, words in BAD])
def test_what_cannot_be_a_rate_is_refused_with_its_value(
    make: Callable[[], object], words: str
) -> None:
    with pytest.raises((InvalidTerms, UnknownReference)) as caught:
        make()
    assert words in str(caught.value)
