"""Allocations: how a client wants a deal split over its accounts. We book a deal once and split
none, so every one is refused, and the record keeps what was asked.
"""

from __future__ import annotations

import enum
from decimal import Decimal

from robot.basics.ids import VenueId
from robot.messages.base import Event, Origin, Wire


class AllocationProblem(enum.StrEnum):
    """Why an allocation is refused."""

    SHARES_DIFFER = "SHARES_DIFFER"
    """Its shares do not sum to what was dealt."""
    NOT_SUPPORTED = "NOT_SUPPORTED"


class AllocationReceived(Event, frozen=True, kw_only=True):
    """A client's allocation instruction (J)."""

    origin: Origin
    venue: VenueId
    allocation_id: str
    amount: Decimal
    """Of the whole (53)."""
    shares: tuple[tuple[str, Decimal], ...] = ()
    """Account and its part (79, 80)."""


class RefuseAllocation(Wire, frozen=True, kw_only=True):
    """It is not carried out (P, 87=1)."""

    allocation_id: str
    problem: AllocationProblem
    detail: str
