"""Hedges beside the orders of persons, of other kinds and currencies, and their breaker."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from robot.deals.party import SELL
from robot.messages.effects import AlertRaised, Decided, SendOrder
from robot.messages.orders import OrderReport
from tests.kit.desk import Desk
from tests.kit.taker import desk, report, short, trade, working


def rejected(of: Desk, times: int) -> int:
    """So often the venue rejects a hedge, a second apart; how many were sent meanwhile."""
    sent = 0
    for _ in range(times):
        for order in of.all(SendOrder):
            sent += 1
            report(of, order, OrderReport.REJECTED, f"R{of.state.stepped}", reason="99")
        of.after(1_000).market()
    return sent


def test_an_order_of_a_person_counts_in_what_is_hedged() -> None:
    """Short 5m, target 1m; a person buys 3m of it back: 1m is left for a hedge."""
    robot = desk(hedge={"interval_ms": 1})
    working(robot, amount=D(3_000_000))
    short(robot)
    assert D(1_000_000) == robot.one(SendOrder).amount
    trade(robot, robot.one(SendOrder), "X1", 1_000_000, "1.10010")
    robot.after(1_000).market()
    assert not robot.all(SendOrder)


def test_an_order_of_another_currency_counts_at_the_most_it_can_bring() -> None:
    """A person sells 3.3m USD at 1.09990 or lower: 3.0003m EUR, more at a better price."""
    robot = desk()
    working(robot, amount=D(3_300_000), currency="USD")
    short(robot)
    assert D(940_000) < robot.one(SendOrder).amount < D(1_000_000)


def test_an_order_of_a_person_that_makes_the_position_larger_is_not_counted_on() -> None:
    robot = desk()
    working(robot, amount=D(1_000_000), side=SELL, price=D("1.10020"))
    short(robot)
    assert D(2_000_000) == robot.one(SendOrder).amount


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ({"kind": "MARKET"}, ("MARKET", None, "IOC")),
        ({"time_in_force": "FOK"}, ("LIMIT", D("1.10032"), "FOK")),
    ],
)
def test_a_hedge_is_of_the_kind_that_the_desk_wants(
    policy: dict[str, str], sent: tuple[object, ...]
) -> None:
    order = short(desk(hedge=policy)).one(SendOrder)
    assert sent == (order.kind, order.price, order.time_in_force)


def test_a_position_in_the_counter_currency_is_brought_back_in_it() -> None:
    """Long 5.5m USD from the sale of 5m EUR: 2m of it sold for EUR."""
    robot = short(desk(hedge={"currency": "USD"}))
    order = robot.one(SendOrder)
    assert ("BUY", "USD", D(2_000_000)) == (order.side, order.currency, order.amount)
    trade(robot, order, "X1", 2_000_000, "1.10010")
    assert D("3500400.00") == robot.state.ledger.net_position("USD")


def test_rejections_in_a_row_stop_hedging_for_longer_each_time() -> None:
    robot = short(desk(hedge={"pause_ms": 10_000}))
    assert 3 == rejected(robot, 9)
    paused = [e for row in robot.history for e in row if isinstance(e, AlertRaised)]
    assert ["HEDGING_PAUSED"] == [one.code for one in paused if "PAUSED" in one.code]
    robot.after(1_000).market()
    assert 3 == rejected(robot, 15)  # then 20 s
    robot.after(20_000).market()
    trade(robot, robot.one(SendOrder), "X1", 1_000_000, "1.10010")
    assert not robot.state.hedge_trouble


def test_what_a_hedge_was_shown_and_may_cost_is_recorded() -> None:
    robot = short(desk())
    (decided,) = [e for e in robot.all(Decided) if e.kind == "ORDER"]
    assert ("1.10010", "1.10032") == (decided.facts["shown"], decided.facts["limit"])
