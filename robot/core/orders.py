"""Orders of ours: judged, held and sent; and what is dealt of them, which the venue's report makes.

An order holds its worst case from before it is sent until the venue has said that it ended
(`order_reports.py`).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.ids import DealId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.core.booking import book
from robot.core.halting import find_break
from robot.core.order_states import UNKNOWN, OrderStep
from robot.core.ordering import end_order, listen, note_hedge, stand
from robot.core.quoting import dealing_refusal, line_rate_of
from robot.core.state import Context, Order, RobotState
from robot.deals.agreed import Agreed, Price, agree
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.deals.product import FxSpot, ProductKind
from robot.deals.resolve import Unresolved, resolve_request
from robot.deals.resolved import ResolvedFxSpot
from robot.limits.exposure import Case, Quoted, exposure_of, order_use
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised, Decided, SendOrder
from robot.messages.events import OrderReported
from robot.messages.orders import OrderKind, TimeInForce

_BASIS_POINT = Decimal("0.0001")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An order somebody wants to send. `amount` of the dealt currency."""

    venue: VenueId
    pair: CurrencyPair
    side: Side
    amount: Decimal
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    kind: OrderKind = OrderKind.LIMIT
    limit_price: Decimal | None
    """The worst price at which it may deal; None = a MARKET order, held at the collar's edge."""
    shown: Decimal | None
    """The price the venue shows, which slippage is measured from."""
    time_in_force: TimeInForce = TimeInForce.IOC
    expires_ns: int = 0
    """GTD."""
    purpose: str
    because: tuple[str, ...] = ()


def send_order(context: Context, wanted: Wanted) -> Refusal | Order:
    """Reserve, then send; what cannot be held or dealt is a refusal and recorded as one."""
    judged = _judge(context, wanted)
    if isinstance(judged, Refusal):
        decide(context, wanted, "", judged)
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
            currency=wanted.currency,
            kind=judged.kind,
            price=wanted.limit_price,
            time_in_force=judged.time_in_force,
            expires_ns=judged.expires_ns,
            value_date=judged.terms.leg.value_date,
        )
    )
    decide(context, wanted, judged.order_id, None)
    listen(state, judged)
    return judged


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
    refusal = doubt(state, wanted.venue)
    if refusal is not None:
        return refusal
    terms = _terms(context, wanted)
    if isinstance(terms, Refusal):
        return terms
    market = context.priced(terms)
    if isinstance(market, NoMarket):
        return Refusal(reason=Reason(market.reason), detail=market.detail)
    worst = wanted.limit_price
    if worst is None:
        worst = _collar_edge(state, wanted, market)
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
        worst_price=worst,
        kind=wanted.kind,
        time_in_force=wanted.time_in_force,
        expires_ns=wanted.expires_ns,
        terms=terms,
        purpose=wanted.purpose,
        sent_ns=state.now_ns,
        heard_ns=state.now_ns,
    )
    order.current_id = order.order_id
    return _hold(context, order, market) or order


def doubt(state: RobotState, venue: VenueId) -> Refusal | None:
    """What became of an order there is not known: nothing more is sent until it is."""
    for order in state.orders.values():
        if order.venue == venue and order.stage is UNKNOWN:
            detail = f"{venue} has not said what became of {order.order_id}"
            return Refusal(reason=Reason.ORDER_UNKNOWN, detail=detail)
    return None


def _collar_edge(state: RobotState, wanted: Wanted, market: Priced) -> Decimal:
    """The worst price that is held for a MARKET order: a tick within the collar, since `_worst`
    adds one.
    """
    reference = state.configured()
    tick = reference.conventions[wanted.pair].tick
    away = market.mid * reference.limits.price_collar_bp * _BASIS_POINT
    if wanted.side is BUY:
        return round_down_to(market.mid + away, tick) - tick
    return round_up_to(market.mid - away, tick) + tick


def _terms(context: Context, wanted: Wanted) -> ResolvedFxSpot | Refusal:
    state = context.state
    product = FxSpot(
        pair=wanted.pair,
        side=wanted.side,
        currency=Currency(wanted.currency or base_of(wanted.pair)),
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


def rest_of(state: RobotState, order: Order, market: Priced | None = None) -> Quoted | None:
    """What an order can still do at its worst, as it is or as it is to become; None = nothing."""
    found: Quoted | None = None
    wanted = order.replacement
    for amount, price in (
        (order.amount, order.worst_price),
        *(((wanted.amount, wanted.price),) if wanted is not None else ()),
    ):
        if amount <= order.filled:
            continue
        as_such = msgspec.structs.replace(order, worst_price=price)
        worst = _worst(state, as_such, amount - order.filled, market)
        if found is not None:
            worst = msgspec.structs.replace(worst, cases=(*found.cases, *worst.cases))
        found = worst
    return found


def on_trade(context: Context, order: Order, event: OrderReported) -> None:
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
    order.missing_ns = 0
    rest = rest_of(state, order)
    state.deals[ExecId(f"{event.venue} {event.exec_id}")] = deal
    context.emit(state.gate.commit(order.order_id, deal, rest))
    book(context, deal, deal.mid)
    note_hedge(state, order, dealt=True)
    if rest is None:
        end_order(context, order, "FILLED", holds=False)
    elif event.ended:
        end_when_told(context, order, event, "FILLED" if order.remaining <= ZERO else "CANCELED")
    else:
        stand(context, order)
        note_missing(context, order, event)


def note_missing(context: Context, order: Order, event: OrderReported) -> bool:
    """Whether the venue tells of more dealt than it has reported. That is not invented: it has to
    come, and until it has the order does not end.
    """
    if event.filled <= order.filled:
        return False
    order.missing_ns = order.missing_ns or context.state.now_ns
    order.advance(OrderStep.LOSE)
    listen(context.state, order)
    return True


def end_when_told(context: Context, order: Order, event: OrderReported, ending: str) -> None:
    """By the venue's word, once all that it dealt has been told."""
    if not note_missing(context, order, event):
        end_order(context, order, ending)


def _not_ours(order: Order, event: OrderReported) -> str:
    """What in a trade is not what was ordered; empty = nothing."""
    assert event.last_amount is not None and event.last_price is not None, "looked at before"
    worse = order.side.sign * (event.last_price - order.worst_price)
    bounded = order.kind is not OrderKind.MARKET
    dealt = order.terms.leg.currency
    if event.side is not order.side or event.pair.replace("/", "") != order.pair.replace("/", ""):
        return f"{event.side} {event.pair} on an order to {order.side} {order.pair}"
    if event.last_amount > order.remaining:
        return f"{event.last_amount} dealt, {order.remaining} of {order.order_id} was left"
    if event.currency not in (None, dealt):
        return f"{event.currency} dealt, ordered in {dealt}"
    if bounded and worse > ZERO:
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
    dealt = order.terms.leg.currency
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
        currency="" if dealt == base_of(order.pair) else dealt,
    )


def decide(context: Context, wanted: Wanted, order_id: str, refusal: Refusal | None) -> None:
    context.emit(
        Decided(
            subject=order_id or f"{wanted.purpose} {wanted.pair}",
            kind="ORDER",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else f"limit {_told(wanted.limit_price)}",
            venue=wanted.venue,
            counterparty="",
            pair=wanted.pair,
            amount=wanted.amount,
            side=wanted.side,
            strategy=wanted.purpose,
            facts={
                "shown": _told(wanted.shown),
                "limit": _told(wanted.limit_price),
                "time_in_force": wanted.time_in_force,
            },
            because=wanted.because,
        )
    )


def _told(price: Decimal | None) -> str:
    return "none" if price is None else str(price)
