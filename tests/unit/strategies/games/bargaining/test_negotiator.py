"""The rate negotiator: what each style says, when it takes theirs, what no talk makes it do."""

from __future__ import annotations

import random
import statistics
import time
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.games.bargaining import negotiator
from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.rivals import chances, seen
from strategies.games.bargaining.talk import read
from strategies.games.bargaining.terms import (
    Dialogue,
    Estimate,
    Move,
    MoveKind,
    Offer,
    Style,
    Terms,
)
from tests.fuzz import dialogues

TICK = Decimal("0.005")


def lends(**changes: Any) -> Terms:
    """We lend: open at 2.20 %, would like 2.10, no less than 2.00; 20 messages of both."""
    values: dict[str, Any] = {
        "higher_is_better": True,
        "open_at": Decimal("2.200"),
        "aim": Decimal("2.100"),
        "walk_away": Decimal("2.000"),
        "tick": TICK,
        "style": Style.EVEN,
        "messages_max": 20,
    }
    return Terms(**{**values, **changes})


def talked(*prices: str, first_is_ours: bool = True) -> Dialogue:
    """Both sides in turn, a second each."""
    offers = [
        Offer((index % 2 == 0) is first_is_ours, Decimal(price), index)
        for index, price in enumerate(prices)
    ]
    return Dialogue(tuple(offers), len(prices))


def test_the_first_word_is_the_opening_price() -> None:
    for style in Style:
        move = negotiate(talked(), lends(style=style))
        assert (move.kind, move.price) == (MoveKind.OFFER, Decimal("2.200"))


def test_even_steps_reach_the_walk_away_in_the_last_price_that_can_be_answered() -> None:
    said: list[str] = []
    for _ in range(10):
        move = negotiate(talked(*said), lends())
        if move.kind is not MoveKind.OFFER:
            break
        said += [str(move.price), "1.900"]
    ours = [Decimal(price) for price in said[::2]]
    assert ours[0] == Decimal("2.200") and ours[-1] == Decimal("2.000")
    steps = {before - after for before, after in pairwise(ours)}
    assert steps <= {4 * TICK, 5 * TICK}


def test_a_talk_that_only_the_clock_ends_is_paced_by_how_fast_both_speak() -> None:
    terms = lends(messages_max=None, by_ns=40)
    offers: list[Offer] = []
    while True:
        move = negotiate(Dialogue(tuple(offers), len(offers)), terms)
        if move.kind is not MoveKind.OFFER or move.price is None:
            break
        offers.append(Offer(True, move.price, len(offers)))
        offers.append(Offer(False, Decimal("1.900"), len(offers)))
    ours = [offer.price for offer in offers if offer.ours]
    assert (len(ours), ours[-1]) == (20, Decimal("2.000"))
    assert abs(ours[10] - Decimal("2.100")) <= 3 * TICK
    assert move.kind is MoveKind.WAIT, "the time is over"


@pytest.mark.parametrize(("style", "given"), [(Style.FIRM, 1), (Style.EVEN, 18), (Style.EAGER, 34)])
def test_a_firm_style_gives_less_than_an_even_one_and_that_less_than_an_eager(
    style: Style, given: int
) -> None:
    dialogue = talked("2.200", "1.900", "2.200", "1.900", "2.200", "1.900", "2.200", "1.900")
    move = negotiate(dialogue, lends(style=style))
    assert move.price is not None
    assert int((Decimal("2.200") - move.price) / TICK) == given


def test_matching_gives_what_they_gave() -> None:
    dialogue = talked("2.200", "1.900", "2.200", "1.920")
    move = negotiate(dialogue, lends(style=Style.MATCH))
    assert move.price == Decimal("2.180")


def test_matching_gives_nothing_for_a_step_back() -> None:
    dialogue = talked("2.200", "1.920", "2.180", "1.900")
    assert negotiate(dialogue, lends(style=Style.MATCH)).price == Decimal("2.180")


def test_a_price_at_the_aim_is_taken_at_once() -> None:
    dialogue = talked("2.200", "2.100")
    assert negotiate(dialogue, lends()).kind is MoveKind.ACCEPT
    assert negotiate(dialogue, lends(take_at_aim=False)).kind is MoveKind.OFFER


def test_a_price_better_than_our_next_is_taken() -> None:
    dialogue = talked("2.060", "2.060")
    assert negotiate(dialogue, lends(take_at_aim=False)).kind is MoveKind.ACCEPT


def test_the_last_word_takes_what_is_inside_the_walk_away_and_nothing_else() -> None:
    terms = lends(messages_max=4, take_at_aim=False)
    inside = negotiate(talked("1.9", "2.2", "2.000", first_is_ours=False), terms)
    outside = negotiate(talked("1.9", "2.2", "1.995", first_is_ours=False), terms)
    assert (inside.kind, inside.price) == (MoveKind.ACCEPT, Decimal("2.000"))
    assert (outside.kind, outside.price) == (MoveKind.WALK_AWAY, None)


def test_nothing_is_said_after_the_deadline() -> None:
    dialogue = talked("2.200", "2.150")
    move = negotiate(dialogue, lends(by_ns=2))
    assert (move.kind, move.price) == (MoveKind.WAIT, None)
    assert "over" in move.reasons[0]


def test_nothing_is_said_twice_in_a_row() -> None:
    assert negotiate(talked("2.200"), lends()).kind is MoveKind.WAIT


def test_a_talk_without_a_zone_ends_at_the_time_to_stop() -> None:
    dialogue = talked("2.200", "1.900")
    assert negotiate(dialogue, lends(no_zone_ns=2)).kind is MoveKind.WALK_AWAY
    assert negotiate(dialogue, lends(no_zone_ns=3)).kind is MoveKind.OFFER
    assert negotiate(talked("2.200", "2.050"), lends(no_zone_ns=2)).kind is MoveKind.OFFER


def test_steps_are_neither_smaller_nor_larger_than_the_trader_wants() -> None:
    dialogue = talked("2.200", "1.900", "2.200", "1.900")
    most = negotiate(dialogue, lends(most_per_step=2 * TICK))
    least = negotiate(dialogue, lends(smallest_step=12 * TICK))
    assert most.price == Decimal("2.190")
    assert least.price == Decimal("2.140")
    assert any("became" in reason for reason in most.reasons)


def test_a_price_that_is_none_is_not_taken_and_is_told() -> None:
    move = negotiate(talked("2.200", "NaN"), lends())
    assert move.kind is MoveKind.OFFER
    assert "1 messages of theirs were no price" in move.reasons


def test_wrong_terms_say_nothing_but_why() -> None:
    move = negotiate(talked(), lends(walk_away=Decimal("2.3")))
    assert move.kind is MoveKind.WAIT
    assert "each must be no better for us" in move.reasons[0]


def test_their_limit_is_found_where_they_go_by_the_clock() -> None:
    limit, said = 25, ["2.200"]
    for turn in range(15):
        ticks = limit + (60 - limit) * (1 - ((turn + 1) / 21) ** 2)
        said += [str(Decimal("2.200") - TICK * round(ticks)), "2.200"]
    move = negotiate(talked(*said[:-1]), lends(style=Style.FIND, messages_max=40))
    assert move.low is not None and move.high is not None
    true = Decimal("2.200") - TICK * limit
    assert move.low <= true <= move.high
    assert move.high - move.low <= 12 * TICK
    assert any("their limit is thought to be" in reason for reason in move.reasons)


def test_what_the_trader_thinks_of_their_limit_moves_the_ultimatum() -> None:
    dialogue = talked("2.200", "1.900", "2.180", "1.900", "2.170", "1.900")
    terms = lends(style=Style.FIND, messages_max=8, take_at_aim=False)
    rich = negotiate(dialogue, terms, Estimate(Decimal("2.130"), Decimal("2.150")))
    poor = negotiate(dialogue, terms, Estimate(Decimal("2.020"), Decimal("2.040")))
    assert rich.price is not None and poor.price is not None
    assert rich.price > poor.price


def test_what_they_would_take_of_packages_is_less_sure_than_of_a_price() -> None:
    talk = read(talked("2.200", "1.900", "2.180", "1.920", "2.170", "1.940"), lends())
    rival = seen(talk, None)
    price = chances(talk, rival)
    talk.named = talk.theirs[-1]
    package = chances(talk, rival)
    sure = talk.theirs[-1]
    assert (package <= price + 1e-9).all() and (package[:sure] < price[:sure] - 0.01).any()
    assert (package[sure:] == 1.0).all() and (np.diff(package[:sure]) >= -1e-9).all()


TERMS = st.integers(0, 10**6).map(lambda seed: dialogues.drawn_terms(random.Random(seed)))


@given(terms=TERMS, seed=st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_no_move_breaks_a_rule(terms: Terms, seed: int) -> None:
    dialogue = dialogues.drawn_dialogue(terms, random.Random(seed))
    move = negotiate(dialogue, terms)
    assert not dialogues.wrong_with(move, dialogue, terms)
    assert negotiate(dialogue, terms) == move


@given(seed=st.integers(0, 10**6), length=st.integers(2, 24))
@settings(max_examples=60, deadline=None)
def test_a_whole_talk_keeps_inside_what_the_trader_allows(seed: int, length: int) -> None:
    chance = random.Random(seed)
    terms = dialogues.drawn_terms(chance)
    offers: list[Offer] = []
    for index in range(length):
        dialogue = Dialogue(tuple(offers), index)
        if index % 2 == seed % 2:
            move = negotiate(dialogue, terms)
            problem = dialogues.wrong_with(move, dialogue, terms)
            assert not problem, problem
            if move.kind is not MoveKind.OFFER or move.price is None:
                return
            offers.append(Offer(True, move.price, index))
        else:
            price = terms.walk_away + TICK * chance.randint(-60, 60)
            offers.append(Offer(False, price, index))


def test_without_the_clamp_the_random_dialogues_find_a_price_past_the_walk_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(negotiator, "_offer", lambda talk, terms, wanted: (talk.limit + 3, ()))
    with pytest.raises(AssertionError, match="is past the walk-away"):
        dialogues.run(5_000, seed=1)


def test_without_the_look_at_the_clock_they_find_a_word_after_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(negotiator, "_why_silent", lambda talk, dialogue, terms: "")
    with pytest.raises(AssertionError, match=r"after the deadline|after the last message|twice"):
        dialogues.run(5_000, seed=1)


def test_without_memory_of_what_was_given_they_find_a_price_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(negotiator, "_offer", lambda talk, terms, wanted: (0, ()))
    with pytest.raises(AssertionError, match="takes back"):
        dialogues.run(5_000, seed=1)


def test_a_decision_takes_a_fraction_of_a_millisecond() -> None:
    terms = lends(style=Style.FIND, messages_max=40, take_at_aim=False)
    said = ["2.200", "1.900"] + ["2.180", "1.910"] * 9
    dialogue = talked(*said)
    took: list[float] = []
    for _ in range(200):
        began = time.process_time()
        move: Move = negotiate(dialogue, terms)
        took.append(time.process_time() - began)
        assert move.kind is MoveKind.OFFER
    assert statistics.median(took) < 0.002, "ten times the goal: a shared machine"


@pytest.mark.parametrize("style", Style)
def test_a_price_said_in_another_market_may_be_better_for_us_than_the_opening_of_now(
    style: Style,
) -> None:
    """3.000 was said, and 2.200 is where we would open now."""
    said = [Offer(True, Decimal("3.000"), 0)]
    said += [Offer(False, Decimal(price), 0) for price in ("2.900", "2.980", "2.985")]
    terms = lends(style=style, messages_max=6, take_at_aim=False, take_better_than_next=False)

    move = negotiate(Dialogue(tuple(said), 0), terms)

    assert move.price is None or Decimal("2.000") <= move.price <= Decimal("3.000")
