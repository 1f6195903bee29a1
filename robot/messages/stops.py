"""The parts of the robot that a kill switch can stop, and how people write them: `venue:ALPHA`."""

from __future__ import annotations

import enum

KILL_SWITCH = "kill_switch"
"""How the stop of everything is called where halts are told; one of a part adds its part."""


class StopScope(enum.StrEnum):
    """What a kill switch stops."""

    ALL = "all"
    ENTITY = "entity"
    """`entity` of desk.yaml: all that the robot deals."""
    DESK = "desk"
    """`desk` of desk.yaml, the entity where it names none: all that the robot deals."""
    BOOK = "book"
    STRATEGY = "strategy"
    """The name of what answers requests, or `hedge`: the orders that bring positions back."""
    TRADER = "trader"
    """A person on whose word orders are sent and prices are asked for."""
    VENUE = "venue"
    COUNTERPARTY = "counterparty"
    PRODUCT = "product"
    PAIR = "pair"
    """Of loans their currency."""


def read_part(text: str) -> tuple[StopScope, str]:
    """`venue:ALPHA` or `venue ALPHA`; `all`, or nothing, is everything. ValueError where the text
    says no such part.
    """
    name, _, value = text.strip().replace(":", " ", 1).partition(" ")
    scope, value = StopScope(name.lower() or StopScope.ALL), value.strip()
    if (scope is StopScope.ALL) != (value == ""):
        wanted = "has no value" if scope is StopScope.ALL else f"needs a value: {scope}:NAME"
        raise ValueError(f"{text.strip()!r}: the scope {scope} {wanted}")
    return scope, value


def stop_name(scope: StopScope, value: str) -> str:
    """`kill_switch`, or `kill_switch venue:ALPHA`."""
    return KILL_SWITCH if scope is StopScope.ALL else f"{KILL_SWITCH} {scope}:{value}"
