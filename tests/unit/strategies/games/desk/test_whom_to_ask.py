"""Whom a game asks, and whether it takes a price in hand or asks on: from a file, through the core.

We buy 1m EUR/USD; the market is 1.10000/1.10010, a basis point of its middle is 0.000110005.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D
from typing import Any

import pytest

from robot.errors import ConfigurationError
from robot.messages.asks import CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import Decided
from strategies.games.asking.panel import Learned, Seen
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import LearnedState, with_learned
from strategies.games.desk.read_back import read_back
from tests.kit.asks import VENUES, Asking
from tests.kit.games import game_strategy

GAME = """
game: {name: buyer, kind: negotiate}
applies: {product: spot, side: buy}
my terms: {walk-away: offer, aim: bid, open at: bid}
pace: {style: firm, messages: 1, within: 30 s}
ask: {banks: 1, at most: 2}
"""


def scene(text: str = GAME, **changes: Any) -> Asking:
    asks = {"open_ms": 60_000, "patience_ms": 2_000, "counters_max": 1}
    return Asking(strategy=game_strategy(text, "buyer"), asks=asks, venues=VENUES, **changes)


def asked(made: Asking) -> list[str]:
    made.ask(game="buyer")
    names = [one.maker for one in made.desk.all(SendAsk)]
    made.withdraw()
    return names


def knows(**costs: float) -> LearnedState:
    """A hundred answers of each bank, so far from our middle."""
    banks: dict[str, Seen] = {
        name: Seen(
            asked=100.0, answered=100.0, cost=100 * cost, squares=100 * cost**2 + 0.1, last=0
        )
        for name, cost in costs.items()
    }
    return LearnedState(banks=Learned(needs=100, banks=banks)).frozen_now()


def test_the_bank_that_is_thought_to_cost_least_is_asked_and_what_it_may_cost_is_told() -> None:
    made = scene(with_learned(GAME, knows(BANKA=0.9, BANKB=0.1, BANKC=0.5)))

    assert [asked(made) for _ in range(4)] == [["BANKB"]] * 4
    made.ask(game="buyer")
    told = " ".join(made.state.asks[made.ask_id].because)
    costs = "thought to cost from the middle: BANKB: +0."
    assert f"{costs}1" in told or f"{costs}2" in told


def test_a_bank_that_must_be_asked_is_asked_as_often_as_agreed_however_dear_it_is() -> None:
    text = GAME.replace("at most: 2", "at most: 2, at least every: {BANKA: 3 asks}")
    made = scene(with_learned(text, knows(BANKA=9.0, BANKB=0.1, BANKC=0.5)))

    names = [asked(made) for _ in range(9)]

    assert [("BANKA" in row) for row in names] == [False, False, True] * 3


def test_those_not_asked_for_longest_get_their_turn() -> None:
    text = GAME.replace("banks: 1, at most: 2", "banks: 1, at least longest not asked: 1")
    made = scene(with_learned(text, knows(BANKA=9.0, BANKB=0.1, BANKC=0.5)))

    counted = Counter(name for _ in range(6) for name in asked(made))

    assert counted == {"BANKA": 2, "BANKB": 2, "BANKC": 2}


def test_rotation_never_asks_more_than_the_cap() -> None:
    text = GAME.replace("at most: 2", "at most: 1, at least every: {BANKA: 1 asks, BANKC: 1 asks}")

    assert all(len(asked(scene(text))) == 1 for _ in range(3))


def test_where_nothing_is_learned_chance_decides_and_it_says_so() -> None:
    made = scene()
    assert {name for _ in range(12) for name in asked(made)} == {"BANKA", "BANKB", "BANKC"}

    made.ask(game="buyer")
    assert (
        "nothing is learned of banks: by rotation and chance"
        in made.state.asks[made.ask_id].because
    )


LEAK = GAME.replace("at most: 2", "at most: 2, leak cost: 0.05 bp")


def priced(*prices: float, cost: float = 0.3) -> str:
    state = knows(BANKA=cost, BANKB=cost + 1, BANKC=cost + 2)
    return with_learned(LEAK, LearnedState(banks=state.banks, prices=prices).frozen_now())


def one_quote(text: str, offer: str) -> Asking:
    """BANKA quotes and refuses the one price that we say."""
    made = scene(text)
    made.ask(game="buyer")
    made.quote("BANKA", "1.09990", offer, life_ms=40_000)
    return made


def test_a_price_in_hand_is_left_for_one_more_bank_where_that_is_worth_more_than_it_costs() -> None:
    # 0.41 bp in hand; others said 0.1 bp half of the time: 0.15 bp expected for 0.05 bp
    made = settle(one_quote(priced(*[0.1] * 10, *[0.8] * 10), "1.100095"))

    assert [one.maker for one in made.desk.all(SendAsk)] == ["BANKB"]
    told = made.state.asks[made.ask_id].because
    assert any("expected gain 0.15" in line and "against 0.0500" in line for line in told)


def test_a_price_in_hand_is_taken_where_asking_on_costs_more_than_it_gains() -> None:
    made = settle(one_quote(priced(*[0.4] * 20), "1.100095"))

    assert made.desk.one(TakeQuote).price == D("1.100095")
    told = " ".join(made.desk.one(Decided).because)
    assert "where asking on no longer pays" in told


def test_without_anything_learned_the_prices_in_hand_say_what_another_may_bring() -> None:
    text = LEAK.replace("banks: 1, at most: 2", "banks: 2, at most: 3")
    made = scene(text)
    made.ask(game="buyer")
    first, second = made.requests
    made.quote(first, "1.09990", "1.10008", life_ms=40_000)
    made.quote(second, "1.09990", "1.10025", life_ms=40_000)

    settle(made)

    (third,) = {"BANKA", "BANKB", "BANKC"} - {first, second}
    assert [one.maker for one in made.desk.all(SendAsk)] == [third]
    told = " ".join(made.state.asks[made.ask_id].because)
    assert "from 2 prices in hand" in told


def settle(made: Asking) -> Asking:
    """The banks refuse what we say until the game does something else."""
    for _ in range(4):
        sent = made.desk.all(CounterQuote)
        if not sent:
            break
        made.desk.after(200)
        made.revoke(sent[0].maker, QuoteRevoking.REJECTED, response_id=sent[0].response_id)
    return made


def test_it_is_read_back_in_plain_words() -> None:
    text = LEAK.replace("at most: 2", "at most: 2, at least every: {BANKA: 3 asks}")

    told = read_back(read_game(text, "f"))

    assert "- BANKA is asked at least once in 3 asks." in told
    assert any("not expected to gain more than that" in line for line in told)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("at least every: 3 asks", "banks by name are due"),
        ("at least every: {BANKA: 60 asks}", "at most 50 asks"),
        ("at least every: {BANKA: often}", "a whole number above 0 is due"),
        ("at least every: {BANKA: 3 asks}, never: BANKA", "asked and never asked"),
        ("try out: 300 %", "between 0 % and 100 %"),
        ("leak cots: 1 bp", "did you mean 'leak cost'"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(new: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f:6: ") as refused:
        read_game(GAME.replace("at most: 2", f"at most: 2, {new}"), "f")

    assert told in str(refused.value)
