"""Counter-offers in the core: what is answered, by whom, and what is never put out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.ask_views import request_views
from robot.core.lifecycle import Stage
from robot.core.state import restore, snapshot, state_hash
from robot.invariants import check_state
from robot.messages.counters import RefuseCounter
from robot.messages.effects import (
    AlertRaised,
    ConcludeDeal,
    Decided,
    QuoteEnded,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.events import RobotStopping
from robot.messages.hosting import AskHost, AskPerson, HostChanged, HostDecided
from robot.messages.releases import SuggestionMade
from robot.strategy import Decision, Facts, problem_of
from tests.kit.desk import Desk
from tests.kit.hosted import HostedDesk
from tests.kit.products import desk_of_all_products
from tests.kit.releases import ReleaseDesk
from tests.kit.ruled import RulesDesk, book, rules

USUAL = "quote margin 0.2 pip valid 3 s"
"""1.10003/1.10007 at 1.10000/1.10010."""


def haggling(*texts: str) -> RulesDesk:
    return RulesDesk(book(*texts, otherwise=USUAL)).ready()


class Reckless:
    """A strategy that forgets what it said: its price is far past its own walk-away."""

    def __init__(self, parameters: object) -> None:
        pass

    def decide(self, facts: Facts) -> Decision:
        if facts.their_price is None:
            return Decision(bid=D("1.10003"), offer=D("1.10007"))
        return Decision(offer=D("1.09000"), walk_away=D("1.10006"))


class Greedy(Reckless):
    """One that takes back what it said."""

    def decide(self, facts: Facts) -> Decision:
        if facts.their_price is None:
            return super().decide(facts)
        return Decision(offer=D("1.10020"))


HERE = "tests.unit.robot.test_core_counters"


def strategy(name: str) -> Desk:
    desk = Desk(strategy={"factory": f"{HERE}:{name}", "parameters": {}}).open()
    desk.market()
    return desk


def test_an_answer_is_a_new_quote_on_the_side_that_was_shown_and_the_old_one_is_gone() -> None:
    desk = haggling(
        "they buy: their price is known"
        " then counter our price - 0.1 pip no worse than mid valid 2 s"
    )
    first = desk.quoted()
    desk.counter(first, "1.10000", response="c1")
    quote = desk.one(SendQuote)
    assert (quote.bid, quote.offer, quote.response_id) == (None, D("1.10006"), "c1")
    assert quote.replaces == first
    assert quote.valid_until_ns == desk.at_ns + 2_000_000_000
    assert [(one.quote_id, one.ending) for one in desk.all(QuoteEnded)] == [(first, "REPLACED")]
    decided = desk.one(Decided)
    assert (decided.kind, decided.outcome, decided.side) == ("COUNTER", "QUOTED", "SELL")
    assert decided.facts["their price"] == "1.1"
    assert decided.facts["our price"] == "1.10007"
    assert decided.because[-1] == "they say 1.10000, we said 1.10007: 1.10006 (new)"
    desk.hit(quote.quote_id, price="1.10006")
    assert desk.one(ConcludeDeal).deal.rate == D("1.10006")
    check_state(desk.state)


def test_a_price_past_the_walk_away_stops_at_it() -> None:
    desk = haggling(
        "all: their price is known then counter their price no worse than mid + 0.1 pip"
    )
    desk.counter(desk.quoted(), "1.09990")
    assert desk.one(SendQuote).offer == D("1.10006")
    assert "walk-away 1.10006; 1.0999 is past it" in desk.one(Decided).because


def test_what_the_quote_that_stands_says_already_is_past_the_walk_away_is_not_said_again() -> None:
    """The market has moved: our quote is firm, and it is the last of its kind."""
    desk = haggling(
        "all: their price is known then counter their price no worse than mid + 0.1 pip"
    )
    quote = desk.quoted()
    desk.after(10)
    desk.market("1.10020", "1.10030")
    desk.counter(quote, "1.10000")
    assert desk.one(RefuseCounter).reason == "WALK_AWAY"
    assert [alert.code for alert in desk.all(AlertRaised)] == ["WALK_AWAY"]
    assert list(desk.state.quotes) == [quote]
    check_state(desk.state)


@pytest.mark.parametrize("name", ["Reckless", "Greedy"])
def test_no_strategy_puts_out_what_it_may_not(name: str) -> None:
    desk = strategy(name)
    quote = desk.quoted()
    desk.counter(quote, "1.10004")
    if name == "Reckless":
        assert desk.one(RefuseCounter).reason == "WALK_AWAY"
        assert list(desk.state.quotes) == [quote]
    else:
        assert desk.one(SendQuote).offer == D("1.10007"), "a firm price is not made worse"
    check_state(desk.state)


def test_the_walk_away_holds_for_every_later_price_of_the_negotiation() -> None:
    desk = haggling(
        "first: their price is known and rounds < 4"
        " then counter our price no worse than mid + 0.2 pip",
        "later: their price is known then quote margin 0 pip valid 3 s",
    )
    desk.counter(desk.quoted(), "1.10000")
    first = desk.one(SendQuote)
    desk.counter(first.quote_id, "1.10000")
    assert desk.one(RefuseCounter).reason == "WALK_AWAY"
    assert desk.one(RefuseCounter).detail == "1.10005 is past the walk-away 1.10007"


def test_a_strategy_without_a_word_on_counters_repeats_its_price() -> None:
    desk = Desk().open()
    desk.market()
    quote = desk.quoted()
    desk.counter(quote, "1.10001", response="c1")
    again = desk.one(SendQuote)
    assert (again.bid, again.offer, again.response_id) == (None, D("1.10007"), "c1")
    assert again.quote_id != quote


def test_a_counter_is_handed_to_a_strategy_of_the_core() -> None:
    hand = {"factory": f"{HERE}:Greedy", "parameters": {}}
    text = book("all: their price is known then hand to strategy usual", otherwise=USUAL)
    desk = RulesDesk(text, more={"hands": {"usual": hand}}).ready()
    desk.counter(desk.quoted(), "1.10004")
    assert desk.one(SendQuote).offer == D("1.10007")
    assert desk.decided.because[0].endswith("hand to usual")


def hosted() -> HostedDesk:
    """A two-way quote of the host's, 1.10000/1.10010, and a price of theirs, 1.10004."""
    desk = HostedDesk().open_ready()
    desk.rfq()
    desk.answer()
    desk.counter(desk.one(SendQuote).quote_id, "1.10004", response="c1")
    return desk


def test_the_host_is_asked_with_their_price_and_the_quote_is_firm_meanwhile() -> None:
    desk = hosted()
    asked = desk.one(AskHost).facts
    assert (asked.side, asked.their_price, asked.our_price) == ("SELL", D("1.10004"), D("1.10010"))
    assert asked.rounds == 2
    (negotiation,) = desk.state.negotiations.values()
    assert negotiation.stage is Stage.REQUOTING
    desk.after(10)
    desk.answer(None, "1.10008")
    quote = desk.one(SendQuote)
    assert (quote.offer, quote.response_id) == (D("1.10008"), "c1")
    assert negotiation.stage is Stage.QUOTED
    check_state(desk.state)


def test_a_second_price_of_theirs_waits_for_the_answer_to_the_first() -> None:
    desk = hosted()
    quote = next(iter(desk.state.quotes))
    desk.counter(quote, "1.10005", response="c2")
    told = desk.one(RefuseCounter)
    assert (told.reason, told.response_id) == ("NOT_NEGOTIABLE", "c2")
    desk.answer(None, "1.10008")
    assert desk.one(SendQuote).response_id == "c1"


def test_a_hit_while_the_host_thinks_is_dealt_and_its_answer_is_of_no_use() -> None:
    desk = hosted()
    desk.hit(next(iter(desk.state.quotes)), price="1.10010")
    assert desk.one(ConcludeDeal).deal.rate == D("1.10010")
    desk.answer(None, "1.10008")
    assert desk.effects == ()
    check_state(desk.state)


@pytest.mark.parametrize("how", ["late", "passes", "gone", "stopping"])
def test_no_answer_of_the_host_leaves_the_quote_as_it_was(how: str) -> None:
    desk = hosted()
    quote = next(iter(desk.state.quotes))
    if how == "late":
        desk.after(60)
        desk.pass_time()
        assert desk.one(RefuseCounter).reason == "STRATEGY_LATE"
    elif how == "passes":
        desk.decide(Decision(passed="NO_MORE"))
        assert desk.one(RefuseCounter).reason == "STRATEGY_PASSED"
    elif how == "gone":
        desk.gone()
        assert desk.one(RefuseCounter).reason == "STRATEGY_FAILED"
    else:
        desk.step(RobotStopping())
        assert desk.one(RefuseCounter).reason == "DEALING_HALTED"
        assert desk.one(WithdrawQuote).quote_id == quote
        assert not desk.state.negotiations
        return
    assert list(desk.state.quotes) == [quote]
    check_state(desk.state)
    desk.hit(quote, price="1.10010")
    assert desk.one(ConcludeDeal)


def persons() -> tuple[RulesDesk, str]:
    desk = haggling('all: their price is known then ask a person "they haggle" within 10 s')
    quote = desk.quoted()
    desk.counter(quote, "1.10004", response="c1")
    assert desk.one(AskPerson).reason == "they haggle"
    return desk, quote


def seconds(desk: Desk, count: int) -> None:
    """So long with a market that does not move."""
    for _ in range(count):
        desk.after(1_000)
        desk.market("1.10000", "1.10010")


def test_a_person_answers_their_price_also_when_our_quote_has_run_out_meanwhile() -> None:
    desk, quote = persons()
    seconds(desk, 4)
    assert [one.ending for one in desk.history_of(QuoteEnded)] == ["EXPIRED"]
    (negotiation,) = desk.state.negotiations.values()
    assert negotiation.stage is Stage.WAITING
    desk.answer(None, "1.10006")
    answer = desk.one(SendQuote)
    assert (answer.offer, answer.response_id, answer.replaces) == (D("1.10006"), "c1", None)
    desk.hit(answer.quote_id, price="1.10006")
    assert desk.one(ConcludeDeal)
    desk.hit(quote, price="1.10007")
    assert not desk.all(ConcludeDeal)
    check_state(desk.state)


def test_nobody_answers_their_price_and_nothing_is_left() -> None:
    desk, _ = persons()
    seconds(desk, 10)
    assert desk.history_of(RefuseCounter)[-1].reason == "STRATEGY_PASSED"
    assert not desk.state.negotiations
    check_state(desk.state)


def test_a_book_hands_a_counter_to_the_strategy_in_its_own_process() -> None:
    text = book("all: their price is known then hand to strategy mine", otherwise=USUAL)
    more = {"file": "mine.py", "code_hash": "0" * 64, "host": {"deadline_ms": 50}}
    desk = RulesDesk(text, more=more).ready()
    desk.step(HostChanged(ready=True, told="rebuilt"))
    desk.counter(desk.quoted(), "1.10004")
    ask = desk.one(AskHost)
    assert ask.facts.their_price == D("1.10004")
    decision = Decision(offer=D("1.10005"), walk_away=D("1.10005"))
    desk.step(HostDecided(ask=ask.ask, decision=decision, took_us=300))
    assert desk.one(SendQuote).offer == D("1.10005")
    assert next(iter(desk.state.negotiations.values())).walk_away == D("1.10005")


def test_a_rate_of_money_is_negotiated() -> None:
    text = """book "money"
for deposit in USD
rule "place" when their rate is known and side is lend
  then counter our rate - 1 bp no worse than rate mid valid 30 s
otherwise quote margin 3 bp valid 30 s
"""
    desk = desk_of_all_products(strategy=rules(text))
    asked = {"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M"}
    desk.rfq(1_000_000, side="buy", **asked)
    quote = desk.one(SendQuote)
    assert quote.offer == D("4.18")
    desk.counter(quote.quote_id, "4.10", pair="USD", product="DEPOSIT")
    assert desk.one(SendQuote).offer == D("4.17")
    facts = desk.one(Decided).facts
    assert (facts["their rate"], facts["our rate"]) == ("4.1 %", "4.18 %")


def test_a_candidate_that_answers_requests_answers_their_prices() -> None:
    desk = ReleaseDesk().begin().climb("CANARY")
    desk.rfq()
    quote = desk.one(SendQuote)
    desk.counter(quote.quote_id, "1.10001")
    assert desk.one(SendQuote).offer == quote.offer
    assert desk.one(Decided).strategy == "two_way 2"
    check_state(desk.state)


def test_what_a_person_confirmed_of_a_candidate_is_not_haggled_over() -> None:
    desk = ReleaseDesk().begin().climb("SUGGEST")
    desk.rfq()
    desk.answer(desk.one(SuggestionMade).suggestion)
    quote = desk.one(SendQuote).quote_id
    desk.counter(quote, "1.10001")
    assert desk.one(RefuseCounter).reason == "NOT_NEGOTIABLE"
    assert list(desk.state.quotes) == [quote]


def test_who_is_asked_about_their_price_sees_it() -> None:
    desk, _ = persons()
    (shown,) = request_views(desk.state)
    assert (shown["side"], shown["their_price"], shown["our_price"]) == (
        "SELL",
        "1.10004",
        "1.10007",
    )


def test_the_state_with_a_price_of_theirs_is_kept_and_comes_back() -> None:
    desk, _ = persons()
    again = restore(snapshot(desk.state))
    assert state_hash(again) == state_hash(desk.state)
    (negotiation,) = again.negotiations.values()
    assert negotiation.bargain is not None and negotiation.bargain.theirs == D("1.10004")


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "0", "1E+30"])
def test_a_price_that_is_none_is_turned_down(price: str) -> None:
    """Whatever comes past the reader of messages."""
    desk = haggling()
    quote = desk.quoted()
    desk.counter(quote, price)
    assert desk.one(RefuseCounter).reason == "COUNTER_PRICE"
    assert list(desk.state.quotes) == [quote]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"amount": 6_000_000}, "amount 6000000, quoted 5000000"),
        ({"far_value_date": date(2014, 5, 15)}, "far date 2014-05-15, quoted 2014-05-08"),
    ],
)
def test_a_counter_for_another_amount_or_tenor_is_refused_and_our_quote_stands(
    said: dict[str, Any], told: str
) -> None:
    desk = desk_of_all_products()
    quote = desk.quoted(5_000_000, pair="CNY", product="DEPOSIT", far_tenor="1W", side=None)
    whole = {"amount": 5_000_000, "pair": "CNY", "product": "DEPOSIT"}
    desk.counter(quote, "1.5500", **(whole | said))

    refused = desk.one(RefuseCounter)
    assert refused.reason == "QUOTE_MISMATCH" and told in desk.one(Decided).detail
    assert list(desk.state.quotes) == [quote] and not desk.all(SendQuote)
    check_state(desk.state)


def test_a_walk_away_is_of_one_side_and_a_number() -> None:
    desk = hosted()
    facts = desk.one(AskHost).facts
    assert problem_of(Decision(offer=D("1.1"), walk_away=D("NaN")), facts)
    assert not problem_of(Decision(offer=D("1.1"), walk_away=D("1.1")), facts)
    first = desk.asked[0].facts
    two = Decision(bid=D("1.1"), offer=D("1.1"), walk_away=D("1.1"))
    assert problem_of(two, first) == "walk_away 1.1 with two prices: it is of one side"


def test_a_refused_answer_leaves_a_limit_that_was_cut_as_exceeded_as_it_was() -> None:
    """What is over a maximum stays over it: nothing new fits, and nothing goes beyond flat."""
    desk = haggling("theirs: rounds > 0 then counter 1.10006 no worse than 1.10004")
    desk.rfq()
    quote = desk.one(SendQuote).quote_id
    account = desk.state.gate.accounts["net_open_position:EUR"]
    account.maximum = max(account.reserved_up, account.reserved_down) / 2
    account.note_excess()
    before = account.excess
    assert before > 0
    desk.counter(quote, "1.10005")
    assert desk.one(RefuseCounter) and quote in desk.state.quotes
    assert account.excess == before
    check_state(desk.state)
