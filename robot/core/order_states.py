"""The life of an order of ours as one table: stage x what happens -> stage.

The venue's word alone ends an order: until it has said so, whatever the order could still do is
held against the limits. `docs/orders.md` draws its diagram from this table.
"""

from __future__ import annotations

import enum

from robot.errors import InvariantViolated


class OrderStage(enum.StrEnum):
    """Where an order stands."""

    SENT = "SENT"
    """On its way: the venue has not said anything."""
    WORKING = "WORKING"
    CHANGING = "CHANGING"
    """A cancel or a replacement of ours is on its way; fills may still come."""
    UNKNOWN = "UNKNOWN"
    """Silence, or the session was gone: the venue is asked, nothing is sent again."""
    ENDED = "ENDED"


class OrderStep(enum.StrEnum):
    """What can happen to it."""

    STAND = "STAND"
    """The venue says that it works: new, partly dealt, or found."""
    CHANGE = "CHANGE"
    """We sent a cancel or a replacement, or it works and a replacement sent before is open."""
    REPLACE = "REPLACE"
    """The venue says that it is what we wanted it to become."""
    REFUSE = "REFUSE"
    """The venue did not do it; the order stands."""
    LOSE = "LOSE"
    """The venue has been silent for too long, or the session is gone."""
    END = "END"
    """Dealt in full, canceled, rejected or expired, by the venue's word."""


SENT, WORKING, CHANGING, UNKNOWN, ENDED = OrderStage

ORDER_STATES: dict[OrderStage, dict[OrderStep, OrderStage]] = {
    SENT: {
        OrderStep.STAND: WORKING,
        OrderStep.CHANGE: CHANGING,
        OrderStep.LOSE: UNKNOWN,
        OrderStep.END: ENDED,
    },
    WORKING: {
        OrderStep.STAND: WORKING,
        OrderStep.CHANGE: CHANGING,
        OrderStep.LOSE: UNKNOWN,
        OrderStep.END: ENDED,
    },
    CHANGING: {
        OrderStep.STAND: CHANGING,
        OrderStep.REPLACE: WORKING,
        OrderStep.REFUSE: WORKING,
        OrderStep.LOSE: UNKNOWN,
        OrderStep.END: ENDED,
    },
    UNKNOWN: {
        OrderStep.STAND: WORKING,
        OrderStep.CHANGE: CHANGING,
        OrderStep.REPLACE: WORKING,
        OrderStep.REFUSE: UNKNOWN,
        OrderStep.LOSE: UNKNOWN,
        OrderStep.END: ENDED,
    },
    ENDED: {},
}


def next_order_stage(stage: OrderStage, step: OrderStep) -> OrderStage:
    """Where `step` leads from `stage`."""
    target = ORDER_STATES[stage].get(step)
    if target is None:
        raise InvariantViolated(f"an order that is {stage} cannot {step}")
    return target
