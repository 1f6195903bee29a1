"""Handlers of what a person wants of orders: place one, change it, take it out.

They pass the same gate as all that commits the bank. What came of each is kept under the person's
own name for it, so that whoever asked can be told, and the same request is not carried out twice.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, check_amount, counter_of, parse_pair
from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO
from robot.core.messaging import take_message
from robot.core.order_states import WORKING, OrderStep
from robot.core.ordering import cancel_order, cancel_orders, listen, subject_of_order
from robot.core.orders import Wanted, rest_of, send_order
from robot.core.our_orders import Answered, Order, Replacement
from robot.core.quoting import (
    dealing_refusal,
    failed_check,
    line_rate_of,
    stop_refusal,
    take_answer,
)
from robot.core.said import dealt_currency, value_dates
from robot.core.state import Context, RobotState
from robot.deals.party import BUY
from robot.errors import InvalidTerms, UnknownReference
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised, Decided, ReplaceOrder
from robot.messages.orders import (
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderWanted,
    TimeInForce,
)

_RESTING = (TimeInForce.DAY, TimeInForce.GTD)


def on_order_wanted(context: Context, event: OrderWanted) -> None:
    """Place an order for a person, or say why not."""
    if _is_repeated(context, event.request, event.actor):
        return
    wanted = _wanted(context.state, event)
    if isinstance(wanted, Refusal):
        _refuse(context, event, wanted)
        return
    sent = send_order(context, wanted)
    refusal = sent if isinstance(sent, Refusal) else None
    _answer(context, event.request, "" if isinstance(sent, Refusal) else sent.order_id, refusal)


def on_order_change_wanted(context: Context, event: OrderChangeWanted) -> None:
    """Replace a working order for a person, or say why not."""
    if _is_repeated(context, event.request, event.actor):
        return
    state = context.state
    order = state.orders.get(state.order_names.get(event.order_id, ""))
    if order is None:
        refusal: Refusal | None = _no_order(event.order_id)
    else:
        refusal = _change(context, order, event)
        _record(context, order, event, refusal)
    _answer(context, event.request, order.order_id if order is not None else "", refusal)


def on_order_cancel_wanted(context: Context, event: OrderCancelWanted) -> None:
    """Take out one order, those of a venue, or all; cancels always pass."""
    if _is_repeated(context, event.request, event.actor):
        return
    state = context.state
    text = f"{event.actor} cancels {event.order_id or event.venue or 'all orders'}: {event.reason}"
    context.emit(AlertRaised(code="CANCEL_WANTED", text=text))
    if event.order_id:
        order = state.orders.get(state.order_names.get(event.order_id, ""))
        if order is not None:
            cancel_order(context, order)
        refusal = _no_order(event.order_id) if order is None else None
        _answer(context, event.request, order.order_id if order is not None else "", refusal)
        return
    count = cancel_orders(context, VenueId(event.venue) if event.venue else None)
    _answer(context, event.request, "", None, f"{count} orders")


def _wanted(state: RobotState, event: OrderWanted) -> Wanted | Refusal:
    """What is to be sent, once all that the person said makes sense."""
    pair = _pair(state, event)
    if isinstance(pair, Refusal):
        return pair
    currencies = (base_of(pair), counter_of(pair))
    currency = next((one for one in currencies if one == (event.currency or currencies[0])), None)
    if currency is None:
        detail = f"{event.currency} is no currency of {pair}"
        return Refusal(reason=Reason.UNKNOWN_CURRENCY, detail=detail)
    problem = _contradiction(event)
    try:
        check_amount(event.amount, currency)
    except InvalidTerms as found:
        problem = problem or found.text
    if problem:
        return Refusal(reason=Reason.MALFORMED, detail=problem)
    if event.time_in_force is TimeInForce.GTD and event.expires_ns <= state.now_ns:
        detail = f"good till {event.expires_ns}, and it is {state.now_ns} (ns UTC)"
        return Refusal(reason=Reason.REQUEST_EXPIRED, detail=detail)
    return Wanted(
        venue=event.venue,
        pair=pair,
        side=event.side,
        amount=event.amount,
        currency="" if currency == base_of(pair) else currency,
        kind=event.kind,
        limit_price=event.price,
        shown=_shown(state, event, pair),
        time_in_force=event.time_in_force,
        expires_ns=event.expires_ns,
        purpose=f"for {event.actor}",
        trader=event.actor,
        because=(f"{event.actor} wants it ({event.request}): {event.reason}",),
    )


def _pair(state: RobotState, event: OrderWanted) -> CurrencyPair | Refusal:
    venue = next((row for row in state.configured().venues if row.id == event.venue), None)
    if venue is None:
        detail = f"venue {event.venue} is not configured"
        return Refusal(reason=Reason.UNKNOWN_VENUE, detail=detail)
    try:
        pair = parse_pair(event.pair)
    except (UnknownReference, InvalidTerms) as problem:
        return Refusal(reason=Reason.UNKNOWN_PAIR, detail=str(problem))
    if pair not in venue.pairs:
        return Refusal(reason=Reason.UNKNOWN_PAIR, detail=f"{pair} is not dealt at {event.venue}")
    return pair


def _contradiction(event: OrderWanted) -> str:
    """What the person's words say that cannot be; empty = nothing."""
    if not (event.actor.strip() and event.reason.strip() and event.request.strip()):
        return "an order has somebody who wants it, a reason and a name of its own"
    if event.kind is OrderKind.PREVIOUSLY_QUOTED:
        return "a quote of a maker is taken by its ask, not by an order"
    if (event.kind is OrderKind.LIMIT) != (event.price is not None):
        return f"{event.kind} with price {event.price}: LIMIT orders and only they have one"
    if event.price is not None and not (event.price.is_finite() and event.price > ZERO):
        return f"the price {event.price} is not above zero"
    if event.kind is OrderKind.MARKET and event.time_in_force in _RESTING:
        return f"a MARKET order does not rest: IOC or FOK, not {event.time_in_force}"
    if (event.time_in_force is TimeInForce.GTD) != bool(event.expires_ns):
        return f"{event.time_in_force} with an end at {event.expires_ns}: GTD and only it has one"
    return ""


def _change(context: Context, order: Order, event: OrderChangeWanted) -> Refusal | None:
    """Hold the worse of what it is and what it is to become, then ask the venue."""
    wanted = Replacement(
        amount=event.amount if event.amount is not None else order.amount,
        price=event.price if event.price is not None else order.worst_price,
    )
    refusal = _not_changeable(context.state, order, wanted, event.actor) or _enlarge(
        context, order, wanted
    )
    if refusal is not None:
        return refusal
    state = context.state
    order.replacement = wanted
    order.change_id = state.next_id("C")
    state.order_names[order.change_id] = order.order_id
    order.advance(OrderStep.CHANGE)
    context.emit(
        ReplaceOrder(
            venue=order.venue,
            order_id=order.change_id,
            original_id=order.current_id,
            venue_order_id=order.venue_order_id,
            pair=order.pair,
            side=order.side,
            amount=wanted.amount,
            currency=_named_currency(order),
            price=wanted.price,
            time_in_force=order.time_in_force,
            expires_ns=order.expires_ns,
            value_date=value_dates(order.terms)[0],
        )
    )
    listen(state, order)
    return None


def _not_changeable(
    state: RobotState, order: Order, wanted: Replacement, actor: str
) -> Refusal | None:
    subject = subject_of_order(order)
    theirs = msgspec.structs.replace(subject, trader=actor)
    refusal = stop_refusal(state, theirs) or dealing_refusal(state, subject)
    if refusal is not None:
        return refusal
    problem = ""
    if order.kind is not OrderKind.LIMIT or order.time_in_force not in _RESTING:
        problem = f"{order.order_id} is {order.kind} {order.time_in_force}: only resting LIMIT is"
    elif order.stage is not WORKING or order.unwanted or order.replacement is not None:
        problem = f"{order.order_id} is {order.stage}: only one that works and is wanted is"
    elif wanted.amount <= order.filled:
        problem = f"{order.filled} of {order.order_id} is dealt, {wanted.amount} is wanted"
    elif not (wanted.price.is_finite() and wanted.price > ZERO):
        problem = f"the price {wanted.price} is not above zero"
    elif (wanted.amount, wanted.price) == (order.amount, order.worst_price):
        problem = f"{order.order_id} has this amount and price"
    try:
        check_amount(wanted.amount, dealt_currency(order.terms))
    except InvalidTerms as found:
        problem = problem or found.text
    return Refusal(reason=Reason.NOT_CHANGEABLE, detail=problem) if problem else None


def _enlarge(context: Context, order: Order, wanted: Replacement) -> Refusal | None:
    """Ask the gate for the difference; whatever it cannot answer is a refusal."""
    state = context.state
    market = context.priced(order.terms)
    if isinstance(market, NoMarket):
        return Refusal(reason=Reason(market.reason), detail=market.detail)
    refusal = take_message(context, subject_of_order(order))
    if refusal is not None:
        return refusal
    become = msgspec.structs.replace(order, amount=wanted.amount, worst_price=wanted.price)
    both = msgspec.structs.replace(order, replacement=wanted)
    held = state.gate.reservations[order.order_id]
    try:
        new, either = rest_of(state, become, market), rest_of(state, both, market)
        assert new is not None and either is not None, "more is wanted than is dealt"
        rate = line_rate_of(state, order.pair, market)
        moved = state.gate.enlarge(order.order_id, new, either, rate)
    except Exception as problem:  # whatever a check raises is no yes
        changed = state.gate.reservations[order.order_id] is not held
        what = f"a change of {order.order_id}"
        return failed_check(context, problem, what, changed=changed)
    return take_answer(context, moved)


def _named_currency(order: Order) -> str:
    """Empty for the base currency."""
    currency = dealt_currency(order.terms)
    return "" if currency == base_of(order.pair) else currency


def _shown(state: RobotState, event: OrderWanted, pair: CurrencyPair) -> Decimal | None:
    """What the venue shows on the side that would be dealt on."""
    known = state.market.pairs.get(pair)
    top = known.tops.get(event.venue) if known is not None else None
    if top is None:
        return None
    return top.offer if event.side is BUY else top.bid


def _is_repeated(context: Context, request: str, actor: str) -> bool:
    """A request that came before is not carried out again, whatever it says now."""
    known = context.state.wanted.get(request)
    if known is None:
        return False
    known.repeated += 1
    text = f"request {request} of {actor} came before: {known.order_id or known.reason}"
    context.emit(AlertRaised(code="DUPLICATE_REQUEST", text=text))
    return True


def _answer(
    context: Context, request: str, order_id: str, refusal: Refusal | None, detail: str = ""
) -> None:
    context.state.wanted[request] = Answered(
        trade_date=context.state.today(),
        order_id=order_id,
        reason=refusal.reason if refusal is not None else "",
        detail=refusal.detail if refusal is not None else detail,
    )


def _no_order(name: str) -> Refusal:
    return Refusal(reason=Reason.UNKNOWN_ORDER, detail=f"no order {name} is open")


def _refuse(context: Context, event: OrderWanted, refusal: Refusal) -> None:
    """One that made no sense: recorded as it was said."""
    context.emit(
        Decided(
            subject=event.request,
            kind="ORDER",
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=event.venue,
            counterparty="",
            pair=event.pair,
            amount=event.amount,
            side=event.side,
            strategy=event.actor,
            facts={},
            because=(f"{event.actor} wants it ({event.request}): {event.reason}",),
        )
    )
    _answer(context, event.request, "", refusal)


def _record(
    context: Context, order: Order, event: OrderChangeWanted, refusal: Refusal | None
) -> None:
    """The decision on a change."""
    context.emit(
        Decided(
            subject=order.order_id,
            kind="ORDER_CHANGE",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else "",
            venue=order.venue,
            counterparty="",
            pair=order.pair,
            amount=event.amount if event.amount is not None else order.amount,
            side=order.side,
            strategy=event.actor,
            facts={"limit": str(event.price if event.price is not None else order.worst_price)},
            checks=refusal.checks if refusal is not None else context.state.gate.checks,
            because=(f"{event.actor} wants it ({event.request}): {event.reason}",),
        )
    )
