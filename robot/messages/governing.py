"""What people decided about the robot itself, as events: it enters the core with its whole content
and with who agreed to it. The record of who proposed and approved is `robot.approvals`'.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.ids import CounterpartyId, LimitId
from robot.deals.party import Counterparty
from robot.deals.reference import Candidate, HedgePolicy, Limits, StrategyChoice
from robot.messages.base import Event


class Agreed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an approved change comes from: numbers of the approvals log, and the two persons."""

    proposal: int
    approval: int
    """Number of the record that approved it: of two approvals the greater one is in force."""
    proposer: str
    approver: str
    content_hash: str
    """SHA-256 of the content that was approved, hexadecimal."""
    proposed_ns: int
    approved_ns: int
    reason: str = ""

    @property
    def by_two(self) -> bool:
        """Whether another person approved it than the one who proposed it."""
        return two_persons(self.proposer, self.approver)


class ReferenceChanged(Event, frozen=True, kw_only=True):
    """New limits, counterparties or strategy (with its hedges and the candidate, if there is one
    then), whole; the others are None.

    In force from `effective_ns` on, or at once when that is not later than now.
    """

    kind: str
    """LIMITS, COUNTERPARTIES or STRATEGY."""
    agreed: Agreed
    effective_ns: int = 0
    limits: Limits | None = None
    counterparties: dict[CounterpartyId, Counterparty] | None = None
    strategy: StrategyChoice | None = None
    hedges: tuple[HedgePolicy, ...] | None = None
    candidate: Candidate | None = None

    @property
    def parts(self) -> dict[str, object]:
        """What it puts in force, by the reference's names."""
        names = ("limits", "counterparties", "strategy", "hedges")
        parts = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return parts if self.strategy is None else {**parts, "candidate": self.candidate}


class OverrideGranted(Event, frozen=True, kw_only=True):
    """Another maximum of one limit until a moment; it ends by itself."""

    agreed: Agreed
    limit_id: LimitId
    maximum: Decimal
    until_ns: int


def two_persons(one: str, other: str) -> bool:
    """Whether these are names of two persons; capitals make no other one."""
    return bool(one and other) and one.casefold() != other.casefold()
