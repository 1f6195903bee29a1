"""Orders of ours and the hedging they are for: sent, dealt in parts, canceled, lost and found."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.basics.ids import CounterpartyId, VenueId
from robot.invariants import check_state
from robot.messages.effects import (
    AskOrder,
    BreakFound,
    CancelOrder,
    DealBooked,
    Decided,
    OrderEnded,
    SendOrder,
    SendQuote,
)
from robot.messages.events import MessageQuarantined
from robot.messages.orders import CancelRefused, OrderReport
from tests.kit.desk import ORIGIN, OUR_SIDE, refusal
from tests.kit.taker import desk, report, short, trade


def test_a_position_out_of_its_band_is_brought_back_a_clip_at_a_time() -> None:
    """Short 5m: buy 2m at most at 1.10010 + 2 bp = 1.10032, then again, down to 1m short."""
    robot = short(desk())
    first = robot.one(SendOrder)
    assert ("BUY", D(2_000_000), D("1.10032"), "IOC") == (
        first.side,
        first.amount,
        first.price,
        first.time_in_force,
    )
    robot.after(200)
    trade(robot, first, "X1", 2_000_000, "1.10011")
    deal = robot.one(DealBooked).deal
    assert ("BANKB", "BUY", D(2_000_000), True) == (
        deal.counterparty,
        deal.side,
        deal.base_amount,
        deal.as_taker,
    )
    assert not robot.all(SendOrder)  # 3m short is inside the band
    assert D(-3_000_000) == robot.state.ledger.net_position("EUR")


def test_the_last_clip_never_turns_the_position() -> None:
    robot = short(desk(hedge={"band": "100", "target": "0", "clip": "9000000"}), 1)
    order = robot.one(SendOrder)
    assert D(1_000_000) == order.amount
    trade(robot, order, "X1", 1_000_000, "1.10010")
    robot.after(5_000).market()
    assert D(0) == robot.state.ledger.net_position("EUR")
    assert not robot.state.orders


def test_one_order_works_at_a_time_and_not_more_often_than_agreed() -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    robot.after(1_500).market()
    assert not robot.all(SendOrder)  # the first one's fate is open
    report(robot, order, OrderReport.CANCELED, "X1")
    assert robot.one(SendOrder)
    report(robot, robot.one(SendOrder), OrderReport.CANCELED, "X2")
    assert not robot.all(SendOrder)  # within the same second
    robot.after(1_000).market()
    assert robot.one(SendOrder)


def test_an_order_dealt_in_parts_holds_what_is_left() -> None:
    """F-04: IOC partial, the rest canceled, what it held is free."""
    robot = short(desk())
    order = robot.one(SendOrder)
    account = robot.state.gate.accounts["net_open_position:EUR"]
    assert D(2_000_000) == account.reserved_up
    report(robot, order, OrderReport.NEW, "X0")
    trade(robot, order, "X1", 500_000, "1.10010")
    assert D(1_500_000) == account.reserved_up
    report(robot, order, OrderReport.CANCELED, "X2", filled=D(500_000), remaining=D(0))
    assert D(0) == account.reserved_up
    ended = robot.one(OrderEnded)
    assert ("CANCELED", D(500_000)) == (ended.ending, ended.filled)


def test_a_rejected_order_gives_everything_back() -> None:
    """F-05."""
    robot = short(desk())
    order = robot.one(SendOrder)
    report(robot, order, OrderReport.REJECTED, "X1", reason="3", text="too late")
    assert "REJECTED" == robot.one(OrderEnded).ending
    assert D(0) == robot.state.gate.accounts["orders_outstanding"].reserved_up


def test_a_fill_that_races_our_cancel_is_booked_once() -> None:
    """F-06: 8(F), then 9."""
    robot = short(desk())
    order = robot.one(SendOrder)
    report(robot, order, OrderReport.NEW, "X0")
    robot.kill()
    cancel = robot.one(CancelOrder)
    trade(robot, order, "X1", 2_000_000, "1.10010")
    robot.step(
        CancelRefused(
            origin=ORIGIN,
            venue=VenueId("ALPHA"),
            order_id=cancel.order_id,
            original_id=order.order_id,
            replacing=False,
            ended=True,
        )
    )
    check_state(robot.state)
    assert D(-3_000_000) == robot.state.ledger.net_position("EUR")
    assert not robot.state.orders


def test_a_venue_whose_answers_cannot_be_read_is_asked_once_in_its_time_to_answer() -> None:
    """Each answer is a reason to ask again: without a bound that goes on as fast as the wire."""
    robot = short(desk())
    order = robot.one(SendOrder)
    asked = []
    for _ in range(20):
        unreadable = MessageQuarantined(
            origin=ORIGIN, venue=VenueId("ALPHA"), message_type="8", problem="150 is missing"
        )
        robot.after(10).step(unreadable)
        asked += robot.all(AskOrder)
    assert [order.order_id] == [one.order_id for one in asked]
    robot.after(3_000).market()
    assert order.order_id == robot.one(AskOrder).order_id


def test_a_report_that_comes_again_books_nothing() -> None:
    """F-09."""
    robot = short(desk())
    order = robot.one(SendOrder)
    trade(robot, order, "X1", 500_000, "1.10010")
    trade(robot, order, "X1", 500_000, "1.10010")
    assert not robot.all(DealBooked)
    assert D(-4_500_000) == robot.state.ledger.net_position("EUR")


def test_silence_is_asked_about_and_nothing_is_sent_again() -> None:
    """F-10: no answer within 3 s; asked, and asked again after twice the time."""
    robot = short(desk())
    order = robot.one(SendOrder)
    robot.after(3_000).market()
    assert order.order_id == robot.one(AskOrder).order_id
    assert not robot.all(SendOrder)
    robot.after(5_000).market()
    assert not robot.all(AskOrder)
    robot.after(1_500).market()
    assert robot.one(AskOrder)
    trade(robot, order, "X1", 2_000_000, "1.10010")
    assert "FILLED" == robot.one(OrderEnded).ending


def test_an_order_the_venue_does_not_know_ends_by_its_word() -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    robot.after(3_000).market()
    report(robot, order, OrderReport.STATUS, "0", ended=True, venue_order_id="")
    assert "UNKNOWN_THERE" == robot.one(OrderEnded).ending


def test_after_a_restart_the_venue_is_asked_before_anything_is_sent() -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    held = robot.state.gate.accounts["net_open_position:EUR"].reserved_up
    before = len(robot.history)
    robot.restart()
    assert held == robot.state.gate.accounts["net_open_position:EUR"].reserved_up
    robot.log_on("ALPHA")
    said = [effect for row in robot.history[before:] for effect in row]
    assert [order.order_id] == [e.order_id for e in said if isinstance(e, AskOrder)]
    assert not [e for e in said if isinstance(e, SendOrder)]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"last_price": D("1.10033")}, "ECONOMIC_DIFF"),
        ({"last_amount": D(2_000_001)}, "ECONOMIC_DIFF"),
        ({"side": OUR_SIDE["buy"]}, "ECONOMIC_DIFF"),
        ({"order_id": "C1", "original_id": ""}, "ORPHAN"),
    ],
)
def test_a_trade_that_is_not_what_we_ordered_is_a_break(said: dict[str, Any], kind: str) -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    trade(robot, order, "X1", 2_000_000, "1.10010", **said)
    assert kind == robot.one(BreakFound).kind
    assert D(-5_000_000) == robot.state.ledger.net_position("EUR")


def test_a_fill_we_only_hear_about_has_to_come_before_the_order_ends() -> None:
    """F-10: the answer tells of it, the venue's own report follows; nothing is invented."""
    robot = short(desk())
    order = robot.one(SendOrder)
    robot.after(3_000).market()
    said = {"filled": D(500_000), "remaining": D(0), "ended": True}
    report(robot, order, OrderReport.STATUS, "0", **said)
    assert order.order_id in robot.state.orders
    trade(robot, order, "X1", 500_000, "1.10010")
    report(robot, order, OrderReport.CANCELED, "X2", filled=D(500_000), remaining=D(0))
    assert not robot.state.breaks and order.order_id not in robot.state.orders
    assert D(-4_500_000) == robot.state.ledger.net_position("EUR")


def test_a_fill_that_never_comes_is_a_break() -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    report(robot, order, OrderReport.STATUS, "0", filled=D(500_000), remaining=D(1_500_000))
    assert not robot.state.breaks
    robot.after(3_100).market()
    assert "FILL_MISSING" == robot.one(BreakFound).kind


def test_an_order_without_a_limit_for_it_is_refused_and_says_why() -> None:
    robot = short(desk(limits={"orders_outstanding": 0}))
    decided = next(e for e in robot.effects if isinstance(e, Decided) and e.kind == "ORDER")
    assert ("REFUSED", "ORDERS_OUTSTANDING") == (decided.outcome, decided.reason)


def test_the_line_of_who_takes_our_orders_counts() -> None:
    robot = short(desk(limits={"counterparty_lines": {"BANKA": "9000000", "BANKB": "40000"}}))
    decided = next(e for e in robot.effects if isinstance(e, Decided) and e.kind == "ORDER")
    assert "COUNTERPARTY_LINE" == decided.reason


def test_requests_that_make_an_unhedged_position_larger_are_not_quoted() -> None:
    robot = short(desk(hedge={"widen_from": "4000000"}))
    robot.rfq(side="buy", client="BANKA")
    assert "UNHEDGED" == refusal(robot)
    assert robot.one(SendQuote, robot.rfq(side="sell", client=CounterpartyId("BANKA")))


def test_an_aged_order_is_canceled() -> None:
    """An IOC that the venue says works whenever it is asked: after a minute we take it out."""
    robot = short(desk(orders={"answer_patience_ms": 3000, "age_max_ms": 60000}))
    order = robot.one(SendOrder)
    report(robot, order, OrderReport.NEW, "X0")
    for number in range(21):
        robot.after(3_000).market()
        if robot.all(AskOrder):
            report(robot, order, OrderReport.STATUS, f"I{number}")
    assert any(isinstance(e, AskOrder) for row in robot.history for e in row)
    assert any(isinstance(e, CancelOrder) for row in robot.history for e in row)


def test_what_the_venue_recorded_of_our_own_order_is_compared_and_not_sent_again() -> None:
    robot = short(desk())
    order = robot.one(SendOrder)
    trade(robot, order, "X1", 2_000_000, "1.10010")
    robot.report_trade(
        "X1", side=OUR_SIDE["buy"], base_amount=D(2_000_000), rate=D("1.10010")
    )  # decoded as all of the venue's records are: the taker is the client, and here that is us
    assert not robot.state.breaks
    robot.report_trade("X1", side=OUR_SIDE["buy"], base_amount=D(1_000_000), rate=D("1.10010"))
    assert robot.state.breaks
