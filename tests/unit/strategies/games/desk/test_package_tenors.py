"""Rate, amount and tenor negotiated together with banks we ask: from a file, through the core.

We lend 10m CNY for 1W (to 8 May) and may lend it for 2W (to 15 May); the market is 1.50/1.60 for
1W and 1.56/1.66 for 2W. The walk-away is 3 bp under the middle of each: 1.52 and 1.58.
"""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

import pytest

from robot.deals.party import SELL
from robot.errors import ConfigurationError
from robot.messages.asks import AskEnded, CounterQuote, SendAsk, TakeQuote
from robot.messages.effects import AlertRaised, DealBooked, Decided
from strategies.games.desk.file import read_game
from strategies.games.desk.read_back import read_back
from tests.kit.asks import Asking
from tests.kit.games import game_strategy
from tests.kit.products import curve_quote, desk_of_all_products

GAME = """
game: {name: lender, kind: negotiate}
applies: {product: deposit, side: lend}
my terms:
  walk-away: mid - 3 bp, never below 1.2 %
  aim: mid + 2 bp
  open at: mid + 4 bp
  may also move: {amount: 5m to 15m in 5m, tenor: [1W, 2W], at most: 3}
  worth: {amount: 1 bp = 10m, tenor: {2W: 1 bp}}
pace: {style: even, messages: 8, within: 50 s}
ask: {banks: 1, at most: 1}
"""
AMOUNTLESS = GAME.replace("amount: 5m to 15m in 5m, ", "").replace("amount: 1 bp = 10m, ", "")
WALK_AWAYS = {8: D("1.52"), 15: D("1.58")}
"""By the day of May on which the loan ends."""
LIMITS = {
    "orders_outstanding": 2,
    "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000"},
}


def scene(text: str = GAME, tenor: str = "1W", **said: Any) -> Asking:
    asks = {"open_ms": 60_000, "patience_ms": 2_000}
    desk = desk_of_all_products(limits=LIMITS, asks=asks, strategy=game_strategy(text, "lender"))
    curve_quote(desk, "CNY DEPOSIT", "2W", "1.56", "1.66")
    made = Asking(desk)
    loan = {"pair": "CNY", "product": "DEPOSIT", "far_tenor": tenor, "amount": D(10_000_000)}
    made.ask(game="lender", side=SELL, **(loan | said))
    return made


class Bank:
    """Bids by the end of the loan; gives way by half a basis point to each of our words."""

    def __init__(self, made: Asking, bids: dict[int, str], gives: str = "0.005") -> None:
        self.made, self.gives, self.quotes = made, D(gives), 0
        self.bids = {day: D(bid) for day, bid in bids.items()}
        self.requests: dict[str, SendAsk] = {}
        self.said: list[tuple[int, D, D]] = []
        self.read = 0

    def play(self, turns: int = 30) -> TakeQuote | None:
        """Until the ask is over; what we dealt on."""
        history = self.made.desk.history
        for _ in range(turns):
            fresh = [one for row in history[self.read :] for one in row]
            self.read = len(history)
            for one in fresh:
                if isinstance(one, TakeQuote):
                    return one
                if isinstance(one, SendAsk):
                    self.requests[one.request_id] = one
                    self._quote(one)
                if isinstance(one, CounterQuote):
                    self._hear(one)
            if not self.made.state.asks:
                return None
            if self.read == len(history):
                self.made.desk.pass_time(2_100)
        return None

    def quote_better(self) -> None:
        """On every request, five basis points better for us than before."""
        for request in self.requests.values():
            self.bids[day_of(request)] += D("0.05")
            self._quote(request)

    def _hear(self, word: CounterQuote) -> None:
        day = day_of(word)
        self.said.append((day, word.terms.amount, word.price))
        self.bids[day] = min(word.price, self.bids[day] + self.gives)
        self._quote(self.requests[word.request_id], response_id=word.response_id)

    def _quote(self, request: SendAsk, **said: Any) -> None:
        self.quotes += 1
        self.made.requests[request.maker] = request
        self.made.desk.after(100)
        dates = {"far_value_date": request.terms.far_value_date, "product": "DEPOSIT"}
        bid, name = f"{self.bids[day_of(request)]}", f"Q{self.quotes}"
        self.made.quote(request.maker, bid, None, name, life_ms=40_000, **dates, **said)


def day_of(word: SendAsk | CounterQuote | TakeQuote) -> int:
    end = word.terms.far_value_date
    assert end is not None
    return end.day


def worth(day: int, amount: D, price: D) -> D:
    """In bp over the walk-away of what was asked for."""
    return (price - WALK_AWAYS[day]) * 100 + (amount - 10_000_000) / 10_000_000 + (day == 15)


def problems(made: Asking) -> list[str]:
    found = [one for row in made.desk.history for one in row if isinstance(one, AlertRaised)]
    return [one.text for one in found if one.code in ("WALK_AWAY", "STRATEGY_FAILED")]


def test_a_bank_that_pays_more_for_two_weeks_is_dealt_with_for_two_weeks() -> None:
    made = scene()
    bank = Bank(made, {8: "1.53", 15: "1.60"})

    taken = bank.play()

    assert taken is not None and day_of(taken) == 15
    assert worth(15, taken.terms.amount, taken.price) > worth(8, D(10_000_000), D("1.53"))
    assert not problems(made)
    made.report(taken, product="DEPOSIT", far_value_date=taken.terms.far_value_date)
    deal = made.desk.one(DealBooked).deal
    assert (deal.far_value_date, deal.base_amount) == (
        taken.terms.far_value_date,
        taken.terms.amount,
    )


def test_two_weeks_that_cost_us_too_much_are_not_dealt() -> None:
    made = scene(AMOUNTLESS.replace("2W: 1 bp", "2W: -9 bp"))
    bank = Bank(made, {8: "1.53", 15: "1.60"}, "0")

    taken = bank.play()

    assert taken is not None and (day_of(taken), taken.price) == (8, D("1.53"))


def test_no_price_past_the_walk_away_of_its_tenor_is_said_or_dealt_at() -> None:
    made = scene(GAME.replace("2W: 1 bp", "2W: 90 bp"))
    bank = Bank(made, {8: "1.50", 15: "1.55"}, "0")  # 1.55 is over the 1.52 of 1W, and under 1.58

    assert bank.play() is None
    assert {day for day, _, _ in bank.said} == {8, 15}
    assert all(price >= WALK_AWAYS[day] for day, _, price in bank.said)
    assert not problems(made)


def test_an_ask_for_a_tenor_that_is_not_listed_keeps_it() -> None:
    made = scene(GAME.replace("[1W, 2W]", "[1W, 3W]").replace("2W:", "3W:"), tenor="2W")
    bank = Bank(made, {15: "1.60"})

    taken = bank.play()

    assert taken is not None and day_of(taken) == 15
    assert {day_of(one) for one in bank.requests.values()} == {15}


def test_where_a_rule_asks_nothing_larger_or_longer_is_asked_for() -> None:
    made = scene(strategy="book 1")
    bank = Bank(made, {8: "1.50", 15: "1.60"})

    bank.play()

    asked = {(day_of(one), one.terms.amount) for one in bank.requests.values()}
    assert asked and asked <= {(8, D(5_000_000)), (8, D(10_000_000))}
    assert not problems(made)


def test_the_worth_of_a_tenor_is_measured_from_the_one_that_is_asked_for() -> None:
    """Asked for 2W, which is worth 1 bp more: 1W is then worth 1 bp less."""
    made = scene(AMOUNTLESS, tenor="2W")
    bank = Bank(made, {8: "1.53", 15: "1.60"}, "0")  # 1 and 2 bp over their walk-aways

    taken = bank.play()

    assert taken is not None and (day_of(taken), taken.price) == (15, D("1.60"))
    told = [one for one in made.desk.history_of(Decided) if one.kind == "TAKE"]
    assert "tenor" not in told[-1].facts


def test_whatever_banks_say_nothing_is_past_a_walk_away_and_one_quote_is_dealt_on() -> None:
    chance, dealt, moved = random.Random(7), 0, 0
    for _ in range(12):
        style = chance.choice(("firm", "even", "eager", "match their move", "find their limit"))
        text = GAME.replace("style: even", f"style: {style}")
        made = scene(text.replace("2W: 1 bp", f"2W: {chance.randrange(-3, 4)} bp"))
        bids = {
            8: f"{D('1.50') + chance.randrange(0, 9) * D('0.01')}",
            15: f"{D('1.56') + chance.randrange(0, 9) * D('0.01')}",
        }
        bank = Bank(made, bids, chance.choice(("0", "0.002", "0.01")))
        bank.play()
        taken = made.desk.history_of(TakeQuote)
        assert len(taken) <= 1 and not problems(made), (bids, problems(made))
        dealt_on = [(day_of(one), one.terms.amount, one.price) for one in taken]
        assert all(price >= WALK_AWAYS[day] for day, _, price in (*bank.said, *dealt_on))
        dealt += len(taken)
        moved += any(day == 15 for day, _, _ in dealt_on)
    assert dealt > 4 and moved > 1


@pytest.mark.parametrize("lost", ["process", "session", "both"])
def test_a_hit_on_one_request_is_the_only_one_whatever_is_lost_and_comes_meanwhile(
    lost: str,
) -> None:
    """The hit on 2W is on its way when the process or the session is lost; better quotes for 1W and
    2W come, time passes, and only then the bank's report.
    """
    made = scene(AMOUNTLESS)
    bank = Bank(made, {8: "1.53", 15: "1.60"}, "0")
    taken = bank.play()
    assert taken is not None and day_of(taken) == 15
    if lost != "process":
        made.desk.log_out()
    if lost != "session":
        made.desk.restart()
    if lost != "process":
        made.desk.log_on()
    bank.quote_better()
    made.desk.pass_time(30_000)
    assert len(made.desk.history_of(TakeQuote)) == 1

    made.report(taken, product="DEPOSIT", far_value_date=taken.terms.far_value_date)
    bank.quote_better()
    made.desk.pass_time(30_000)

    (booked,) = made.desk.history_of(DealBooked)
    assert (booked.deal.far_value_date, booked.deal.rate) == (
        taken.terms.far_value_date,
        D("1.60"),
    )
    assert len(made.desk.history_of(TakeQuote)) == 1
    assert [one.outcome for one in made.desk.history_of(AskEnded)] == ["DEALT"]


def test_it_is_read_back_in_plain_words() -> None:
    told = " ".join(read_back(read_game(GAME, "f")))

    assert "a negotiation of rate, amount and tenor" in told
    assert "for one of 1W, 2W the tenor may be another of them" in told
    assert "2W is worth 1 bp more than 1W" in told
    assert "a tenor that is not listed, collateral and credit are hard" in told


def test_the_settlement_of_a_forward_may_move() -> None:
    text = GAME.replace("product: deposit, side: lend", "product: forward, side: buy")
    text = text.replace("tenor: [1W, 2W]", "settlement: [T+0, T+1]")
    text = text.replace("mid - 3 bp, never below 1.2 %", "mid + 3 bp")
    text = text.replace("mid + 2 bp", "mid - 2 bp").replace("mid + 4 bp", "mid - 4 bp")
    game = read_game(text.replace("tenor: {2W: 1 bp}", "settlement: {T+1: 1 bp}"), "f")

    assert game.package is not None and game.package.tenors == ("TODAY", "TOM")
    assert game.package.tenor_worth["TOM"].size == 1


def test_a_settlement_that_is_said_alone_is_a_hard_term() -> None:
    """CNY starts today, USD on spot."""
    text = GAME.replace("tenor: [1W, 2W]", "tenor: [1W, 2W], settlement: [T+0]")
    made = scene(text)
    assert made.state.asks
    made.ask(game="lender", side=SELL, pair="USD", product="DEPOSIT", far_tenor="1M")

    assert "it settles on 2014-05-05, not on T+0" in made.desk.one(AskEnded).because[-1]
    assert "Settlement is hard" in " ".join(read_back(read_game(text, "f")))


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("[1W, 2W]", "[1W, 2 weeks]", 8, "did you mean 2W?"),
        ("[1W, 2W]", "[1W, 1W]", 8, "one tenor is there twice"),
        ("[1W, 2W]", "1W", 8, "2 to 6 of them, the one that is asked for among them"),
        ("[1W, 2W]", "[TODAY, 2W]", 8, "a deposit has no tenor TODAY"),
        ("tenor: [1W", "settlement: [T+0, T+1], tenor: [1W", 8, "one of tenor and settlement"),
        ("tenor: [1W, 2W]", "settlement: [T+0, T+1]", 8, "a deposit starts, and an NDF is fixed"),
        ("tenor: [1W, 2W]", "settlement: [T+2]", 8, "write it as one of T+0, T+1"),
        ("product: deposit, ", "", 8, "and applies names no product"),
        ("product: deposit", "product: [deposit, repo]", 8, "and applies says repo"),
        ("{2W: 1 bp}", "{3W: 1 bp}", 9, "3W: the tenors that may move are 1W, 2W"),
        ("{2W: 1 bp}", "{2W: 1 pip}", 9, "all of it is in one unit"),
        ("{2W: 1 bp}", "{2W: much}", 9, "write a distance as"),
        (", tenor: {2W: 1 bp}", "", 8, "worth is missing of 1W, 2W"),
        ("{amount: 1 bp = 10m, ", "{", 8, "what an amount is worth"),
        ("amount: 5m to 15m in 5m, ", "", 9, "of what amount: may also move has none"),
        ("5m to 15m in 5m", "1m to 61m in 1m", 8, "2 to 60 amounts"),
        ("[1W, 2W]", "[1W, 2W], collateral: none", 8, "this key is not known"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    assert old in GAME

    with pytest.raises(ConfigurationError) as refused:
        read_game(GAME.replace(old, new, 1), "f")

    assert told in str(refused.value) and f"f:{line}:" in str(refused.value)
