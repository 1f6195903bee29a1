"""Handlers of orders of ours: sent, reported on, canceled, asked for. As taker the venue's report
makes the deal.

An order holds its worst case from before it is sent until the venue has said that it ended. One of
unknown fate is asked for, never sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of
from robot.basics.ids import DealId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.basics.numbers import ZERO
from robot.core.booking import book
from robot.core.halting import find_break
from robot.core.order_states import CHANGING, UNKNOWN, OrderStep
from robot.core.ordering import ask, cancel_order, end_order, listen
from robot.core.quoting import MILLISECOND_NS, dealing_refusal, line_rate_of
from robot.core.state import Context, Order, RobotState
from robot.deals.agreed import Agreed, Price, agree
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.deals.product import FxSpot, ProductKind
from robot.deals.resolve import Unresolved, resolve_request
from robot.deals.resolved import ResolvedFxSpot
from robot.limits.exposure import Case, Quoted, exposure_of, order_use
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised, Decided, SendOrder
from robot.messages.events import CancelRefused, OrderReport, OrderReported, OrdersCancelled
from robot.messages.orders import OrderKind, TimeInForce


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An order somebody in the core wants to send. `amount` in base currency."""

    venue: VenueId
    pair: CurrencyPair
    side: Side
    amount: Decimal
    limit_price: Decimal
    """The worst price at which it may deal."""
    shown: Decimal
    """The price the venue shows, which slippage is measured from."""
    time_in_force: TimeInForce = TimeInForce.IOC
    purpose: str
    because: tuple[str, ...] = ()


def send_order(context: Context, wanted: Wanted) -> Refusal | None:
    """Reserve, then send; what cannot be held or dealt is a refusal and recorded as one."""
    judged = _judge(context, wanted)
    if isinstance(judged, Refusal):
        _decide(context, wanted, "", judged)
        return judged
    state = context.state
    state.orders[judged.order_id] = judged
    state.order_names[judged.order_id] = judged.order_id
    context.emit(
        SendOrder(
            venue=judged.venue,
            order_id=judged.order_id,
            pair=judged.pair,
            side=judged.side,
            amount=judged.amount,
            kind=judged.kind,
            price=judged.worst_price,
            time_in_force=judged.time_in_force,
            value_date=judged.terms.leg.value_date,
        )
    )
    _decide(context, wanted, judged.order_id, None)
    listen(state, judged)
    return None


def on_order_reported(context: Context, event: OrderReported) -> None:
    """Take the venue's word: book what was dealt, end what has ended."""
    order = _meant(context.state, event.venue, event.order_id, event.original_id)
    if order is None:
        _tell_unknown(context, event)
        return
    if event.report is not OrderReport.STATUS and event.exec_id in order.executions:
        return  # said before, so after a gap or twice by mistake
    if event.report is not OrderReport.STATUS:  # an answer often has no id of its own
        order.executions[event.exec_id] = True
    order.heard_ns, order.asked = context.state.now_ns, 0
    order.venue_order_id = event.venue_order_id or order.venue_order_id
    REPORTS[event.report](context, order, event)


def on_cancel_refused(context: Context, event: CancelRefused) -> None:
    """It stands, or it has ended and the report of that is on its way."""
    order = _meant(context.state, event.venue, event.order_id, event.original_id)
    if order is None:
        return
    order.heard_ns = context.state.now_ns
    if event.ended:
        ask(context, order)
    elif order.stage is CHANGING:
        order.advance(OrderStep.REFUSE)
        text = f"{event.venue} does not cancel {order.order_id}: {event.reason} {event.text}"
        context.emit(AlertRaised(code="CANCEL_REFUSED", text=text))


def on_orders_cancelled(context: Context, event: OrdersCancelled) -> None:
    """Only an answer to our question: each order still gets its own report."""
    if not event.accepted:
        text = f"{event.venue} does not cancel all orders: {event.text}"
        context.emit(AlertRaised(code="CANCEL_REFUSED", text=text))


def on_order_silence(context: Context, order_id: str) -> None:
    """The venue has said nothing for too long, or the order is too old."""
    state = context.state
    order = state.orders.get(order_id)
    if order is None:
        return
    policy = state.configured().orders
    silent_ns = state.now_ns - max(order.heard_ns, order.sent_ns)
    if order.stage in (CHANGING, UNKNOWN) or not order.executions:
        if silent_ns >= policy.answer_patience_ms * MILLISECOND_NS:
            order.advance(OrderStep.LOSE)
            ask(context, order)
    elif state.now_ns - order.sent_ns >= policy.age_max_ms * MILLISECOND_NS:
        cancel_order(context, order)
    listen(state, order)


def _judge(context: Context, wanted: Wanted) -> Order | Refusal:
    """The order with its worst case held, or the first reason against it."""
    state = context.state
    refusal = dealing_refusal(state, wanted.venue, ProductKind.SPOT)
    if refusal is not None:
        return refusal
    reference = state.configured()
    venue = next(row for row in reference.venues if row.id == wanted.venue)
    if venue.counterparty is None:
        detail = f"{wanted.venue} has no counterparty for orders of ours (desk.yaml)"
        return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    terms = _terms(context, wanted)
    if isinstance(terms, Refusal):
        return terms
    market = context.priced(terms)
    if isinstance(market, NoMarket):
        return Refusal(reason=Reason(market.reason), detail=market.detail)
    refusal = state.gate.take_message(wanted.venue, state.now_ns)
    if refusal is not None:
        return refusal
    order = Order(
        order_id=state.next_id("C"),
        current_id="",
        venue=wanted.venue,
        counterparty=venue.counterparty,
        pair=wanted.pair,
        side=wanted.side,
        amount=wanted.amount,
        worst_price=wanted.limit_price,
        kind=OrderKind.LIMIT,
        time_in_force=wanted.time_in_force,
        terms=terms,
        purpose=wanted.purpose,
        sent_ns=state.now_ns,
        heard_ns=state.now_ns,
    )
    order.current_id = order.order_id
    return _hold(context, order, market) or order


def _terms(context: Context, wanted: Wanted) -> ResolvedFxSpot | Refusal:
    state = context.state
    product = FxSpot(
        pair=wanted.pair,
        side=wanted.side,
        currency=base_of(wanted.pair),
        amount=wanted.amount,
    )
    terms = resolve_request(product, state.today(), state.configured().conventions, context.dates)
    if isinstance(terms, Unresolved):
        return Refusal(reason=Reason.UNKNOWN_VALUE_DATE, detail=terms.detail)
    assert isinstance(terms, ResolvedFxSpot), "spot was asked for"
    return terms


def _hold(context: Context, order: Order, market: Priced) -> Refusal | None:
    """Reserve the whole of it; whatever cannot be worked out is a refusal."""
    state = context.state
    try:
        rate = line_rate_of(state, order.pair, market)
        quoted = _worst(state, order, order.amount, market)
        moved = state.gate.reserve(order.order_id, quoted, rate, (order_use(),))
    except (ArithmeticError, KeyError, TypeError, ValueError) as problem:
        text = f"limit check failed on order {order.order_id}: {problem}"
        context.emit(AlertRaised(code="CHECK_FAILED", text=text))
        return Refusal(reason=Reason.CHECK_FAILED, detail=text)
    if isinstance(moved, Refusal):
        return moved
    context.emit(moved)
    return None


def _worst(
    state: RobotState, order: Order, amount: Decimal, market: Priced | None = None
) -> Quoted:
    """What an order can still do at its worst: a tick over its limit, so that the roundings of its
    parts stay within.
    """
    reference = state.configured()
    tick = reference.conventions[order.pair].tick
    price = order.worst_price + order.side.sign * tick
    leg = msgspec.structs.replace(order.terms.leg, amount=amount)
    terms = msgspec.structs.replace(order.terms, leg=leg)
    agreed = agree(terms, Price(price))
    exposure = exposure_of(terms, agreed, reference.limits)
    assert exposure is not None, "spot has an add-on"
    tier = reference.counterparties[order.counterparty].tier
    mid = market.mid if market is not None else price
    return Quoted(
        counterparty=order.counterparty,
        tier=tier,
        kind=ProductKind.SPOT,
        pair=order.pair,
        cases=(Case(side=order.side, price=price, agreed=agreed, exposure=exposure),),
        mid=mid,
        spot=mid,
    )


def _meant(state: RobotState, venue: VenueId, *names: str) -> Order | None:
    """The order a report is about, by any of its ids."""
    for name in names:
        order = state.orders.get(state.order_names.get(name, ""))
        if order is not None and order.venue == venue:
            return order
    return None


def _tell_unknown(context: Context, event: OrderReported) -> None:
    """A report on an order we do not have open: a trade in it is a break, the rest is told."""
    state = context.state
    key = ExecId(f"{event.venue} {event.exec_id}")
    if event.report is OrderReport.TRADE and key not in state.deals:
        dealt = f"{event.side} {event.last_amount} {event.pair} at {event.last_price}"
        problem = f"a trade on an order we do not have open ({event.order_id}): {dealt}"
        find_break(context, event.venue, "ORPHAN", event.exec_id, problem)


def _on_standing(context: Context, order: Order, event: OrderReported) -> None:
    order.advance(OrderStep.STAND)
    if event.report is OrderReport.REPLACED:
        order.current_id, order.change_id = event.order_id, ""


def _on_pending(context: Context, order: Order, event: OrderReported) -> None:
    """Nothing has changed."""


def _on_trade(context: Context, order: Order, event: OrderReported) -> None:
    """A part of it, or all, was dealt: the venue's report makes the deal."""
    assert event.last_amount is not None and event.last_price is not None, "the decoder has looked"
    state = context.state
    problem = _not_ours(order, event)
    if problem:
        find_break(context, event.venue, "ECONOMIC_DIFF", event.exec_id, problem)
        return
    leg = msgspec.structs.replace(order.terms.leg, amount=event.last_amount)
    terms = msgspec.structs.replace(order.terms, leg=leg)
    deal = _deal(context, order, event, agree(terms, Price(event.last_price)))
    order.filled += event.last_amount
    rest = _worst(state, order, order.remaining) if order.remaining else None
    state.deals[ExecId(f"{event.venue} {event.exec_id}")] = deal
    context.emit(state.gate.commit(order.order_id, deal, rest))
    book(context, deal, deal.mid)
    if rest is None:
        end_order(context, order, "FILLED", holds=False)
    elif event.ended:
        end_order(context, order, "CANCELED")
    else:
        order.advance(OrderStep.STAND)


def _not_ours(order: Order, event: OrderReported) -> str:
    """What in a trade is not what was ordered; empty = nothing."""
    assert event.last_amount is not None and event.last_price is not None, "looked at before"
    worse = order.side.sign * (event.last_price - order.worst_price)
    if event.side is not order.side or event.pair.replace("/", "") != order.pair.replace("/", ""):
        return f"{event.side} {event.pair} on an order to {order.side} {order.pair}"
    if event.last_amount > order.remaining:
        return f"{event.last_amount} dealt, {order.remaining} of {order.order_id} was left"
    if worse > ZERO:
        return f"dealt at {event.last_price}, worse than the limit {order.worst_price}"
    wanted = order.terms.leg.value_date
    if event.value_date not in (None, wanted):
        return f"value {event.value_date}, ordered for {wanted}"
    return ""


def _deal(context: Context, order: Order, event: OrderReported, agreed: Agreed) -> Deal:
    state = context.state
    reference = state.configured()
    market = context.priced(order.terms)
    mid = market.mid if isinstance(market, Priced) else agreed.rate
    gain = order.side.sign * (mid - agreed.rate) * agreed.base_amount
    return Deal(
        deal_id=DealId(state.next_id("D")),
        version=1,
        exec_id=event.exec_id,
        order_id=order.order_id,
        quote_id=QuoteId(""),
        rfq_id=RfqId(""),
        hit_id=HitId(order.order_id),
        response_id=None,
        venue=order.venue,
        counterparty=order.counterparty,
        book=reference.book,
        product=ProductKind.SPOT,
        pair=order.pair,
        side=order.side,
        base_amount=agreed.base_amount,
        rate=agreed.rate,
        counter_amount=agreed.counter_amount,
        trade_date=state.today(),
        value_date=agreed.value_date,
        provisional=order.terms.provisional,
        strategy=order.purpose,
        mid=mid,
        edge=gain.quantize(Decimal("0.01")),
        at_ns=state.now_ns,
        as_taker=True,
    )


def _on_ended(context: Context, order: Order, event: OrderReported) -> None:
    """Canceled, rejected or expired: what it still held is free."""
    end_order(context, order, str(event.report))
    if event.report is OrderReport.REJECTED:
        text = f"{event.venue} rejects {order.order_id}: {event.reason} {event.text}"
        context.emit(AlertRaised(code="ORDER_REJECTED", text=text))


def _on_status(context: Context, order: Order, event: OrderReported) -> None:
    """The answer to our question. A fill that we have not seen is not invented: it has to come."""
    if event.filled > order.filled:
        text = f"{event.filled} of {order.order_id} is dealt, we know of {order.filled}"
        find_break(context, event.venue, "FILL_MISSING", ExecId(order.order_id), text)
        return
    if event.ended:
        end_order(context, order, "UNKNOWN_THERE" if not event.venue_order_id else "CANCELED")
    else:
        order.advance(OrderStep.STAND)


def _on_changed_trade(context: Context, order: Order, event: OrderReported) -> None:
    """A trade was corrected or is void: a person has to look, nothing is booked by itself."""
    problem = f"{event.report} of {event.reference_exec_id}: {event.text}"
    find_break(context, event.venue, str(event.report), event.exec_id, problem)


def _decide(context: Context, wanted: Wanted, order_id: str, refusal: Refusal | None) -> None:
    context.emit(
        Decided(
            subject=order_id or f"{wanted.purpose} {wanted.pair}",
            kind="ORDER",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else f"limit {wanted.limit_price}",
            venue=wanted.venue,
            counterparty="",
            pair=wanted.pair,
            amount=wanted.amount,
            side=wanted.side,
            strategy=wanted.purpose,
            facts={
                "shown": str(wanted.shown),
                "limit": str(wanted.limit_price),
                "time_in_force": wanted.time_in_force,
            },
            because=wanted.because,
        )
    )


REPORTS: dict[OrderReport, Callable[[Context, Order, OrderReported], None]] = {
    OrderReport.PENDING: _on_pending,
    OrderReport.NEW: _on_standing,
    OrderReport.REPLACED: _on_standing,
    OrderReport.TRADE: _on_trade,
    OrderReport.CANCELED: _on_ended,
    OrderReport.REJECTED: _on_ended,
    OrderReport.EXPIRED: _on_ended,
    OrderReport.STATUS: _on_status,
    OrderReport.CORRECTED: _on_changed_trade,
    OrderReport.BUSTED: _on_changed_trade,
}
