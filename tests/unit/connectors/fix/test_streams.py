"""Mass quotes, the fate of quotes and the record of trades, both ways, by each dialect's
dictionary.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

pytest.importorskip("quickfix")

from connectors.fix.decode import events_from, origin_of
from connectors.fix.encode import message_for
from connectors.fix.encoded import Encoded, Group
from connectors.fix.fields import Fields, FixMessage
from connectors.fix.record_in import copies_from
from robot.basics.ids import CounterpartyId, QuoteId
from robot.core.reconciling import difference
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError
from robot.messages.base import Wire
from robot.messages.effects import RequestTrades, WithdrawQuote
from robot.messages.events import AnyEvent, RfqEnded, TradeReported, TradeWord
from robot.messages.streams import (
    MassQuoteAnswered,
    OrderCopied,
    QuoteFate,
    QuoteStatusAsked,
    QuoteStatusTold,
    RejectedEntry,
    TellTrade,
    TellTradeCount,
    TradeAcknowledged,
    TradesAsked,
)
from tests.kit.fix import ALPHA, SESSION
from tests.kit.fix_orders import report
from tests.kit.fix_products import AT_NS, EURUSD, PRESETS, TRADE, deal, dialect, on_the_wire
from tests.kit.fix_streams import every_stream_message, mass_quote, status, told_trade

STREAMED = (ProductKind.SPOT, ProductKind.FORWARD)


def sent(effect: Wire, preset: str = "fix44") -> FixMessage:
    """The message as QuickFIX sends it, which its own dictionary has found valid."""
    return on_the_wire(message_for(effect, dialect(preset), AT_NS), preset)


def fields(body: str) -> Fields:
    pairs = (part.partition("=") for part in body.split("|") if part)
    return [(int(tag), value) for tag, _, value in pairs]


def read(kind: str, body: str, *groups: Group, preset: str = "fix44") -> AnyEvent:
    """The event of a message that QuickFIX's dictionary has found valid."""
    message = on_the_wire(Encoded(kind, fields(body), groups), preset)
    (event,) = events_from(message, ALPHA, dialect(preset), SESSION)
    return event


def told(event: AnyEvent) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.structs.asdict(event).items()
        if name not in ("origin", "venue")
    }


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("effect", every_stream_message(), ids=lambda one: type(one).__name__)
def test_every_message_is_valid_in_every_dialect(effect: Wire, preset: str) -> None:
    sent(effect, preset)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", STREAMED)
def test_a_mass_quote_is_one_set_of_entries(product: ProductKind, preset: str) -> None:
    message = sent(mass_quote(product), preset)
    assert ("Q1", "2", "1", "2") == tuple(message.values[tag] for tag in (117, 301, 302, 304))
    small, large = (dict(entry) for entry in message.group(295, 299))
    assert ("Q2", "1000000", "1000000") == tuple(small[tag] for tag in (299, 134, 135))
    assert ("Q3", "10000000") == tuple(large[tag] for tag in (299, 135))
    assert 132 not in large and 62 in large and 64 in large
    assert (189 in small) is (product is ProductKind.FORWARD)


def test_a_streamed_quote_is_withdrawn_without_a_request() -> None:
    effect = WithdrawQuote(
        venue=ALPHA, quote_id=QuoteId("Q2"), request_id="", pair=EURUSD, reason="KILL_SWITCH"
    )
    values = sent(effect).values
    assert (131 in values, values[117], values[298]) == (False, "Q2", "1")


@pytest.mark.parametrize("preset", ["fix44", "fix50sp2"])
def test_rejected_entries_are_read_and_the_others_are_not_among_them(preset: str) -> None:
    entries = fields("302=1|304=2|295=2|299=Q2|299=Q3|368=99")
    event = read("b", "117=Q1|297=0", Group(296, [entries]), preset=preset)
    assert told(event) == {
        "mass_quote_id": "Q1",
        "accepted": True,
        "rejected": (RejectedEntry(QuoteId("Q3"), "99"),),
        "text": "",
    }


def test_a_mass_quote_that_is_rejected_whole() -> None:
    event = read("b", "117=Q1|297=5|300=99|58=no")
    assert isinstance(event, MassQuoteAnswered)
    assert (event.accepted, event.rejected, event.text) == (False, (), "no")


@pytest.mark.parametrize(
    ("code", "fate"),
    [("0", "LIVE"), ("5", "REJECTED"), ("6", "REMOVED"), ("7", "EXPIRED"), ("9", "NOT_FOUND")],
)
def test_the_fate_of_a_quote_is_written_and_read_alike(code: str, fate: str) -> None:
    message = sent(status(QuoteFate(fate)))
    assert code == message.values[297]
    (event,) = events_from(message, ALPHA, dialect("fix44"), SESSION)
    assert isinstance(event, QuoteStatusTold)
    assert (event.fate, event.quote_id, event.request_id) == (fate, "Q2", "s1")


def test_a_status_nobody_asked_for_ends_the_quote() -> None:
    assert isinstance(read("AI", "117=Q2|55=EUR/USD|297=6"), RfqEnded)


@pytest.mark.parametrize(
    ("body", "quote_id", "request_id"),
    [("649=s|117=Q2|55=EUR/USD", "Q2", None), ("649=s|131=R1|55=EUR/USD", None, "R1")],
)
def test_a_question_names_a_quote_or_a_request(
    body: str, quote_id: str | None, request_id: str | None
) -> None:
    event = read("a", body)
    assert isinstance(event, QuoteStatusAsked)
    assert (event.status_id, event.quote_id, event.request_id) == ("s", quote_id, request_id)
    with pytest.raises(RemoteProtocolError):
        read("a", "649=s|55=EUR/USD")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("product", list(ProductKind))
def test_a_trade_we_tell_is_read_as_the_deal_that_it_is(product: ProductKind, preset: str) -> None:
    message = sent(told_trade(product), preset)
    (event,) = events_from(message, ALPHA, dialect(preset), SESSION)
    assert isinstance(event, TradeReported)
    assert "" == difference(event, deal(product))
    assert ("TR1", "E1.9", "BANKA", True, False) == (
        event.request_id,
        event.report_id,
        event.counterparty,
        event.is_last,
        event.live,
    )


def test_a_live_trade_says_that_it_is_none_of_the_record() -> None:
    effect = TellTrade(
        venue=ALPHA, request_id="TR1", report_id="r", deal=told_trade().deal, live=True
    )
    values = sent(effect).values
    assert (values[325], 912 in values) == ("Y", False)


def test_an_answer_that_refuses_says_why() -> None:
    effect = TellTradeCount(venue=ALPHA, request_id="TR1", refused="too many")
    values = sent(effect).values
    assert ("99", "2", "0", "too many") == tuple(values[tag] for tag in (749, 750, 748, 58))


def test_trades_are_asked_for_from_a_time_on_and_live() -> None:
    effect = RequestTrades(
        venue=ALPHA, request_id="T1", trade_date=TRADE, since_ns=AT_NS, live=True
    )
    values = sent(effect).values
    assert ("1", "20260107", "20260107-01:30:00.120") == tuple(values[tag] for tag in (263, 75, 60))


CHANGES = {
    "487=1|150=H|19=E1": (TradeWord.BUSTED, "E1"),
    "487=2|150=G|19=E1": (TradeWord.CORRECTED, "E1"),
    "487=0|150=F": (TradeWord.DONE, ""),
}
TRADED = "571=T1|570=N|17=E2|55=EUR/USD|167=FOR|32=1000000|31=1.1701|75=20260107"
TRADED += "|60=20260107-01:30:02.050|64=20260109|15=EUR"
SIDE = Group(552, [fields("54=1|37=O1|453=1|448=BANKA|447=D|452=3")])


@pytest.mark.parametrize("changes", list(CHANGES))
@pytest.mark.parametrize("preset", ["fix44", "fix50sp2"])
def test_a_trade_that_is_changed_names_the_one_it_was(changes: str, preset: str) -> None:
    event = read("AE", f"{TRADED}|325=Y|{changes}", SIDE, preset=preset)
    assert isinstance(event, TradeReported)
    assert (event.word, event.reference_exec_id, event.live) == (*CHANGES[changes], True)


def test_a_trade_report_that_contradicts_itself_is_not_understood() -> None:
    with pytest.raises(RemoteProtocolError, match="487"):
        read("AE", f"{TRADED}|487=1|150=G", SIDE)


def test_who_asks_for_our_trades_is_known_by_its_party() -> None:
    party = Group(453, [fields("448=BANKA|447=D|452=3")])
    event = read("AD", "568=x|569=0|263=1", party, Group(580, [fields("75=20260107")]))
    assert isinstance(event, TradesAsked)
    assert (event.counterparty, event.trade_date, event.subscribe) == (
        CounterpartyId("BANKA"),
        date(2026, 1, 7),
        True,
    )


@pytest.mark.parametrize(("code", "accepted"), [("0", True), ("1", False)])
def test_a_trade_report_is_taken_or_not(code: str, accepted: bool) -> None:
    event = read("AR", f"571=E1.9|150=F|55=EUR/USD|939={code}|58=x")
    assert isinstance(event, TradeAcknowledged)
    assert (event.report_id, event.accepted) == ("E1.9", accepted)


def copied(kind: str, body: str, *groups: Group) -> list[AnyEvent]:
    message = on_the_wire(Encoded(kind, fields(body), groups), "fix44")
    return copies_from(message, ALPHA, dialect("fix44"), origin_of(message, SESSION))


def test_a_copied_fill_is_a_trade_on_the_other_side_and_the_end_of_its_order() -> None:
    """A fill on an order says our side, a trade report the side of whom we dealt with."""
    body = report("150=F|39=2|14=10000000|151=0|6=1.1701|32=10000000|31=1.1701|797=Y")
    trade, end = copied("8", body)
    assert isinstance(trade, TradeReported)
    assert (trade.copied, trade.side, trade.exec_id) == (True, SELL, "E1")
    assert isinstance(end, OrderCopied)
    assert (end.order_id, end.ended) == ("O1", True)


def test_a_copied_trade_report_is_a_trade() -> None:
    (trade,) = copied("AE", TRADED, SIDE)
    assert isinstance(trade, TradeReported)
    assert (trade.copied, trade.side) == (True, SELL)
    assert BUY is trade.side.opposite


def test_what_is_no_copy_is_not_dealt_with() -> None:
    with pytest.raises(RemoteProtocolError, match="797"):
        copied("8", report())
