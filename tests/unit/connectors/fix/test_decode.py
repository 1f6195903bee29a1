"""What the messages of a dealing session mean, from sample bodies of the standard's practice.

The bodies are those that a maker receives: requests, hits, passes, cancels, statuses, rejects,
session status and the trade reports of a reconciliation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.fix.decode import origin_of
from connectors.fix.dialect import Dialect
from robot.clock import nanoseconds, utc_datetime
from robot.deals.party import BUY, SELL
from robot.errors import RemoteProtocolError
from robot.messages.counters import CounterReceived
from robot.messages.events import (
    HitReceived,
    MessageRefused,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    TradeReported,
    TradesCounted,
    VenueStatusChanged,
    VenueTrading,
)
from tests.kit.fix import SESSION, event, events, message

SWAP_R = (
    "131=rq2|146=1|55=EUR/USD|167=FOR|303=2|537=1|54=1|38=10000000|64=20260109|193=20260409"
    "|192=10000000|15=EUR|40=G|126=20260107-01:30:30.000"
)
SPOT_R = (
    "131=rq2|146=1|55=EUR/USD|167=FOR|303=2|537=1|54=1|38=10000000|64=20260109|15=EUR|40=D"
    "|126=20260107-01:30:30.000|60=20260107-01:30:00.250|453=1|448=BANKA|447=D|452=3"
)
DEPOSIT_R = (
    "131=mm1|146=1|55=CNY|460=9|167=TD|541=20260114|303=1|537=1|54=G|38=500000000|64=20260107"
    "|15=CNY|423=1"
)
HIT_AJ = (
    "693=rs1|117=Q77|694=1|11=c1|55=EUR/USD|167=FOR|54=1|38=10000000|64=20260109|15=EUR"
    "|60=20260107-01:30:02.000|40=D|44=1.17010"
)
HIT_D = (
    "11=c2|1=BOOK1|64=20260109|55=EUR/USD|167=FOR|54=1|60=20260107-01:30:02.000|38=10000000|40=D"
    "|44=1.17010|15=EUR|117=Q77|59=4"
)
SWAP_D = (
    "11=c3|1=BOOK1|64=20260109|55=EUR/USD|167=FOR|54=1|60=20260107-01:30:02.000|38=10000000|40=G"
    "|44=1.17010|15=EUR|117=Q77|59=4|193=20260409|192=10000000|640=1.17562"
)
TRADE_AE = (
    "571=T1|487=0|856=0|828=0|150=F|17=E1|570=N|55=EUR/USD|167=FOR|32=10000000|31=1.17010"
    "|194=1.17010|195=0|75=20260107|60=20260107-01:30:02.050|64=20260109|552=1|54=1|37=O1|11=c3"
    "|453=2|448=BANKCNBJ|447=B|452=1|448=CPTYGB2L|447=B|452=17|1=BOOK1|15=EUR|119=11701000|120=USD"
)


def moment(text: str) -> int:
    """Nanoseconds of an ISO time."""
    return nanoseconds(utc_datetime(0).fromisoformat(text))


def test_a_request_names_client_side_size_date_and_its_own_end() -> None:
    found = event("R", SPOT_R)
    assert isinstance(found, RfqReceived)
    assert (found.request_id, found.rfq_id, found.counterparty) == ("rq2", "rq2", "BANKA")
    assert (found.pair, found.product, found.currency) == ("EUR/USD", "SPOT", "EUR")
    assert found.side is SELL, "a client who buys makes us sell"
    assert found.amount == Decimal(10_000_000)
    assert found.value_date == date(2026, 1, 9)
    assert found.open_until_ns == moment("2026-01-07T01:30:30+00:00")
    assert found.sent_at_ns == moment("2026-01-07T01:30:00.250+00:00")
    assert (found.origin.sequence, found.origin.session) == (7, "BANKCNBJ-DEAL->ALPHA-DEAL")
    assert "|131=rq2|" in found.origin.raw


def test_a_request_without_a_side_is_two_way() -> None:
    found = event("R", SPOT_R.replace("|54=1", ""))
    assert isinstance(found, RfqReceived) and found.side is None


def test_a_client_who_sells_makes_us_buy() -> None:
    found = event("R", SPOT_R.replace("|54=1", "|54=2"))
    assert isinstance(found, RfqReceived) and found.side is BUY


def test_a_request_for_several_sizes_is_one_event_each() -> None:
    body = "131=rq3|146=3" + "".join(f"|55=EUR/USD|38={n}000000" for n in (1, 5, 10))
    found = events("R", body)
    assert [Decimal(n) * 1_000_000 for n in (1, 5, 10)] == [e.amount for e in found]  # type: ignore[union-attr]
    assert ["rq3", "rq3#2", "rq3#3"] == [e.rfq_id for e in found]  # type: ignore[union-attr]
    assert {"rq3"} == {e.request_id for e in found}  # type: ignore[union-attr]


def test_a_streaming_request_says_for_how_long() -> None:
    found = event("R", "6065=30|" + SPOT_R)
    assert isinstance(found, RfqReceived) and found.streaming_ns == 30_000_000_000


@pytest.mark.parametrize(("body", "product"), [(SWAP_R, "SWAP"), (DEPOSIT_R, "DEPOSIT")])
def test_a_request_for_another_product_is_not_taken_for_spot(body: str, product: str) -> None:
    found = event("R", body)
    assert isinstance(found, RfqReceived) and found.product == product


def test_a_tenor_without_a_date_is_not_taken_for_spot() -> None:
    other = event("R", SPOT_R.replace("64=20260109", "63=M3"))
    regular = event("R", SPOT_R.replace("64=20260109", "63=0"))
    assert isinstance(other, RfqReceived) and "TENOR M3" == other.product
    assert isinstance(regular, RfqReceived) and "SPOT" == regular.product


@pytest.mark.parametrize(
    ("written", "sequence"),
    [("999999999999999999", 999_999_999_999_999_999), ("9" * 19, 0), ("-1", 0), ("１", 0), ("", 0)],
)
def test_a_message_of_any_number_can_be_kept_with_its_origin(written: str, sequence: int) -> None:
    told = message("AI", "117=Q1|297=6")
    told.values[34] = written
    assert sequence == origin_of(told, SESSION).sequence


def test_a_hit_by_quote_response() -> None:
    found = event("AJ", HIT_AJ)
    assert isinstance(found, HitReceived)
    assert (found.hit_id, found.response_id, found.quote_id) == ("c1", "rs1", "Q77")
    assert (found.side, found.amount, found.price) == (SELL, Decimal(10**7), Decimal("1.17010"))
    assert (found.pair, found.currency, found.value_date) == ("EUR/USD", "EUR", date(2026, 1, 9))


def test_a_hit_by_a_previously_quoted_order() -> None:
    found = event("D", HIT_D)
    assert isinstance(found, HitReceived)
    assert (found.hit_id, found.response_id, found.quote_id) == ("c2", None, "Q77")
    assert (found.side, found.price) == (SELL, Decimal("1.17010"))


def test_a_quote_response_without_an_order_id_is_known_by_its_own() -> None:
    found = event("AJ", HIT_AJ.replace("|11=c1", ""))
    assert isinstance(found, HitReceived) and found.hit_id == "rs1"


def test_a_swap_order_says_both_rates() -> None:
    found = event("D", SWAP_D)
    assert isinstance(found, HitReceived)
    rates = (found.product, found.near_rate, found.far_rate)
    assert ("SWAP", Decimal("1.17010"), Decimal("1.17562")) == rates


@pytest.mark.parametrize("kind", ["1", "2", "461=FORWARD|40=G"])
def test_an_order_that_is_not_previously_quoted_is_refused(kind: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        events("D", HIT_D.replace("40=D", kind if "=" in kind else f"40={kind}"))
    assert refused.value.tag == 40


@pytest.mark.parametrize(("kind", "ending"), [("3", RfqEnding.EXPIRED), ("6", RfqEnding.PASSED)])
def test_a_quote_response_may_pass_or_run_out(kind: str, ending: RfqEnding) -> None:
    found = event("AJ", f"693=rs1|117=Q77|694={kind}|55=EUR/USD")
    assert isinstance(found, RfqEnded)
    assert (found.ending, found.quote_id) == (ending, "Q77")


def test_a_counter_offer_is_read_and_not_taken_for_a_hit() -> None:
    hit, found = event("AJ", HIT_AJ), event("AJ", HIT_AJ.replace("694=1", "694=2"))
    assert isinstance(hit, HitReceived) and isinstance(found, CounterReceived)
    told = (found.quote_id, found.side, found.amount, found.price, found.value_date)
    assert told == (hit.quote_id, hit.side, hit.amount, hit.price, hit.value_date)
    assert found.response_id == hit.response_id
    without = HIT_AJ.replace("694=1", "694=2").replace(f"693={hit.response_id}|", "")
    with pytest.raises(RemoteProtocolError) as refused:
        events("AJ", without)
    assert refused.value.tag == 693


def test_at_a_venue_without_negotiation_a_counter_offer_is_refused() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        events("AJ", HIT_AJ.replace("694=1", "694=2"), dialect=Dialect(counters=False))
    assert refused.value.tag == 694


def test_a_cancel_of_the_request() -> None:
    found = event("Z", "131=rq2|117=Q77|298=1|295=1|55=EUR/USD")
    assert isinstance(found, RfqEnded)
    assert (found.ending, found.request_id) == (RfqEnding.WITHDRAWN, "rq2")


def test_a_cancel_of_one_quote() -> None:
    found = event("Z", "117=Q77|298=1|295=1|55=EUR/USD")
    assert isinstance(found, RfqEnded) and (found.quote_id, found.request_id) == ("Q77", None)


@pytest.mark.parametrize(
    ("status", "ending"),
    [("5", "REJECTED"), ("7", "EXPIRED"), ("9", "EXPIRED"), ("11", "PASSED"), ("17", "WITHDRAWN")],
)
def test_a_status_ends_the_quote(status: str, ending: str) -> None:
    found = event("AI", f"131=rq2|117=Q77|693=rs1|55=EUR/USD|297={status}|58=Expired")
    assert isinstance(found, RfqEnded) and (found.ending, found.quote_id) == (ending, "Q77")


def test_a_status_of_acceptance_says_nothing_to_the_core() -> None:
    assert [] == events("AI", "131=rq2|117=Q77|55=EUR/USD|297=0")


@pytest.mark.parametrize(
    ("kind", "body", "reference"),
    [
        ("j", "45=77|372=R|380=4|58=RFQ service down", ""),
        ("j", "45=77|372=S|379=Q77|380=0|58=no", "Q77"),
        ("3", "45=77|372=S|371=62|373=5|58=value is incorrect", ""),
    ],
)
def test_a_rejected_message_of_ours_is_told(kind: str, body: str, reference: str) -> None:
    found = event(kind, body)
    assert isinstance(found, MessageRefused) and found.reference == reference


@pytest.mark.parametrize(
    ("code", "status"),
    [("1", VenueTrading.HALTED), ("2", VenueTrading.OPEN), ("3", VenueTrading.CLOSED)],
)
def test_the_session_status_opens_halts_and_closes(code: str, status: VenueTrading) -> None:
    body = f"336=FX|340={code}|341=20260107-01:30:00|345=20260107-19:00:00"
    found = event("h", body)
    assert isinstance(found, VenueStatusChanged) and found.status is status


def test_an_answer_to_the_trade_request_without_a_total_leaves_it_open() -> None:
    found = event("AQ", "568=tr1|569=0|749=0|750=0|55=[N/A]")
    assert isinstance(found, TradesCounted)
    assert (found.request_id, found.accepted) == ("tr1", True)
    assert found.total < 0, "not told is not none"


def test_an_answer_to_the_trade_request_with_a_total() -> None:
    found = event("AQ", "568=tr1|569=0|748=3|749=0|750=0|55=[N/A]")
    assert isinstance(found, TradesCounted) and found.total == 3


def test_a_trade_report_is_told_from_our_side() -> None:
    found = event("AE", TRADE_AE)
    assert isinstance(found, TradeReported)
    assert (found.exec_id, found.pair, found.side) == ("E1", "EUR/USD", SELL)
    assert (found.base_amount, found.rate) == (Decimal(10**7), Decimal("1.17010"))
    assert (found.trade_date, found.value_date) == (date(2026, 1, 7), date(2026, 1, 9))
    assert found.counterparty == "CPTYGB2L"
    assert not found.is_last


def test_the_last_trade_report_says_so() -> None:
    found = event("AE", TRADE_AE + "|912=Y")
    assert isinstance(found, TradeReported) and found.is_last


def test_the_counterparty_is_the_party_in_the_clients_role() -> None:
    parties = "453=2|448=BROKER|447=D|452=99|448=CLIENT|447=D|452=17"
    found = event("R", SPOT_R.replace("453=1|448=BANKA|447=D|452=3", parties))
    assert isinstance(found, RfqReceived) and found.counterparty == "CLIENT"


BAD_VALUES = [
    ("38", ["NaN", "Infinity", "1e5", "１０", "-1", "0", "1_000", "+5", " 5", "", "9" * 31, "1,5"]),
    ("54", ["Z", "3", "G", "１"]),
    ("64", ["SP", "20260230", "2026-01-9", "２０２６０１０９", "202601090"]),
    ("126", ["1:2:3:45", "20260107-1:2:3:45", "20260107X01:30:00", "20260107-25:00:00", "soon"]),
    ("60", ["20260107-1:2:3:45", "20260107-01:30:00.0000000001", "20260107"]),
    ("448", [" BANKA", "BANK\tA", "BANK\x7fA", "BANK\udcffA", "ＢＡＮＫＡ", "B" * 81]),
]


@pytest.mark.parametrize(
    ("tag", "value"), [(tag, value) for tag, values in BAD_VALUES for value in values]
)
def test_a_bad_value_in_a_request_is_refused_with_its_tag(tag: str, value: str) -> None:
    fields = [part.partition("=") for part in SPOT_R.split("|")]
    body = "|".join(f"{name}={value if name == tag else old}" for name, _, old in fields)
    if (tag, value) == ("38", ""):
        body = body.replace("|38=", "")
    with pytest.raises(RemoteProtocolError) as refused:
        events("R", body)
    assert refused.value.tag == int(tag)


@pytest.mark.parametrize(
    ("kind", "body", "tag"),
    [
        ("R", "146=1|55=EUR/USD|38=1", 131),
        ("R", "131=a\x7f|146=1|55=EUR/USD|38=1", 131),
        ("R", "131=rq|146=2|55=EUR/USD|38=1", 146),
        ("R", "131=rq|146=0", 146),
        ("R", "131=rq|146=-1|55=EUR/USD|38=1", 146),
        ("R", "131=rq|146=１|55=EUR/USD|38=1", 146),
        ("R", "131=rq|55=EUR/USD|38=1", 146),
        ("R", "131=rq|146=1000000|55=EUR/USD|38=1", 146),
        ("R", "131=rq|146=10000" + "|55=EUR/USD|38=1" * 10_000, 146),
        ("R", "131=rq|146=21" + "|55=EUR/USD|38=1" * 21, 146),
        ("R", "131=rq|6065=1e9|146=1|55=EUR/USD|38=1", 6065),
        ("R", "131=rq|6065=-1|146=1|55=EUR/USD|38=1", 6065),
        ("AJ", HIT_AJ.replace("|54=1", "|54=Z"), 54),
        ("AJ", HIT_AJ.replace("|44=1.17010", "|44=NaN"), 44),
        ("AJ", HIT_AJ.replace("|44=1.17010", "|44=-1.1"), 44),
        ("AJ", HIT_AJ.replace("117=Q77|", ""), 117),
        ("AJ", HIT_AJ.replace("694=1|", ""), 694),
        ("AJ", HIT_AJ.replace("|38=10000000", ""), 38),
        ("AJ", HIT_AJ.replace("11=c1", "11=c\udc80"), 11),
        ("AJ", HIT_AJ.replace("20260107-01:30:02.000", "20260107-1:2:3:45"), 60),
        ("D", HIT_D.replace("|40=D", "|40=2"), 40),
        ("D", HIT_D.replace("11=c2|", ""), 11),
        ("D", HIT_D.replace("|117=Q77", ""), 117),
        ("Z", "298=1", 131),
        ("AI", "297=7", 117),
        ("AQ", "569=0|748=1", 568),
        ("AQ", "568=tr1|748=NaN", 748),
        ("AE", TRADE_AE.replace("|17=E1", ""), 17),
        ("AE", TRADE_AE.replace("|552=1|54=1", "|552=1|54=Z"), 54),
        ("AE", TRADE_AE.replace("|31=1.17010", "|31=1e5"), 31),
        ("S", "131=rq2|117=Q77", 38),
        ("B", "148=News", 35),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_tag(kind: str, body: str, tag: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        events(kind, body)
    assert refused.value.tag == tag


def test_foreign_text_is_escaped_before_it_is_stored() -> None:
    found: Any = event("AG", "131=rq2|658=99|58=no\udcff\x1b]0;\u202e" + "x" * 500)
    assert found.text.isascii() and found.text.isprintable()
    assert len(found.text) <= 1000
    found.origin.raw.encode("utf-8")


def test_an_unknown_symbol_reaches_the_core_as_harmless_text() -> None:
    found = event("R", SPOT_R.replace("EUR/USD", "EUR\u202eUSD"))
    assert isinstance(found, RfqReceived) and found.pair.isascii()
