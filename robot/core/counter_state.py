"""What was said in a negotiation since the counterparty named a price of its own."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.bargaining import Said
from robot.basics.ids import QuoteId
from robot.deals.party import Side


class Bargain(msgspec.Struct, kw_only=True):
    """Their last price and ours. Prices are in the terms of the quote: a rate, a swap's points, a
    loan's percent a year.
    """

    side: Side
    """Ours, of a swap on its near leg: what we would do; they have shown it with their price."""
    theirs: Decimal
    ours: Decimal
    """What we quoted last on that side."""
    quote_id: QuoteId
    """Of ours, that it answers."""
    response_id: str
    """Of their price (693)."""
    waits: bool
    """Whether it waits for our answer."""
    counters: int
    """Prices of theirs so far."""
    until_ns: int
    """No later price of theirs is answered, and nothing of ours is firm for longer."""
    said: tuple[Said, ...] = ()
    """Prices of both since they said their first, ours that it answered before it; oldest first."""
