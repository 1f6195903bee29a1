"""The life of a negotiation as one table: state x what happens -> state.

Everything that may happen to a negotiation is a row here; a pair that is not in the table is an
invariant violated. `docs/architecture.md` draws its diagram from this table.
"""

from __future__ import annotations

import enum

from robot.errors import InvariantViolated


class Stage(enum.StrEnum):
    """Where a negotiation stands."""

    ASKED = "ASKED"
    WAITING = "WAITING"
    """For the strategy's host or a person; nothing is quoted."""
    QUOTED = "QUOTED"
    REQUOTING = "REQUOTING"
    """Quoted, and its host or a person is asked for the next price: the quote is firm meanwhile."""
    DEALT = "DEALT"
    CLOSED = "CLOSED"


class Step(enum.StrEnum):
    """What can happen to it."""

    CONSULT = "CONSULT"
    """The strategy's host or a person is asked."""
    ANSWER = "ANSWER"
    """It answered, or its time is over."""
    QUOTE = "QUOTE"
    REPLACE = "REPLACE"
    COUNTER = "COUNTER"
    """They answer our quote with a price of theirs: the quote is firm meanwhile."""
    REFUSE = "REFUSE"
    DEAL = "DEAL"
    EXPIRE = "EXPIRE"
    WITHDRAW = "WITHDRAW"
    END = "END"


ASKED, WAITING, QUOTED, REQUOTING, DEALT, CLOSED = Stage

LIFECYCLE: dict[Stage, dict[Step, Stage]] = {
    ASKED: {
        Step.CONSULT: WAITING,
        Step.QUOTE: QUOTED,
        Step.REFUSE: CLOSED,
        Step.END: CLOSED,
        Step.EXPIRE: CLOSED,
    },
    WAITING: {
        Step.ANSWER: ASKED,
        Step.REFUSE: CLOSED,
        Step.END: CLOSED,
    },
    QUOTED: {
        Step.CONSULT: REQUOTING,
        Step.REPLACE: QUOTED,
        Step.COUNTER: QUOTED,
        Step.DEAL: DEALT,
        Step.EXPIRE: CLOSED,
        Step.WITHDRAW: ASKED,
        Step.END: CLOSED,
    },
    REQUOTING: {
        Step.ANSWER: QUOTED,
        Step.DEAL: DEALT,
        Step.EXPIRE: CLOSED,
        Step.WITHDRAW: WAITING,
        Step.END: CLOSED,
    },
    DEALT: {},
    CLOSED: {},
}


def next_stage(stage: Stage, step: Step) -> Stage:
    """Where `step` leads from `stage`."""
    target = LIFECYCLE[stage].get(step)
    if target is None:
        raise InvariantViolated(f"a negotiation that is {stage} cannot {step}")
    return target
