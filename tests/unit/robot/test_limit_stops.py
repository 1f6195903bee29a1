"""`at_maximum: stop`: what does not fit pulls the kill switch of what the row is about."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.stops import parts_of
from robot.invariants import check_state
from robot.messages.effects import Decided, SendOrder, SendQuote, WithdrawQuote
from robot.messages.events import KillSwitchReleased
from robot.messages.stops import StopScope
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.limit_desk import PARTIES, ask, codes, deal, desk, restored
from tests.kit.reference import reference

STOP = {"maximum": "1000000", "at_maximum": "stop"}


def stopping(**row: Any) -> Desk:
    return desk(deal_size=[{**row, **STOP}])


def test_what_is_equal_to_the_maximum_stops_nothing_and_a_unit_more_does() -> None:
    of = stopping(counterparty="*")
    assert ask(of) == "" and not of.state.stops
    quote = next(iter(of.state.quotes))
    assert ask(of, 1_000_001) == "DEAL_SIZE"
    assert list(of.state.stops) == ["kill_switch counterparty:BANKA"]
    stop = of.state.stops["kill_switch counterparty:BANKA"]
    assert stop.actor == "deal_size:counterparty=BANKA"
    assert "1000001 over 1000000" in stop.reason
    assert codes(of) == ["LIMIT_REFUSED", "KILL_FLAT", "LIMIT_STOPPED"]
    assert [one.quote_id for one in of.all(WithdrawQuote)] == [quote]
    assert ask(of) == "KILL_SWITCH"
    assert ask(of, who="BANKB") == "", "only whom it is about"


def test_a_limit_with_an_account_stops_too_and_only_once() -> None:
    of = desk(settlement=[{"group": "*", "maximum": "1100050", "at_maximum": "stop"}])
    deal(of)
    assert ask(of) == "SETTLEMENT"
    stopped = ["kill_switch counterparty:BANKA", "kill_switch counterparty:BANKB"]
    assert list(of.state.stops) == stopped, "a group is its counterparties"
    before = dict(of.state.stops)
    of.step(KillSwitchReleased(actor="a", reason="b", scope=StopScope.COUNTERPARTY, value="BANKB"))
    assert ask(of, who="BANKB") == "SETTLEMENT"
    assert of.state.stops["kill_switch counterparty:BANKA"] == before[stopped[0]]
    assert ask(of, who="BANKC") == ""


def test_it_outlives_restart_and_day_and_is_released_like_any_other() -> None:
    tree = {"deal_size": [{"everyone": "all", **STOP}]}
    of = Desk(four_eyes=True, counterparties=PARTIES, limits={"tree": tree}).open()
    of.market()
    assert ask(of, 2_000_000) == "DEAL_SIZE"
    assert list(of.state.halts) == ["kill_switch"]
    restored(of).roll()
    of.restart()
    of.log_on(), of.open_dealing(), of.market()
    assert ask(of) == "KILL_SWITCH"
    seen = {"actor": "li.wei", "reason": "looked", "proposal": 7}
    seen["released"] = of.state.halts["kill_switch"]
    of.step(KillSwitchReleased(**seen))
    assert codes(of) == ["RELEASE_REFUSED"], "one person is not enough"
    of.step(KillSwitchReleased(**seen, approver="he.yu"))
    assert codes(of) == ["KILL_RELEASED"]
    assert ask(of) == ""


def test_too_many_deals_stop_their_part_instead_of_everything() -> None:
    row = {"counterparty": "*", "maximum": "1", "within_s": 10, "at_maximum": "stop"}
    of = desk(repeated_execution=[row])
    deal(of)
    deal(of, who="BANKB")
    assert not of.state.stops
    deal(of)
    assert list(of.state.stops) == ["kill_switch counterparty:BANKA"] and not of.state.halts
    assert ask(of, who="BANKB") == ""


def test_a_size_of_a_stream_that_does_not_fit_takes_back_the_whole_of_it() -> None:
    stream = {
        "venue": "ALPHA",
        "pair": "EUR/USD",
        "amounts": ["1000000", "1000001"],
        "counterparty": "BANKA",
    }
    tree = {"deal_size": [{"venue": "ALPHA", **STOP}]}
    of = Desk(streams=[stream], limits={"tree": tree}).open()
    of.market()
    assert list(of.state.stops) == ["kill_switch venue:ALPHA"]
    assert not of.state.quotes and not of.state.gate.reservations
    assert of.all(WithdrawQuote) or "WithdrawAllQuotes" in {type(e).__name__ for e in of.effects}
    check_state(of.state)


def test_an_order_that_does_not_fit_stops_the_strategy_its_hedges_too() -> None:
    row = {"strategy": "*", "maximum": "1999999", "at_maximum": "stop"}
    of = taker.short(taker.desk(limits={"tree": {"clip": [row]}}))
    assert not of.history_of(SendOrder)
    assert list(of.state.stops) == ["kill_switch strategy:two_way", "kill_switch strategy:hedge"]
    of.after(5_000)
    of.market()
    of.rfq()
    assert not of.all(SendQuote) and not of.history_of(SendOrder)
    assert of.one(Decided).reason == "KILL_SWITCH"
    assert taker.placed(of, amount=D(1_000)) is not None, "a person's order is not the strategy's"


@pytest.mark.parametrize(
    ("scope", "value", "parts"),
    [
        ("everyone", "all", ["all:"]),
        ("entity", "BANKCNBJ", ["entity:BANKCNBJ"]),
        ("desk", "FX", ["desk:FX"]),
        ("book", "FXSPOT", ["book:FXSPOT"]),
        ("venue", "ALPHA", ["venue:ALPHA"]),
        ("trader", "wang", ["trader:wang"]),
        ("trader", "LI", ["trader:LI", "strategy:two_way", "strategy:hedge"]),
        ("group", "G2", ["counterparty:BANKC"]),
        ("country", "CN", ["counterparty:BANKA", "counterparty:BANKB", "counterparty:BANKC"]),
        ("type", "fund", ["all:"]),
    ],
)
def test_what_a_row_stops_is_what_it_is_about_and_never_less(
    scope: str, value: str, parts: list[str]
) -> None:
    facts = reference(desk="FX", trader="li", counterparties=PARTIES)
    assert [f"{part}:{name}" for part, name in parts_of(facts, scope, value)] == parts
