"""What venues report on orders of ours: the usual stories message by message, each valid by the
dictionary, and what contradicts itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("quickfix")

from connectors.fix.decode import events_from
from robot.deals.party import BUY, SELL
from robot.errors import RemoteProtocolError
from robot.messages.orders import CancelRefused, OrderReport, OrderReported, OrdersCancelled
from tests.kit.fix import ALPHA, SESSION, event, events, message
from tests.kit.fix_orders import MAKER, TAKING, report, told
from tests.kit.fix_products import dialect

R = OrderReport
NEW = ""
PART = "17=E2|150=F|39=1|32=4000000|31=1.17008|14=4000000|151=6000000|6=1.17008|75=20260107"
REST = "17=E3|150=F|39=2|32=6000000|31=1.17010|14=10000000|151=0|6=1.17009|75=20260107"

STORIES: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "an IOC order deals in part, the rest is canceled": [
        (NEW, (R.NEW, False, None, 0, 10)),
        (PART, (R.TRADE, False, 4, 4, 6)),
        ("17=E3|150=4|39=4|14=4000000|151=0|6=1.17008", (R.CANCELED, True, None, 4, 0)),
    ],
    "a FOK order is rejected": [
        ("150=8|39=8|103=3|58=too much|151=0", (R.REJECTED, True, None, 0, 0)),
    ],
    "a fill comes before the cancel that it races": [
        ("150=6|39=6|41=O1|11=O2", (R.PENDING, False, None, 0, 10)),
        (REST.replace("=6000000", "=10000000"), (R.TRADE, True, 10, 10, 0)),
    ],
    "an order is replaced, then dealt": [
        ("150=E|39=E|41=O1|11=O2", (R.PENDING, False, None, 0, 10)),
        ("150=5|39=0|41=O1|11=O2|38=8000000|151=8000000", (R.REPLACED, False, None, 0, 8)),
        ("150=5|39=1|41=O1|11=O2|14=4000000|151=6000000", (R.REPLACED, False, None, 4, 6)),
    ],
    "a trade is corrected, and busted": [
        (REST, (R.TRADE, True, 6, 10, 0)),
        (
            "17=E4|19=E3|150=G|39=2|32=6000000|31=1.17005|14=10000000|151=0",
            (R.CORRECTED, True, 6, 10, 0),
        ),
        ("17=E5|19=E3|150=H|39=1|14=4000000|151=6000000", (R.BUSTED, False, None, 4, 6)),
        ("17=E5|19=E3|150=H|39=4|14=4000000|151=0", (R.BUSTED, True, None, 4, 0)),
        ("17=E5|19=E3|150=H|39=2|14=4000000|151=0", (R.BUSTED, True, None, 4, 0)),
        ("17=E5|19=E3|150=H|39=0|14=4000000|151=6000000", (R.BUSTED, False, None, 4, 6)),
    ],
    "an order is asked about": [
        ("17=0|150=I|39=A", (R.STATUS, False, None, 0, 10)),
        ("17=0|150=I|39=2|14=10000000|151=0", (R.STATUS, True, None, 10, 0)),
        ("17=0|37=NONE|150=I|39=8|38=0|151=0|103=5", (R.STATUS, True, None, 0, 0)),
    ],
    "a working order ends": [
        ("150=A|39=A", (R.PENDING, False, None, 0, 10)),
        ("150=C|39=C|151=0", (R.EXPIRED, True, None, 0, 0)),
        ("150=4|39=4|151=0|58=halted", (R.CANCELED, True, None, 0, 0)),
        ("150=4|39=4|151=10000000", (R.CANCELED, True, None, 0, 0)),
    ],
    "an order is held up": [
        ("150=9|39=9", (R.STATUS, False, None, 0, 10)),
        ("150=D|39=0|38=9000000|151=9000000", (R.STATUS, False, None, 0, 9)),
        ("150=3|39=3", (R.STATUS, False, None, 0, 10)),
    ],
}


@pytest.mark.parametrize("preset", TAKING)
@pytest.mark.parametrize("story", STORIES)
def test_the_story_of_an_order(story: str, preset: str) -> None:
    million = 1_000_000
    for changes, wanted in STORIES[story]:
        found = told("8", report(changes) + "|" + MAKER, preset)
        assert isinstance(found, OrderReported)
        sizes = [
            None if size is None else size / million
            for size in (found.last_amount, found.filled, found.remaining)
        ]
        assert (found.report, found.ended, *sizes) == wanted, changes


@pytest.mark.parametrize("preset", TAKING)
def test_a_trade_tells_all_that_is_booked(preset: str) -> None:
    found = told("8", report(PART + "|41=O0|58=thanks") + "|" + MAKER, preset)
    assert isinstance(found, OrderReported)
    assert ("O1", "O0", "V1", "E2", "") == (
        found.order_id,
        found.original_id,
        found.venue_order_id,
        found.exec_id,
        found.reference_exec_id,
    )
    assert ("EUR/USD", BUY, "EUR") == (found.pair, found.side, found.currency)
    assert (Decimal(10_000_000), Decimal("1.17010")) == (found.amount, found.price)
    assert Decimal("1.17008") == found.last_price
    assert (date(2026, 1, 9), date(2026, 1, 7)) == (found.value_date, found.trade_date)
    assert ("ALPHA", "thanks", "") == (found.counterparty, found.text, found.reason)
    assert found.sent_at_ns == 1_767_749_402_050_000_000
    assert "|17=E2|" in found.origin.raw


def test_the_side_is_ours() -> None:
    for code, side in (("1", BUY), ("2", SELL)):
        found = event("8", report(f"54={code}"))
        assert isinstance(found, OrderReported)
        assert found.side is side


def test_a_correction_and_a_bust_name_the_trade_that_is_meant() -> None:
    for changes, _ in STORIES["a trade is corrected, and busted"][1:]:
        found = event("8", report(changes))
        assert isinstance(found, OrderReported)
        assert "E3" == found.reference_exec_id


def test_a_rejection_carries_the_venues_code_and_words() -> None:
    found = event("8", report("37=NONE|150=8|39=8|103=6|58=duplicate|151=0"))
    assert isinstance(found, OrderReported)
    assert ("6", "duplicate", "") == (found.reason, found.text, found.venue_order_id)


@pytest.mark.parametrize(
    ("parties", "wanted"),
    [
        ("453=2|448=BANKCNBJ|447=D|452=3|448=BANKA|447=D|452=17", "BANKA"),
        ("453=2|448=BANKL|447=D|452=35|448=BANKA|447=D|452=17", "BANKA"),
        ("453=1|448=BANKL|447=D|452=35", "BANKL"),
        ("453=1|448=BANKCNBJ|447=D|452=3", None),
        ("58=none", None),
    ],
)
def test_whom_we_dealt_with_is_the_contra_firm_and_not_ourselves(
    parties: str, wanted: str | None
) -> None:
    found = event("8", report(PART) + "|" + parties)
    assert isinstance(found, OrderReported)
    assert wanted == found.counterparty


def test_a_resent_report_says_so_and_is_otherwise_the_same() -> None:
    """Known by its ExecID (17), it is not booked again."""
    first = event("8", report(PART))
    again = event("8", "43=Y|" + report(PART))
    assert isinstance(first, OrderReported) and isinstance(again, OrderReported)
    assert (False, True) == (first.origin.possibly_duplicate, again.origin.possibly_duplicate)
    assert (first.exec_id, first.last_amount) == (again.exec_id, again.last_amount)


def test_zeros_of_a_report_that_deals_nothing_say_nothing() -> None:
    found = event("8", report("32=0|31=0|44=0"))
    assert isinstance(found, OrderReported)
    assert (None, None, None) == (found.last_amount, found.last_price, found.price)


CONTRADICTIONS = [
    ("150=F|39=1|14=4|151=6|31=1.1", 32, "no 32"),
    ("150=F|39=1|14=4|151=6|32=4", 31, "no 31"),
    ("150=F|39=1|14=4|151=6|32=0|31=1.1", 32, "nothing dealt"),
    ("150=F|39=1|14=4|151=6|32=4|31=0", 31, "for nothing"),
    ("150=F|39=1|14=4|151=6|32=5|31=1.1", 32, "32 > 14"),
    ("150=F|39=1|14=4|151=10000000|32=4|31=1.1", 151, "14+151 > 38"),
    ("150=F|39=0|14=4|151=6|32=4|31=1.1", 39, "status and report"),
    ("150=F|39=8|14=4|151=6|32=4|31=1.1", 39, "status and report"),
    ("150=F|39=2|14=10000000|151=1|38=10000001|32=4|31=1.1", 151, "filled, yet remaining"),
    ("150=F|39=2|14=4|151=0|32=4|31=1.1", 14, "filled, yet short"),
    ("151=-1", 151, "negative"),
    ("14=-1", 14, "negative"),
    ("32=-1", 32, "negative"),
    ("38=-1", 38, "negative"),
    ("44=-1", 44, "negative"),
    ("14=-0", 14, "negative"),
    ("38=NaN", 38, "no number"),
    ("14=4|151=6", 14, "new, yet dealt"),
    ("150=8|39=8|14=4|151=0", 14, "rejected, yet dealt"),
    ("150=8|39=0", 39, "status and report"),
    ("150=4|39=1|14=4|151=0", 39, "status and report"),
    ("150=C|39=4", 39, "status and report"),
    ("150=6|39=2|14=10000000|151=0", 39, "status and report"),
    ("150=0|39=4|151=0", 39, "status and report"),
    ("39=Z", 39, "39 unknown"),
    ("39=24", 39, "39 unknown"),
    ("150=Z", 150, "150 unknown"),
    ("150=2|39=2", 150, "150 of FIX 4.2"),
    ("150=G|39=1|14=4|151=6|32=4|31=1.1", 19, "no 19"),
    ("150=H|39=0", 19, "no 19"),
    ("150=G|39=1|14=4|151=6|19=E1", 32, "corrected to what"),
    ("54=5", 54, "a side that is none"),
    ("54=G", 54, "a side that is none"),
    ("64=soon", 64, "no date"),
    ("75=20260230", 75, "no date"),
    ("17= E", 17, "no id"),
]


@pytest.mark.parametrize(("changes", "tag", "why"), CONTRADICTIONS)
def test_a_report_that_contradicts_itself_is_refused(changes: str, tag: int, why: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        event("8", report(changes))
    assert tag == refused.value.tag, why
    assert str(tag) in refused.value.text


@pytest.mark.parametrize("tag", [37, 11, 17, 150, 39, 55, 54, 14, 151])
def test_a_report_without_what_it_needs_is_refused(tag: int) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        event("8", report(left_out=(tag,)))
    assert tag == refused.value.tag


REFUSALS = {
    "37=V1|11=O2|41=O1|39=2|434=1|102=0|58=too late": (False, True, "0", "too late"),
    "37=NONE|11=O2|41=O1|39=8|434=1|102=1": (False, True, "1", ""),
    "37=V1|11=O2|41=O1|39=1|434=2|102=3": (True, False, "3", ""),
    "37=V1|11=O2|41=O1|39=0|434=2": (True, False, "", ""),
}


@pytest.mark.parametrize("preset", TAKING)
@pytest.mark.parametrize("body", REFUSALS)
def test_a_refused_cancel_or_replacement(body: str, preset: str) -> None:
    found = told("9", body, preset)
    assert isinstance(found, CancelRefused)
    assert ("O2", "O1") == (found.order_id, found.original_id)
    assert REFUSALS[body] == (found.replacing, found.ended, found.reason, found.text)


@pytest.mark.parametrize("preset", TAKING)
def test_a_mass_cancel_is_taken_and_each_order_reports_for_itself(preset: str) -> None:
    """One of the orders deals in between: its report is a trade like any other."""
    taken = told("r", "37=V9|11=M1|530=7|531=7|533=2", preset)
    assert isinstance(taken, OrdersCancelled)
    assert ("M1", True) == (taken.request_id, taken.accepted)
    reports = [
        told("8", report(changes), preset)
        for changes in (
            "11=O1|17=E7|150=4|39=4|151=0",
            REST.replace("=6000000", "=10000000") + "|11=O3",
            "11=O4|17=E9|150=4|39=4|151=0",
        )
    ]
    assert [R.CANCELED, R.TRADE, R.CANCELED] == [r.report for r in reports]  # type: ignore
    assert all(r.ended for r in reports)  # type: ignore[union-attr]


@pytest.mark.parametrize("preset", TAKING)
def test_a_mass_cancel_is_refused(preset: str) -> None:
    refused = told("r", "37=V9|11=M1|530=7|531=0|532=0|58=not now", preset)
    assert isinstance(refused, OrdersCancelled)
    assert (False, "not now") == (refused.accepted, refused.text)


@pytest.mark.parametrize(
    ("kind", "body", "tag"),
    [
        ("9", "37=V1|11=O2|41=O1|39=2|434=3", 434),
        ("9", "37=V1|11=O2|41=O1|39=2", 434),
        ("9", "37=V1|11=O2|41=O1|39=Z|434=1", 39),
        ("9", "37=V1|11=O2|41=O1|434=1", 39),
        ("9", "37=V1|11=O2|39=2|434=1", 41),
        ("9", "37=V1|41=O1|39=2|434=1", 11),
        ("r", "37=V9|11=M1|530=1|531=1", 530),
        ("r", "37=V9|11=M1|530=7|531=1", 531),
        ("r", "37=V9|11=M1|530=7", 531),
        ("r", "37=V9|530=7|531=7", 11),
        ("r", "37=V9|11=M1|530=7|531=0|533=3", 533),
        ("r", "37=V9|11=M1|530=7|531=7|533=-3", 533),
    ],
)
def test_other_answers_that_contradict_themselves_are_refused(
    kind: str, body: str, tag: int
) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        events(kind, body)
    assert tag == refused.value.tag


@pytest.mark.parametrize("kind", ["9", "r"])
def test_a_venue_that_takes_no_orders_has_nothing_to_cancel(kind: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        events_from(message(kind, report()), ALPHA, dialect("cfets_like"), SESSION)
    assert 35 == refused.value.tag
