"""Reconciliation: the venue's record of our trades against ours.

Asked for after every log-on, before the first quote; where the venue tells each trade as it is
made, and where it copies its reports to a session of their own, they are compared as they come.
What the venue knows and we do not is never booked: it is a break, which stops dealing until a
person has looked. What comes live has a time of grace, for its report may be on its way.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from robot.basics.ids import ExecId, VenueId
from robot.core.amending import amend
from robot.core.halting import find_break
from robot.core.ordering import ask
from robot.core.our_orders import Order
from robot.core.quoting import MILLISECOND_NS, RECORD_GRACE, TRADES_OVERDUE
from robot.core.state import Context, RobotState
from robot.core.venue_state import Stranger, TradeRequest, VenueState
from robot.deals.deal import Deal
from robot.deals.reference import VenueReference
from robot.messages.effects import AlertRaised, ConcludeDeal, RequestTrades
from robot.messages.events import TradeReported, TradesCounted, TradeWord
from robot.messages.streams import AcknowledgeTrade

TRADES_PATIENCE_MS = 5_000
TRADES_PATIENCE_MS_PER_DEAL = 10
"""How long the venue may report no trade after it was asked before it is asked again: longer the
more there is to report, and twice as long each time. A venue that is behind owes us one more report
of the whole day for each time we ask; asked at a steady pace it would never be done."""

TRADES_DOUBLED_MAX = 4
"""So often the patience doubles: from 5 s to 80 s."""


RECORD_MARGIN_MS = 60_000
"""Asked for the trades since the last comparison, the venue is asked for so much more: its clock
is not ours, and what was on its way then was not compared."""

STRANGERS_MAX = 1_000
"""So many trades that we do not know wait for ours; one more is a break at once."""

_AE, _COPY, _END = "AE", "COPY", "END"


def request_trades(context: Context, venue_id: VenueId) -> None:
    """Ask for the trades of every date we still hold deals of, and of today; of those only what is
    new since the last comparison, where the venue can tell.
    """
    state = context.state
    venue, known = state.venues[venue_id], venue_reference(state, venue_id)
    venue.reconciled = False
    venue.requests.clear()
    since_ns = 0
    if known.trades_since:
        since_ns = max(0, venue.reconciled_ns - RECORD_MARGIN_MS * MILLISECOND_NS)
    deals = Counter(deal.trade_date for deal in state.deals.values() if deal.venue == venue_id)
    for trade_date in sorted({*deals, state.today()}):
        request_id = state.next_id("T")
        venue.requests[request_id] = TradeRequest(trade_date, since_ns, context.at_ns)
        context.emit(
            RequestTrades(
                venue=venue_id,
                request_id=request_id,
                trade_date=trade_date,
                since_ns=since_ns,
                live=known.trades_live and trade_date == state.today(),
            )
        )
    patience_ms = TRADES_PATIENCE_MS + TRADES_PATIENCE_MS_PER_DEAL * deals.total()
    venue.patience_ns = patience_ms * MILLISECOND_NS * 2 ** min(venue.asked, TRADES_DOUBLED_MAX)
    venue.asked += 1
    # Not the state's time: after a jump of the clock all that was due meanwhile is due at once, and
    # one question is enough.
    venue.heard_ns = context.at_ns
    state.schedule(venue.heard_ns + venue.patience_ns, TRADES_OVERDUE, venue_id)


def expect_record(context: Context, deal: Deal) -> None:
    """A deal was made: the venue's record of it is due, or has come before it."""
    state = context.state
    venue, known = state.venues[deal.venue], venue_reference(state, deal.venue)
    told = {_AE: known.trades_live and venue.reconciled, _COPY: known.drop_copy and venue.copy_up}
    for source in [source for source, tells in told.items() if tells]:
        name = f"{source} {deal.exec_id}"
        stranger = venue.strangers.get(name)
        if stranger is None:
            venue.awaited[name] = _grace_over(context, deal.venue)
        elif not _may_be_early(stranger.report, deal):
            del venue.strangers[name]
            _compare(context, stranger.report, deal)


def on_record_grace(context: Context, venue_id: str) -> None:
    """The time is over for which the report of a trade may be on its way."""
    state = context.state
    venue = state.venues.get(VenueId(venue_id))
    if venue is None:
        return
    for name, stranger in tuple(venue.strangers.items()):
        if stranger.due_ns <= state.now_ns:
            del venue.strangers[name]
            _judge_late(context, stranger.report)
    for name, due_ns in tuple(venue.awaited.items()):
        if due_ns <= state.now_ns:
            del venue.awaited[name]
            _tell_missing(context, venue_id, *name.split(" ", 1))


def expect_end(context: Context, order: Order) -> None:
    """The copy says that an order has ended: the venue's report of it is due."""
    venue = context.state.venues[order.venue]
    name = f"{_END} {order.order_id}"
    if name not in venue.awaited:
        venue.awaited[name] = _grace_over(context, order.venue)


def _tell_missing(context: Context, venue_id: str, source: str, name: str) -> None:
    if source == _END:
        order = context.state.orders.get(name)
        if order is not None:
            ask(context, order)
        return
    what = "trade capture" if source == _AE else "drop copy"
    text = f"{venue_id} has not told {name} by {what}: look whether it has the deal"
    context.emit(AlertRaised(code="TRADE_NOT_TOLD", text=text))


def forget_live(venue: VenueState, source: str) -> None:
    """What came or was to come live on a session that is gone: the record as a whole settles it."""
    for names in (venue.strangers, venue.awaited):
        for name in [name for name in names if name.startswith(f"{source} ")]:
            del names[name]


def venue_reference(state: RobotState, venue: VenueId) -> VenueReference:
    """What the desk says of a venue that there is."""
    return next(row for row in state.configured().venues if row.id == venue)


def _grace_over(context: Context, venue: VenueId) -> int:
    """When what is not known now must be; it will be looked at then."""
    state = context.state
    due_ns = state.now_ns + state.configured().reconciliation.grace_ms * MILLISECOND_NS
    state.schedule(due_ns, RECORD_GRACE, venue)
    return due_ns


def on_trades_counted(context: Context, event: TradesCounted) -> None:
    """The venue says how many trades it will report."""
    state = context.state
    state.venues[event.venue].heard_ns = state.now_ns
    request = state.venues[event.venue].requests.get(event.request_id)
    if request is None:
        return
    if not event.accepted:
        text = f"{event.venue} refused to report its trades of {request.trade_date}"
        context.emit(AlertRaised(code="TRADES_REFUSED", text=text))
        return
    request.total = event.total  # -1 = not told: the last report says so
    _finish_reconciliation(context, event.venue)


def on_trade_reported(context: Context, event: TradeReported) -> None:
    """Compare one of the venue's trades with ours; what we do not know is never invented."""
    state = context.state
    venue = state.venues[event.venue]
    if not event.copied:
        venue.heard_ns = state.now_ns  # also an answer to an earlier question
        _acknowledge(context, event)
    deal = _ours(state, event)
    if deal is not None and not _may_be_early(event, deal):
        venue.awaited.pop(f"{_source(event)} {deal.exec_id}", None)
        _compare(context, event, deal)
    elif (event.live or event.copied) and len(venue.strangers) < STRANGERS_MAX:
        stranger = Stranger(_grace_over(context, event.venue), event)
        venue.strangers[f"{_source(event)} {_meant(event)}"] = stranger
    else:
        _break_unknown(context, event)
    request = venue.requests.get(event.request_id)
    if request is not None and not event.live and not event.copied:
        request.seen[event.exec_id] = True
        if event.is_last and request.total < 0:
            request.total = len(request.seen)
        _finish_reconciliation(context, event.venue)


def on_trades_overdue(context: Context, venue_id: str) -> None:
    """The venue has not answered our trade capture request: ask again."""
    venue = context.state.venues.get(VenueId(venue_id))
    if venue is None or not venue.dealing_up or venue.reconciled:
        return
    if context.state.now_ns - venue.heard_ns < venue.patience_ns:
        context.state.schedule(venue.heard_ns + venue.patience_ns, TRADES_OVERDUE, venue_id)
    else:
        waited_ms = venue.patience_ns // MILLISECOND_NS
        text = f"{venue_id} has not reported its trades for {waited_ms} ms; asked again"
        context.emit(AlertRaised(code="TRADES_OVERDUE", text=text))
        request_trades(context, VenueId(venue_id))


def _finish_reconciliation(context: Context, venue_id: VenueId) -> None:
    """Once every announced report is in: send again what the venue does not have, then deal."""
    state = context.state
    venue = state.venues[venue_id]
    requests = tuple(venue.requests.values())
    if any(not 0 <= request.total <= len(request.seen) for request in requests):
        return
    seen = {exec_id for request in requests for exec_id in request.seen}
    since_of = {request.trade_date: request.since_ns for request in requests}
    venue.requests.clear()
    venue.reconciled = True
    venue.reconciled_ns = min((request.asked_ns for request in requests), default=0)
    for deal in state.deals.values():
        if deal.as_taker or deal.venue != venue_id or deal.exec_id in seen:
            continue  # as taker the venue's report made it: there is nothing of ours to send
        since_ns = since_of.get(deal.trade_date)
        if since_ns is not None and deal.at_ns >= since_ns:
            text = f"{venue_id} does not have {deal.exec_id}: execution report sent again"
            context.emit(AlertRaised(code="DEAL_SENT_AGAIN", text=text))
            context.emit(ConcludeDeal(venue=venue_id, deal=deal))


def _acknowledge(context: Context, event: TradeReported) -> None:
    if event.report_id and venue_reference(context.state, event.venue).trades_live:
        context.emit(
            AcknowledgeTrade(
                venue=event.venue,
                report_id=event.report_id,
                exec_id=event.exec_id,
                pair=event.pair,
                exec_type=_EXEC_TYPES[event.word],
            )
        )


_EXEC_TYPES = {TradeWord.DONE: "F", TradeWord.BUSTED: "H", TradeWord.CORRECTED: "G"}


def _source(event: TradeReported) -> str:
    return _COPY if event.copied else _AE


def _meant(event: TradeReported) -> str:
    """The ExecID of the trade it is about, as the venue wrote it."""
    return event.reference_exec_id or event.exec_id


def _ours(state: RobotState, event: TradeReported) -> Deal | None:
    taken = state.deals.get(ExecId(f"{event.venue} {_meant(event)}"))
    return taken or state.deals.get(ExecId(_meant(event)))


def _may_be_early(event: TradeReported, deal: Deal) -> bool:
    """Whether the record tells of a change of a trade of ours as taker that the venue's report on
    the order has yet to tell: that report makes it.
    """
    if event.word is TradeWord.DONE or not deal.as_taker or not (event.live or event.copied):
        return False
    return bool(difference(event, deal)) if event.word is TradeWord.CORRECTED else not deal.void


def _judge_late(context: Context, event: TradeReported) -> None:
    """The time of grace is over: what is known by now is compared, all else is a break."""
    deal = _ours(context.state, event)
    if deal is None:
        _break_unknown(context, event)
    else:
        _compare(context, event, deal)


def _break_unknown(context: Context, event: TradeReported) -> None:
    find_break(context, event.venue, "ORPHAN", ExecId(_meant(event)), _unknown(event))


def _compare(context: Context, event: TradeReported, deal: Deal) -> None:
    """What the venue's report says otherwise is a break, at once; a deal with a client that the
    venue takes back is void.
    """
    if event.word is TradeWord.DONE and deal.version > 1 and _is_of_before(context.state, event):
        return  # told as it was first; what changed it since is told beside
    if event.word is TradeWord.BUSTED and deal.void:
        return
    if event.word is TradeWord.BUSTED and not deal.as_taker and not difference(event, deal):
        void = msgspec.structs.replace(deal, void=True)
        amend(context, deal.exec_id, void, f"BUSTED by the record of {event.venue}")
        return
    if event.word is TradeWord.BUSTED:
        problem = f"the venue says that it is void: {event.base_amount:f} at {event.rate:f}"
    else:
        problem = difference(event, deal)
    if problem:
        kind = "ECONOMIC_DIFF" if event.word is TradeWord.DONE else str(event.word)
        find_break(context, event.venue, kind, ExecId(_meant(event)), problem)


def _is_of_before(state: RobotState, event: TradeReported) -> bool:
    """Whether a trade may be told as it was at another time: live, or in an answer to an earlier
    question that the venue sends again because our record of it was lost.
    """
    answers = event.request_id in state.venues[event.venue].requests
    return event.live or event.copied or (event.origin.possibly_duplicate and not answers)


def _unknown(event: TradeReported) -> str:
    """What the venue says that we dealt, and we do not."""
    dealt = f"{event.side} {event.base_amount:f} {event.pair} at {event.rate:f}"
    return f"unknown to us: {dealt} on {event.trade_date}"


def difference(event: TradeReported, deal: Deal) -> str:
    """What the venue recorded otherwise than we did; empty = nothing."""
    if deal.void:
        return f"{deal.deal_id} was taken back, and is reported as dealt"
    wanted = (
        ("pair", event.pair.replace("/", ""), deal.pair.replace("/", "")),
        ("side", event.side.opposite if deal.as_taker else event.side, deal.side),
        ("base amount", event.base_amount, deal.base_amount),
        ("rate", event.rate, deal.rate),
        ("value date", event.value_date or deal.value_date, deal.value_date),
        ("product", event.product or deal.product, deal.product),
        ("far date", event.far_value_date or deal.far_value_date, deal.far_value_date),
        ("far rate", event.far_rate or deal.far_rate, deal.far_rate),
    )
    for name, theirs, ours in wanted:
        if theirs != ours:
            return f"{name}: venue {theirs}, ours {ours}"
    return ""
