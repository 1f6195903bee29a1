"""Handler of allocations: none is carried out, each is answered and told to a person."""

from __future__ import annotations

from decimal import Decimal

from robot.core.state import Context
from robot.messages.allocations import AllocationProblem, AllocationReceived, RefuseAllocation
from robot.messages.effects import AlertRaised


def on_allocation(context: Context, event: AllocationReceived) -> None:
    """Refuse it; one that contradicts itself for that reason, so that the client can mend it."""
    total = sum((share for _, share in event.shares), Decimal(0))
    problem, detail = AllocationProblem.NOT_SUPPORTED, "deals are booked whole"
    if total != event.amount:
        problem = AllocationProblem.SHARES_DIFFER
        detail = f"{total} in {len(event.shares)} shares of {event.amount}"
    context.emit(
        RefuseAllocation(
            venue=event.venue,
            allocation_id=event.allocation_id,
            problem=problem,
            detail=detail,
        )
    )
    text = f"{event.venue} allocation {event.allocation_id} is refused: {problem}: {detail}"
    context.emit(AlertRaised(code="ALLOCATION_REFUSED", text=text))
