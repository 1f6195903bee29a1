"""What every handler may do to an order of ours: cancel it, ask what became of it, end it.

These keep in step what knows an order: its table, its names, and the limit gate's reservation.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.core.order_states import CHANGING, ENDED, UNKNOWN, OrderStep
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import Context, Order, RobotState
from robot.messages.effects import AlertRaised, AskOrder, CancelOrder, OrderEnded

ORDER_SILENCE = "order_silence"
ASKED_DOUBLED_MAX = 5
"""So often the patience with a silent venue doubles."""


def cancel_order(context: Context, order: Order) -> None:
    """Ask the venue to take it out; it stays held until the venue says that it has ended."""
    if order.stage in (CHANGING, UNKNOWN, ENDED):
        return  # on its way already, or nobody knows yet what there is to cancel
    state = context.state
    order.change_id = state.next_id("C")
    state.order_names[order.change_id] = order.order_id
    order.advance(OrderStep.CHANGE)
    context.emit(
        CancelOrder(
            venue=order.venue,
            order_id=order.change_id,
            original_id=order.current_id,
            venue_order_id=order.venue_order_id,
            pair=order.pair,
            side=order.side,
            amount=order.amount,
        )
    )
    listen(state, order)


def cancel_orders(context: Context, venue: VenueId | None = None) -> None:
    """Every order, everywhere or at one venue; cancels always pass."""
    for order in tuple(context.state.orders.values()):
        if venue in (None, order.venue):
            cancel_order(context, order)


def lose_orders(context: Context, venue: VenueId) -> None:
    """The session is gone: what became of the venue's orders is not known until it is asked."""
    for order in context.state.orders.values():
        if order.venue == venue:
            order.advance(OrderStep.LOSE)


def doubt_orders(context: Context, venue: VenueId) -> None:
    """Something the venue said of an order could not be read: ask for all that are open there."""
    lose_orders(context, venue)
    ask_orders(context, venue)


def ask_orders(context: Context, venue: VenueId) -> None:
    """The venue can be heard again: ask for every order of unknown fate."""
    for order in context.state.orders.values():
        if order.venue == venue and order.stage is UNKNOWN:
            ask(context, order)


def ask(context: Context, order: Order) -> None:
    order.asked += 1
    context.emit(
        AskOrder(
            venue=order.venue,
            order_id=order.current_id,
            venue_order_id=order.venue_order_id,
            pair=order.pair,
            side=order.side,
        )
    )
    text = f"{order.venue} is asked what became of {order.order_id}"
    context.emit(AlertRaised(code="ORDER_ASKED", text=text))


def listen(state: RobotState, order: Order) -> None:
    """Look at it when the venue should have spoken, longer each time it was asked."""
    patience_ms = state.configured().orders.answer_patience_ms * 2 ** min(
        order.asked, ASKED_DOUBLED_MAX
    )
    state.schedule(state.now_ns + patience_ms * MILLISECOND_NS, ORDER_SILENCE, order.order_id)


def end_order(context: Context, order: Order, ending: str, *, holds: bool = True) -> None:
    state = context.state
    order.advance(OrderStep.END)
    if holds:
        context.emit(state.gate.release(order.order_id))
    del state.orders[order.order_id]
    state.order_names = {
        name: first for name, first in state.order_names.items() if first != order.order_id
    }
    context.emit(OrderEnded(order_id=order.order_id, ending=ending, filled=order.filled))
