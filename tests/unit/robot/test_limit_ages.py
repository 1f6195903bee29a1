"""`aged_order`: an order that rests for longer than its row allows is taken out, and it is told."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.messages.effects import AlertRaised, CancelOrder
from robot.messages.orders import OrderReport, TimeInForce
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.limit_desk import codes, restored

ROW = {"everyone": "all", "maximum": "60"}


def desk(*rows: dict[str, Any], **changes: Any) -> Desk:
    return taker.desk(limits={"tree": {"aged_order": list(rows or (ROW,))}}, **changes)


def wait(of: Desk, milliseconds: int) -> list[str]:
    """Whose cancels leave at the end of that time."""
    of.pass_time(milliseconds)
    return [one.original_id for one in of.all(CancelOrder)]


def test_it_may_be_as_old_as_the_maximum_and_not_older() -> None:
    of = desk()
    order = taker.working(of)
    assert wait(of, 60_000) == []
    assert wait(of, 1) == [order.order_id]
    assert codes(of) == ["AGED_ORDER"]
    row, order_id, told = of.one(AlertRaised).text.split(" ", 2)
    assert (row, order_id) == ("aged_order:everyone=all:", order.order_id)
    assert told == "at ALPHA is older than 60 s: taken out"


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ({"trader": "wang.fang"}, True),
        ({"trader": "zhou"}, False),
        ({"venue": "*"}, True),
        ({"counterparty": "BANKB", "pairs": ["EUR/USD"]}, True),
        ({"counterparty": "BANKB", "pairs": ["USD/JPY"]}, False),
        ({"everyone": "all", "tenors": ["1W"]}, True),
    ],
)
def test_each_row_is_about_its_own(row: dict[str, Any], meant: bool) -> None:
    of = desk({**row, "maximum": "1"})
    taker.working(of)
    assert bool(wait(of, 1_001)) is meant


def test_the_shortest_of_several_counts_and_an_order_is_taken_out_once() -> None:
    of = desk(ROW, {"trader": "*", "maximum": "0.5"})
    taker.working(of)
    assert wait(of, 500) == []
    assert len(wait(of, 1)) == 1
    assert wait(of, 60_000) == []


def test_one_that_was_changed_is_as_old_as_it_was() -> None:
    of = desk()
    order = taker.working(of)
    of.pass_time(50_000)
    of.market()
    change = taker.changed(of, order, amount=D(2_000_000))
    assert change is not None
    taker.report(of, order, OrderReport.REPLACED, "X9", order_id=change.order_id)
    assert len(wait(of, 10_001)) == 1


def test_it_is_as_old_after_a_restart_and_where_the_row_came_with_it() -> None:
    of = taker.desk()
    order = taker.working(of)
    of.pass_time(30_000)
    restored(of)
    facts = desk().reference
    of.reference = facts
    of.restart()
    of.log_on()
    taker.report(of, order, OrderReport.NEW, "N2")
    assert not of.state.orders[order.order_id].unwanted
    assert wait(of, 29_999) == []
    assert wait(of, 2) == [order.order_id]


def test_one_that_has_ended_is_left_alone_and_a_cancel_that_is_refused_comes_again() -> None:
    of = desk()
    order = taker.working(of)
    taker.canceled(of, order.order_id)
    taker.report(of, order, OrderReport.CANCELED, "X2", ended=True)
    assert wait(of, 61_000) == [] and not codes(of)
    of.market()
    order = taker.working(of)
    canceled = wait(of, 60_001)
    assert canceled == [order.order_id]
    taker.not_done(of, of.one(CancelOrder).order_id, order)
    assert wait(of, 10_000) == [order.order_id], "as any order that nobody wants any more"


def test_an_aged_one_stops_its_scope_where_the_row_says_so() -> None:
    of = desk({"trader": "*", "maximum": "5", "at_maximum": "stop"})
    taker.working(of)
    other = taker.working(of, time_in_force=TimeInForce.DAY, actor="zhou")
    of.pass_time(5_001)
    assert list(of.state.stops) == ["kill_switch trader:wang.fang", "kill_switch trader:zhou"]
    assert of.state.orders[other.order_id].unwanted
    of.market()
    assert taker.placed(of) is None and taker.refused(of)[0] == "KILL_SWITCH"
