"""Trades that the venue takes back or corrects: the deal, the books and the limits follow."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.basics.ids import ExecId, VenueId
from robot.messages.effects import BreakFound, DealAmended, DealBooked, SendOrder
from robot.messages.events import TradeReported, TradeWord
from robot.messages.orders import OrderReport
from tests.kit.desk import ORIGIN, OUR_SIDE, Desk
from tests.kit.taker import desk, report, short, trade


def figures(of: Desk) -> dict[str, Any]:
    """All that must be as if the trade had never been."""
    state = of.state
    return {
        "used": {name: one.utilisation for name, one in state.gate.accounts.items()},
        "reserved": {
            name: (one.reserved_up, one.reserved_down) for name, one in state.gate.accounts.items()
        },
        "net": {name: amount for name, amount in state.ledger.net.items() if amount},
        "results": {name: (row.base, row.counter) for name, row in state.ledger.results.items()},
        "lines": {
            name: {day: used for day, used in line.by_value_date.items() if used}
            for name, line in state.gate.lines.items()
            if any(line.by_value_date.values())
        },
    }


def sold() -> tuple[Desk, SendOrder]:
    """Short 5m, and an order to buy 2m back at 1.10032 at most."""
    robot = short(desk())
    return robot, robot.one(SendOrder)


def test_a_trade_taken_back_leaves_no_trace_but_its_versions() -> None:
    """F-08."""
    robot, order = sold()
    before = figures(robot)
    trade(robot, order, "X1", 500_000, "1.10011")
    deal = robot.one(DealBooked)
    report(robot, order, OrderReport.BUSTED, "X2", reference_exec_id="X1")
    amended = robot.one(DealAmended)
    assert (2, True, deal.deal.deal_id) == (
        amended.deal.version,
        amended.deal.void,
        amended.deal.deal_id,
    )
    assert [-row.amount for row in deal.entry.postings] == [
        row.amount for row in amended.reversal.postings
    ]
    assert before == figures(robot)
    assert not robot.state.breaks and not robot.state.halts
    assert D(0) == robot.state.orders[order.order_id].filled


def test_a_corrected_price_moves_the_other_currency_by_the_difference() -> None:
    robot, order = sold()
    trade(robot, order, "X1", 2_000_000, "1.10011")  # the order has ended by that
    usd = robot.state.ledger.net_position("USD")
    said = {"last_amount": D(2_000_000), "last_price": D("1.10001"), "filled": D(2_000_000)}
    report(robot, order, OrderReport.CORRECTED, "X2", reference_exec_id="X1", ended=True, **said)
    amended = robot.one(DealAmended)
    assert (2, D("1.10001"), D("2200020.00")) == (
        amended.deal.version,
        amended.deal.rate,
        amended.deal.counter_amount,
    )
    assert usd + 200 == robot.state.ledger.net_position("USD")
    assert D(-3_000_000) == robot.state.ledger.net_position("EUR")
    assert amended.entry is not None and not robot.state.breaks


def test_a_corrected_amount_changes_position_line_and_what_the_order_can_still_deal() -> None:
    robot, order = sold()
    trade(robot, order, "X1", 1_000_000, "1.10010")
    line = robot.state.gate.lines["BANKB"].of_deals
    used = {name: one.amount for name, one in line.items()}
    said = {"last_amount": D(500_000), "last_price": D("1.10010"), "filled": D(500_000)}
    report(robot, order, OrderReport.CORRECTED, "X2", reference_exec_id="X1", **said)
    assert D(1_500_000) == robot.state.orders[order.order_id].remaining
    assert D(1_500_000) == robot.state.gate.accounts["net_open_position:EUR"].reserved_up
    now = {name: one.amount for name, one in robot.state.gate.lines["BANKB"].of_deals.items()}
    assert {name: amount / 2 for name, amount in used.items()} == now
    assert D(-4_500_000) == robot.state.ledger.net_position("EUR")


@pytest.mark.parametrize("again", ["X2", "X3"])
def test_a_bust_that_comes_again_takes_nothing_back_twice(again: str) -> None:
    robot, order = sold()
    trade(robot, order, "X1", 500_000, "1.10010")
    report(robot, order, OrderReport.BUSTED, "X2", reference_exec_id="X1")
    report(robot, order, OrderReport.BUSTED, again, reference_exec_id="X1")
    assert not robot.all(DealAmended) and not robot.state.breaks
    trade(robot, order, "X1", 500_000, "1.10010")  # the trade itself once more, as after a gap
    assert not robot.all(DealBooked)
    assert D(-5_000_000) == robot.state.ledger.net_position("EUR")


def test_an_earlier_correction_that_comes_again_does_not_undo_a_later_one() -> None:
    robot, order = sold()
    trade(robot, order, "X1", 2_000_000, "1.10010")
    for exec_id, named, price in (("X2", "X1", "1.1"), ("X3", "X2", "1.2"), ("X3", "X2", "1.0999")):
        said = {"last_amount": D(2_000_000), "filled": D(2_000_000), "ended": True}
        report(
            robot,
            order,
            OrderReport.CORRECTED,
            exec_id,
            reference_exec_id=named,
            last_price=min(D(price), D("1.10003")),
            **said,
        )
    (deal,) = [one for one in robot.state.deals.values() if one.as_taker]
    assert (3, D("1.10003")) == (deal.version, deal.rate)


@pytest.mark.parametrize(
    "said",
    [
        {"reference_exec_id": "X9"},
        {"side": OUR_SIDE["buy"]},
        {"pair": "USD/JPY"},
        {"last_price": D("1.10033")},  # worse than the limit
        {"last_amount": D(2_000_001), "filled": D(2_000_001)},  # more than was ordered
    ],
)
def test_what_cannot_be_matched_is_a_break_and_changes_nothing(said: dict[str, Any]) -> None:
    robot, order = sold()
    trade(robot, order, "X1", 500_000, "1.10010")
    before = figures(robot)["used"]
    values: dict[str, Any] = {
        "reference_exec_id": "X1",
        "last_amount": D(500_000),
        "last_price": D("1.10010"),
        "filled": D(500_000),
        **said,
    }
    report(robot, order, OrderReport.CORRECTED, "X2", **values)
    assert "CORRECTED" == robot.one(BreakFound).kind
    assert not robot.all(DealAmended)
    assert before == figures(robot)["used"]


def test_a_bust_that_puts_a_position_over_its_limit_pulls_what_could_add_to_it() -> None:
    """Long 9m of at most 10m; 8m of it sold, more is bought, and the sale is void."""
    robot = short(desk(limits={"net_open_position": {"EUR": "6000000", "USD": "90000000"}}))
    order = robot.one(SendOrder)
    trade(robot, order, "X1", 2_000_000, "1.10010")
    short(robot, 2)
    assert D(-5_000_000) == robot.state.ledger.net_position("EUR")
    said = {"filled": D(0), "remaining": D(0), "ended": True}
    report(robot, order, OrderReport.BUSTED, "X2", reference_exec_id="X1", **said)
    account = robot.state.gate.accounts["net_open_position:EUR"]
    assert D(-7_000_000) == account.utilisation
    assert account.excess > 0
    robot.after(2_000).market()
    for sent in robot.state.orders.values():  # what brings it back is not refused
        assert "BUY" == sent.side
    assert robot.state.orders


def test_the_venues_record_is_compared_with_the_newest_version() -> None:
    robot, order = sold()
    trade(robot, order, "X1", 2_000_000, "1.10010")
    said = {"last_amount": D(2_000_000), "filled": D(2_000_000), "ended": True}
    for exec_id, price in (("X2", "1.10001"), ("X3", "1.10002")):
        report(
            robot,
            order,
            OrderReport.CORRECTED,
            exec_id,
            reference_exec_id="X1",
            last_price=D(price),
            **said,
        )
    robot.report_trade("X1", side=OUR_SIDE["buy"], base_amount=D(2_000_000), rate=D("1.10002"))
    assert not robot.state.breaks
    report(robot, order, OrderReport.BUSTED, "X4", reference_exec_id="X3", ended=True)
    robot.report_trade("X1", side=OUR_SIDE["buy"], base_amount=D(2_000_000), rate=D("1.10002"))
    assert "taken back" in robot.one(BreakFound).detail


def test_an_old_answer_that_is_sent_again_is_not_compared_with_a_later_version() -> None:
    """As after a power cut, which took our record of the answer: it is no news and no break."""
    robot, order = sold()
    trade(robot, order, "X1", 2_000_000, "1.10010")
    last = {"filled": D(0), "remaining": D(0), "ended": True}
    report(robot, order, OrderReport.BUSTED, "X2", reference_exec_id="X1", **last)
    again = msgspec.structs.replace(ORIGIN, possibly_duplicate=True)
    said = {"side": OUR_SIDE["buy"], "base_amount": D(2_000_000), "rate": D("1.10010")}
    trade_event = TradeReported(
        origin=again,
        venue=VenueId("ALPHA"),
        request_id="T20140501-000001",
        exec_id=ExecId("X1"),
        pair="EUR/USD",
        trade_date=robot.day,
        **said,
    )
    robot.step(trade_event)
    assert not robot.state.breaks
    robot.step(msgspec.structs.replace(trade_event, origin=ORIGIN))
    assert "taken back" in robot.one(BreakFound).detail


def test_a_record_that_knows_of_the_bust_before_we_know_of_the_trade_is_no_break() -> None:
    """On another session it comes sooner; the reports on the order say the same a moment later."""
    robot = short(desk(trades_live=True))
    order = robot.one(SendOrder)
    said: dict[str, Any] = {"side": OUR_SIDE["buy"], "rate": D("1.10011"), "live": True}
    of_bust = {"base_amount": D(500_000), "reference_exec_id": "X1", "word": TradeWord.BUSTED}
    robot.report_trade("X2", report_id="L1", **of_bust, **said)
    trade(robot, order, "X1", 500_000, "1.10011")
    assert not robot.all(BreakFound)
    report(robot, order, OrderReport.BUSTED, "X2", reference_exec_id="X1")
    assert robot.one(DealAmended).deal.void
    for _ in range(70):
        robot.after(1_000).market()
    assert not robot.state.breaks


def test_a_bust_that_only_the_record_tells_is_a_break_after_its_time_of_grace() -> None:
    robot = short(desk(trades_live=True))
    order = robot.one(SendOrder)
    said: dict[str, Any] = {"side": OUR_SIDE["buy"], "rate": D("1.10011"), "live": True}
    of_bust = {"base_amount": D(500_000), "reference_exec_id": "X1", "word": TradeWord.BUSTED}
    robot.report_trade("X2", report_id="L1", **of_bust, **said)
    trade(robot, order, "X1", 500_000, "1.10011")
    for _ in range(70):
        robot.after(1_000).market()
    assert [text.split(":")[0] for text in robot.state.breaks.values()] == ["BUSTED"]
