"""The record of trades: the venue's against ours as they are made, copies, and ours told to others.

ALPHA tells each trade as it is made and copies its reports; the grace is 60 s.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robot.basics.ids import CounterpartyId, VenueId
from robot.messages.effects import (
    AlertRaised,
    BreakFound,
    ConcludeDeal,
    DealAmended,
    DealingStateChanged,
    RequestTrades,
)
from robot.messages.events import SessionKind, SessionUp, TradeWord
from robot.messages.streams import (
    AcknowledgeTrade,
    TellTrade,
    TellTradeCount,
    TradeAcknowledged,
    TradesAsked,
)
from tests.kit.desk import ORIGIN, THURSDAY, Desk

ALPHA = VenueId("ALPHA")
PAIRS = ["EUR/USD", "USD/JPY", "USD/CAD", "EUR/GBP"]


def desk(*, patience_s: int = 0, copies: bool = False, since: bool = False) -> Desk:
    venue = {"id": "ALPHA", "pairs": PAIRS, "trades_live": True, "trades_since": since}
    made = Desk(
        venues=[{**venue, "drop_copy": copies}, {"id": "BETA", "pairs": ["EUR/USD"]}],
        reconciliation={"drop_copy_patience_s": patience_s},
    ).open()
    if copies:
        made.step(SessionUp(venue=ALPHA, kind=SessionKind.DROP_COPY))
    made.market()
    return made


def dealt(one: Desk, **request: Any) -> str:
    """Deal, and return the ExecID."""
    client = request.get("client", "BANKA")
    one.hit(one.quoted(**request), client=client, venue=request.get("venue", "ALPHA"))
    return one.one(ConcludeDeal).deal.exec_id


def live(one: Desk, exec_id: str, **changes: Any) -> None:
    one.report_trade(exec_id, live=True, report_id="L1", **changes)


def alerts(one: Desk) -> list[str]:
    return [effect.code for effect in one.all(AlertRaised)]


def test_today_is_asked_for_with_all_that_comes_later() -> None:
    one = desk()
    asked = one.history_of(RequestTrades)
    assert [(row.venue, row.live) for row in asked] == [("ALPHA", True), ("BETA", False)]


def test_a_trade_told_in_time_is_acknowledged_and_nothing_else() -> None:
    one = desk()
    name = dealt(one)
    one.after(59_000)
    live(one, name)
    assert [type(effect) for effect in one.effects] == [AcknowledgeTrade]
    assert (one.one(AcknowledgeTrade).report_id, one.one(AcknowledgeTrade).exec_type) == ("L1", "F")
    one.pass_time(120_000)
    assert alerts(one) == []


def test_a_trade_that_is_never_told_is_an_alarm_after_the_grace() -> None:
    """F-27, never: dealing goes on."""
    one = desk()
    dealt(one)
    one.pass_time(59_999)
    assert alerts(one) == []
    one.pass_time(1)
    assert alerts(one) == ["TRADE_NOT_TOLD"]
    assert one.state.halts == {}


def test_a_trade_told_at_another_price_is_a_break_at_once() -> None:
    """F-27, different price."""
    one = desk()
    live(one, dealt(one), rate=Decimal("1.2"))
    assert one.one(BreakFound).kind == "ECONOMIC_DIFF"


def test_a_trade_nobody_knows_is_an_orphan_after_the_grace_and_dealing_halts() -> None:
    """F-26."""
    one = desk()
    live(one, "X1")
    assert one.all(BreakFound) == []
    one.pass_time(60_000)
    assert one.one(BreakFound).kind == "ORPHAN"
    assert list(one.state.halts) == ["break ALPHA X1"]


def test_a_trade_nobody_knows_at_the_log_on_is_an_orphan_at_once() -> None:
    """F-26: what the venue had to say of it was said before."""
    one = desk()
    one.log_out()
    for kind in (SessionKind.MARKET_DATA, SessionKind.DEALING):
        one.step(SessionUp(venue=ALPHA, kind=kind))
    one.report_trade("X1", is_last=True)
    assert one.one(BreakFound).kind == "ORPHAN"


def test_a_trade_told_live_during_the_log_on_counts_for_none_of_the_record() -> None:
    one = desk()
    name = dealt(one)
    one.log_out()
    for kind in (SessionKind.MARKET_DATA, SessionKind.DEALING):
        one.step(SessionUp(venue=ALPHA, kind=kind))
    one.count_trades(total=1)
    request = next(iter(one.state.venues[ALPHA].requests))
    live(one, "X9", request_id=request)
    assert not one.state.venues[ALPHA].reconciled
    one.report_trade(name, request_id=request)
    assert one.state.venues[ALPHA].reconciled


@pytest.mark.parametrize("word", [TradeWord.BUSTED, TradeWord.CORRECTED])
def test_a_trade_the_venue_changes_to_other_terms_is_a_break(word: TradeWord) -> None:
    one = desk()
    name = dealt(one)
    changes: dict[str, Any] = {"side": one.state.deals[name].side, "base_amount": Decimal(7)}
    live(one, "E9", word=word, reference_exec_id=name, **changes)
    found = one.one(BreakFound)
    assert (found.kind, found.exec_id) == (word, name)


def test_a_deal_with_a_client_that_the_venue_takes_back_is_void() -> None:
    """The same terms, so it is this deal that is meant; its use of limits is over."""
    one = desk()
    name = dealt(one)
    deal = one.state.deals[name]
    terms: dict[str, Any] = {"side": deal.side, "rate": deal.rate}
    live(one, "E9", word=TradeWord.BUSTED, reference_exec_id=name, **terms)
    assert one.one(DealAmended).deal.void and one.all(BreakFound) == []
    live(one, "E10", word=TradeWord.BUSTED, reference_exec_id=name, **terms)
    assert one.all(DealAmended) == [] and one.all(BreakFound) == []


def test_only_what_is_new_is_asked_for_where_the_venue_can_tell() -> None:
    one = desk(since=True)
    first = dealt(one)
    begun = one.at_ns
    live(one, first)
    one.after(600_000).log_out()
    one.log_on()
    one.market()
    second = dealt(one)
    one.after(600_000).log_out()
    one.step(SessionUp(venue=ALPHA, kind=SessionKind.DEALING))
    assert one.one(RequestTrades).since_ns == begun + 600_000_000_000 - 60_000_000_000
    one.count_trades()
    sent_again = [effect.deal.exec_id for effect in one.all(ConcludeDeal)]
    assert sent_again == [second]  # the first was compared before: its absence says nothing


def test_a_restart_goes_on_from_the_last_comparison() -> None:
    one = desk(since=True)
    begun = one.at_ns
    one.after(600_000).restart()
    one.step(SessionUp(venue=ALPHA, kind=SessionKind.DEALING))
    assert one.one(RequestTrades).since_ns == begun - 60_000_000_000


def test_a_copy_is_compared_like_any_record_and_asks_for_no_answer() -> None:
    one = desk(copies=True)
    name = dealt(one)
    one.report_trade(name, copied=True)
    assert one.effects == ()
    live(one, name)
    one.pass_time(120_000)
    assert alerts(one) == []


def test_a_copy_that_is_never_made_is_an_alarm() -> None:
    one = desk(copies=True)
    live(one, dealt(one))
    one.pass_time(60_000)
    (alert,) = one.all(AlertRaised)
    assert "drop copy" in alert.text


def test_without_its_copies_dealing_goes_on_for_as_long_as_the_desk_says() -> None:
    one = desk(copies=True, patience_s=10)
    one.log_out(kind=SessionKind.DROP_COPY)
    assert alerts(one) == ["DROP_COPY_LOST"]
    one.pass_time(9_999)
    one.market()
    one.quoted()
    one.pass_time(1)
    assert list(one.state.halts) == ["drop_copy ALPHA"]
    assert one.state.quotes == {}
    one.step(SessionUp(venue=ALPHA, kind=SessionKind.DROP_COPY))
    assert one.one(DealingStateChanged).halts == ()


def test_a_copy_session_that_comes_back_in_time_halts_nothing() -> None:
    one = desk(copies=True, patience_s=10)
    one.log_out(kind=SessionKind.DROP_COPY)
    one.after(9_000).step(SessionUp(venue=ALPHA, kind=SessionKind.DROP_COPY))
    one.pass_time(5_000)
    assert one.state.halts == {}


def test_a_copy_session_that_never_comes_halts_after_the_start() -> None:
    one = desk(patience_s=10)
    one.reference = desk(copies=True, patience_s=10).reference
    one.restart()
    one.pass_time(10_000)
    assert list(one.state.halts) == ["drop_copy ALPHA"]
    one.restart()
    assert one.state.halts == {}


def ask(one: Desk, client: str | None = None, **fields: Any) -> None:
    one.step(
        TradesAsked(
            origin=ORIGIN,
            venue=fields.pop("venue", ALPHA),
            request_id="TR1",
            counterparty=CounterpartyId(client) if client else None,
            **fields,
        )
    )


def names(one: Desk) -> list[str]:
    return [effect.deal.exec_id for effect in one.all(TellTrade)]


def test_a_client_is_told_its_own_trades_and_no_other() -> None:
    one = desk()
    first, second = dealt(one, client="BANKA"), dealt(one, client="BANKB")
    ask(one, "BANKA")
    assert (one.one(TellTradeCount).total, names(one)) == (1, [first])
    ask(one)
    assert names(one) == [first, second]
    assert [effect.is_last for effect in one.all(TellTrade)] == [False, True]
    ask(one, venue=VenueId("BETA"))
    assert (one.one(TellTradeCount).total, names(one)) == (0, [])
    ask(one, trade_date=date(2014, 4, 30))
    assert (one.one(TellTradeCount).total, THURSDAY) == (0, date(2014, 5, 1))


def test_who_subscribes_is_told_its_later_trades_until_it_leaves() -> None:
    one = desk()
    ask(one, "BANKA", subscribe=True)
    assert one.one(TellTradeCount).subscribed
    dealt(one, client="BANKB")
    assert names(one) == []
    name = dealt(one, client="BANKA")
    (told,) = one.all(TellTrade)
    assert (told.deal.exec_id, told.live, told.request_id) == (name, True, "TR1")
    ask(one, unsubscribe=True)
    dealt(one, client="BANKA")
    assert names(one) == []


def test_a_log_out_ends_every_subscription() -> None:
    one = desk()
    ask(one, subscribe=True)
    one.log_out()
    one.log_on()
    one.market()
    dealt(one)
    assert names(one) == []


def test_a_report_of_ours_that_is_refused_is_told() -> None:
    one = desk()
    one.step(TradeAcknowledged(origin=ORIGIN, venue=ALPHA, report_id="r", accepted=False))
    assert alerts(one) == ["TRADE_REPORT_REFUSED"]
