"""The tables of limits.yaml: which accounts they make, and what deals use of the lines."""

from __future__ import annotations

import functools
from decimal import Decimal

import msgspec

from robot.basics.ids import DealId, LimitId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.reference import Limits
from robot.limits.exposure import (
    ORDERS_OUTSTANDING,
    in_line_currency,
    line_limit,
    outstanding_limit,
    position_limit,
)
from robot.limits.limit import Reason

PRICE_COLLAR, RATE_COLLAR = LimitId("price_collar"), LimitId("rate_collar")
MESSAGE_RATE = LimitId("messages_per_second")


@functools.lru_cache(maxsize=4096)
def deal_size_limit(product: str, pair: str, tier: str) -> LimitId:
    """Id of the largest deal: `deal_size:SPOT:EUR/USD:gold`."""
    return LimitId(f"deal_size:{product}:{pair}:{tier}")


class DealUse(msgspec.Struct, frozen=True):
    """What one deal uses of a line, and until which value date."""

    value_date: str
    amount: Decimal


class LineUse(msgspec.Struct):
    """A counterparty's committed exposure by value date; falls away once the date has passed."""

    by_value_date: dict[str, Decimal] = {}
    of_deals: dict[DealId, DealUse] = {}
    """Of the deals that may still be taken back or corrected."""

    def add(self, deal: Deal, exposure: Decimal) -> None:
        """A deal was made."""
        day = deal.last_value_date.isoformat()
        self.by_value_date[day] = self.by_value_date.get(day, ZERO) + exposure
        self.of_deals[deal.deal_id] = DealUse(day, exposure)

    def amend(self, before: Deal, after: Deal) -> Decimal:
        """By how much a deal's use changes: in proportion to the base amount, rounded up to a cent;
        nothing once its value date has passed.
        """
        used = self.of_deals.pop(before.deal_id, None)
        if used is None:
            return ZERO
        kept = ZERO
        if not after.void:
            kept = in_line_currency(used.amount, after.base_amount / before.base_amount)
            self.of_deals[after.deal_id] = DealUse(used.value_date, kept)
        self.by_value_date[used.value_date] += kept - used.amount
        return kept - used.amount

    def settle(self, today: str) -> Decimal:
        """What falls away: deals whose value date has passed."""
        past = [day for day in self.by_value_date if day < today]
        gone = sum((self.by_value_date.pop(day) for day in past), ZERO)
        self.of_deals = {
            name: use for name, use in self.of_deals.items() if use.value_date not in past
        }
        return gone


def maxima_of(limits: Limits) -> dict[LimitId, tuple[Reason, Decimal, bool]]:
    """Every account of the tables: reason, maximum, and whether it counts both ways."""
    wanted: dict[LimitId, tuple[Reason, Decimal, bool]] = {
        outstanding_limit(): (
            Reason.QUOTES_OUTSTANDING,
            Decimal(limits.quotes_outstanding),
            False,
        ),
        ORDERS_OUTSTANDING: (
            Reason.ORDERS_OUTSTANDING,
            Decimal(limits.orders_outstanding),
            False,
        ),
    }
    for currency, maximum in limits.net_open_position.items():
        wanted[position_limit(currency)] = (Reason.NET_OPEN_POSITION, maximum, True)
    for counterparty, maximum in limits.counterparty_lines.items():
        wanted[line_limit(counterparty)] = (Reason.COUNTERPARTY_LINE, maximum, False)
        each = Decimal(limits.quotes_outstanding_per_counterparty)
        wanted[outstanding_limit(counterparty)] = (Reason.QUOTES_OUTSTANDING, each, False)
    return wanted
