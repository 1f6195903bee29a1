"""A price that is to leave: looked at for the last time, held by the gate, shown and recorded."""

from __future__ import annotations

from robot.bargaining import Said
from robot.basics.ids import QuoteId
from robot.core.counters import past_walk_away
from robot.core.lifecycle import Step
from robot.core.messaging import take_message
from robot.core.noting import note
from robot.core.offering import Offered, live_quote, strategy_name, told_of, unhedged
from robot.core.quoting import (
    judge,
    release_quote,
    remove_quote,
    show_quote,
    stop_refusal,
    subject_of,
)
from robot.core.rule_state import Happened
from robot.core.said import quote_message
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.deals.party import BUY, SIDES
from robot.deals.product import price_side
from robot.limits.limit import Refusal
from robot.messages.effects import Decided, WithdrawQuote
from robot.strategy import Decision


def put_quote(context: Context, negotiation: Negotiation, offered: Offered) -> Refusal | None:
    """Reserve, then show the quote; a live one is replaced. On refusal an old quote is left to the
    caller.
    """
    state = context.state
    refusal = _may_leave(context, negotiation, offered)
    if refusal is not None:
        return refusal
    replaced = negotiation.quote_id
    if replaced is not None:
        release_quote(context, replaced, "REPLACED")
    quote = live_quote(state, negotiation, QuoteId(state.next_id("Q")), offered)
    prices = {side: price for side in SIDES if (price := quote.price(side)) is not None}
    refusal = judge(context, negotiation, quote.quote_id, prices, offered.market)
    if refusal is not None:
        if replaced is not None:
            _tell_withdrawn(context, negotiation, replaced, refusal)
        return refusal
    _send(context, negotiation, quote, offered, replaced)
    return None


def put_answer(context: Context, negotiation: Negotiation, offered: Offered) -> Refusal | None:
    """The same for the answer to a price of theirs. What stands is firm: where the new quote is
    refused it goes on standing, with what it holds.
    """
    state = context.state
    refusal = _may_leave(context, negotiation, offered)
    if refusal is not None:
        return refusal
    replaced = negotiation.quote_id
    quote = live_quote(state, negotiation, QuoteId(state.next_id("Q")), offered)
    prices = {side: price for side in SIDES if (price := quote.price(side)) is not None}
    refusal = judge(
        context, negotiation, quote.quote_id, prices, offered.market, instead_of=replaced
    )
    if refusal is not None:
        return refusal
    if replaced is not None:
        remove_quote(context, replaced, "REPLACED")
    _send(context, negotiation, quote, offered, replaced)
    return None


def _may_leave(context: Context, negotiation: Negotiation, offered: Offered) -> Refusal | None:
    state = context.state
    negotiation.game = offered.decision.game
    return (
        (stop_refusal(state, subject_of(state, negotiation)) if negotiation.game else None)
        or past_walk_away(context, negotiation, offered.decision)
        or unhedged(state, negotiation)
        or take_message(context, subject_of(state, negotiation))
    )


def _send(
    context: Context,
    negotiation: Negotiation,
    quote: LiveQuote,
    offered: Offered,
    replaced: QuoteId | None,
) -> None:
    state, decision, bargain = context.state, offered.decision, negotiation.bargain
    answers = bargain is not None and bargain.waits
    if not negotiation.rounds:
        note(state, negotiation.counterparty, Happened.QUOTED)
    negotiation.rounds += 1
    show_quote(state, negotiation, quote)
    response_id = ""
    if bargain is not None and answers:
        response_id = bargain.response_id
        _note_ours(state, negotiation, quote)
    context.emit(quote_message(negotiation, quote, replaced, response_id))
    kind = "COUNTER" if answers else "REPLACE" if replaced is not None else "RFQ"
    context.emit(
        Decided(
            subject=negotiation.rfq_id,
            kind=kind,
            outcome="QUOTED",
            reason="",
            detail=f"{decision.bid or '-'}/{decision.offer or '-'}",
            venue=negotiation.venue,
            counterparty=negotiation.counterparty,
            pair=negotiation.pair,
            amount=negotiation.amount,
            side=negotiation.wanted_side or "TWO_WAY",
            quote_id=quote.quote_id,
            strategy=strategy_name(state, negotiation),
            facts=told_of(offered),
            because=decision.because,
            checks=state.gate.checks,
            row=offered.row,
        )
    )


def _note_ours(state: RobotState, negotiation: Negotiation, quote: LiveQuote) -> None:
    """Their price is answered with this one."""
    bargain = negotiation.bargain
    assert bargain is not None, "they have said a price"
    bid = price_side(negotiation.kind, bargain.side) is BUY
    ours = quote.bid if bid else quote.offer
    assert ours is not None, "the answer is on the side they have shown"
    bargain.ours, bargain.waits = ours, False
    bargain.said = (*bargain.said, Said(at_ns=state.now_ns, ours=True, price=ours))


def is_same_price(state: RobotState, negotiation: Negotiation, decision: Decision) -> bool:
    """Whether that is what is shown."""
    if negotiation.quote_id is None:
        return False
    live = state.quotes[negotiation.quote_id]
    return live.bid == decision.bid and live.offer == decision.offer


def _tell_withdrawn(
    context: Context, negotiation: Negotiation, quote_id: QuoteId, refusal: Refusal
) -> None:
    """The quote that was to be replaced is already out of the tables: tell the venue."""
    negotiation.advance(Step.WITHDRAW)
    context.emit(
        WithdrawQuote(
            venue=negotiation.venue,
            quote_id=quote_id,
            request_id=negotiation.request_id,
            pair=negotiation.pair,
            reason=refusal.reason,
        )
    )
