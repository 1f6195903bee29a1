"""One check of a limit, as it was made: the evidence that a decision carries."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.ids import LimitId


class Check(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a limit said. All in the limit's own unit; of a two-sided limit the worse side."""

    limit_id: LimitId
    kind: str
    used: Decimal
    """Of deals; negative = short."""
    reserved: Decimal
    """By other quotes and orders, on the side that was asked for."""
    requested: Decimal
    maximum: Decimal
    headroom: Decimal
    """What would be left with it; negative = by how much it does not fit."""
    result: str
    """ok, refused, or over: a deal that was made is a fact, whatever the maximum is now."""
