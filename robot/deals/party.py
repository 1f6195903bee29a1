"""Who deals: counterparties and our own book."""

from __future__ import annotations

import enum

import msgspec

from robot.basics.ids import CounterpartyId


class Side(enum.StrEnum):
    """BUY or SELL of the base currency, always from our book's view."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        """The same deal seen by the counterparty."""
        return SELL if self is BUY else BUY

    @property
    def sign(self) -> int:
        """+1 when we receive the base currency, -1 when we pay it."""
        return 1 if self is BUY else -1


SIDES = tuple(Side)
"""To go through them: an enumeration itself is slow to go through."""
BUY, SELL = SIDES


class CashSide(enum.StrEnum):
    """LEND or BORROW cash, always from our book's view; a reverse repo lends, a repo borrows."""

    LEND = "LEND"
    BORROW = "BORROW"

    @property
    def opposite(self) -> CashSide:
        """The same deal seen by the counterparty."""
        return BORROW if self is LEND else LEND

    @property
    def sign(self) -> int:
        """Sign of the cash at the start: -1 when we lend (pay), +1 when we borrow (receive)."""
        return -1 if self is LEND else 1


LEND, BORROW = CashSide


class Counterparty(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A bank or client we may deal with. `tier` chooses margins and maximum deal size."""

    id: CounterpartyId
    name: str
    tier: str
    group: str = ""
    country: str = ""
    type: str = ""
    """bank, securities, fund, insurer, corporate: what terms and quotas are for."""
