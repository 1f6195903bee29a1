"""Nothing after the trader's time of day, nothing two-way past the walk-away, basis points of a
swap counted on the spot rate. The desk's clock shows 09:30.
"""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest

from robot.bargaining import AskFacts
from robot.deals.product import ProductKind
from robot.messages.asks import CounterQuote, SendAsk, TakeQuote
from robot.messages.counters import RefuseCounter
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from strategies.games.desk.applying import unit_of
from strategies.games.desk.words import Distance
from tests.kit.asks import LIMITS, VENUES, Asking
from tests.kit.desk import Desk
from tests.kit.games import game_strategy
from tests.kit.scripted_game import Scripted, game_desk

TWO_WAY = """
game: {name: maker, kind: negotiate}
my terms: {walk-away: 3 pips, aim: 0.1 bp, open at: 0.1 bp}
"""
MAKER = """
game: {name: maker, kind: negotiate}
my terms: {walk-away: 0.5 pip, aim: 1 pip, open at: 2 pips}
pace: {by: "09:31"}
"""
TAKER = """
game: {name: taker, kind: negotiate}
applies: {side: buy}
my terms: {walk-away: offer, aim: bid + 0.3 pip, open at: bid}
pace: {messages: 3, by: "09:31"}
ask: {banks: 2}
"""


LEAVES = MAKER.replace('pace: {by: "09:31"}', 'stop: {no zone by: "09:31"}')


def maker(text: str, at: str = "09:30:00.000") -> Desk:
    made = Desk(at, strategy=game_strategy(text, "maker")).open()
    made.market()
    return made


def taker(at: str) -> Asking:
    desk = Desk(at).changed(
        venues=VENUES,
        limits=LIMITS,
        strategy=game_strategy(TAKER, "taker"),
        asks={"patience_ms": 2_000},
    )
    desk.open()
    desk.market()
    return Asking(desk)


def test_both_prices_of_a_two_way_quote_are_inside_the_walk_away() -> None:
    made = maker(TWO_WAY)

    made.rfq()

    quote = made.one(SendQuote)
    assert quote.bid is not None and quote.offer is not None
    assert quote.bid <= D("1.10005") - D("0.0003")
    assert quote.offer >= D("1.10005") + D("0.0003")


@pytest.mark.parametrize(("at", "quoted"), [("09:30:59.900", True), ("09:31:00.000", False)])
def test_nothing_is_quoted_from_the_time_of_day_on(at: str, quoted: bool) -> None:
    made = maker(MAKER, at)

    made.rfq(side="buy")

    assert bool(made.all(SendQuote)) is quoted
    if not quoted:
        assert "TOO_LATE" in made.one(RefuseRfq).detail


def test_a_client_who_has_said_nothing_inside_the_walk_away_by_the_time_of_day_is_left() -> None:
    made = maker(LEAVES, "09:30:59.000")
    made.rfq(side="buy", open_ms=60_000)
    opened = made.one(SendQuote)
    made.after(500).market()
    made.counter(opened.quote_id, "1.10001")
    answer = made.one(SendQuote)
    assert answer.offer is not None and answer.offer > D("1.10010")

    made.after(700).market()
    made.counter(answer.quote_id, "1.10002")

    assert "WALKED_AWAY" in made.one(RefuseCounter).detail
    assert any("by the time to stop" in line for line in made.one(Decided).because)


def test_nobody_is_asked_from_the_time_of_day_on() -> None:
    scene = taker("09:31:00.000")

    scene.ask(None, game="taker")

    assert not scene.desk.all(SendAsk)


def test_nothing_is_dealt_on_from_the_time_of_day_on() -> None:
    scene = taker("09:30:58.500")
    scene.ask(None, game="taker")
    first, second = scene.requests
    scene.quote(first, "1.09990", "1.10003", life_ms=20_000)
    scene.desk.after(1_600)
    scene.step_market()

    scene.quote(second, "1.09990", "1.10002", life_ms=20_000)

    assert not scene.desk.all(TakeQuote) and not scene.desk.all(CounterQuote)
    assert not scene.state.asks


def test_a_price_whose_answer_would_come_too_late_is_not_said_and_the_best_is_taken() -> None:
    scene = taker("09:30:59.000")
    scene.ask(None, game="taker")
    first, second = scene.requests
    scene.quote(first, "1.09990", "1.10008", life_ms=20_000)

    scene.quote(second, "1.09990", "1.10009", life_ms=20_000)

    assert not scene.desk.all(CounterQuote)
    assert scene.desk.one(TakeQuote).price == D("1.10008")


def test_basis_points_of_a_swap_of_ours_are_of_the_spot_rate() -> None:
    scene = Asking(**game_desk("ask BANKA", "wait 100"))
    scene.ask("1.10020", game="script")
    facts: AskFacts = Scripted.seen[-1]
    assert facts.spot == D("1.10005")
    swap = msgspec.structs.replace(facts, product=ProductKind.SWAP, mid=D("0.0012"))

    assert unit_of(Distance(D(1), "bp"), swap) == D("0.000110005")
