"""A candidate in a process of its own: its answers, and what comes instead of them.

A request of its share waits for it up to its deadline; then, or where it fails, the live strategy
answers on the market of that moment. What is asked only for the record keeps nobody waiting.
"""

from __future__ import annotations

from robot.core.host_asks import HostAsk
from robot.core.hosted import (
    ask_once_more,
    consult,
    judged,
    moved,
    still_wanted,
    waiting,
)
from robot.core.hosts import Seat
from robot.core.lifecycle import Step
from robot.core.negotiation import first_price, refresh_stream, take_price
from robot.core.offering import Basis
from robot.core.release_state import SUGGESTIONS_MAX
from robot.core.shadowing import Said, tell_asked
from robot.core.state import Context, Negotiation
from robot.core.trying import note_trial_failure, shadow_live, suggest
from robot.deals.reference import Candidate
from robot.deals.releases import CANARY, SHADOW
from robot.limits.limit import Refusal
from robot.messages.releases import CANDIDATE_SIDE
from robot.strategy import Decision


def recorded(
    context: Context,
    ask: HostAsk,
    decision: Decision | None,
    problem: str,
    *,
    counts: bool = True,
) -> None:
    """An answer that is only recorded, or why there is none. A candidate's counts: sound ones in
    SHADOW, failures, where they are its own, in every stage.
    """
    tried, known = context.state.configured().candidate, context.state.releases
    assert tried is not None, "what is asked for the record ends with the candidate"
    tell_asked(context, ask.shadow, ask, decision, problem)
    if ask.shadow != CANDIDATE_SIDE:
        return
    if problem:
        known.failures += counts
    elif tried.stage is SHADOW:
        known.note_decision(context.state.today())


def candidate_fails(
    context: Context, seat: Seat, ask: HostAsk, refusal: Refusal, *, counts: bool = True
) -> None:
    """No price comes of its question: the live strategy answers; a price that is only kept fresh,
    and a price of theirs, get none. `counts`: whether it is a failure of its own.
    """
    assert seat.tried is not None, "a candidate was asked"
    if counts:
        note_trial_failure(context, seat.tried, refusal.detail)
    negotiation = waiting(context.state, ask)
    if negotiation is None:
        return
    if not _is_new(ask, negotiation):
        take_price(context, negotiation, refusal, ask)
        return
    tell_asked(context, CANDIDATE_SIDE, ask, None, f"{refusal.reason}: {refusal.detail}")
    _live_instead(context, negotiation, ask)


def candidate_says(context: Context, seat: Seat, ask: HostAsk, decision: Decision) -> None:
    """A sound answer, on the market of this moment."""
    negotiation = waiting(context.state, ask)
    if negotiation is None:
        return
    found = still_wanted(context, negotiation)
    if isinstance(found, Refusal):
        take_price(context, negotiation, found, ask)
        return
    far = "" if decision.passed else moved(ask, found, seat.policy)
    if far and not ask.again:
        negotiation.host_ask = ask_once_more(context, ask, negotiation, found)
    elif far and _is_new(ask, negotiation):
        tell_asked(context, CANDIDATE_SIDE, ask, None, f"MARKET_MOVED: {far}")
        _live_instead(context, negotiation, ask)
    elif not _is_new(ask, negotiation):
        take_price(context, negotiation, judged(ask, decision, found, seat.policy), ask)
    else:
        assert seat.tried is not None, "a candidate was asked"
        _answer(context, seat, seat.tried, ask, decision, negotiation, found)


def _answer(
    context: Context,
    seat: Seat,
    tried: Candidate,
    ask: HostAsk,
    decision: Decision,
    negotiation: Negotiation,
    found: Basis,
) -> None:
    """A request gets its answer: the candidate's as a canary, else a person's word on it; of one
    that was suspended meanwhile it is only recorded.
    """
    known, seen = context.state.releases, Basis(ask.facts, found.market)
    if tried.stage is CANARY and not known.suspended:
        shadow_live(context, negotiation, seen)
        known.note_decision(context.state.today())
        take_price(context, negotiation, judged(ask, decision, found, seat.policy), ask)
        return
    tell_asked(context, CANDIDATE_SIDE, ask, decision, "")
    if decision.passed or known.suspended or len(known.suggestions) >= SUGGESTIONS_MAX:
        _live_instead(context, negotiation, ask)
        return
    shadow_live(context, negotiation, seen)
    negotiation.trial = ""  # nothing is sent of it before a person says so
    negotiation.host_ask = 0
    negotiation.advance(Step.ANSWER)
    suggest(context, tried, negotiation, seen, Said(decision))


def _is_new(ask: HostAsk, negotiation: Negotiation) -> bool:
    """Whether nothing was answered to the request yet, so that somebody else can answer it."""
    return ask.first and negotiation.bargain is None


def _live_instead(context: Context, negotiation: Negotiation, ask: HostAsk) -> None:
    """As if there were no candidate, on the market of this moment."""
    negotiation.trial = ""
    negotiation.host_ask = 0
    negotiation.advance(Step.ANSWER)
    found = still_wanted(context, negotiation)
    if not isinstance(found, Refusal):
        offered = consult(context, negotiation, first=True)
        if offered is None:
            return
        first_price(context, negotiation, offered, ask.facts)
    else:
        first_price(context, negotiation, found, ask.facts)
    if negotiation.ask_again:
        negotiation.ask_again = False
        refresh_stream(context, negotiation.key)
