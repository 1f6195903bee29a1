"""An ask of ours led by a game from a file: whom it asks, what it says, when it deals or walks.

We buy 1m EUR/USD; the market is 1.10000/1.10010. Walk-away 1.10010, aim 1.10003, open 1.10000.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import Decided
from tests.kit.asks import Asking
from tests.kit.games import game_strategy

GAME = """
game: {name: buyer, kind: negotiate}
applies: {product: spot, side: buy}
my terms: {walk-away: offer, aim: bid + 0.3 pip, open at: bid}
pace: {style: even, messages: 3, within: 20 s}
ask: {banks: 2, at most: 3, always: BANKB}
"""


def scene(text: str = GAME, limit: str | None = None, **changes: Any) -> Asking:
    made = Asking(
        strategy=game_strategy(text, "buyer"),
        asks={"open_ms": 60_000, "patience_ms": 2_000},
        **changes,
    )
    made.ask(limit, game="buyer")
    return made


def asked(made: Asking) -> list[str]:
    return [one.maker for one in made.desk.all(SendAsk)]


def test_it_asks_as_many_banks_as_the_trader_said_with_the_one_that_is_always_asked() -> None:
    made = scene()

    assert len(asked(made)) == 2
    assert "BANKB" in asked(made)


def test_a_price_at_the_aim_is_dealt_on_at_once() -> None:
    made = scene()
    first, second = made.requests

    made.quote(first, "1.09990", "1.10003")
    made.quote(second, "1.09990", "1.10009")

    assert made.desk.one(TakeQuote).price == D("1.10003")


def test_it_talks_to_the_best_bank_and_deals_when_that_gives_way() -> None:
    made = scene()
    first, second = made.requests
    made.quote(first, "1.09990", "1.10008", life_ms=30_000)
    made.quote(second, "1.09990", "1.10009", life_ms=30_000)
    said = made.desk.one(CounterQuote)
    assert (said.maker, said.price) == (first, D("1.10000"))

    made.quote(first, "1.09990", "1.10003", "Q2", response_id=said.response_id, life_ms=30_000)

    assert made.desk.one(TakeQuote).price == D("1.10003")
    told = made.desk.one(Decided).because
    assert any("walk-away 1.1001" in line for line in told)


def test_each_decision_of_an_ask_tells_whom_and_why_the_time_and_their_limit() -> None:
    made = scene()
    because = [row.because for turn in made.desk.history for row in turn if type(row) is Decided]
    assert any(line.startswith("asks BANK") for line in because[-1])

    first, second = made.requests
    made.quote(first, "1.09990", "1.10008", life_ms=30_000)
    made.quote(second, "1.09990", "1.10009", life_ms=30_000)

    told = made.desk.one(Decided).because
    assert f"walk-away 1.10010 became 1.10009: {second}'s can be dealt on" in told
    assert any("of the talk over" in line for line in told)
    (limit,) = [line for line in told if line.startswith("their limit is thought to be")]
    assert limit.endswith("(even does not use it)")


def test_a_walk_away_tells_which_price_was_not_good_enough() -> None:
    made = scene(GAME.replace("banks: 2, at most: 3", "banks: 1, at most: 1"))
    made.quote("BANKB", "1.09990", "1.10030", life_ms=30_000)
    for _ in range(4):
        made.later(2_100)
        if not made.state.asks:
            break

    (ended,) = [row for turn in made.desk.history for row in turn if type(row) is AskEnded]
    assert "their 1.10030 is past the walk-away 1.10010" in ended.because


def test_prices_finer_than_our_tick_are_heard_and_dealt_on_as_they_are() -> None:
    made = scene(GAME.replace("style: even", "style: find their limit"))
    first, second = made.requests
    made.quote(first, "1.09990", "1.100084", life_ms=30_000)
    made.quote(second, "1.09990", "1.100091", life_ms=30_000)

    said = made.desk.one(CounterQuote)
    assert said.price == D("1.10000")
    told = made.desk.one(Decided).because
    assert f"{first}: 1.100084, the best of 2" in told
    assert any(line.startswith("their limit is thought to be") for line in told)
    assert not any("no price" in line or "terms are wrong" in line for line in told)

    made.quote(first, "1.09990", "1.100024", "Q2", response_id=said.response_id, life_ms=30_000)
    assert made.desk.one(TakeQuote).price == D("1.100024")


def test_a_bank_that_refuses_every_price_is_dealt_with_at_its_quote_inside_the_walk_away() -> None:
    made = scene()
    first, second = made.requests
    made.quote(first, "1.09990", "1.10008", life_ms=30_000)
    made.quote(second, "1.09990", "1.10009", life_ms=30_000)
    said = []
    for _ in range(3):
        sent = made.desk.all(CounterQuote)
        if not sent:
            break
        said.append(sent[0].price)
        made.desk.after(200)
        made.revoke(first, QuoteRevoking.REJECTED, response_id=sent[0].response_id)

    assert said == sorted(said) and said[-1] <= D("1.10008")
    assert made.desk.one(TakeQuote).price == D("1.10008")


def test_nothing_worse_than_the_next_best_bank_is_given_away() -> None:
    made = scene()
    first, second = made.requests
    made.quote(first, "1.09990", "1.10005", life_ms=30_000)
    made.quote(second, "1.09990", "1.10006", life_ms=30_000)
    for _ in range(3):
        sent = made.desk.all(CounterQuote)
        if not sent:
            break
        assert sent[0].price <= D("1.10005")
        made.desk.after(200)
        made.revoke(first, QuoteRevoking.REJECTED, response_id=sent[0].response_id)

    assert made.desk.one(TakeQuote).price == D("1.10005")


def test_where_no_price_comes_inside_the_walk_away_it_asks_further_banks_and_then_walks() -> None:
    made = scene()
    first, second = made.requests
    made.quote(first, "1.09990", "1.10060", life_ms=30_000)
    made.quote(second, "1.09990", "1.10070", life_ms=30_000)
    for _ in range(20):
        if not made.state.asks:
            break
        for sent in made.desk.all(SendAsk):
            made.requests[sent.maker] = sent
            made.quote(sent.maker, "1.09990", "1.10050", f"Q-{sent.maker}", life_ms=30_000)
        sent_counters = made.desk.all(CounterQuote)
        if sent_counters:
            one = sent_counters[0]
            assert one.price <= D("1.10010")
            made.desk.after(200)
            made.revoke(one.maker, QuoteRevoking.REJECTED, response_id=one.response_id)
        else:
            made.later(2_100)

    ends = [one for row in made.desk.history for one in row if isinstance(one, AskEnded)]
    assert ends[-1].outcome == "NOT_DEALT"
    assert (
        len({one.maker for row in made.desk.history for one in row if isinstance(one, SendAsk)})
        == 3
    )
    assert not [one for row in made.desk.history for one in row if isinstance(one, TakeQuote)]


def test_the_limit_of_the_ask_is_stricter_than_the_walk_away() -> None:
    made = scene(limit="1.10004")
    first, second = made.requests
    made.quote(first, "1.09990", "1.10008", life_ms=2_100)
    made.quote(second, "1.09990", "1.10009", life_ms=2_100)

    assert not made.desk.all(TakeQuote)


def test_an_ask_that_the_game_is_not_meant_for_is_refused_with_the_reason() -> None:
    seller = "{walk-away: bid, aim: offer, open at: offer}"
    buyer = "{walk-away: offer, aim: bid + 0.3 pip, open at: bid}"
    made = scene(GAME.replace("side: buy", "side: sell").replace(buyer, seller))

    assert not made.desk.all(SendAsk)
    assert "our side is BUY" in made.desk.one(Decided).detail
