"""Asking makers for prices: who is asked, which quote is taken, what becomes of the rest.

We buy 1m EUR/USD; the market is 1.10000/1.10010, quotes are collected for 3 s.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.assembly import load_strategy
from robot.basics.ids import VenueId
from robot.core.engine import Engine
from robot.core.state import restore, snapshot
from robot.deals.party import BUY, SELL
from robot.messages.asks import (
    AskEnded,
    PassQuote,
    QuoteRevoking,
    TakeQuote,
)
from robot.messages.effects import (
    AlertRaised,
    AskOrder,
    DealBooked,
    Decided,
    OrderEnded,
)
from robot.messages.orders import OrderReport
from tests.kit.asks import Asking, held, passed, three_quotes
from tests.kit.desk import encoded


def test_each_maker_gets_a_request_of_its_own_and_sees_no_side() -> None:
    scene = Asking()
    sent = scene.ask("1.10020")
    assert ["BANKA", "BANKB", "BANKC"] == [one.maker for one in sent]
    assert 3 == len({one.request_id for one in sent})
    assert {None} == {one.side for one in sent}
    assert {(D(1_000_000), date(2014, 5, 5))} == {
        (one.terms.amount, one.terms.value_date) for one in sent
    }
    assert D(0) == held(scene)  # to ask commits to nothing


def test_the_best_price_on_our_side_is_taken_when_all_have_answered() -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    assert ("BANKB", "Q-BANKB", BUY, D("1.10008")) == (
        take.maker,
        take.quote_id,
        take.side,
        take.price,
    )
    assert D(1_000_000) == held(scene)  # before it leaves
    assert ["Q-BANKA", "Q-BANKC"] == passed(scene)
    kinds = [type(effect) for effect in scene.desk.effects]
    assert kinds.index(TakeQuote) < kinds.index(PassQuote)


def test_the_makers_report_makes_the_deal() -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.report(take)
    deal = scene.desk.one(DealBooked).deal
    assert ("BANKB", BUY, D(1_000_000), D("1.10008"), True) == (
        deal.counterparty,
        deal.side,
        deal.base_amount,
        deal.rate,
        deal.as_taker,
    )
    assert ("Q-BANKB", take.request_id) == (deal.quote_id, deal.rfq_id)
    assert D("-30.00") == deal.edge  # 1.10008 against the middle, 1.10005, on a million
    assert "DEALT" == scene.ended().outcome
    assert {"BANKA": "WORSE", "BANKB": "TAKEN", "BANKC": "WORSE"} == scene.rows()
    assert D(0) == held(scene) and not scene.state.orders and not scene.state.asks


def test_who_sells_takes_the_highest_bid() -> None:
    scene = Asking()
    scene.ask("1.09990", side=SELL)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.quote("BANKC", "1.10001", "1.10011")
    assert ("BANKC", D("1.10001")) == (
        scene.desk.one(TakeQuote).maker,
        scene.desk.one(TakeQuote).price,
    )


def test_of_equal_prices_the_first_that_came_is_taken() -> None:
    scene = Asking()
    scene.ask("1.10020")
    scene.quote("BANKC", "1.10000", "1.10010")
    scene.later(1)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.refuse("BANKB")
    assert "BANKC" == scene.desk.one(TakeQuote).maker


def test_nothing_worse_than_the_limit_is_dealt() -> None:
    scene = three_quotes("1.10007")
    assert not scene.desk.all(TakeQuote)
    scene.later(3_000)
    assert "NOT_DEALT" == scene.ended().outcome
    assert {"BEYOND_LIMIT"} == set(scene.rows().values())
    assert ["Q-BANKA", "Q-BANKB", "Q-BANKC"] == passed(scene)


def test_without_a_limit_a_person_chooses() -> None:
    scene = three_quotes(None)
    scene.later(3_000)
    assert not scene.desk.all(TakeQuote) and "OPEN" == scene.state.asks[scene.ask_id].stage
    scene.take("Q-BANKA")
    assert "BANKA" == scene.desk.one(TakeQuote).maker
    assert ["Q-BANKB", "Q-BANKC"] == passed(scene)


def test_patience_is_over_for_who_is_silent() -> None:
    """F-11: AG, j and silence."""
    scene = Asking()
    scene.ask("1.10020")
    scene.refuse("BANKA", "10")
    scene.quote("BANKC", "1.10000", "1.10012")
    assert not scene.desk.all(TakeQuote)
    scene.later(3_000)
    scene.report(scene.desk.one(TakeQuote))
    assert {"BANKA": "REFUSED", "BANKB": "SILENT", "BANKC": "TAKEN"} == scene.rows()


def test_when_nobody_quotes_it_ends() -> None:
    scene = Asking()
    scene.ask("1.10020")
    for maker in ("BANKA", "BANKB", "BANKC"):
        scene.refuse(maker, "4")
    assert ("NOT_DEALT", {"REFUSED"}) == (scene.ended().outcome, set(scene.rows().values()))


def test_a_newer_quote_replaces_the_former_one() -> None:
    """F-12: only the newest can be taken; both are on the record."""
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA",), limit_price=None)
    scene.quote("BANKA", "1.10000", "1.10008", "S1")
    scene.quote("BANKA", "1.10002", "1.10012", "S2")
    scene.take("S1")
    refused = scene.desk.one(Decided)
    assert ("REFUSED", "QUOTE_REPLACED") == (refused.outcome, refused.reason)
    scene.take("S2")
    scene.report(scene.desk.one(TakeQuote))
    assert [("S1", "REPLACED")] == [(row.quote_id, row.outcome) for row in scene.ended().earlier]


def test_a_refused_hit_is_not_tried_again_at_another_price() -> None:
    """F-12: the venue rejects; the next best stands at 1.10010 and is left alone."""
    scene = three_quotes()
    scene.report(scene.desk.one(TakeQuote), OrderReport.REJECTED, reason="99", text="replaced")
    assert not scene.desk.all(TakeQuote)
    assert ("NOT_DEALT", "TAKE_REFUSED") == (scene.ended().outcome, scene.rows()["BANKB"])
    assert D(0) == held(scene)


@pytest.mark.parametrize("why", [QuoteRevoking.REJECTED, QuoteRevoking.EXPIRED])
def test_a_status_that_answers_our_hit_ends_it(why: QuoteRevoking) -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.revoke("BANKB", why, response_id=take.response_id, quote_id=take.quote_id)
    assert "REJECTED" == scene.desk.one(OrderEnded).ending
    assert "NOT_DEALT" == scene.ended().outcome and D(0) == held(scene)


def test_a_status_of_the_quote_alone_leaves_our_hit_in_doubt() -> None:
    """It may have crossed our hit: what became of that is asked, and held until it is known."""
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.revoke("BANKB", QuoteRevoking.EXPIRED, quote_id=take.quote_id)
    assert take.order_id == scene.desk.one(AskOrder).order_id
    assert D(1_000_000) == held(scene)
    scene.report(take)
    assert "DEALT" == scene.ended().outcome


def test_silence_after_a_hit_is_asked_about_and_nothing_is_sent_again() -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.later(3_000)
    assert take.order_id == scene.desk.one(AskOrder).order_id
    scene.later(30_000)
    assert not scene.desk.all(TakeQuote) and D(1_000_000) == held(scene)
    scene.report(take, OrderReport.STATUS, venue_order_id="", last_amount=None)
    assert "UNKNOWN_THERE" == scene.desk.one(OrderEnded).ending
    assert "NOT_DEALT" == scene.ended().outcome and D(0) == held(scene)


def test_a_log_out_leaves_a_hit_of_unknown_fate_and_the_makers_word_decides() -> None:
    """F-13: whatever we think of its time, the report makes the deal."""
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.desk.log_out()
    assert not scene.desk.all(AskEnded) and D(1_000_000) == held(scene)
    scene.desk.log_on()
    scene.report(take)
    assert "DEALT" == scene.ended().outcome


def test_a_log_out_before_the_hit_voids_the_quotes_and_ends_the_ask() -> None:
    scene = three_quotes(None)
    scene.desk.log_out()
    assert ("NOT_DEALT", {"VOID"}) == (scene.ended().outcome, set(scene.rows().values()))
    assert not passed(scene)  # nobody would hear it


def test_makers_of_another_venue_still_quote_after_a_log_out() -> None:
    scene = Asking()
    scene.ask("1.10020", venues=(), makers=("BANKA", "BANKB"))
    scene.quote("BANKA", "1.10000", "1.10008")
    scene.desk.log_out()
    scene.quote("BANKB@BETA", "1.10000", "1.10012")
    assert "BETA" == scene.desk.one(TakeQuote).venue
    scene.report(scene.desk.one(TakeQuote))
    assert {"BANKA": "VOID", "BANKB": "VOID", "BANKB@BETA": "TAKEN"} == scene.rows()


def test_a_restart_ends_what_was_only_asked_and_asks_for_the_fate_of_a_hit() -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.ask(None, makers=("BANKA",))
    scene.desk.restart()
    assert [("NOT_DEALT", ("RESTART",))] == [
        (one.outcome, one.because) for one in scene.desk.all(AskEnded)
    ]
    scene.desk.log_on()
    asked = [e for row in scene.desk.history[-4:] for e in row if isinstance(e, AskOrder)]
    assert [take.order_id] == [one.order_id for one in asked]


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"bid": D("1.10020")}, "bid 1.10020 is over offer 1.10010"),
        ({"offer": D(0), "bid": None}, "not over 0"),
        ({"offer": None}, "no offer"),
        ({"amount": D(2_000_000)}, "amount 2000000, asked 1000000"),
        ({"value_date": date(2014, 5, 6)}, "value date 2014-05-06"),
        ({"currency": "USD"}, "currency USD"),
        ({"pair": "USD/JPY"}, "pair USDJPY"),
        ({"product": "SWAP"}, "product SWAP"),
        ({"maker": "BANKC"}, "maker BANKC"),
        ({"contradiction": "1.1 and 0.2 are not 1.3001"}, "are not"),
        ({"valid_until_ns": 1}, "over when it came"),
    ],
)
def test_a_quote_that_cannot_be_relied_on_is_kept_and_never_taken(
    said: dict[str, Any], detail: str
) -> None:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA", "BANKB"))
    scene.quote("BANKA", "1.10000", "1.10010", **said)
    scene.quote("BANKB", "1.10000", "1.10015")
    scene.later(3_000)
    scene.report(scene.desk.one(TakeQuote))
    row = scene.ended().quotes[0]
    assert row.outcome in ("INVALID", "EXPIRED") and detail in row.detail, row
    assert "TAKEN" == scene.rows()["BANKB"]


def test_an_indicative_price_is_never_dealt_on() -> None:
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10001", tradeable=False)
    scene.later(3_000)
    assert {"BANKA": "INDICATIVE"} == scene.rows()


def test_a_quote_about_to_expire_is_not_hit() -> None:
    """Its 62 is 100 ms away when patience is over: the hit would come too late."""
    scene = Asking()
    scene.ask("1.10020", makers=("BANKA", "BANKB"))
    scene.quote("BANKA", "1.10000", "1.10005", life_ms=3_100)
    scene.quote("BANKB", "1.10000", "1.10012", tradeable=False)
    scene.later(3_000)
    assert not scene.desk.all(TakeQuote) and "NOT_DEALT" == scene.ended().outcome


def test_a_late_quote_is_recorded_passed_and_never_acted_on() -> None:
    scene = three_quotes()
    take = scene.desk.one(TakeQuote)
    scene.quote("BANKC", "1.10000", "1.10001", "better")  # our hit is on its way
    assert ["better"] == passed(scene)
    scene.quote("BANKB", "1.10000", "1.10002", "its next")  # of the maker we dealt with
    assert not passed(scene)
    scene.report(take)
    assert {"better": "LATE", "its next": "LATE"} == {
        row.quote_id: row.outcome for row in scene.ended().earlier
    }
    scene.quote("BANKA", "1.10000", "1.10001", "after")
    assert ["after"] == passed(scene) and "LATE" == scene.desk.one(Decided).outcome
    assert not scene.desk.all(TakeQuote)


def test_a_quote_that_nobody_asked_for_is_told_and_nothing_else() -> None:
    scene = Asking()
    scene.ask()
    request = scene.requests["BANKA"]
    scene.quote("BANKA", "1.1", "1.2", request_id="A20140501-000999")
    assert ["QUOTE_UNASKED"] == [alert.code for alert in scene.desk.all(AlertRaised)]
    scene.quote("BANKA", "1.1", "1.2", venue=VenueId("BETA"))
    assert scene.state.asks[request.ask_id].makers[0].quotes == []


def test_a_quote_again_says_nothing_new_and_one_of_its_name_is_not_trusted() -> None:
    scene = Asking()
    scene.ask(None, makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10010", "S1")
    scene.quote("BANKA", "1.10000", "1.10010", "S1")
    assert 1 == len(scene.state.asks[scene.ask_id].makers[0].quotes)
    scene.quote("BANKA", "1.10000", "1.10002", "S1")
    scene.take("S1")
    assert "QUOTE_MISMATCH" == scene.desk.one(Decided).reason and not scene.state.orders


def test_the_next_best_is_taken_where_the_line_refuses_the_best() -> None:
    """20,000 of exposure a million: BANKB's line is 10,000 here; the record says why."""
    lines = {"BANKA": "9000000", "BANKB": "10000", "BANKC": "9000000"}
    scene = Asking(limits={"counterparty_lines": lines})
    scene.ask("1.10020")
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.quote("BANKC", "1.10001", "1.10011")
    take = scene.desk.one(TakeQuote)
    assert "BANKA" == take.maker
    scene.report(take)
    assert "NOT_ALLOWED" == scene.rows()["BANKB"]
    assert any("COUNTERPARTY_LINE" in why for why in scene.ended().because)


def test_a_price_outside_the_collar_is_not_dealt_on_whatever_the_limit_says() -> None:
    """25 bp of 1.10005 is 0.00275."""
    scene = Asking()
    scene.ask("1.20000", makers=("BANKA",))
    scene.quote("BANKA", "1.10000", "1.10300")
    scene.later(3_000)
    assert {"BANKA": "NOT_ALLOWED"} == scene.rows()
    assert "PRICE_COLLAR" in scene.ended().quotes[0].detail


def test_a_take_is_written_in_the_same_bytes_from_a_state_that_was_read_back() -> None:
    """A follower that began from a snapshot must not see another effect than the trader."""
    texts = []
    for read_back in (False, True):
        scene = Asking()
        scene.ask("1.10020")
        scene.quote("BANKA", "1.10000", "1.10010")
        if read_back:
            scene.desk.engine = Engine(load_strategy, restore(snapshot(scene.state)))
        scene.later(3_000)
        texts.append(encoded([[scene.desk.one(TakeQuote)]]))
    assert texts[0] == texts[1]
