"""Counter-offers on our quotes: a price of theirs, and why it is not taken up.

An answer that is a price is a quote (`SendQuote`, with their `response_id`); nothing is dealt until
they hit it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.basics.ids import CounterpartyId, QuoteId, VenueId
from robot.deals.party import Side
from robot.messages.base import Event, Origin, Wire


class CounterReceived(Event, frozen=True, kw_only=True):
    """A counterparty answers a quote of ours with a price of its own (AJ, 694=2). `side` is ours,
    of a swap on its near leg; the fields are those of a hit.
    """

    origin: Origin
    venue: VenueId
    response_id: str
    """Theirs (693); one that comes again is refused."""
    quote_id: QuoteId
    counterparty: CounterpartyId | None = None
    pair: str
    product: str = ""
    """Empty = not said."""
    side: Side
    amount: Decimal
    price: Decimal | None = None
    """The rate; of a swap the points, far minus near, in price units; of a loan percent a year."""
    near_rate: Decimal | None = None
    far_rate: Decimal | None = None
    """Swap: both legs' rates, where points are not said."""
    currency: str | None = None
    value_date: date | None = None
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    sent_at_ns: int = 0


class RefuseCounter(Wire, frozen=True, kw_only=True):
    """Their price is not taken up (AI). A quote of ours that stands goes on standing as it did."""

    response_id: str
    quote_id: QuoteId
    request_id: str = ""
    """Empty = we do not know of which request it is."""
    pair: str
    reason: str
    detail: str
