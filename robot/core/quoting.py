"""What every handler may do to a quote: show it, take it out of the market, tell why.

These keep the four places in step that know a live quote: the quote table, its negotiation, the
limit gate's reservation and the index by pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from robot.basics.currency import CurrencyPair, base_of, counter_of
from robot.basics.ids import QuoteId, VenueId
from robot.basics.index import parity_index
from robot.core.lifecycle import QUOTED, Step
from robot.core.state import Context, LiveQuote, Negotiation, RobotState
from robot.core.stops import Subject, first_over
from robot.deals.agreed import Price, agree, with_side
from robot.deals.limit_rows import LimitKind
from robot.deals.party import Side
from robot.deals.product import price_side
from robot.deals.resolved import AnyResolved
from robot.errors import FixingNotPublished, InvalidTerms, InvariantViolated, UnknownReference
from robot.limits.exposure import Case, Quoted, exposure_of
from robot.limits.limit import Reason, Refusal
from robot.market.fixing import Fixing
from robot.market.pricing import Priced
from robot.messages.effects import (
    AlertRaised,
    LimitsMoved,
    QuoteEnded,
    WithdrawAllQuotes,
    WithdrawQuote,
)
from robot.messages.stops import KILL_SWITCH

MILLISECOND_NS = 1_000_000
_REASON_OF_ENDING = {
    "DEALT": Reason.QUOTE_USED,
    "EXPIRED": Reason.QUOTE_EXPIRED,
    "REPLACED": Reason.QUOTE_REPLACED,
}
QUOTE_EXPIRY = "quote_expiry"
STREAM_END = "stream_end"
STREAM_REPLACE = "stream_replace"
STALE_CHECK = "stale_check"
STREAM_SET = "stream_set"
STREAM_SILENCE = "stream_silence"
RECORD_GRACE = "record_grace"
COPY_PATIENCE = "copy_patience"
TRADES_OVERDUE = "trades_overdue"
ASK_DECIDE = "ask_decide"
ASK_OVER = "ask_over"
ORDER_AGED = "order_aged"


def dealing_refusal(state: RobotState, subject: Subject) -> Refusal | None:
    """Why nothing new of this may be dealt right now; None = it may."""
    refusal = stop_refusal(state, subject)
    if refusal is not None:
        return refusal
    venue, product = VenueId(subject.venue), subject.product
    for text in state.halts.values():
        return Refusal(reason=Reason.DEALING_HALTED, detail=text)
    known = state.venues.get(venue)
    if known is None:
        return Refusal(reason=Reason.UNKNOWN_VENUE, detail=f"venue {venue} is not configured")
    if not known.dealing_up or not known.reconciled:
        detail = f"trades with {venue} are not reconciled yet"
        return Refusal(reason=Reason.NOT_RECONCILED, detail=detail)
    if known.trading != "OPEN":
        return Refusal(reason=Reason.DEALING_CLOSED, detail=f"{venue} says {known.trading}")
    if not known.products_open.get(product, False):
        detail = f"{product} at {venue} is outside the desk's dealing hours"
        return Refusal(reason=Reason.DEALING_CLOSED, detail=detail)
    return None


def stop_refusal(state: RobotState, subject: Subject) -> Refusal | None:
    """Whether a kill switch covers it."""
    if KILL_SWITCH in state.halts:
        return Refusal(reason=Reason.KILL_SWITCH, detail=state.halts[KILL_SWITCH])
    stop = first_over(state.stops.values(), subject) if state.stops else None
    return Refusal(reason=Reason.KILL_SWITCH, detail=stop.text) if stop is not None else None


def why_not_live(state: RobotState, quote_id: QuoteId) -> Refusal:
    """Why nobody can deal, or talk, about a quote that is not live."""
    ended = state.ended_quotes.get(quote_id)
    if ended is None:
        return Refusal(reason=Reason.UNKNOWN_QUOTE, detail=f"no quote {quote_id}")
    reason = _REASON_OF_ENDING.get(ended.ending, Reason.QUOTE_WITHDRAWN)
    before_ms = (state.now_ns - ended.at_ns) // MILLISECOND_NS
    detail = f"{quote_id} ended {before_ms} ms before: {ended.ending}"
    return Refusal(reason=reason, detail=detail)


def subject_of(state: RobotState, negotiation: Negotiation) -> Subject:
    """What is dealt if a quote of this is hit."""
    return Subject(
        venue=negotiation.venue,
        product=negotiation.kind,
        pair=negotiation.pair,
        counterparty=negotiation.counterparty,
        strategy=state.configured().strategy.name,
        trial=negotiation.trial.rpartition(" ")[0],
        game=negotiation.game,
    )


def judge(
    context: Context,
    negotiation: Negotiation,
    quote_id: QuoteId,
    prices: Mapping[Side, Price],
    market: Priced,
    instead_of: QuoteId | None = None,
) -> Refusal | None:
    """Ask the gate to hold the worst case of these prices (BUY = our bid); whatever it cannot
    answer is a refusal. Records the movement. `instead_of`: the quote whose place it takes, which
    goes on holding what it holds where the gate refuses.
    """
    gate = context.state.gate
    try:
        released, moved = _reserve(context.state, negotiation, quote_id, prices, market, instead_of)
    except InvalidTerms as problem:
        return Refusal(reason=Reason.INVALID_TERMS, detail=problem.text)
    except Exception as problem:  # whatever a check raises is no yes
        what = f"{negotiation.pair} {negotiation.amount}"
        return failed_check(context, problem, what, changed=quote_id in gate.reservations)
    if released is not None:
        context.emit(released)
    return take_answer(context, moved)


def failed_check(context: Context, problem: Exception, what: str, *, changed: bool) -> Refusal:
    """A check that raised is a refusal, and somebody is told. Raises it again where it says that
    the program is wrong, or came when figures were `changed` already: dealing on would be on those.
    """
    if changed or isinstance(problem, AssertionError | InvariantViolated):
        raise problem
    text = f"limit check failed on {what}: {type(problem).__name__}: {problem}"
    context.emit(AlertRaised(code="CHECK_FAILED", text=text))
    return Refusal(reason=Reason.CHECK_FAILED, detail=text)


def take_answer(context: Context, answer: LimitsMoved | Refusal) -> Refusal | None:
    """Record what the gate said: the movement, a refusal that somebody is to be told of, and the
    limits that have passed a share to warn from.
    """
    if isinstance(answer, Refusal):
        note_refusal(context, answer)
        return answer
    context.emit(answer)
    for text in context.state.gate.take_crossed():
        context.emit(AlertRaised(code="LIMIT_WARNING", text=text))
    return None


def note_refusal(context: Context, refusal: Refusal) -> None:
    """Tell it where the limit's row wants that; what the row stops is stopped when the event has
    been handled, so that nothing is pulled out of the midst of what is being sent.
    """
    if refusal.alert:
        text = f"{refusal.reason}: {refusal.detail}"
        context.emit(AlertRaised(code="LIMIT_REFUSED", text=text))
    if refusal.stops:
        context.stopping += (refusal,)


def _reserve(
    state: RobotState,
    negotiation: Negotiation,
    quote_id: QuoteId,
    prices: Mapping[Side, Price],
    market: Priced,
    instead_of: QuoteId | None,
) -> tuple[LimitsMoved | None, LimitsMoved | Refusal]:
    """What is given back for it, and what the gate says."""
    quoted = quoted_of(state, negotiation, negotiation.terms, prices, market)
    if isinstance(quoted, Refusal):
        return None, quoted
    line_rate = line_rate_of(state, negotiation.pair, market)
    if instead_of is not None:
        return state.gate.exchange(instead_of, quote_id, quoted, line_rate)
    return None, state.gate.reserve(quote_id, quoted, line_rate)


def quoted_of(
    state: RobotState,
    negotiation: Negotiation,
    asked: AnyResolved,
    prices: Mapping[Side, Price],
    market: Priced,
) -> Quoted | Refusal:
    """What the gate judges: these prices (BUY = our bid) for what is `asked` in a negotiation."""
    reference = state.configured()
    kind, limits = negotiation.kind, reference.limits
    cases = []
    for side, price in prices.items():
        terms = with_side(asked, price_side(kind, side))
        agreed = agree(terms, price)
        last = agreed.last_value_date
        exposure = exposure_of(terms, agreed, limits)
        if exposure is None:
            detail = f"no add-on for {kind} {negotiation.pair} until {agreed.last_value_date}"
            return Refusal(reason=Reason.NO_ADD_ON, detail=detail)
        cases.append(Case(side=side, price=price.value, agreed=agreed, exposure=exposure))
    party = reference.counterparties[negotiation.counterparty]
    return Quoted(
        counterparty=negotiation.counterparty,
        tier=negotiation.tier,
        kind=kind,
        pair=negotiation.pair,
        cases=tuple(cases),
        mid=market.mid,
        spot=market.spot,
        venue=negotiation.venue,
        days=(last - asked.trade_date).days,
        group=party.group,
        country=party.country,
        type=party.type,
        local_s=local_s(state),
        parity=parity_of(state, negotiation.pair),
    )


def local_s(state: RobotState) -> int | None:
    """What the desk's clock says, if a limit asks for it."""
    if not state.gate.book.tree.timed:
        return None
    return state.configured().zone.local_s(state.now_ns)


def parity_of(state: RobotState, pair: CurrencyPair) -> Fixing | None:
    """The official central parity of the trade date, if a limit asks for it and it is public."""
    if LimitKind.OFFICIAL_BAND not in state.gate.book.tree.kinds:
        return None
    try:
        return state.fixings.fixing(parity_index(pair), state.today(), state.now_ns)
    except (FixingNotPublished, UnknownReference):
        return None


def line_rate_of(state: RobotState, pair: CurrencyPair, market: Priced) -> Decimal | None:
    """What one base (of a loan its currency) is worth in the currency of the lines."""
    reference, base = state.configured(), base_of(pair)
    line_currency = reference.limits.line_currency
    if market.spot is not None and counter_of(pair) == line_currency:
        return market.spot  # the very mid that a look at the market would give again
    rate = state.market.conversion_rate(base, line_currency, state.now_ns, reference.market)
    return rate if rate is not None else reference.limits.line_rates.get(base)


def show_quote(state: RobotState, negotiation: Negotiation, quote: LiveQuote) -> None:
    """Enter a quote as live; its expiry and its market's staleness will be looked at."""
    negotiation.advance(Step.REPLACE if negotiation.stage is QUOTED else Step.QUOTE)
    negotiation.quote_id = quote.quote_id
    negotiation.replaced_ns = state.now_ns
    state.quotes[quote.quote_id] = quote
    state.quotes_of_market.setdefault(negotiation.market, {})[quote.quote_id] = True
    state.schedule(quote.valid_until_ns, QUOTE_EXPIRY, quote.quote_id)
    if not negotiation.kind.is_loan:
        watch_market(state, negotiation.pair)


def watch_market(state: RobotState, pair: CurrencyPair) -> None:
    """Have the pair's market looked at when its newest price turns stale."""
    if state.stale_checks.get(pair):
        return
    stale_ns = state.configured().market.stale_after_ms * MILLISECOND_NS
    known = state.market.pairs.get(pair)
    updated_ns = known.updated_ns if known is not None else state.now_ns
    state.schedule(updated_ns + stale_ns + MILLISECOND_NS, STALE_CHECK, pair)
    state.stale_checks[pair] = True


def remove_quote(context: Context, quote_id: QuoteId, ending: str) -> LiveQuote:
    """Take a quote out of the tables; its reservation must have ended or be ended by the caller."""
    state = context.state
    quote = state.quotes.pop(quote_id)
    negotiation = state.negotiations[quote.negotiation]
    negotiation.quote_id = None
    del state.quotes_of_market[negotiation.market][quote_id]
    state.remember_ended(quote, ending)
    context.emit(QuoteEnded(quote_id=quote_id, ending=ending))
    return quote


def release_quote(context: Context, quote_id: QuoteId, ending: str, verb: str = "release") -> None:
    """Take a quote out of the market without a deal; headroom is what it was before."""
    context.emit(context.state.gate.release(quote_id, verb))
    remove_quote(context, quote_id, ending)


def withdraw_quote(context: Context, quote_id: QuoteId, reason: str) -> None:
    """Pull one quote and tell the venue. A streaming request stays open and may be quoted again."""
    state = context.state
    negotiation = state.negotiations[state.quotes[quote_id].negotiation]
    release_quote(context, quote_id, "WITHDRAWN")
    context.emit(
        WithdrawQuote(
            venue=negotiation.venue,
            quote_id=quote_id,
            request_id=negotiation.request_id,
            pair=negotiation.pair,
            reason=reason,
        )
    )
    negotiation.advance(Step.WITHDRAW)
    if not negotiation.streaming:
        close_negotiation(state, negotiation, Step.END)


def close_negotiation(state: RobotState, negotiation: Negotiation, step: Step) -> None:
    """End a negotiation; it must have no live quote."""
    assert negotiation.quote_id is None, f"{negotiation.key} still has {negotiation.quote_id} live"
    negotiation.advance(step)
    state.negotiations.pop(negotiation.key, None)
    if negotiation.streaming:
        state.streams_of_market.get(negotiation.market, {}).pop(negotiation.key, None)


def end_negotiation(context: Context, negotiation: Negotiation, ending: str) -> None:
    """The other side or the clock ended it: release what is live and close."""
    if negotiation.quote_id is not None:
        release_quote(context, negotiation.quote_id, ending)
    close_negotiation(context.state, negotiation, Step.END)


def withdraw_market(context: Context, market: str, reason: str) -> None:
    """Pull every quote that stands on a market."""
    withdraw_quotes(context, tuple(context.state.quotes_of_market.get(market, ())), reason)


def withdraw_everything(context: Context, reason: str, venue: VenueId | None = None) -> None:
    """Pull every quote, everywhere or at one venue."""
    state = context.state
    quotes = [
        quote_id
        for quote_id, quote in state.quotes.items()
        if venue is None or state.negotiations[quote.negotiation].venue == venue
    ]
    withdraw_quotes(context, quotes, reason)


def withdraw_meant(context: Context, reason: str, is_meant: Callable[[Subject], bool]) -> None:
    """Pull the quotes of these, and no other."""
    state = context.state
    quotes = [
        quote_id
        for quote_id, quote in state.quotes.items()
        if is_meant(subject_of(state, state.negotiations[quote.negotiation]))
    ]
    withdraw_quotes(context, quotes, reason)


def withdraw_quotes(context: Context, quote_ids: Sequence[QuoteId], reason: str) -> None:
    """Pull these. Where they are all there is at a venue, and streamed, one message says so."""
    state = context.state
    gone, whole = frozenset(quote_ids), dict.fromkeys(state.venues, False)
    for quote_id in quote_ids:
        negotiation = state.negotiations[state.quotes[quote_id].negotiation]
        whole[negotiation.venue] = True
    for quote_id, quote in state.quotes.items():
        negotiation = state.negotiations[quote.negotiation]
        if quote_id not in gone or not negotiation.stream:
            whole[negotiation.venue] = False
    for quote_id in quote_ids:
        negotiation = state.negotiations[state.quotes[quote_id].negotiation]
        if whole[negotiation.venue]:
            end_negotiation(context, negotiation, "WITHDRAWN")
        else:
            withdraw_quote(context, quote_id, reason)
    for name in [name for name, said in whole.items() if said]:
        context.emit(WithdrawAllQuotes(venue=name, reason=reason))


def drop_venue_negotiations(context: Context, venue: VenueId, ending: str) -> None:
    """The venue can no longer hear us: all its negotiations end silently, nothing is sent."""
    for negotiation in tuple(context.state.negotiations.values()):
        if negotiation.venue == venue:
            end_negotiation(context, negotiation, ending)
