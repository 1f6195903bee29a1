"""Rows of the record about makers, one dataclass per table.

As in `rows.py` sides are the taker's, and here the taker is the robot: "1" buys the base currency,
of a swap on its near leg; of a loan it borrows. Prices are rates, of a swap points in price units,
of a loan percent a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connectors.sim.rows import Fill, Terms


@dataclass(slots=True, kw_only=True)
class AskLife(Terms):
    """One request (R) of the robot to one maker, from its coming to its end."""

    venue: str
    request_id: str  # 131
    maker: str  # as the robot named it; the venue itself where it named none
    style: str | None  # how the maker behaves; None = nobody of that name
    party: str | None  # who asks, as it named itself
    pair: str
    size: Decimal
    side: str | None  # None = two-way: the maker does not know the taker's side
    value_date: str | None
    open_until_ns: int | None  # 126, or 62
    received_at_ns: int
    received_wall_ns: int
    outcome: str = "open"  # open, quoted, refused, silent
    code: str | None = None  # 658 of an AG, 380 of a j
    text: str | None = None
    quotes: int = 0
    answered_at_ns: int | None = None
    ended_at_ns: int | None = None
    end_reason: str | None = (
        None  # dealt, passed, expired, refused, walked_away, withdrawn, logout, halted, finished
    )


@dataclass(slots=True, kw_only=True)
class MakerQuote(Terms):
    """One quote (S) of a maker. `end` says what became of it, as the venue saw it."""

    venue: str
    quote_id: str  # 117
    request_id: str
    response_id: str | None = None  # 693 of the robot's counter that it answers
    maker: str
    pair: str
    size: Decimal
    quote_type: str  # 537: 0 indicative, 1 tradeable
    bid: Decimal | None
    offer: Decimal | None
    bid_spot: Decimal | None = None
    offer_spot: Decimal | None = None
    near_points: Decimal | None = None  # swap: near rate minus spot rate, in price units
    value_date: str | None
    valid_until_ns: int
    mid: Decimal | None  # the venue's own market then
    made_at_ns: int
    made_wall_ns: int
    end: str = (
        "live"  # used, replaced, withdrawn, expired, passed, lost, refused, request_ended, ...
    )
    ended_at_ns: int | None = None


@dataclass(slots=True, kw_only=True)
class TakeLife:
    """One take (AJ 694=1 or D with 117) of the robot and the answer to it."""

    take_no: int
    venue: str
    order_id: str  # 11
    response_id: str | None  # 693 of an AJ
    message: str  # AJ or D
    quote_id: str
    request_id: str | None  # None = no such quote
    maker: str | None
    pair: str
    product: str
    side: str
    size: Decimal
    price: Decimal | None
    in_time: bool  # the quote's end had not come when the take came
    received_at_ns: int
    received_wall_ns: int
    answer: str | None = None  # fill, reject
    code: str | None = None  # 103 of an 8, 297 of an AI
    text: str | None = None
    exec_id: str | None = None  # 17 of the 8
    venue_order_id: str | None = None  # 37
    against: Decimal | None = None  # how far the market had moved against the maker, at last look
    answered_at_ns: int | None = None
    answered_wall_ns: int | None = None
    copies: int = 0  # said again because the same take came again
    withheld: bool = False  # nothing was said until H asked


@dataclass(slots=True, kw_only=True)
class CounterLife:
    """One counter (AJ 694=2) of the robot and what the maker said to it."""

    counter_no: int
    venue: str
    response_id: str  # 693
    quote_id: str
    request_id: str | None
    maker: str | None
    side: str
    price: Decimal | None
    tactic: str | None = None  # of the maker, where it negotiates
    answer: str | None = None  # accepted, met, stays, refused, walked_away, silent
    answer_quote_id: str | None = None
    received_at_ns: int
    received_wall_ns: int
    answered_at_ns: int | None = None


@dataclass(slots=True)
class MakerDeal(Fill):
    """One deal of the robot as taker on a maker's quote, in the form of the robot's own deals.

    `hit_id` is the robot's 11, `client` the robot as it named itself.
    """

    maker: str = ""


MakerRow = AskLife | MakerQuote | TakeLife | CounterLife | MakerDeal
