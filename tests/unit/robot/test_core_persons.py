"""Orders that persons place, change and take out; they pass the gate that all passes."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.messages.effects import (
    AlertRaised,
    CancelAllOrders,
    CancelOrder,
    DealBooked,
    OrderChanged,
    OrderEnded,
    SendOrder,
)
from robot.messages.events import SessionKind
from robot.messages.orders import OrderKind, OrderReport, OrdersCancelled, TimeInForce
from tests.kit.desk import ORIGIN, Desk
from tests.kit.taker import (
    canceled,
    changed,
    desk,
    not_done,
    placed,
    refused,
    report,
    trade,
    working,
)


def eur(of: Desk) -> D:
    """What is held of the EUR position, long."""
    return D(of.state.gate.accounts["net_open_position:EUR"].reserved_up)


def alerts(of: Desk, code: str) -> list[str]:
    return [one.text for one in of.all(AlertRaised) if one.code == code]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, ("LIMIT", "DAY", D("1.09990"), "")),
        ({"time_in_force": TimeInForce.FOK}, ("LIMIT", "FOK", D("1.09990"), "")),
        (
            {"kind": OrderKind.MARKET, "price": None, "time_in_force": TimeInForce.IOC},
            ("MARKET", "IOC", None, ""),
        ),
        ({"currency": "USD"}, ("LIMIT", "DAY", D("1.09990"), "USD")),
    ],
)
def test_what_a_person_wants_is_held_and_sent(said: dict[str, Any], sent: tuple[Any, ...]) -> None:
    robot = desk()
    order = placed(robot, **said)
    assert order is not None
    assert sent == (order.kind, order.time_in_force, order.price, order.currency)
    assert ("", order.order_id) == (refused(robot)[0], robot.state.order_names[order.order_id])
    assert order.order_id in robot.state.gate.reservations


def test_a_market_order_holds_what_it_can_cost_at_the_edge_of_the_collar() -> None:
    """Mid 1.10005, collar 50 bp: at most 1.1055, a tick for the roundings in it."""
    robot = desk(limits={"price_collar_bp": "50"})
    placed(robot, kind=OrderKind.MARKET, price=None, time_in_force=TimeInForce.IOC)
    held = robot.state.gate.accounts["net_open_position:USD"].reserved_down
    assert D("1105550.00") == held
    assert held <= D(1_000_000) * D("1.10005") * D("1.005")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"venue": "GAMMA"}, "UNKNOWN_VENUE"),
        ({"pair": "EUR/CHF"}, "UNKNOWN_PAIR"),
        ({"pair": "EURO"}, "UNKNOWN_PAIR"),
        ({"currency": "JPY"}, "UNKNOWN_CURRENCY"),
        ({"amount": D("0.001")}, "MALFORMED"),
        ({"amount": D("NaN")}, "MALFORMED"),
        ({"price": None}, "MALFORMED"),
        ({"kind": OrderKind.MARKET}, "MALFORMED"),
        ({"actor": " "}, "MALFORMED"),
        ({"time_in_force": TimeInForce.GTD}, "MALFORMED"),
        ({"time_in_force": TimeInForce.GTD, "expires_ns": 1}, "REQUEST_EXPIRED"),
        ({"price": D("1.5")}, "PRICE_COLLAR"),
        ({"amount": D(26_000_000)}, "DEAL_SIZE"),
        ({"venue": "BETA"}, "UNKNOWN_COUNTERPARTY"),
    ],
)
def test_what_makes_no_sense_or_is_not_allowed_is_refused(
    said: dict[str, Any], reason: str
) -> None:
    robot = desk()
    assert placed(robot, **said) is None
    assert reason == refused(robot)[0]
    assert not robot.state.orders and D(0) == eur(robot)


def test_the_same_request_is_carried_out_once() -> None:
    robot = desk()
    assert placed(robot, request="P1") is not None
    assert placed(robot, request="P1", amount=D(2_000_000)) is None
    assert 1 == len(robot.state.orders)
    assert 1 == robot.state.wanted["P1"].repeated
    robot.restart()
    robot.log_on()
    assert placed(robot, request="P1") is None


def test_nothing_new_is_sent_where_the_fate_of_an_order_is_open() -> None:
    """F-25: after a log-on each order is asked for before anything else leaves."""
    robot = desk()
    order = working(robot)
    robot.log_out()
    robot.log_on()
    assert placed(robot) is None
    assert "ORDER_UNKNOWN" == refused(robot)[0]
    report(robot, order, OrderReport.EXPIRED, "X1")
    assert placed(robot) is not None


@pytest.mark.parametrize("promised", [True, False])
def test_an_order_that_outlives_the_session_is_taken_out_where_that_was_promised(
    promised: bool,
) -> None:
    robot = desk(cancel_on_disconnect=promised)
    order = working(robot)
    robot.log_out()
    robot.log_on()
    report(robot, order, OrderReport.STATUS, "0")
    assert promised == bool(robot.all(CancelOrder)) == bool(alerts(robot, "ORDER_SURVIVED"))


def test_an_order_in_the_counter_currency_is_dealt_in_it() -> None:
    """1m USD sold for EUR at 1.09990 or lower."""
    robot = desk()
    order = working(robot, currency="USD")
    trade(robot, order, "X1", 1_000_000, "1.09990")
    deal = robot.one(DealBooked).deal
    assert (D("1000000"), D("909173.56"), "USD") == (
        deal.counter_amount,
        deal.base_amount,
        deal.currency,
    )
    assert D(-1_000_000) == robot.state.ledger.net_position("USD")


def test_a_good_till_date_order_that_the_venue_forgets_is_taken_out() -> None:
    robot = desk()
    until_ns = robot.at_ns + 60_000_000_000
    working(robot, time_in_force=TimeInForce.GTD, expires_ns=until_ns)
    for _ in range(20):
        robot.after(3_000).market()
    assert not robot.all(CancelOrder)
    for _ in range(3):
        robot.after(3_000).market()
    assert any(isinstance(e, CancelOrder) for row in robot.history for e in row)


# --- replace


def test_a_replacement_holds_the_difference_before_and_is_in_force_after_the_venues_word() -> None:
    """F-07."""
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None and order.order_id == change.original_id
    assert D(1_500_000) == eur(robot)
    said = {"order_id": change.order_id, "original_id": order.order_id, "amount": D(1_500_000)}
    report(robot, order, OrderReport.REPLACED, "X1", **said, remaining=D(1_500_000))
    assert D(1_500_000) == robot.one(OrderChanged).amount
    robot.after(10).market()
    again = changed(robot, order, price=D("1.09980"))
    assert again is not None and change.order_id == again.original_id


def test_a_smaller_replacement_frees_what_it_no_longer_holds_when_it_is_in_force() -> None:
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(400_000))
    assert change is not None and D(1_000_000) == eur(robot)
    trade(robot, order, "X1", 100_000, "1.09990")
    assert D(900_000) == eur(robot)  # it may still be what it was
    said = {"order_id": change.order_id, "original_id": order.order_id, "filled": D(100_000)}
    report(robot, order, OrderReport.REPLACED, "X2", **said, remaining=D(300_000))
    assert D(300_000) == eur(robot)


def test_a_refused_replacement_gives_the_difference_back() -> None:
    """F-07: 9(434=2)."""
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None
    not_done(robot, change.order_id, order, replacing=True)
    assert D(1_000_000) == eur(robot)
    assert alerts(robot, "REPLACE_REFUSED")
    assert changed(robot, order, amount=D(1_200_000)) is not None


def test_fills_that_race_a_replacement_are_booked_once_and_counted_in_it() -> None:
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None
    trade(robot, order, "X1", 600_000, "1.09990")
    assert D(900_000) == eur(robot)
    said = {"order_id": change.order_id, "original_id": order.order_id}
    totals = {"filled": D(600_000), "remaining": D(900_000)}
    report(robot, order, OrderReport.REPLACED, "X2", **said, **totals)
    last = {"last_amount": D(900_000), "last_price": D("1.09990"), "filled": D(1_500_000)}
    report(robot, order, OrderReport.TRADE, "X3", **said, **last, remaining=D(0), ended=True)
    assert ("FILLED", D(1_500_000)) == (
        robot.one(OrderEnded).ending,
        robot.one(OrderEnded).filled,
    )
    assert D(1_500_000) == robot.state.ledger.net_position("EUR")
    assert D(0) == eur(robot)


def test_an_order_dealt_in_full_before_its_replacement_has_ended() -> None:
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None
    trade(robot, order, "X1", 1_000_000, "1.09990")
    assert not robot.state.orders and D(0) == eur(robot)
    not_done(robot, change.order_id, order, replacing=True, ended=True)
    assert D(1_000_000) == robot.state.ledger.net_position("EUR")


def test_a_replacement_lost_with_the_session_is_neither_forgotten_nor_sent_again() -> None:
    robot = desk()
    order = working(robot)
    assert changed(robot, order, amount=D(1_500_000)) is not None
    before = len(robot.history)
    robot.log_out()
    assert D(1_500_000) == eur(robot)
    robot.log_on()
    report(robot, order, OrderReport.STATUS, "0")  # under its old id: it is not replaced
    assert D(1_000_000) == eur(robot)
    said = [effect for row in robot.history[before:] for effect in row]
    assert not [one for one in said if type(one).__name__ == "ReplaceOrder"]


@pytest.mark.parametrize("killed", [False, True])
def test_a_fill_after_the_session_was_gone_settles_no_replacement(killed: bool) -> None:
    """The replacement reached the venue, which says so after the fill; a cancel waits for it."""
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None
    robot.log_out()
    robot.log_on()
    if killed:
        robot.kill()
    trade(robot, order, "X1", 600_000, "1.09990")
    assert not robot.all(CancelOrder)
    said = {"order_id": change.order_id, "original_id": order.order_id}
    totals = {"filled": D(600_000), "remaining": D(900_000)}
    report(robot, order, OrderReport.REPLACED, "X2", **said, **totals)
    assert [change.order_id] * killed == [one.original_id for one in robot.all(CancelOrder)]
    assert (D(900_000), {}) == (eur(robot), robot.state.breaks)


def test_a_fill_after_the_session_was_gone_does_not_keep_a_lost_replacement() -> None:
    robot = desk()
    order = working(robot)
    assert changed(robot, order, amount=D(1_500_000)) is not None
    robot.log_out()
    robot.log_on()
    trade(robot, order, "X1", 600_000, "1.09990")
    totals = {"filled": D(600_000), "remaining": D(400_000)}
    report(robot, order, OrderReport.STATUS, "0", **totals)
    assert D(400_000) == eur(robot)
    assert robot.one(CancelOrder).original_id == order.order_id  # the venue promised to do it


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"amount": D(500_000)}, "NOT_CHANGEABLE"),  # less than is dealt
        ({"amount": D(1_000_000)}, "NOT_CHANGEABLE"),  # as it is
        ({"amount": D("0.001")}, "NOT_CHANGEABLE"),
        ({"price": D("1.5")}, "PRICE_COLLAR"),
        ({"amount": D(26_000_000)}, "DEAL_SIZE"),
        ({"amount": D(12_000_000)}, "NET_OPEN_POSITION"),
    ],
)
def test_a_change_that_cannot_be_is_refused_before_it_is_sent(
    said: dict[str, Any], reason: str
) -> None:
    robot = desk(
        limits={"net_open_position": {"EUR": "10000000", "USD": "90000000", "JPY": "9000000000"}}
    )
    order = working(robot)
    trade(robot, order, "X1", 600_000, "1.09990")
    held = eur(robot)
    assert changed(robot, order, **said) is None
    assert (reason, held) == (refused(robot)[0], eur(robot))


def test_an_order_that_is_to_be_gone_is_taken_out_after_its_replacement() -> None:
    robot = desk()
    order = working(robot)
    change = changed(robot, order, amount=D(1_500_000))
    assert change is not None
    robot.kill()
    assert not robot.all(CancelOrder)  # what there is to cancel is not known yet
    said = {"order_id": change.order_id, "original_id": order.order_id}
    report(robot, order, OrderReport.REPLACED, "X1", **said, remaining=D(1_500_000))
    assert change.order_id == robot.one(CancelOrder).original_id


# --- cancel


def test_a_cancel_of_a_person_ends_nothing_by_itself() -> None:
    """F-06: the fill comes first, then 9."""
    robot = desk()
    order = working(robot)
    canceled(robot, order.order_id)
    cancel = robot.one(CancelOrder)
    trade(robot, order, "X1", 1_000_000, "1.09990")
    not_done(robot, cancel.order_id, order, ended=True)
    assert D(1_000_000) == robot.state.ledger.net_position("EUR")
    canceled(robot, "C1")
    assert "UNKNOWN_ORDER" == refused(robot)[0]


def two_working(**changes: Any) -> tuple[Desk, SendOrder, SendOrder]:
    robot = desk(mass_cancel=True, **changes)
    return robot, working(robot), working(robot, price=D("1.09980"))


def answered(of: Desk, accepted: bool) -> None:
    """The venue's r."""
    request = next(
        e.request_id for row in reversed(of.history) for e in row if isinstance(e, CancelAllOrders)
    )
    of.step(
        OrdersCancelled(
            origin=ORIGIN, venue=of.reference.venues[0].id, request_id=request, accepted=accepted
        )
    )


def test_all_orders_go_on_one_message_and_each_ends_by_its_own_report() -> None:
    """F-23: a fill in between is told when all are gone."""
    robot, first, second = two_working()
    robot.kill()
    assert robot.one(CancelAllOrders) and not robot.all(CancelOrder)
    answered(robot, accepted=True)
    assert 2 == len(robot.state.orders)  # only acknowledged
    report(robot, first, OrderReport.CANCELED, "X1")
    trade(robot, second, "X2", 300_000, "1.09980")
    assert not alerts(robot, "ORDERS_FLAT")
    report(robot, second, OrderReport.CANCELED, "X3", filled=D(300_000), remaining=D(0))
    (told,) = alerts(robot, "ORDERS_FLAT")
    assert f"300000 of {second.order_id}" in told
    assert not robot.state.orders and not robot.state.flattening


@pytest.mark.parametrize("refusing", [True, False])
def test_a_mass_cancel_that_is_refused_or_unanswered_becomes_single_ones(refusing: bool) -> None:
    robot, first, second = two_working()
    robot.after(100)
    canceled(robot)
    if refusing:
        answered(robot, accepted=False)
    else:
        robot.after(3_000).market()
    originals = [one.original_id for one in robot.all(CancelOrder)]
    assert [first.order_id, second.order_id] == originals


def test_a_lost_market_takes_the_venues_orders_out() -> None:
    robot, *_ = two_working()
    robot.log_out(kind=SessionKind.MARKET_DATA)
    assert robot.one(CancelAllOrders)


def test_a_cancel_that_the_venue_refuses_is_said_again() -> None:
    robot = desk()
    order = working(robot)
    canceled(robot, order.order_id)
    first = robot.one(CancelOrder)
    not_done(robot, first.order_id, order)
    assert not robot.all(CancelOrder)
    sent = []
    for _ in range(3):
        robot.after(3_000).market()
        sent += robot.all(CancelOrder)
    assert 1 == len(sent) and first.order_id != sent[0].order_id
