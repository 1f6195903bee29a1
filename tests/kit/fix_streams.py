"""Mass quotes, the fate of quotes and our record of trades, for tests of the FIX codec."""

from __future__ import annotations

from decimal import Decimal

from robot.basics.ids import ExecId, QuoteId
from robot.deals.product import ProductKind
from robot.messages.base import Wire
from robot.messages.effects import SendMassQuote
from robot.messages.streams import (
    AcknowledgeTrade,
    AskQuote,
    QuoteFate,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
)
from tests.kit.fix import ALPHA
from tests.kit.fix_products import EURUSD, deal, quote


def mass_quote(product: ProductKind = ProductKind.SPOT) -> SendMassQuote:
    """Two sizes of a product, the larger one only at our offer."""
    small = quote(product, quote_id=QuoteId("Q2"), request_id="", amount=Decimal(1_000_000))
    large = quote(product, quote_id=QuoteId("Q3"), request_id="", bid=None)
    return SendMassQuote(
        venue=ALPHA, mass_quote_id="Q1", set_id="1", pair=EURUSD, quotes=(small, large)
    )


def told_trade(product: ProductKind = ProductKind.SPOT) -> TellTrade:
    return TellTrade(
        venue=ALPHA, request_id="TR1", report_id="E1.9", deal=deal(product), is_last=True
    )


def status(fate: QuoteFate = QuoteFate.LIVE) -> TellQuoteStatus:
    return TellQuoteStatus(
        venue=ALPHA, status_id="s1", quote_id="Q2", request_id="", pair=EURUSD, fate=fate
    )


def every_stream_message() -> tuple[Wire, ...]:
    """One of each kind."""
    return (
        mass_quote(),
        AskQuote(venue=ALPHA, request_id="Q1-1", quote_id="Q1", pair=EURUSD),
        status(),
        AcknowledgeTrade(
            venue=ALPHA, report_id="T1-1", exec_id=ExecId("E1"), pair=EURUSD, exec_type="F"
        ),
        TellTradeCount(venue=ALPHA, request_id="TR1", total=3, subscribed=True),
        told_trade(),
    )
