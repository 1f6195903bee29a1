"""What the robot says to makers and what is said back, free of FIX."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.sim.makers.rows import AskLife, MakerDeal, MakerQuote, TakeLife
from connectors.sim.rows import Terms

HIT, COUNTER, PASS = "1", "2", "6"  # 694
INDICATIVE, TRADEABLE = "0", "1"  # 537
REJECTED, EXPIRED, NOT_FOUND = "5", "7", "9"  # 297
UNKNOWN_SYMBOL, EXCEEDS_LIMIT, TOO_LATE, NO_MARKET, PASSED, OTHER = "1", "3", "4", "8", "10", "99"
"""658 of an AG."""
UNKNOWN_ID, NOT_AVAILABLE = "1", "4"  # 380


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestIn:
    """R: a price is wanted of one maker."""

    request_id: str
    maker: str | None
    party: str | None
    pair: str
    size: Decimal
    side: str | None
    value_date: str | None
    open_until_ns: int | None
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeIn:
    """AJ 694=1, or D with 117: the robot deals on a quote."""

    message: str
    order_id: str
    response_id: str | None
    quote_id: str
    pair: str
    product: str
    side: str
    size: Decimal
    price: Decimal | None
    currency: str | None = None
    value_date: str | None = None  # None = it says none, and of a spot
    far_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassIn:
    """AJ 694=6: the robot does not deal."""

    response_id: str
    quote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterIn:
    """AJ 694=2: the robot names its own price."""

    response_id: str
    quote_id: str
    side: str
    size: Decimal | None
    price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIn:
    """H: what became of a take?"""

    order_id: str
    pair: str
    side: str


MakerWord = RequestIn | TakeIn | PassIn | CounterIn | StatusIn


@dataclass(frozen=True, slots=True)
class QuoteOut:
    """S."""

    quote: MakerQuote
    party: str | None


@dataclass(frozen=True, slots=True)
class PullOut:
    """Z: a maker takes its quote back."""

    quote: MakerQuote


@dataclass(frozen=True, slots=True)
class RefuseOut:
    """AG: a maker does not quote."""

    ask: AskLife


@dataclass(frozen=True, slots=True)
class CannotOut:
    """j: the venue cannot pass a request on."""

    ask: AskLife


@dataclass(frozen=True, slots=True)
class StatusOut:
    """AI: what a take or a counter named cannot be dealt on."""

    venue: str
    quote_id: str
    response_id: str | None
    request_id: str | None
    pair: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportOut:
    """8 on a take: a deal (`deal` is there), a rejection, or where it stands (`asked`)."""

    take: TakeLife
    exec_id: str
    deal: MakerDeal | None = None
    asked: bool = False
    repeated: bool = False


MakerOut = QuoteOut | PullOut | RefuseOut | CannotOut | StatusOut | ReportOut


def venue_of(out: MakerOut) -> str:
    """The venue whose dealing session says it."""
    match out:
        case QuoteOut() | PullOut():
            return out.quote.venue
        case RefuseOut() | CannotOut():
            return out.ask.venue
        case ReportOut():
            return out.take.venue
        case StatusOut():
            return out.venue
