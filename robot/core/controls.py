"""Handlers of everything that is not a conversation: start, sessions, schedule, kill."""

from __future__ import annotations

from datetime import date

from robot.basics.ids import ExecId, QuoteId
from robot.core.ageing import watch_ages
from robot.core.amending import pull_what_is_over
from robot.core.asking_ends import void_asks, withdraw_asks
from robot.core.copying import begin_copies, copies_down, copies_up
from robot.core.halting import (
    find_break,
    is_release_refused,
    pull,
    pull_everything,
    tell_breaches,
    tell_state,
)
from robot.core.hosted import refuse_waiting
from robot.core.hosts import begin_hosts
from robot.core.lifecycle import Step
from robot.core.losses import begin_losses, close_losses, look, restart_losses
from robot.core.ordering import (
    ask_orders,
    cancel_orders,
    doubt_orders,
    doubt_taken,
    lose_orders,
)
from robot.core.quoting import (
    close_negotiation,
    drop_venue_negotiations,
    end_negotiation,
    withdraw_quote,
)
from robot.core.reconciling import forget_live, request_trades
from robot.core.rule_facts_result import note_day
from robot.core.staging import is_former, named, note_release, why_not_released
from robot.core.state import Context, Negotiation, RobotState
from robot.core.stops import known_value
from robot.core.streaming import forget_streams, refuse_mass_quote
from robot.core.subscribing import resubscribe, subscribe
from robot.core.trying import refuse_suggested
from robot.core.valuing import results_told
from robot.core.venue_state import VenueState
from robot.deals.limit_rows import LimitKind
from robot.limits.limit import Reason, Refusal
from robot.limits.rolling import ladder_figures, rolled
from robot.market.snapshot import NoMarket
from robot.messages.effects import (
    AlertRaised,
    BreakResolved,
    DayClosed,
    RejectMessage,
    WithdrawAllQuotes,
)
from robot.messages.events import (
    DayRolled,
    DealingClosed,
    DealingOpened,
    FollowersLagging,
    HaltCleared,
    KillSwitchPulled,
    KillSwitchReleased,
    MessageQuarantined,
    MessageRefused,
    OvernightBegun,
    RobotStarted,
    RobotStopping,
    SessionDown,
    SessionKind,
    SessionUp,
    TimeAdvanced,
    VenueStatusChanged,
    VenueTrading,
)
from robot.messages.stops import KILL_SWITCH, StopScope, stop_name

_OUR_HITS = frozenset({"D", "AJ"})
"""Messages by which we deal on a quote."""

_ABOUT_ORDERS = frozenset({"8", "9"})
"""Messages that may have said what became of an order of ours."""
_PRICES = frozenset({"W", "X"})


def on_started(context: Context, event: RobotStarted) -> None:
    """A run begins: reference data in force, nothing quoted, nothing open, nothing reconciled."""
    state = context.state
    for negotiation in tuple(state.negotiations.values()):
        end_negotiation(context, negotiation, "RESTART")
    _begin_reference(context, event)
    if state.trade_date is None:
        state.trade_date = event.trade_date
    elif event.trade_date > state.trade_date:
        _begin_day(context, event.trade_date)
    state.leave_out_ids()
    void_asks(context, None, "RESTART")
    for row in event.reference.venues:
        lose_orders(context, row.id)
    state.curves.restart()
    state.gate.book.overnight |= not event.reference.overnight
    begin_hosts(state)
    state.rules.persons.clear()
    state.rules.looks.clear()
    state.rules.hedges.clear()
    state.load_limits()
    watch_ages(state)
    compared = {name: venue.reconciled_ns for name, venue in state.venues.items()}
    state.venues = {
        venue.id: VenueState(reconciled_ns=compared.get(venue.id, 0))
        for venue in event.reference.venues
    }
    begin_copies(context)
    state.stream_sets = {}
    state.market.restart()
    restart_losses(context)
    for name in [name for name in state.halts if name.startswith(("follower", "stopping"))]:
        del state.halts[name]
    tell_state(context)


def _begin_reference(context: Context, event: RobotStarted) -> None:
    """What it brings is in force; the strategy only where its stage allows, else the one of before
    goes on, and its approval is not taken for done.
    """
    state, before = context.state, context.state.reference
    state.releases.suggestions = {}
    wanted, governed = event.reference, dict(event.approvals)
    back = before is not None and is_former(state, wanted)
    problem = why_not_released(state, wanted) if not back else ""
    if before is not None and problem:
        wanted = wanted.with_parts({"strategy": before.strategy, "candidate": before.candidate})
        governed = {**governed, "STRATEGY": state.governed.get("STRATEGY", 0)}
        context.adopt(wanted, context.made(wanted))
        text = f"{problem}; {named(before.strategy)} goes on"
        context.emit(AlertRaised(code="RELEASE_REFUSED", text=text))
    state.reference, state.governed = wanted, governed
    if before is not None:
        note_release(context, before, "a start of the robot", back=back)
    if context.candidate_problem:
        text = f"the candidate is left out: {context.candidate_problem}"
        context.emit(AlertRaised(code="CANDIDATE_NOT_LOADED", text=text))


def on_stopping(context: Context, event: RobotStopping) -> None:
    """An orderly end: nothing new from here on, everything open withdrawn."""
    context.state.halts["stopping"] = "the robot is stopping"
    stopping = Refusal(reason=Reason.DEALING_HALTED, detail="the robot is stopping")
    refuse_waiting(context, stopping)
    refuse_suggested(context, stopping)
    pull_everything(context, "STOPPING")
    tell_state(context)


def on_session_up(context: Context, event: SessionUp) -> None:
    """Market data: subscribe. Dealing: nothing of before is in force; reconcile before the first
    quote.
    """
    state = context.state
    venue = state.venues[event.venue]
    if event.kind is SessionKind.MARKET_DATA:
        venue.market_up = True
        subscribe(context, event.venue)
        return
    if event.kind is SessionKind.DROP_COPY:
        copies_up(context, event.venue)
        return
    drop_venue_negotiations(context, event.venue, "LOGON")
    forget_streams(state, event.venue)
    void_asks(context, event.venue, "LOGON")
    venue.dealing_up = True
    venue.trading = VenueTrading.OPEN
    venue.asked = 0
    context.emit(WithdrawAllQuotes(venue=event.venue, reason="LOGON"))
    ask_orders(context, event.venue)
    request_trades(context, event.venue)


def on_session_down(context: Context, event: SessionDown) -> None:
    """That venue's prices or our quotes there are void from now on."""
    state = context.state
    venue = state.venues[event.venue]
    if event.kind is SessionKind.DROP_COPY:
        copies_down(context, event.venue)
        return
    if event.kind is SessionKind.MARKET_DATA:
        venue.market_up = False
        state.market.forget(event.venue)
        state.curves.forget(event.venue)
        cancel_orders(context, event.venue)
        for quote_id, quote in tuple(state.quotes.items()):
            market = context.priced(state.negotiations[quote.negotiation].terms)
            if isinstance(market, NoMarket):
                withdraw_quote(context, quote_id, market.reason)
        return
    venue.dealing_up = False
    venue.reconciled = False
    venue.requests.clear()
    venue.told_to.clear()
    forget_live(venue, "AE")
    drop_venue_negotiations(context, event.venue, "SESSION_DOWN")
    forget_streams(state, event.venue)
    void_asks(context, event.venue, "SESSION_DOWN")
    lose_orders(context, event.venue)


def on_venue_status(context: Context, event: VenueStatusChanged) -> None:
    """The venue opened, halted or closed its own trading."""
    context.state.venues[event.venue].trading = event.status
    if event.status is not VenueTrading.OPEN:
        pull_everything(context, f"VENUE_{event.status}", event.venue)


def on_dealing_opened(context: Context, event: DealingOpened) -> None:
    """The desk's hours begin."""
    context.state.venues[event.venue].products_open[event.product] = True


def on_dealing_closed(context: Context, event: DealingClosed) -> None:
    """The desk's hours of a product end: its quotes are pulled."""
    state = context.state
    state.venues[event.venue].products_open[event.product] = False
    for quote_id, quote in tuple(state.quotes.items()):
        negotiation = state.negotiations[quote.negotiation]
        if (negotiation.venue, negotiation.kind) == (event.venue, event.product):
            withdraw_quote(context, quote_id, "DEALING_CLOSED")
    withdraw_asks(context, "DEALING_CLOSED", event.venue, event.product)


def on_day_rolled(context: Context, event: DayRolled) -> None:
    """Next trade date: counters start again, positions are carried, quotes of the old date end."""
    if context.state.trade_date is not None and event.trade_date > context.state.trade_date:
        pull_everything(context, "DAY_ROLL")
        rolls = Refusal(reason=Reason.DEALING_CLOSED, detail="the day rolls")
        refuse_waiting(context, rolls)
        refuse_suggested(context, rolls)
        for negotiation in tuple(context.state.negotiations.values()):
            end_negotiation(context, negotiation, "DAY_ROLL")
        _begin_day(context, event.trade_date)
        look(context)


def on_overnight_begun(context: Context, event: OvernightBegun) -> None:
    """The limits on what is carried overnight hold; where one is over its maximum everything open
    is pulled, and only what reduces passes until the day rolls.
    """
    state = context.state
    if not state.gate.book.overnight:
        state.gate.book.overnight = True
        if LimitKind.OVERNIGHT_POSITION in state.configured().limits.tree:
            state.load_limits()
            pull_what_is_over(context)


def on_message_refused(context: Context, event: MessageRefused) -> None:
    """They rejected a message of ours: a quote it carried is not in force there, so end it here
    too; a deal it reported may not be in their books.
    """
    state = context.state
    text = f"{event.venue} rejected our {event.message_type} {event.reference}: {event.text}"
    context.emit(AlertRaised(code="MESSAGE_REFUSED", text=text))
    if event.message_type == "i":
        refuse_mass_quote(context, event.venue, event.reference, event.text)
    if event.message_type == "8":
        _break_refused_report(context, event)
    if event.message_type in _OUR_HITS:
        doubt_taken(context, event.venue, event.reference)
    for quote_id, quote in tuple(state.quotes.items()):
        negotiation = state.negotiations[quote.negotiation]
        if negotiation.venue != event.venue:
            continue
        if event.reference == quote_id:
            end_negotiation(context, negotiation, "REJECTED")
        elif event.reference and event.reference == negotiation.request_id:
            _end_request_refused(context, negotiation, quote_id)


def _end_request_refused(context: Context, negotiation: Negotiation, quote_id: QuoteId) -> None:
    """A message about this request was rejected, perhaps a quote that has been replaced since: the
    live one may stand there, so it is withdrawn before its headroom is used again.
    """
    withdraw_quote(context, quote_id, "REJECTED")
    if negotiation.streaming:
        close_negotiation(context.state, negotiation, Step.END)


def _break_refused_report(context: Context, event: MessageRefused) -> None:
    """Our report makes the deal, and they did not take it. One that names something else than a
    deal of ours was about a refused hit.
    """
    names = [
        deal.exec_id
        for deal in context.state.deals.values()
        if deal.venue == event.venue
        and event.reference in (deal.exec_id, deal.order_id, deal.hit_id)
    ]
    if not event.reference:
        names = [ExecId(f"UNNAMED-{context.state.stepped}")]
    for name in names:
        problem = f"they rejected our execution report: {event.text}"
        find_break(context, event.venue, "REPORT_REFUSED", name, problem)


def on_message_quarantined(context: Context, event: MessageQuarantined) -> None:
    """Their message could not be understood: it is kept and refused, nothing else happens."""
    text = f"{event.venue} {event.message_type} #{event.origin.sequence}: {event.problem}"
    context.emit(AlertRaised(code="MESSAGE_QUARANTINED", text=text))
    if event.message_type in _ABOUT_ORDERS:
        doubt_orders(context, event.venue)
    if event.message_type in _PRICES and not event.answered:
        resubscribe(context, event.venue)
    if not event.answered:
        return
    context.emit(
        RejectMessage(
            venue=event.venue,
            reference_sequence=event.origin.sequence,
            message_type=event.message_type,
            text=event.problem,
            request_id=event.request_id,
        )
    )


def on_kill(context: Context, event: KillSwitchPulled) -> None:
    """Stop: nothing new of a part, or of anything, and what is open there withdrawn."""
    pull(context, event)
    tell_state(context)


def on_kill_released(context: Context, event: KillSwitchReleased) -> None:
    """Dealing of a part, or of everything, may resume; what else is stopped stays so."""
    state = context.state
    known = known_value(state.configured(), event.scope, event.value)
    name = stop_name(event.scope, known or event.value)
    if is_release_refused(context, event, name):
        return
    state.stops.pop(name, None)
    if event.scope is StopScope.ALL:
        state.halts.pop(KILL_SWITCH, None)
    text = f"{name} released by {event.actor}{_approved(event)}: {event.reason}"
    context.emit(AlertRaised(code="KILL_RELEASED", text=text))
    tell_state(context)


def on_followers(context: Context, event: FollowersLagging) -> None:
    """New dealing stops while the projector or the auditor is behind or gone."""
    state = context.state
    for name in [name for name in state.halts if name.startswith("follower")]:
        del state.halts[name]
    for name in event.names:
        state.halts[f"follower {name}"] = f"{name}: {event.detail}"
    if event.names:
        pull_everything(context, "FOLLOWER_LAGGING")
    tell_state(context)


def on_halt_cleared(context: Context, event: HaltCleared) -> None:
    """Only breaks and faults end this way; the other halts end with their cause."""
    state = context.state
    if not event.halt.startswith(("break ", "fault")) or event.halt not in state.halts:
        text = f"no break or fault is called {event.halt!r}; nothing was cleared"
        context.emit(AlertRaised(code="NOTHING_CLEARED", text=text))
        return
    if is_release_refused(context, event, event.halt):
        return
    del state.halts[event.halt]
    break_id = event.halt.removeprefix("break ")
    if break_id in state.breaks:
        state.resolved_breaks[break_id] = state.breaks.pop(break_id)
        context.emit(BreakResolved(break_id=break_id, actor=event.actor, reason=event.reason))
    text = f"{event.halt} cleared by {event.actor}{_approved(event)}: {event.reason}"
    context.emit(AlertRaised(code="HALT_CLEARED", text=text))
    tell_state(context)


def _approved(event: KillSwitchReleased | HaltCleared) -> str:
    return f", approved by {event.approver}" if event.approver else ""


def on_time(context: Context, event: TimeAdvanced) -> None:
    """Time alone: the engine has fired what was due."""


def _begin_day(context: Context, trade_date: date) -> None:
    state = context.state
    old = state.today()
    told = results_told(context, state.ledger.results)
    context.emit(
        DayClosed(
            trade_date=old,
            next_trade_date=trade_date,
            positions=state.ledger.all_positions(),
            pnl=told.pnl,
            pnl_basis=told.basis,
        )
    )
    close_losses(context, trade_date)
    note_day(context, trade_date)
    state.trade_date = trade_date
    state.ledger.begin_day(trade_date)
    for result in state.rules.by_strategy.values():
        result.settle(trade_date)
    state.numbers.clear()
    state.seen_requests.clear()
    state.seen_counters.clear()
    state.seen_asks.clear()
    state.ask_of_request = {
        request: ask for request, ask in state.ask_of_request.items() if ask in state.asks
    }
    state.ended_quotes.clear()
    state.deals = {i: deal for i, deal in state.deals.items() if deal.trade_date == old}
    _forget_orders(state, old)
    state.answered_hits = {
        key: exec_id for key, exec_id in state.answered_hits.items() if exec_id in state.deals
    }
    begin_losses(state, trade_date, [deal.deal_id for deal in state.deals.values()])
    settled = state.gate.settle(trade_date)
    if settled is not None:
        context.emit(settled)
    state.gate.book.overnight = not state.configured().overnight
    ended, state.overrides = state.overrides, {}
    for name, granted in ended.items():
        text = f"{name} with the trade date {old} (proposal {granted.agreed.proposal})"
        context.emit(AlertRaised(code="OVERRIDE_ENDED", text=text))
    if state.gate.book.tree.daily or ended:
        figures = ladder_figures(state.gate)
        state.load_limits()
        moved = rolled(state.gate, figures)
        if moved is not None:
            context.emit(moved)
        tell_breaches(context)


def _forget_orders(state: RobotState, kept: date) -> None:
    """Nothing of what was dealt or wanted before the `kept` date is changed or asked again."""
    state.amendments = {said: key for said, key in state.amendments.items() if key in state.deals}
    state.past_orders = {
        name: order for name, order in state.past_orders.items() if order.trade_date == kept
    }
    state.wanted = {name: row for name, row in state.wanted.items() if row.trade_date == kept}
    kept_deals = {deal.deal_id: True for deal in state.deals.values()}
    state.gate.forget(kept_deals)
    dealers = state.rules.dealers
    state.rules.dealers = {deal: name for deal, name in dealers.items() if deal in kept_deals}
