"""What must be the same in all three records of a deal: the venue's, the ledger's, the back
office's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.sim.bookings import Booking
from connectors.sim.rows import Fill
from robot.deals.deal import Deal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """`side` is ours. The far ones are None where there is no second leg; of a loan the far date is
    the maturity and the counter amount what is paid back.
    """

    product: str
    pair: str
    side: str
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal
    value_date: str
    counterparty: str
    far_value_date: str = ""
    far_rate: Decimal | None = None
    far_base_amount: Decimal | None = None
    far_counter_amount: Decimal | None = None


def of_fill(fill: Fill) -> Terms:
    """The venue's record."""
    return Terms(
        fill.product,
        fill.pair,
        "SELL" if fill.side == "1" else "BUY",
        fill.base_amount,
        fill.rate,
        fill.counter_amount or ZERO,
        _plain(fill.value_date),
        fill.client,
        _plain(fill.far_date),
        fill.far_rate,
        fill.far_base_amount,
        fill.far_counter_amount,
    )


def of_deal(deal: Deal) -> Terms:
    """The ledger's."""
    return Terms(
        deal.product,
        deal.pair,
        str(deal.side),
        deal.base_amount,
        deal.rate,
        deal.counter_amount,
        _plain(deal.value_date),
        deal.counterparty,
        _plain(deal.far_value_date),
        deal.far_rate,
        deal.far_base_amount,
        deal.far_counter_amount,
    )


def of_booking(row: Booking) -> Terms:
    """The back office's."""
    return Terms(
        row.product,
        row.pair,
        str(row.side),
        row.base_amount,
        row.rate,
        row.counter_amount,
        _plain(row.value_date),
        row.counterparty,
        _plain(row.far_value_date),
        row.far_rate,
        row.far_base_amount,
        row.far_counter_amount,
    )


def _plain(day: date | str | None) -> str:
    """`YYYYMMDD`, empty without a date."""
    return str(day or "").replace("-", "")
