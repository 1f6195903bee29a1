"""The record of trades: the venue's (AQ, AE, copies of 8) and what is asked of ours (AD, AR).

Pure, no state.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.fix.dialect import Dialect
from connectors.fix.fields import (
    Fields,
    FixMessage,
    identifier,
    integer,
    local_date,
    text,
    timestamp,
)
from connectors.fix.orders_in import order_reported
from connectors.fix.parties import party
from connectors.fix.prices import base_amount, trade_prices
from connectors.fix.terms import hinted_product, is_loan, read_terms
from robot.basics.ids import ExecId, VenueId
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError
from robot.messages.base import Origin
from robot.messages.events import AnyEvent, TradeReported, TradesCounted, TradeWord
from robot.messages.orders import OrderReport, OrderReported
from robot.messages.streams import OrderCopied, TradeAcknowledged, TradesAsked

_SECOND_NS = 1_000_000_000
_WORDS_BY_EXEC_TYPE = {"H": TradeWord.BUSTED, "G": TradeWord.CORRECTED}
_WORDS_BY_CHANGE = {"1": TradeWord.BUSTED, "2": TradeWord.CORRECTED}
"""By ExecType (150), by TradeReportTransType (487)."""
_OF_TRADES = (OrderReport.TRADE, OrderReport.CORRECTED, OrderReport.BUSTED)
_ACCEPTED = "0"


def trades_counted(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AQ."""
    total = message.values.get(748)
    return [
        TradesCounted(
            origin=origin,
            venue=venue,
            request_id=identifier(message.required(568), 568),
            total=integer(total, 748) if total else -1,
            accepted=message.values.get(749, "0") == "0",
        )
    ]


def trade_reported(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AE."""
    side = next(iter(message.group(552, 54)), [])
    if not side:
        raise RemoteProtocolError("tag 54 is missing in an AE", tag=54)
    return [_trade(message, venue, dialect, origin, side)]


def _trade(
    message: FixMessage,
    venue: VenueId,
    dialect: Dialect,
    origin: Origin,
    side: Fields,
    *,
    copied: bool = False,
) -> TradeReported:
    """One trade; side (54) is the taker's view, as on every fill."""
    said = message.values
    product = hinted_product(said, dialect)
    for tag in (55, 32, 31):
        message.required(tag)
    kind = product or (ProductKind.DEPOSIT if is_loan(said, dialect) else "")
    terms = read_terms(kind, said, message.fields, dialect, 32, dated=False)
    if terms.side is None:
        raise RemoteProtocolError(f"tag 54 is missing in an {message.type}", tag=54)
    prices = trade_prices(kind, said, terms, dialect)
    meant, report_id = said.get(19), said.get(571)
    return TradeReported(
        origin=origin,
        venue=venue,
        request_id=identifier(said.get(568) or "unsolicited", 568),
        report_id=identifier(report_id, 571) if report_id else "",
        word=_word(message),
        exec_id=ExecId(identifier(message.required(17), 17)),
        reference_exec_id=identifier(meant, 19) if meant else "",
        live=said.get(325) == "Y",
        copied=copied,
        pair=terms.pair,
        product=product,
        side=terms.side,
        base_amount=base_amount(kind, said, terms, prices.rate),
        rate=prices.rate,
        trade_date=_trade_date(message),
        value_date=terms.value_date,
        far_value_date=terms.far_value_date,
        far_rate=prices.far_rate,
        counterparty=party(side, dialect.counterparty_roles),
        currency=terms.currency,
        is_last=said.get(912) == "Y",
    )


def _word(message: FixMessage) -> TradeWord:
    """What it says of the trade; the two tags that say it must not contradict each other."""
    by_type = _WORDS_BY_EXEC_TYPE.get(message.values.get(150, ""))
    by_change = _WORDS_BY_CHANGE.get(message.values.get(487, ""))
    if by_type is not None and by_change is not None and by_type is not by_change:
        raise RemoteProtocolError(f"150 says {by_type} and 487 {by_change}", tag=487)
    return by_type or by_change or TradeWord.DONE


def _trade_date(message: FixMessage) -> date:
    told = message.values.get(75)
    if told or message.type == "AE":
        return local_date(message.required(75), 75)
    at_ns = timestamp(message.required(60), 60)
    return datetime.fromtimestamp(at_ns // _SECOND_NS, UTC).date()


def copies_from(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """What the drop copy session says: trades (AE, 8) and ends of orders (8), all of them only to
    be compared.
    """
    if message.type == "AE":
        side = next(iter(message.group(552, 54)), [])
        return [_trade(message, venue, dialect, origin, side, copied=True)]
    if message.type != "8" or message.values.get(797) != "Y":
        problem = f"message type {message.type[:8]!a} is no copy (AE, 8 with 797=Y)"
        raise RemoteProtocolError(problem, tag=797)
    (report,) = order_reported(message, venue, dialect, origin)
    assert isinstance(report, OrderReported), "that is what is made of an 8"
    found: list[AnyEvent] = []
    if report.report in _OF_TRADES:
        found.append(_trade(message, venue, dialect, origin, message.fields, copied=True))
    if report.ended:
        copied = OrderCopied(origin=origin, venue=venue, order_id=report.order_id, ended=True)
        found.append(copied)
    return found


def trades_asked(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AD."""
    said = message.values
    dates = {value for tag, value in message.fields if tag == 75}
    if len(dates) > 1:
        raise RemoteProtocolError("tag 75: one trade date a request", tag=75)
    kind = said.get(263, "0")
    return [
        TradesAsked(
            origin=origin,
            venue=venue,
            request_id=identifier(message.required(568), 568),
            trade_date=local_date(dates.pop(), 75) if dates else None,
            counterparty=party(message.fields, dialect.counterparty_roles),
            subscribe=kind == "1",
            unsubscribe=kind == "2",
        )
    ]


def trade_acknowledged(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AR."""
    return [
        TradeAcknowledged(
            origin=origin,
            venue=venue,
            report_id=identifier(message.required(571), 571),
            accepted=message.values.get(939, _ACCEPTED) == _ACCEPTED,
            text=text(message.values.get(58, "")),
        )
    ]
