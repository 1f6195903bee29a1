"""The life of an ask as one table: stage x what happens -> stage.

An ask collects quotes of makers, deals once at most, and ends. `docs/asking.md` draws its diagram
from this table.
"""

from __future__ import annotations

import enum

from robot.errors import InvariantViolated


class AskStage(enum.StrEnum):
    """Where an ask stands."""

    COLLECTING = "COLLECTING"
    """Requests are out, quotes come in."""
    OPEN = "OPEN"
    """Compared; a person decides, quotes still come."""
    COUNTERED = "COUNTERED"
    """A price of ours is with a maker."""
    TAKING = "TAKING"
    """We have dealt on a quote: the maker's word on that order decides."""
    ENDED = "ENDED"


class AskStep(enum.StrEnum):
    """What can happen to it."""

    COMPARE = "COMPARE"
    """All have answered or patience is over, and nothing is dealt on by itself."""
    COUNTER = "COUNTER"
    """We have sent a price of ours."""
    ANSWER = "ANSWER"
    """The maker has quoted again, has refused our price, or was silent for too long."""
    TAKE = "TAKE"
    """We deal on a quote."""
    GO_ON = "GO_ON"
    """The maker did not deal, by its own word, and another quote may be dealt on."""
    END = "END"
    """Dealt, not dealt, withdrawn, or nobody is left who could quote."""


COLLECTING, OPEN, COUNTERED, TAKING, ENDED = AskStage

ASK_STATES: dict[AskStage, dict[AskStep, AskStage]] = {
    COLLECTING: {
        AskStep.COMPARE: OPEN,
        AskStep.COUNTER: COUNTERED,
        AskStep.TAKE: TAKING,
        AskStep.END: ENDED,
    },
    OPEN: {
        AskStep.COUNTER: COUNTERED,
        AskStep.TAKE: TAKING,
        AskStep.END: ENDED,
    },
    COUNTERED: {
        AskStep.ANSWER: OPEN,
        AskStep.TAKE: TAKING,
        AskStep.END: ENDED,
    },
    TAKING: {
        AskStep.GO_ON: OPEN,
        AskStep.END: ENDED,
    },
    ENDED: {},
}


def next_ask_stage(stage: AskStage, step: AskStep) -> AskStage:
    """Where `step` leads from `stage`."""
    target = ASK_STATES[stage].get(step)
    if target is None:
        raise InvariantViolated(f"an ask that is {stage} cannot {step}")
    return target
