"""What rules do by themselves: by the clock, after a deal, and beside a request they pass."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.party import BUY, SELL
from robot.errors import ConfigurationError
from robot.messages.asks import AskOpened, SendAsk
from robot.messages.effects import CancelOrder, Decided, RefuseRfq, SendOrder
from robot.messages.events import KillSwitchPulled
from robot.messages.orders import OrderReport
from robot.messages.stops import StopScope
from tests.kit.desk import time_ns
from tests.kit.ruled import RulesDesk, book
from tests.kit.scripted_game import game_desk
from tests.kit.taker import report, trade

VENUES = [
    {"id": "ALPHA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"},
    {"id": "BETA", "pairs": ["EUR/USD"], "makers": ["BANKA", "BANKB", "BANKC"]},
]
LIMITS = {
    "orders_outstanding": 4,
    "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000", "BANKC": "9000000"},
}
ANSWERS = book("all: always then quote margin 0.5 pip")
CLOCK = 'book "flat"\nfor spot in EUR/USD\nevery 1 min'


def by_clock(*rules: str, **changes: Any) -> RulesDesk:
    """A desk that answers everything, with a book beside it that looks every minute."""
    text = book(*rules, otherwise='pass "nothing to do"', head=CLOCK)
    return RulesDesk(ANSWERS, text, venues=VENUES, limits=LIMITS, **changes).ready()


def short(desk: RulesDesk, millions: int = 2) -> RulesDesk:
    """A client buys so much of us."""
    amount = millions * 1_000_000
    desk.hit(desk.quoted(amount), "buy", amount)
    return desk


FLAT = "flat: position < EUR 0 then hedge at 1.10020 or better"


def test_a_position_is_brought_back_when_the_clock_says_so() -> None:
    desk = by_clock("flat: position < EUR 0 and time >= 09:31 then hedge")
    short(desk)
    assert not desk.all(SendOrder)
    desk.after(59_000).market()
    assert not desk.all(SendOrder)
    desk.at("09:31:00.001").market()
    order = desk.one(SendOrder)
    assert (order.side, order.amount, order.price) == (BUY, D(2_000_000), D("1.10010"))
    decided = [one for one in desk.all(Decided) if one.kind == "RULE"]
    assert [(one.outcome, one.facts["rule"], one.facts["position"]) for one in decided] == [
        ("SENT", "flat", "-2,000,000")
    ]


def test_a_position_is_brought_back_after_the_deal_that_made_it_and_once_an_interval() -> None:
    desk = by_clock(FLAT)
    short(desk)
    order = desk.one(SendOrder)
    assert (order.amount, order.price) == (D(2_000_000), D("1.10020"))
    short(desk, 1)
    assert not desk.all(SendOrder), "within the interval, and the first is not over"


def test_a_hedge_never_makes_a_position_larger_and_never_turns_it() -> None:
    desk = by_clock("flat: position < EUR 0 then hedge 5 mio")
    short(desk)
    assert desk.one(SendOrder).amount == D(2_000_000)
    flat = by_clock("flat: position <= EUR 0 then hedge 5 mio")
    flat.pass_time(60_000)
    assert not flat.history_of(SendOrder)
    assert "RULE_NOT_DONE" in flat.alerts


LATER = "flat: position < EUR 0 then hedge at 1.10005 or better within 20 s"


def test_a_hedge_is_tried_for_as_long_as_its_rule_says() -> None:
    desk = by_clock(LATER)
    short(desk)
    assert not desk.all(SendOrder), "the market shows 1.10010"
    assert desk.decided.outcome == "SENT" and "RULE_NOT_DONE" not in desk.alerts
    desk.after(10_000).market("1.09990", "1.10004")
    order = desk.one(SendOrder)
    assert (order.side, order.amount, order.price) == (BUY, D(2_000_000), D("1.10005"))
    trade(desk, order, "X1", 500_000, "1.10004")
    report(desk, order, OrderReport.EXPIRED, "X2", filled=D(500_000), remaining=D(0))
    desk.after(500).market("1.09990", "1.10003")
    assert not desk.all(SendOrder), "not twice within a second"
    desk.after(600).market("1.09990", "1.10004")
    rest = desk.one(SendOrder)
    assert rest.amount == D(1_500_000)
    trade(desk, rest, "X3", 1_500_000, "1.10004")
    desk.after(2_000).market("1.09990", "1.10003")
    assert not desk.all(SendOrder) and not desk.state.rules.hedges


def test_a_hedge_is_tried_no_longer_and_never_once_the_position_has_turned() -> None:
    late = by_clock(LATER)
    short(late)
    late.after(20_000).market("1.09990", "1.10004")
    assert not late.all(SendOrder) and not late.state.rules.hedges
    turned = by_clock(LATER)
    short(turned)
    turned.hit(turned.quoted(3_000_000), "sell", 3_000_000)
    turned.after(2_000).market("1.09990", "1.10004")
    assert not turned.history_of(SendOrder) and not turned.state.rules.hedges


def test_part_of_a_position_is_tried_and_no_more() -> None:
    desk = by_clock("flat: position < EUR 0 then hedge 1 mio at 1.10005 or better within 20 s")
    short(desk, 3)
    desk.after(1_000).market("1.09990", "1.10004")
    order = desk.one(SendOrder)
    assert order.amount == D(1_000_000)
    trade(desk, order, "X1", 1_000_000, "1.10004")
    desk.after(2_000).market("1.09990", "1.10004")
    assert len(desk.history_of(SendOrder)) == 1


@pytest.mark.parametrize("what", ["kill", "restart"])
def test_what_is_stopped_or_started_anew_tries_no_more(what: str) -> None:
    desk = by_clock(LATER)
    short(desk)
    assert desk.state.rules.hedges
    if what == "kill":
        desk.kill()
    else:
        desk.restart()
    desk.after(1_000).market("1.09990", "1.10004")
    assert not desk.history_of(SendOrder) and not desk.state.rules.hedges


def test_a_limit_price_is_kept() -> None:
    desk = by_clock("flat: position < EUR 0 then hedge at 1.10005 or better")
    short(desk)
    assert not desk.all(SendOrder)
    assert desk.decided.detail == "ALPHA shows 1.10010, which is worse than 1.10005"


def test_a_rule_deals_at_a_limit_and_its_order_ends_at_its_time() -> None:
    desk = by_clock("cover: position < EUR 0 then buy 1 mio at 1.10015 until 09:45")
    short(desk)
    order = desk.one(SendOrder)
    assert (order.side, order.amount, order.price) == (BUY, D(1_000_000), D("1.10015"))
    assert (order.time_in_force, order.expires_ns) == ("GTD", time_ns("09:45:00.000"))
    desk.pass_time(60_000)
    desk.market()
    desk.pass_time(1)
    assert len(desk.history_of(SendOrder)) == 1, "the first has to end before the next"


def test_banks_are_asked_by_turns_and_never_the_one_who_asked_us() -> None:
    desk = RulesDesk(
        book("large: size > 5 mio then ask 2 banks to buy 3 mio at 1.10020 or better within 2 s"),
        venues=VENUES,
        limits=LIMITS,
    ).ready()
    asked = []
    for _ in range(3):
        desk.rfq(6_000_000, client="BANKA")
        assert "ask banks buy" in desk.one(RefuseRfq).detail
        asked += sorted({one.maker for one in desk.all(SendAsk)})
        opened = desk.one(AskOpened)
        assert (opened.limit_price, opened.side) == (D("1.10020"), BUY)
        assert opened.decide_ns == desk.at_ns + 2_000_000_000
        desk.after(31_000).market()
    assert len(asked) == 6 and set(asked) == {"BANKB", "BANKC"}


def test_a_rule_has_banks_asked_by_a_game_within_the_limit_of_the_rule() -> None:
    made = game_desk("ask BANKB BANKC", "counter Q 1.10001")["strategy"]
    assert isinstance(made, dict)
    desk = RulesDesk(
        book("large: size > 5 mio then ask 2 banks by game script to buy 3 mio at 1.10020"),
        venues=VENUES,
        limits=LIMITS,
        more={"games": made["games"], "game_factory": made["game_factory"]},
    ).ready()
    desk.rfq(6_000_000, client="BANKA")

    opened = desk.one(AskOpened)
    # BANKB makes prices at both venues.
    assert (opened.game, opened.limit_price, opened.asked) == ("script", D("1.10020"), 3)
    assert "ask banks by game 'script' buy" in desk.one(RefuseRfq).detail


def test_a_rule_that_names_a_game_which_is_not_there_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigurationError, match=r":6:\d+: no game 'script' is under"):
        RulesDesk(
            book("large: size > 5 mio then ask 2 banks by game script to buy 3 mio"), venues=VENUES
        ).ready()


def test_what_was_asked_is_dealt_where_the_rule_says_no_amount() -> None:
    desk = RulesDesk(
        book("large: size > 5 mio then ask 1 bank"), venues=VENUES, limits=LIMITS
    ).ready()
    desk.rfq(6_000_000, client="BANKC", side="sell")
    opened = desk.one(AskOpened)
    assert (opened.limit_price, opened.side, opened.terms.amount) == (None, BUY, D(6_000_000))
    assert len(desk.all(SendAsk)) == 1


@pytest.mark.parametrize("what", ["kill", "halt"])
def test_nothing_is_begun_while_dealing_is_stopped(what: str) -> None:
    desk = by_clock("sell: always then sell 1 mio at 1.09990 or better")
    if what == "kill":
        desk.kill()
    else:
        desk.state.halts["fault"] = "looked at by nobody"
    desk.pass_time(61_000)
    assert not desk.history_of(SendOrder)
    assert [one.outcome for one in desk.all(Decided) if one.kind == "RULE"] == ["REFUSED"]


def test_a_book_looks_in_its_schedule_only() -> None:
    text = book(
        "schedule late is 09:35 to 09:40 UTC",
        "sell: always then sell 1 mio at 1.09990 or better",
        otherwise='pass "nothing"',
        head='book "b"\nfor spot in EUR/USD\nevery 1 min during late',
    )
    desk = RulesDesk(ANSWERS, text, venues=VENUES, limits=LIMITS).ready()
    for minute in range(31, 35):
        desk.at(f"09:{minute}:59.000").market()
    assert not desk.history_of(SendOrder)
    desk.at("09:35:00.000").market()
    desk.after(1_000).market()
    orders = desk.history_of(SendOrder)
    assert [(order.side, order.price) for order in orders] == [(SELL, D("1.09990"))]
    assert len(orders) == 1


def test_a_book_that_is_replaced_looks_no_more_and_a_restart_looks_again() -> None:
    desk = by_clock(FLAT)
    short(desk)
    assert list(desk.state.rules.looks) == ["book2.rules"]
    desk.restart()
    assert list(desk.state.rules.looks) == ["book2.rules"]
    timers = [timer for timer in desk.state.timers if timer.kind == "book_look"]
    desk.pass_time(61_000)
    desk.pass_time(60_000)
    later = [timer for timer in desk.state.timers if timer.kind == "book_look"]
    assert len(timers) <= 2 and len(later) == 1, "no second clock runs"


def test_a_stop_of_the_strategy_takes_out_what_its_rules_sent_and_asked() -> None:
    rules = ("buy: always then buy 1 mio at 1.10005 until 09:45",)
    desk = by_clock(*rules)
    desk.pass_time(1)
    desk.at("09:30:59.500").market()
    desk.at("09:31:00.000").market()
    assert desk.history_of(SendOrder)
    stop = KillSwitchPulled(actor="a", reason="b", scope=StopScope.STRATEGY, value="book")
    desk.step(stop)
    assert desk.one(CancelOrder).original_id == desk.history_of(SendOrder)[0].order_id
    large = book("large: size > 5 mio then ask 1 bank")
    asking = RulesDesk(large, venues=VENUES, limits=LIMITS).ready()
    asking.rfq(6_000_000, client="BANKC")
    assert list(asking.state.asks)
    asking.step(stop)
    assert not asking.state.asks
