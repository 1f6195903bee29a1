"""Dealing on a maker's quote: an order of ours, held by the gate before it leaves.

From here on it is one of `state.orders`: silence, log-out and the venue's reports are dealt with
where those of any order are.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.ids import QuoteId
from robot.basics.numbers import ZERO
from robot.core.ask_states import AskStep
from robot.core.asked import Ask, AskedMaker, MakerQuote, Outcome
from robot.core.asking_ends import (
    STOOD,
    asked_terms,
    may_hit_again,
    middle_fact,
    pass_rest,
    subject_of_ask,
)
from robot.core.held_words import words_refusal
from robot.core.messaging import take_message
from robot.core.ordering import listen
from robot.core.orders import hold
from robot.core.our_orders import Order, Taken
from robot.core.quoting import MILLISECOND_NS, dealing_refusal
from robot.core.state import Context
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import NoMarket
from robot.messages.asks import TakeQuote
from robot.messages.effects import Decided
from robot.messages.orders import OrderKind, TimeInForce

ASK = "ask"
"""Purpose of an order that deals on a quote which was asked for."""


def take(
    context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote, *because: str
) -> Refusal | None:
    """Hold the worst case and send the hit; a refusal leaves everything as it was."""
    refusal = _may_take(context, ask, maker, quote)
    if refusal is not None:
        _decide(context, ask, maker, quote, refusal, because)
        return refusal
    order = _order(context, ask, maker, quote)
    market = context.priced(order.terms)
    refusal = (
        Refusal(reason=Reason(market.reason), detail=market.detail)
        if isinstance(market, NoMarket)
        else hold(context, order, market)
    )
    if refusal is not None:
        _decide(context, ask, maker, quote, refusal, because)
        return refusal
    state = context.state
    state.orders[order.order_id] = order
    for name in (order.order_id, _taken(order).response_id):
        state.order_names[name] = order.order_id
    ask.order_id = quote.order_id = order.order_id
    ask.hits += 1
    ask.advance(AskStep.TAKE)
    ask.because += because
    quote.end(Outcome.TAKEN)
    _send(context, ask, maker, quote, order)
    _decide(context, ask, maker, quote, None, because)
    # What could be dealt on where this one is not stands until the maker's word is there.
    again = may_hit_again(state, ask)
    pass_rest(context, ask, quote, (Outcome.COUNTERED,) if again else STOOD)
    listen(state, order)
    return None


def _may_take(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote) -> Refusal | None:
    """Why a quote cannot be dealt on, its limits apart."""
    state = context.state
    subject = subject_of_ask(ask, maker.venue, maker.maker)
    refusal = dealing_refusal(state, subject)
    if refusal is not None:
        return refusal
    margin_ns = state.configured().asks.margin_ms * MILLISECOND_NS
    if not quote.valid_until_ns > state.now_ns + margin_ns:
        detail = f"{quote.quote_id} is over in less than {margin_ns // MILLISECOND_NS} ms"
        return Refusal(reason=Reason.QUOTE_EXPIRED, detail=detail)
    price = quote.price
    assert price is not None, "a live quote has a price on our side"
    worst = ask.worst_of(maker)
    if worst is not None and ask.is_worse(price.value, worst):
        detail = f"{price.value} is worse than the limit of the ask, {worst}"
        return Refusal(reason=Reason.PRICE_COLLAR, detail=detail)
    past = words_refusal(context, ask, maker, price.value)
    if past is not None:
        return past
    return take_message(context, subject)


def _order(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote) -> Order:
    state, price = context.state, quote.price
    assert price is not None, "a live quote has a price on our side"
    order_id = state.next_id("C")
    return Order(
        order_id=order_id,
        current_id=order_id,
        venue=maker.venue,
        counterparty=maker.maker,
        pair=ask.pair,
        side=ask.side,
        amount=ask.amount_of(maker),
        worst_price=price.value,
        kind=OrderKind.PREVIOUSLY_QUOTED,
        time_in_force=TimeInForce.FOK,
        terms=ask.terms_of(maker),
        taken=Taken(
            ask_id=ask.ask_id,
            request_id=maker.request_id,
            quote_id=QuoteId(quote.quote_id),
            response_id=state.next_id("P"),
            price=price,
        ),
        purpose=ASK,
        trader=ask.trader,
        strategy=ask.strategy,
        sent_ns=state.now_ns,
        heard_ns=state.now_ns,
    )


def _taken(order: Order) -> Taken:
    assert order.taken is not None, f"{order.order_id} deals on no quote"
    return order.taken


def _send(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote, order: Order) -> None:
    taken = _taken(order)
    context.emit(
        TakeQuote(
            venue=maker.venue,
            ask_id=ask.ask_id,
            request_id=maker.request_id,
            order_id=order.order_id,
            response_id=taken.response_id,
            quote_id=quote.quote_id,
            maker=maker.maker,
            terms=asked_terms(ask, maker),
            side=ask.side,
            price=taken.price.value,
            spot=taken.price.spot_rate,
            near_points=taken.price.near_points or ZERO,  # the default itself, which is not written
            valid_until_ns=quote.valid_until_ns,
        )
    )


def _decide(
    context: Context,
    ask: Ask,
    maker: AskedMaker,
    quote: MakerQuote,
    refusal: Refusal | None,
    because: tuple[str, ...],
) -> None:
    price = quote.price.value if quote.price is not None else Decimal(0)
    limit = ask.worst_of(maker)
    context.emit(
        Decided(
            subject=ask.order_id if refusal is None else ask.ask_id,
            kind="TAKE",
            outcome="REFUSED" if refusal is not None else "SENT",
            reason=refusal.reason if refusal is not None else "",
            detail=refusal.detail if refusal is not None else f"at {price}",
            venue=maker.venue,
            counterparty=maker.maker,
            pair=ask.pair,
            amount=ask.amount_of(maker),
            side=ask.side,
            quote_id=QuoteId(quote.quote_id),
            strategy=ASK,
            facts={
                "ask": ask.ask_id,
                "price": str(price),
                "limit": str(limit) if limit is not None else "",
                **middle_fact(context, ask.terms_of(maker)),
                **ask.asked_otherwise(maker),
            },
            because=because,
            checks=refusal.checks if refusal is not None else context.state.gate.checks,
        )
    )
