"""Handlers of what one person says about a release: back, or what a candidate's price is worth."""

from __future__ import annotations

from robot.core.governing import put_reference
from robot.core.host_asks import HostAsk
from robot.core.hosted import consult, moved, still_wanted
from robot.core.lifecycle import Step
from robot.core.negotiation import first_price
from robot.core.offering import Offered
from robot.core.persons import is_meant, note_outcome, on_request_answered, persons_answer
from robot.core.release_state import Suggestion
from robot.core.staging import why_not_back
from robot.core.state import Context, Negotiation
from robot.core.trying import end_suggestion, waiting_for
from robot.deals.reference import HostPolicy
from robot.limits.limit import Refusal
from robot.messages.effects import AlertRaised
from robot.messages.hosting import RequestAnswered
from robot.messages.releases import StrategyRolledBack, SuggestionAnswered

STRATEGY = "STRATEGY"


def on_rolled_back(context: Context, event: StrategyRolledBack) -> None:
    """Put what was before in force, at once. Anything that does not go back is refused."""
    state = context.state
    if event.approval <= state.governed.get(STRATEGY, 0):
        return  # told again, or something newer is in force
    parts = {name: getattr(event, name) for name in ("strategy", "hedges", "candidate")}
    problem = "nobody says so" if not event.actor.strip() else ""
    wanted = state.configured().with_parts(parts)
    problem = problem or why_not_back(state, wanted)
    text = f"by {event.actor}: {event.reason} (record {event.approval})"
    problem = problem or put_reference(context, wanted, "ROLLED_BACK", f"{event.actor}", back=True)
    if problem:
        told = f"{problem}; nothing was changed ({text})"
        context.emit(AlertRaised(code="ROLLBACK_REFUSED", text=told))
        return
    state.governed[STRATEGY] = event.approval
    context.emit(AlertRaised(code="ROLLED_BACK", text=text))


def on_suggestion_answered(context: Context, event: SuggestionAnswered) -> None:
    """A person's word on a price: it is sent if the market is still there, else the live strategy
    answers. A word that comes too late, or twice, changes nothing.
    """
    suggestion = context.state.releases.suggestions.get(event.ask)
    if suggestion is None:
        return
    state = context.state
    negotiation = waiting_for(state, event.ask, suggestion)
    if negotiation is None:
        end_suggestion(context, event.ask, "ENDED", event.actor)
        return
    state.releases.note_decision(state.today())
    if not event.confirmed:
        end_suggestion(context, event.ask, "DECLINED", event.actor, event.reason)
        _live_answers(context, negotiation, suggestion)
    else:
        _confirmed(context, event, negotiation, suggestion)


def on_answered(context: Context, event: RequestAnswered) -> None:
    """A person's own price for a request that waits, or a pass; whether a rule left it to them or a
    candidate's price is suggested for it.
    """
    suggestion = context.state.releases.suggestions.get(event.ask)
    negotiation = None
    if suggestion is not None:
        negotiation = waiting_for(context.state, event.ask, suggestion)
    if suggestion is None or negotiation is None:
        on_request_answered(context, event)
    elif is_meant(context, event, negotiation):
        _own_answer(context, event, negotiation, suggestion)


def _own_answer(
    context: Context, event: RequestAnswered, negotiation: Negotiation, suggestion: Suggestion
) -> None:
    """Instead of the suggested price."""
    said = f"{suggestion.decision.bid or '-'}/{suggestion.decision.offer or '-'}"
    because = (f"{suggestion.trial} suggested {said}",)
    answer = persons_answer(context, event, negotiation, because, {})
    if answer is None:
        return
    outcome = "PASSED" if event.passed else "QUOTED"
    if isinstance(answer, Refusal) and not event.passed:
        outcome = "REFUSED"
    context.state.releases.note_decision(context.state.today())
    end_suggestion(context, event.ask, outcome, event.actor, event.reason)
    _finish(context, negotiation, answer, suggestion)
    if outcome == "QUOTED":
        note_outcome(context, event.ask, negotiation, outcome)


def on_suggestion_end(context: Context, key: str) -> None:
    """Nobody has said anything in time: the live strategy answers."""
    state = context.state
    suggestion = state.releases.suggestions.get(int(key))
    if suggestion is None:
        return
    negotiation = waiting_for(state, int(key), suggestion)
    end_suggestion(context, int(key), "ENDED" if negotiation is None else "LATE")
    if negotiation is not None:
        _live_answers(context, negotiation, suggestion)


def _confirmed(
    context: Context, event: SuggestionAnswered, negotiation: Negotiation, suggestion: Suggestion
) -> None:
    state, number = context.state, event.ask
    negotiation.trial = suggestion.trial
    found = still_wanted(context, negotiation)
    if isinstance(found, Refusal):
        end_suggestion(context, number, "REFUSED", event.actor, found.detail)
        _finish(context, negotiation, found, suggestion)
        return
    tried = state.configured().candidate
    assert tried is not None, "its suggestions ended with it"
    asked = HostAsk(ask=0, facts=suggestion.facts, deadline_ns=suggestion.deadline_ns)
    far = moved(asked, found, HostPolicy(move_max_pips=tried.bounds.move_max_pips))
    if far:
        end_suggestion(context, number, "MOVED", event.actor, far)
        _live_answers(context, negotiation, suggestion)
        return
    end_suggestion(context, number, "CONFIRMED", event.actor, event.reason)
    price = Offered(
        facts=suggestion.facts,
        decision=suggestion.decision,
        market=found.market,
        valid_ms=suggestion.valid_ms,
        rules=suggestion.rules,
        row=suggestion.row,
    )
    _finish(context, negotiation, price, suggestion)
    note_outcome(context, number, negotiation, "CONFIRMED")


def _live_answers(context: Context, negotiation: Negotiation, suggestion: Suggestion) -> None:
    """As if there were no candidate, on the market of this moment."""
    negotiation.trial = ""
    found = still_wanted(context, negotiation)
    if isinstance(found, Refusal):
        _finish(context, negotiation, found, suggestion)
        return
    negotiation.suggestion = 0
    negotiation.advance(Step.ANSWER)
    offered = consult(context, negotiation, first=True)
    if offered is not None:
        first_price(context, negotiation, offered, suggestion.facts)


def _finish(
    context: Context,
    negotiation: Negotiation,
    offered: Offered | Refusal,
    suggestion: Suggestion,
) -> None:
    negotiation.suggestion = 0
    negotiation.advance(Step.ANSWER)
    first_price(context, negotiation, offered, suggestion.facts)
