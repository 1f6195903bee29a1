"""Orders in FIX: D, F, G, H and q to words, rows to 8, 9, r and AE. Alike in all dialects that take
orders but for the symbol and what marks spot.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.sim import wire
from connectors.sim.dialects.fields import Fields, number
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.model import fix_time, text_of
from connectors.sim.order_rows import OrderAnswer, OrderFill
from connectors.sim.orders import (
    DAY,
    NOTHING,
    AskIn,
    CancelAllIn,
    CancelIn,
    OrderIn,
    OrderWord,
    ReplaceIn,
    Report,
)
from connectors.sim.products import Product, other_currency
from connectors.sim.rows import Terms
from connectors.sim.wire import Incoming, WireError

ORDER_MESSAGES = ("D", "F", "G", "H", "q")
_CONTRA_FIRM = "17"  # 452
_REGULAR = "0"  # 828
_UNSUPPORTED = "0"  # 532
_DEALT = (Report.TRADE, Report.CORRECTION, Report.BUST, Report.STATUS)


def word_of(message: Incoming, dialect: Fix44) -> OrderWord:
    """What the robot said; raises `WireError` when a field is missing or makes no sense."""
    match message.type:
        case "D":
            return _order(message, dialect)
        case "F":
            return CancelIn(order_id=message.need(11), original_id=message.need(41))
        case "G":
            return ReplaceIn(
                order_id=message.need(11),
                original_id=message.need(41),
                size=_size(message),
                price=message.number(44),
                expires_ns=message.time(126),
            )
        case "H":
            return AskIn(
                order_id=message.need(11), pair=dialect.pair(message), side=message.need(54)
            )
        case "q":
            pair = dialect.pair(message) if message.get(55) else None
            return CancelAllIn(request_id=message.need(11), scope=message.need(530), pair=pair)
    raise WireError(f"{message.type} is not about orders")


def _order(message: Incoming, dialect: Fix44) -> OrderIn:
    pair = dialect.pair(message)
    return OrderIn(
        order_id=message.need(11),
        product=dialect.product(message),
        pair=pair,
        side=message.need(54),
        size=_size(message),
        currency=message.get(15) or pair[:3],
        kind=message.need(40),
        price=message.number(44),
        time_in_force=message.get(59) or DAY,
        expires_ns=message.time(126),
        value_date=message.date(64),
    )


def _size(message: Incoming) -> Decimal:
    size = message.number(38)
    if size is None:
        raise WireError(f"{message.type} without 38")
    return size


def encode(answer: OrderAnswer, dialect: Fix44, *, repeated: bool) -> tuple[str, str]:
    """Message type and body; a repeated one has a new 34, so it carries 97=Y and not 43=Y."""
    head: Fields = [(97, "Y")] if repeated else []
    fields = {"8": _report, "9": _not_changed, "r": _all_cancelled}[answer.message]
    return answer.message, wire.body([*head, *fields(answer, dialect)])


def _report(answer: OrderAnswer, dialect: Fix44) -> Fields:
    dealt = answer.report in _DEALT and bool(answer.last_size or answer.filled)
    return [
        (37, answer.venue_order_id),
        (11, answer.order_id),
        (41, answer.original_id),
        *(_contra(answer.venue) if dealt else []),
        (17, answer.exec_id),
        (19, answer.reference_exec_id),
        (150, answer.report),
        (39, answer.status),
        (103, answer.code),
        (64, answer.value_date),
        (55, dialect.symbol(answer.pair or "", Terms())),
        *dialect.marks(Product.SPOT),
        (54, answer.side),
        (38, number(answer.size)),
        (40, answer.kind),
        (44, number(answer.price)),
        (15, answer.currency),
        (59, answer.time_in_force),
        (126, None if answer.expires_ns is None else fix_time(answer.expires_ns)),
        (32, number(answer.last_size)),
        (31, number(answer.last_price)),
        (151, number(answer.remaining)),
        (14, number(answer.filled)),
        (6, number(answer.average)),
        (75, answer.trade_date),
        (60, fix_time(answer.made_at_ns)),
        (119, number(answer.counter_amount)),
        (120, answer.counter_currency),
        (58, answer.text),
    ]


def _not_changed(answer: OrderAnswer, dialect: Fix44) -> Fields:
    return [
        (37, answer.venue_order_id),
        (11, answer.order_id),
        (41, answer.original_id),
        (39, answer.status),
        (60, fix_time(answer.made_at_ns)),
        (434, answer.responds_to),
        (102, answer.code),
        (58, answer.text),
    ]


def _all_cancelled(answer: OrderAnswer, dialect: Fix44) -> Fields:
    return [
        (11, answer.order_id),
        (37, answer.venue_order_id),
        (530, answer.responds_to),
        (531, answer.code),
        (532, _UNSUPPORTED if answer.code == NOTHING else None),
        (533, None if answer.count is None else str(answer.count)),
        (60, fix_time(answer.made_at_ns)),
        (58, answer.text),
    ]


def _contra(venue: str) -> Fields:
    """The counterparty of the robot's orders is the venue itself."""
    return [(453, "1"), (448, venue), (447, "D"), (452, _CONTRA_FIRM)]


def trade_report(
    fill: OrderFill, dialect: Fix44, request_id: str, report_no: int, count: int
) -> str:
    """Body of AE: a deal of the robot as taker, as it stands after a correction."""
    return trade_body(fill, dialect, wire.history_head(fill.exec_id, request_id, report_no, count))


def trade_body(fill: OrderFill, dialect: Fix44, head: Fields) -> str:
    """Body of AE; `head` says which report it is, and on what. 828=0: of an order."""
    in_base = fill.currency == fill.pair[:3]
    return wire.body(
        [
            *head,
            (828, _REGULAR),
            (570, "N"),
            (55, dialect.symbol(fill.pair, Terms())),
            *dialect.marks(Product.SPOT),
            (32, text_of(fill.size)),
            (31, text_of(fill.rate)),
            (75, fill.trade_date),
            (60, fix_time(fill.at_ns)),
            (64, fill.value_date),
            (552, "1"),
            (54, fill.side),
            (37, fill.venue_order_id),
            (11, fill.order_id),
            *_contra(fill.venue),
            (15, fill.currency),
            (119, text_of(fill.counter_amount if in_base else fill.base_amount)),
            (120, other_currency(fill.pair, fill.currency)),
        ]
    )
