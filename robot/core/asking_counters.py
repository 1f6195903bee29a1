"""Answering a quote of a maker with a price of ours: what may be said, and how it leaves."""

from __future__ import annotations

from decimal import Decimal

from robot.bargaining import Said
from robot.basics.numbers import ZERO
from robot.core.ask_states import COUNTERED, AskStep
from robot.core.asked import Ask, AskedMaker, Countered, MakerQuote, Outcome
from robot.core.asking_ends import asked_terms, subject_of_ask
from robot.core.held_words import words_refusal
from robot.core.messaging import take_message
from robot.core.quoting import ASK_DECIDE, MILLISECOND_NS, dealing_refusal
from robot.core.state import Context
from robot.limits.limit import Reason, Refusal
from robot.messages.asks import CounterQuote


def counter_refusal(
    context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote, price: Decimal
) -> Refusal | None:
    """Why a price of ours cannot be sent."""
    state = context.state
    assert quote.price is not None, "a live quote has a price"
    if ask.stage is COUNTERED:
        detail = f"a counter of {ask.ask_id} is with a maker already"
        return Refusal(reason=Reason.DUPLICATE_REQUEST, detail=detail)
    usable = price.is_finite() and (ask.kind.is_signed or price > ZERO)
    if not usable or not ask.is_worse(quote.price.value, price):
        detail = f"{price} is no better for us than {quote.price.value}: take it"
        return Refusal(reason=Reason.MALFORMED, detail=detail)
    worst = ask.worst_of(maker)
    if worst is not None and ask.is_worse(price, worst):
        return Refusal(reason=Reason.WALK_AWAY, detail=f"{price} is past the walk-away {worst}")
    past = words_refusal(context, ask, maker, price)
    if past is not None:
        return past
    subject = subject_of_ask(ask, maker.venue, maker.maker)
    return dealing_refusal(state, subject) or take_message(context, subject)


def send_counter(
    context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote, price: Decimal, why: str
) -> None:
    """The price leaves; the maker's quote is not dealt on until it answers, or patience is over."""
    state = context.state
    assert quote.price is not None, "a live quote has a price"
    response_id = state.next_id("P")
    maker.counter = Countered(quote_id=quote.quote_id, response_id=response_id, price=price)
    maker.said = (*maker.said, Said(at_ns=state.now_ns, ours=True, price=price))
    quote.end(Outcome.COUNTERED, f"countered at {price}")
    ask.advance(AskStep.COUNTER)
    ask.because.append(f"{quote.quote_id} countered at {price} {why}")
    context.emit(
        CounterQuote(
            venue=maker.venue,
            request_id=maker.request_id,
            response_id=response_id,
            quote_id=quote.quote_id,
            maker=maker.maker,
            terms=asked_terms(ask, maker),
            side=ask.side,
            price=price,
            spot=quote.price.spot_rate,
            near_points=quote.price.near_points or ZERO,  # the default itself, which is not written
        )
    )
    patience_ns = state.configured().asks.patience_ms * MILLISECOND_NS
    ask.decide_ns = max(ask.decide_ns, state.now_ns + patience_ns)
    state.schedule(ask.decide_ns, ASK_DECIDE, ask.ask_id)
