"""The table of handlers, and `step`: one stamped event in, all its effects out.

Single thread, no I/O, no clock, no chance but the journaled seed: the same events give the same
effects, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from robot.core import (
    ageing,
    allocations,
    asking,
    asking_open,
    asking_wishes,
    booking,
    controls,
    copying,
    costs,
    countering,
    curves,
    governing,
    halting,
    hedging,
    hosted,
    hosting,
    hours,
    initiative,
    losses,
    markouts,
    negotiation,
    order_reports,
    ordering,
    persons,
    quoting,
    reconciling,
    releasing,
    streaming,
    subscribing,
    telling,
    trial_looks,
    trying,
    wanting,
)
from robot.core.games import version_of
from robot.core.state import HOURS_LOOK, SPENT_LOOK, Context, Means, RobotState, StrategyLoader
from robot.core.versions import Version
from robot.deals.reference import Reference
from robot.errors import InvariantViolated, RobotError
from robot.messages import asks, base, events, streams
from robot.messages import governing as governing_messages
from robot.messages import hosting as hosting_messages
from robot.messages import orders as order_messages
from robot.messages import releases as release_messages
from robot.messages.allocations import AllocationReceived
from robot.messages.counters import CounterReceived
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped

# Each handler takes exactly the type of event it stands under; `dict` cannot say that, hence Any.
HANDLERS: dict[type[base.Event], Callable[[Context, Any], None]] = {
    events.RobotStarted: controls.on_started,
    events.RobotStopping: controls.on_stopping,
    events.MarketUpdated: negotiation.on_market,
    events.CurveUpdated: curves.on_curve,
    events.FixingPublished: curves.on_fixing,
    events.RfqReceived: negotiation.on_rfq,
    events.HitReceived: booking.on_hit,
    CounterReceived: countering.on_counter,
    order_messages.OrderReported: order_reports.on_order_reported,
    order_messages.CancelRefused: order_reports.on_cancel_refused,
    order_messages.OrdersCancelled: order_reports.on_orders_cancelled,
    order_messages.OrderWanted: wanting.on_order_wanted,
    order_messages.OrderChangeWanted: wanting.on_order_change_wanted,
    order_messages.OrderCancelWanted: wanting.on_order_cancel_wanted,
    events.RfqEnded: asking.on_ending,
    events.MessageRefused: controls.on_message_refused,
    events.MessageQuarantined: controls.on_message_quarantined,
    events.SessionUp: controls.on_session_up,
    events.SessionDown: controls.on_session_down,
    events.VenueStatusChanged: controls.on_venue_status,
    events.TradesCounted: reconciling.on_trades_counted,
    events.TradeReported: reconciling.on_trade_reported,
    streams.MassQuoteAnswered: streaming.on_mass_quote_answered,
    streams.QuoteStatusTold: streaming.on_quote_status_told,
    streams.QuoteStatusAsked: telling.on_quote_status_asked,
    streams.TradesAsked: telling.on_trades_asked,
    streams.TradeAcknowledged: telling.on_trade_acknowledged,
    streams.OrderCopied: copying.on_order_copied,
    events.DealingOpened: controls.on_dealing_opened,
    events.DealingClosed: controls.on_dealing_closed,
    events.OvernightBegun: controls.on_overnight_begun,
    events.DayRolled: controls.on_day_rolled,
    events.TimeAdvanced: controls.on_time,
    events.KillSwitchPulled: controls.on_kill,
    events.KillSwitchReleased: controls.on_kill_released,
    events.FollowersLagging: controls.on_followers,
    events.HaltCleared: controls.on_halt_cleared,
    asks.AskWanted: asking_open.on_ask_wanted,
    asks.AskTaken: asking_wishes.on_ask_taken,
    asks.AskCountered: asking_wishes.on_ask_countered,
    asks.AskWithdrawn: asking_wishes.on_ask_withdrawn,
    asks.QuoteReceived: asking.on_quote_received,
    asks.QuoteRevoked: asking.on_quote_revoked,
    asks.AskRefused: asking.on_ask_refused,
    AllocationReceived: allocations.on_allocation,
    governing_messages.ReferenceChanged: governing.on_reference_changed,
    governing_messages.OverrideGranted: governing.on_override_granted,
    hosting_messages.HostDecided: hosting.on_host_decided,
    hosting_messages.HostChanged: hosting.on_host_changed,
    hosting_messages.RequestAnswered: releasing.on_answered,
    release_messages.StrategyRolledBack: releasing.on_rolled_back,
    release_messages.SuggestionAnswered: releasing.on_suggestion_answered,
}

TIMER_HANDLERS: dict[str, Callable[[Context, str], None]] = {
    subscribing.RESUBSCRIBE: subscribing.on_resubscribe,
    quoting.QUOTE_EXPIRY: negotiation.on_quote_expiry,
    quoting.STREAM_END: negotiation.on_stream_end,
    quoting.STREAM_REPLACE: negotiation.on_stream_replace,
    quoting.STALE_CHECK: negotiation.on_stale_check,
    ordering.MASS_CANCEL_SILENCE: ordering.on_mass_cancel_silence,
    ordering.ORDER_SILENCE: order_reports.on_order_silence,
    quoting.STREAM_SET: streaming.on_stream_set,
    quoting.STREAM_SILENCE: streaming.on_stream_silence,
    quoting.RECORD_GRACE: reconciling.on_record_grace,
    quoting.COPY_PATIENCE: copying.on_copy_patience,
    quoting.TRADES_OVERDUE: reconciling.on_trades_overdue,
    quoting.ASK_DECIDE: asking.on_ask_decide,
    quoting.ASK_OVER: asking.on_ask_over,
    SPENT_LOOK: costs.on_spent_look,
    HOURS_LOOK: hours.on_hours_look,
    quoting.ORDER_AGED: ageing.on_order_aged,
    governing.CHANGE_DUE: governing.on_change_due,
    governing.OVERRIDE_END: governing.on_override_end,
    losses.LOSSES: losses.on_losses_due,
    hosted.HOST_DEADLINE: hosting.on_host_deadline,
    hosted.PERSON_DUE: persons.on_person_due,
    initiative.BOOK_LOOK: initiative.on_book_look,
    markouts.LOOK_BACK: markouts.on_look_back,
    trying.SUGGESTION_END: releasing.on_suggestion_end,
    trial_looks.TRIAL_LOOK: trial_looks.on_trial_look,
}


class Engine:
    """The core: a state, the means its reference names, and the handlers."""

    def __init__(self, load_strategy: StrategyLoader, state: RobotState | None = None) -> None:
        self._load_strategy = load_strategy
        self._means: Means | None = None
        self.state = state if state is not None else RobotState()
        if self.state.reference is not None:
            self._means = self._means_at_start(self.state.reference)

    def step(self, stamped: Stamped) -> tuple[AnyEffect, ...]:
        """Fire what is due by the stamp's time, then handle the event."""
        state = self.state
        number, at_ns, event = stamped.number, stamped.at_ns, stamped.event
        if number != state.stepped + 1 or at_ns < state.now_ns:
            raise InvariantViolated(
                f"event {number} at {at_ns} after {state.stepped} at {state.now_ns}"
            )
        if isinstance(event, events.RobotStarted):
            self._means = self._means_at_start(event.reference)
        context = Context(state, self._means, at_ns, self._means_of)
        state.stepped = number
        timers = state.timers
        if timers and timers[0].due_ns <= at_ns:
            self._fire_timers(context, at_ns)
        state.now_ns = at_ns
        HANDLERS[type(event)](context, event)
        if context.stopping:
            halting.stop_what_is_due(context)
        means, reference = context.means, state.reference
        if means is not None and means.looks:
            initiative.follow_up(context)
        if reference is not None and reference.hedges:
            hedging.hedge(context)
            halting.stop_what_is_due(context)
        self._means = context.means
        return tuple(context.effects)

    def quarantine(self, stamped: Stamped, problem: str) -> None:
        """Pass over an event that cannot be stepped; dealing halts until a person has looked."""
        self.state.stepped = stamped.number
        self.state.now_ns = max(self.state.now_ns, stamped.at_ns)
        self.state.halts["fault"] = f"event {stamped.number} was quarantined: {problem}"

    def next_timer_ns(self) -> int | None:
        """When the next timer is due; None = there is none."""
        return self.state.timers[0].due_ns if self.state.timers else None

    def _means_of(self, reference: Reference) -> Means:
        """RobotError where one of its strategies cannot be made."""
        return Means(reference, self._version(reference), self._candidate_of(reference))

    def _means_at_start(self, reference: Reference) -> Means:
        """The same where the robot has to go on: a candidate that cannot be made is left out."""
        candidate: Version | str | None
        try:
            candidate = self._candidate_of(reference)
        except RobotError as problem:
            candidate = str(problem)
        return Means(reference, self._version(reference), candidate)

    def _version(self, reference: Reference) -> Version:
        return version_of(reference, self._load_strategy)

    def _candidate_of(self, reference: Reference) -> Version | None:
        if reference.candidate is None:
            return None
        return self._version(reference.with_parts({"strategy": reference.candidate.strategy}))

    def _fire_timers(self, context: Context, at_ns: int) -> None:
        state = context.state
        while (timer := state.due_timer(at_ns)) is not None:
            state.now_ns = max(state.now_ns, timer.due_ns)
            TIMER_HANDLERS[timer.kind](context, timer.key)
            halting.stop_what_is_due(context)
            if context.wishes:
                initiative.follow_up(context)
