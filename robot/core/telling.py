"""What others ask us: what became of a quote of ours, and which trades we made with them.

Answered from the core's own state and nothing else. One counterparty is never told another's
trades: whoever names itself gets its own, and only the venue, which knows them all, gets all.
"""

from __future__ import annotations

from robot.basics.ids import QuoteId, VenueId
from robot.core.state import Context, RobotState
from robot.deals.deal import Deal
from robot.messages.effects import AlertRaised
from robot.messages.streams import (
    QuoteFate,
    QuoteStatusAsked,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
    TradeAcknowledged,
    TradesAsked,
)

TOLD_MAX = 5_000
"""Trades told in one answer; who wants more asks for a date or a counterparty."""
SUBSCRIBERS_MAX = 100
_FATES = {"EXPIRED": QuoteFate.EXPIRED, "REJECTED": QuoteFate.REJECTED}
"""By how a quote ended; any other way it was removed."""


def on_quote_status_asked(context: Context, event: QuoteStatusAsked) -> None:
    """The truth about one quote: live, how it ended, or that there is none."""
    quote_id = event.quote_id or _by_request(context.state, event)
    context.emit(
        TellQuoteStatus(
            venue=event.venue,
            status_id=event.status_id,
            quote_id=quote_id or "NONE",
            request_id=event.request_id or "",
            pair=event.pair,
            fate=_fate(context.state, event.venue, quote_id),
        )
    )


def on_trades_asked(context: Context, event: TradesAsked) -> None:
    """How many, then each; whoever subscribes is told the later ones as they are made."""
    state = context.state
    told_to = state.venues[event.venue].told_to
    if event.unsubscribe:
        told_to.pop(event.request_id, None)
        context.emit(TellTradeCount(venue=event.venue, request_id=event.request_id))
        return
    trade_date = event.trade_date or state.today()
    deals = [
        deal
        for deal in state.deals.values()
        if deal.trade_date == trade_date and _may_know(deal, event.venue, event.counterparty or "")
    ]
    full = event.subscribe and len(told_to) >= SUBSCRIBERS_MAX
    refused = f"{len(deals)} trades are more than {TOLD_MAX}" if len(deals) > TOLD_MAX else ""
    if full:
        refused = "too many subscriptions"
    context.emit(
        TellTradeCount(
            venue=event.venue,
            request_id=event.request_id,
            total=0 if refused else len(deals),
            subscribed=event.subscribe and not refused,
            refused=refused,
        )
    )
    if refused:
        return
    for number, deal in enumerate(deals, 1):
        _tell(context, event.request_id, deal, is_last=number == len(deals))
    if event.subscribe:
        told_to[event.request_id] = event.counterparty or ""


def on_trade_acknowledged(context: Context, event: TradeAcknowledged) -> None:
    """They have it; a refusal is for a person to look at."""
    if not event.accepted:
        text = f"{event.venue} refuses our trade report {event.report_id}: {event.text}"
        context.emit(AlertRaised(code="TRADE_REPORT_REFUSED", text=text))


def tell_trade(context: Context, deal: Deal) -> None:
    """A deal was made by our report: whoever asked to be told is."""
    for request_id, counterparty in context.state.venues[deal.venue].told_to.items():
        if _may_know(deal, deal.venue, counterparty):
            _tell(context, request_id, deal, live=True)


def _tell(
    context: Context, request_id: str, deal: Deal, *, is_last: bool = False, live: bool = False
) -> None:
    context.emit(
        TellTrade(
            venue=deal.venue,
            request_id=request_id,
            report_id=f"{deal.exec_id}.{context.state.stepped}",
            deal=deal,
            is_last=is_last,
            live=live,
        )
    )


def _may_know(deal: Deal, venue: VenueId, counterparty: str) -> bool:
    """Whether a deal made there as maker is one of the counterparty's, or all are asked for."""
    mine = deal.venue == venue and not deal.as_taker
    return mine and counterparty in ("", deal.counterparty)


def _by_request(state: RobotState, event: QuoteStatusAsked) -> QuoteId | None:
    for negotiation in state.negotiations.values():
        if event.request_id and (negotiation.venue, negotiation.request_id) == (
            event.venue,
            event.request_id,
        ):
            return negotiation.quote_id
    return None


def _fate(state: RobotState, venue: VenueId, quote_id: QuoteId | None) -> QuoteFate:
    live = state.quotes.get(quote_id or QuoteId(""))
    if live is not None:
        ours = state.negotiations[live.negotiation].venue == venue
        return QuoteFate.LIVE if ours else QuoteFate.NOT_FOUND
    ended = state.ended_quotes.get(quote_id or QuoteId(""))
    if ended is None or not ended.negotiation.startswith(f"{venue} "):
        return QuoteFate.NOT_FOUND
    return _FATES.get(ended.ending, QuoteFate.REMOVED)
