"""Traders who place orders, change them and take them out, and say some things twice.

They know what `fxrobot orders` shows: the orders that are open, and what came of a request.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from robot.core.state import Order
from robot.deals.party import BUY, SELL, Side
from robot.messages.asks import AskCountered, AskTaken, AskWanted, AskWithdrawn
from robot.messages.events import AnyEvent
from robot.messages.orders import (
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderWanted,
    TimeInForce,
)
from tests.simulation.book import TICKS

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
SECOND_NS = 1_000 * MS
ACTOR = "trader"
AMOUNTS = (Decimal(500_000), Decimal(1_000_000), Decimal(2_000_000))
LIMIT_TIMES = (TimeInForce.IOC, TimeInForce.FOK, *[TimeInForce.DAY] * 5, *[TimeInForce.GTD] * 2)


class Persons:
    """All who may."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("persons")
        self._requests = 0

    def plan(self, count: int, day_s: int) -> None:
        """So many orders over the day, each with what is done about it later."""
        for _ in range(count):
            at_ns = self._chance.randrange(SECOND_NS, day_s * SECOND_NS)
            self._world.at(at_ns, self._place, relative=True)
            for what, share in ((self._change, 0.6), (self._change, 0.6), (self._cancel, 0.6)):
                if self._chance.random() < share:
                    later_ns = at_ns + self._chance.randrange(50, 2_500) * MS
                    self._world.at(later_ns, what, relative=True)

    def plan_asks(self, count: int, day_s: int) -> None:
        """So many asks over the day; of some a person takes a quote later, or ends them."""
        for _ in range(count):
            at_ns = self._chance.randrange(SECOND_NS, day_s * SECOND_NS)
            self._world.at(at_ns, self._ask, relative=True)
            for _ in range(2):
                later_ns = at_ns + self._chance.randrange(50, 3_000) * MS
                self._world.at(later_ns, self._answer_makers, relative=True)

    def _ask(self) -> None:
        chance, world = self._chance, self._world
        pair = chance.choice(tuple(world.mids))
        side = chance.choice((BUY, SELL))
        mid = world.mids[pair].quantize(TICKS[pair])
        # A game that asks for better than is offered has to talk, and may say too much.
        far = (-2, 0, 3, 10) if world.reference.strategy.games else (3, 10, 30)
        limit = mid + side.sign * TICKS[pair] * chance.choice(far)
        self._say(
            AskWanted(
                actor=ACTOR,
                reason="a simulated need",
                request=self._name(),
                pair=pair,
                side=side,
                amount=chance.choice(AMOUNTS),
                limit_price=limit if chance.random() < 0.7 else None,
                patience_ms=chance.choice((300, 800, 1_500)),
                game=self._game(pair, side),
            )
        )

    def _game(self, pair: str, side: Side) -> str:
        """The desk's game for it on most asks; empty = it has none, or a person leads."""
        name = f"{'buy' if side is BUY else 'sell'} {pair}"
        known = [game.name for game in self._world.reference.strategy.games]
        return name if name in known and self._chance.random() < 0.8 else ""

    def _answer_makers(self) -> None:
        """Take any quote that is shown, good or not, or end the ask; where a game leads it, perhaps
        speak in its place.
        """
        world, chance = self._world, self._chance
        engine = world.robot.engine
        asks = tuple(engine.state.asks.values()) if engine is not None else ()
        if not asks:
            return
        ask = chance.choice(asks)
        quotes = [quote for maker in ask.makers for quote in maker.quotes]
        who = {"actor": ACTOR, "reason": "seen", "ask_id": ask.ask_id}
        if quotes and ask.game and chance.random() < 0.5:
            quote = chance.choice(quotes)
            theirs = quote.price.value if quote.price is not None else world.mids[ask.pair]
            ours = theirs - ask.side.sign * TICKS[ask.pair] * chance.choice((1, 1, 3, 9, -9))
            self._say(AskCountered(**who, quote_id=quote.quote_id, price=ours))
        elif quotes and chance.random() < 0.85:
            self._say(AskTaken(**who, quote_id=chance.choice(quotes).quote_id))
        elif chance.random() < 0.3:
            self._say(AskWithdrawn(**who))

    def cancel_everything(self) -> None:
        """The day is over."""
        self._say(OrderCancelWanted(actor=ACTOR, reason="day over", request=self._name()))

    def _place(self) -> None:
        chance, world = self._chance, self._world
        pair = chance.choice(tuple(world.mids))
        side = chance.choice((BUY, SELL))
        market = chance.random() < 0.15
        time = chance.choice((TimeInForce.IOC, TimeInForce.FOK) if market else LIMIT_TIMES)
        mid = world.mids[pair].quantize(TICKS[pair])
        away = TICKS[pair] * chance.randint(-5, 15)
        in_counter = chance.random() < 0.15
        amount = chance.choice(AMOUNTS)
        if in_counter:
            amount = amount * (100 if pair.endswith("JPY") else 1)
        self._say(
            OrderWanted(
                actor=ACTOR,
                reason="a simulated wish",
                request=self._name(),
                venue=chance.choice(tuple(world.venues.values())).name,
                pair=pair,
                side=side,
                amount=amount,
                currency=pair[4:] if in_counter else "",
                kind=OrderKind.MARKET if market else OrderKind.LIMIT,
                price=None if market else mid + side.sign * away,
                time_in_force=time,
                expires_ns=world.core_ns() + chance.randrange(300, 5_000) * MS
                if time is TimeInForce.GTD
                else 0,
            )
        )

    def _change(self) -> None:
        order = self._some_order()
        if order is None:
            return
        chance = self._chance
        amount = order.amount * chance.choice((1, 2)) if chance.random() < 0.6 else None
        if amount is None and order.filled:
            amount = order.filled + 1_000
        tick = TICKS[order.pair]
        price = order.worst_price + chance.randint(-5, 5) * tick if chance.random() < 0.6 else None
        self._say(
            OrderChangeWanted(
                actor=ACTOR,
                reason="a change of mind",
                request=self._name(),
                order_id=order.order_id,
                amount=amount,
                price=price,
            )
        )

    def _cancel(self) -> None:
        chance = self._chance
        draw, order = chance.random(), self._some_order()
        one = draw < 0.6 and order is not None
        self._say(
            OrderCancelWanted(
                actor=ACTOR,
                reason="not any more",
                request=self._name(),
                order_id=order.order_id if one and order is not None else "",
                venue=chance.choice(tuple(self._world.venues)) if not one and draw < 0.9 else "",
            )
        )

    def _some_order(self) -> Order | None:
        """Preferably one that rests."""
        engine = self._world.robot.engine
        orders = tuple(engine.state.orders.values()) if engine is not None else ()
        resting = tuple(one for one in orders if one.time_in_force in ("DAY", "GTD"))
        return self._chance.choice(resting or orders) if orders else None

    def _say(self, event: AnyEvent) -> None:
        world, life = self._world, self._world.robot.lives
        world.robot.post(event)
        if self._chance.random() < 0.2:
            delay_ns = self._chance.randrange(1, 3_000) * MS

            def again() -> None:
                later = " across a restart" if world.robot.lives != life else ""
                world.mark(f"request of a person repeated{later}")
                world.robot.post(event)

            world.at(delay_ns, again, relative=True)

    def _name(self) -> str:
        self._requests += 1
        return f"P{self._requests}"
