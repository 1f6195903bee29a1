"""Orders of ours that rest for longer than a row of `aged_order` allows: taken out, and told."""

from __future__ import annotations

from decimal import Decimal

from robot.core.ordering import cancel_order
from robot.core.our_orders import Order
from robot.core.quoting import ORDER_AGED
from robot.core.state import Context, RobotState
from robot.deals.limit_rows import LimitKind
from robot.limits.judging import refused_by
from robot.limits.limit import Reason
from robot.limits.tree import Applied
from robot.messages.effects import AlertRaised

_SECOND_NS = 1_000_000_000


def watch_age(state: RobotState, order: Order) -> None:
    """Have it looked at when it is older than it may be. A quote that we have taken is dealt at
    once or not at all.
    """
    rows = _rows(state, order)
    if rows and order.taken is None:
        due_ns = order.sent_ns + int(min(row.maximum for row in rows) * _SECOND_NS) + 1
        state.schedule(max(due_ns, state.now_ns + 1), ORDER_AGED, order.order_id)


def watch_ages(state: RobotState) -> None:
    """The same of all: the rows may be others than when they were sent."""
    for order in state.orders.values():
        watch_age(state, order)


def on_order_aged(context: Context, order_id: str) -> None:
    """It may be too old by now, by the rows in force."""
    state = context.state
    order = state.orders.get(order_id)
    if order is None or order.unwanted:
        return
    age_s = Decimal(state.now_ns - order.sent_ns) / _SECOND_NS
    over = [row for row in _rows(state, order) if age_s > row.maximum]
    if not over:
        watch_age(state, order)
        return
    row = over[0]
    text = f"{row.name}: {order.order_id} at {order.venue} is older than {row.maximum} s"
    context.emit(AlertRaised(code="AGED_ORDER", text=f"{text}: taken out"))
    stopping = (refused_by(one, Reason.AGED_ORDER, text) for one in over)
    context.stopping += tuple(one for one in stopping if one.stops)
    cancel_order(context, order)


def _rows(state: RobotState, order: Order) -> tuple[Applied, ...]:
    tree = state.gate.book.tree
    if LimitKind.AGED_ORDER not in tree.kinds:
        return ()
    subject = state.gate.reservations[order.order_id].subject
    return tree.applied(subject).get(LimitKind.AGED_ORDER, ())
