"""Rows of the record about orders of the robot, one dataclass per table.

As in `rows.py` sides are the taker's, and here the taker is the robot: "1" buys the base currency.
Sizes are of the dealt currency, rates counter per base, dates `YYYYMMDD`, times integer
nanoseconds. `status` is FIX's OrdStatus (39), `report` its ExecType (150).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True, kw_only=True)
class OrderMessage:
    """One message of the robot about orders, as it came, whatever became of it."""

    message_no: int
    venue: str
    message: str  # D, F, G, H, q
    order_id: str  # 11
    original_id: str | None  # 41
    pair: str | None
    side: str | None
    size: Decimal | None
    price: Decimal | None
    poss_dup: bool
    received_at_ns: int
    received_wall_ns: int


@dataclass(slots=True, kw_only=True)
class OrderLife:
    """One order of the robot, from its coming to its end."""

    venue: str
    venue_order_id: str  # 37
    order_id: str  # 11 by which it goes now; a replacement changes it
    first_order_id: str  # 11 of the D
    pair: str
    side: str
    currency: str  # the dealt one
    size: Decimal  # 38
    kind: str  # 40
    price: Decimal | None
    time_in_force: str  # 59
    expires_ns: int | None
    value_date: str | None
    status: str  # 39: A, 0, 1, 2, 4, 8, C
    filled: Decimal = Decimal(0)  # 14
    value: Decimal = Decimal(0)  # sum of 32 x 31 of what is filled
    mischief: str | None = None  # duplicate, bust, correction, silence
    received_at_ns: int
    received_wall_ns: int
    decided_at_ns: int | None = None  # accepted or rejected
    ended_at_ns: int | None = None
    end_reason: str | None = None  # 58 of the last report, or `filled`


@dataclass(slots=True, kw_only=True)
class OrderAnswer:
    """One message of the venue about orders: 8, 9 or r. The values are those in the message."""

    answer_no: int
    venue: str
    message: str
    order_id: str  # 11
    original_id: str | None = None  # 41
    venue_order_id: str  # 37
    exec_id: str | None = None  # 17 of an 8
    reference_exec_id: str | None = None  # 19 of a bust or correction
    report: str | None = None  # 150 of an 8
    status: str | None = None  # 39
    responds_to: str | None = None  # 434 of a 9; 530 of an r
    code: str | None = None  # 103 of an 8, 102 of a 9; 531 of an r
    text: str | None = None  # 58
    pair: str | None = None
    side: str | None = None
    size: Decimal | None = None  # 38
    kind: str | None = None  # 40
    price: Decimal | None = None  # 44
    currency: str | None = None
    time_in_force: str | None = None
    expires_ns: int | None = None
    last_size: Decimal | None = None  # 32
    last_price: Decimal | None = None  # 31
    remaining: Decimal | None = None  # 151
    filled: Decimal | None = None  # 14
    average: Decimal | None = None  # 6
    counter_amount: Decimal | None = None  # 119
    counter_currency: str | None = None  # 120
    value_date: str | None = None
    trade_date: str | None = None
    count: int | None = None  # 533 of an r
    made_at_ns: int  # 60
    sent_wall_ns: int | None = None  # None while it is withheld
    copies: int = 0  # sent again with the same 17


@dataclass(slots=True, kw_only=True)
class OrderFill:
    """One deal that the robot made as taker; the venue itself is the counterparty."""

    venue: str
    exec_id: str  # 17 of the trade, also after a correction
    order_id: str  # 11 then
    venue_order_id: str
    pair: str
    side: str
    currency: str
    size: Decimal
    rate: Decimal
    base_amount: Decimal
    counter_amount: Decimal
    value_date: str | None
    trade_date: str
    mid: Decimal | None  # the venue's own market then
    at_ns: int
    wall_ns: int
    state: str = "done"  # done, corrected (rate and amounts are the new ones), busted
    changed_by: str | None = None  # 17 of the correction or bust


OrderRow = OrderMessage | OrderLife | OrderAnswer | OrderFill
