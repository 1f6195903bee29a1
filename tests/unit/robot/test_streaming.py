"""Mass quotes: sets of prices nobody asked for, and all that ends them.

The desk streams EUR/USD at ALPHA in 1m and 3m on BANKA's line (gold: 0.2 and 0.3 pips a side).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from robot.basics.ids import QuoteId, VenueId
from robot.deals.party import SELL
from robot.invariants import check_state
from robot.messages.effects import (
    AlertRaised,
    ConcludeDeal,
    Decided,
    QuoteEnded,
    RefuseHit,
    SendMassQuote,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.events import SessionKind
from robot.messages.streams import (
    AskQuote,
    MassQuoteAnswered,
    QuoteFate,
    QuoteStatusAsked,
    QuoteStatusTold,
    RejectedEntry,
    TellQuoteStatus,
)
from tests.kit.desk import ORIGIN, Desk, refusal

ALPHA = VenueId("ALPHA")
STREAM = {
    "venue": "ALPHA",
    "pair": "EUR/USD",
    "amounts": ["1000000", "3000000"],
    "counterparty": "BANKA",
    "life_ms": 5000,
    "interval_min_ms": 100,
}
HEDGE = {
    "pair": "EUR/USD",
    "band": "90000000",
    "clip": "1000000",
    "slippage_bp": "2",
    "widen_from": "500000",
}


def desk(**changes: Any) -> Desk:
    """Open, and with a first mass quote out."""
    made = Desk(streams=[{**STREAM, **changes.pop("stream", {})}], **changes).open()
    made.market()
    return made


def sent(one: Desk) -> SendMassQuote:
    return one.one(SendMassQuote)


def ids(message: SendMassQuote) -> list[str]:
    return [quote.quote_id for quote in message.quotes]


def answer(one: Desk, message: SendMassQuote, *rejected: str, accepted: bool = True) -> None:
    one.step(
        MassQuoteAnswered(
            origin=ORIGIN,
            venue=ALPHA,
            mass_quote_id=message.mass_quote_id,
            accepted=accepted,
            rejected=tuple(RejectedEntry(QuoteId(name), "99") for name in rejected),
        )
    )


def test_a_set_is_sent_in_one_message_with_a_price_for_each_size() -> None:
    one = desk()
    message = sent(one)
    assert [(q.amount, q.bid, q.offer) for q in message.quotes] == [
        (1_000_000, Decimal("1.10003"), Decimal("1.10007")),
        (3_000_000, Decimal("1.10002"), Decimal("1.10008")),
    ]
    assert set(one.state.quotes) == set(ids(message)) == set(one.state.gate.reservations)
    assert [row.kind for row in one.all(Decided)] == ["STREAM", "STREAM"]
    check_state(one.state)


def test_a_moved_market_replaces_the_whole_set_once_the_interval_is_over() -> None:
    one = desk()
    first = sent(one)
    one.after(10).market("1.10010", "1.10020")
    assert one.all(SendMassQuote) == []
    one.pass_time(90)
    second = sent(one)
    assert second.set_id == first.set_id
    assert set(one.state.quotes) == set(ids(second))
    one.hit(ids(first)[0])
    assert refusal(one) == "QUOTE_REPLACED"


def test_a_market_that_does_not_move_is_not_told_again_before_it_expires() -> None:
    one = desk(stream={"life_ms": 1500})
    first = sent(one)
    one.after(1000).market()
    assert one.all(SendMassQuote) == []
    one.pass_time(500)
    assert set(ids(sent(one))).isdisjoint(ids(first))
    assert [row.ending for row in one.all(QuoteEnded)] == ["EXPIRED", "REPLACED"]


def test_a_hit_on_a_streamed_price_is_a_deal_and_the_set_is_shown_anew() -> None:
    one = desk()
    small, large = ids(sent(one))
    one.after(200).hit(small, "buy", price="1.10007")
    deal = one.one(ConcludeDeal).deal
    assert (deal.side, deal.counterparty, deal.rfq_id) == (SELL, "BANKA", "STREAM-1.0")
    assert large in one.state.quotes
    one.pass_time()
    assert len(ids(sent(one))) == 2
    check_state(one.state)


def test_a_hit_by_somebody_else_than_the_stream_is_for_is_refused() -> None:
    one = desk()
    one.hit(ids(sent(one))[0], client="BANKB")
    assert refusal(one) == "QUOTE_MISMATCH"


def test_a_size_without_headroom_is_left_out_and_told_once() -> None:
    one = desk(limits={"deal_size": [{"pair": "EUR/USD", "tier": "gold", "maximum": "1000000"}]})
    assert [quote.amount for quote in sent(one).quotes] == [1_000_000]
    assert [row.reason for row in one.all(Decided)] == ["", "DEAL_SIZE"]
    one.after(200).market()
    assert one.all(SendMassQuote) == []
    check_state(one.state)


def test_an_entry_the_venue_rejects_is_released_and_the_others_live() -> None:
    """F-21."""
    one = desk()
    message = sent(one)
    small, large = ids(message)
    answer(one, message, large)
    assert set(one.state.quotes) == {small} == set(one.state.gate.reservations)
    assert one.one(AlertRaised).code == "QUOTE_ENTRY_REJECTED"
    one.after(200).market("1.10010", "1.10020")
    assert [quote.amount for quote in sent(one).quotes] == [1_000_000]
    one.after(1000).market("1.10020", "1.10030")
    assert len(ids(sent(one))) == 2
    one.hit(large, "buy", 3_000_000)
    assert refusal(one) == "QUOTE_WITHDRAWN"


def test_a_replacement_that_is_rejected_takes_back_what_it_was_to_replace() -> None:
    one = desk()
    first = sent(one)
    one.after(200).market("1.10010", "1.10020")
    answer(one, sent(one), accepted=False)
    assert one.state.quotes == {} == one.state.gate.reservations
    assert [row.quote_id for row in one.all(WithdrawQuote)] == ids(first)
    assert one.one(AlertRaised).code == "MASS_QUOTE_REJECTED"


def test_what_is_rejected_again_and_again_is_tried_ever_more_rarely() -> None:
    one = desk()
    waits = []
    for _ in range(4):
        answer(one, one.history_of(SendMassQuote)[-1], accepted=False)
        begun = one.at_ns
        while not one.all(SendMassQuote):
            one.after(250).market()
        waits.append((one.at_ns - begun) // 1_000_000)
    assert waits == [1000, 2000, 4000, 8000]


def test_an_answer_to_a_message_that_was_replaced_says_nothing_of_the_new_one() -> None:
    one = desk()
    first = sent(one)
    one.after(200).market("1.10010", "1.10020")
    second = sent(one)
    answer(one, first, accepted=False)
    assert set(one.state.quotes) == set(ids(second))


def test_a_mass_quote_without_an_answer_is_held_as_live_and_asked_about() -> None:
    one = desk(orders={"answer_patience_ms": 1000})
    message = sent(one)
    one.pass_time(1000)
    asked = one.one(AskQuote)
    assert asked.quote_id == message.mass_quote_id
    assert set(one.state.quotes) == set(ids(message))
    one.step(
        QuoteStatusTold(
            origin=ORIGIN,
            venue=ALPHA,
            request_id=asked.request_id,
            quote_id=QuoteId(message.mass_quote_id),
            fate=QuoteFate.NOT_FOUND,
        )
    )
    assert one.state.quotes == {}
    check_state(one.state)


def test_an_answered_mass_quote_is_not_asked_about() -> None:
    one = desk(orders={"answer_patience_ms": 1000})
    answer(one, sent(one))
    one.pass_time(1500)
    assert one.all(AskQuote) == []


def test_silence_is_noticed_though_the_set_is_replaced_all_the_time() -> None:
    one = desk(orders={"answer_patience_ms": 1000})
    for step in range(9):
        one.after(110).market(f"1.1001{step}", f"1.1002{step}")
        assert one.all(AskQuote) == []
    last = sent(one)
    one.pass_time(15)
    assert one.one(AskQuote).quote_id == last.mass_quote_id


@pytest.mark.parametrize("end", ["stale", "kill", "halt"])
def test_all_is_dead_here_before_one_message_says_so(end: str) -> None:
    """F-22, F-17."""
    one = desk()
    small, _ = ids(sent(one))
    if end == "stale":
        one.pass_time(2001)
    elif end == "kill":
        one.kill()
    else:
        one.report_trade("X1")
    names = [type(effect).__name__ for effect in one.effects]
    assert [row.ending for row in one.all(QuoteEnded)] == ["WITHDRAWN", "WITHDRAWN"]
    assert one.all(WithdrawQuote) == []
    assert one.one(WithdrawAllQuotes).venue == ALPHA
    assert names.index("WithdrawAllQuotes") > max(
        place for place, name in enumerate(names) if name == "QuoteEnded"
    )
    one.after(7).hit(small)
    assert refusal(one) == "QUOTE_WITHDRAWN"
    assert "ended 7 ms before" in one.one(RefuseHit).detail


def test_a_quote_somebody_asked_for_keeps_each_withdrawal_by_itself() -> None:
    one = desk()
    one.rfq()
    one.kill()
    assert one.all(WithdrawAllQuotes) == []
    assert len(one.all(WithdrawQuote)) == 3


def test_a_log_out_ends_the_stream_and_a_log_on_begins_it() -> None:
    one = desk()
    small, _ = ids(sent(one))
    one.log_out()
    assert one.state.quotes == {}
    one.log_on()
    one.hit(small)
    assert isinstance(one.one(RefuseHit), RefuseHit)
    one.after(200).market()
    assert len(ids(sent(one))) == 2


def test_nothing_is_streamed_while_dealing_is_stopped() -> None:
    one = desk()
    one.kill()
    one.after(500).market("1.10010", "1.10020")
    assert one.all(SendMassQuote) == []
    one.release()
    one.market()
    assert len(ids(sent(one))) == 2


def test_a_position_that_hedging_must_bring_back_is_quoted_on_one_side() -> None:
    one = desk(hedges=[HEDGE])
    one.after(200).hit(ids(sent(one))[0], "sell")  # the client sells: we are long
    one.market("1.10010", "1.10020")
    message = one.history_of(SendMassQuote)[-1]
    assert [(quote.bid is None, quote.offer is None) for quote in message.quotes] == [
        (True, False),
        (True, False),
    ]
    check_state(one.state)


def test_a_venue_that_cannot_take_mass_quotes_is_not_sent_more_at_once() -> None:
    one = desk()
    one.reject(sent(one).mass_quote_id, "i")
    assert one.state.quotes == {}
    one.after(500).market("1.10010", "1.10020")
    assert one.all(SendMassQuote) == []


def test_used_up_messages_take_the_stream_back_until_there_are_more() -> None:
    one = desk(limits={"messages_per_second": 1})
    one.after(200).market("1.10010", "1.10020")
    assert one.state.quotes == {}
    one.after(900).market("1.10010", "1.10020")
    assert len(one.state.quotes) == 2


def test_the_venue_ends_one_entry_and_the_set_is_shown_anew() -> None:
    one = desk()
    small, _ = ids(sent(one))
    one.end_rfq(quote=small)
    assert small not in one.state.quotes
    one.after(200).market()
    assert len(ids(sent(one))) == 2


def status(one: Desk, **named: Any) -> QuoteFate:
    one.step(
        QuoteStatusAsked(origin=ORIGIN, pair="EUR/USD", status_id="s", **{"venue": ALPHA, **named})
    )
    return one.one(TellQuoteStatus).fate


def test_who_asks_for_a_quote_is_told_the_truth_about_it() -> None:
    one = desk()
    small, large = map(QuoteId, ids(sent(one)))
    assert status(one, quote_id=small) is QuoteFate.LIVE
    assert status(one, quote_id=small, venue=VenueId("BETA")) is QuoteFate.NOT_FOUND
    assert status(one, quote_id=QuoteId("Q9")) is QuoteFate.NOT_FOUND
    answer(one, one.history_of(SendMassQuote)[-1], large)
    assert status(one, quote_id=large) is QuoteFate.REJECTED
    one.rfq(request="R7", open_ms=500)
    assert status(one, request_id="R7") is QuoteFate.LIVE
    asked_for = one.one(TellQuoteStatus).quote_id
    one.pass_time(600)
    assert status(one, quote_id=QuoteId(asked_for)) is QuoteFate.EXPIRED
    one.kill()
    assert status(one, quote_id=small) is QuoteFate.REMOVED


def test_a_set_streams_again_after_a_restart() -> None:
    one = desk()
    one.restart()
    for venue in one.reference.venues:
        one.log_on(venue.id)
        one.open_dealing(venue.id)
    assert one.state.quotes == {}
    one.after(500).market()
    one.after(500).market()
    assert len(one.state.quotes) == 2
    one.log_out(kind=SessionKind.MARKET_DATA)
    assert one.state.quotes == {}
