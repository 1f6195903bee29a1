"""Copies of one game that compete for the same clients, day by day: each decides a day by a frozen
file, and learns from its own outcomes of that day into the next one.

Costs are uniform between 0 and 1 bp, the lowest quote deals (`benchmarks/games/sealed_quote.py`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import numpy as np
import numpy.typing as npt

from backtest.games.learning import learned
from backtest.games.own_outcomes import OwnDay, OwnOutcome
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.party import BUY
from robot.deals.product import ProductKind
from robot.strategy import Facts
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import with_learned
from strategies.games.desk.loading import GameStrategy, load_game
from strategies.games.desk.winning import share_tried

COPIES, LEVELS = 3, 50
FIRST_NS, SECOND_NS = 10**18, 10**9
UNIT = Decimal("0.0001")
FILE = """
game: {name: copy, kind: quote}
applies: {role: maker}
quote:
  margin: {gold: 0.25 bp}
  lean: 1 bp per 1m
  lean at most: 1 bp
  asked with: 2 others
  win: {least margin: 0.01 bp%s}
"""
FACTS = Facts(
    pair=CurrencyPair("EUR/USD"),
    product=ProductKind.SPOT,
    side=BUY,
    amount=Decimal(2),
    counterparty=CounterpartyId("BANKA"),
    tier="gold",
    bid=Decimal(1),
    offer=Decimal(1),
    mid=Decimal(1),
    market_age_ms=5,
    pip=UNIT,
    tick=Decimal("0.0000000001"),
    value_date=date(2026, 10, 21),
    far_value_date=None,
    spot=Decimal(1),
    position=Decimal(0),
    position_limit=Decimal(0),
    gap=Decimal(0),
    chance=0.5,
)
Floats = npt.NDArray[np.float64]


def profit_of_copies(text: str, days: int, requests: int, seed: int) -> Floats:
    """By day, of each copy a request, over that of the equilibrium."""
    random, texts, made = np.random.default_rng(seed), [text] * COPIES, np.zeros(days)
    for day in range(days):
        games = [_loaded(one) for one in texts]
        usual = np.array([[_far(game, level, 0.999) for level in range(LEVELS)] for game in games])
        level = random.integers(0, LEVELS, (requests, COPIES))
        draw = random.random((requests, COPIES))
        quotes = np.take_along_axis(usual.T, level, axis=0)
        tried = np.array([_share_tried(one) for one in texts])
        for row, copy in np.argwhere(draw < tried):
            quotes[row, copy] = _far(games[copy], int(level[row, copy]), float(draw[row, copy]))
        winner = np.argmin(quotes + random.random(quotes.shape) * 1e-9, axis=1)
        won = np.take_along_axis(quotes - (level + 0.5) / LEVELS, winner[:, None], axis=1)
        made[day] = won.mean() / COPIES * (COPIES * (COPIES + 1))
        for copy in range(COPIES):
            outcomes = _outcomes(quotes[:, copy], winner == copy, day * (requests + 9))
            texts[copy] = _next(texts[copy], outcomes)
    return made


def _loaded(text: str) -> GameStrategy:
    return load_game({"text": text, "file": "copy.game.yaml"})


def _share_tried(text: str) -> float:
    """Of the quotes, for which the file asks for a draw of its own."""
    game = read_game(text, "copy.game.yaml")
    assert game.quoting is not None and game.quoting.win is not None
    learned_ = game.learned.win if game.learned is not None else None
    return share_tried(game.quoting.win, learned_.total if learned_ is not None else 0)


def _far(game: GameStrategy, level: int, draw: float) -> float:
    """Of the copy's bid from the middle where the deal costs so much, bp."""
    cost = (Decimal(level) + Decimal("0.5")) / LEVELS
    facts = msgspec.structs.replace(FACTS, position=cost * 1_000_000 - 1, chance=draw)
    bid = game.decide(facts).bid
    assert bid is not None, "a price for every request"
    return float((1 - bid) / UNIT)


def _outcomes(quotes: Floats, won: npt.NDArray[np.bool_], begin: int) -> tuple[OwnOutcome, ...]:
    return tuple(
        OwnOutcome(
            at_ns=FIRST_NS + (begin + place) * SECOND_NS,
            name=f"R{place}",
            counterparty="BANKA",
            tier="gold",
            far=Decimal(repr(round(float(far), 6))),
            won=bool(yes),
        )
        for place, (far, yes) in enumerate(zip(quotes, won, strict=True))
    )


def _next(text: str, outcomes: tuple[OwnOutcome, ...]) -> str:
    """The frozen file of the next day."""
    state, _ = learned(read_game(text, "copy"), [OwnDay(outcomes=outcomes)])
    return with_learned(text, state.frozen_now())
