"""Orders of ours as they leave: valid by the dictionary, our own side, and nothing that cannot be
meant.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("quickfix")

from connectors.fix.encode import message_for
from connectors.fix.fields import FixMessage
from robot.basics.ids import VenueId
from robot.deals.party import SELL
from robot.errors import ConfigurationError, InvalidTerms
from robot.messages.base import Wire
from robot.messages.effects import AskOrder, CancelAllOrders
from robot.messages.orders import OrderKind, TimeInForce
from tests.kit.fix_orders import (
    TAKING,
    UNTIL_NS,
    cancel,
    every_order,
    order,
    question,
    replacement,
)
from tests.kit.fix_products import AT_NS, dialect, on_the_wire

MARKERS = {"fix44": "FOR", "fix50sp2": "FXSPOT"}
NOW = "20260107-01:30:00.120"


def sent(effect: Wire, preset: str) -> FixMessage:
    """The message as QuickFIX sends it, which its own dictionary has found valid."""
    return on_the_wire(message_for(effect, dialect(preset), AT_NS), preset)


def body(effect: Wire, preset: str) -> dict[int, str]:
    """Without the head and the checksum."""
    head = {8, 9, 35, 49, 56, 34, 52, 10, 1128}
    return {tag: value for tag, value in sent(effect, preset).fields if tag not in head}


KINDS: dict[str, tuple[dict[str, Any], dict[int, str], tuple[int, ...]]] = {
    "limit, at once": ({}, {40: "2", 44: "1.17010", 59: "3"}, (117, 126)),
    "market, all or nothing": (
        {"kind": OrderKind.MARKET, "price": None, "time_in_force": TimeInForce.FOK},
        {40: "1", 59: "4"},
        (44, 117, 126),
    ),
    "on a quote": (
        {"kind": OrderKind.PREVIOUSLY_QUOTED, "quote_id": "Q9", "time_in_force": TimeInForce.FOK},
        {40: "D", 44: "1.17010", 117: "Q9", 59: "4"},
        (126,),
    ),
    "for the day": ({"time_in_force": TimeInForce.DAY}, {59: "0"}, (126,)),
    "until a time": (
        {"time_in_force": TimeInForce.GTD, "expires_ns": UNTIL_NS},
        {59: "6", 126: "20260107-01:31:00.120"},
        (),
    ),
    "we sell": ({"side": SELL}, {54: "2"}, ()),
    "in the counter currency": ({"currency": "USD"}, {15: "USD", 38: "10000000"}, ()),
}


@pytest.mark.parametrize("preset", TAKING)
@pytest.mark.parametrize("name", KINDS)
def test_an_order(name: str, preset: str) -> None:
    changes, wanted, absent = KINDS[name]
    usual = {11: "O1", 55: "EUR/USD", 54: "1", 38: "10000000", 15: "EUR", 64: "20260109", 60: NOW}
    found = body(order(**changes), preset)
    expected = usual | {167: MARKERS[preset]} | wanted
    assert expected == {tag: found.get(tag) for tag in expected}
    assert not set(absent) & set(found)


@pytest.mark.parametrize("preset", TAKING)
def test_a_cancel_names_the_order_by_both_ids(preset: str) -> None:
    assert {
        41: "O1",
        11: "O2",
        37: "V1",
        55: "EUR/USD",
        167: MARKERS[preset],
        54: "1",
        38: "10000000",
        60: NOW,
    } == body(cancel(), preset)
    assert "F" == sent(cancel(), preset).type


@pytest.mark.parametrize("preset", TAKING)
def test_a_replacement_says_the_whole_order_anew(preset: str) -> None:
    assert {
        41: "O1",
        11: "O2",
        37: "V1",
        55: "EUR/USD",
        167: MARKERS[preset],
        15: "EUR",
        54: "1",
        38: "8000000",
        40: "2",
        44: "1.17015",
        59: "0",
        64: "20260109",
        60: NOW,
    } == body(replacement(), preset)
    until = replacement(time_in_force=TimeInForce.GTD, expires_ns=UNTIL_NS)
    assert "20260107-01:31:00.120" == body(until, preset)[126]


@pytest.mark.parametrize("preset", TAKING)
def test_a_question_and_a_mass_cancel(preset: str) -> None:
    asked = body(question(), preset)
    assert {11: "O1", 37: "V1", 55: "EUR/USD", 167: MARKERS[preset], 54: "1"} == asked
    all_of_them = body(CancelAllOrders(venue=VenueId("ALPHA"), request_id="M1"), preset)
    assert {11: "M1", 530: "7", 60: NOW} == all_of_them


@pytest.mark.parametrize("preset", TAKING)
def test_an_order_that_the_venue_never_answered_is_named_by_our_id_alone(preset: str) -> None:
    for effect in (
        cancel(venue_order_id=""),
        replacement(venue_order_id=""),
        question(venue_order_id=""),
    ):
        assert 37 not in body(effect, preset)


@pytest.mark.parametrize("effect", every_order(), ids=lambda effect: type(effect).__name__)
def test_a_venue_that_takes_no_orders_gets_none(effect: Wire) -> None:
    if isinstance(effect, AskOrder):  # what became of a quote that we took is asked anywhere
        assert "H" == message_for(effect, dialect("cfets_like"), AT_NS).type
        return
    wanted = f"{type(effect).__name__} cannot be sent to ALPHA: its dialect takes no orders"
    with pytest.raises(ConfigurationError, match=wanted):
        message_for(effect, dialect("cfets_like"), AT_NS)


REFUSED: dict[str, tuple[Wire, str]] = {
    "limit without price": (order(price=None), "LIMIT with price None"),
    "market with price": (order(kind=OrderKind.MARKET), "MARKET with price 1.17010"),
    "quoted without quote": (order(kind=OrderKind.PREVIOUSLY_QUOTED), "with quote ''"),
    "limit on a quote": (order(quote_id="Q9"), "LIMIT with quote 'Q9'"),
    "GTD without end": (order(time_in_force=TimeInForce.GTD), "GTD with expires_ns 0"),
    "IOC with end": (order(expires_ns=UNTIL_NS), "IOC with expires_ns"),
    "replaced without end": (replacement(time_in_force=TimeInForce.GTD), "GTD with expires_ns 0"),
    "no amount": (order(amount=Decimal(0)), "over 0: 0"),
    "negative price": (order(price=Decimal(-1)), "over 0: -1"),
    "other currency": (order(currency="CNY"), "CNY is not dealt in EUR/USD"),
    "nothing to cancel": (cancel(amount=Decimal(-5)), "over 0: -5"),
    "replaced by nothing": (replacement(amount=Decimal(0)), "over 0: 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_order_that_contradicts_itself_does_not_leave(name: str) -> None:
    effect, told = REFUSED[name]
    with pytest.raises(InvalidTerms) as refused:
        message_for(effect, dialect("fix44"), AT_NS)
    assert told in refused.value.text
    assert effect.order_id in refused.value.text  # type: ignore[attr-defined]
