"""What is carried overnight: limited from a moment of the schedule until the day rolls."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.state import restore, snapshot
from robot.invariants import check_state
from robot.messages.effects import AlertRaised, CancelOrder, Decided, SendOrder, WithdrawQuote
from robot.messages.events import OvernightBegun
from tests.kit import taker
from tests.kit.desk import Desk

ROW = {"desk": "FX", "currencies": ["EUR"], "maximum": "1500000"}
NAME = "overnight_position:desk=FX[EUR]:EUR"


def desk(*, told: bool = True, **row: Any) -> Desk:
    """A desk whose schedule has an overnight moment, or none."""
    tree = {"overnight_position": [{**ROW, **row}]}
    of = Desk(desk="FX", overnight=told, limits={"tree": tree}).open()
    of.market()
    return of


def ask(of: Desk, side: str | None, amount: int = 1_000_000) -> str:
    of.rfq(amount, side=side)
    check_state(of.state)
    return of.one(Decided).reason


def deal(of: Desk, side: str, amount: int) -> None:
    of.hit(of.quoted(amount, side=side), side, amount)
    check_state(of.state)


def night(of: Desk) -> list[str]:
    """The moment has come; the alerts."""
    of.step(OvernightBegun())
    check_state(of.state)
    return [one.text for one in of.all(AlertRaised)]


def test_over_the_overnight_limit_only_what_reduces_passes_until_the_day_rolls() -> None:
    of = desk()
    deal(of, "buy", 2_000_000)  # by day it is no matter
    assert ask(of, None) == ""
    assert NAME not in of.state.gate.accounts
    (told,) = night(of)
    assert f"{NAME} by 1500000" in told  # 2,000,000 short, 1,000,000 more was quoted
    assert of.all(WithdrawQuote) and not of.state.quotes
    assert of.state.gate.accounts[NAME].excess == 500_000
    assert [ask(of, "buy", 1), ask(of, None, 1)] == ["OVERNIGHT_POSITION"] * 2
    assert ask(of, "sell", 2_000_001) == "OVERNIGHT_POSITION"  # beyond flat
    deal(of, "sell", 600_000)
    assert ask(of, "buy", 100_000) == ""
    assert ask(of, "buy", 1) == "OVERNIGHT_POSITION"
    of.roll()
    of.market()
    assert NAME not in of.state.gate.accounts
    assert ask(of, "buy") == ""


@pytest.mark.parametrize(("amount", "over"), [(1_500_000, False), (1_500_001, True)])
def test_equal_is_allowed_overnight_and_the_smallest_unit_more_is_not(
    amount: int, over: bool
) -> None:
    of = desk()
    deal(of, "sell", amount)
    assert bool(night(of)) is over
    assert night(of) == []  # told again, it is no news


def test_where_the_schedule_has_no_moment_the_limit_always_holds() -> None:
    of = desk(told=False)
    assert ask(of, "buy", 1_500_001) == "OVERNIGHT_POSITION"
    of.roll()
    of.market()
    assert ask(of, "buy", 1_500_001) == "OVERNIGHT_POSITION"
    assert ask(of, "buy", 1_500_000) == ""


def test_a_restart_in_the_night_finds_the_limit_and_one_on_the_next_day_does_not() -> None:
    of = desk()
    deal(of, "buy", 1_500_000)
    night(of)
    of.engine.state = restore(snapshot(of.state))
    assert ask(of, "buy", 1) == "OVERNIGHT_POSITION"
    of.restart()
    assert of.state.gate.accounts[NAME].utilisation == -1_500_000
    of.day = of.day.replace(day=2)
    of.restart()
    check_state(of.state)
    assert NAME not in of.state.gate.accounts


def test_an_order_that_could_carry_too_much_is_canceled_when_the_night_begins() -> None:
    """5m short, and a hedge of 2m in the market that may not be dealt: pulled with all else."""
    row = {"everyone": "all", "currencies": ["EUR"], "maximum": "3000000"}
    limits = {"tree": {"overnight_position": [row]}}
    of = taker.short(taker.desk(limits=limits, overnight=True))
    assert of.state.orders
    of.step(OvernightBegun())
    assert of.all(CancelOrder)
    check_state(of.state)


@pytest.mark.parametrize("begun", [False, True])
def test_a_hedge_brings_back_more_of_what_is_carried_overnight(begun: bool) -> None:
    """Short 2m is inside the band of 3m, and outside the one of the night: back to flat."""
    of = taker.desk(hedge={"overnight_band": "0"}, overnight=True)
    of.hit(of.quoted(2_000_000, side="buy"), "buy", 2_000_000)
    assert not of.history_of(SendOrder)
    if begun:
        of.step(OvernightBegun())
    of.after(2_000).market()
    sent = [one.amount for one in of.history_of(SendOrder)]
    assert sent == ([D(2_000_000)] if begun else [])
