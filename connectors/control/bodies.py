"""What may be sent to the API. Unknown keys are refused: who acts is never in a body."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from robot.approvals import Kind

Reason = Annotated[str, Field(min_length=1, max_length=1_000)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Body(BaseModel):
    """Strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogOn(Body):
    """A name and its password."""

    name: Annotated[str, Field(max_length=80)]
    password: Annotated[str, Field(max_length=1_000)]


class Propose(Body):
    """A whole new content; of an override limit_id, maximum, until_ns."""

    kind: Kind
    content: dict[str, Any]
    reason: Reason
    from_ns: Annotated[int, Field(ge=0, lt=1 << 62)] = 0


class Approve(Body):
    """The hash of the content that was seen."""

    content_hash: Hash
    reason: Annotated[str, Field(max_length=1_000)] = ""


class Because(Body):
    """A reason."""

    reason: Reason


class Kill(Body):
    """What is to stop, as `venue:ALPHA`; empty = everything."""

    reason: Reason
    scope: Annotated[str, Field(max_length=200)] = ""


class WhatIf(Body):
    """Which recorded trade date, under the content of which proposal."""

    proposal: Annotated[int, Field(ge=1)]
    day: Annotated[str, Field(pattern=r"^\d{4}-?\d{2}-?\d{2}$")]


class Release(Body):
    """What is to end, as the status names it: `kill_switch`, `kill_switch venue:ALPHA`, a break or
    a fault.
    """

    halt: Annotated[str, Field(max_length=200)] = "kill_switch"
    reason: Reason
