"""Counter-offers: which are taken up, what may be answered to them, and how one is turned down.

Rules no strategy can relax: an answer is never worse for them than our quote that stands, never
better than what they asked for, and never past the walk-away price that was said last.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.bargaining import Said
from robot.basics.numbers import ZERO
from robot.core.counter_state import Bargain
from robot.core.games import words_of
from robot.core.held_words import past_words
from robot.core.offering import Offered, strategy_name, told_of
from robot.core.quoting import MILLISECOND_NS
from robot.core.said import other_terms, points_of
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.deals.party import BUY, Side
from robot.deals.product import price_side
from robot.deals.releases import SUGGEST
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.messages.counters import CounterReceived, RefuseCounter
from robot.messages.effects import AlertRaised, Decided
from robot.strategy import Decision, price_problem


def their_price(
    state: RobotState,
    event: CounterReceived,
    quote: LiveQuote,
    negotiation: Negotiation,
    market: Priced,
) -> Decimal | Refusal:
    """What they want to deal at, if it can be talked about; else the first reason against it."""
    differs = other_terms(event, negotiation)
    ours = quote.price(price_side(negotiation.kind, event.side))
    if not differs and ours is None:
        differs = f"we do not {event.side} on this quote"
    if differs or ours is None:
        return Refusal(reason=Reason.QUOTE_MISMATCH, detail=f"{quote.quote_id}: {differs}")
    closed = _why_closed(state, negotiation)
    if closed:
        return Refusal(reason=Reason.NOT_NEGOTIABLE, detail=closed)
    theirs = event.price if event.price is not None else points_of(event, ours)
    problem = _price_problem(theirs, ours.value, negotiation, market, event.side)
    if problem or theirs is None:
        return Refusal(reason=Reason.COUNTER_PRICE, detail=problem)
    return theirs


def _why_closed(state: RobotState, negotiation: Negotiation) -> str:
    """Why nothing more is talked about here; empty = it may be."""
    policy, bargain = state.configured().quotes, negotiation.bargain
    if negotiation.stream or negotiation.streaming:
        return "a price that is kept fresh is not negotiated"
    candidate = state.configured().candidate
    if negotiation.trial and candidate is not None and candidate.stage is SUGGEST:
        return "a person confirms each price of the candidate"
    if negotiation.host_ask or negotiation.person_ask:
        return "their price of before is not answered yet"
    counters = bargain.counters if bargain is not None else 0
    if not counters < policy.counters_max:
        return f"{counters} prices of theirs were answered (quotes.counters_max)"
    if bargain is not None and not state.now_ns < bargain.until_ns:
        return f"{policy.counter_time_max_ms} ms are over (quotes.counter_time_max_ms)"
    return ""


def _price_problem(
    theirs: Decimal | None, ours: Decimal, negotiation: Negotiation, market: Priced, side: Side
) -> str:
    """What is wrong with their price; empty = nothing."""
    if theirs is None:
        return "no price is said, or a near rate that was not quoted"
    kind = negotiation.kind
    problem = price_problem(theirs, market.tick)
    if problem:
        return f"their price {problem}"
    if not (kind.is_signed or theirs > ZERO):
        return f"{theirs} is not a price"
    if not is_better(theirs, ours, price_side(kind, side)):
        return f"{theirs} is no better for them than our {ours}: that can be hit"
    return ""


def is_better(price: Decimal, than: Decimal, side: Side) -> bool:
    """Whether a price is better for them; at our bid (`side` BUY) a higher one is."""
    return price > than if side is BUY else price < than


def note_theirs(
    state: RobotState, negotiation: Negotiation, event: CounterReceived, theirs: Decimal
) -> None:
    """Their price is on the table from here on."""
    policy, before = state.configured().quotes, negotiation.bargain
    assert negotiation.quote_id is not None, "it was found by its quote"
    ours = state.quotes[negotiation.quote_id].price(price_side(negotiation.kind, event.side))
    assert ours is not None, "checked"
    longest_ns = state.now_ns + policy.counter_time_max_ms * MILLISECOND_NS
    said = before.said if before is not None else ()
    if before is None:
        said = (Said(at_ns=negotiation.replaced_ns, ours=True, price=ours.value),)
    negotiation.rounds += 1
    negotiation.bargain = Bargain(
        side=event.side,
        theirs=theirs,
        ours=ours.value,
        quote_id=event.quote_id,
        response_id=event.response_id,
        waits=True,
        counters=before.counters + 1 if before is not None else 1,
        until_ns=before.until_ns if before is not None else longest_ns,
        said=(*said, Said(at_ns=state.now_ns, ours=False, price=theirs)),
    )


def bounded(state: RobotState, negotiation: Negotiation, decision: Decision) -> Decision:
    """The answer to their price, on the side they have shown: moved to the nearest that may be
    said. `because` tells what it was before.
    """
    bargain = negotiation.bargain
    assert bargain is not None, "they have said no price"
    side = price_side(negotiation.kind, bargain.side)
    wanted = decision.bid if side is BUY else decision.offer
    assert wanted is not None, "a decision has the price that is asked"
    price, because = wanted, f"they say {bargain.theirs}, we said {bargain.ours}"
    stands = _standing(state, negotiation, side)
    if stands is not None and is_better(stands, price, side):
        price, because = stands, f"{because}; {wanted} is worse for them than what stands"
    if is_better(price, bargain.theirs, side):
        price, because = bargain.theirs, f"{because}; {wanted} is better than they ask"
    said = "their price" if price == bargain.theirs else "as before" if price == stands else "new"
    return msgspec.structs.replace(
        decision,
        bid=price if side is BUY else None,
        offer=None if side is BUY else price,
        because=(*decision.because, f"{because}: {price} ({said})"),
    )


def _standing(state: RobotState, negotiation: Negotiation, side: Side) -> Decimal | None:
    if negotiation.quote_id is None:
        return None
    found = state.quotes[negotiation.quote_id].price(side)
    return found.value if found is not None else None


def past_walk_away(
    context: Context, negotiation: Negotiation, decision: Decision
) -> Refusal | None:
    """The last look at a price before it leaves: never past the walk-away, whoever worked it out.
    Somebody is told: it was to be seen to before.
    """
    if decision.walk_away is not None:
        negotiation.walk_away = decision.walk_away
    one = negotiation.walk_away
    both = decision.walk_aways or (one, one)
    told_of = ((BUY, decision.bid, both[0]), (BUY.opposite, decision.offer, both[1]))
    for side, price, worst in told_of:
        if price is None or worst is None:
            continue
        if not (price == worst or is_better(worst, price, side)):
            text = f"{price} is past the walk-away {worst}"
            told = f"{negotiation.rfq_id} of {negotiation.counterparty}: {text}; it is not sent"
            context.emit(AlertRaised(code="WALK_AWAY", text=told))
            return Refusal(reason=Reason.WALK_AWAY, detail=text)
    return _past_words(context, negotiation, decision)


def _past_words(context: Context, negotiation: Negotiation, decision: Decision) -> Refusal | None:
    """The same by the words that the program of the game declares, whatever the decision says."""
    version = context.candidate if negotiation.trial else context.live
    words = words_of(version, decision.game) if version is not None and decision.game else None
    if isinstance(words, str):
        return Refusal(reason=Reason.STRATEGY_FAILED, detail=f"game {decision.game!r}: {words}")
    for better, price in ((-1, decision.bid), (1, decision.offer)):
        if words is None or price is None:
            continue
        refusal = past_words(context, words, negotiation.terms, better, price)
        if refusal is not None:
            told = f"{negotiation.rfq_id} of {negotiation.counterparty}: {refusal.detail}"
            context.emit(AlertRaised(code="WALK_AWAY", text=f"{told}; it is not sent"))
            return refusal
    return None


def turn_down(
    context: Context, negotiation: Negotiation, refusal: Refusal, offered: Offered | None = None
) -> None:
    """Their price is not taken up; our quote, where it stands, does so as it did."""
    bargain = negotiation.bargain
    assert bargain is not None, "they have said no price"
    bargain.waits = False
    context.emit(
        RefuseCounter(
            venue=negotiation.venue,
            response_id=bargain.response_id,
            quote_id=bargain.quote_id,
            request_id=negotiation.request_id,
            pair=negotiation.pair,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    context.emit(
        Decided(
            subject=negotiation.rfq_id,
            kind="COUNTER",
            outcome="REFUSED",
            reason=refusal.reason,
            detail=f"they say {bargain.theirs}, we said {bargain.ours}: {refusal.detail}",
            venue=negotiation.venue,
            counterparty=negotiation.counterparty,
            pair=negotiation.pair,
            amount=negotiation.amount,
            side=bargain.side,
            quote_id=bargain.quote_id,
            strategy=strategy_name(context.state, negotiation),
            facts=told_of(offered) if offered is not None else refusal.facts,
            because=offered.decision.because if offered is not None else refusal.because,
            checks=refusal.checks,
            row=offered.row if offered is not None else refusal.row,
        )
    )
