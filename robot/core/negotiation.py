"""Handlers of the quoting conversation: requests, market moves, ends.

`on_rfq` is the whole quote path on one screen: may we at all, is the request understood, is there a
market, what does the strategy say, does the gate hold it, is there a message left; then the quote.
"""

from __future__ import annotations

from robot.basics.currency import CurrencyPair
from robot.basics.ids import QuoteId
from robot.core.countering import answer_counter
from robot.core.host_asks import HostAsk
from robot.core.hosted import consult, refuse
from robot.core.intake import Understood, understand
from robot.core.lifecycle import Step
from robot.core.losses import watch_prices
from robot.core.noting import note, note_second
from robot.core.offering import (
    Offered,
    strategy_name,
    told_of,
)
from robot.core.quoting import (
    MILLISECOND_NS,
    STREAM_END,
    STREAM_REPLACE,
    close_negotiation,
    dealing_refusal,
    end_negotiation,
    release_quote,
    subject_of,
    watch_market,
    withdraw_market,
    withdraw_quote,
)
from robot.core.rule_state import Happened
from robot.core.showing import is_same_price, put_quote
from robot.core.state import Context, Negotiation, RobotState
from robot.core.streaming import is_streamed, refresh_set, refresh_streams
from robot.core.trying import first_answer
from robot.limits.limit import Refusal
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised, Decided, RefuseRfq
from robot.messages.events import MarketUpdated, RfqEnded, RfqEnding, RfqReceived
from robot.strategy import Facts


def on_rfq(context: Context, event: RfqReceived) -> None:
    """Answer a request with a firm quote or a refusal; nothing else can happen."""
    note(context.state, event.counterparty, Happened.REQUEST)
    understood = understand(context, event)
    if isinstance(understood, Refusal):
        _refuse(context, event, understood, None)
        return
    negotiation = _open(context.state, event, understood)
    offered = first_answer(context, negotiation)
    if offered is None:
        return  # its host, or a person, is asked: `hosting`, `persons`, `releasing` go on
    refusal = offered if isinstance(offered, Refusal) else put_quote(context, negotiation, offered)
    if refusal is not None:
        close_negotiation(context.state, negotiation, Step.REFUSE)
        _refuse(
            context,
            event,
            refusal,
            offered if isinstance(offered, Offered) else None,
            strategy_name(context.state, negotiation),
        )


def on_market(context: Context, event: MarketUpdated) -> None:
    """Take the price; pull or replace what stands on it."""
    state, pair = context.state, event.pair
    reference = state.configured()
    jumped = state.market.update(event, state.now_ns, reference.market)
    if jumped:
        context.emit(AlertRaised(code="MARKET_JUMP", text=jumped))
    watch_prices(context, pair)
    if pair in context.watched:
        note_second(context, pair)
    asked = state.quotes_of_market.get(pair) or state.streams_of_market.get(pair)
    if not asked and not (reference.streams and is_streamed(state, pair)):
        return
    market = state.market.mid(pair, state.now_ns, reference.market)
    if isinstance(market, NoMarket):
        withdraw_market(context, pair, market.reason)
        return
    for key in tuple(state.streams_of_market.get(pair, ())):
        refresh_stream(context, key)
    refresh_streams(context, pair)


def refresh_stream(context: Context, key: str) -> None:
    """Bring a streaming quote to today's price, no more often than the policy allows."""
    state = context.state
    negotiation = state.negotiations.get(key)
    if negotiation is None or not negotiation.streaming_until_ns > state.now_ns:
        return
    if dealing_refusal(state, subject_of(state, negotiation)) is not None:
        return
    if negotiation.host_ask or negotiation.suggestion:
        negotiation.ask_again = True
        return
    if negotiation.person_ask:
        return
    interval_ns = state.configured().quotes.replace_interval_min_ms * MILLISECOND_NS
    due_ns = negotiation.replaced_ns + interval_ns
    if state.now_ns < due_ns:
        if not negotiation.replace_due:
            negotiation.replace_due = True
            state.schedule(due_ns, STREAM_REPLACE, key)
        return
    offered = consult(context, negotiation, first=False)
    if offered is not None:
        _renew(context, negotiation, offered)


def take_price(
    context: Context, negotiation: Negotiation, offered: Offered | Refusal, ask: HostAsk
) -> None:
    """What came of asking the strategy's host: it goes on as with any other strategy."""
    negotiation.host_ask = 0
    negotiation.advance(Step.ANSWER)
    if not ask.first:
        _renew(context, negotiation, offered)
    else:
        first_price(context, negotiation, offered, ask.facts)
    if negotiation.ask_again:
        negotiation.ask_again = False
        refresh_stream(context, negotiation.key)


def take_persons_price(
    context: Context, negotiation: Negotiation, offered: Offered | Refusal, facts: Facts | None
) -> None:
    """What came of asking a person about a request."""
    negotiation.person_ask = 0
    negotiation.advance(Step.ANSWER)
    first_price(context, negotiation, offered, facts)


def first_price(
    context: Context, negotiation: Negotiation, offered: Offered | Refusal, facts: Facts | None
) -> None:
    """The answer to a request, or to a price of theirs, that has waited for it."""
    if negotiation.bargain is not None and negotiation.bargain.waits:
        answer_counter(context, negotiation, offered)
        return
    refusal = offered if isinstance(offered, Refusal) else put_quote(context, negotiation, offered)
    if refusal is not None:
        close_negotiation(context.state, negotiation, Step.REFUSE)
        refuse(context, negotiation, refusal, facts)


def _renew(context: Context, negotiation: Negotiation, offered: Offered | Refusal) -> None:
    """Show the new price of a stream; where there is none, show none."""
    state = context.state
    if isinstance(offered, Offered) and is_same_price(state, negotiation, offered.decision):
        return
    refusal = offered if isinstance(offered, Refusal) else put_quote(context, negotiation, offered)
    if refusal is not None and negotiation.quote_id is not None:
        withdraw_quote(context, negotiation.quote_id, refusal.reason)


def on_stream_replace(context: Context, key: str) -> None:
    """The shortest interval between two quotes of a stream is over."""
    negotiation = context.state.negotiations.get(key)
    if negotiation is not None:
        negotiation.replace_due = False
        refresh_stream(context, key)


def on_rfq_ended(context: Context, event: RfqEnded) -> None:
    """The counterparty passed or withdrew, or the venue ended a quote of ours."""
    state = context.state
    for negotiation in _meant(state, event):
        end_negotiation(context, negotiation, event.ending)


def _meant(state: RobotState, event: RfqEnded) -> list[Negotiation]:
    """The open negotiations an ending is about: by our quote, by their request, or all."""
    if event.quote_id is not None:
        live = state.quotes.get(event.quote_id)
        ended = state.ended_quotes.get(event.quote_id)
        key = (
            live.negotiation if live is not None else ended.negotiation if ended is not None else ""
        )
        about_past = live is None and event.ending not in (RfqEnding.PASSED, RfqEnding.WITHDRAWN)
        found = state.negotiations.get(key)
        if found is None or found.venue != event.venue or about_past:
            return []
        return [found]
    return [
        negotiation
        for negotiation in state.negotiations.values()
        if negotiation.venue == event.venue and event.request_id in (None, negotiation.request_id)
    ]


def on_quote_expiry(context: Context, quote_id: str) -> None:
    """A quote's time is over; a streaming request gets a fresh one."""
    state = context.state
    quote = state.quotes.get(QuoteId(quote_id))
    if quote is None:
        return
    negotiation = state.negotiations[quote.negotiation]
    release_quote(context, quote.quote_id, "EXPIRED", "expire")
    if negotiation.stream:
        close_negotiation(state, negotiation, Step.EXPIRE)
        refresh_set(context, negotiation.stream)
    elif negotiation.bargain is not None and negotiation.bargain.waits:
        negotiation.advance(Step.WITHDRAW)  # their price waits for a person, or the host
    elif negotiation.streaming and negotiation.streaming_until_ns > state.now_ns:
        negotiation.advance(Step.WITHDRAW)
        negotiation.replaced_ns = 0
        refresh_stream(context, negotiation.key)
    else:
        note(state, negotiation.counterparty, Happened.EXPIRED)
        close_negotiation(state, negotiation, Step.EXPIRE)


def on_stream_end(context: Context, key: str) -> None:
    """A streaming request's own time is over."""
    negotiation = context.state.negotiations.get(key)
    if negotiation is not None:
        end_negotiation(context, negotiation, "EXPIRED")


def on_stale_check(context: Context, pair: str) -> None:
    """The newest price of a pair may have turned stale: pull what stands on it."""
    state = context.state
    name = CurrencyPair(pair)
    state.stale_checks[name] = False
    market = state.market.mid(name, state.now_ns, state.configured().market)
    if isinstance(market, NoMarket):
        withdraw_market(context, name, market.reason)
    elif state.quotes_of_market.get(name):
        watch_market(state, name)


def _open(state: RobotState, event: RfqReceived, understood: Understood) -> Negotiation:
    key = f"{event.venue} {event.rfq_id}"
    longest_ns = state.configured().quotes.stream_life_max_ms * MILLISECOND_NS
    streaming_until_ns = state.now_ns + min(event.streaming_ns, longest_ns)
    if event.open_until_ns > 0:
        streaming_until_ns = min(streaming_until_ns, event.open_until_ns)
    negotiation = Negotiation(
        key=key,
        venue=event.venue,
        request_id=event.request_id,
        rfq_id=event.rfq_id,
        counterparty=understood.counterparty.id,
        tier=understood.counterparty.tier,
        pair=understood.pair,
        side=event.side,
        amount=event.amount,
        terms=understood.terms,
        open_until_ns=event.open_until_ns,
        streaming_until_ns=streaming_until_ns if event.streaming_ns > 0 else 0,
        tenor=event.far_tenor or event.tenor,
    )
    state.seen_requests[key] = True
    state.negotiations[key] = negotiation
    if negotiation.streaming:
        state.streams_of_market.setdefault(negotiation.market, {})[key] = True
        state.schedule(negotiation.streaming_until_ns, STREAM_END, key)
    return negotiation


def _refuse(
    context: Context,
    event: RfqReceived,
    refusal: Refusal,
    offered: Offered | None,
    strategy: str = "",
) -> None:
    """Tell the venue and record why, with the numbers."""
    context.emit(
        RefuseRfq(
            venue=event.venue,
            request_id=event.request_id,
            rfq_id=event.rfq_id,
            pair=event.pair,
            amount=event.amount,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    context.emit(
        Decided(
            subject=event.rfq_id,
            kind="RFQ",
            outcome="REFUSED",
            reason=refusal.reason,
            detail=refusal.detail,
            venue=event.venue,
            counterparty=event.counterparty or "",
            pair=event.pair,
            amount=event.amount,
            side=event.side or "TWO_WAY",
            strategy=strategy if offered or refusal.because else "",
            facts=told_of(offered) if offered is not None else refusal.facts,
            because=offered.decision.because if offered is not None else refusal.because,
            checks=refusal.checks,
            row=offered.row if offered is not None else refusal.row,
        )
    )
    note(context.state, event.counterparty, Happened.REJECT)
