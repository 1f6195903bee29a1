"""A concluded deal in its resolved form: dates and flows fixed.

Signs: positive = we receive, negative = we pay. `side` is ours: BUY = we buy the base currency.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, counter_amount, counter_of
from robot.basics.ids import BookId, CounterpartyId, DealId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.deals.flow import Flow
from robot.deals.party import Side


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """One FX spot deal. `base_amount` and `counter_amount` are positive; the signs are in
    `flows`.
    """

    deal_id: DealId
    version: int
    exec_id: ExecId
    order_id: str
    quote_id: QuoteId
    rfq_id: RfqId
    hit_id: HitId
    response_id: str | None
    venue: VenueId
    counterparty: CounterpartyId
    book: BookId
    product: str
    pair: CurrencyPair
    side: Side
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal
    trade_date: date
    value_date: date
    provisional: bool = False
    """Whether the value date rests on days that are computed and not announced."""
    strategy: str
    mid: Decimal
    """Aggregated market mid when the deal was made."""
    edge: Decimal
    """Gain against that mid, in the counter currency; positive = in our favour."""
    at_ns: int

    @property
    def flows(self) -> tuple[Flow, Flow]:
        """The base and the counter flow, with opposite signs."""
        sign = self.side.sign
        return (
            Flow(base_of(self.pair), sign * self.base_amount, self.value_date),
            Flow(counter_of(self.pair), -sign * self.counter_amount, self.value_date),
        )


def edge_against_mid(
    pair: CurrencyPair, side: Side, amount: Decimal, rate: Decimal, mid: Decimal
) -> Decimal:
    """What the deal gains against `mid`, in the counter currency; positive = in our favour."""
    return side.sign * (counter_amount(pair, amount, mid) - counter_amount(pair, amount, rate))
