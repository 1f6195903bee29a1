"""What every handler may do to an ask: pass its quotes, void them, end it with the whole record.

These keep in step what knows an ask: the table of open ones, its makers' quotes, and the record of
those that ended.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from robot.basics.currency import base_of
from robot.basics.ids import CounterpartyId, QuoteId, VenueId
from robot.basics.numbers import ZERO
from robot.core.ask_states import COUNTERED, TAKING, AskStep
from robot.core.asked import Ask, AskedMaker, MakerQuote, Outcome
from robot.core.quoting import ASK_DECIDE
from robot.core.said import dealt_currency, value_dates
from robot.core.state import Context, EndedAsk, RobotState
from robot.core.stops import Subject
from robot.deals.resolved import (
    AnyResolved,
    ResolvedFxNdf,
    ResolvedFxSwap,
    ResolvedLoan,
    ResolvedRepo,
)
from robot.market.snapshot import NoMarket
from robot.messages.asks import AskedTerms, AskEnded, ComparedQuote, PassQuote
from robot.messages.effects import Decided

ENDED_ASKS_MAX = 100
"""How many ended asks are kept for whoever asks how they ended."""
_DEALT, _NOT_DEALT, _WITHDRAWN = "DEALT", "NOT_DEALT", "WITHDRAWN"
_NOTHING_DEALT = frozenset({"REJECTED", "EXPIRED", "CANCELED"})
"""Endings of a hit by which the maker itself says that it did not deal. That a venue does not know
of a hit is none: it may be on its way still.
"""
STOOD = (Outcome.LIVE, Outcome.COUNTERED, Outcome.INDICATIVE)
"""What a maker still holds ready for us."""


def asked_terms(ask: Ask, maker: AskedMaker | None = None) -> AskedTerms:
    """What an ask, or one of its requests, is about, as its messages say it."""
    terms = ask.terms if maker is None else ask.terms_of(maker)
    near, far = value_dates(terms)
    currency = dealt_currency(terms)
    ndf = terms if isinstance(terms, ResolvedFxNdf) else None
    return AskedTerms(
        pair=ask.pair,
        product=ask.kind,
        amount=ask.amount if maker is None else ask.amount_of(maker),
        currency="" if currency == base_of(ask.pair) else currency,
        value_date=near,
        far_value_date=far,
        far_amount=terms.far.amount if isinstance(terms, ResolvedFxSwap) else None,
        spot_date=terms.spot_date if isinstance(terms, ResolvedFxSwap) else None,
        settlement_currency=ndf.settlement_currency if ndf is not None else "",
        fixing_index=ndf.fixing_index if ndf is not None else "",
        fixing_date=ndf.fixing_date if ndf is not None else None,
        contract_code=terms.contract_code if isinstance(terms, ResolvedLoan) else "",
        collateral=terms.collateral if isinstance(terms, ResolvedRepo) else (),
    )


def middle_of(context: Context, terms: AnyResolved) -> Decimal | None:
    """Of our market at this moment: what makers' prices are compared with afterwards; None = it is
    not fit to deal on.
    """
    market = context.priced(terms)
    return None if isinstance(market, NoMarket) else market.mid


def middle_fact(context: Context, terms: AnyResolved) -> dict[str, str]:
    """The same as a fact of a decision; nothing where there is none."""
    mid = middle_of(context, terms)
    return {} if mid is None else {"mid": str(mid)}


def pass_quote(context: Context, ask: Ask, maker: AskedMaker, quote: MakerQuote) -> None:
    """Tell a maker that we do not deal on its quote."""
    state = context.state
    if quote.valid_until_ns <= state.now_ns or not state.venues[maker.venue].dealing_up:
        return
    context.emit(
        PassQuote(
            venue=maker.venue,
            request_id=maker.request_id,
            response_id=state.next_id("P"),
            quote_id=quote.quote_id,
            maker=maker.maker,
            terms=asked_terms(ask, maker),
            side=None if ask.two_way else ask.side,
        )
    )


def pass_rest(
    context: Context,
    ask: Ask,
    taken: MakerQuote | None,
    outcomes: tuple[Outcome, ...] = STOOD,
) -> None:
    """Every quote that stands (in one of these ways) but the one that is taken ends here, with the
    reason.
    """
    for maker in ask.makers:
        for quote in maker.quotes:
            if quote is taken or quote.outcome not in outcomes:
                continue
            if taken is None or taken not in maker.quotes:
                pass_quote(context, ask, maker, quote)
            if quote.outcome is not Outcome.INDICATIVE:
                quote.end(*_why_not(context.state, ask, maker, quote, taken))
        maker.counter = None


def _why_not(
    state: RobotState, ask: Ask, maker: AskedMaker, quote: MakerQuote, taken: MakerQuote | None
) -> tuple[Outcome, str]:
    """What a quote that stood is called in the record."""
    if quote.refusal:
        return Outcome.NOT_ALLOWED, quote.refusal
    if quote.valid_until_ns <= state.now_ns:
        return Outcome.EXPIRED, ""
    if taken is not None and quote.behind == taken.order_id:
        return Outcome.LATE, f"{quote.behind} was on its way"
    price = quote.price
    limit = ask.worst_of(maker)
    if limit is not None and price is not None and ask.is_worse(price.value, limit):
        return Outcome.BEYOND_LIMIT, f"limit {limit}"
    if taken is not None and taken.price is not None:
        return Outcome.WORSE, f"than {taken.price.value} of {taken.quote_id}, or later"
    return Outcome.PASSED, ""


def end_ask(context: Context, ask: Ask, outcome: str, *because: str) -> None:
    """Pass what still stands, and put the comparison on the record."""
    taken = ask.quote_taken()
    dealt = taken if taken is not None and taken.outcome is Outcome.TAKEN else None
    pass_rest(context, ask, dealt)
    ask.advance(AskStep.END)
    ask.because += because
    ended = AskEnded(
        ask_id=ask.ask_id,
        request=ask.request,
        outcome=outcome,
        order_id=ask.order_id,
        quotes=tuple(last_word(maker, taken) for maker in ask.makers),
        earlier=tuple(
            _compared(maker, quote)
            for maker in ask.makers
            for quote in maker.quotes
            if quote is not _last(maker, taken)
        ),
        because=tuple(ask.because),
    )
    context.emit(ended)
    del context.state.asks[ask.ask_id]
    remember(context.state, EndedAsk(ended, ask))


def remember(state: RobotState, ended: EndedAsk) -> None:
    """Keep how an ask ended, for a bounded number of them."""
    state.ended_asks[ended.record.ask_id] = ended
    if len(state.ended_asks) > ENDED_ASKS_MAX:
        del state.ended_asks[next(iter(state.ended_asks))]


def last_word(maker: AskedMaker, taken: MakerQuote | None) -> ComparedQuote:
    """A maker's row in the comparison: its last quote, or why there is none."""
    quote = _last(maker, taken)
    if quote is not None:
        return _compared(maker, quote)
    return ComparedQuote(
        venue=maker.venue,
        maker=maker.maker,
        request_id=maker.request_id,
        outcome=maker.closed or (Outcome.SILENT if maker.asked else Outcome.NOT_ASKED),
        detail=maker.detail,
        amount=maker.amount,
        tenor=maker.tenor,
    )


def _last(maker: AskedMaker, taken: MakerQuote | None) -> MakerQuote | None:
    if taken is not None and any(quote is taken for quote in maker.quotes):
        return taken
    on_time = [quote for quote in maker.quotes if quote.outcome is not Outcome.LATE]
    found = on_time or maker.quotes
    return found[-1] if found else None


def _compared(maker: AskedMaker, quote: MakerQuote) -> ComparedQuote:
    return ComparedQuote(
        venue=maker.venue,
        maker=maker.maker,
        request_id=maker.request_id,
        quote_id=quote.quote_id,
        price=quote.price.value if quote.price is not None else None,
        received_ns=quote.received_ns,
        outcome=quote.outcome,
        detail=quote.detail,
        amount=maker.amount,
        mid=quote.mid,
        tenor=maker.tenor,
    )


def may_hit_again(state: RobotState, ask: Ask) -> bool:
    """Whether another quote may be dealt on where the last hit came to nothing."""
    return not ask.no_more and ask.hits < state.configured().asks.hits_max


def note_word(state: RobotState, order_id: str, text: str) -> None:
    """What a maker said of our hit on its quote, in its own words."""
    order = state.orders.get(order_id)
    ask = state.asks.get(order.taken.ask_id) if order is not None and order.taken else None
    taken = ask.quote_taken() if ask is not None else None
    if order is not None and ask is not None and taken is not None and text:
        ask.because.append(f"{order.venue} on {order_id}: {text}")
        taken.word = text
        taken.detail = "; ".join(filter(None, (taken.detail, text)))


def end_taken(
    context: Context, ask_id: str, ending: str, *, left: Decimal, filled: Decimal
) -> None:
    """The order on a taken quote has ended, and its ask, unless nothing was dealt by the maker's
    own word and another quote may be dealt on.
    """
    ask = context.state.asks.get(ask_id)
    if ask is None:
        return
    taken = ask.quote_taken()
    assert taken is not None, f"{ask_id} has an order and no quote that was taken"
    if left == ZERO:
        end_ask(context, ask, _DEALT)
        return
    taken.end(Outcome.TAKE_REFUSED, ending)
    _tell_turned_down(context, ask, taken, ending)
    why = f"{taken.quote_id} was not dealt: {ending}"
    nothing = ending in _NOTHING_DEALT and filled == ZERO
    if nothing and may_hit_again(context.state, ask) and not _is_over(context.state, ask):
        ask.because.append(why)
        ask.advance(AskStep.GO_ON)
        decide_now(context.state, ask)
    else:
        end_ask(context, ask, _NOT_DEALT, *filter(None, (why, ask.no_more)))


def _tell_turned_down(context: Context, ask: Ask, taken: MakerQuote, ending: str) -> None:
    """On the record, between what was decided before and after it."""
    maker = next(one for one in ask.makers if any(quote is taken for quote in one.quotes))
    price = taken.price.value if taken.price is not None else "-"
    context.emit(
        Decided(
            subject=ask.ask_id,
            kind="GAME" if ask.game else "TAKE",
            outcome="TURNED_DOWN",
            reason="",
            detail=f"at {price}: {taken.word or ending}",
            venue=maker.venue,
            counterparty=maker.maker,
            pair=ask.pair,
            amount=ask.amount_of(maker),
            side=ask.side,
            quote_id=QuoteId(taken.quote_id),
            strategy=ask.game or "ask",
            facts={"ask": ask.ask_id, "order": taken.order_id, **ask.asked_otherwise(maker)},
        )
    )


def _is_over(state: RobotState, ask: Ask) -> bool:
    """Whether its time is over, or nobody is left to quote or to be asked."""
    return state.now_ns >= ask.open_until_ns or (nobody_left(ask) and not may_ask_more(ask))


def may_ask_more(ask: Ask) -> bool:
    """Whether a game leads it that could ask others still."""
    return bool(ask.game) and any(not one.asked and one.closed is None for one in ask.makers)


def decide_now(state: RobotState, ask: Ask) -> None:
    """Have it looked at when what happens now is over: something has changed."""
    if ask.game:
        ask.decide_ns = min(ask.decide_ns, state.now_ns)
    state.schedule(state.now_ns, ASK_DECIDE, ask.ask_id)


def withdraw_asks(
    context: Context, reason: str, venue: VenueId | None = None, product: str = ""
) -> None:
    """Pass every quote, everywhere or at one venue; whoever is asked elsewhere may still quote."""
    for ask in tuple(context.state.asks.values()):
        if product not in ("", ask.kind):
            continue
        if venue is not None:
            _close_venue(context, ask, venue, Outcome.WITHDRAWN, reason)
        elif ask.stage is TAKING:
            try_no_more(context, ask, reason)
        else:
            end_ask(context, ask, _WITHDRAWN, reason)


def try_no_more(context: Context, ask: Ask, reason: str) -> None:
    """The hit that is on its way is the maker's to answer; nothing else is dealt on after it."""
    ask.no_more = ask.no_more or reason
    pass_rest(context, ask, ask.quote_taken())


def withdraw_makers(context: Context, reason: str, is_meant: Callable[[Subject], bool]) -> None:
    """Pass the quotes of these; whoever else is asked may still quote."""
    for ask in tuple(context.state.asks.values()):
        for maker in ask.makers:
            if maker.closed is None and is_meant(subject_of_ask(ask, maker.venue, maker.maker)):
                _close(context, ask, maker, Outcome.WITHDRAWN, reason)
        if nobody_left(ask) and ask.stage is not TAKING:
            end_ask(context, ask, _WITHDRAWN, reason)


def subject_of_ask(ask: Ask, venue: VenueId, maker: CounterpartyId) -> Subject:
    """What would be dealt with a maker."""
    return Subject(
        venue=venue,
        product=ask.kind,
        pair=ask.pair,
        counterparty=maker,
        strategy=ask.strategy,
        game=ask.game,
        trader=ask.trader,
    )


def void_asks(context: Context, venue: VenueId | None, reason: str) -> None:
    """The session is gone (None = all are): no quote is in force, nothing can be said there."""
    for ask in tuple(context.state.asks.values()):
        _close_venue(context, ask, venue, Outcome.VOID, reason)


def _close_venue(
    context: Context, ask: Ask, venue: VenueId | None, outcome: Outcome, reason: str
) -> None:
    for maker in ask.makers:
        if venue in (None, maker.venue) and maker.closed is None:
            _close(context, ask, maker, outcome, reason)
    if nobody_left(ask) and ask.stage is not TAKING:
        end_ask(context, ask, _NOT_DEALT, reason)


def _close(context: Context, ask: Ask, maker: AskedMaker, outcome: Outcome, reason: str) -> None:
    for quote in maker.quotes:
        if outcome is not Outcome.VOID and quote.outcome in STOOD:
            pass_quote(context, ask, maker, quote)
    maker.close(outcome, reason)
    no_longer_countered(context.state, ask, maker)


def no_longer_countered(state: RobotState, ask: Ask, maker: AskedMaker) -> None:
    """Our price is no longer with the maker: whoever leads the ask is to speak again."""
    maker.counter = None
    if ask.stage is COUNTERED and all(one.counter is None for one in ask.makers):
        ask.advance(AskStep.ANSWER)
        decide_now(state, ask)


def nobody_left(ask: Ask) -> bool:
    """Whether no maker that was asked can quote any more."""
    return all(maker.closed is not None or not maker.asked for maker in ask.makers)
