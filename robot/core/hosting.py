"""Handlers of what a strategy's host says, and of its silence; the live one's or a candidate's."""

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
from robot.core.hosts import Seat, seat_asked, seat_of
from robot.core.negotiation import take_price
from robot.core.staging import named
from robot.core.state import Context
from robot.core.streaming import take_size
from robot.core.trial_hosting import candidate_fails, candidate_says, recorded
from robot.core.trying import note_trial_failure
from robot.deals.releases import SHADOW
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import AlertRaised
from robot.messages.hosting import HostChanged, HostDecided
from robot.strategy import Decision, foreign_problem


def on_host_decided(context: Context, event: HostDecided) -> None:
    """Judge an answer, once. One to a question that has ended, or of a version that is neither live
    nor tried any more, is of no use; one to a question that nobody asked is a failure.
    """
    seat = seat_of(context.state, event.strategy)
    if seat is None:
        return
    ask = seat.host.pending.pop(event.ask, None)
    if ask is None:
        if not 0 < event.ask <= context.state.host.asked:
            _note(context, seat, f"it answers question {event.ask}, which nobody asked")
        return
    problem = event.failure or foreign_problem(event.decision, ask.facts)
    if ask.void:
        _end(context, seat, ask, Refusal(reason=Reason.STRATEGY_ABSENT, detail=ask.void))
    elif problem or event.decision is None:
        _fail(context, seat, ask, Refusal(reason=Reason.STRATEGY_FAILED, detail=problem))
    elif ask.shadow:
        recorded(context, ask, event.decision, "")
    elif seat.tried is not None:
        candidate_says(context, seat, ask, event.decision)
    else:
        _take(context, ask, event.decision)


def on_host_changed(context: Context, event: HostChanged) -> None:
    """It may be asked from now on; or it is gone, and what waits for it is refused, or answered by
    the live strategy where it is a candidate's.
    """
    seat = seat_of(context.state, event.strategy)
    if seat is None:
        return
    seat.host.ready, seat.host.told = event.ready, event.told
    if event.ready:
        _tell(context, seat, "READY", event.told)
        return
    reason = Reason.STRATEGY_FAILED if event.failed else Reason.STRATEGY_ABSENT
    left, seat.host.pending = tuple(seat.host.pending.values()), {}
    for ask in left:
        _end(context, seat, ask, Refusal(reason=reason, detail=event.told))
    if event.failed:
        _note(context, seat, event.told)
    else:
        _tell(context, seat, "GONE", event.told)


def on_host_deadline(context: Context, key: str) -> None:
    """No answer came in time; one that comes later finds no question."""
    seat = seat_asked(context.state, int(key))
    if seat is None:
        return
    ask = seat.host.pending.pop(int(key))
    if ask.void:
        _end(context, seat, ask, Refusal(reason=Reason.STRATEGY_ABSENT, detail=ask.void))
    else:
        _fail(context, seat, ask, too_late(ask, seat.policy))


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


def _fail(context: Context, seat: Seat, ask: HostAsk, refusal: Refusal) -> None:
    """No price comes of it, and that is the strategy's fault. What the live one was asked for the
    record alone harms nobody, and does not stop it.
    """
    if ask.shadow:
        recorded(context, ask, None, f"{refusal.reason}: {refusal.detail}")
    elif seat.tried is not None:
        candidate_fails(context, seat, ask, refusal)
    else:
        _end(context, seat, ask, refusal)
        note_failure(context, refusal.reason, refusal.detail)


def _end(context: Context, seat: Seat, ask: HostAsk, refusal: Refusal) -> None:
    """No price comes of it; whether that is a failure is for others to say."""
    if ask.shadow:
        recorded(context, ask, None, f"{refusal.reason}: {refusal.detail}", counts=False)
    elif seat.tried is not None:
        candidate_fails(context, seat, ask, refusal, counts=False)
    elif ask.set_id:
        answer = SizeAnswer(ask=ask, reason=refusal.reason, detail=refusal.detail)
        take_size(context, ask, answer)
    else:
        negotiation = waiting(context.state, ask)
        if negotiation is not None:
            take_price(context, negotiation, refusal, ask)


def _note(context: Context, seat: Seat, problem: str) -> None:
    """A failure that is of no one question."""
    if seat.tried is None:
        note_failure(context, "STRATEGY_FAILED", problem)
        return
    note_trial_failure(context, seat.tried, problem)
    if seat.tried.stage is SHADOW:
        _tell(context, seat, "FAILED", problem)


def _tell(context: Context, seat: Seat, what: str, text: str) -> None:
    if seat.tried is None:
        name = seat.choice.name
        context.emit(AlertRaised(code=f"STRATEGY_{what}", text=f"strategy {name}: {text}"))
    else:
        name = named(seat.choice)
        context.emit(AlertRaised(code=f"CANDIDATE_{what}", text=f"candidate {name}: {text}"))
