"""What a person wants of an open ask: take a quote, answer it with a price of ours, end it.

Every check that holds for the robot's own choice holds here, too.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO
from robot.core.ask_states import COUNTERED, TAKING, AskStep
from robot.core.asked import Ask, AskedMaker, Countered, MakerQuote, Outcome
from robot.core.asking_ends import asked_terms, end_ask, subject_of_ask
from robot.core.asking_quotes import comparison
from robot.core.asking_take import ASK, take
from robot.core.messaging import take_message
from robot.core.quoting import ASK_DECIDE, MILLISECOND_NS, dealing_refusal
from robot.core.state import Context, RobotState
from robot.limits.limit import Reason, Refusal
from robot.messages.asks import AskCountered, AskTaken, AskWithdrawn, CounterQuote
from robot.messages.effects import Decided

_KINDS = {AskTaken: "TAKE", AskCountered: "COUNTER", AskWithdrawn: "WITHDRAW"}
_REASONS = {
    Outcome.REPLACED: Reason.QUOTE_REPLACED,
    Outcome.EXPIRED: Reason.QUOTE_EXPIRED,
    Outcome.INVALID: Reason.QUOTE_MISMATCH,
}


def on_ask_taken(context: Context, event: AskTaken) -> None:
    """A person chooses the quote; every check holds for it as for the one we would choose."""
    found = _named(context.state, event.ask_id, event.quote_id)
    if isinstance(found, Refusal):
        _refuse(context, event, found)
        return
    ask, maker, quote = found
    why = (f"taken by {event.actor}: {event.reason}", *comparison(ask, context.state.now_ns))
    take(context, ask, maker, quote, *why)


def on_ask_countered(context: Context, event: AskCountered) -> None:
    """A price of ours goes to the maker; its quote is not dealt on until it answers."""
    found = _named(context.state, event.ask_id, event.quote_id)
    refusal = found if isinstance(found, Refusal) else _may_counter(context, event, *found)
    if refusal is not None or isinstance(found, Refusal):
        assert refusal is not None, "one of the two is a refusal"
        _refuse(context, event, refusal)
        return
    ask, maker, quote = found
    _counter(context, event, ask, maker, quote)


def _counter(
    context: Context, event: AskCountered, ask: Ask, maker: AskedMaker, quote: MakerQuote
) -> None:
    state = context.state
    assert quote.price is not None, "a live quote has a price"
    response_id = state.next_id("P")
    maker.counter = Countered(quote_id=quote.quote_id, response_id=response_id, price=event.price)
    quote.end(Outcome.COUNTERED, f"countered at {event.price}")
    ask.advance(AskStep.COUNTER)
    text = f"{quote.quote_id} countered at {event.price} by {event.actor}: {event.reason}"
    ask.because.append(text)
    context.emit(
        CounterQuote(
            venue=maker.venue,
            request_id=maker.request_id,
            response_id=response_id,
            quote_id=quote.quote_id,
            maker=maker.maker,
            terms=asked_terms(ask),
            side=ask.side,
            price=event.price,
            spot=quote.price.spot_rate,
            near_points=quote.price.near_points or ZERO,  # the default itself, which is not written
        )
    )
    patience_ns = state.configured().asks.patience_ms * MILLISECOND_NS
    ask.decide_ns = max(ask.decide_ns, state.now_ns + patience_ns)
    state.schedule(ask.decide_ns, ASK_DECIDE, ask.ask_id)


def _may_counter(
    context: Context, event: AskCountered, ask: Ask, maker: AskedMaker, quote: MakerQuote
) -> Refusal | None:
    """Why a price of ours cannot be sent."""
    state = context.state
    assert quote.price is not None, "a live quote has a price"
    if ask.stage is COUNTERED:
        detail = f"a counter of {ask.ask_id} is with a maker already"
        return Refusal(reason=Reason.DUPLICATE_REQUEST, detail=detail)
    usable = event.price.is_finite() and (ask.kind.is_signed or event.price > ZERO)
    if not usable or not ask.is_worse(quote.price.value, event.price):
        detail = f"{event.price} is no better for us than {quote.price.value}: take it"
        return Refusal(reason=Reason.MALFORMED, detail=detail)
    subject = subject_of_ask(ask, maker.venue, maker.maker)
    return dealing_refusal(state, subject) or take_message(context, subject)


def on_ask_withdrawn(context: Context, event: AskWithdrawn) -> None:
    """A person ends it; a hit that is on its way is the maker's to answer."""
    ask = context.state.asks.get(event.ask_id)
    if ask is None:
        detail = f"no ask {event.ask_id} is open"
        _refuse(context, event, Refusal(reason=Reason.UNKNOWN_QUOTE, detail=detail))
    elif ask.stage is TAKING:
        detail = f"{ask.order_id} is on its way: the maker's word decides"
        _refuse(context, event, Refusal(reason=Reason.QUOTE_USED, detail=detail))
    else:
        end_ask(context, ask, "WITHDRAWN", f"by {event.actor}: {event.reason}")


def _named(
    state: RobotState, ask_id: str, quote_id: str
) -> tuple[Ask, AskedMaker, MakerQuote] | Refusal:
    """The quote that a person means, if it may be dealt on now."""
    ask = state.asks.get(ask_id)
    if ask is None:
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=f"no ask {ask_id} is open")
    if ask.stage is TAKING:
        detail = f"{ask.order_id} of {ask_id} is on its way: the maker's word decides"
        return Refusal(reason=Reason.QUOTE_USED, detail=detail)
    found = ask.quote(quote_id)
    if found is None:
        detail = f"no quote {quote_id} came on {ask_id}"
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=detail)
    maker, quote = found
    if not quote.live:
        reason = _REASONS.get(quote.outcome, Reason.QUOTE_WITHDRAWN)
        detail = f"{quote_id} is {quote.outcome}: {quote.detail or 'it is not in force'}"
        return Refusal(reason=reason, detail=detail)
    if quote.valid_until_ns <= state.now_ns:
        return Refusal(reason=Reason.QUOTE_EXPIRED, detail=f"the time of {quote_id} is over")
    return ask, maker, quote


def _refuse(
    context: Context, event: AskTaken | AskCountered | AskWithdrawn, refusal: Refusal
) -> None:
    """A person's wish that is not carried out, with the reason."""
    ask = context.state.asks.get(event.ask_id)
    context.emit(
        Decided(
            subject=event.ask_id,
            kind=_KINDS[type(event)],
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=VenueId(""),
            counterparty="",
            pair=ask.pair if ask is not None else "",
            amount=ask.amount if ask is not None else ZERO,
            side=ask.side if ask is not None else "",
            strategy=ASK,
            facts={},
            because=(f"wanted by {event.actor}: {event.reason}",),
        )
    )
