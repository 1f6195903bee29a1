"""Rate and amount negotiated together with banks we ask: from a file, through the core.

We buy 1m EUR/USD and may buy 0.5m to 2m; 1 bp = 1m. The market is 1.10000/1.10010, a basis point
is 0.000110005; walk-away 1.10010, aim 1.10002, open 1.09998.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal as D
from typing import Any

import pytest

from robot.errors import ConfigurationError
from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import AlertRaised, Decided
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import LearnedState, with_learned
from strategies.games.desk.read_back import read_back
from tests.kit.asks import LIMITS, Asking
from tests.kit.games import game_strategy

GAME = """
game: {name: buyer, kind: negotiate}
applies: {product: spot, side: buy}
my terms:
  walk-away: offer
  aim: bid + 0.2 pip
  open at: bid - 0.2 pip
  may also move: {amount: 500k to 2m in 500k, at most: 2}
  worth: 1 bp = 1m
pace: {style: even, messages: 6, within: 50 s}
ask: {banks: 1, at most: 1}
"""
WALK_AWAY = D("1.10010")


def scene(text: str = GAME) -> Asking:
    asks = {"open_ms": 60_000, "patience_ms": 2_000}
    limits = {**LIMITS, "net_open_position": {"EUR": "5000000"}}
    made = Asking(strategy=game_strategy(text, "buyer"), asks=asks, limits=limits)
    made.ask(game="buyer")
    return made


class Bank:
    """Says a price for each amount it is asked for; gives way by 0.1 pip to each of our words."""

    def __init__(self, made: Asking, prices: dict[int, str], gives: str = "0.00001") -> None:
        self.made, self.gives, self.quotes = made, D(gives), 0
        self.prices = {amount: D(price) for amount, price in prices.items()}
        self.asked: list[D] = []
        self.said: list[tuple[D, D]] = []
        self.read = 0

    def play(self, turns: int = 25) -> TakeQuote | None:
        """Until the ask is over; what we dealt on."""
        history = self.made.desk.history
        for _ in range(turns):
            fresh = [one for row in history[self.read :] for one in row]
            self.read = len(history)
            for one in fresh:
                if isinstance(one, TakeQuote):
                    return one
                if isinstance(one, SendAsk):
                    self.asked.append(one.terms.amount)
                    self._quote(one, self.prices[int(one.terms.amount)])
                if isinstance(one, CounterQuote):
                    self._hear(one)
            if not self.made.state.asks:
                return None
            if self.read == len(history):
                self.made.later(2_100)
        return None

    def _hear(self, word: CounterQuote) -> None:
        amount = int(word.terms.amount)
        self.said.append((word.terms.amount, word.price))
        self.prices[amount] = max(word.price, self.prices[amount] - self.gives)
        self._answer(word)

    def _quote(self, request: SendAsk, price: D, **said: Any) -> None:
        self.quotes += 1
        self.made.requests[request.maker] = request
        bid, name = str(price - D("0.0002")), f"Q{self.quotes}"
        self.made.desk.after(100)
        self.made.quote(request.maker, bid, str(price), name, life_ms=40_000, **said)

    def _answer(self, word: CounterQuote) -> None:
        requests = [
            one for row in self.made.desk.history for one in row if isinstance(one, SendAsk)
        ]
        (request,) = [one for one in requests if one.request_id == word.request_id]
        price = self.prices[int(word.terms.amount)]
        self._quote(request, price, response_id=word.response_id)


def alerts(made: Asking) -> list[str]:
    found = [one for row in made.desk.history for one in row if isinstance(one, AlertRaised)]
    return [one.text for one in found if one.code in ("WALK_AWAY", "STRATEGY_FAILED")]


def worth(amount: D, price: D) -> D:
    """In bp over the walk-away at 1m."""
    return (WALK_AWAY - price) / D("0.000110005") + (amount - 1_000_000) / 1_000_000


def test_a_bank_that_is_cheaper_for_more_is_dealt_with_on_more() -> None:
    made = scene()
    bank = Bank(
        made, {500_000: "1.10012", 1_000_000: "1.10009", 1_500_000: "1.10007", 2_000_000: "1.10005"}
    )

    taken = bank.play()

    assert taken is not None and taken.terms.amount > D(1_000_000)
    assert worth(taken.terms.amount, taken.price) > worth(D(1_000_000), D("1.10009"))
    assert len(bank.asked) <= 3 and len(set(bank.asked)) == len(bank.asked)
    assert not alerts(made)
    _tells_prices(made)


def _tells_prices(made: Asking) -> None:
    """No reason counts in steps of worth; their limit is a price for the amount of the ask."""
    told = [line for turn in made.desk.history for row in turn for line in _because(row)]
    limits = [line.split() for line in told if line.startswith("their limit is thought to be")]
    assert limits and all(D("1") < D(words[6]) <= D(words[8]) < D("1.2") for words in limits)
    bare = r"(they say|we said|we say|we take) [\d.]+(:|$)|rate \d+ of"
    assert not [line for line in told if re.search(bare, line)]


def _because(row: object) -> tuple[str, ...]:
    return row.because if isinstance(row, Decided) else ()


def test_no_price_past_the_walk_away_is_said_or_dealt_at_however_large_the_amount() -> None:
    made = scene(GAME.replace("1 bp = 1m", "50 bp = 1m"))
    bank = Bank(made, dict.fromkeys((500_000, 1_000_000, 1_500_000, 2_000_000), "1.10030"))

    assert bank.play() is None
    assert bank.said and all(price <= WALK_AWAY for _, price in bank.said)
    assert not alerts(made)


def test_a_smaller_amount_has_to_pay_for_itself() -> None:
    made = scene(GAME.replace("500k to 2m", "500k to 1m"))
    bank = Bank(made, {500_000: "1.10009", 1_000_000: "1.10030"}, "0")

    # 0.5m at 1.10009 is worth 0.09 - 0.5 bp: less than the walk-away at 1m
    assert bank.play() is None
    assert D(500_000) in bank.asked
    ended = [one for row in made.desk.history for one in row if isinstance(one, AskEnded)]
    assert ended[-1].outcome == "NOT_DEALT"


@pytest.mark.parametrize(("others_say", "banks"), [(-1.0, 2), (1.0, 1)])
def test_a_package_is_weighed_against_asking_one_more_bank_by_its_worth(
    others_say: float, banks: int
) -> None:
    text = GAME.replace("at most: 1", "at most: 2, leak cost: 0.05 bp").replace("6", "1")
    state = LearnedState(prices=(others_say,) * 20).frozen_now()  # bp from our middle
    made = scene(with_learned(text.replace("500k to 2m", "500k to 1m"), state))
    bank = Bank(made, {500_000: "1.10020", 1_000_000: "1.10009"}, "0")

    bank.play(8)

    asked = [one.maker for row in made.desk.history for one in row if isinstance(one, SendAsk)]
    assert len(set(asked)) == banks


def test_whatever_banks_say_nothing_is_past_the_walk_away_and_one_quote_is_dealt_on() -> None:
    chance, dealt, moved = random.Random(11), 0, 0
    for _ in range(25):
        made = scene(
            GAME.replace("even", chance.choice(("firm", "even", "eager", "find their limit")))
        )
        prices = {
            amount: f"{D('1.10000') + chance.randrange(0, 25) * D('0.00001')}"
            for amount in (500_000, 1_000_000, 1_500_000, 2_000_000)
        }
        bank = Bank(made, prices, chance.choice(("0", "0.00001", "0.00003")))
        bank.play()
        taken = [one for row in made.desk.history for one in row if isinstance(one, TakeQuote)]
        assert len(taken) <= 1
        for amount, price in (*bank.said, *((one.terms.amount, one.price) for one in taken)):
            assert price <= WALK_AWAY and worth(amount, price) >= D("-0.0002")
        assert not alerts(made), (prices, alerts(made))
        dealt += len(taken)
        moved += any(one.terms.amount != 1_000_000 for one in taken)
    assert dealt > 8 and moved > 2


def test_a_quote_that_is_refused_leaves_what_stands_as_it_was() -> None:
    made = scene()
    bank = Bank(made, dict.fromkeys((500_000, 1_000_000, 1_500_000, 2_000_000), "1.10008"), "0")
    (first,) = made.requests.values()
    bank._quote(first, D("1.10008"))
    for _ in range(12):
        for word in made.desk.all(CounterQuote):
            made.desk.after(100)
            made.revoke(word.maker, QuoteRevoking.REJECTED, response_id=word.response_id)
            break
        else:
            if made.desk.all(TakeQuote) or not made.state.asks:
                break
            for one in made.desk.all(SendAsk):
                made.requests[one.maker] = one
                made.refuse(one.maker)
                break
            else:
                made.later(2_100)

    assert made.desk.one(TakeQuote).price <= WALK_AWAY


def test_it_is_read_back_in_plain_words() -> None:
    told = " ".join(read_back(read_game(GAME, "f")))

    assert "one of 4 from 500k to 2m: 1m more is as good as a price 1 bp better" in told
    assert "dates, tenor, collateral and credit are as asked" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("applies: {", "applies: {role: maker, ", "requests of clients keep their amount"),
        ("in 500k,", ",", "write it as: 50m to 500m in 10m"),
        ("in 500k", "in 400k", "whole steps of 400000"),
        ("in 500k", "in 1k", "2 to 60 amounts"),
        ("  worth: 1 bp = 1m\n", "", "what an amount is worth, as 1 bp = 80m"),
        ("1 bp = 1m", "1 bp per 1m", "write it as: 1 bp = 80m"),
        ("{amount: 500k", "{tenr: 1W, amount: 500k", "did you mean 'tenor'"),
        (
            "  may also move: {amount: 500k to 2m in 500k, at most: 2}\n",
            "",
            "may also move is missing",
        ),
    ],
)
def test_a_wrong_file_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert old in GAME

    with pytest.raises(ConfigurationError, match=r"f:\d+: ") as refused:
        read_game(GAME.replace(old, new, 1), "f")

    assert told in str(refused.value)
