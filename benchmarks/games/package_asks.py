"""A bank we ask, as the desk's package game is told of it: how long one look at it takes.

We buy 1m EUR/USD and may buy up to 2m; 100 pips lie between where we open and the walk-away, so the
game has its 151 rates to choose from. The bank has given way by 0.2 pip for each of our prices, on
one to three amounts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product

from robot.bargaining import AskFacts, MakerSeen, Said
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, VenueId
from robot.deals.party import BUY
from robot.deals.product import ProductKind
from strategies.games.desk.ask_game import AskGame
from strategies.games.desk.file import read_game
from strategies.games.desk.negotiate_game import NegotiateGame

GAME = """
game: {name: buyer, kind: negotiate}
applies: {product: spot, side: buy}
my terms:
  walk-away: offer
  aim: bid + 0.2 pip
  open at: bid - 10 pip
  may also move: {amount: 500k to 2m in 500k, at most: 3}
  worth: 1 bp = 1m
pace: {style: STYLE, messages: 6, within: 50 s}
ask: {banks: 1, at most: 1}
"""
STYLES = ("even", "find their limit")
SECOND_NS = 10**9
MIDDLE, PIP = Decimal("1.10075"), Decimal("0.0001")


def times(rounds: int) -> list[float]:
    """Of so many looks at each state of the talk, in seconds."""
    took = []
    for style in STYLES:
        game = read_game(GAME.replace("STYLE", style), "game")
        player = AskGame(game, NegotiateGame(game))
        for facts in states():
            for _ in range(rounds):
                began = time.perf_counter()
                player.bargain(facts)
                took.append(time.perf_counter() - began)
    return took


def states() -> Iterator[AskFacts]:
    """From its first price on, with one to three amounts."""
    for words, amounts in product((0, 1, 2, 3, 5), (1, 2, 3)):
        makers = [_maker(at, words if at == 0 else 0) for at in range(amounts)]
        yield AskFacts(
            ask_id="A1",
            pair=CurrencyPair("EUR/USD"),
            product=ProductKind.SPOT,
            side=BUY,
            better=-1,
            amount=Decimal(1_000_000),
            value_date=date(2026, 1, 5),
            far_value_date=None,
            limit=None,
            bid=MIDDLE - PIP * 5 / 2,
            offer=MIDDLE + PIP * 5 / 2,
            mid=MIDDLE,
            pip=PIP,
            tick=PIP / 10,
            begun_ns=0,
            now_ns=SECOND_NS,
            open_until_ns=100 * SECOND_NS,
            patience_ms=2_000,
            answers_left=8,
            makers=tuple(makers),
            chance=0.5,
        )


def _maker(at: int, words: int) -> MakerSeen:
    """A quote for the amount of that place, after so many words of ours."""
    said = []
    for word in range(words):
        said.append(Said(at_ns=2 * word, ours=False, price=_theirs(at, word)))
        said.append(Said(at_ns=2 * word + 1, ours=True, price=Decimal("1.0995") + PIP * word / 10))
    said.append(Said(at_ns=2 * words, ours=False, price=_theirs(at, words)))
    return MakerSeen(
        venue=VenueId("ALPHA"),
        maker=CounterpartyId("BANKA"),
        asked=True,
        amount=None if at == 0 else Decimal(500_000) * (at + 2),
        quote_id=f"Q{at}",
        price=_theirs(at, words),
        valid_until_ns=100 * SECOND_NS,
        counters=words,
        said=tuple(said),
    )


def _theirs(at: int, word: int) -> Decimal:
    return MIDDLE + PIP * (10 - 2 * at - word) / 5
