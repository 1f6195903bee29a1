"""Handlers of counter-offers: a price of theirs is answered with one of ours, or turned down.

`on_counter` is the whole path on one screen. Our quote stays firm while we think and where we turn
their price down; nothing is dealt before they hit what we quoted.
"""

from __future__ import annotations

import msgspec

from robot.basics.ids import QuoteId
from robot.core.counters import bounded, note_theirs, their_price, turn_down
from robot.core.hosted import consult
from robot.core.lifecycle import Step
from robot.core.offering import Offered
from robot.core.quoting import (
    close_negotiation,
    dealing_refusal,
    subject_of,
    why_not_live,
    withdraw_quote,
)
from robot.core.showing import put_answer
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import NoMarket
from robot.messages.counters import CounterReceived, RefuseCounter
from robot.messages.effects import Decided


def on_counter(context: Context, event: CounterReceived) -> None:
    """Answer their price: a better one of ours, theirs, the same again, or no."""
    state = context.state
    found = _talked_about(state, event)
    if isinstance(found, Refusal):
        _refuse(context, event, found)
        return
    quote, negotiation = found
    market = context.priced(negotiation.terms)
    if isinstance(market, NoMarket):
        _refuse(context, event, Refusal(reason=Reason(market.reason), detail=market.detail))
        withdraw_quote(context, quote.quote_id, market.reason)
        return
    theirs = their_price(state, event, quote, negotiation, market)
    if isinstance(theirs, Refusal):
        _refuse(context, event, theirs)
        return
    negotiation.advance(Step.COUNTER)
    note_theirs(state, negotiation, event, theirs)
    offered = consult(context, negotiation, first=True)
    if offered is not None:
        answer_counter(context, negotiation, offered)


def answer_counter(context: Context, negotiation: Negotiation, offered: Offered | Refusal) -> None:
    """What came of asking the strategy, its host or a person for an answer to their price."""
    if isinstance(offered, Refusal):
        turn_down(context, negotiation, offered)
    else:
        decision = bounded(context.state, negotiation, offered.decision)
        offered = msgspec.structs.replace(offered, decision=decision)
        refusal = put_answer(context, negotiation, offered)
        if refusal is not None:
            turn_down(context, negotiation, refusal, offered)
    if negotiation.quote_id is None:
        close_negotiation(context.state, negotiation, Step.REFUSE)


def _talked_about(
    state: RobotState, event: CounterReceived
) -> tuple[LiveQuote, Negotiation] | Refusal:
    """The live quote that a price of theirs answers: first reason against it wins."""
    key = f"{event.venue} {event.response_id}"
    if key in state.seen_counters:
        detail = f"counter-offer {event.response_id} was answered before"
        return Refusal(reason=Reason.DUPLICATE_COUNTER, detail=detail)
    state.seen_counters[key] = True
    quote = state.quotes.get(event.quote_id)
    if quote is None:
        return why_not_live(state, event.quote_id)
    negotiation = state.negotiations[quote.negotiation]
    refusal = dealing_refusal(state, subject_of(state, negotiation))
    return refusal if refusal is not None else (quote, negotiation)


def _refuse(context: Context, event: CounterReceived, refusal: Refusal) -> None:
    """It is not talked about at all: told and recorded, and nothing has changed."""
    state = context.state
    quote = state.quotes.get(event.quote_id)
    ours = quote is not None and state.negotiations[quote.negotiation].venue == event.venue
    negotiation = state.negotiations[quote.negotiation] if ours and quote is not None else None
    context.emit(
        RefuseCounter(
            venue=event.venue,
            response_id=event.response_id,
            quote_id=event.quote_id,
            request_id=negotiation.request_id if negotiation is not None else "",
            pair=event.pair,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    context.emit(
        Decided(
            subject=negotiation.rfq_id if negotiation is not None else event.response_id,
            kind="COUNTER",
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=event.venue,
            counterparty=event.counterparty or "",
            pair=event.pair,
            amount=event.amount,
            side=event.side,
            quote_id=QuoteId(event.quote_id),
            facts={},
        )
    )
