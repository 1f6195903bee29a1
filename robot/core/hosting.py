"""Handlers of what the strategy's host says, and of its silence."""

from __future__ import annotations

from robot.core.host_asks import HostAsk, SizeAnswer
from robot.core.hosted import (
    ask_once_more,
    judged,
    note_failure,
    policy_of,
    still_wanted,
    too_late,
    waiting,
)
from robot.core.negotiation import take_price
from robot.core.state import Context
from robot.core.streaming import take_size
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import AlertRaised
from robot.messages.hosting import HostChanged, HostDecided
from robot.strategy import Decision, foreign_problem


def on_host_decided(context: Context, event: HostDecided) -> None:
    """Judge an answer, once. One to a question that has ended is of no use; one to a question that
    nobody asked is a failure.
    """
    host = context.state.host
    ask = host.pending.pop(event.ask, None)
    if ask is None:
        if not 0 < event.ask <= host.asked:
            text = f"it answers question {event.ask}, which nobody asked"
            note_failure(context, "STRATEGY_FAILED", text)
        return
    problem = event.failure or foreign_problem(event.decision, ask.facts)
    if ask.void:
        _end(context, ask, Refusal(reason=Reason.STRATEGY_ABSENT, detail=ask.void))
    elif problem or event.decision is None:
        _end(context, ask, Refusal(reason=Reason.STRATEGY_FAILED, detail=problem))
        note_failure(context, "STRATEGY_FAILED", problem)
    else:
        _take(context, ask, event.decision)


def on_host_changed(context: Context, event: HostChanged) -> None:
    """It may be asked from now on; or it is gone, and what waits for it is refused."""
    host = context.state.host
    host.ready, host.told = event.ready, event.told
    name = context.state.configured().strategy.name
    if event.ready:
        context.emit(AlertRaised(code="STRATEGY_READY", text=f"strategy {name}: {event.told}"))
        return
    reason = Reason.STRATEGY_FAILED if event.failed else Reason.STRATEGY_ABSENT
    left, host.pending = tuple(host.pending.values()), {}
    for ask in left:
        _end(context, ask, Refusal(reason=reason, detail=event.told))
    if event.failed:
        note_failure(context, "STRATEGY_FAILED", event.told)
    else:
        context.emit(AlertRaised(code="STRATEGY_GONE", text=f"strategy {name}: {event.told}"))


def on_host_deadline(context: Context, key: str) -> None:
    """No answer came in time; one that comes later finds no question."""
    ask = context.state.host.pending.pop(int(key), None)
    if ask is None:
        return
    if ask.void:
        _end(context, ask, Refusal(reason=Reason.STRATEGY_ABSENT, detail=ask.void))
        return
    late = too_late(ask, policy_of(context.state))
    _end(context, ask, late)
    note_failure(context, "STRATEGY_LATE", late.detail)


def _take(context: Context, ask: HostAsk, decision: Decision) -> None:
    """A sound answer, on the market of this moment. Asked once more where that has moved too far;
    a stream is shown anew by itself.
    """
    if ask.set_id:
        take_size(context, ask, SizeAnswer(ask=ask, decision=decision))
        return
    negotiation = waiting(context.state, ask)
    if negotiation is None:
        return
    policy, found = policy_of(context.state), still_wanted(context, negotiation)
    price = found if isinstance(found, Refusal) else judged(ask, decision, found, policy)
    again = isinstance(price, Refusal) and price.reason is Reason.MARKET_MOVED and not ask.again
    if again and not isinstance(found, Refusal):
        negotiation.host_ask = ask_once_more(context, ask, negotiation, found)
    else:
        take_price(context, negotiation, price, ask)


def _end(context: Context, ask: HostAsk, refusal: Refusal) -> None:
    """No price comes of it."""
    if ask.set_id:
        answer = SizeAnswer(ask=ask, reason=refusal.reason, detail=refusal.detail)
        take_size(context, ask, answer)
        return
    negotiation = waiting(context.state, ask)
    if negotiation is not None:
        take_price(context, negotiation, refusal, ask)
