"""The orders of the reference day: persons who each want one thing done, whatever dies meanwhile.

One is dealt in part and canceled, one replaced and dealt, one dealt and taken back by the venue,
one dealt at once; and one person asks a maker and takes its quote. A person asks again under the
same name until it is answered, and begins anew only when the first came to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from robot.basics.ids import CounterpartyId, VenueId
from robot.core.order_states import WORKING
from robot.core.state import Order, RobotState
from robot.deals.party import BUY, SELL, Side
from robot.messages.asks import AskWanted
from robot.messages.orders import (
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderWanted,
    TimeInForce,
)
from tests.simulation.book import Trade, Worked
from tests.simulation.floor import SimFloor

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
LOOK_NS = 150 * MS
PART = Decimal(400_000)
MORE = Decimal(1_500_000)


@dataclass(frozen=True)
class Wish:
    """What somebody wants; no two are of the same pair and side."""

    name: str
    venue: str
    pair: str
    side: Side
    amount: Decimal
    price: Decimal
    time_in_force: TimeInForce


WISHES = tuple(
    Wish(name, venue, pair, side, Decimal(amount), Decimal(price), time)
    for name, venue, pair, side, amount, price, time in (
        ("PART", "BETA", "EUR/USD", BUY, 1_000_000, "1.10050", TimeInForce.DAY),
        ("REPLACED", "BETA", "EUR/USD", SELL, 1_000_000, "1.09950", TimeInForce.DAY),
        ("BUSTED", "ALPHA", "USD/JPY", BUY, 500_000, "102.050", TimeInForce.IOC),
        ("AT ONCE", "ALPHA", "USD/JPY", SELL, 500_000, "101.950", TimeInForce.IOC),
    )
)


class OrderIntents:
    """The persons of the day, and the venues' part in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tries = dict.fromkeys(WISHES, 1)
        self._said = 0

    def begin(self) -> None:
        """Everybody begins, a little apart."""
        for index, wish in enumerate(WISHES):
            self._world.at((300 + 350 * index) * MS, lambda w=wish: self._look(w), relative=True)
        self._world.at(1_200 * MS, self._ask, relative=True)

    def open(self) -> list[str]:
        """Whose wish is not fulfilled yet, by the venues' book."""
        asked = [] if self._has_asked() else ["ask"]
        return asked + [f"order {wish.name}" for wish in WISHES if not self._is_done(wish)]

    def _is_done(self, wish: Wish) -> bool:
        trades = [
            one
            for one in self._world.book.trades
            if _is_of(one.order, wish) and not one.order.quote_id
        ]
        ended = all(one.order.status for one in trades)
        if not trades or not ended:
            return False
        return wish.name != "BUSTED" or all(one.amended for one in trades)

    # --- the person

    def _look(self, wish: Wish) -> None:
        """What `fxrobot orders` shows, and what is to be done about it."""
        if self._is_done(wish):
            return
        self._world.at(LOOK_NS, lambda: self._look(wish), relative=True)
        engine = self._world.robot.engine
        if engine is None or engine.state.reference is None:
            return
        state, request = engine.state, f"{wish.name} {self._tries[wish]}"
        answer = state.wanted.get(request)
        if answer is None:
            self._place(wish, request)
        elif answer.order_id in state.orders:
            self._go_on(wish, state.orders[answer.order_id])
        elif not answer.order_id or not _dealt(state, answer.order_id):
            self._tries[wish] += 1

    def _place(self, wish: Wish, request: str) -> None:
        self._world.robot.post(
            OrderWanted(
                actor="trader",
                reason="the reference day",
                request=request,
                venue=VenueId(wish.venue),
                pair=wish.pair,
                side=wish.side,
                amount=wish.amount,
                kind=OrderKind.LIMIT,
                price=wish.price,
                time_in_force=wish.time_in_force,
            )
        )

    def _go_on(self, wish: Wish, order: Order) -> None:
        if order.stage is not WORKING or order.unwanted or order.replacement is not None:
            return
        self._said += 1
        who = {"actor": "trader", "reason": "the reference day", "request": f"more {self._said}"}
        if wish.name == "PART" and order.filled == PART:
            self._world.robot.post(OrderCancelWanted(**who, order_id=order.order_id))
        elif wish.name == "REPLACED" and order.amount != MORE:
            self._world.robot.post(OrderChangeWanted(**who, order_id=order.order_id, amount=MORE))

    def _has_asked(self) -> bool:
        return any(one.order.quote_id for one in self._world.book.trades)

    def _ask(self) -> None:
        """Ask a maker and deal within the limit; once more when nothing came of it."""
        if self._has_asked():
            return
        self._world.at(2 * LOOK_NS, self._ask, relative=True)
        engine = self._world.robot.engine
        if engine is None or engine.state.reference is None:
            return
        state = engine.state
        under_way = any(order.taken is not None for order in state.orders.values())
        if state.asks or under_way:
            return
        self._said += 1
        self._world.robot.post(
            AskWanted(
                actor="trader",
                reason="the reference day",
                request=f"ask {self._said}",
                makers=(CounterpartyId("MK2"),),
                pair="EUR/USD",
                side=BUY,
                amount=Decimal(700_000),
                limit_price=Decimal("1.10040"),
            )
        )

    # --- the venue

    def on_order(self, floor: SimFloor, order: Worked) -> None:
        """An order was accepted."""
        wish = next(one for one in WISHES if _is_of(order, one))
        if wish.name == "PART":
            self._world.at(20 * MS, lambda: floor.deal(order, PART), relative=True)
        elif wish.name != "REPLACED":
            self._world.at(5 * MS, lambda: floor.deal(order, order.remaining), relative=True)
        if wish.name == "BUSTED":
            self._world.at(300 * MS, lambda: self._bust(floor, order.trades), relative=True)

    def on_replaced(self, floor: SimFloor, order: Worked) -> None:
        """It is what its person wanted it to become."""
        self._world.at(20 * MS, lambda: floor.deal(order, order.remaining), relative=True)

    def _bust(self, floor: SimFloor, trades: list[Trade]) -> None:
        for trade in trades:
            floor.amend(trade, bust=True)


def _dealt(state: RobotState, order_id: str) -> bool:
    return any(deal.order_id == order_id for deal in state.deals.values())


def _is_of(order: Worked, wish: Wish) -> bool:
    return (order.pair, order.side) == (wish.pair, wish.side)
