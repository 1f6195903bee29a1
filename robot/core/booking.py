"""Handlers of deals: a hit on our quote becomes a deal or a refusal.

`on_hit` is the deal path on one screen. As maker, our execution report makes the deal: it is
emitted
together with the booking, so both are in the journal before anything leaves.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.currency import base_of, counter_amount
from robot.basics.ids import DealId, ExecId
from robot.core.lifecycle import Step
from robot.core.quoting import SPOT, close_negotiation, dealing_refusal, remove_quote, withdraw_pair
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.deals.deal import Deal, edge_against_mid
from robot.deals.party import BUY
from robot.limits.limit import Reason, Refusal
from robot.market.snapshot import Mid, NoMarket
from robot.messages.effects import ConcludeDeal, DealBooked, Decided, RefuseHit
from robot.messages.events import HitReceived

_REASON_OF_ENDING = {
    "DEALT": Reason.QUOTE_USED,
    "EXPIRED": Reason.QUOTE_EXPIRED,
    "REPLACED": Reason.QUOTE_REPLACED,
}


def on_hit(context: Context, event: HitReceived) -> None:
    """Make the deal if the quote is firm and the hit is exactly on it; else refuse with the
    reason.
    """
    state = context.state
    if _answer_repeated(context, event):
        return
    found = _firm_quote(state, event)
    if isinstance(found, Refusal):
        _refuse(context, event, found)
        return
    quote, negotiation = found
    market = state.market.mid(negotiation.pair, state.now_ns, state.configured().market)
    if isinstance(market, NoMarket):
        _refuse(context, event, Refusal(reason=Reason(market.reason), detail=market.detail))
        withdraw_pair(context, negotiation.pair, market.reason)
        return
    deal = _deal(state, event, quote, negotiation, market)
    state.deals[deal.exec_id] = deal
    state.answered_hits[_key(event)] = deal.exec_id
    context.emit(ConcludeDeal(venue=event.venue, deal=deal))
    context.emit(state.gate.commit(quote.quote_id, deal))
    remove_quote(context, quote.quote_id, "DEALT")
    close_negotiation(state, negotiation, Step.DEAL)
    entry, positions = state.ledger.post(deal)
    pnl = state.ledger.result(deal.pair, market.mid)
    context.emit(DealBooked(deal=deal, entry=entry, positions=positions, pnl={deal.pair: str(pnl)}))
    context.emit(_decided(event, "DEALT", "", deal.deal_id, {"mid": str(market.mid)}))


def _answer_repeated(context: Context, event: HitReceived) -> bool:
    """A hit seen before gets the same answer again and books nothing."""
    state = context.state
    known = state.answered_hits.get(_key(event))
    if known is None:
        return False
    deal = state.deals.get(ExecId(known)) if known else None
    if deal is not None and deal.quote_id == event.quote_id:
        context.emit(ConcludeDeal(venue=event.venue, deal=deal))
    else:
        detail = f"hit {event.hit_id} was answered before"
        _refuse(context, event, Refusal(reason=Reason.DUPLICATE_HIT, detail=detail))
    return True


def _firm_quote(state: RobotState, event: HitReceived) -> tuple[LiveQuote, Negotiation] | Refusal:
    """The live quote a hit may deal on: first reason against it wins."""
    quote = state.quotes.get(event.quote_id)
    if quote is None:
        return _why_not_live(state, event)
    negotiation = state.negotiations[quote.negotiation]
    refusal = dealing_refusal(state, event.venue, SPOT)
    if refusal is not None:
        return refusal
    # Its time is not over: the engine fires the expiry before it hands us an event. Our time
    # counts, not the one written on the hit, else a sender could date it back.
    assert state.now_ns < quote.valid_until_ns, f"{quote.quote_id} outlived its time"
    differs = _difference(event, quote, negotiation)
    if differs:
        return Refusal(reason=Reason.QUOTE_MISMATCH, detail=f"{quote.quote_id}: {differs}")
    return quote, negotiation


def _why_not_live(state: RobotState, event: HitReceived) -> Refusal:
    ended = state.ended_quotes.get(event.quote_id)
    if ended is None:
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=f"no quote {event.quote_id}")
    reason = _REASON_OF_ENDING.get(ended.ending, Reason.QUOTE_WITHDRAWN)
    return Refusal(reason=reason, detail=f"{event.quote_id} ended: {ended.ending}")


def _difference(event: HitReceived, quote: LiveQuote, negotiation: Negotiation) -> str:
    """What in the hit is not what was quoted; empty = nothing."""
    price = quote.bid if event.side is BUY else quote.offer
    wanted = (
        ("venue", event.venue, negotiation.venue),
        ("counterparty", event.counterparty or negotiation.counterparty, negotiation.counterparty),
        ("pair", event.pair.replace("/", ""), negotiation.pair.replace("/", "")),
        ("amount", event.amount, negotiation.amount),
        ("price", event.price if event.price is not None else price, price),
        ("currency", event.currency or base_of(negotiation.pair), base_of(negotiation.pair)),
        ("value date", event.value_date or negotiation.value_date, negotiation.value_date),
    )
    if price is None:
        return f"we do not {event.side} on this quote"
    for name, given, quoted in wanted:
        if given != quoted:
            return f"{name} {given}, quoted {quoted}"
    return ""


def _deal(
    state: RobotState,
    event: HitReceived,
    quote: LiveQuote,
    negotiation: Negotiation,
    market: Mid,
) -> Deal:
    reference = state.configured()
    price = quote.bid if event.side is BUY else quote.offer
    assert isinstance(price, Decimal), "a hit on a side that was not quoted"
    return Deal(
        deal_id=DealId(state.next_id("D")),
        version=1,
        exec_id=ExecId(state.next_id("E")),
        order_id=state.next_id("O"),
        quote_id=quote.quote_id,
        rfq_id=negotiation.rfq_id,
        hit_id=event.hit_id,
        response_id=event.response_id,
        venue=event.venue,
        counterparty=negotiation.counterparty,
        book=reference.book,
        product=SPOT,
        pair=negotiation.pair,
        side=event.side,
        base_amount=negotiation.amount,
        rate=price,
        counter_amount=counter_amount(negotiation.pair, negotiation.amount, price),
        trade_date=state.today(),
        value_date=negotiation.value_date,
        provisional=negotiation.provisional,
        strategy=f"{reference.strategy.name} {reference.strategy.version}",
        mid=market.mid,
        edge=edge_against_mid(negotiation.pair, event.side, negotiation.amount, price, market.mid),
        at_ns=state.now_ns,
    )


def _refuse(context: Context, event: HitReceived, refusal: Refusal) -> None:
    state = context.state
    state.answered_hits.setdefault(_key(event), "")
    context.emit(
        RefuseHit(
            venue=event.venue,
            exec_id=ExecId(state.next_id("E")),
            order_id=state.next_id("O"),
            hit_id=event.hit_id,
            response_id=event.response_id,
            quote_id=event.quote_id,
            counterparty=event.counterparty,
            pair=event.pair,
            side=event.side,
            amount=event.amount,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    context.emit(_decided(event, "REFUSED", refusal.reason, refusal.detail, {}))


def _decided(
    event: HitReceived, outcome: str, reason: str, detail: str, facts: dict[str, str]
) -> Decided:
    return Decided(
        subject=event.hit_id,
        kind="HIT",
        outcome=outcome,
        reason=reason,
        detail=detail,
        venue=event.venue,
        counterparty=event.counterparty or "",
        pair=event.pair,
        amount=event.amount,
        side=event.side,
        quote_id=event.quote_id,
        facts=facts,
    )


def _key(event: HitReceived) -> str:
    return f"{event.venue} {event.hit_id}"
