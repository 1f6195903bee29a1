"""Releases as people see them in `fxrobot status`: the candidate, its figures, what waits."""

from __future__ import annotations

from robot.clock import format_time
from robot.core.staging import figures_of, named
from robot.core.state import RobotState


def release_view(state: RobotState) -> dict[str, object]:
    """What is live, what is tried and how far it has come; `state` is for the judge of the next
    step.
    """
    reference, known = state.configured(), state.releases
    candidate = reference.candidate
    rest = {name: getattr(known, name) for name in known.__struct_fields__}
    return {
        "live": named(reference.strategy),
        "candidate": named(candidate.strategy) if candidate is not None else "",
        "stage": candidate.stage if candidate is not None else "",
        "bounds": candidate.bounds if candidate is not None else None,
        "figures": figures_of(state, reference),
        "suspended": known.suspended,
        "former": [named(one) for one in known.former],
        "suggestions": suggestion_views(state),
        "state": {**rest, "suggestions": {}, "former": []},
    }


def suggestion_views(state: RobotState) -> list[dict[str, object]]:
    """The prices that wait for a person, oldest first."""
    return [
        {
            "suggestion": number,
            "subject": one.subject,
            "strategy": one.trial,
            "counterparty": one.facts.counterparty,
            "pair": one.facts.pair,
            "amount": one.facts.amount,
            "bid": one.decision.bid,
            "offer": one.decision.offer,
            "mid": one.facts.mid,
            "because": one.decision.because,
            "until": format_time(one.deadline_ns),
        }
        for number, one in tuple(state.releases.suggestions.items())
    ]
