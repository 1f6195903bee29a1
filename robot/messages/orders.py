"""Orders of ours: what persons want of them, and what a venue says of them."""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal

from robot.basics.ids import CounterpartyId, ExecId, VenueId
from robot.deals.party import Side
from robot.messages.base import Event, Origin


class OrderKind(enum.StrEnum):
    """What bounds an order's price."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    PREVIOUSLY_QUOTED = "PREVIOUSLY_QUOTED"


class TimeInForce(enum.StrEnum):
    """How long an order works."""

    IOC = "IOC"
    """What is not dealt at once is canceled."""
    FOK = "FOK"
    """All at once or nothing."""
    DAY = "DAY"
    GTD = "GTD"
    """Until `expires_ns`."""


class OrderWanted(Event, frozen=True, kw_only=True):
    """A person asks for an order. `side` is ours; `amount` of the dealt currency."""

    actor: str
    reason: str
    request: str
    """The person's own name for it: one that comes again is refused."""
    venue: VenueId
    pair: str
    side: Side
    amount: Decimal
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    kind: OrderKind
    price: Decimal | None = None
    """LIMIT."""
    time_in_force: TimeInForce
    expires_ns: int = 0
    """GTD."""


class OrderChangeWanted(Event, frozen=True, kw_only=True):
    """A person wants a working order to have another amount (the whole of it) or limit."""

    actor: str
    reason: str
    request: str
    order_id: str
    amount: Decimal | None = None
    price: Decimal | None = None


class OrderCancelWanted(Event, frozen=True, kw_only=True):
    """A person wants an order taken out; neither `order_id` nor `venue` = all of them."""

    actor: str
    reason: str
    request: str
    order_id: str = ""
    venue: str = ""


class OrderReport(enum.StrEnum):
    """What a venue says of an order of ours (ExecType 150)."""

    PENDING = "PENDING"
    """Something we sent is looked at; nothing has changed yet."""
    NEW = "NEW"
    TRADE = "TRADE"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CORRECTED = "CORRECTED"
    """An earlier trade was other than reported."""
    BUSTED = "BUSTED"
    """An earlier trade is void."""
    STATUS = "STATUS"
    """Answer to our question; `ended` tells whether anything can still happen."""


class OrderReported(Event, frozen=True, kw_only=True):
    """A venue's execution report on an order of ours (8). As taker, a TRADE makes the deal.

    `side` is ours. `filled` and `remaining` are the venue's totals after this report.
    """

    origin: Origin
    venue: VenueId
    order_id: str
    """The id of ours that the report is about (11)."""
    original_id: str = ""
    """The one that this replaced (41)."""
    venue_order_id: str = ""
    exec_id: ExecId
    reference_exec_id: str = ""
    """CORRECTED, BUSTED: the trade that is meant (19)."""
    report: OrderReport
    ended: bool
    """Whether nothing can happen to the order any more (39 filled, canceled, rejected, expired)."""
    pair: str
    side: Side
    amount: Decimal | None = None
    price: Decimal | None = None
    last_amount: Decimal | None = None
    """TRADE, CORRECTED: dealt amount of this report (32)."""
    last_price: Decimal | None = None
    filled: Decimal
    remaining: Decimal
    currency: str | None = None
    value_date: date | None = None
    trade_date: date | None = None
    counterparty: CounterpartyId | None = None
    reason: str = ""
    """REJECTED: the venue's code (103)."""
    text: str = ""
    product: str = ""
    """Empty = not said: spot. Of another, prices are in its terms: swap points, percent a year."""
    spot_rate: Decimal | None = None
    near_rate: Decimal | None = None
    far_rate: Decimal | None = None
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    """Swap: the far leg's date and amount. Loan: its maturity."""
    sent_at_ns: int = 0


class CancelRefused(Event, frozen=True, kw_only=True):
    """The venue does not cancel or replace (9): the order stands, or has ended otherwise."""

    origin: Origin
    venue: VenueId
    order_id: str
    """Of our cancel or replace (11)."""
    original_id: str
    """Of the order it was about (41)."""
    replacing: bool
    """Whether it was a replacement (434=2)."""
    ended: bool
    """Whether the order has ended (39)."""
    reason: str = ""
    text: str = ""


class OrdersCancelled(Event, frozen=True, kw_only=True):
    """Answer to our mass cancel (r): taken or not. Each order still gets its own report."""

    origin: Origin
    venue: VenueId
    request_id: str
    accepted: bool
    text: str = ""
