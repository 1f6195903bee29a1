"""A negotiation of one price with a client, written in market words and played through the core.

The client buys EUR/USD; the market is 1.10000/1.10010, so our walk-away of 1 pip over the middle is
1.10015.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.messages.counters import RefuseCounter
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from tests.kit.desk import Desk
from tests.kit.games import game_strategy

GAME = """
game: {name: patient seller, kind: negotiate, version: 2}
applies: {product: spot, side: sell}
my terms: {walk-away: mid + 1 pip, aim: mid + 3 pips, open at: mid + 5 pips}
pace: {style: even, messages: 4, within: 60 s, smallest step: 0.1 pip}
"""


def desk(text: str = GAME, **changes: Any) -> Desk:
    quotes = {"life_ms": 60_000, "counters_max": 6}
    made = Desk(strategy=game_strategy(text, "patient seller"), quotes=quotes, **changes).open()
    made.market()
    return made


def opened(made: Desk) -> SendQuote:
    made.rfq(side="buy", open_ms=120_000)
    return made.one(SendQuote)


def test_it_opens_where_the_trader_said_on_the_side_that_is_asked() -> None:
    quote = opened(desk())

    assert (quote.bid, quote.offer) == (None, D("1.10055"))


def test_it_gives_way_with_the_talk_and_never_past_the_walk_away() -> None:
    made = desk()
    quote, said = opened(made), []
    for _ in range(4):
        made.after(500).market()
        made.counter(quote.quote_id, "1.10000")
        if not made.all(SendQuote):
            break
        quote = made.one(SendQuote)
        said.append(quote.offer)

    assert len(said) >= 2
    assert said == sorted(said, reverse=True), "nothing said is taken back"
    assert said[0] < D("1.10055") and said[-1] >= D("1.10015")


def test_a_price_at_the_aim_is_taken_by_quoting_exactly_it() -> None:
    made = desk()
    quote = opened(made)

    made.counter(quote.quote_id, "1.10040")

    assert made.one(SendQuote).offer == D("1.10040")
    assert any("it is at the aim or better" in line for line in made.one(Decided).because)


def test_after_its_last_message_it_says_nothing_more_and_its_quote_stands() -> None:
    made = desk(GAME.replace("messages: 4", "messages: 1"))
    quote = opened(made)

    made.counter(quote.quote_id, "1.10000")

    refused = made.one(RefuseCounter)
    assert refused.reason == "STRATEGY_PASSED"
    assert quote.quote_id in made.state.quotes


def test_a_walk_away_that_hangs_on_a_benchmark_nobody_published_quotes_nothing() -> None:
    made = desk(GAME.replace("walk-away: mid + 1 pip", "walk-away: CNY01 + 1 pip"))

    made.rfq(side="buy")

    assert "nobody published PARITY USD/CNY" in made.one(RefuseRfq).detail


def test_the_other_side_is_not_this_games() -> None:
    made = desk()

    made.rfq(side="sell")

    assert "our side would be" in made.one(RefuseRfq).detail


@pytest.mark.parametrize("style", ["firm", "even", "eager", "match their move", "find their limit"])
def test_every_style_ends_inside_the_walk_away_and_tells_its_reasons(style: str) -> None:
    made = desk(GAME.replace("style: even", f"style: {style}"))
    quote = opened(made)
    for price in ("1.10005", "1.10010", "1.10012"):
        made.after(500).market()
        made.counter(quote.quote_id, price)
        decided = made.one(Decided)
        assert any("walk-away 1.10015" in line for line in decided.because)
        for sent in made.all(SendQuote):
            assert sent.offer is not None and sent.offer >= D("1.10015")
            quote = sent


@pytest.mark.parametrize("style", ["firm", "even", "eager", "match their move", "find their limit"])
def test_where_their_limit_is_thought_to_be_is_on_the_record_of_each_style(style: str) -> None:
    made = desk(GAME.replace("style: even", f"style: {style}"))
    quote = opened(made)
    assert not limits_told(made), "they have said no price"

    for price in ("1.10005", "1.10012"):
        made.counter(quote.quote_id, price)
        quote = made.one(SendQuote)
        (told,) = limits_told(made)
        low, high = (D(word) for word in told.split() if word.startswith("1."))
        assert D(price) <= low < high <= D("1.10056")
        assert ("does not use it" in told) is (style != "find their limit")
        assert sum("of the talk over" in line for line in made.one(Decided).because) == 1


def limits_told(made: Desk) -> list[str]:
    because = made.one(Decided).because
    return [line for line in because if line.startswith("their limit is thought to be")]


def test_a_two_way_opening_tells_the_levels_of_both_sides() -> None:
    made = desk(
        GAME.replace("side: sell", "pair: EUR/USD").replace(
            "{walk-away: mid + 1 pip, aim: mid + 3 pips, open at: mid + 5 pips}",
            "{walk-away: 1 pip, aim: 3 pips, open at: 5 pips}",
        )
    )
    made.rfq(open_ms=120_000)

    told = "walk-away 1.09995/1.10015, aim 1.09975/1.10035, open at 1.09955/1.10055; even"
    assert told in made.one(Decided).because


def test_terms_as_distances_answer_a_two_way_request_and_then_the_side_that_is_shown() -> None:
    text = GAME.replace("side: sell", "pair: EUR/USD").replace(
        "{walk-away: mid + 1 pip, aim: mid + 3 pips, open at: mid + 5 pips}",
        "{walk-away: 1 pip, aim: 3 pips, open at: 5 pips}",
    )
    made = desk(text)
    made.rfq(open_ms=120_000)
    quote = made.one(SendQuote)
    assert (quote.bid, quote.offer) == (D("1.09955"), D("1.10055"))

    made.after(500).market()
    made.counter(quote.quote_id, "1.10010", side="sell")

    answer = made.one(SendQuote)
    assert answer.offer is None
    assert answer.bid is not None and D("1.09955") < answer.bid <= D("1.09995")
