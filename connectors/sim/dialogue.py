"""What venue and robot say to each other on the dealing session, free of FIX.

Names ending in `In` come from the robot; `Out` is what the venue says. `wire.py` turns them into
FIX and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.sim.rows import EntryLife, HitLife, QuoteLife, RequestLife, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceParts:
    """One side of a forward's, NDF's or swap's price, taken apart; points in price units."""

    spot: Decimal | None = None
    near_points: Decimal | None = None  # first leg's rate minus spot rate
    far_points: Decimal | None = None  # far leg's rate minus spot rate
    near_rate: Decimal | None = None
    far_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class QuoteIn:
    """S: a firm quote. A one-way quote has only one of bid and offer.

    Bid and offer are rates, of a swap its points in price units, of a loan percent a year.
    """

    quote_id: str
    request_id: str
    pair: str
    size: Decimal
    bid: Decimal | None
    offer: Decimal | None
    bid_size: Decimal | None
    offer_size: Decimal | None
    value_date: str | None
    valid_until_ns: int | None
    terms: Terms = field(default_factory=Terms)
    bid_parts: PriceParts = PriceParts()
    offer_parts: PriceParts = PriceParts()
    response_id: str | None = None  # 693: of the counter-offer that it answers
    quote_type: str | None = None  # 537


@dataclass(frozen=True, slots=True)
class CounterRefusalIn:
    """AI: a counter-offer is turned down."""

    response_id: str
    quote_id: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RefusalIn:
    """AG: no quote for a request, or for one size of it."""

    request_id: str
    pair: str | None
    size: Decimal | None
    code: str | None
    text: str


@dataclass(frozen=True, slots=True)
class WithdrawalIn:
    """Z: one quote, or all of them when `quote_id` is None."""

    quote_id: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class ExecutionIn:
    """8: the answer to a hit, a deal (`filled`) or a rejection.

    The size is of the dealt currency, the counter amount of the other one; of a loan the counter
    amount is what is paid back.
    """

    exec_id: str
    order_id: str
    hit_id: str
    response_id: str | None
    filled: bool
    client: str | None
    pair: str
    side: str
    size: Decimal | None
    rate: Decimal | None
    counter_amount: Decimal | None
    counter_currency: str | None
    value_date: str | None
    trade_date: str | None
    transact_at_ns: int | None
    code: str | None
    text: str
    poss_dup: bool
    terms: Terms = field(default_factory=Terms)
    parts: PriceParts = PriceParts()
    points: Decimal | None = None  # swap: far rate minus near rate
    far_counter_amount: Decimal | None = None
    interest: Decimal | None = None
    paid_first: Decimal | None = None  # loan: what is paid at its start, where that is said


@dataclass(frozen=True, slots=True)
class AskOut:
    """R: a client's request with one entry per size."""

    request: RequestLife
    entries: tuple[EntryLife, ...]


@dataclass(frozen=True, slots=True)
class HitOut:
    """AJ 694=1 or D: a client deals. A repeated hit need not be answered again."""

    hit: HitLife
    answer_due: bool = True


@dataclass(frozen=True, slots=True)
class CounterOut:
    """AJ 694=2: a client answers a quote with a price of its own; the fields are those of a hit."""

    hit: HitLife


@dataclass(frozen=True, slots=True)
class PassOut:
    """AJ 694=6: a client does not deal and ends its request."""

    quote: QuoteLife
    response_id: str
    side: str | None


@dataclass(frozen=True, slots=True)
class WithdrawOut:
    """Z: a client takes its request back."""

    venue: str
    request_id: str
    quote_id: str
    pair: str


@dataclass(frozen=True, slots=True)
class QuoteStatusOut:
    """AI: what the venue thinks of a quote: 5 rejected, 7 expired, 9 not found."""

    venue: str
    request_id: str
    quote_id: str
    pair: str
    status: str
    text: str


Out = AskOut | HitOut | CounterOut | PassOut | WithdrawOut | QuoteStatusOut


def answer_due(out: Out) -> bool:
    """Whether the robot has to answer."""
    return isinstance(out, AskOut | CounterOut) or (isinstance(out, HitOut) and out.answer_due)


def venue_of(out: Out) -> str:
    """The venue whose dealing session says it."""
    match out:
        case AskOut():
            return out.request.venue
        case HitOut() | CounterOut():
            return out.hit.venue
        case PassOut():
            return out.quote.venue
        case WithdrawOut() | QuoteStatusOut():
            return out.venue
