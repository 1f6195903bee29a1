"""What the back office finds wrong in the deals of each product, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mqtt.payload import deal_message
from connectors.sim.deal_checks import check_deal, rounded
from robot.basics.currency import Currency, round_amount
from robot.ledger.posting import entry_for
from robot.messages.effects import DealBooked
from tests.kit.deals import every_product

Data = dict[str, Any]

DEALS = every_product()


def data_of(name: str) -> Data:
    """The deal in its message."""
    deal = DEALS[name]
    booked = DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})
    data: Data = json.loads(deal_message(booked, 1, "BANKCN", "test").payload)["data"]
    return data


def moved(data: Data, leg: int, days: str) -> None:
    """A whole leg on another date: in itself it is sound."""
    old = data["legs"][leg]["value_date"]
    for flow in (*data["legs"][leg]["flows"], *data["flows"]):
        if flow["value_date"] == old:
            flow["value_date"] = days
    data["legs"][leg]["value_date"] = days


def move_far(data: Data, day: str) -> None:
    moved(data, 1, day)
    data["far_value_date"] = day


def pay_as_the_near_leg(data: Data) -> None:
    """The far leg on the side of the near one."""
    for flow in (*data["legs"][1]["flows"], *data["flows"][2:]):
        flow["amount"] = str(-Decimal(flow["amount"]))


def at_another_far_rate(data: Data) -> None:
    data["far_rate"] = data["legs"][1]["rate"] = "6.9537"


def owe(data: Data, interest: str, repayment: str) -> None:
    """Another interest, the same everywhere."""
    data.update(interest=interest, counter_amount=repayment)
    data["legs"][1]["flows"][1]["amount"] = data["flows"][2]["amount"] = interest


def deliver_the_other_way(data: Data) -> None:
    for leg in data["legs"]:
        for item in leg["securities"]:
            item["face"] = str(-Decimal(item["face"]))


def rounded_down(data: Data) -> None:
    """A base amount one cent less, everywhere."""
    data["base_amount"] = "679647.93"
    data["flows"][0]["amount"] = "-679647.93"


@pytest.mark.parametrize("name", DEALS)
def test_a_deal_of_each_product_is_sound(name: str) -> None:
    check_deal(data_of(name))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("spot", lambda d: d.update(product="FX_SPOT"), "not one that is booked"),
        ("spot", lambda d: d.update(product="FORWARD"), "FORWARD without dealt_currency, legs"),
        ("spot", lambda d: d.update(notional=True), "SPOT with notional"),
        ("spot", lambda d: d.update(legs=[]), "SPOT with legs"),
        ("spot", lambda d: d.update(dealt_currency="USD"), None),
        ("spot", lambda d: d.update(dealt_currency="CHF"), "divided by rate"),
        ("spot", lambda d: d.update(trade_date="2026-01-13"), "names another trade date"),
        ("spot", lambda d: d.update(value_date="20260116"), "YYYY-MM-DD"),
        ("spot in the counter currency", rounded_down, "divided by rate"),
        ("forward", lambda d: d.update(spot_rate="7.0013"), "spot rate plus points"),
        ("forward", lambda d: d.update(points="300"), "spot rate plus points"),
        ("forward", lambda d: d.pop("points"), "FORWARD without points"),
        ("forward", lambda d: d["legs"].append(d["legs"][0]), "numbered from 1"),
        ("forward", lambda d: d.update(legs=[]), "numbered from 1"),
        ("forward", lambda d: d["legs"][0].update(number="1"), "numbered from 1"),
        ("swap", lambda d: d["legs"].reverse(), "numbered from 1"),
        ("swap", lambda d: move_far(d, "2026-01-16"), "follow each other"),
        ("swap", lambda d: move_far(d, "2026-01-15"), "follow each other"),
        ("swap", lambda d: d.update(far_value_date="2026-04-17"), "far value date"),
        ("swap", pay_as_the_near_leg, "follow from the side"),
        ("swap", at_another_far_rate, "counter amount is not base amount times rate"),
        ("swap", lambda d: d.update(far_rate="6.9537"), "far rate is not that"),
        ("swap", lambda d: d.update(points="-0.0477"), "near rate plus points"),
        ("swap", lambda d: d.update(spot_rate="7"), "spot rate plus near points"),
        ("swap", lambda d: d.pop("far_rate"), "SWAP without far_rate"),
        ("NDF", lambda d: d.pop("notional"), "NDF without notional"),
        ("NDF", lambda d: d.update(notional="true"), "not marked as notional"),
        ("NDF", lambda d: d.update(notional=False), "not marked as notional"),
        ("NDF", lambda d: d.update(fixing_date="2026-02-17"), "fixing date"),
        ("NDF", lambda d: d.update(fixing_date="2026-01-13"), "fixing date"),
        ("NDF", lambda d: d.update(settlement_currency="EUR"), "settlement currency"),
        ("NDF", lambda d: d.update(fixing_index=""), "fixing_index is not a text"),
        ("NDF", lambda d: d.update(product="FORWARD"), "FORWARD with fixing_date"),
        ("deposit", lambda d: d.update(counter_currency="USD"), "differ from the pair"),
        ("deposit", lambda d: d.update(pair="CNY/CNY"), "differ from the pair"),
        ("deposit", lambda d: d.update(cash_side="BORROW"), "cash side"),
        ("deposit", lambda d: d.update(side="BUY"), "cash side"),
        ("deposit", lambda d: d.update(side="BUY", cash_side="BORROW"), "follow from side"),
        ("deposit", lambda d: d.update(day_count="ACT/365F"), "principal x rate"),
        ("deposit", lambda d: d.update(day_count="BUS/252"), "unknown day count"),
        ("deposit", lambda d: owe(d, "120.57", "400120.57"), "principal x rate"),
        ("deposit", lambda d: d.update(interest="120.57"), "principal plus interest"),
        ("deposit", lambda d: move_far(d, "2026-01-22"), "principal x rate"),
        ("deposit", lambda d: d.update(product="REPO"), "securities do not go"),
        ("deposit", lambda d: d.update(contract_code="IBO007"), None),
        ("repo", lambda d: d.update(product="DEPOSIT"), "DEPOSIT with collateral"),
        ("repo", deliver_the_other_way, "against the cash"),
        ("repo", lambda d: d["legs"][1]["securities"].pop(), "come back"),
        ("repo", lambda d: d["legs"][1].pop("securities"), "come back"),
        ("repo", lambda d: d["collateral"].pop(), "not what is delivered"),
        ("repo", lambda d: d["collateral"][0].update(price="60"), "does not cover"),
        ("repo", lambda d: d["collateral"][0].update(haircut="50"), "does not cover"),
        ("repo", lambda d: d["collateral"][0].update(haircut="100"), "haircut"),
        ("repo", lambda d: d["collateral"][0].update(security="X"), "not what is delivered"),
        ("outright repo", lambda d: d.update(collateral=[]), "not what is delivered"),
    ],
)
def test_a_contradiction_is_named(
    name: str, change: Callable[[Data], object], words: str | None
) -> None:
    data = data_of(name)
    change(data)
    if words is None:
        check_deal(data)
    else:
        with pytest.raises(ValueError, match=words):
            check_deal(data)


def test_a_forward_of_one_currency_is_no_exchange() -> None:
    data = data_of("forward")
    data.update(pair="USD", counter_currency="USD")
    with pytest.raises(ValueError, match="two currencies"):
        check_deal(data)


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=6),
    st.sampled_from(["USD", "JPY", "KWD", "UYW", "CNH", "KRW"]),
)
def test_the_back_office_rounds_as_the_market_does(amount: Decimal, code: str) -> None:
    assert Fraction(round_amount(amount, Currency(code))) == rounded(Fraction(amount), code)
