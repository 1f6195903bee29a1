"""Planted bugs in what the robot does with orders of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from connectors.fix import session as fix_session
from robot.core import (
    asking,
    asking_quotes,
    asking_take,
    asking_wishes,
    controls,
    engine,
    hedging,
    order_reports,
    ordering,
    orders,
    wanting,
)
from robot.core.ask_states import AskStage
from robot.core.asked import Ask, Outcome
from robot.messages.asks import QuoteRevoked
from robot.messages.effects import SendOrder
from robot.messages.events import RobotStarted
from robot.messages.orders import CancelRefused, OrderReport, OrderReported, OrdersCancelled

Planter = Callable[[ExitStack], None]


def _patch(stack: ExitStack, target: object, name: str, value: object) -> None:
    stack.enter_context(patch.object(target, name, value))


def _handle(stack: ExitStack, kind: type, handler: Callable[[Any, Any], None]) -> None:
    _patch(stack, engine, "HANDLERS", {**engine.HANDLERS, kind: handler})


def _report(stack: ExitStack, report: OrderReport, handler: Callable[..., None]) -> None:
    _patch(stack, order_reports, "REPORTS", {**order_reports.REPORTS, report: handler})


def _forget(context: Any, venue: Any) -> None:
    state = context.state
    for order in tuple(state.orders.values()):
        if order.venue == venue:
            state.gate.release(order.order_id)
            del state.orders[order.order_id]
    state.flattening.clear()


def _forgotten_at_a_restart(stack: ExitStack) -> None:
    honest = controls.on_started

    def started(context: Any, event: Any) -> None:
        for row in event.reference.venues:
            _forget(context, row.id)
        honest(context, event)

    _handle(stack, RobotStarted, started)


def _forgotten_at_a_log_out(stack: ExitStack) -> None:
    _patch(stack, controls, "lose_orders", _forget)


def _released_twice(stack: ExitStack) -> None:
    honest = ordering.end_order

    def end(context: Any, order: Any, ending: str, *, holds: bool = True) -> None:
        gate = context.state.gate
        uses = gate.reservations[order.order_id].uses if holds else ()
        honest(context, order, ending, holds=holds)
        for use in uses:
            account = gate.accounts[use.limit_id]
            account.reserved_up = max(Decimal(0), account.reserved_up - use.up)

    for module in (ordering, orders, order_reports):
        _patch(stack, module, "end_order", end)


def _outstanding_ignored(stack: ExitStack) -> None:
    """A hedge is sent for the whole position, whatever is on its way already."""
    _patch(stack, hedging, "_held", lambda state, currency, position: Decimal(0))
    _patch(stack, hedging, "doubt", lambda state, venue: None)
    _patch(stack, orders, "doubt", lambda state, venue: None)

    def waits(state: Any, policy: Any) -> bool:
        since_ns = state.now_ns - state.hedged_ns.get(policy.pair, 0)
        return bool(since_ns < policy.interval_ms * hedging.MILLISECOND_NS)

    _patch(stack, hedging, "_waits", waits)


def _others_outstanding_ignored(stack: ExitStack) -> None:
    """One hedge at a time, and the orders of persons do not count."""
    _patch(stack, hedging, "_held", lambda state, currency, position: Decimal(0))


def _asks(stack: ExitStack, ask: Callable[[Any, Any], None]) -> None:
    for module in (ordering, order_reports):
        _patch(stack, module, "ask", ask)


def _never_asked(stack: ExitStack) -> None:
    _asks(stack, lambda context, order: None)


def _retried_under_a_new_id(stack: ExitStack) -> None:
    _patch(stack, orders, "doubt", lambda state, venue: None)

    def ask(context: Any, order: Any) -> None:
        limited = order.kind is not orders.OrderKind.MARKET
        wanted = orders.Wanted(
            venue=order.venue,
            pair=order.pair,
            side=order.side,
            amount=order.remaining,
            currency=order.terms.leg.currency,
            kind=order.kind,
            limit_price=order.worst_price if limited else None,
            shown=None,
            time_in_force=order.time_in_force,
            expires_ns=order.expires_ns,
            purpose=order.purpose,
            because=("once more: nothing was heard",),
        )
        if order.asked < 2:
            order.asked += 1
            orders.send_order(context, wanted)

    # Not over the table that is being walked through.
    _patch(stack, ordering, "ask_orders", lambda context, venue: None)
    _patch(stack, order_reports, "ask", ask)


def _sent_again_under_its_id(stack: ExitStack) -> None:
    def ask(context: Any, order: Any) -> None:
        limited = order.kind is not orders.OrderKind.MARKET
        context.emit(
            SendOrder(
                venue=order.venue,
                order_id=order.order_id,
                pair=order.pair,
                side=order.side,
                amount=order.remaining,
                currency=order.terms.leg.currency,
                kind=order.kind,
                price=order.worst_price if limited else None,
                time_in_force=order.time_in_force,
                expires_ns=order.expires_ns,
                value_date=order.terms.leg.value_date,
            )
        )

    _asks(stack, ask)


def _stale_orders_resent(stack: ExitStack) -> None:
    _patch(stack, fix_session, "_RESENT", frozenset({"8", "AG", "D"}))


def _ended_by_the_acknowledgement(stack: ExitStack) -> None:
    """That the venue looks at a cancel is taken for its end."""

    def pending(context: Any, order: Any, event: OrderReported) -> None:
        if event.original_id:
            ordering.end_order(context, order, "CANCELED")

    def cancelled(context: Any, event: OrdersCancelled) -> None:
        for order in tuple(context.state.orders.values()):
            if event.accepted and order.venue == event.venue:
                ordering.end_order(context, order, "CANCELED")

    _report(stack, OrderReport.PENDING, pending)
    _handle(stack, OrdersCancelled, cancelled)


def _ended_by_its_cancel(stack: ExitStack) -> None:
    """A cancel that was sent is taken for done: nothing is held any more."""
    honest = ordering.cancel_order

    def cancel(context: Any, order: Any) -> None:
        honest(context, order)
        if order.stage is not order_reports.UNKNOWN:
            ordering.end_order(context, order, "CANCELED")

    for module in (order_reports, wanting):
        _patch(stack, module, "cancel_order", cancel)


def _refused_cancel_ends(stack: ExitStack) -> None:
    def refused(context: Any, event: CancelRefused) -> None:
        order = order_reports._meant(context.state, event.venue, event.order_id, event.original_id)
        if order is not None:
            ordering.end_order(context, order, "CANCELED")

    _handle(stack, CancelRefused, refused)


def _duplicates_booked(stack: ExitStack) -> None:
    def reported(context: Any, event: OrderReported) -> None:
        state = context.state
        order = order_reports._meant(state, event.venue, event.order_id, event.original_id)
        if order is not None:
            order.executions.clear()
        order_reports.on_order_reported(context, event)

    _handle(stack, OrderReported, reported)


def _busts_ignored(stack: ExitStack) -> None:
    _patch(stack, order_reports, "change_trade", lambda context, event, order: False)


def _replacement_not_held(stack: ExitStack) -> None:
    _patch(stack, wanting, "_enlarge", lambda context, order, wanted: None)


def _requests_carried_out_again(stack: ExitStack) -> None:
    _patch(stack, wanting, "_is_repeated", lambda context, request, actor: False)


def _two_quotes_taken(stack: ExitStack) -> None:
    honest = asking_take.take

    def take(context: Any, ask: Any, maker: Any, quote: Any, *because: str) -> Any:
        known = asking_quotes.ranked(ask, context.state.now_ns)
        others = [(one, other) for one, other, _ in known if one is not maker]
        refusal = honest(context, ask, maker, quote, *because)
        if refusal is None and others:
            other, second = others[0]
            second.outcome, ask.stage = Outcome.LIVE, AskStage.COLLECTING
            if honest(context, ask, other, second, *because) is not None:
                ask.stage = AskStage.TAKING
        return refusal

    for module in (asking, asking_wishes):
        _patch(stack, module, "take", take)


def _replaced_quotes_stand(stack: ExitStack) -> None:
    _patch(stack, asking, "STOOD", ())


def _withdrawn_quotes_stand(stack: ExitStack) -> None:
    _handle(stack, QuoteRevoked, lambda context, event: None)


def _limit_of_an_ask_ignored(stack: ExitStack) -> None:
    _patch(stack, Ask, "is_worse", lambda self, price, limit: False)


ORDER_MUTANTS: dict[str, Planter] = {
    "open orders forgotten at a restart": _forgotten_at_a_restart,
    "open orders forgotten at a log-out": _forgotten_at_a_log_out,
    "an order's reservation released twice": _released_twice,
    "hedges without regard to what is outstanding": _outstanding_ignored,
    "hedges without regard to other orders": _others_outstanding_ignored,
    "an order of unknown fate is not asked for": _never_asked,
    "retried under a new id after silence": _retried_under_a_new_id,
    "sent again under its id after silence": _sent_again_under_its_id,
    "stale orders resent": _stale_orders_resent,
    "an order ends when its cancel is looked at": _ended_by_the_acknowledgement,
    "an order ends when its cancel is sent": _ended_by_its_cancel,
    "an order ends when its cancel is refused": _refused_cancel_ends,
    "a duplicate execution id is booked": _duplicates_booked,
    "busts and corrections ignored": _busts_ignored,
    "a replacement is not held": _replacement_not_held,
    "a person's request is carried out again": _requests_carried_out_again,
    "two quotes of an ask are taken": _two_quotes_taken,
    "replaced quotes of makers stand": _replaced_quotes_stand,
    "withdrawn quotes of makers stand": _withdrawn_quotes_stand,
    "the limit of an ask is ignored": _limit_of_an_ask_ignored,
}
"""The one of the disk is with its kind in `mutants.py`."""
