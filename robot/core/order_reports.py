"""Handlers of what a venue says of orders of ours, and of its silence.

Its word alone ends an order. One of unknown fate is asked for, never sent again.
"""

from __future__ import annotations

from collections.abc import Callable

from robot.basics.ids import ExecId, VenueId
from robot.basics.numbers import ZERO
from robot.core.amending import pull_what_is_over
from robot.core.asking_ends import note_word
from robot.core.halting import find_break
from robot.core.order_states import CHANGING, SENT, UNKNOWN, WORKING, OrderStep
from robot.core.ordering import (
    answer_mass_cancel,
    ask,
    cancel_order,
    end_order,
    listen,
    note_hedge,
    stand,
)
from robot.core.orders import end_when_told, note_missing, on_trade, rest_of
from robot.core.our_orders import Order
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import Context, RobotState
from robot.core.trade_changes import change_trade
from robot.deals.reference import OrderPolicy
from robot.messages.effects import AlertRaised, OrderChanged
from robot.messages.orders import (
    CancelRefused,
    OrderReport,
    OrderReported,
    OrdersCancelled,
    TimeInForce,
)

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def on_order_reported(context: Context, event: OrderReported) -> None:
    """Take the venue's word: book what was dealt, end what has ended."""
    order = _meant(context.state, event.venue, event.order_id, event.original_id)
    if order is None:
        _on_report_of_past(context, event)
        return
    if event.report is not OrderReport.STATUS and event.exec_id in order.executions:
        return  # said before, so after a gap or twice by mistake
    if event.report is not OrderReport.STATUS:  # an answer often has no id of its own
        order.executions[event.exec_id] = True
    order.heard_ns, order.asked = context.state.now_ns, 0
    order.venue_order_id = event.venue_order_id or order.venue_order_id
    if _tells_of_replacement(order, event):
        accept_replacement(context, order)
    REPORTS[event.report](context, order, event)


def on_cancel_refused(context: Context, event: CancelRefused) -> None:
    """It stands, or it has ended and the report of that is on its way."""
    order = _meant(context.state, event.venue, event.order_id, event.original_id)
    if order is None or event.order_id != order.change_id:
        return
    order.heard_ns = context.state.now_ns
    what = "cancel"
    if event.replacing and order.replacement is not None:
        what = "replace"
        drop_replacement(context, order)
    if event.ended:
        ask(context, order)
        return
    order.asked += 1  # asked again at once it would say the same
    text = f"{event.venue} does not {what} {order.order_id}: {event.reason} {event.text}"
    context.emit(AlertRaised(code=f"{what.upper()}_REFUSED", text=text))
    if order.stage is CHANGING:
        order.advance(OrderStep.REFUSE)
        if what == "replace" and order.unwanted:
            cancel_order(context, order)


def on_orders_cancelled(context: Context, event: OrdersCancelled) -> None:
    """Only an answer to our question: each order still gets its own report."""
    problem = "" if event.accepted else event.text or "refused"
    answer_mass_cancel(context, event.venue, event.request_id, problem)


def on_order_silence(context: Context, order_id: str) -> None:
    """The venue has said nothing for too long, or the order is too old."""
    state = context.state
    order = state.orders.get(order_id)
    if order is None or state.now_ns < order.look_ns:
        return  # a later look is planned
    policy = state.configured().orders
    patience_ns = policy.answer_patience_ms * MILLISECOND_NS
    silent = state.now_ns - max(order.heard_ns, order.sent_ns) >= patience_ns
    if order.missing_ns and state.now_ns - order.missing_ns >= patience_ns:
        text = f"more of {order_id} is dealt than the {order.filled} that was reported"
        find_break(context, order.venue, "FILL_MISSING", ExecId(order_id), text)
    too_old = _stands(order) and _is_too_old(order, state.now_ns, policy)
    if too_old or (order.stage is WORKING and order.unwanted):
        cancel_order(context, order)
    elif silent and _owes_answer(order):
        order.advance(OrderStep.LOSE)
        ask(context, order)
    listen(state, order)


def _stands(order: Order) -> bool:
    """Whether the venue has it and nothing of ours about it is on its way."""
    there = order.stage in (SENT, WORKING) and bool(order.executions)
    return there and order.replacement is None


def _owes_answer(order: Order) -> bool:
    """Whether the venue's word is due: on anything new, and on what can only deal at once."""
    if order.stage in (CHANGING, UNKNOWN) or order.replacement is not None:
        return True
    return not order.executions or order.time_in_force in _AT_ONCE


def _is_too_old(order: Order, now_ns: int, policy: OrderPolicy) -> bool:
    """A person's order works for as long as was agreed with the venue."""
    if order.time_in_force is TimeInForce.GTD:
        return now_ns >= order.expires_ns + policy.answer_patience_ms * MILLISECOND_NS
    if order.time_in_force is TimeInForce.DAY:
        return False
    return now_ns - order.sent_ns >= policy.age_max_ms * MILLISECOND_NS


def _meant(state: RobotState, venue: VenueId, *names: str) -> Order | None:
    """The order a report is about, by any of its ids."""
    for name in names:
        order = state.orders.get(state.order_names.get(name, ""))
        if order is not None and order.venue == venue:
            return order
    return None


def _on_report_of_past(context: Context, event: OrderReported) -> None:
    """A report on an order we do not have open: a trade in it is a break, the rest is told."""
    state = context.state
    key = ExecId(f"{event.venue} {event.exec_id}")
    if event.report is OrderReport.TRADE and key not in state.deals:
        dealt = f"{event.side} {event.last_amount} {event.pair} at {event.last_price}"
        problem = f"a trade on an order we do not have open ({event.order_id}): {dealt}"
        find_break(context, event.venue, "ORPHAN", event.exec_id, problem)
    if event.report in (OrderReport.BUSTED, OrderReport.CORRECTED):
        changed = change_trade(context, event, None)
        if changed and not event.ended:
            problem = f"{event.order_id} had ended, and works again: {event.remaining} remaining"
            find_break(context, event.venue, "ORDER_REVIVED", event.exec_id, problem)


def _tells_of_replacement(order: Order, event: OrderReported) -> bool:
    """Whether a report under the new id shows that the replacement is in force, though the venue's
    word on it has not come.
    """
    spoken = event.report in (OrderReport.TRADE, OrderReport.STATUS, OrderReport.NEW)
    return spoken and order.replacement is not None and event.order_id == order.change_id


def accept_replacement(context: Context, order: Order) -> None:
    """It is what we wanted it to become, under its new id; what it held beyond that is free."""
    wanted = order.replacement
    assert wanted is not None, f"{order.order_id} was not to become anything"
    order.amount, order.worst_price = wanted.amount, wanted.price
    order.current_id, order.change_id, order.replacement = order.change_id, "", None
    _hold_rest(context, order)
    context.emit(
        OrderChanged(
            order_id=order.order_id,
            current_id=order.current_id,
            amount=order.amount,
            price=order.worst_price,
        )
    )
    stand(context, order, OrderStep.REPLACE)


def drop_replacement(context: Context, order: Order) -> None:
    """It stays what it is; what was held for what it should have become is free."""
    order.replacement, order.change_id = None, ""
    _hold_rest(context, order)


def _hold_rest(context: Context, order: Order) -> None:
    rest = rest_of(context.state, order)
    if rest is not None:  # all of it is dealt: the venue's word that it ended is due
        context.emit(context.state.gate.hold(order.order_id, rest))


def _on_standing(context: Context, order: Order, event: OrderReported) -> None:
    order.cut_off = False
    stand(context, order)


def _on_replaced(context: Context, order: Order, event: OrderReported) -> None:
    wanted = order.replacement
    if wanted is None or event.order_id != order.change_id:
        if event.order_id != order.current_id:
            problem = f"{order.order_id} was replaced by {event.order_id}, which we did not ask for"
            find_break(context, event.venue, "ECONOMIC_DIFF", event.exec_id, problem)
        return
    told = (event.amount or wanted.amount, event.price or wanted.price)
    if told != (wanted.amount, wanted.price):
        problem = f"{order.order_id} became {told}, wanted {wanted.amount} at {wanted.price}"
        find_break(context, event.venue, "ECONOMIC_DIFF", event.exec_id, problem)
    accept_replacement(context, order)
    if event.ended:
        end_when_told(context, order, event, "FILLED" if order.remaining <= ZERO else "CANCELED")


def _on_pending(context: Context, order: Order, event: OrderReported) -> None:
    """Nothing has changed."""


def _on_ended(context: Context, order: Order, event: OrderReported) -> None:
    """Canceled, rejected or expired: what it still held is free."""
    changing = order.replacement is not None and event.order_id == order.change_id
    if changing and event.report is OrderReport.REJECTED:
        # Was the change rejected, or the order? An answer to a question tells.
        order.advance(OrderStep.LOSE)
        ask(context, order)
        return
    note_word(context.state, order.order_id, f"{event.reason} {event.text}".strip())
    end_when_told(context, order, event, str(event.report))
    if event.report is OrderReport.REJECTED:
        text = f"{event.venue} rejects {order.order_id}: {event.reason} {event.text}"
        context.emit(AlertRaised(code="ORDER_REJECTED", text=text))
        pause = note_hedge(context.state, order, dealt=False)
        if pause:
            context.emit(AlertRaised(code="HEDGING_PAUSED", text=pause))


def _on_status(context: Context, order: Order, event: OrderReported) -> None:
    """The answer to our question: where it stands, or that it has ended."""
    if event.ended:
        ending = "UNKNOWN_THERE" if not event.venue_order_id else "CANCELED"
        end_when_told(context, order, event, "FILLED" if order.remaining <= ZERO else ending)
        return
    if note_missing(context, order, event):
        return
    wanted = order.replacement
    if wanted is not None and wanted.lost and event.order_id != order.change_id:
        drop_replacement(context, order)  # it was lost with the session
        if order.stage is CHANGING:
            order.advance(OrderStep.REFUSE)
    if order.cut_off and _is_canceled_by_itself(context.state, order.venue):
        order.unwanted = True
        text = f"{order.order_id} works though {order.venue} cancels when we are gone: taken out"
        context.emit(AlertRaised(code="ORDER_SURVIVED", text=text))
    order.cut_off = False
    stand(context, order)


def _is_canceled_by_itself(state: RobotState, venue: VenueId) -> bool:
    return any(row.id == venue and row.cancel_on_disconnect for row in state.configured().venues)


def _on_changed_trade(context: Context, order: Order, event: OrderReported) -> None:
    """A trade of it was corrected or is void: it can deal as much more, or less."""
    if not change_trade(context, event, order):
        return
    if event.ended:
        end_order(context, order, "FILLED" if order.remaining <= ZERO else "CANCELED")
        return
    _hold_rest(context, order)
    pull_what_is_over(context)


REPORTS: dict[OrderReport, Callable[[Context, Order, OrderReported], None]] = {
    OrderReport.PENDING: _on_pending,
    OrderReport.NEW: _on_standing,
    OrderReport.REPLACED: _on_replaced,
    OrderReport.TRADE: on_trade,
    OrderReport.CANCELED: _on_ended,
    OrderReport.REJECTED: _on_ended,
    OrderReport.EXPIRED: _on_ended,
    OrderReport.STATUS: _on_status,
    OrderReport.CORRECTED: _on_changed_trade,
    OrderReport.BUSTED: _on_changed_trade,
}
