"""Orders of ours: judged, held and sent; and what is dealt of them, which the venue's report makes.

An order holds its worst case from before it is sent until the venue has said that it ended
(`order_reports.py`).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.ids import ExecId, HitId, QuoteId, RfqId, VenueId
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.core.ageing import watch_age
from robot.core.booking import DealNames, book, make_deal
from robot.core.costs import watch_costs
from robot.core.halting import find_break, watch_executions
from robot.core.losses import look
from robot.core.messaging import take_message
from robot.core.order_states import UNKNOWN, OrderStep
from robot.core.ordering import HEDGE, end_order, listen, note_hedge, stand
from robot.core.our_orders import Order
from robot.core.quoting import (
    dealing_refusal,
    failed_check,
    line_rate_of,
    local_s,
    parity_of,
    take_answer,
)
from robot.core.said import dealt_currency, value_dates
from robot.core.state import Context, RobotState
from robot.core.stops import HEDGE_STRATEGY, Subject
from robot.deals.agreed import Price, agree, kind_of
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.deals.product import FxSpot, ProductKind, price_side
from robot.deals.resolve import Unresolved, resolve_request
from robot.deals.resolved import AnyResolved, ResolvedFxSpot, ResolvedFxSwap
from robot.errors import InvalidTerms
from robot.limits.exposure import Case, Quoted, exposure_of, order_use
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.messages.effects import Decided, SendOrder
from robot.messages.orders import OrderKind, OrderReported, TimeInForce

_BASIS_POINT = Decimal("0.0001")


class NoAddOn(Exception):
    """The limits say nothing of so long a deal: it cannot be held, so it is not made."""


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
    trader: str = ""
    """The person who wants it; empty = the strategy does."""
    strategy: str = ""
    """Whose rule wants it."""
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
            value_date=value_dates(judged.terms)[0],
        )
    )
    decide(context, wanted, judged.order_id, None)
    listen(state, judged)
    watch_age(state, judged)
    return judged


def _judge(context: Context, wanted: Wanted) -> Order | Refusal:
    """The order with its worst case held, or the first reason against it."""
    state = context.state
    reference = state.configured()
    venue = next((row for row in reference.venues if row.id == wanted.venue), None)
    subject = Subject(
        venue=wanted.venue,
        product=ProductKind.SPOT,
        pair=wanted.pair,
        counterparty=(venue.counterparty or "") if venue is not None else "",
        strategy=HEDGE_STRATEGY if wanted.purpose == HEDGE else wanted.strategy,
        trader=wanted.trader,
    )
    refusal = dealing_refusal(state, subject)
    if refusal is not None:
        return refusal
    assert venue is not None, f"{wanted.venue} is known and not configured"
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
    refusal = take_message(context, subject)
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
        trader=wanted.trader,
        strategy=wanted.strategy,
        sent_ns=state.now_ns,
        heard_ns=state.now_ns,
    )
    order.current_id = order.order_id
    return hold(context, order, market) or order


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
    tick = state.configured().conventions[wanted.pair].tick
    away = market.mid * state.gate.price_collar_bp * _BASIS_POINT
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


def hold(context: Context, order: Order, market: Priced) -> Refusal | None:
    """Reserve the whole of it; whatever cannot be worked out is a refusal."""
    state = context.state
    order.mid = market.mid
    try:
        rate = line_rate_of(state, order.pair, market)
        quoted = _worst(state, order, order.amount, market)
        moved = state.gate.book.repeated(quoted, state.now_ns) or state.gate.reserve(
            order.order_id, quoted, rate, (order_use(),)
        )
    except NoAddOn as missing:
        return Refusal(reason=Reason.NO_ADD_ON, detail=str(missing))
    except InvalidTerms as problem:
        return Refusal(reason=Reason.INVALID_TERMS, detail=problem.text)
    except Exception as problem:  # whatever a check raises is no yes
        changed = order.order_id in state.gate.reservations
        return failed_check(context, problem, f"order {order.order_id}", changed=changed)
    refusal = take_answer(context, moved)
    if refusal is None:
        state.gate.book.sent(quoted, state.now_ns)
    return refusal


def _worst(
    state: RobotState, order: Order, amount: Decimal, market: Priced | None = None
) -> Quoted:
    """What an order can still do at its worst: a tick over its limit, so that the roundings of its
    parts stay within; on a quote exactly what was quoted. InvalidTerms where a price cannot be one.
    """
    reference, kind = state.configured(), kind_of(order.terms)
    if order.taken is not None:
        price = order.taken.price
    else:
        tick = reference.conventions[order.pair].tick
        price = Price(order.worst_price + order.side.sign * tick)
    terms = _part_of(order, amount)
    agreed = agree(terms, price)
    exposure = exposure_of(terms, agreed, reference.limits)
    if exposure is None:
        until = agreed.last_value_date
        raise NoAddOn(f"no add-on for {kind} {order.pair} until {until}")
    mid = market.mid if market is not None else order.mid or price.value
    side = price_side(kind, order.side)
    party = reference.counterparties[order.counterparty]
    return Quoted(
        counterparty=order.counterparty,
        tier=party.tier,
        kind=kind,
        pair=order.pair,
        cases=(Case(side=side, price=price.value, agreed=agreed, exposure=exposure),),
        mid=mid,
        spot=market.spot if market is not None else mid,
        venue=order.venue,
        trader=order.trader,
        days=(agreed.last_value_date - terms.trade_date).days,
        group=party.group,
        country=party.country,
        type=party.type,
        limit_price=order.worst_price,
        local_s=local_s(state),
        parity=parity_of(state, order.pair),
    )


def _part_of(order: Order, amount: Decimal) -> AnyResolved:
    """The terms of so much of an order; only spot is dealt in parts."""
    if not isinstance(order.terms, ResolvedFxSpot):
        assert amount == order.amount, f"{order.order_id} is dealt whole"
        return order.terms
    leg = msgspec.structs.replace(order.terms.leg, amount=amount)
    return msgspec.structs.replace(order.terms, leg=leg)


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
    deal, market = _deal(context, order, event)
    order.filled += event.last_amount
    order.missing_ns = 0
    rest = rest_of(state, order)
    state.deals[ExecId(f"{event.venue} {event.exec_id}")] = deal
    committed = state.gate.commit(order.order_id, deal, rest, measured=market is not None)
    take_answer(context, committed)
    book(context, deal, HEDGE_STRATEGY if order.purpose == HEDGE else order.strategy)
    note_hedge(state, order, dealt=True)
    if rest is None:
        end_order(context, order, "FILLED", holds=False)
    elif event.ended:
        end_when_told(context, order, event, "FILLED" if order.remaining <= ZERO else "CANCELED")
    else:
        stand(context, order)
        note_missing(context, order, event)
    watch_executions(context, deal.deal_id)
    look(context)
    watch_costs(context, deal.deal_id)


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
    side = price_side(kind_of(order.terms), order.side)
    worse = side.sign * (event.last_price - order.worst_price)
    bounded = order.kind is not OrderKind.MARKET
    dealt = dealt_currency(order.terms)
    if event.side is not order.side or event.pair.replace("/", "") != order.pair.replace("/", ""):
        return f"{event.side} {event.pair} on an order to {order.side} {order.pair}"
    if event.last_amount > order.remaining:
        return f"{event.last_amount} dealt, {order.remaining} of {order.order_id} was left"
    if event.currency not in (None, dealt):
        return f"{event.currency} dealt, ordered in {dealt}"
    if bounded and worse > ZERO:
        return f"dealt at {event.last_price}, worse than the limit {order.worst_price}"
    near, far = value_dates(order.terms)
    if event.value_date not in (None, near):
        return f"value {event.value_date}, ordered for {near}"
    if event.far_value_date not in (None, far):
        return f"until {event.far_value_date}, ordered until {far}"
    return _not_as_quoted(order, event) if order.taken is not None else ""


def _not_as_quoted(order: Order, event: OrderReported) -> str:
    """The same of a quote that was taken: it is dealt whole, and on the spot rate that it had."""
    assert order.taken is not None, "looked at before"
    terms, price, kind = order.terms, order.taken.price, kind_of(order.terms)
    far_amount = terms.far.amount if isinstance(terms, ResolvedFxSwap) else None
    currency = dealt_currency(terms)
    near_rate = far_rate = None
    if kind is ProductKind.SWAP and price.spot_rate is not None:
        near_rate = price.spot_rate + price.near_points
        far_rate = near_rate + price.value
    wanted: tuple[tuple[str, object, object], ...] = (
        ("amount", event.last_amount, order.amount),
        ("product", event.product or kind, kind),
        ("currency", event.currency or currency, currency),
        ("far amount", event.far_amount or far_amount, far_amount),
        ("near rate", event.near_rate or near_rate, near_rate),
        ("far rate", event.far_rate or far_rate, far_rate),
        ("maker", event.counterparty or order.counterparty, order.counterparty),
    )
    for name, told, taken in wanted:
        if told != taken:
            return f"{name} {told}, we took {taken}"
    return ""


def _deal(context: Context, order: Order, event: OrderReported) -> tuple[Deal, Priced | None]:
    """The deal of a trade, and the market it was made in; None = there was none."""
    assert event.last_amount is not None and event.last_price is not None, "looked at before"
    taken = order.taken
    names = DealNames(
        exec_id=event.exec_id,
        order_id=order.order_id,
        quote_id=taken.quote_id if taken is not None else QuoteId(""),
        rfq_id=RfqId(taken.request_id if taken is not None else ""),
        hit_id=HitId(order.order_id),
        response_id=taken.response_id if taken is not None else None,
        venue=order.venue,
        counterparty=order.counterparty,
        pair=order.pair,
        strategy=order.purpose,
        as_taker=True,
    )
    price = Price(event.last_price)
    if taken is not None:
        price = msgspec.structs.replace(taken.price, value=event.last_price)
    market = context.priced(order.terms)
    found = market if isinstance(market, Priced) else None
    terms = _part_of(order, event.last_amount)
    return make_deal(context.state, names, terms, price, found), found


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
            checks=refusal.checks if refusal is not None else context.state.gate.checks,
            because=wanted.because,
        )
    )


def _told(price: Decimal | None) -> str:
    return "none" if price is None else str(price)
