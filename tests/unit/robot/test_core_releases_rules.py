"""Rule books as candidates, beside two_way or beside other books, and two_way beside books."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.core.state import restore, snapshot, state_hash
from robot.deals.reference import StrategyChoice
from robot.invariants import check_state
from robot.messages.counters import RefuseCounter
from robot.messages.effects import (
    AlertRaised,
    Decided,
    RefuseRfq,
    SendOrder,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.hosting import AskPerson, RequestAnswered
from robot.messages.releases import ShadowDecided, ShadowWished, SuggestionEnded, SuggestionMade
from tests.kit.desk import Desk, encoded
from tests.kit.releases import ReleaseDesk, books_choice, choice
from tests.kit.ruled import FILE, book, rules

LIVE_BID, HALF_BID, WIDE_BID = D("1.10003"), D("1.10000"), D("1.09985")
"""0.2 pips (two_way live), 0.5 pips and 2 pips under the middle 1.10005."""
HALF = book("all: always then quote margin 0.5 pip")
WIDE = book("wide: size <= 5 mio then quote margin 2 pip valid 1 s")


def books(*texts: str, version: str = "2", **more: Any) -> StrategyChoice:
    return books_choice(version, *texts, **more)


def desk(*texts: str, **of: Any) -> ReleaseDesk:
    """Live are these books; without any, two_way with 0.2 pips."""
    changes = {"strategy": rules(*texts)} if texts else {}
    return ReleaseDesk(**changes, **of).begin()


def bid(of: ReleaseDesk) -> D | None:
    return of.one(SendQuote).bid


# --- shadow


@pytest.mark.parametrize("live", [(), (HALF,)], ids=["two_way", "books"])
def test_a_book_in_shadow_decides_and_its_rule_file_and_line_are_on_the_record(live: Any) -> None:
    of = desk(*live)
    of.enter("SHADOW", books(WIDE))
    of.rfq()
    assert bid(of) == (HALF_BID if live else LIVE_BID)
    shadow = of.one(ShadowDecided)
    assert (shadow.of, shadow.bid, shadow.strategy) == ("CANDIDATE", WIDE_BID, "book 2")
    assert shadow.because[0] == f'rule "wide" ({FILE}:5): quote margin 2 pip valid 1 s'
    assert (shadow.facts["rule"], shadow.facts["size"]) == ("wide", "1,000,000")
    assert 100_000_000 in shadow.row
    check_state(of.state)


def test_nothing_that_a_book_in_shadow_wants_is_done() -> None:
    wants = {
        'ask a person "large" within 5 s': "ask a person, large within 5 s",
        "buy 1 mio at 1.2 within 5 s": "buy size 1,000,000 limit 1.2 within 5 s",
        "hedge": "hedge",
        "ask 2 banks": "banks 2",
        'pass "no" and alert "look"': "alert: look",
    }
    for wanted, told in wants.items():
        of = desk(HALF)
        of.enter("SHADOW", books(book(f"all: always then {wanted}")))
        of.rfq()
        assert bid(of) == HALF_BID
        shadow = of.one(ShadowDecided)
        assert any(told in line for line in shadow.would), (shadow.would, wanted)
        assert not (of.all(AlertRaised) or of.all(AskPerson) or of.all(SendOrder))
        assert (shadow.bid, bool(shadow.passed)) == (None, "pass" in wanted)


def test_a_book_beside_a_book_of_the_same_name_changes_no_effect_of_it() -> None:
    clock = book("flat: position < EUR 0 then hedge", head=CLOCK, otherwise='pass "nothing"')
    plain, shadowed = desk(HALF, clock), desk(HALF, clock)
    shadowed.enter("SHADOW", books(WIDE, clock.replace("hedge", "hedge 1 mio")))
    shadowed.reference = shadowed.state.reference
    plain.step(plain.stepped[0].event)
    told = []
    for of in (plain, shadowed):
        of.restart()
        of.log_on()
        of.open_dealing()
        of.market()
        of.hit(of.quoted())
        of.pass_time(61_000)
        of.market()
        shadows = ShadowDecided | ShadowWished
        told.append([[e for e in row if not isinstance(e, shadows)] for row in of.history[-9:]])
    assert encoded(told[0]) == encoded(told[1])
    assert shadowed.history_of(ShadowWished)


def test_a_hand_of_the_candidates_book_decides_in_shadow_and_in_canary() -> None:
    hands = {"usual": {"factory": choice().factory, "parameters": choice("0.9").parameters}}
    of = desk(HALF)
    handing = books(book("all: always then hand to usual"), hands=hands)
    of.enter("SHADOW", handing)
    of.rfq()
    assert of.one(ShadowDecided).bid == D("1.09996")
    of.climb("CANARY")
    of.rfq()
    assert bid(of) == D("1.09996")
    assert "hand to usual" in of.one(Decided).because[0]


def test_a_book_that_does_not_compile_is_no_candidate_and_the_good_one_stays() -> None:
    of = desk(HALF)
    of.enter("SHADOW", books(WIDE))
    of.enter("SHADOW", books(WIDE.replace("margin", "marign"), version="3"))
    assert "did you mean" in of.one(AlertRaised).text
    assert of.state.reference.candidate.strategy.version == "2"
    of.rfq()
    assert bid(of) == HALF_BID and of.one(ShadowDecided).bid == WIDE_BID


def test_history_that_only_the_candidates_book_asks_about_is_kept_from_its_shadow_on() -> None:
    sour = book(
        'sour: markout < -1 pip then pass "sour"',
        'wild: range[5 min] > 1 pip then pass "wild"',
        "all: always then quote margin 0.5 pip",
    )
    of = desk(HALF)
    of.enter("SHADOW", books(sour))
    of.hit(of.quoted(), "buy")
    of.after(59_000).market("1.10050", "1.10060")
    of.pass_time(1_000)
    of.market("1.10050", "1.10060")
    of.rfq()
    assert of.one(ShadowDecided).passed == "sour"
    assert bid(of) == HALF_BID + D("0.00050")


# --- suggest


def suggesting(**figures: Any) -> ReleaseDesk:
    return desk(HALF).climb("SUGGEST", books(WIDE), **figures)


def test_the_price_of_a_book_is_suggested_with_its_rule_and_sent_as_the_rule_has_it() -> None:
    of = suggesting()
    of.rfq()
    made = of.one(SuggestionMade)
    assert (made.bid, made.because[0].split(":")[0]) == (WIDE_BID, f'rule "wide" ({FILE}')
    both = [(one.of, one.bid) for one in of.all(ShadowDecided)]
    assert both == [("CANDIDATE", WIDE_BID), ("LIVE", HALF_BID)]
    of.after(1_000)
    of.answer(made.suggestion)
    quote, decided = of.one(SendQuote), of.one(Decided)
    assert (quote.bid, quote.valid_until_ns - of.at_ns) == (WIDE_BID, 1_000_000_000)
    assert (decided.facts["rule"], decided.strategy) == ("wide", "book 2")
    assert 100_000_000 in decided.row
    check_state(of.state)


@pytest.mark.parametrize("how", ["DECLINED", "LATE"])
def test_what_nobody_confirms_the_live_book_answers(how: str) -> None:
    of = suggesting(confirm_ms=500)
    of.rfq()
    if how == "LATE":
        of.pass_time(500)
    else:
        of.answer(1, confirmed=False)
    assert of.one(SuggestionEnded).outcome == how
    assert (bid(of), of.one(Decided).strategy) == (HALF_BID, "book 1")
    assert of.one(Decided).facts["rule"] == "all"


def test_what_is_no_price_is_not_suggested_and_the_live_book_answers() -> None:
    asks = book('large: always then ask a person "large" and alert "look"')
    of = desk(HALF).climb("SUGGEST", books(asks))
    of.rfq()
    assert bid(of) == HALF_BID
    assert not of.all(SuggestionMade) and not of.all(AskPerson) and not of.all(AlertRaised)


# --- canary


def test_a_canary_book_quotes_passes_and_asks_a_person_and_the_other_is_on_the_record() -> None:
    of = desk().climb("CANARY", books(book(
        'large: size > 2 mio then ask a person "over 2" within 20 s and alert "large"',
        'odd: size > 1 mio then pass "odd"',
        "rest: always then quote margin 0.5 pip",
    )))  # fmt: skip
    of.rfq()
    assert (bid(of), of.one(Decided).facts["rule"]) == (HALF_BID, "rest")
    assert (of.one(ShadowDecided).of, of.one(ShadowDecided).bid) == ("LIVE", D("1.10003"))
    of.rfq(1_500_000)
    assert of.one(RefuseRfq).detail == "odd" and of.one(Decided).strategy == "book 2"
    of.rfq(3_000_000)
    assert of.alerts == ["RULE_ALERT", "PERSON_WANTED"] and of.one(AskPerson).reason == "over 2"
    check_state(of.state)
    of.step(RequestAnswered(actor="ann", reason="", ask=1, bid=D("1.1"), offer=D("1.1002")))
    assert (bid(of), of.one(Decided).strategy) == (D("1.1"), "book 2")
    of.rfq(6_000_000)
    assert of.one(Decided).strategy == "two_way 1", "over its size"
    check_state(of.state)


def test_a_canary_deals_nothing_of_its_own_and_the_live_one_answers_there() -> None:
    of = desk(HALF).climb("CANARY", books(book("all: always then buy 1 mio at 1.2")))
    of.rfq()
    assert (bid(of), of.one(Decided).strategy) == (HALF_BID, "book 1")
    assert of.one(ShadowDecided).would[0].startswith("buy") and not of.all(SendOrder)
    assert of.state.releases.decisions == 0


def test_a_canary_answers_their_price_itself_and_deals_nothing_there_either() -> None:
    haggles = book(
        "near: their price >= mid then counter our price - 0.1 pip no worse than mid",
        "far: their price is known then buy 1 mio at 1.2",
        "rest: always then quote margin 0.5 pip",
    )
    of = desk(HALF).climb("CANARY", books(haggles))
    first = of.quoted()
    of.counter(first, "1.10006")
    assert (of.one(SendQuote).offer, of.one(Decided).strategy) == (D("1.10009"), "book 2")
    of.counter(of.one(SendQuote).quote_id, "1.10001")
    assert of.one(RefuseCounter) and not of.all(SendOrder)
    assert not [one for one in of.history_of(Decided) if one.kind == "RULE"]
    check_state(of.state)


def test_a_streamed_price_of_a_canary_book_is_kept_fresh_by_it() -> None:
    of = desk(HALF).climb("CANARY", books(WIDE))
    of.rfq(stream_s=20)
    of.after(100)
    of.market("1.10020", "1.10030")
    assert (bid(of), of.one(Decided).strategy) == (WIDE_BID + D("0.00020"), "book 2")
    check_state(of.state)


def test_a_suspended_candidate_keeps_no_price_fresh() -> None:
    of = desk(HALF).climb("CANARY", books(WIDE))
    of.rfq(stream_s=20)
    quote = of.one(SendQuote).quote_id
    of.state.releases.suspended = "3 failures"
    of.after(100)
    of.market("1.10020", "1.10030")
    gone = of.history_of(WithdrawQuote)[-1]
    assert (gone.quote_id, gone.reason) == (quote, "STRATEGY_ABSENT")
    assert not of.all(SendQuote)
    check_state(of.state)


def test_a_person_who_is_asked_by_a_canary_that_is_put_back_is_asked_no_more() -> None:
    of = desk(HALF).climb("CANARY", books(book('all: always then ask a person "x"')))
    of.rfq()
    of.back()
    assert of.one(RefuseRfq).reason == "STRATEGY_ABSENT"
    assert not of.state.rules.persons and not of.state.negotiations


def test_two_way_is_tried_beside_a_book_and_the_book_is_asked_as_the_other_one() -> None:
    of = desk(WIDE).climb("CANARY", choice())
    of.rfq()
    assert (bid(of), of.one(ShadowDecided).bid) == (HALF_BID, WIDE_BID)
    assert of.one(ShadowDecided).facts["rule"] == "wide"


# --- by the clock

CLOCK = 'book "flat"\nfor spot in EUR/USD\nevery 1 min'
FLAT = book("flat: position < EUR 0 then hedge", head=CLOCK, otherwise='pass "nothing"')


def test_what_a_candidate_would_do_by_the_clock_is_on_the_record_and_done_when_it_is_live() -> None:
    of = desk().climb("SHADOW", books(HALF, FLAT))
    for stage in ("SHADOW", "SUGGEST", "CANARY"):
        if stage != "SHADOW":
            of.enter(stage)
        of.market()
        of.rfq()
        if stage == "SUGGEST":
            of.answer(1)
        of.hit(of.one(SendQuote).quote_id, "buy")
        wished = of.one(ShadowWished)
        assert (wished.stage, wished.would, wished.strategy) == (stage, ("hedge",), "book 2")
        assert wished.because == ('rule "flat" (book2.rules:5): hedge',)
        of.pass_time(30_000)
        assert not of.all(ShadowWished), "at most once an interval"
        assert not of.history_of(SendOrder)
    of.promote()
    of.market()
    of.pass_time(31_000)
    of.market()
    assert "RULE_NOT_DONE" in [one.code for one in of.history_of(AlertRaised)]
    check_state(of.state)


# --- the whole way


def test_a_release_of_books_replays_to_the_same_bytes_through_a_restart() -> None:
    of = desk(HALF).climb("SUGGEST", books(WIDE, FLAT))
    of.rfq()
    of.answer(1)
    of.hit(of.one(SendQuote).quote_id, "buy")
    of.enter("CANARY")
    of.engine = Engine(load_strategy, restore(snapshot(of.state)))
    of.reference = of.state.reference
    of.restart()
    Desk.log_on(of)
    of.open_dealing()
    of.market()
    of.rfq()
    assert bid(of) == WIDE_BID
    of.promote()
    assert (of.version, of.stage) == ("2", "")
    of.rfq()
    assert bid(of) == WIDE_BID and not of.all(ShadowDecided)
    of.back(strategy=of.state.releases.former[-1])
    assert of.version == "1"
    of.rfq()
    assert bid(of) == HALF_BID
    again = Engine(load_strategy)
    history = [again.step(stamped) for stamped in of.stepped]
    assert encoded(history) == encoded(of.history)
    assert state_hash(again.state) == state_hash(of.state)
