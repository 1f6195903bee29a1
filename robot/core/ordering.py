"""What every handler may do to an order of ours: cancel it, ask what became of it, end it.

These keep in step what knows an order: its table, its names, and the limit gate's reservation.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from robot.basics.ids import VenueId
from robot.core.asking_ends import end_taken
from robot.core.order_states import CHANGING, ENDED, SENT, UNKNOWN, WORKING, OrderStep
from robot.core.our_orders import Flattening, HedgeTrouble, Order, PastOrder
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import Context, RobotState
from robot.core.stops import HEDGE_STRATEGY, Subject
from robot.deals.agreed import kind_of
from robot.messages.effects import AlertRaised, AskOrder, CancelAllOrders, CancelOrder, OrderEnded
from robot.messages.orders import OrderKind

ORDER_SILENCE = "order_silence"
MASS_CANCEL_SILENCE = "mass_cancel_silence"
HEDGE = "hedge"
"""Purpose of the orders that bring a position back."""
ASKED_DOUBLED_MAX = 5
"""So often the patience with a silent venue doubles."""
PAUSES_DOUBLED_MAX = 6
"""So often the pause of a hedge that is rejected doubles."""


def cancel_order(context: Context, order: Order) -> None:
    """Ask the venue to take it out, now or as soon as it is known what there is to take out; it
    stays held until the venue says that it has ended.
    """
    if order.taken is not None:
        return  # it is dealt whole or not at all: nothing can be left to work
    order.unwanted = True
    if order.stage in (CHANGING, UNKNOWN, ENDED):
        return  # `stand` comes back to it
    state = context.state
    order.change_id = state.next_id("F")
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


def cancel_orders(context: Context, venue: VenueId | None = None) -> int:
    """Every order, everywhere or at one venue; cancels always pass. How many there are."""
    orders = [order for order in context.state.orders.values() if venue in (None, order.venue)]
    _flatten_all(context, orders)
    return len(orders)


def cancel_meant(context: Context, is_meant: Callable[[Subject], bool]) -> None:
    """The orders of these, and no other."""
    orders = context.state.orders.values()
    _flatten_all(context, [order for order in orders if is_meant(subject_of_order(order))])


def subject_of_order(order: Order) -> Subject:
    """What is dealt by it."""
    return Subject(
        venue=order.venue,
        product=kind_of(order.terms),
        pair=order.pair,
        counterparty=order.counterparty,
        strategy=HEDGE_STRATEGY if order.purpose == HEDGE else order.strategy,
        trader=order.trader,
    )


def _flatten_all(context: Context, orders: list[Order]) -> None:
    at_venues: dict[VenueId, list[Order]] = {}
    for order in orders:
        at_venues.setdefault(order.venue, []).append(order)
    for name, there in at_venues.items():
        _flatten(context, name, there)


def _flatten(context: Context, venue: VenueId, orders: list[Order]) -> None:
    """Take these out, by one mass cancel where the venue knows it and they are all there are."""
    state = context.state
    whole = len(orders) == sum(order.venue == venue for order in state.orders.values())
    now_unwanted = [order for order in orders if not order.unwanted]
    reachable = [order for order in orders if order.stage in (SENT, WORKING)]
    flattening = state.flattening.setdefault(venue, Flattening(asked_ns=state.now_ns, orders={}))
    for order in orders:
        order.unwanted = True
        flattening.orders.setdefault(order.order_id, order.filled)
    row = next((row for row in state.configured().venues if row.id == venue), None)
    if row is None or not row.mass_cancel or not whole:
        for order in reachable:
            cancel_order(context, order)
    elif reachable or any(order.replacement for order in now_unwanted):
        _cancel_at_once(context, venue, flattening, reachable)


def _cancel_at_once(
    context: Context, venue: VenueId, flattening: Flattening, orders: list[Order]
) -> None:
    """q; each order still gets its own report."""
    state = context.state
    flattening.request_id, flattening.asked_ns = state.next_id("F"), state.now_ns
    patience_ns = state.configured().orders.answer_patience_ms * MILLISECOND_NS
    key = f"{venue} {flattening.request_id}"
    state.schedule(state.now_ns + patience_ns, MASS_CANCEL_SILENCE, key)  # before each is asked for
    for order in orders:
        order.change_id = ""
        order.advance(OrderStep.CHANGE)
        listen(state, order)
    context.emit(CancelAllOrders(venue=venue, request_id=flattening.request_id))


def answer_mass_cancel(context: Context, venue: VenueId, request_id: str, problem: str) -> None:
    """The venue's answer to a mass cancel, or that there is none: taken (no `problem`), or each
    order is canceled by itself.
    """
    state = context.state
    flattening = state.flattening.get(venue)
    if flattening is None or not request_id or flattening.request_id != request_id:
        return  # about an earlier one
    flattening.request_id = ""
    if not problem:
        return
    text = f"{venue} does not cancel all orders ({problem}): each is canceled by itself"
    context.emit(AlertRaised(code="CANCEL_REFUSED", text=text))
    for name in tuple(flattening.orders):
        order = state.orders[name]
        if order.stage is CHANGING and not order.change_id:
            order.advance(OrderStep.REFUSE)
            cancel_order(context, order)


def on_mass_cancel_silence(context: Context, key: str) -> None:
    """The venue should have answered a mass cancel by now."""
    venue, request_id = key.rsplit(" ", 1)
    answer_mass_cancel(context, VenueId(venue), request_id, "no answer")


def stand(context: Context, order: Order, step: OrderStep = OrderStep.STAND) -> None:
    """The venue says that it works; one that nobody wants any more is taken out."""
    if step is OrderStep.STAND and order.stage is UNKNOWN and order.replacement is not None:
        step = OrderStep.CHANGE  # it may still be replaced: the venue has not said
    order.advance(step)
    if order.unwanted and order.stage is WORKING:
        cancel_order(context, order)


def lose_orders(context: Context, venue: VenueId) -> None:
    """The session is gone: what became of the venue's orders is not known until it is asked."""
    for order in context.state.orders.values():
        if order.venue == venue:
            order.advance(OrderStep.LOSE)
            order.cut_off, order.asked_ns = True, 0
            if order.replacement is not None:
                order.replacement = msgspec.structs.replace(order.replacement, lost=True)


def doubt_orders(context: Context, venue: VenueId) -> None:
    """Something the venue said of an order could not be read: ask for all that are open there."""
    for order in context.state.orders.values():
        if order.venue == venue:
            order.advance(OrderStep.LOSE)
    ask_orders(context, venue)


def doubt_taken(context: Context, venue: VenueId, name: str) -> None:
    """The venue does not take the message by which we dealt on a quote, or one like it where it
    names none: ask what became of it.
    """
    state = context.state
    meant = state.orders.get(state.order_names.get(name, ""))
    for order in state.orders.values():
        taken = order.taken
        if taken is None or order.venue != venue:
            continue
        if not name or order is meant or name == taken.quote_id:
            order.advance(OrderStep.LOSE)
            ask(context, order)


def ask_orders(context: Context, venue: VenueId) -> None:
    """The venue can be heard again: ask for every order of unknown fate."""
    for order in context.state.orders.values():
        if order.venue == venue and order.stage is UNKNOWN:
            ask(context, order)


def ask(context: Context, order: Order) -> None:
    """What has become of it? Asked at the log-on where the venue cannot hear us now, and once in
    the venue's time to answer: what it says may itself be a reason to ask, and so on without end.
    """
    state = context.state
    order.asked += 1
    if not state.venues[order.venue].dealing_up:
        return
    again_ns = order.asked_ns + state.configured().orders.answer_patience_ms * MILLISECOND_NS
    if order.asked_ns and state.now_ns < again_ns:
        order.look_ns = again_ns
        state.schedule(again_ns, ORDER_SILENCE, order.order_id)
        return
    order.asked_ns = state.now_ns
    context.emit(
        AskOrder(
            venue=order.venue,
            order_id=order.current_id,
            venue_order_id=order.venue_order_id,
            pair=order.pair,
            product=kind_of(order.terms),
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
    order.look_ns = state.now_ns + patience_ms * MILLISECOND_NS
    state.schedule(order.look_ns, ORDER_SILENCE, order.order_id)


def end_order(context: Context, order: Order, ending: str, *, holds: bool = True) -> None:
    """By the venue's word: what it still held is free."""
    state = context.state
    order.advance(OrderStep.END)
    if holds:
        context.emit(state.gate.release(order.order_id))
    del state.orders[order.order_id]
    state.order_names = {
        name: first for name, first in state.order_names.items() if first != order.order_id
    }
    state.past_orders[order.order_id] = PastOrder(
        venue=order.venue,
        amount=order.amount,
        filled=order.filled,
        worst_price=None if order.kind is OrderKind.MARKET else order.worst_price,
        trade_date=state.today(),
    )
    context.emit(OrderEnded(order_id=order.order_id, ending=ending, filled=order.filled))
    if order.taken is not None:
        left, filled = order.remaining, order.filled
        end_taken(context, order.taken.ask_id, ending, left=left, filled=filled)
    _tell_when_flat(context, order)
    _tell_when_empty(context, order)


def note_hedge(state: RobotState, order: Order, *, dealt: bool) -> str:
    """What the venue did with an order that hedges: rejections in a row stop hedging of the pair
    for a while, longer each time. The reason of a pause that begins, else empty.
    """
    policy = next((row for row in state.configured().hedges if row.pair == order.pair), None)
    if order.purpose != HEDGE or policy is None:
        return ""
    trouble = state.hedge_trouble.setdefault(order.pair, HedgeTrouble())
    if dealt:
        del state.hedge_trouble[order.pair]
        return ""
    trouble.rejects += 1
    if trouble.rejects < policy.rejects_max:
        return ""
    pause_ms = policy.pause_ms * 2 ** min(trouble.pauses, PAUSES_DOUBLED_MAX)
    trouble.rejects, trouble.pauses = 0, trouble.pauses + 1
    trouble.paused_until_ns = state.now_ns + pause_ms * MILLISECOND_NS
    times = f"{policy.rejects_max} hedges of {order.pair} in a row were rejected"
    return f"{times}: none is sent for {pause_ms} ms; look at the last reason of {order.venue}"


def _tell_when_flat(context: Context, order: Order) -> None:
    """The last of a venue's orders that were to be gone has ended: what was dealt meanwhile."""
    flattening = context.state.flattening.get(order.venue)
    if flattening is None or order.order_id not in flattening.orders:
        return
    dealt = order.filled - flattening.orders.pop(order.order_id)
    if dealt:
        flattening.dealt[order.order_id] = dealt
    if flattening.orders:
        return
    del context.state.flattening[order.venue]
    fills = ", ".join(f"{amount} of {name}" for name, amount in flattening.dealt.items())
    text = f"no order of ours is left at {order.venue}; dealt meanwhile: {fills or 'nothing'}"
    context.emit(AlertRaised(code="ORDERS_FLAT", text=text))


def _tell_when_empty(context: Context, order: Order) -> None:
    """The same for each kill switch that was to take this order out."""
    for key, emptying in tuple(context.state.emptying.items()):
        if order.order_id not in emptying.orders:
            continue
        dealt = order.filled - emptying.orders.pop(order.order_id)
        if dealt:
            emptying.dealt[order.order_id] = dealt
        tell_if_empty(context, key)


def tell_if_empty(context: Context, key: str) -> None:
    """Record how long it took from the kill switch until no order of its part was left."""
    state = context.state
    emptying = state.emptying[key]
    if emptying.orders:
        return
    del state.emptying[key]
    took_ms = Decimal(state.now_ns - emptying.asked_ns) / MILLISECOND_NS
    fills = ", ".join(f"{amount} of {name}" for name, amount in emptying.dealt.items())
    text = f"{emptying.text}: flat after {took_ms} ms; dealt meanwhile: {fills or 'nothing'}"
    context.emit(AlertRaised(code="KILL_FLAT", text=text))
