"""Swap points quoted and negotiated by games, as maker and as taker, through the core.

The market of 1M is -5.20/-5.00 pips, middle -5.10, the spot middle 1.10005. Buying a swap is buying
its near leg: the points are dealt at the bid of whoever sells near and buys far.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.messages.asks import CounterQuote, TakeQuote
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from tests.kit.asks import Asking
from tests.kit.desk import Desk
from tests.kit.games import game_strategy
from tests.kit.products import desk_of_all_products
from tests.unit.robot.test_core_ask_products import LIMITS

SWAP: dict[str, Any] = {"product": "SWAP", "far_tenor": "1M"}
QUOTE = """
game: {name: points, kind: quote}
applies: {product: swap}
quote:
  margin: {gold: 0.3 pip, silver: 0.5 pip}
  lean: 0.1 pip per 1m
  lean at most: 0.4 pip
"""
TALK = """
game: {name: points, kind: negotiate}
applies: {product: swap, side: buy}
my terms: {walk-away: mid - 0.1 pip, aim: mid + 0.2 pip, open at: mid + 0.4 pip}
pace: {style: even, messages: 4, within: 60 s}
ask: {banks: 1}
"""


def desk(text: str) -> Desk:
    strategy = {"parameters": {}, **game_strategy(text, "points")}
    quotes = {"life_ms": 60_000, "counters_max": 6}
    asks = {"open_ms": 60_000, "patience_ms": 2_000}
    return desk_of_all_products(strategy=strategy, quotes=quotes, asks=asks, limits=LIMITS)


def test_points_are_quoted_with_margin_and_leant_by_what_falls_due_on_the_far_date() -> None:
    made = desk(QUOTE)
    made.rfq(open_ms=60_000, **SWAP)
    quote = made.one(SendQuote)
    # margin 0.3 pip and half of the deal's lean: 0.35 around -5.10
    assert (quote.bid, quote.offer) == (D("-0.000545"), D("-0.000475"))
    assert any("gap 0 on 2014-06-05 moves" in line for line in made.one(Decided).because)

    made.hit(quote.quote_id, "buy", near_rate=D("1.10005"), price=None)  # we sell near, buy far
    made.rfq(open_ms=60_000, **SWAP)

    assert any("gap 1000000" in line for line in made.one(Decided).because)
    again = made.one(SendQuote)
    assert again.bid is not None and again.bid < D("-0.000545")
    assert again.offer is not None and again.offer < D("-0.000475")


def test_a_client_talks_the_points_down_to_our_walk_away_and_no_further() -> None:
    """The client sells near, so we buy it and sell far, at our offer of the points."""
    made = desk(TALK)
    made.rfq(side="sell", open_ms=120_000, **SWAP)
    quote = made.one(SendQuote)
    assert (quote.bid, quote.offer) == (None, D("-0.000470"))

    said = []
    for price in ("-0.000530", "-0.000525", "-0.000523", "-0.000522"):
        made.after(500).market()
        made.counter(quote.quote_id, price, side="sell", product="SWAP")
        if made.all(SendQuote):
            quote = made.one(SendQuote)
            said.append(quote.offer)
    assert said == sorted(said, reverse=True) and said[-1] < D("-0.000470")
    assert min(said) >= D("-0.000520"), "-5.10 less a tenth is the walk-away"

    made.rfq(side="buy", **SWAP)
    assert "our side would be SELL" in made.one(RefuseRfq).detail


def test_our_own_swap_is_bargained_for_and_dealt_on_its_points() -> None:
    """We buy near and sell far: at the maker's bid, the higher the better for us."""
    scene = Asking(desk(TALK))
    scene.ask(None, game="points", makers=("BANKB",), **SWAP)
    terms = scene.requests["BANKB"].terms

    def quoted(bid: str, **more: object) -> None:
        dates = {"far_value_date": terms.far_value_date, "product": terms.product}
        spot = {"bid_spot": D("1.10005"), "offer_spot": D("1.10005")}
        scene.quote("BANKB", bid, "-0.000400", life_ms=40_000, **(dates | spot | more))

    quoted("-0.000530")
    said = scene.desk.one(CounterQuote)
    assert said.price == D("-0.000470")
    quoted("-0.000480", quote_id="Q2", response_id=said.response_id)

    assert scene.desk.one(TakeQuote).price == D("-0.000480")
    because = scene.desk.one(Decided).because
    assert "walk-away -0.000520, aim -0.000490, open at -0.000470; even" in because
