"""What the robot can say about orders, free of FIX, and FIX's codes for what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MARKET, LIMIT, PREVIOUSLY_QUOTED = "1", "2", "D"  # 40
DAY, IOC, FOK, GTD = "0", "3", "4", "6"  # 59
NO_ORDER = "NONE"  # 37 where there is no order
CANCEL, REPLACE = "1", "2"  # 434
TOO_LATE, UNKNOWN, NOT_POSSIBLE, DUPLICATE = "0", "1", "2", "6"  # 102
ALL_ORDERS, ORDERS_OF_PAIR, NOTHING = "7", "1", "0"  # 530 and 531


class Status(StrEnum):
    """39."""

    PENDING = "A"
    PENDING_CANCEL = "6"
    PENDING_REPLACE = "E"
    NEW = "0"
    PARTLY_FILLED = "1"
    FILLED = "2"
    CANCELED = "4"
    REJECTED = "8"
    EXPIRED = "C"


class Report(StrEnum):
    """150."""

    PENDING = "A"
    NEW = "0"
    TRADE = "F"
    CANCELED = "4"
    REPLACED = "5"
    REJECTED = "8"
    EXPIRED = "C"
    PENDING_CANCEL = "6"
    PENDING_REPLACE = "E"
    STATUS = "I"
    CORRECTION = "G"
    BUST = "H"


class Rejection(StrEnum):
    """103."""

    UNKNOWN_SYMBOL = "1"
    CLOSED = "2"
    EXCEEDS = "3"
    TOO_LATE = "4"
    UNKNOWN_ORDER = "5"
    DUPLICATE = "6"
    UNSUPPORTED = "11"
    SIZE = "13"
    OTHER = "99"


WORKING = (Status.NEW, Status.PARTLY_FILLED)
ENDED = (Status.FILLED, Status.CANCELED, Status.REJECTED, Status.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIn:
    """D. The size is of the dealt currency, the side of the base currency."""

    order_id: str
    product: str
    pair: str
    side: str
    size: Decimal
    currency: str
    kind: str
    price: Decimal | None = None
    time_in_force: str = DAY
    expires_ns: int | None = None
    value_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelIn:
    """F."""

    order_id: str
    original_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceIn:
    """G: size and price from now on; what is filled already counts in the size."""

    order_id: str
    original_id: str
    size: Decimal
    price: Decimal | None
    expires_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIn:
    """H."""

    order_id: str
    pair: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAllIn:
    """q: every order, or those of one pair."""

    request_id: str
    scope: str
    pair: str | None = None


OrderWord = OrderIn | CancelIn | ReplaceIn | AskIn | CancelAllIn
