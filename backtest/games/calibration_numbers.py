"""One number of a calibration, proposed and the trader's, with what other values of it cost."""

from __future__ import annotations

import msgspec

BASE_PER_BP_M = 100.0
"""1 bp of 1 M is 100 of the base currency."""


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One number, proposed and the trader's, and what other values of it cost; a day."""

    name: str
    unit: str
    proposed: float
    given: float | None
    given_costs: float | None
    """What the proposal loses with the trader's value in its place."""
    half_costs: float
    twice_costs: float
