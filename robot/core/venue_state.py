"""What the core knows of a venue: sessions, its trading status, hours, and its record of trades."""

from __future__ import annotations

from datetime import date

import msgspec

from robot.basics.ids import ExecId
from robot.messages.events import TradeReported, VenueTrading


class TradeRequest(msgspec.Struct):
    """A reconciliation under way: how many reports the venue announced (-1 = not yet) and what
    came.
    """

    trade_date: date
    since_ns: int = 0
    asked_ns: int = 0
    total: int = -1
    seen: dict[ExecId, bool] = {}


class Stranger(msgspec.Struct, frozen=True):
    """A trade told live that we do not know; ours may be on its way."""

    due_ns: int
    report: TradeReported


class VenueState(msgspec.Struct):
    """What is known of a venue: sessions, its own trading status, our schedule, reconciliation."""

    dealing_up: bool = False
    market_up: bool = False
    trading: VenueTrading = VenueTrading.OPEN
    products_open: dict[str, bool] = {}
    reconciled: bool = False
    requests: dict[str, TradeRequest] = {}
    heard_ns: int = 0
    """When trades were last asked for or reported."""
    asked: int = 0
    """How often trades were asked for since the log-on."""
    patience_ns: int = 0
    """How long after `heard_ns` they are asked for again."""
    reconciled_ns: int = 0
    """When the trades were asked for that were last compared to the end."""
    strangers: dict[str, Stranger] = {}
    """`AE exec-id` or `COPY exec-id` -> a trade told live that we do not know."""
    awaited: dict[str, int] = {}
    """Until when the venue's record of a deal is awaited, `AE exec-id` or `COPY exec-id`, or its
    report that an order has ended, `END order-id`."""
    copy_up: bool = False
    """Whether the drop copy session is logged on."""
    copy_lost_ns: int = 0
    told_to: dict[str, str] = {}
    """Who gets our trades as they are made: their request -> counterparty, empty = all."""
    subscription: str = ""
    """The id under which its prices come (262)."""
    resubscribed_ns: int = 0
    """When they were asked for anew, after one that could not be followed."""
    resubscribing: bool = False
    """Whether a timer is set to ask for them anew."""
