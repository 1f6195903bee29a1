"""What is streamed while the strategy runs in a process of its own: asked anew, shown anew."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.assembly import load_strategy
from robot.basics.ids import VenueId
from robot.core.engine import Engine
from robot.core.lifecycle import Stage
from robot.invariants import check_tables
from robot.messages.effects import (
    ConcludeDeal,
    QuoteEnded,
    SendMassQuote,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.hosting import AskHost
from tests.kit.desk import encoded
from tests.kit.hosted import DEADLINE_MS, HostedDesk


def desk(**changes: Any) -> HostedDesk:
    return HostedDesk(**changes).open_ready()


def stage(of: HostedDesk) -> Stage:
    (negotiation,) = of.state.negotiations.values()
    check_tables(of.state)
    return negotiation.stage


def streaming(**changes: Any) -> HostedDesk:
    """A request with a fresh price for a minute, quoted."""
    d = desk(**changes)
    d.rfq(stream_s=60)
    d.answer("1.10000", "1.10010")
    return d


def test_a_stream_asks_again_as_the_market_moves_and_its_quote_is_firm_meanwhile() -> None:
    d = streaming()
    quote = d.one(SendQuote)
    d.after(100).market("1.10005", "1.10015")
    d.one(AskHost)
    assert stage(d) is Stage.REQUOTING
    d.after(1).answer("1.10005", "1.10015")
    assert d.one(SendQuote).replaces == quote.quote_id
    assert stage(d) is Stage.QUOTED
    d.after(100).market("1.10006", "1.10016")
    d.hit(d.history_of(SendQuote)[-1].quote_id)
    d.one(ConcludeDeal)
    d.answer()
    assert d.effects == (), "the answer comes after the deal"


def test_ticks_while_it_is_asked_lead_to_one_more_question() -> None:
    d = streaming()
    d.after(100).market("1.10005", "1.10015")
    for pips in (6, 7, 8):
        d.market(f"1.1000{pips}", f"1.1001{pips}")
        assert d.all(AskHost) == []
    d.after(1).answer("1.10005", "1.10015")
    d.one(SendQuote)
    d.pass_time(20)
    assert d.one(AskHost).facts.bid == D("1.10008")


def test_a_stream_whose_host_is_late_shows_nothing_and_goes_on_with_the_next_price() -> None:
    d = streaming()
    quote = d.one(SendQuote)
    d.after(100).market("1.10005", "1.10015")
    d.pass_time(DEADLINE_MS)
    assert (d.one(WithdrawQuote).quote_id, d.alerts()) == (quote.quote_id, ["STRATEGY_LATE"])
    assert stage(d) is Stage.ASKED
    d.after(100).market("1.10006", "1.10016")
    d.answer("1.10006", "1.10016")
    d.one(SendQuote)


def test_a_quote_that_expires_while_the_next_is_asked_for_is_followed_by_it() -> None:
    d = streaming(policy={"deadline_ms": 500})
    d.after(1_500).market("1.10000", "1.10010")
    d.answer("1.10000", "1.10010")
    d.after(1_300).market("1.10005", "1.10015")
    d.pass_time(250)
    assert d.one(QuoteEnded).ending == "EXPIRED"
    assert stage(d) is Stage.WAITING
    d.answer("1.10005", "1.10015")
    d.one(SendQuote)


def test_a_price_that_is_the_same_is_not_shown_again() -> None:
    d = streaming()
    d.after(100).market("1.10001", "1.10011")
    d.answer("1.10000", "1.10010")
    assert d.effects == ()
    assert stage(d) is Stage.QUOTED


STREAM = {
    "venue": "ALPHA",
    "pair": "EUR/USD",
    "amounts": ["1000000", "5000000"],
    "counterparty": "BANKA",
}


def sizes(*, bids: tuple[str, ...] = ("1.09999", "1.09998")) -> HostedDesk:
    """Two sizes are streamed."""
    d = desk(streams=[STREAM])
    return answer_sizes(d, *bids)


def answer_sizes(d: HostedDesk, *bids: str) -> HostedDesk:
    for ask, bid in zip(d.asked[-2:], bids, strict=True):
        d.answer(bid, str(D(bid) + D("0.00012")), ask=ask.ask)
    return d


def test_a_stream_of_several_sizes_is_shown_when_all_are_answered() -> None:
    d = desk(streams=[STREAM])
    assert [ask.facts.amount for ask in d.all(AskHost)] == [1_000_000, 5_000_000]
    first, second = d.all(AskHost)
    d.answer("1.09998", "1.10012", ask=second.ask)
    assert d.effects == ()
    d.answer("1.09999", "1.10011", ask=first.ask)
    shown = d.one(SendMassQuote)
    assert [quote.bid for quote in shown.quotes] == [D("1.09999"), D("1.09998")]
    check_tables(d.state)


def test_a_size_without_an_answer_is_left_out() -> None:
    d = desk(streams=[STREAM])
    first, _ = d.all(AskHost)
    d.answer("1.09999", "1.10011", ask=first.ask)
    d.pass_time(DEADLINE_MS)
    assert [quote.amount for quote in d.one(SendMassQuote).quotes] == [1_000_000]
    assert d.alerts() == ["STRATEGY_LATE"]


def test_a_stream_follows_the_market_with_one_set_of_questions_at_a_time() -> None:
    d = sizes()
    d.after(200).market("1.10003", "1.10013")
    assert len(d.all(AskHost)) == 2
    d.after(1).market("1.10004", "1.10014")
    assert d.all(AskHost) == []
    answer_sizes(d, "1.10002", "1.10001")
    d.one(SendMassQuote)
    d.pass_time(100)
    assert [ask.facts.bid for ask in d.all(AskHost)] == [D("1.10004")] * 2
    answer_sizes(d, "1.10003", "1.10002")
    d.one(SendMassQuote)


def test_a_stream_that_the_market_has_left_behind_is_not_shown_and_asked_for_anew() -> None:
    d = sizes()
    d.after(200).market("1.10003", "1.10013")
    d.after(1).market("1.10033", "1.10043")
    answer_sizes(d, "1.10002", "1.10001")
    assert d.all(SendMassQuote) == []
    assert len(d.history_of(WithdrawQuote)) == 2, "what it would have replaced is taken back"
    d.pass_time(100)
    answer_sizes(d, "1.10031", "1.10030")
    d.one(SendMassQuote)


def test_a_log_on_while_a_stream_is_asked_for_makes_its_answers_useless() -> None:
    d = sizes()
    d.after(200).market("1.10003", "1.10013")
    d.log_out()
    d.log_on()
    answer_sizes(d, "1.10002", "1.10001")
    assert d.all(SendMassQuote) == []


def test_stepping_the_journal_again_gives_the_same_without_a_host() -> None:
    d = streaming()
    d.after(100).market("1.10005", "1.10015")
    d.answer("1.10004", "1.10016")
    d.rfq()
    d.pass_time(70)
    d.gone()
    engine = Engine(load_strategy)
    assert encoded([engine.step(stamped) for stamped in d.stepped]) == encoded(d.history)
    venue = VenueId("ALPHA")
    assert engine.state.venues[venue] == d.state.venues[venue]
