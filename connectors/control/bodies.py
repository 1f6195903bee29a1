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


Amount = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,10})?$")]
Price = Annotated[str, Field(pattern=r"^-?\d{1,9}(\.\d{1,12})?$")]


class Within(Body):
    """How far a candidate may go; what is not given is as before, at first as docs/releases.md
    says.
    """

    size_max: Amount | None = None
    share: Amount | None = None
    counterparties: Annotated[
        list[Annotated[str, Field(max_length=80)]], Field(max_length=1_000)
    ] = []
    days: Annotated[int | None, Field(ge=0, le=10_000)] = None
    decisions: Annotated[int | None, Field(ge=0, le=1_000_000_000)] = None
    confirm_ms: Annotated[int | None, Field(ge=1, le=120_000)] = None
    move_max_pips: Amount | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Only what is given."""
        return {k: v for k, v in self.model_dump(exclude_none=True).items() if v != []}


class Enter(Body):
    """A strategy as a content of kind STRATEGY has it, to be tried beside the live one."""

    strategy: dict[str, Any]
    bounds: Within = Within()
    reason: Reason


class Promote(Body):
    """The candidate's next stage."""

    bounds: Within = Within()
    reason: Reason


class Back(Body):
    """DRAFT, SHADOW or SUGGEST for the candidate; LIVE for the former live version; empty = the
    candidate out, without one the former version.
    """

    to: Annotated[str, Field(pattern="^(DRAFT|SHADOW|SUGGEST|LIVE)?$")] = ""
    reason: Reason


class OwnPrice(Body):
    """Both prices, or that of the one side asked."""

    bid: Price | None = None
    offer: Price | None = None
    reason: Reason


class Perhaps(Body):
    """A reason, if there is one to give."""

    reason: Annotated[str, Field(max_length=1_000)] = ""


class Release(Body):
    """What is to end, as the status names it: `kill_switch`, `kill_switch venue:ALPHA`, a break or
    a fault.
    """

    halt: Annotated[str, Field(max_length=200)] = "kill_switch"
    reason: Reason
