"""What stops dealing: breaks with a venue's record, and telling what stops it."""

from __future__ import annotations

from robot.basics.ids import DealId, ExecId, LimitId, VenueId
from robot.core.asking_ends import withdraw_asks, withdraw_makers
from robot.core.ordering import cancel_meant, cancel_orders, subject_of_order, tell_if_empty
from robot.core.quoting import withdraw_everything, withdraw_meant
from robot.core.state import Context, RobotState
from robot.core.stops import Emptying, Stop, known_value, parts_of
from robot.limits.limit import Reason
from robot.messages.effects import AlertRaised, BreakFound, DealingStateChanged
from robot.messages.events import HaltCleared, KillSwitchPulled, KillSwitchReleased
from robot.messages.governing import two_persons
from robot.messages.stops import KILL_SWITCH, StopScope, stop_name

USED_PROPOSALS_MAX = 1_000
"""How many proposals that released or granted something are remembered; they expire long before."""


def pull_everything(context: Context, reason: str, venue: VenueId | None = None) -> None:
    """Every quote withdrawn, every ask ended, every order canceled, everywhere or at one venue."""
    withdraw_everything(context, reason, venue)
    withdraw_asks(context, reason, venue)
    cancel_orders(context, venue)


def pull(context: Context, event: KillSwitchPulled) -> None:
    """Put a kill switch in force: nothing new of its part from here on, and what is open there is
    withdrawn and canceled; when the last of its orders has ended, that is told.
    """
    state = context.state
    stop = _stop(state, event)
    state.stops[stop.name] = stop
    orders = {
        order.order_id: order.filled
        for order in state.orders.values()
        if stop.covers(subject_of_order(order))
    }
    reason = Reason.KILL_SWITCH
    if stop.scope is StopScope.ALL:
        state.halts[KILL_SWITCH] = stop.text
        pull_everything(context, reason)
    else:
        withdraw_meant(context, reason, stop.covers)
        withdraw_makers(context, reason, stop.covers)
        cancel_meant(context, stop.covers)
    emptying = Emptying(text=stop.text, asked_ns=state.now_ns, orders=orders)
    state.emptying[stop.key] = emptying
    tell_if_empty(context, stop.key)


def stop_what_is_due(context: Context) -> None:
    """Carry out what limits stopped (`at_maximum: stop`), once for each part."""
    if not context.stopping:
        return
    due, context.stopping = context.stopping, ()
    for refusal in due:
        scope, _, value = refusal.stops.partition(" ")
        stop_scope(context, refusal.limit_id, scope, value, f"{refusal.reason}: {refusal.detail}")


def stop_scope(context: Context, limit_id: LimitId, scope: str, value: str, why: str) -> None:
    """Pull the kill switches of a row's scope in the limit's name; those in force stay as they
    are. Each is released as one that a person pulled.
    """
    state = context.state
    for part, name in parts_of(state.configured(), scope, value):
        if stop_name(part, name) in state.stops:
            continue
        pull(context, KillSwitchPulled(actor=limit_id, reason=why, scope=part, value=name))
        text = f"{stop_name(part, name)} by {limit_id}: {why}"
        context.emit(AlertRaised(code="LIMIT_STOPPED", text=text))
        tell_state(context)


def _stop(state: RobotState, event: KillSwitchPulled) -> Stop:
    """What it stops here; a part that nobody knows is everything."""
    scope, reason = event.scope, event.reason
    value = known_value(state.reference, scope, event.value) if state.reference else None
    if value is None:
        if scope is not StopScope.ALL:
            reason = f"{reason}; no {scope} {event.value!r} is known"
        scope, value = StopScope.ALL, ""
    return Stop(
        scope=scope,
        value=value,
        actor=event.actor,
        reason=reason,
        event=state.stepped,
        at_ns=state.now_ns,
    )


def stopped_by(state: RobotState) -> dict[str, str]:
    """All that stops new dealing, everywhere or of a part: name -> text."""
    return {**state.halts, **{name: stop.text for name, stop in state.stops.items()}}


def find_break(context: Context, venue: VenueId, kind: str, exec_id: ExecId, problem: str) -> None:
    """Note a difference with a venue's record; dealing stops until a person has looked."""
    state = context.state
    break_id = f"{venue} {exec_id}"
    found = f"{kind}: {problem}"
    if break_id in state.breaks or state.resolved_breaks.get(break_id) == found:
        return  # the venue tells its trades at every log-on
    state.breaks[break_id] = found
    state.halts[f"break {break_id}"] = f"{venue} trade {exec_id}: {problem}"
    context.emit(
        BreakFound(break_id=break_id, venue=venue, kind=kind, exec_id=exec_id, detail=problem)
    )
    pull_everything(context, "BREAK")
    tell_state(context)


def watch_executions(context: Context, deal: DealId) -> None:
    """So many deals in so short a time that somebody must look: dealing stops until two persons
    have.
    """
    state = context.state
    told = state.gate.book.executed(deal, state.now_ns)
    context.stopping += tuple(refusal for refusal in told if refusal.stops)
    texts = [refusal.detail for refusal in told if not refusal.stops]
    new = [text for text in texts if f"fault {text.partition(': ')[0]}" not in state.halts]
    for text in new:
        state.halts[f"fault {text.partition(': ')[0]}"] = text
        context.emit(AlertRaised(code="REPEATED_EXECUTION", text=f"{text}: dealing halts"))
    if new:
        pull_everything(context, "REPEATED_EXECUTION")
        tell_state(context)


def is_release_refused(
    context: Context, event: KillSwitchReleased | HaltCleared, halt: str
) -> bool:
    """Whether dealing may not resume by this: a second person is missing, the proposal was used, or
    what it was asked to end is not what halts now. Refused, it is told; taken, it is remembered.
    """
    state = context.state
    problem = _problem_of(state, event, halt)
    if problem:
        text = f"{halt} is not ended by {event.actor} (proposal {event.proposal}): {problem}"
        context.emit(AlertRaised(code="RELEASE_REFUSED", text=text))
        return True
    if event.proposal:
        note_used(state, event.proposal)
    return False


def note_used(state: RobotState, proposal: int) -> None:
    """What it was approved for is done; it does nothing a second time."""
    state.used_proposals[proposal] = True
    if len(state.used_proposals) > USED_PROPOSALS_MAX:
        del state.used_proposals[next(iter(state.used_proposals))]


def tell_breaches(context: Context) -> None:
    """After maxima have changed: what is over its own is told, and whatever could add to it is
    pulled.
    """
    accounts = context.state.gate.accounts
    if not any(account.excess for account in accounts.values()):
        return
    pull_everything(context, "LIMIT_LOWERED")
    for limit_id, account in accounts.items():
        if not account.excess:
            continue
        text = (
            f"{limit_id}: utilisation {account.utilisation}, reserved +{account.reserved_up}/"
            f"-{account.reserved_down}, maximum {account.maximum}: nothing new fits"
        )
        context.emit(AlertRaised(code="LIMIT_BREACHED", text=text))


def _problem_of(state: RobotState, event: KillSwitchReleased | HaltCleared, halt: str) -> str:
    if state.configured().four_eyes:
        if not two_persons(event.actor, event.approver):
            return "two persons are required, and no second one approved it"
        if not event.proposal:
            return "it comes from no proposal"
    if event.proposal in state.used_proposals:
        return "its proposal was used before"
    now = stopped_by(state).get(halt, "")
    if event.proposal and event.released != now:
        return f"what halts now ({now or 'nothing'}) is not what it was approved for"
    return ""


def tell_state(context: Context) -> None:
    """Say what stops new dealing."""
    halts = tuple(f"{name}: {text}" for name, text in stopped_by(context.state).items())
    context.emit(DealingStateChanged(halts=halts))
