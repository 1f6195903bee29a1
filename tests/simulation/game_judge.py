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
from robot.messages.effects import SendQuote
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
    """I23: no price of a game, shown, said or dealt on, is past the walk-away of its file."""
    if not world.reference.strategy.games:
        return
    led: set[str] = set()
    asks: dict[str, str] = {}
    for event, effects in steps(records):
        if isinstance(event, AskTaken | AskCountered):
            led.discard(event.ask_id)  # a person leads it from here on
        for effect in effects:
            if isinstance(effect, AskOpened) and effect.game:
                led.add(effect.ask_id)
            elif isinstance(effect, SendAsk):
                asks[effect.request_id] = effect.ask_id
            elif isinstance(effect, SendQuote) and (effect.bid is None or effect.offer is None):
                side = BUY if effect.offer is None else SELL
                _look(world, effect.pair, side, effect.bid or effect.offer, effect.quote_id)
            elif isinstance(effect, CounterQuote | TakeQuote) and asks[effect.request_id] in led:
                world.mark(f"{type(effect).__name__} of a game")
                _look(world, effect.terms.pair, effect.side, effect.price, effect.quote_id)


def _look(world: World, pair: str, side: Side, price: Decimal | None, what: str) -> None:
    worst = WALK_AWAYS[pair, side]
    if price is None or side.sign * (price - worst) > 0:
        world.breach("I23", f"{what}: {side} {pair} at {price}, walk-away {worst}")
