"""What differs from venue to venue, as data."""

from __future__ import annotations

import msgspec


class Dialect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one venue writes what the standard leaves open."""

    counterparty_roles: tuple[str, ...] = ("3", "17", "13")
    """PartyRole (452) values that name the counterparty, the first one present counts."""
    streaming_seconds_tag: int = 6065
    """User tag on a request (R): seconds for which the price is to be kept fresh."""
    party_source: str = "D"
    """PartyIDSource (447) we write."""
    counterparty_role_out: str = "3"
    """PartyRole (452) we write for the counterparty."""
