"""Releases as people see them in `fxrobot status`: the candidate and its figures."""

from __future__ import annotations

from robot.core.hosts import plain_of, trial_seat
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
        "host": plain_of(known.host) if trial_seat(state) is not None else None,
        "former": [named(one) for one in known.former],
        "state": {**rest, "suggestions": {}, "host": {}, "former": []},
    }
