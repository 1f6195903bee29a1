"""Orders of ours that a person wants: placed, changed, taken out. They pass the one gate."""

from __future__ import annotations

import enum
from decimal import Decimal

from robot.basics.ids import VenueId
from robot.deals.party import Side
from robot.messages.base import Event


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
