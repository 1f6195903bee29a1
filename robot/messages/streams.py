"""What is said about streamed quotes, the fate of quotes, and each side's record of the trades.

The mass quote itself (`SendMassQuote`) is in `effects.py`, beside the quotes it is made of.
"""

from __future__ import annotations

import enum
from datetime import date

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, ExecId, QuoteId, VenueId
from robot.deals.deal import Deal
from robot.messages.base import Event, Origin, Wire


class RejectedEntry(msgspec.Struct, frozen=True):
    """An entry of a mass quote that the venue does not take."""

    quote_id: QuoteId
    reason: str
    """The venue's code (368)."""


class MassQuoteAnswered(Event, frozen=True, kw_only=True):
    """The venue's answer to a mass quote (b): all dead, or all live but the rejected entries."""

    origin: Origin
    venue: VenueId
    mass_quote_id: str
    accepted: bool
    rejected: tuple[RejectedEntry, ...] = ()
    text: str = ""


class QuoteFate(enum.StrEnum):
    """What has become of a quote (297)."""

    LIVE = "LIVE"
    REJECTED = "REJECTED"
    REMOVED = "REMOVED"
    EXPIRED = "EXPIRED"
    NOT_FOUND = "NOT_FOUND"
    PENDING = "PENDING"


class QuoteStatusTold(Event, frozen=True, kw_only=True):
    """The venue's answer to our question (AI with our 649)."""

    origin: Origin
    venue: VenueId
    request_id: str
    quote_id: QuoteId
    fate: QuoteFate
    text: str = ""


class QuoteStatusAsked(Event, frozen=True, kw_only=True):
    """They ask what became of a quote of ours (a), named by its id or by their request."""

    origin: Origin
    venue: VenueId
    status_id: str
    """Of the question (649); empty = it has none."""
    quote_id: QuoteId | None = None
    request_id: str | None = None
    pair: str


class TradesAsked(Event, frozen=True, kw_only=True):
    """They ask for our record of trades (AD)."""

    origin: Origin
    venue: VenueId
    request_id: str
    trade_date: date | None = None
    """None = today."""
    counterparty: CounterpartyId | None = None
    """Whose trades; None = all at the venue."""
    subscribe: bool = False
    """Whether later trades are to be told too."""
    unsubscribe: bool = False


class TradeAcknowledged(Event, frozen=True, kw_only=True):
    """They have taken, or refused, a trade report of ours (AR)."""

    origin: Origin
    venue: VenueId
    report_id: str
    accepted: bool
    text: str = ""


class OrderCopied(Event, frozen=True, kw_only=True):
    """The drop copy of a report on an order that dealt nothing: only whether it has ended."""

    origin: Origin
    venue: VenueId
    order_id: str
    ended: bool


class AskQuote(Wire, frozen=True, kw_only=True):
    """What has become of a quote or mass quote of ours (a)?"""

    request_id: str
    quote_id: str
    pair: CurrencyPair


class TellQuoteStatus(Wire, frozen=True, kw_only=True):
    """What has become of a quote of ours, to whom asked (AI)."""

    status_id: str
    quote_id: str
    request_id: str = ""
    pair: str
    fate: QuoteFate


class AcknowledgeTrade(Wire, frozen=True, kw_only=True):
    """We have taken note of the venue's trade report (AR)."""

    report_id: str
    exec_id: ExecId
    pair: str
    exec_type: str
    """ExecType (150) of the report."""


class TellTradeCount(Wire, frozen=True, kw_only=True):
    """Answer to who asked for our trades (AQ): so many reports follow, or why none do."""

    request_id: str
    total: int = 0
    subscribed: bool = False
    refused: str = ""
    """Empty = it is answered."""


class TellTrade(Wire, frozen=True, kw_only=True):
    """One trade as we recorded it (AE)."""

    request_id: str
    report_id: str
    deal: Deal
    is_last: bool = False
    live: bool = False
    """Whether it was dealt after the question."""
