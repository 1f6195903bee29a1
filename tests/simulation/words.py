"""What a venue says of orders, as events: reports, refusals, its record of trades."""

from __future__ import annotations

from decimal import Decimal

from connectors.sim.wire import Incoming
from robot.basics.ids import CounterpartyId, ExecId, VenueId
from robot.deals.party import BUY, SELL
from robot.messages.events import MessageRefused, TradeReported
from robot.messages.orders import CancelRefused, OrderReport, OrderReported
from tests.simulation.book import Trade, Worked
from tests.simulation.codec import NO_ORIGIN

ZERO = Decimal(0)


def report_of(
    order: Worked, report: OrderReport, exec_id: str, trade: Trade | None
) -> OrderReported:
    """An execution report (8): the order as it is now, and the trade it is about."""
    meant, counterparty = "", None
    if report is OrderReport.STATUS:
        exec_id = "0"
    if trade is not None:
        counterparty = CounterpartyId(order.client)
        is_new = report is OrderReport.TRADE
        exec_id, meant = (trade.exec_id, "") if is_new else (trade.amended_by, trade.exec_id)
    dealt = trade if report is not OrderReport.BUSTED else None
    return OrderReported(
        origin=NO_ORIGIN,
        venue=VenueId(order.venue),
        order_id=order.current,
        venue_order_id=order.venue_id,
        exec_id=ExecId(exec_id),
        reference_exec_id=meant,
        report=report,
        ended=bool(order.status),
        pair=order.pair,
        side=order.side,
        amount=order.size,
        price=order.price,
        last_amount=dealt.size if dealt is not None else None,
        last_price=dealt.price if dealt is not None else None,
        filled=order.filled,
        remaining=order.remaining,
        currency=order.currency,
        value_date=order.value_date,
        trade_date=trade.trade_date if trade is not None else None,
        counterparty=counterparty,
    )


def unknown_there(venue: VenueId, message: Incoming) -> OrderReported:
    """The answer to a question (H) about an order that the venue does not have."""
    return OrderReported(
        origin=NO_ORIGIN,
        venue=venue,
        order_id=message.need(11),
        exec_id=ExecId("0"),
        report=OrderReport.STATUS,
        ended=True,
        pair=message.need(55),
        side=BUY if message.need(54) == "1" else SELL,
        filled=ZERO,
        remaining=ZERO,
    )


def cancel_refused(
    venue: VenueId, asked: str, original: str, replacing: bool, ended: bool, why: str
) -> CancelRefused:
    """A cancel or replacement that is not done (9)."""
    return CancelRefused(
        origin=NO_ORIGIN,
        venue=venue,
        order_id=asked,
        original_id=original,
        replacing=replacing,
        ended=ended,
        reason="0" if ended else "99",
        text=why,
    )


def trade_of(trade: Trade) -> TradeReported:
    """A trade as it stands in the venue's record (AE)."""
    fill = trade.fill
    return TradeReported(
        origin=NO_ORIGIN,
        venue=VenueId(trade.order.venue),
        request_id="",
        exec_id=ExecId(trade.exec_id),
        pair=fill.pair,
        side=trade.order.side.opposite,
        base_amount=fill.base_amount,
        rate=fill.rate,
        trade_date=trade.trade_date,
    )


def bounced(venue: VenueId, order_id: str) -> MessageRefused:
    """A business reject (j) of an order."""
    return MessageRefused(
        origin=NO_ORIGIN, venue=venue, message_type="D", reference=order_id, text="not today"
    )
