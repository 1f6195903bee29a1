"""Handlers of what makers answer: quotes kept and compared, one taken, the rest passed.

`_look` is what is looked at after each answer and when patience is over. An ask deals at most once:
where a maker says that it did not deal after all, what still stands is looked at again.
"""

from __future__ import annotations

from decimal import Decimal

from robot.bargaining import Said
from robot.basics.ids import QuoteId
from robot.basics.numbers import ZERO
from robot.core.ask_games import play
from robot.core.ask_states import COLLECTING, COUNTERED, TAKING, AskStep
from robot.core.asked import Ask, AskedMaker, MakerQuote, Outcome
from robot.core.asking_ends import (
    STOOD,
    end_ask,
    may_ask_more,
    may_hit_again,
    middle_of,
    no_longer_countered,
    nobody_left,
    note_word,
    pass_quote,
)
from robot.core.asking_quotes import comparison, has_answered, ranked, read_quote
from robot.core.asking_take import ASK, take
from robot.core.negotiation import on_rfq_ended
from robot.core.order_states import OrderStep
from robot.core.ordering import ask as ask_fate
from robot.core.ordering import end_order
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import Context, RobotState
from robot.messages.asks import AskRefused, QuoteReceived, QuoteRevoked, QuoteRevoking
from robot.messages.effects import AlertRaised, Decided
from robot.messages.events import RfqEnded

_EXPIRED = (QuoteRevoking.EXPIRED, QuoteRevoking.NOT_FOUND)
_REFUSES = (*_EXPIRED, QuoteRevoking.REJECTED)
"""What a maker says when it does not deal on a quote of its own."""
_BECOMES = {
    QuoteRevoking.REJECTED: Outcome.LIVE,
    QuoteRevoking.EXPIRED: Outcome.EXPIRED,
    QuoteRevoking.NOT_FOUND: Outcome.EXPIRED,
}
"""What the quote is that we answered with a price of ours, by what the maker says to that; taken
back where it says anything else.
"""


def on_quote_received(context: Context, event: QuoteReceived) -> None:
    """Keep it with its time; the former one of the maker is replaced, whatever the new one is."""
    state = context.state
    ask = state.asks.get(state.ask_of_request.get(event.request_id, ""))
    if ask is None or ask.maker_of(event.request_id).venue != event.venue:
        _tell_late(context, event)
        return
    maker = ask.maker_of(event.request_id)
    quote = read_quote(ask, maker, event, state.now_ns)
    same = [one for one in maker.quotes if one.quote_id == quote.quote_id]
    counter = maker.counter
    if _is_said_again(quote, same):
        if counter is not None and event.response_id == counter.response_id:
            _restore(state, ask, maker, f"said again to {counter.price} of ours")
            _look(context, ask)
        return
    if same and quote.live:
        quote.end(Outcome.INVALID, f"{quote.quote_id} was another quote before")
    if ask.stage is TAKING:
        if not may_hit_again(state, ask):
            _keep_late(context, ask, maker, quote)
            return
        quote.behind = ask.order_id
    for former in maker.quotes:
        if former.outcome in STOOD:
            former.end(Outcome.REPLACED, f"by {quote.quote_id}")
    maker.quotes.append(quote)
    if quote.live and quote.price is not None:
        quote.mid = middle_of(context, ask.terms_of(maker))
        maker.said = (*maker.said, Said(at_ns=state.now_ns, ours=False, price=quote.price.value))
    maker.closed, maker.detail = None, ""
    if counter is not None and event.response_id in ("", counter.response_id):
        quote.detail = "; ".join(filter(None, (quote.detail, f"answers {counter.price} of ours")))
        no_longer_countered(state, ask, maker)
    _look(context, ask)


def _is_said_again(quote: MakerQuote, same: list[MakerQuote]) -> bool:
    """Whether it is the very quote that came before under its name: after a gap, twice by mistake,
    or as the answer to a price of ours. Of two times that are said of it the earlier one counts.
    """
    if quote.outcome not in (Outcome.LIVE, Outcome.EXPIRED):
        return False
    former = [one for one in same if one.price == quote.price]
    for one in former:
        one.valid_until_ns = min(one.valid_until_ns, quote.valid_until_ns)
    return bool(former)


def on_ask_refused(context: Context, event: AskRefused) -> None:
    """The maker does not quote, or the venue does not hand the request on."""
    ask = context.state.asks.get(context.state.ask_of_request.get(event.request_id, ""))
    text = f"{event.reason} {event.text}".strip()
    if ask is None:
        text = f"{event.venue} refuses {event.request_id}, which is no open ask: {text}"
        context.emit(AlertRaised(code="MESSAGE_REFUSED", text=text))
        return
    maker = ask.maker_of(event.request_id)
    if maker.venue == event.venue:
        maker.close(Outcome.REFUSED, text)
        no_longer_countered(context.state, ask, maker)
        _look(context, ask)


def on_quote_revoked(context: Context, event: QuoteRevoked) -> None:
    """A maker's quote is no longer in force, or our hit or counter was refused."""
    state = context.state
    order = state.orders.get(state.order_names.get(event.response_id, ""))
    if order is not None and order.taken is not None and order.venue == event.venue:
        if event.why in _REFUSES:  # it answers our hit, and nothing else
            note_word(state, order.order_id, f"{event.why} {event.text}".strip())
            end_order(context, order, "REJECTED")
        return
    for ask in tuple(state.asks.values()):
        meant = [
            maker
            for maker in ask.makers
            if maker.venue == event.venue and event.request_id in ("", maker.request_id)
        ]
        # All of them first: what the same message ends is not dealt on in between.
        changed = [_revoke(context, ask, maker, event) for maker in meant]
        if any(changed):
            _look(context, ask)


def on_ending(context: Context, event: RfqEnded) -> None:
    """A quote is named by its id alone, or all are meant: ours as maker, and those of makers."""
    state = context.state
    ours = event.quote_id in state.quotes or event.quote_id in state.ended_quotes
    on_rfq_ended(context, event)
    if event.request_id is None and not ours:
        revoked = QuoteRevoked(
            origin=event.origin,
            venue=event.venue,
            quote_id=event.quote_id or "",
            why=QuoteRevoking(event.ending),
            text=event.text,
        )
        on_quote_revoked(context, revoked)


def on_ask_decide(context: Context, ask_id: str) -> None:
    """Patience is over, or something has changed."""
    state = context.state
    ask = state.asks.get(ask_id)
    if ask is None:
        return
    if state.now_ns < ask.decide_ns and (ask.game or ask.stage is COUNTERED):
        return
    if ask.stage is COUNTERED:
        for maker in ask.makers:
            _restore(state, ask, maker, "no answer to our price")
    _look(context, ask)


def on_ask_over(context: Context, ask_id: str) -> None:
    """Its time is over and nothing was dealt."""
    ask = context.state.asks.get(ask_id)
    if ask is not None and ask.stage is not TAKING:
        end_ask(context, ask, "NOT_DEALT", "its time is over")


def _look(context: Context, ask: Ask) -> None:
    """Compare when all have answered or patience is over; deal within the limit, or leave it to a
    person.
    """
    state = context.state
    if ask.stage in (TAKING, COUNTERED) or ask.ask_id not in state.asks:
        return
    if nobody_left(ask) and not may_ask_more(ask):
        end_ask(context, ask, "NOT_DEALT", "no maker quotes")
        return
    over = state.now_ns >= ask.decide_ns
    if not over and not all(has_answered(maker, state.now_ns) for maker in ask.makers):
        return
    if ask.game:
        play(context, ask)
        return
    if ask.limit_price is None:
        if ask.stage is COLLECTING:
            ask.advance(AskStep.COMPARE)
        return
    if _take_best(context, ask) or not over or _is_for_a_person(ask):
        return
    end_ask(context, ask, "NOT_DEALT", "nothing could be dealt within the limit")


def _take_best(context: Context, ask: Ask) -> bool:
    """Deal on the best quote that the limits allow; whether one was taken."""
    state = context.state
    assert ask.limit_price is not None, "without a limit a person deals"
    margin_ns = state.configured().asks.margin_ms * MILLISECOND_NS
    why = comparison(ask, state.now_ns)
    for maker, quote, price in ranked(ask, state.now_ns + margin_ns):
        if ask.is_worse(price, ask.limit_price):
            return False
        quote.refusal = quote.refusal or _worse_than_refused(ask, price)
        if quote.refusal:
            continue
        refusal = take(context, ask, maker, quote, *why)
        if refusal is None:
            return True
        quote.refusal = f"{refusal.reason}: {refusal.detail}"
        why = (*why, f"{quote.quote_id} of {maker.maker} at {price}: {quote.refusal}")
    return False


def _is_for_a_person(ask: Ask) -> bool:
    """Whether what stands within the limit is dealt on by a person or not at all."""
    assert ask.limit_price is not None, "without a limit a person deals anyway"
    return any(
        not ask.is_worse(quote.price.value, ask.limit_price)
        and bool(_worse_than_refused(ask, quote.price.value))
        for maker in ask.makers
        if (quote := maker.live) is not None and quote.price is not None
    )


def _worse_than_refused(ask: Ask, price: Decimal) -> str:
    """Why a price is not dealt on without a person: a hit at a better one came to nothing."""
    for maker in ask.makers:
        for former in maker.quotes:
            hit = former.price if former.outcome is Outcome.TAKE_REFUSED else None
            if hit is not None and ask.is_worse(price, hit.value):
                return f"{maker.maker} did not deal at {hit.value}: a person deals at a worse price"
    return ""


def _keep_late(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote) -> None:
    """It came when our hit was on its way: on the record, and passed."""
    if quote.live:
        quote.end(Outcome.LATE, f"{ask.order_id} was on its way")
    maker.quotes.append(quote)
    order = context.state.orders.get(ask.order_id)
    if order is None or order.taken is None or order.taken.request_id != maker.request_id:
        pass_quote(context, ask, maker, quote)


def _tell_late(context: Context, event: QuoteReceived) -> None:
    """A quote on no open ask: on the record and passed, never dealt on."""
    state = context.state
    ended = state.ended_asks.get(state.ask_of_request.get(event.request_id, ""))
    ask = ended.ask if ended is not None else None
    if ask is None or ask.maker_of(event.request_id).venue != event.venue:
        text = f"{event.venue} quotes {event.quote_id} on {event.request_id}, which is no ask"
        context.emit(AlertRaised(code="QUOTE_UNASKED", text=text))
        return
    maker = ask.maker_of(event.request_id)
    quote = read_quote(ask, maker, event, state.now_ns)
    pass_quote(context, ask, maker, quote)
    context.emit(
        Decided(
            subject=ask.ask_id,
            kind="ASK",
            outcome="LATE",
            reason="",
            detail=f"{quote.price.value if quote.price is not None else '-'} came after the end",
            venue=event.venue,
            counterparty=maker.maker,
            pair=event.pair,
            amount=event.amount if event.amount is not None else ZERO,
            side=ask.side,
            quote_id=QuoteId(event.quote_id),
            strategy=ASK,
            facts={"bid": str(event.bid), "offer": str(event.offer)},
        )
    )


def _revoke(context: Context, ask: Ask, maker: AskedMaker, event: QuoteRevoked) -> bool:
    """The maker's word on its quotes of one request; whether it changed what there is."""
    text = f"{event.why} {event.text}".strip()
    if ask.stage is TAKING:
        _doubt_taken(context, ask, maker, event)
    counter = maker.counter
    if counter is not None and counter.response_id == event.response_id:
        _restore(context.state, ask, maker, text, _BECOMES.get(event.why, Outcome.WITHDRAWN))
        return True
    if event.response_id and (event.why is QuoteRevoking.REJECTED or not event.quote_id):
        return False  # about a price of ours that is not with it any more
    ended = [
        quote
        for quote in maker.quotes
        if quote.outcome in STOOD and event.quote_id in ("", quote.quote_id)
    ]
    for quote in ended:
        quote.end(Outcome.EXPIRED if event.why in _EXPIRED else Outcome.WITHDRAWN, text)
    if counter is not None and any(quote.quote_id == counter.quote_id for quote in ended):
        no_longer_countered(context.state, ask, maker)  # that is its answer to our price
    return bool(ended)


def _doubt_taken(context: Context, ask: Ask, maker: AskedMaker, event: QuoteRevoked) -> None:
    """Something was said of a quote that we took, not of our hit on it: ask what became of it."""
    order = context.state.orders.get(ask.order_id)
    if order is None or order.taken is None or order.taken.request_id != maker.request_id:
        return
    if event.why in _REFUSES and event.quote_id in ("", order.taken.quote_id):
        order.advance(OrderStep.LOSE)
        ask_fate(context, order)


def _restore(
    state: RobotState,
    ask: Ask,
    maker: AskedMaker,
    detail: str,
    becomes: Outcome = Outcome.LIVE,
) -> None:
    """Our price was not taken up: the quote stands as before, as long as its own time goes."""
    for quote in maker.quotes:
        if quote.outcome is Outcome.COUNTERED:
            quote.end(becomes, detail)
    no_longer_countered(state, ask, maker)
