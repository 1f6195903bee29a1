"""A candidate beside the live strategy: who answers a request, and what the other would have said.

Both decide on the same facts, the one that is not sent second. It costs what one decision costs and
is never left out: whether it was quick is nothing that a replay could know.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from robot.core.host_asks import HostAsk
from robot.core.hosted import ask_for, ask_person, consult, due_ns, is_hosted, put, refuse
from robot.core.hosts import Seat, live_seat, trial_seat
from robot.core.lifecycle import Step
from robot.core.offering import Basis, Offered, basis, offer_on
from robot.core.quoting import MILLISECOND_NS, close_negotiation, dealing_refusal, subject_of
from robot.core.release_state import SUGGESTIONS_MAX, Suggestion
from robot.core.ruled import tell_alerts
from robot.core.shadowing import Said, said_by, tell_asked, tell_shadow
from robot.core.staging import named
from robot.core.state import Context, Negotiation, RobotState
from robot.core.versions import Version
from robot.deals.reference import Candidate
from robot.deals.releases import CANARY, SHADOW, SUGGEST
from robot.limits.limit import Refusal
from robot.messages.effects import AlertRaised
from robot.messages.releases import CANDIDATE_SIDE, LIVE_SIDE, SuggestionEnded, SuggestionMade
from robot.strategy import Facts

SUGGESTION_END = "suggestion_end"


def first_answer(context: Context, negotiation: Negotiation) -> Offered | Refusal | None:
    """What a request is answered with; None = it waits, for a person or the strategy's host."""
    tried, candidate = context.state.configured().candidate, context.candidate
    if tried is None or candidate is None:
        return consult(context, negotiation, first=True)
    found = basis(context, negotiation)
    if isinstance(found, Refusal):
        return found
    if not is_tried(context, tried, negotiation, found.facts):
        answer = _live(context, negotiation, found)
        _shadow_candidate(context, tried, candidate, negotiation, found)
        return answer
    stopped = _begin_trial(context, tried, negotiation)
    if stopped is not None:
        return stopped
    seat = trial_seat(context.state)
    if seat is not None:
        return _ask_candidate(context, seat, negotiation, found)
    said = said_by(context, candidate, negotiation, found)
    if tried.stage is CANARY and (said.decision is not None or said.person):
        return _answer(context, negotiation, found, said)
    negotiation.trial = ""  # nothing is sent of it before a person says so
    if said.failure:
        suspend(context, tried, said.failure)
    if said.decision is not None and not said.decision.passed:
        tell_shadow(context, CANDIDATE_SIDE, named(tried.strategy), negotiation, found, said)
        shadow_live(context, negotiation, found)
        suggest(context, tried, negotiation, found, said)
        return None
    answer = _live(context, negotiation, found)
    tell_shadow(context, CANDIDATE_SIDE, named(tried.strategy), negotiation, found, said)
    return answer


def is_tried(context: Context, tried: Candidate, negotiation: Negotiation, facts: Facts) -> bool:
    """Whether the candidate answers this: its counterparties, up to its size, its share of those.
    Prices that go on by themselves are confirmed by nobody, so they are not suggested.
    """
    state, bounds = context.state, tried.bounds
    known = state.releases
    if tried.stage is SHADOW or known.suspended:
        return False
    if bounds.size_max is None or not facts.amount <= bounds.size_max:
        return False
    if bounds.counterparties and negotiation.counterparty not in bounds.counterparties:
        return False
    if tried.stage is SUGGEST and (
        negotiation.streaming or len(known.suggestions) >= SUGGESTIONS_MAX
    ):
        return False
    seed = state.configured().seed
    print_ = context.candidate.print if context.candidate is not None else ""
    return drawn(seed, print_, negotiation.key) < bounds.share


def drawn(seed: int, print_: str, key: str) -> Decimal:
    """From 0 to under 100, of the journaled seed, the version and the request alone: a larger share
    has all the requests of a smaller one.
    """
    digest = hashlib.sha256(f"{seed}|{print_}|{key}".encode()).digest()
    return Decimal(int.from_bytes(digest[:6])) * 100 / Decimal(1 << 48)


def suspend(context: Context, tried: Candidate, problem: str) -> None:
    """A failure of one that answers; too many, and it answers no more until a person has put it
    back or another one forward.
    """
    known, most = context.state.releases, context.state.configured().releases.failures_max
    known.failures += 1
    text = f"candidate {named(tried.strategy)}: {problem}; the live strategy answers"
    context.emit(AlertRaised(code="CANDIDATE_FAILED", text=text))
    if known.failures >= most and not known.suspended:
        known.suspended = f"{known.failures} failures, the last: {problem}"
        text = f"candidate {named(tried.strategy)} answers no more: {known.suspended}"
        context.emit(AlertRaised(code="CANDIDATE_SUSPENDED", text=text))


def note_trial_failure(context: Context, tried: Candidate, problem: str) -> None:
    """A failure, counted; it is told where the candidate answers."""
    known = context.state.releases
    if tried.stage is SHADOW or known.suspended:
        known.failures += 1
    else:
        suspend(context, tried, problem)


def refuse_suggested(context: Context, refusal: Refusal) -> None:
    """Every request that waits for a person is refused now."""
    state = context.state
    for number, suggestion in tuple(state.releases.suggestions.items()):
        negotiation = waiting_for(state, number, suggestion)
        end_suggestion(context, number, "REFUSED", detail=refusal.detail)
        if negotiation is not None:
            negotiation.suggestion = 0
            close_negotiation(state, negotiation, Step.REFUSE)
            refuse(context, negotiation, refusal, suggestion.facts)


def waiting_for(state: RobotState, number: int, suggestion: Suggestion) -> Negotiation | None:
    """The negotiation that waits for this; None = it has ended."""
    found = state.negotiations.get(suggestion.negotiation)
    return found if found is not None and found.suggestion == number else None


def end_suggestion(
    context: Context, number: int, outcome: str, actor: str = "", detail: str = ""
) -> Suggestion:
    """It waits no more, and what became of it is told."""
    suggestion = context.state.releases.suggestions.pop(number)
    context.state.rules.note_end(number, f"{outcome}: {detail}" if detail else outcome)
    context.emit(
        SuggestionEnded(
            suggestion=number,
            subject=suggestion.subject,
            outcome=outcome,
            actor=actor,
            detail=detail,
        )
    )
    return suggestion


def _live(context: Context, negotiation: Negotiation, found: Basis) -> Offered | Refusal | None:
    """The live strategy's answer, wherever it runs."""
    if is_hosted(context.state) or context.books:
        return consult(context, negotiation, first=True)
    return offer_on(context, context.live, found)


def _ask_candidate(
    context: Context, seat: Seat, negotiation: Negotiation, found: Basis
) -> Offered | Refusal | None:
    """It is asked in its own process, and the request waits for it; where it cannot be asked, the
    live strategy answers.
    """
    if seat.host.ready:
        ask_for(context, seat, negotiation, found, first=True)
        return None
    negotiation.trial = ""
    _shadow_host(context, CANDIDATE_SIDE, seat, negotiation, found)
    return _live(context, negotiation, found)


def _shadow_host(
    context: Context, of: str, seat: Seat, negotiation: Negotiation, found: Basis
) -> None:
    """What a version in a process of its own would decide: asked, and recorded when it answers."""
    ask = HostAsk(
        ask=0,
        facts=found.facts,
        deadline_ns=due_ns(context.state, seat),
        strategy=named(seat.choice),
        shadow=of,
        subject=negotiation.rfq_id,
        venue=negotiation.venue,
    )
    if seat.host.ready:
        put(context, ask, negotiation.rfq_id)
    else:
        tell_asked(context, of, ask, None, f"STRATEGY_ABSENT: {seat.host.told}")


def _begin_trial(context: Context, tried: Candidate, negotiation: Negotiation) -> Refusal | None:
    """The candidate answers this from here on, if it is not stopped."""
    negotiation.trial = named(tried.strategy)
    return dealing_refusal(context.state, subject_of(context.state, negotiation))


def _answer(
    context: Context, negotiation: Negotiation, found: Basis, said: Said
) -> Offered | Refusal | None:
    """The candidate answers: a price, a pass, or as a person says. What its rule alerts of is told;
    nothing else that it wants is done.
    """
    state, ruled = context.state, said.ruled
    if ruled is not None and ruled.ready is not None and ruled.ruling is not None:
        tell_alerts(context, ruled.ready, ruled.ruling)
    shadow_live(context, negotiation, found)
    state.releases.note_decision(state.today())
    if said.decision is not None:
        return said.answer(found)
    assert ruled is not None, "only a rule asks a person"
    ask_person(context, negotiation, ruled)
    return None


def suggest(
    context: Context, tried: Candidate, negotiation: Negotiation, found: Basis, said: Said
) -> None:
    """Ask a person; the request waits as long as it may, and time is left to answer it then."""
    state, known = context.state, context.state.releases
    price = said.answer(found)
    assert isinstance(price, Offered), "only prices are suggested"
    patience_ns = tried.bounds.confirm_ms * MILLISECOND_NS
    if negotiation.open_until_ns > 0:
        patience_ns = min(patience_ns, (negotiation.open_until_ns - state.now_ns) * 3 // 4)
    state.rules.asked += 1
    number = state.rules.asked
    made = Suggestion(
        negotiation=negotiation.key,
        subject=negotiation.rfq_id,
        trial=named(tried.strategy),
        facts=price.facts,
        decision=price.decision,
        deadline_ns=state.now_ns + patience_ns,
        valid_ms=price.valid_ms,
        rules=price.rules,
        row=price.row,
    )
    known.suggestions[number] = made
    negotiation.suggestion = number
    negotiation.advance(Step.CONSULT)
    state.schedule(made.deadline_ns, SUGGESTION_END, str(number))
    _tell_suggested(context, negotiation, made)


def _tell_suggested(context: Context, negotiation: Negotiation, made: Suggestion) -> None:
    context.emit(
        SuggestionMade(
            suggestion=negotiation.suggestion,
            subject=made.subject,
            strategy=made.trial,
            venue=negotiation.venue,
            counterparty=negotiation.counterparty,
            pair=negotiation.pair,
            amount=negotiation.amount,
            bid=made.decision.bid,
            offer=made.decision.offer,
            because=made.decision.because,
            until_ns=made.deadline_ns,
        )
    )


def _shadow_candidate(
    context: Context, tried: Candidate, candidate: Version, negotiation: Negotiation, found: Basis
) -> None:
    """What it would have decided, after the live strategy has."""
    seat = trial_seat(context.state)
    if seat is not None:
        _shadow_host(context, CANDIDATE_SIDE, seat, negotiation, found)
        return
    said = said_by(context, candidate, negotiation, found)
    known = context.state.releases
    if said.failure:
        known.failures += 1
    elif tried.stage is SHADOW:
        known.note_decision(context.state.today())
    tell_shadow(context, CANDIDATE_SIDE, named(tried.strategy), negotiation, found, said)


def shadow_live(context: Context, negotiation: Negotiation, found: Basis) -> None:
    """What the live strategy would have decided."""
    if is_hosted(context.state):
        _shadow_host(context, LIVE_SIDE, live_seat(context.state), negotiation, found)
        return
    said = said_by(context, context.live, negotiation, found)
    name = named(context.state.configured().strategy)
    tell_shadow(context, LIVE_SIDE, name, negotiation, found, said)
