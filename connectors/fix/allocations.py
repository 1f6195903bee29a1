"""Allocations: a client's instruction (J) in, our refusal (P) out. Pure, no state."""

from __future__ import annotations

from decimal import Decimal

from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Encoded
from connectors.fix.fields import FixMessage, amount, first, format_timestamp, identifier, text
from robot.basics.ids import VenueId
from robot.errors import RemoteProtocolError
from robot.messages.allocations import AllocationProblem, AllocationReceived, RefuseAllocation
from robot.messages.base import Origin
from robot.messages.events import AnyEvent

_REJECTED = "1"
"""AllocStatus (87): the whole of it."""
_CODES = {AllocationProblem.SHARES_DIFFER: "8", AllocationProblem.NOT_SUPPORTED: "7"}
"""AllocRejCode (88): the shares are not the amount; other."""


def allocation(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """J."""
    shares: list[tuple[str, Decimal]] = []
    for entry in message.group(78, 79):
        account, share = first(entry, 79), first(entry, 80)
        if not account or not share:
            raise RemoteProtocolError("an allocation without account or amount", tag=80)
        shares.append((text(account), amount(share, 80)))
    return [
        AllocationReceived(
            origin=origin,
            venue=venue,
            allocation_id=identifier(message.required(70), 70),
            amount=amount(message.required(53), 53),
            shares=tuple(shares),
        )
    ]


def refuse_allocation(effect: RefuseAllocation, dialect: Dialect, at_ns: int) -> Encoded:
    """P."""
    fields = [
        (70, effect.allocation_id),
        (60, format_timestamp(at_ns)),
        (87, _REJECTED),
        (88, _CODES[effect.problem]),
        (58, f"{effect.problem}: {effect.detail}"),
    ]
    return Encoded("P", fields)
