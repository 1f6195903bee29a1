"""What a rule book says of one request, and why: the result of every evaluator."""

from __future__ import annotations

import msgspec

from robot.rules.tree import AnyAction, Position
from robot.rules.types import Type, Value


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the action: `margin`, `skew`, `valid` ... by the name of its field."""

    name: str
    type: Type
    value: int | str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was looked at, and what it was; None = not known."""

    slot: int
    value: Value


class NotFired(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that came before the one that decided, and where its condition ended."""

    rule: str
    line: int
    at: Position
    """The first part of the condition that was not true."""
    unknown: bool
    """Whether that was because something is not known."""
    seen: tuple[Seen, ...] = ()
    """The facts of that part."""


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. `refused` says why the action could not be worked out: nothing is done."""

    rule: str
    """Name of the rule that decided; `otherwise` = none fired."""
    line: int
    action: AnyAction
    values: tuple[Worked, ...] = ()
    refused: str = ""
    """Reason, with the name of the fact that is missing; then nothing else but a pass follows."""
    alerts: tuple[str, ...] = ()
    because: tuple[Seen, ...] = ()
    """The facts that the deciding condition and action looked at, each once."""
    not_fired: tuple[NotFired, ...] = ()
