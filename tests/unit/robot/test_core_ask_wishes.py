"""What persons and the world do to an ask: counters, withdrawals, halts, limits of asking.

We buy 1m EUR/USD; the market is 1.10000/1.10010, quotes are collected for 3 s.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.party import BUY, SELL
from robot.messages.asks import (
    AskEnded,
    AskOpened,
    CounterQuote,
    QuoteRevoking,
    SendAsk,
    TakeQuote,
)
from robot.messages.effects import (
    BreakFound,
    CancelOrder,
    DealBooked,
    Decided,
)
from robot.messages.events import RfqEnding
from tests.kit.asks import Asking, held, passed, three_quotes


def test_a_counter_hides_the_quote_until_the_maker_answers() -> None:
    """F-14: both prices are on the record."""
    scene = Asking()
    scene.ask(None, makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10010", "S1")
    scene.counter("S1", "1.10006")
    sent = scene.desk.one(CounterQuote)
    assert (BUY, D("1.10006")) == (sent.side, sent.price)
    scene.take("S1")
    assert not scene.desk.all(TakeQuote)
    scene.quote("BANKA", "1.09996", "1.10006", "S2", response_id=sent.response_id)
    scene.take("S2")
    scene.report(scene.desk.one(TakeQuote))
    ended = scene.ended()
    assert "answers 1.10006 of ours" in ended.quotes[0].detail
    assert "countered at 1.10006" in ended.earlier[0].detail


def test_a_refused_counter_leaves_the_quote_as_it_was() -> None:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10030", "S1")
    scene.counter("S1", "1.10015")
    sent = scene.desk.one(CounterQuote)
    scene.revoke("BANKA", QuoteRevoking.REJECTED, response_id=sent.response_id, quote_id="S1")
    assert scene.state.asks[scene.ask_id].makers[0].live is not None
    scene.later(3_000)
    assert {"BANKA": "BEYOND_LIMIT"} == scene.rows()


def test_silence_on_a_counter_leaves_the_quote_as_it_was() -> None:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10030", "S1", life_ms=20_000)
    scene.counter("S1", "1.10015")
    scene.later(3_000)
    assert "BEYOND_LIMIT" == scene.rows()["BANKA"]


@pytest.mark.parametrize("price", ["1.10010", "1.10011", "-1", "NaN"])
def test_a_counter_is_better_for_us_than_the_quote(price: str) -> None:
    scene = Asking()
    scene.ask(None, makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10010", "S1")
    scene.counter("S1", price)
    assert "REFUSED" == scene.desk.one(Decided).outcome
    assert not scene.desk.all(CounterQuote)


def test_a_person_ends_an_ask_and_every_quote_is_passed() -> None:
    scene = three_quotes(None)
    scene.withdraw()
    assert "WITHDRAWN" == scene.ended().outcome
    assert {"PASSED"} == set(scene.rows().values()) and 3 == len(passed(scene))


def test_a_hit_on_its_way_cannot_be_withdrawn() -> None:
    scene = three_quotes()
    scene.withdraw()
    assert "REFUSED" == scene.desk.one(Decided).outcome and scene.state.orders


def test_the_kill_switch_passes_all_and_cancels_no_hit() -> None:
    """A hit is answered at once or asked about; there is nothing in it to cancel."""
    scene = three_quotes(None)
    scene.desk.kill()
    assert "WITHDRAWN" == scene.ended().outcome and 3 == len(passed(scene))
    scene.ask("1.10020")
    assert not scene.desk.all(SendAsk) and "REFUSED" == scene.ended().outcome
    scene = three_quotes()
    scene.desk.kill()
    assert not scene.desk.all(CancelOrder) and not scene.desk.all(AskEnded)
    assert 1 == len(scene.state.orders)


def test_a_maker_pulls_its_quote() -> None:
    scene = Asking()
    scene.ask("1.10020")
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.revoke("BANKB", QuoteRevoking.WITHDRAWN, request_id=scene.requests["BANKB"].request_id)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKC", "1.10001", "1.10011")
    scene.later(3_000)
    assert "BANKA" == scene.desk.one(TakeQuote).maker


def test_a_quote_named_by_its_id_alone_is_found() -> None:
    """Z and AI may name no request: ours as maker, or a maker's."""
    scene = three_quotes(None)
    scene.desk.end_rfq(quote="Q-BANKB", ending=RfqEnding.WITHDRAWN)
    scene.take("Q-BANKB")
    assert "QUOTE_WITHDRAWN" == scene.desk.one(Decided).reason
    scene.desk.end_rfq(ending=RfqEnding.WITHDRAWN)  # all of the venue
    scene.take("Q-BANKA")
    assert "QUOTE_WITHDRAWN" == scene.desk.one(Decided).reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"pair": "EUR/XXX"}, "UNKNOWN_PAIR"),
        ({"product": "FORWARD", "tenor": "1M"}, "UNKNOWN_PRODUCT"),
        ({"amount": D("0.001")}, "MALFORMED"),
        ({"amount": D("NaN")}, "MALFORMED"),
        ({"limit_price": D("NaN")}, "MALFORMED"),
        ({"patience_ms": 40_000}, "MALFORMED"),
        ({"venues": ("GAMMA",)}, "UNKNOWN_VENUE"),
        ({"makers": ("BANKX",)}, "UNKNOWN_COUNTERPARTY"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(said: dict[str, Any], reason: str) -> None:
    scene = Asking()
    assert [] == scene.ask(**said)
    assert reason == scene.desk.one(Decided).reason
    assert "REFUSED" == scene.ended().outcome


def test_an_ask_that_comes_again_is_refused() -> None:
    scene = Asking()
    scene.ask(request="mine")
    scene.ask(request="mine")
    assert "DUPLICATE_REQUEST" == scene.desk.one(Decided).reason


def test_no_more_asks_and_makers_than_the_policy_says() -> None:
    scene = Asking(asks={"outstanding_max": 1, "makers_max": 2})
    scene.ask()
    assert "OVERLOADED" == scene.desk.one(Decided).reason
    scene.ask(makers=("BANKA", "BANKB"))
    assert scene.desk.one(AskOpened)
    scene.ask(makers=("BANKA",))
    assert "OVERLOADED" == scene.desk.one(Decided).reason


def test_who_has_no_line_is_not_asked_and_the_record_says_so() -> None:
    lines = {"BANKA": "9000000", "BANKB": "0", "BANKC": "0"}
    scene = Asking(limits={"counterparty_lines": lines})
    sent = scene.ask(None)
    assert ["BANKA"] == [one.maker for one in sent]
    scene.withdraw()
    assert {"BANKA": "SILENT", "BANKB": "NOT_ASKED", "BANKC": "NOT_ASKED"} == scene.rows()


@pytest.mark.parametrize(
    "said",
    [
        {"last_price": D("1.10009")},
        {"last_amount": D(500_000), "filled": D(500_000)},
        {"value_date": date(2014, 5, 6)},
        {"side": SELL},
        {"counterparty": "BANKC"},
        {"currency": "USD"},
    ],
)
def test_a_trade_that_is_not_what_was_taken_is_a_break(said: dict[str, Any]) -> None:
    scene = three_quotes()
    scene.report(scene.desk.one(TakeQuote), **said)
    assert "ECONOMIC_DIFF" == scene.desk.one(BreakFound).kind
    assert not scene.desk.all(DealBooked) and D(1_000_000) == held(scene)


def test_the_days_hours_and_a_halted_venue_end_asks_there() -> None:
    scene = three_quotes(None)
    scene.desk.close_dealing()
    assert ("NOT_DEALT", {"WITHDRAWN"}) == (scene.ended().outcome, set(scene.rows().values()))


def test_a_day_roll_ends_asks_and_their_names_begin_anew() -> None:
    scene = three_quotes(None)
    scene.desk.roll()
    assert "WITHDRAWN" == scene.ended().outcome
    assert not scene.state.seen_asks and not scene.state.ask_of_request
