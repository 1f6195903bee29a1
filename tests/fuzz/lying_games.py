"""A game that plays its file and then says something else: what the core alone must catch.

Its walk-away in words is the file's; its prices, its quotes, its banks, and what a move says of the
walk-away are anything. Pure, as games are.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from robot.bargaining import AskFacts, AskMove
from robot.strategy import Decision, Facts
from strategies.games.desk.loading import load_game

FACTORY = "tests.fuzz.lying_games:Liar"
_WILD: tuple[Any, ...] = (
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("1e30"),
    Decimal("1.100001"),
    Decimal("-1.1"),
    1.1,
    "1.1",
)
_AMOUNTS: tuple[Any, ...] = tuple(
    map(Decimal, ("NaN", "1e15", "-1000000", "2000000", "2000000", "1500000.001"))
)


class Liar:
    """Made of the text of a game file."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        game = load_game(parameters)
        self._game: Any = game
        self.amounts = getattr(game, "amounts", None)
        self.tenors = getattr(game, "tenors", ())
        self.walk_away = getattr(game, "walk_away", None)
        """In words, for the core: what a move says of it may be a lie."""
        self.fixings = game.fixings

    def decide(self, facts: Facts) -> Decision:
        """The game's decision, or one with other prices."""
        decision, chance = self._game.decide(facts), random.Random(facts.chance)
        if chance.random() < 0.3:
            return decision
        if decision.passed:
            if decision.walk_away is None or chance.random() < 0.5:
                return decision
            decision = msgspec.structs.replace(
                decision,
                passed="",
                bid=facts.bid if facts.side == "BUY" else None,
                offer=facts.offer if facts.side == "SELL" else None,
            )
        worst = decision.walk_away
        return msgspec.structs.replace(
            decision,
            bid=_other(decision.bid, facts.tick, chance),
            offer=_other(decision.offer, facts.tick, chance),
            walk_away=_loose(worst, facts.tick, chance) if facts.side is not None else worst,
            walk_aways=decision.walk_aways if chance.random() < 0.8 else None,
        )

    def choose(self, facts: AskFacts) -> AskMove:
        """The game's choice, or everybody twice."""
        move, chance = self._game.choose(facts), random.Random(facts.chance)
        if move.ask and chance.random() < 0.2:
            names = tuple(one.maker for one in facts.makers) * chance.choice((1, 2))
            return msgspec.structs.replace(move, ask=names)
        return move

    def bargain(self, facts: AskFacts) -> AskMove:
        """The game's move, or another: any quote, any price, anybody."""
        move, chance = self._game.bargain(facts), random.Random(facts.chance)
        draw, quotes = chance.random(), [one.quote_id for one in facts.makers if one.quote_id]
        if draw < 0.3 or move.walk_away is None or not quotes:
            return move
        quote = chance.choice(quotes)
        worst = _loose(move.walk_away, facts.tick, chance)
        kept = AskMove(wait_ms=1, walk_away=worst, because=move.because)
        if draw < 0.55:
            return msgspec.structs.replace(kept, wait_ms=0, take=quote)
        if draw < 0.9:
            price = _other(facts.mid - facts.mid % facts.tick, facts.tick, chance)
            return msgspec.structs.replace(kept, wait_ms=0, counter=quote, price=price)
        names = tuple(dict.fromkeys(one.maker for one in facts.makers))[: chance.randint(1, 3)]
        amount = chance.choice((None, *_AMOUNTS))
        tenor = chance.choice(("", "", "1M", "2M", "3M", "1W", "nonsense"))
        return msgspec.structs.replace(kept, wait_ms=0, ask=names, amount=amount, tenor=tenor)


def _loose(worst: Decimal | None, tick: Decimal, chance: random.Random) -> Decimal | None:
    """The walk-away, at times none or any other."""
    if worst is None or chance.random() < 0.7:
        return worst
    return chance.choice((None, worst + tick * chance.randint(-4_000, 4_000)))


def _other(price: Decimal | None, tick: Decimal, chance: random.Random) -> Any:
    if price is None:
        return None
    if chance.random() < 0.1:
        return chance.choice(_WILD)
    return price + tick * chance.randint(-40, 40) * chance.choice((1, 1, 10, 100))
