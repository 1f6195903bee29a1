"""Handlers of what people decided about the robot: limits, counterparties, strategy, overrides.

What is put in force here was approved by a second person before (`robot.approvals`); the event says
by whom, and one that names no second person is refused. A change withdraws every quote and cancels
every order made before it: none of them is dealt on under other rules than those in force. A limit
cut below its use is a breach: told, and nothing new fits.
"""

from __future__ import annotations

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.core.halting import note_used, pull_everything, tell_breaches
from robot.core.hosted import refuse_waiting
from robot.core.hosts import seat_hosts
from robot.core.losses import look
from robot.core.quoting import end_negotiation
from robot.core.rule_books import book_problems
from robot.core.staging import answers_otherwise, note_release, why_not_released
from robot.core.state import Context, RobotState
from robot.core.trying import refuse_suggested
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.limits.limit import Reason, Refusal
from robot.limits.overriding import why_unknown
from robot.messages.effects import AlertRaised, LimitMove, LimitsMoved
from robot.messages.events import HaltCleared, KillSwitchReleased
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.messages.releases import StrategyRolledBack

CHANGE_DUE = "change_due"
OVERRIDE_END = "override_end"
_LOSSES = frozenset({Reason.LOSS_DAY, Reason.LOSS_MONTH, Reason.DRAWDOWN})
"""Of these the next look at the results tells the maximum."""


def on_reference_changed(context: Context, event: ReferenceChanged) -> None:
    """Put it in force, or have it looked at when its time comes. Told again, it is no news."""
    state, agreed = context.state, event.agreed
    if not agreed.by_two:
        _tell(context, "REFERENCE_REFUSED", agreed, f"{event.kind}: no second person approved it")
    elif agreed.proposal in state.coming_changes or _superseded(state, event):
        return
    elif event.effective_ns > state.now_ns:
        state.coming_changes[agreed.proposal] = event
        state.schedule(event.effective_ns, CHANGE_DUE, str(agreed.proposal))
        _tell(context, "REFERENCE_COMING", agreed, f"{event.kind} from {event.effective_ns}")
    else:
        _put_in_force(context, event)


def on_change_due(context: Context, proposal: str) -> None:
    """The time of an approved change has come; a newer one may have been approved since."""
    state = context.state
    event = state.coming_changes.pop(int(proposal), None)
    if event is not None and state.reference is not None and not _superseded(state, event):
        _put_in_force(context, event)


def on_override_granted(context: Context, event: OverrideGranted) -> None:
    """Another maximum of a limit until a moment, at most until the trade date ends (C-40)."""
    state, agreed = context.state, event.agreed
    problem = ""
    if not agreed.by_two:
        problem = "no second person approved it"
    elif not event.maximum >= 0:
        problem = f"a maximum of {event.maximum}"
    elif event.until_ns <= state.now_ns:
        problem = "its time is over"
    else:
        gate = state.gate
        problem = why_unknown(state.configured(), gate.book.tree, gate.accounts, event.limit_id)
    if problem:
        _tell(context, "OVERRIDE_REFUSED", agreed, problem)
        return
    held = state.overrides.get(event.limit_id)
    if is_carried_out(state, event) or (held and held.agreed.approval > agreed.approval):
        return  # told again, or a later one is in force
    note_used(state, agreed.proposal)
    state.overrides[event.limit_id] = event
    state.schedule(event.until_ns, OVERRIDE_END, event.limit_id)
    text = f"{event.limit_id} {event.maximum} until {event.until_ns}"
    _tell(context, "OVERRIDE_GRANTED", agreed, text)
    _change_maximum(context, event.limit_id)


def on_override_end(context: Context, limit_id: str) -> None:
    """The limit's own maximum is in force again."""
    state = context.state
    for name, granted in tuple(state.overrides.items()):
        if name == limit_id and granted.until_ns <= state.now_ns:
            del state.overrides[name]
            _tell(context, "OVERRIDE_ENDED", granted.agreed, limit_id)
            if state.reference is not None:
                _change_maximum(context, name)


def _change_maximum(context: Context, limit_id: LimitId) -> None:
    """What was let through under another maximum of a limit that counts nothing is not known to
    fit any more: it is pulled.
    """
    if limit_id not in context.state.gate.accounts:
        pull_everything(context, "LIMIT_CHANGED")
    _reload_limits(context)


def is_carried_out(
    state: RobotState,
    event: ReferenceChanged
    | OverrideGranted
    | KillSwitchReleased
    | HaltCleared
    | StrategyRolledBack,
) -> bool:
    """Whether the state shows that this was done, for whoever posted it."""
    if isinstance(event, StrategyRolledBack):
        return event.approval <= state.governed.get("STRATEGY", 0)
    if isinstance(event, ReferenceChanged):
        return event.agreed.proposal in state.coming_changes or _superseded(state, event)
    if isinstance(event, OverrideGranted):
        return event.agreed.proposal in state.used_proposals
    return event.proposal in state.used_proposals


def _superseded(state: RobotState, event: ReferenceChanged) -> bool:
    return event.agreed.approval <= state.governed.get(event.kind, 0)


def _put_in_force(context: Context, event: ReferenceChanged) -> None:
    state = context.state
    wanted = state.configured().with_parts(event.parts)
    problem = _problem(state, wanted)
    if event.strategy is not None:
        problem = problem or why_not_released(state, wanted)
    by = f"{event.agreed.proposer} and {event.agreed.approver}"
    problem = problem or put_reference(context, wanted, "REFERENCE_CHANGED", by)
    if problem:
        _tell(context, "REFERENCE_NOT_APPLIED", event.agreed, f"{event.kind}: {problem}")
        return
    state.governed[event.kind] = event.agreed.approval
    text = f"{event.kind} {event.agreed.content_hash} in force"
    _tell(context, "REFERENCE_CHANGED", event.agreed, text)
    _reload_limits(context)


def put_reference(
    context: Context, wanted: Reference, reason: str, by: str, *, back: bool = False
) -> str:
    """Put another reference in force, what was made under the old one withdrawn; why it cannot be,
    and then nothing is changed, or empty.

    Under another strategy no negotiation goes on: it would get its next price from somebody else. A
    shadow that comes or goes changes no answer, so nothing is withdrawn.
    """
    state, before = context.state, context.state.configured()
    try:
        means = context.made(wanted)
    except RobotError as error:
        return str(error)
    strategies = (before.strategy, before.candidate) != (wanted.strategy, wanted.candidate)
    if not strategies or answers_otherwise(before, wanted):
        pull_everything(context, reason)
        if strategies:
            _end_negotiations(context)
    context.adopt(wanted, means)
    seat_hosts(state, before)
    if strategies:
        note_release(context, before, by, back=back)
    return ""


def _end_negotiations(context: Context) -> None:
    """What waits for an answer is refused, what is kept fresh is ended; nobody is left waiting."""
    text = "the strategy was changed: ask again"
    refusal = Refusal(reason=Reason.STRATEGY_ABSENT, detail=text)
    refuse_suggested(context, refusal)
    refuse_waiting(context, refusal)
    for negotiation in tuple(context.state.negotiations.values()):
        end_negotiation(context, negotiation, "STRATEGY_CHANGED")


def _problem(state: RobotState, wanted: Reference) -> str:
    """Why it cannot be in force here; empty = it can."""
    needed = [venue.counterparty for venue in wanted.venues if venue.counterparty is not None]
    needed += [order.counterparty for order in state.orders.values()]
    for counterparty in needed:
        if counterparty not in wanted.counterparties:
            return f"orders are dealt with {counterparty}, which it leaves out"
    for policy in wanted.hedges:
        if policy.pair not in wanted.conventions:
            return f"it hedges {policy.pair}, which is dealt at no venue"
    return "\n".join(book_problems(wanted.strategy))


def _reload_limits(context: Context) -> None:
    """The limits and overrides in force from here on; what is over its maximum is told."""
    accounts = context.state.gate.accounts
    before = {name: account.maximum for name, account in accounts.items()}
    context.state.load_limits()
    changed = tuple(
        LimitMove(
            limit_id=name,
            requested=ZERO,
            utilisation=account.utilisation,
            reserved=max(account.reserved_up, account.reserved_down),
            maximum=account.maximum,
        )
        for name, account in accounts.items()
        if before.get(name, account.maximum) != account.maximum and account.reason not in _LOSSES
    )
    if changed:  # else use would be told against a maximum of before until it moves again
        context.emit(LimitsMoved(verb="maximum", reservation_id="", moves=changed))
    look(context)
    tell_breaches(context)


def _tell(context: Context, code: str, agreed: Agreed, text: str) -> None:
    who = f"proposal {agreed.proposal} of {agreed.proposer}, approved by {agreed.approver}"
    context.emit(AlertRaised(code=code, text=f"{text} ({who})"))
