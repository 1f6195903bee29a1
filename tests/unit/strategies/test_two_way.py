"""The two-way strategy: margin by tier and size, lean by position, rounded to the tick."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.strategy import Facts
from strategies.two_way import TwoWay

PARAMETERS = {
    "lean_max": "2",
    "tiers": {
        "gold": [
            {"up_to": "1000000", "margin": "0.2"},
            {"up_to": "5000000", "margin": "0.5"},
        ]
    },
}


def facts(**changes: Any) -> Facts:
    """A market of 1.1000/1.1001 and no position."""
    values: dict[str, Any] = {
        "pair": CurrencyPair("EUR/USD"),
        "product": ProductKind.SPOT,
        "side": None,
        "amount": Decimal(1_000_000),
        "counterparty": CounterpartyId("BANKA"),
        "tier": "gold",
        "bid": Decimal("1.10000"),
        "offer": Decimal("1.10010"),
        "mid": Decimal("1.10005"),
        "market_age_ms": 5,
        "pip": Decimal("0.0001"),
        "tick": Decimal("0.00001"),
        "value_date": date(2014, 5, 5),
        "far_value_date": None,
        "spot": Decimal("1.10005"),
        "position": Decimal(0),
        "position_limit": Decimal(10_000_000),
        "gap": Decimal(0),
        "chance": 0.5,
    }
    return Facts(**{**values, **changes})


def prices(**changes: Any) -> tuple[str | None, str | None]:
    """Bid and offer as text."""
    decided = TwoWay(PARAMETERS).decide(facts(**changes))
    assert not decided.passed, decided
    return tuple(str(p) if p is not None else None for p in (decided.bid, decided.offer))  # type: ignore[return-value]


def test_the_margin_is_taken_on_both_sides() -> None:
    assert ("1.10003", "1.10007") == prices()


def test_only_the_side_that_was_asked_is_priced() -> None:
    assert ("1.10003", None) == prices(side=BUY)
    assert (None, "1.10007") == prices(side=SELL)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("999999.99", ("1.10003", "1.10007")),
        ("1000000", ("1.10003", "1.10007")),
        ("1000000.01", ("1.10000", "1.10010")),
        ("5000000", ("1.10000", "1.10010")),
    ],
)
def test_a_size_step_includes_its_own_end(amount: str, expected: tuple[str, str]) -> None:
    assert expected == prices(amount=Decimal(amount))


@pytest.mark.parametrize("changes", [{"amount": Decimal("5000000.01")}, {"tier": "bronze"}])
def test_a_size_or_tier_without_a_margin_is_passed(changes: dict[str, Any]) -> None:
    decided = TwoWay(PARAMETERS).decide(facts(**changes))
    assert decided.passed == "NO_MARGIN"
    assert decided.bid is None and decided.offer is None


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("5000000", ("1.09993", "1.09997")),  # half: 1 pip down
        ("-5000000", ("1.10013", "1.10017")),
        ("10000000", ("1.09983", "1.09987")),  # full: 2 pips
        ("20000000", ("1.09983", "1.09987")),  # and never more
        ("-90000000", ("1.10023", "1.10027")),
    ],
)
def test_both_prices_lean_against_the_position(position: str, expected: tuple[str, str]) -> None:
    assert expected == prices(position=Decimal(position))


def test_without_a_position_limit_there_is_no_lean() -> None:
    assert ("1.10003", "1.10007") == prices(position=Decimal(10**7), position_limit=Decimal(0))


def test_prices_are_rounded_away_from_the_mid() -> None:
    assert ("1.1000", "1.1001") == prices(tick=Decimal("0.0001"))


def test_the_reasons_name_mid_margin_and_lean() -> None:
    because = TwoWay(PARAMETERS).decide(facts(position=Decimal(5_000_000))).because
    assert "mid 1.10005 of 1.10000/1.10010, 5 ms old" in because[0]
    assert because[1].startswith("margin 0.2 pips") and because[2].startswith("lean 1.00 pips")


def test_the_same_facts_give_the_same_decision() -> None:
    strategy = TwoWay(PARAMETERS)
    assert strategy.decide(facts()) == strategy.decide(facts())


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"up_to": "5", "margin": "1"}, {"up_to": "1", "margin": "1"}],
        [{"up_to": "5", "margin": "1"}, {"up_to": "5", "margin": "2"}],
        [{"up_to": "0", "margin": "1"}],
        [{"up_to": "5", "margin": "-0.1"}],
        [{"up_to": "5", "margin": "NaN"}],
        [{"up_to": "NaN", "margin": "1"}],
        [{"up_to": "5"}],
        [{"up_to": "5", "margin": "1", "marginn": "2"}],
        [{"up_to": "Infinity", "margin": "Infinity"}],
        [{"up_to": "5", "margin": "1e999"}],
        [{"up_to": "1e999", "margin": "1"}],
        [{"up_to": "1_0", "margin": "1"}],
        [{"up_to": "5", "margin": "10000.1"}],
        [{"up_to": "１０", "margin": "1"}],
    ],
)
def test_a_wrong_ladder_is_refused_at_the_start(steps: list[dict[str, str]]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        TwoWay({"lean_max": "1", "tiers": {"gold": steps}})


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"lean_max": "1"},
        {"lean_max": "1", "tiers": {}, "leanmax": "1"},
        *({"lean_max": wrong, "tiers": {}} for wrong in ("x", "-1", "1e2", "1_0", "NaN", True)),
    ],
)
def test_wrong_parameters_are_refused_at_the_start(parameters: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        TwoWay(parameters)


def test_a_wrong_number_is_told_with_its_place() -> None:
    steps = [{"up_to": "5", "margin": "1"}, {"up_to": "6", "margin": "1e999"}]
    with pytest.raises(ValueError, match=r"parameters\.tiers\.gold\[1\]\.margin: .*'1e999'"):
        TwoWay({"lean_max": "1", "tiers": {"gold": steps}})


def test_every_product_has_a_ladder_of_its_own_and_does_not_lean() -> None:
    """Points of -6 to -5 pips: 1 pip around -5.5, to the hundredth of a pip."""
    parameters = {
        **PARAMETERS,
        "lean_max": "2",
        "products": {"SWAP": {"gold": [{"up_to": "5000000", "margin": "1"}]}},
    }
    swap = facts(
        product=ProductKind.SWAP,
        bid=Decimal("-0.00060"),
        offer=Decimal("-0.00050"),
        mid=Decimal("-0.00055"),
        tick=Decimal("0.000001"),
        position=Decimal(10_000_000),
    )
    decided = TwoWay(parameters).decide(swap)
    assert (Decimal("-0.00065"), Decimal("-0.00045")) == (decided.bid, decided.offer)
    passed = TwoWay(PARAMETERS).decide(swap)
    assert ("NO_MARGIN", "no margin for SWAP") == (passed.passed, passed.because[0][:18])


def test_the_margins_of_spot_have_one_place() -> None:
    parameters = {**PARAMETERS, "products": {"SPOT": {"gold": []}}}
    with pytest.raises(ValueError, match="SPOT stand under tiers"):
        TwoWay(parameters)
