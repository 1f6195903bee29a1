"""The games of a simulated day, and what they said and dealt, by the levels in their files."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from robot.deals.party import BUY, SELL, Side
from robot.journal import Record
from robot.messages.asks import (
    AskCountered,
    AskOpened,
    AskTaken,
    CounterQuote,
    SendAsk,
    TakeQuote,
)
from robot.messages.effects import AnyEffect, Decided, SendQuote
from robot.messages.events import AnyEvent
from tests.simulation.ask_judge import steps

if TYPE_CHECKING:
    from tests.simulation.world import World

WALK_AWAYS: dict[tuple[str, Side], Decimal] = {
    ("EUR/USD", BUY): Decimal("1.10020"),
    ("EUR/USD", SELL): Decimal("1.09980"),
    ("USD/JPY", BUY): Decimal("102.020"),
    ("USD/JPY", SELL): Decimal("101.980"),
}
"""Fixed, so that a wandering market is now on this side of them, now on that."""
_TWO_WAY = """
game: {name: two-way, kind: negotiate}
applies: {role: maker}
my terms: {walk-away: 0.1 pip, aim: 0.2 pip, open at: 0.5 pip}
"""


def games(factory: str = "") -> dict[str, object]:
    """The strategy of a desk with these games, made by `factory` if it is said."""
    rows = [
        {"name": _name(pair, side), "file": f"{number}.game.yaml", "text": _text(pair, side)}
        for number, (pair, side) in enumerate(WALK_AWAYS)
    ]
    return {
        "name": "two_way",
        "version": "1",
        "factory": "",
        "parameters": {},
        "games": [*rows, {"name": "two-way", "file": "two.game.yaml", "text": _TWO_WAY}],
        **({"game_factory": factory} if factory else {}),
    }


def _name(pair: str, side: Side) -> str:
    return f"{'buy' if side is BUY else 'sell'} {pair}"


def _text(pair: str, side: Side) -> str:
    sign, word = ("-", "buy") if side is BUY else ("+", "sell")
    return f"""
game: {{name: {_name(pair, side)}, kind: negotiate}}
applies: {{pair: {pair}, side: {word}}}
my terms:
  walk-away: {WALK_AWAYS[pair, side]}
  aim: mid {sign} 0.1 pip
  open at: mid {sign} 0.5 pip
pace: {{style: even, messages: 4, within: 8 s}}
ask: {{banks: 2, at most: 4}}
"""


def judge_games(world: World, records: list[Record]) -> None:
    """I23: no price of a game, shown, said or dealt on, is past the walk-away of its file, none of
    an ask past its limit, none worse for a maker than the one before; and where a person took over,
    the game says nothing any more.
    """
    if not world.reference.strategy.games:
        return
    asks = _Asks(world)
    for event, effects in steps(records):
        for effect in effects:
            if isinstance(effect, SendQuote) and (effect.bid is None or effect.offer is None):
                side = BUY if effect.offer is None else SELL
                _look(world, effect.pair, side, effect.bid or effect.offer, effect.quote_id)
            else:
                asks.look(event, effect)


class _Asks:
    """The asks of a day as its journal tells them, from one step to the next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._opened: dict[str, AskOpened] = {}
        self._of: dict[str, SendAsk] = {}
        self._by_person: set[str] = set()
        self._said: dict[str, Decimal] = {}
        """The last price of ours, by request."""

    def look(self, event: AnyEvent, effect: AnyEffect) -> None:
        """At one effect of an event."""
        if isinstance(effect, AskOpened):
            self._opened[effect.ask_id] = effect
        elif isinstance(effect, SendAsk):
            self._of[effect.request_id] = effect
        elif isinstance(effect, CounterQuote | TakeQuote):
            if isinstance(event, AskTaken | AskCountered):
                self._by_person.add(event.ask_id)
                if self._opened[event.ask_id].game:
                    self._world.mark("person took over from a game")
            self._price(effect, self._of[effect.request_id].ask_id)
        elif isinstance(effect, Decided) and self._goes_on(effect):
            told = f"{effect.subject} is a person's, and the game: {effect.outcome}"
            self._world.breach("I23", told)

    def _goes_on(self, effect: Decided) -> bool:
        return effect.kind == "GAME" and effect.subject in self._by_person

    def _price(self, effect: CounterQuote | TakeQuote, ask_id: str) -> None:
        world, opened, said = self._world, self._opened[ask_id], type(effect).__name__
        limit, sign = opened.limit_price, effect.side.sign
        if limit is not None and sign * (effect.price - limit) > 0:
            text = f"{said} {effect.quote_id} at {effect.price}, limit {limit} of {ask_id}"
            world.breach("I23", text)
        if not opened.game or ask_id in self._by_person:
            return
        world.mark(f"{said} of a game")
        _look(world, effect.terms.pair, effect.side, effect.price, effect.quote_id)
        if isinstance(effect, CounterQuote):
            before = self._said.get(effect.request_id)
            if before is not None and sign * (effect.price - before) < 0:
                text = f"{effect.quote_id} at {effect.price} takes back {before}"
                world.breach("I23", text)
            self._said[effect.request_id] = effect.price


def _look(world: World, pair: str, side: Side, price: Decimal | None, what: str) -> None:
    worst = WALK_AWAYS[pair, side]
    if price is None or side.sign * (price - worst) > 0:
        world.breach("I23", f"{what}: {side} {pair} at {price}, walk-away {worst}")
