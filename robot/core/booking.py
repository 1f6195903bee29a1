"""Handlers of deals: a hit on our quote becomes a deal or a refusal.

`on_hit` is the deal path on one screen. As maker, our execution report makes the deal: it is
emitted
together with the booking, so both are in the journal before anything leaves.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, round_amount
from robot.basics.ids import CounterpartyId, DealId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.basics.numbers import ZERO
from robot.core.costs import watch_costs
from robot.core.halting import watch_executions
from robot.core.lifecycle import Step
from robot.core.losses import look, note_deal
from robot.core.markouts import note_markouts, note_result
from robot.core.noting import note, note_deal_with
from robot.core.offering import strategy_name
from robot.core.quoting import (
    close_negotiation,
    dealing_refusal,
    remove_quote,
    subject_of,
    take_answer,
    why_not_live,
    withdraw_quote,
)
from robot.core.reconciling import expect_record
from robot.core.rule_state import Happened
from robot.core.said import dealt_currency, difference
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.core.streaming import renew
from robot.core.telling import tell_trade
from robot.core.valuing import result_told
from robot.deals.agreed import Agreed, Price, agree, kind_of, side_of, with_side
from robot.deals.deal import Deal
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind, price_side
from robot.deals.resolved import AnyResolved
from robot.limits.digits import note_last
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.messages.effects import ConcludeDeal, DealBooked, Decided, RefuseHit
from robot.messages.events import HitReceived


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
    market = context.priced(negotiation.terms)
    if isinstance(market, NoMarket):
        _refuse(context, event, Refusal(reason=Reason(market.reason), detail=market.detail))
        withdraw_quote(context, quote.quote_id, market.reason)
        return
    deal = _deal(state, event, quote, negotiation, market)
    assert deal.exec_id not in state.deals, f"{deal.exec_id} is a deal already"
    state.deals[deal.exec_id] = deal
    state.answered_hits[_key(event)] = deal.exec_id
    context.emit(ConcludeDeal(venue=event.venue, deal=deal))
    take_answer(context, state.gate.commit(quote.quote_id, deal))
    remove_quote(context, quote.quote_id, "DEALT")
    close_negotiation(state, negotiation, Step.DEAL)
    if not negotiation.stream:
        note(state, deal.counterparty, Happened.HIT)
    else:
        renew(state, negotiation.stream)
    book(context, deal, _strategy(state, negotiation))
    decided = _decided(event, "DEALT", "", deal.deal_id, {"mid": str(market.mid)})
    context.emit(msgspec.structs.replace(decided, checks=state.gate.checks))
    watch_executions(context, deal.deal_id)
    look(context)
    watch_costs(context, deal.deal_id)


def book(context: Context, deal: Deal, strategy: str) -> None:
    """Post a deal of a strategy (empty = a person's), and tell the result."""
    ledger, book_of_limits = context.state.ledger, context.state.gate.book
    if LimitKind.WRONG_DIGITS in book_of_limits.tree.kinds:
        note_last(book_of_limits.windows, deal)
    entry, positions = ledger.post(deal)
    note_deal(context, deal)
    note_deal_with(context.state, deal)
    note_result(context, deal, strategy)
    note_markouts(context, deal)
    told = result_told(context, deal)
    booked = DealBooked(
        deal=deal, entry=entry, positions=positions, pnl=told.pnl, pnl_basis=told.basis
    )
    context.emit(booked)
    expect_record(context, deal)
    tell_trade(context, deal)


def _strategy(state: RobotState, negotiation: Negotiation) -> str:
    """The name of what answered it, whatever its version."""
    return negotiation.trial.rpartition(" ")[0] or state.configured().strategy.name


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
        return why_not_live(state, event.quote_id)
    negotiation = state.negotiations[quote.negotiation]
    refusal = dealing_refusal(state, subject_of(state, negotiation))
    if refusal is not None:
        return refusal
    # Its time is not over: the engine fires the expiry before it hands us an event. Our time
    # counts, not the one written on the hit, else a sender could date it back.
    assert state.now_ns < quote.valid_until_ns, f"{quote.quote_id} outlived its time"
    differs = difference(event, quote, negotiation)
    if differs:
        return Refusal(reason=Reason.QUOTE_MISMATCH, detail=f"{quote.quote_id}: {differs}")
    return quote, negotiation


def _deal(
    state: RobotState,
    event: HitReceived,
    quote: LiveQuote,
    negotiation: Negotiation,
    market: Priced,
) -> Deal:
    price = quote.price(price_side(negotiation.kind, event.side))
    assert price is not None, "a hit on a side that was not quoted"
    names = DealNames(
        exec_id=ExecId(state.next_id("E")),
        order_id=state.next_id("O"),
        quote_id=quote.quote_id,
        rfq_id=negotiation.rfq_id,
        hit_id=event.hit_id,
        response_id=event.response_id,
        venue=event.venue,
        counterparty=negotiation.counterparty,
        pair=negotiation.pair,
        strategy=strategy_name(state, negotiation),
    )
    return make_deal(state, names, with_side(negotiation.terms, event.side), price, market)


class DealNames(msgspec.Struct, frozen=True, kw_only=True):
    """What a deal is called and with whom it is made; see `robot.deals.deal.Deal`."""

    exec_id: ExecId
    order_id: str
    quote_id: QuoteId
    rfq_id: RfqId
    hit_id: HitId
    response_id: str | None
    venue: VenueId
    counterparty: CounterpartyId
    pair: CurrencyPair
    strategy: str
    as_taker: bool = False


def make_deal(
    state: RobotState, names: DealNames, terms: AnyResolved, price: Price, market: Priced | None
) -> Deal:
    """The deal that `terms` at `price` are, as maker or as taker. Without a market it is worth
    what was paid.
    """
    kind, agreed = kind_of(terms), agree(terms, price)
    mid = market.mid if market is not None else price.value
    at_mid = msgspec.structs.replace(price, value=mid)
    spot_only = kind is ProductKind.SPOT
    currency = dealt_currency(terms)
    return Deal(
        deal_id=DealId(state.next_id("D")),
        version=1,
        exec_id=names.exec_id,
        order_id=names.order_id,
        quote_id=names.quote_id,
        rfq_id=names.rfq_id,
        hit_id=names.hit_id,
        response_id=names.response_id,
        venue=names.venue,
        counterparty=names.counterparty,
        book=state.configured().book,
        product=kind,
        pair=names.pair,
        side=side_of(terms),
        base_amount=agreed.base_amount,
        rate=agreed.rate,
        counter_amount=agreed.counter_amount,
        trade_date=state.today(),
        value_date=agreed.value_date,
        provisional=terms.provisional,
        strategy=names.strategy,
        mid=mid,
        edge=ZERO if market is None else edge_of(terms, agreed, at_mid, market),
        at_ns=state.now_ns,
        currency="" if currency == base_of(names.pair) else currency,
        spot_rate=price.spot_rate,
        points=agreed.points,
        far_value_date=agreed.far_value_date,
        far_rate=agreed.far_rate,
        far_base_amount=agreed.far_base_amount,
        far_counter_amount=agreed.far_counter_amount,
        as_taker=names.as_taker,
        resolved=None if spot_only else terms,
        agreed_legs=() if spot_only else agreed.legs,
    )


def edge_of(terms: AnyResolved, agreed: Agreed, mid: Price, market: Priced) -> Decimal:
    """What the deal is better than the same at the market's middle, in the counter currency (of a
    loan in its own).
    """
    ours, theirs = agreed.nets, agree(terms, mid).nets
    gain = ZERO
    for place, currency in enumerate(ours):
        better = ours[currency] - theirs[currency]
        # FX flows come base first; a base amount differs where the counter currency is dealt.
        in_base = market.spot is not None and place == 0
        gain += better * market.spot if in_base and market.spot is not None else better
    return round_amount(gain, list(ours)[-1])


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
