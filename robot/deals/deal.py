"""A concluded deal in its resolved form: dates and flows fixed.

Signs: positive = we receive, negative = we pay. `side` is ours: BUY = we buy the base currency, of
a swap on its near leg; of a loan BUY = we borrow, SELL = we lend.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair, base_of, counter_amount, counter_of
from robot.basics.ids import BookId, CounterpartyId, DealId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.deals.flow import Flow, Leg
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.deals.resolved import AnyResolved


class Deal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One deal. The amounts are positive; the signs are in the flows of `legs`.

    Of a swap, amounts, rate and value date are those of the near leg, with the far leg's beside
    them. Of a loan, `pair` is its currency, `base_amount` the principal, `rate` percent a year and
    `counter_amount` what is paid back at maturity, interest in it.
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
    """A `robot.deals.product.ProductKind`."""
    pair: CurrencyPair
    side: Side
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal
    trade_date: date
    value_date: date
    provisional: bool = False
    """Whether a date rests on days that are computed and not announced."""
    strategy: str
    mid: Decimal
    """Middle of the market when the deal was made, in the terms of the price: a rate, of a swap the
    points, of a loan percent a year.
    """
    edge: Decimal
    """Gain against that mid, in the counter currency (of a loan in its own); positive = in our
    favour.
    """
    at_ns: int
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    spot_rate: Decimal | None = None
    """Forward, NDF and swap: the spot rate in the price."""
    points: Decimal | None = None
    """Forward and NDF: rate minus spot rate. Swap: far rate minus near rate. In price units."""
    far_value_date: date | None = None
    """Swap: the far leg's. Loan: its maturity."""
    far_rate: Decimal | None = None
    far_base_amount: Decimal | None = None
    far_counter_amount: Decimal | None = None
    """Swap: the last three."""
    as_taker: bool = False
    """Whether the venue's report on an order of ours made it; else our own report did."""
    void: bool = False
    """Whether the venue took it back: what the fields say was agreed, and nothing of it is owed."""
    resolved: AnyResolved | None = None
    """The product as it was dated; None for spot, which has nothing more to say."""
    agreed_legs: tuple[Leg, ...] = ()
    """Empty for spot, whose leg follows from the fields above."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        """What is exchanged and when, at the agreed price. Of an NDF the notional exchange, whose
        difference to the fixing is paid.
        """
        if self.agreed_legs:
            return self.agreed_legs
        sign = self.side.sign
        flows = (
            Flow(base_of(self.pair), sign * self.base_amount, self.value_date),
            Flow(counter_of(self.pair), -sign * self.counter_amount, self.value_date),
        )
        return (Leg(value_date=self.value_date, rate=self.rate, flows=flows),)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The cash of all legs, in order."""
        return tuple(flow for leg in self.legs for flow in leg.flows)

    @property
    def kind(self) -> ProductKind:
        """What was dealt."""
        return ProductKind(self.product)

    @property
    def last_value_date(self) -> date:
        """When the last money moves."""
        return self.far_value_date or self.value_date


def edge_against_mid(
    pair: CurrencyPair, side: Side, amount: Decimal, rate: Decimal, mid: Decimal
) -> Decimal:
    """What the deal gains against `mid`, in the counter currency; positive = in our favour."""
    return side.sign * (counter_amount(pair, amount, mid) - counter_amount(pair, amount, rate))
