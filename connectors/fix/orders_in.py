"""What a venue says of orders of ours (8, 9, r) -> events. Pure, no state.

We are the taker, so side (54) is ours. A report that contradicts itself is refused whole: which
half of it is meant would be a guess, and it is asked for again (H) or found among the venue's
trades (AE).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect
from connectors.fix.fields import (
    FixMessage,
    amount,
    identifier,
    integer,
    local_date,
    price,
    quantity,
    text,
    timestamp,
)
from connectors.fix.parties import party
from robot.basics.ids import ExecId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.errors import RemoteProtocolError
from robot.messages.base import Origin
from robot.messages.events import AnyEvent
from robot.messages.orders import CancelRefused, OrderReport, OrderReported, OrdersCancelled

_OPEN, _ENDED = "0135679ABDE", "248C"
"""OrdStatus (39) of an order that may yet deal, and of one that cannot any more."""
_ANY = _OPEN + _ENDED
_REPORTS: dict[str, tuple[OrderReport, str]] = {
    "0": (OrderReport.NEW, "06E"),
    "3": (OrderReport.STATUS, _ANY),
    "4": (OrderReport.CANCELED, "4"),
    "5": (OrderReport.REPLACED, "0124569E"),
    "6": (OrderReport.PENDING, _OPEN),
    "7": (OrderReport.STATUS, _ANY),
    "8": (OrderReport.REJECTED, "8"),
    "9": (OrderReport.STATUS, _ANY),
    "A": (OrderReport.PENDING, _OPEN),
    "B": (OrderReport.STATUS, _ANY),
    "C": (OrderReport.EXPIRED, "C"),
    "D": (OrderReport.STATUS, _ANY),
    "E": (OrderReport.PENDING, _OPEN),
    "F": (OrderReport.TRADE, "1234679BCE"),
    "G": (OrderReport.CORRECTED, "012345679BCE"),
    "H": (OrderReport.BUSTED, "012345679BCE"),
    "I": (OrderReport.STATUS, _ANY),
}
"""ExecType (150): what it is, and which OrdStatus (39) may be with it. Done for the day (3),
stopped (7), suspended (9), calculated (B) and restated (D) only tell where the order stands."""
_OF_A_TRADE = (OrderReport.TRADE, OrderReport.CORRECTED)
_OF_THE_PAST = (OrderReport.CORRECTED, OrderReport.BUSTED)
"""What makes earlier reports wrong: the status need not fit the new totals."""
_OUR_SIDE = {"1": BUY, "2": SELL}
_NO_ORDER = "NONE"
"""OrderID (37) where the venue has no such order."""
_EVERY_ORDER = "7"
"""530 and 531."""


class _Sizes(msgspec.Struct, frozen=True):
    """The amounts of a report, which fit together."""

    ordered: Decimal | None
    last: Decimal | None
    last_price: Decimal | None
    filled: Decimal
    remaining: Decimal


def order_reported(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """An execution report (8)."""
    _check_taken(message, dialect)
    said = message.values
    report, status = _report(message)
    sizes = _sizes(message, report, status)
    told = said.get(44)
    venue_order_id = identifier(message.required(37), 37)
    sent = said.get(60)
    return [
        OrderReported(
            origin=origin,
            venue=venue,
            order_id=identifier(message.required(11), 11),
            original_id=_optional_id(said.get(41), 41),
            venue_order_id="" if venue_order_id == _NO_ORDER else venue_order_id,
            exec_id=ExecId(identifier(message.required(17), 17)),
            reference_exec_id=_meant(message, report),
            report=report,
            ended=status in _ENDED,
            pair=dialect.pair(text(message.required(55))),
            side=_side(message.required(54)),
            amount=sizes.ordered,
            price=price(told, 44) if told and quantity(told, 44) else None,
            last_amount=sizes.last,
            last_price=sizes.last_price,
            filled=sizes.filled,
            remaining=sizes.remaining,
            currency=text(said[15]) if said.get(15) else None,
            value_date=_optional_date(said.get(64), 64),
            trade_date=_optional_date(said.get(75), 75),
            counterparty=party(message.fields, dialect.maker_roles),
            reason=text(said.get(103, "")) if status == "8" else "",
            text=text(said.get(58, "")),
            sent_at_ns=timestamp(sent, 60) if sent else 0,
        )
    ]


def cancel_refused(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """A cancel or replacement that the venue refuses (9)."""
    _check_taken(message, dialect)
    said, answers, status = message.values, message.required(434), message.required(39)
    if answers not in ("1", "2"):
        problem = f"tag 434 is {answers[:4]!a}: neither a cancel (1) nor a replacement (2)"
        raise RemoteProtocolError(problem, tag=434)
    if not _is_one_of(status, _ANY):
        raise RemoteProtocolError(f"tag 39: order status {status[:4]!a} is not known", tag=39)
    return [
        CancelRefused(
            origin=origin,
            venue=venue,
            order_id=identifier(message.required(11), 11),
            original_id=identifier(message.required(41), 41),
            replacing=answers == "2",
            ended=status in _ENDED,
            reason=text(said.get(102, "")),
            text=text(said.get(58, "")),
        )
    ]


def orders_cancelled(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """The answer to our mass cancel (r). It tells no order's end: each has its own report."""
    _check_taken(message, dialect)
    said, asked, answer = message.values, message.required(530), message.required(531)
    if asked != _EVERY_ORDER:
        problem = f"tag 530 is {asked[:4]!a}: we ask for all orders ({_EVERY_ORDER})"
        raise RemoteProtocolError(problem, tag=530)
    if answer not in ("0", _EVERY_ORDER):
        problem = f"tag 531 is {answer[:4]!a}: neither refused (0) nor all orders ({_EVERY_ORDER})"
        raise RemoteProtocolError(problem, tag=531)
    affected = said.get(533)
    if affected and integer(affected, 533) and answer == "0":
        problem = f"tag 533: {affected} orders are affected by a mass cancel that is refused"
        raise RemoteProtocolError(problem, tag=533)
    return [
        OrdersCancelled(
            origin=origin,
            venue=venue,
            request_id=identifier(message.required(11), 11),
            accepted=answer == _EVERY_ORDER,
            text=text(said.get(58, "")),
        )
    ]


def _check_taken(message: FixMessage, dialect: Dialect) -> None:
    if not dialect.takes_orders:
        problem = f"message type {message.type} is about orders, which this venue takes none of"
        raise RemoteProtocolError(problem, tag=35)


def _report(message: FixMessage) -> tuple[OrderReport, str]:
    """What the report is, and the order's status (39) with it."""
    kind, status = message.required(150), message.required(39)
    known = _REPORTS.get(kind)
    if known is None:
        raise RemoteProtocolError(f"tag 150: report {kind[:4]!a} is not known", tag=150)
    if not _is_one_of(status, _ANY):
        raise RemoteProtocolError(f"tag 39: order status {status[:4]!a} is not known", tag=39)
    report, statuses = known
    if status not in statuses:
        problem = f"tag 39: order status {status} contradicts report {kind} (150)"
        raise RemoteProtocolError(problem, tag=39)
    return report, status


def _is_one_of(code: str, codes: str) -> bool:
    return len(code) == 1 and code in codes


def _sizes(message: FixMessage, report: OrderReport, status: str) -> _Sizes:
    said = message.values
    ordered = quantity(said[38], 38) if said.get(38) else None
    filled, remaining = (quantity(message.required(tag), tag) for tag in (14, 151))
    last = last_price = None
    if report in _OF_A_TRADE:
        last, last_price = amount(message.required(32), 32), price(message.required(31), 31)
        if last > filled:
            problem = f"tag 32: {last} dealt by this report is more than by all ({filled} in 14)"
            raise RemoteProtocolError(problem, tag=32)
    else:
        for tag in (32, 31):  # often repeated or zero: readable, or something else is wrong, too
            quantity(said.get(tag) or "0", tag)
    if ordered is not None and filled + remaining > ordered:
        problem = f"tag 151: {filled} filled (14) and {remaining} remaining of {ordered} (38)"
        raise RemoteProtocolError(problem, tag=151)
    _check_status(report, status, _Sizes(ordered, last, last_price, filled, remaining))
    left = Decimal(0) if status in _ENDED else remaining
    return _Sizes(ordered or None, last, last_price, filled, left)


def _check_status(report: OrderReport, status: str, sizes: _Sizes) -> None:
    """What the status says of the amounts. An order that is canceled, rejected or expired may
    still show what it had remaining (FIX 4.4 on LeavesQty): nothing of it can be dealt.
    """
    if status == "2" and sizes.remaining:
        problem = f"tag 151: {sizes.remaining} remaining of an order that is filled (39=2)"
        raise RemoteProtocolError(problem, tag=151)
    short = sizes.ordered is not None and sizes.filled < sizes.ordered
    if status == "2" and short and report is OrderReport.TRADE:
        problem = f"tag 14: {sizes.filled} of {sizes.ordered} dealt, and the order filled (39=2)"
        raise RemoteProtocolError(problem, tag=14)
    if _is_one_of(status, "08A") and sizes.filled and report not in _OF_THE_PAST:
        problem = f"tag 14: {sizes.filled} dealt of an order that has dealt nothing (39={status})"
        raise RemoteProtocolError(problem, tag=14)


def _meant(message: FixMessage, report: OrderReport) -> str:
    """The trade that a correction or a bust is about (19); an ordinary report has none."""
    return identifier(message.required(19), 19) if report in _OF_THE_PAST else ""


def _side(code: str) -> Side:
    side = _OUR_SIDE.get(code)
    if side is None:
        problem = f"tag 54: side {code[:4]!a} is neither buy (1) nor sell (2)"
        raise RemoteProtocolError(problem, tag=54)
    return side


def _optional_id(value: str | None, tag: int) -> str:
    return identifier(value, tag) if value else ""


def _optional_date(value: str | None, tag: int) -> date | None:
    return local_date(value, tag) if value else None
