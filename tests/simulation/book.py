"""What became of the robot's orders, as the venues know it: the truth that orders are judged by.

Every moment is kept in order: sent, come, dealt, changed, ended. Sides are the robot's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from connectors.sim.order_rows import OrderFill, OrderLife
from connectors.sim.rows import Fill
from robot.deals.party import BUY, Side
from robot.messages.asks import TakeQuote
from robot.messages.effects import ReplaceOrder, SendOrder
from robot.messages.orders import OrderKind, TimeInForce

ZERO = Decimal(0)
COUNTERPARTIES = {"ALPHA": "MKTA", "BETA": "MKTB"}
"""With whom the robot's orders are dealt."""
MAKERS = {"ALPHA": ("MKTA", "MK1"), "BETA": ("MKTB", "MK2")}
"""Who is asked for prices there."""
TICKS = {"EUR/USD": Decimal("0.00001"), "USD/JPY": Decimal("0.001")}
_UNITS = {"JPY": Decimal(1)}


class What(enum.StrEnum):
    """What can happen to an order."""

    SENT = "SENT"
    COME = "COME"
    CHANGE_SENT = "CHANGE_SENT"
    CHANGE_COME = "CHANGE_COME"
    CHANGED = "CHANGED"
    NOT_CHANGED = "NOT_CHANGED"
    TRADE = "TRADE"
    AMENDED = "AMENDED"
    ENDED = "ENDED"


@dataclass
class Worked:
    """One order as its venue has it. `size` is of the dealt currency; `filled` of what stands."""

    venue: str
    order_id: str
    pair: str
    side: Side
    size: Decimal
    price: Decimal | None
    currency: str
    time_in_force: str
    expires_ns: int
    value_date: date
    client: str
    """With whom it is dealt."""
    quote_id: str = ""
    """Of a maker, that it takes."""
    venue_id: str = ""
    current: str = ""
    status: str = ""
    """39 of an order that has ended; empty = it has not."""
    parked: bool = False
    """Come, and nothing said of it."""
    accepted: bool = False
    """Whether it works: only then can it be dealt."""
    known: bool = True
    """Whether the venue would say that it has it."""
    trades: list[Trade] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        """What stands of it."""
        return sum((trade.size for trade in self.trades), ZERO)

    @property
    def remaining(self) -> Decimal:
        """What can still be dealt."""
        return ZERO if self.status else self.size - self.filled


@dataclass
class Trade:
    """One deal of an order in its newest version; `size` 0 = it was taken back."""

    order: Worked
    exec_id: str
    size: Decimal
    price: Decimal
    trade_date: date
    at_ns: int
    first: tuple[Decimal, Decimal]
    """Size and price as it was reported first."""
    told: bool = False
    """Whether its report was sent."""
    amended_by: str = ""
    amended: bool = False

    @property
    def fill(self) -> Fill:
        """As a row of the venue's record; the side as if the venue were our client."""
        return self._fill(self.size, self.price)

    @property
    def first_fill(self) -> Fill:
        """As it was before the venue changed it."""
        return self._fill(*self.first)

    def _fill(self, size: Decimal, price: Decimal) -> Fill:
        order = self.order
        base, counter = amounts(order, size, price)
        return Fill(
            venue=order.venue,
            exec_id=self.exec_id,
            order_id=order.venue_id,
            hit_id=order.order_id,
            response_id=None,
            quote_id=None,
            client=order.client,
            pair=order.pair,
            side="2" if order.side is BUY else "1",
            base_amount=base,
            rate=price,
            counter_amount=counter,
            counter_currency=order.pair[4:],
            value_date=f"{order.value_date:%Y%m%d}",
            trade_date=f"{self.trade_date:%Y%m%d}",
            transact_at_ns=self.at_ns,
            received_at_ns=self.at_ns,
            received_wall_ns=self.at_ns,
            mid=None,
            poss_dup=False,
        )


@dataclass(frozen=True)
class Moment:
    """Something that happened to an order."""

    what: What
    at_ns: int
    order_id: str
    """The first of its ids."""
    size: Decimal = ZERO
    price: Decimal | None = None
    trade: Trade | None = None
    effect: SendOrder | None = None


class OrderBook:
    """All orders of a day, from the moment they were sent."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.orders: dict[str, Worked] = {}
        """Those that have come to a venue, by first id."""
        self.names: dict[str, str] = {}
        """Any id of a D or G -> the first of its order."""
        self.sent: dict[str, SendOrder] = {}

    @property
    def trades(self) -> list[Trade]:
        """Of all orders."""
        return [trade for order in self.orders.values() for trade in order.trades]

    @property
    def fills(self) -> list[Fill]:
        """What stands."""
        return [trade.fill for trade in self.trades if trade.size]

    @property
    def open(self) -> list[str]:
        """Orders that came to a venue and have not ended."""
        return [name for name, order in self.orders.items() if not order.status]

    def send(self, effect: SendOrder, at_ns: int) -> None:
        """An order leaves."""
        self.sent[effect.order_id] = effect
        self.names[effect.order_id] = effect.order_id
        self._note(What.SENT, at_ns, effect.order_id, effect.amount, effect.price, effect=effect)

    def take(self, effect: TakeQuote, at_ns: int) -> None:
        """A hit on a maker's quote leaves: an order of ours like others."""
        terms = effect.terms
        order = SendOrder(
            venue=effect.venue,
            order_id=effect.order_id,
            pair=terms.pair,
            side=effect.side,
            amount=terms.amount,
            currency=terms.currency,
            kind=OrderKind.PREVIOUSLY_QUOTED,
            price=effect.price,
            quote_id=effect.quote_id,
            time_in_force=TimeInForce.FOK,
            value_date=terms.value_date,
        )
        self.send(order, at_ns)

    def send_change(self, effect: ReplaceOrder, at_ns: int) -> None:
        """A replacement leaves."""
        first = self.names.get(effect.original_id, effect.original_id)
        self.names[effect.order_id] = first
        self._note(What.CHANGE_SENT, at_ns, first, effect.amount, effect.price)

    def come(self, order: Worked, at_ns: int) -> None:
        """An order is at its venue."""
        self.orders[order.order_id] = order
        self._note(What.COME, at_ns, order.order_id, order.size, order.price)

    def note(self, what: What, at_ns: int, order: Worked, trade: Trade | None = None) -> None:
        """Anything else."""
        self._note(what, at_ns, order.order_id, order.size, order.price, trade=trade)

    def _note(
        self,
        what: What,
        at_ns: int,
        name: str,
        size: Decimal,
        price: Decimal | None,
        **more: object,
    ) -> None:
        self.moments.append(Moment(what, at_ns, name, size, price, **more))  # type: ignore[arg-type]

    def rows(self) -> tuple[tuple[OrderLife, ...], tuple[OrderFill, ...]]:
        """For `connectors.demo.oracle.limit_breaches`: outstanding from the moment of sending; of
        an order that was changed a row for each amount and limit.
        """
        lives: dict[str, OrderLife] = {}
        done: list[OrderLife] = []
        fills: list[OrderFill] = []
        for one in self.moments:
            order = self.orders.get(one.order_id)
            life = lives.get(one.order_id)
            if order is None:
                continue  # lost on its way
            if one.what is What.SENT:
                # After the end of the quote whose deal it hedges: both leave in one turn.
                lives[one.order_id] = _life(order, one, one.size, one.at_ns + 1)
            elif life is None:
                continue
            elif one.what is What.TRADE and one.trade is not None:
                fills.append(_row(one.trade, life.venue_order_id))
                life.filled += one.trade.first[0]
            elif one.what in (What.CHANGED, What.ENDED):
                life.ended_at_ns = one.at_ns
                done.append(lives.pop(one.order_id))
                if one.what is What.CHANGED:
                    dealt = (part.size for part in order.trades if part.at_ns <= one.at_ns)
                    left = one.size - sum(dealt)
                    lives[one.order_id] = _life(order, one, left, one.at_ns + 1)
        return (*done, *lives.values()), tuple(fills)


def amounts(order: Worked, size: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
    """Base and counter amount, the one that was not dealt rounded half up."""
    base, counter = order.pair[:3], order.pair[4:]
    if order.currency == base:
        return size, (size * price).quantize(_unit(counter), ROUND_HALF_UP)
    return (size / price).quantize(_unit(base), ROUND_HALF_UP), size


def _unit(currency: str) -> Decimal:
    return _UNITS.get(currency, Decimal("0.01"))


def _life(order: Worked, one: Moment, size: Decimal, began_ns: int) -> OrderLife:
    return OrderLife(
        venue=order.venue,
        venue_order_id=f"{order.order_id} from {began_ns}",
        order_id=order.current,
        first_order_id=order.order_id,
        pair=order.pair,
        side="1" if order.side is BUY else "2",
        currency=order.currency,
        size=size,
        kind="2",
        price=one.price,
        time_in_force=order.time_in_force,
        expires_ns=None,
        value_date=None,
        status=order.status,
        received_at_ns=began_ns,
        received_wall_ns=began_ns,
    )


def _row(trade: Trade, life: str) -> OrderFill:
    order, (size, price) = trade.order, trade.first
    base, counter = amounts(order, size, price)
    return OrderFill(
        venue=order.venue,
        exec_id=trade.exec_id,
        order_id=order.order_id,
        venue_order_id=life,
        pair=order.pair,
        side="1" if order.side is BUY else "2",
        currency=order.currency,
        size=size,
        rate=price,
        base_amount=base,
        counter_amount=counter,
        value_date=None,
        trade_date=f"{trade.trade_date:%Y%m%d}",
        mid=None,
        at_ns=trade.at_ns,
        wall_ns=trade.at_ns,
    )
