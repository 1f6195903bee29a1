"""FIX 5.0SP2 over FIXT.1.1 with a real acceptor: log-on, a swap from request to fill, and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import quickfix as fix

from robot.basics.ids import RfqId
from robot.deals.product import ProductKind
from robot.messages.effects import ConcludeDeal, RefuseRfq, RequestTrades, SubscribeMarket
from robot.messages.events import (
    CurveUpdated,
    HitReceived,
    MessageQuarantined,
    RfqReceived,
    TradeReported,
)
from tests.kit.fix_products import EURUSD, deal, quote
from tests.wire.acceptor_line import BETA, DEAL, Line
from tests.wire.raw_venue import wait_for

pytestmark = pytest.mark.wire

LEGS = (
    "555=2|600=EUR/USD|609=FXSPOT|624=1|687=10000000|588=20260109"
    "|600=EUR/USD|609=FXFWD|624=2|687=12000000|588=20260409"
)
SWAP_R = (
    "131=rq2|146=1|55=EUR/USD|167=FXSWAP|54=1|38=10000000|15=EUR|" + LEGS + "|453=1|448=BANKA"
    "|447=D|452=3"
)
SWAP_AJ = (
    "693=rs1|117=Q77|694=1|11=c3|55=EUR/USD|167=FXSWAP|54=1|38=10000000|15=EUR|44=0.00546|"
    "60=20260107-01:30:02.000|" + LEGS
)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.close()


def test_a_swap_is_requested_quoted_hit_and_filled_over_fixt(line: Line) -> None:
    robot, posted = line.robot()
    line.send("R", SWAP_R)
    asked = posted.wait(RfqReceived)
    assert ("SWAP", "EUR/USD", Decimal(12_000_000)) == (asked.product, asked.pair, asked.far_amount)
    assert DEAL == asked.origin.session, "the journal's name of the session is as for FIX 4.4"
    assert robot.send(beta(quote(ProductKind.SWAP)), "1.1")
    told = line.venue.wait("S")
    assert ("0.00546", "0.00552") == (told.values[1065], told.values[1066])
    assert [10_000_000, 12_000_000] == [int(dict(leg)[687]) for leg in told.group(555, 600)]
    line.send("AJ", SWAP_AJ)
    hit = posted.wait(HitReceived)
    assert ("c3", Decimal("0.00546"), "SWAP") == (hit.hit_id, hit.price, hit.product)
    assert robot.send(ConcludeDeal(venue=BETA, deal=deal(ProductKind.SWAP)), "2.1")
    filled = line.venue.wait("8")
    assert "0.00552" == filled.values[1071]
    assert [2, 3] == [mark.sequence for mark in line.numbers]


def beta(effect: Any) -> Any:
    return msgspec.structs.replace(effect, venue=BETA)


def test_after_a_gap_fills_are_sent_again_and_quotes_are_not(line: Line) -> None:
    robot, _ = line.robot()
    assert robot.send(beta(quote(ProductKind.SWAP)), "1.1")
    assert robot.send(ConcludeDeal(venue=BETA, deal=deal(ProductKind.SWAP)), "2.1")
    line.venue.wait("8")
    session = fix.Session.lookupSession(line.session("DEAL"))
    session.setNextTargetMsgSeqNum(2)  # as if the venue had lost both
    assert robot.send(
        RequestTrades(venue=BETA, request_id="T1", trade_date=deal(ProductKind.SWAP).trade_date),
        "3.1",
    )
    again = line.venue.wait("8", 2)
    assert again.possibly_duplicate and again.values[17] == "E1"
    assert [False, True] == [fill.possibly_duplicate for fill in line.venue.of("8")]
    line.venue.wait("AD")
    assert 1 == len(line.venue.of("S")), "a quote is stale by then"


def test_a_robot_that_comes_back_asks_for_what_it_has_not_journaled(line: Line) -> None:
    robot, posted = line.robot()
    line.send("R", SWAP_R)
    line.send("AJ", SWAP_AJ)
    first = posted.wait(HitReceived)
    del robot
    line.end_robots()
    _, posted = line.robot(inbound=first.origin.sequence - 1, outbound=1)
    again = posted.wait(HitReceived)
    assert (first.hit_id, first.origin.sequence) == (again.hit_id, again.origin.sequence)
    assert again.origin.possibly_duplicate
    assert not [event for event in posted.events if isinstance(event, RfqReceived)]


def test_curves_and_trade_reports_come_over_fixt(line: Line) -> None:
    robot, posted = line.robot()
    asked = SubscribeMarket(
        venue=BETA, subscription_id="M1", pairs=(EURUSD,), curves=("EUR/USD", "CNY REPO")
    )
    assert robot.send(asked, "1.1")
    assert ["EUR/USD", "EUR/USD", "CNY"] == [
        dict(entry)[55] for entry in line.venue.wait("V").group(146, 55)
    ]
    line.send("W", "262=M1|55=EUR/USD|167=FXSWAP|762=3M|268=1|269=0|270=-1.5", "MD")
    curve = posted.wait(CurveUpdated)
    assert ("EUR/USD", "3M", Decimal("-1.5")) == (curve.curve, curve.tenor, curve.bid)
    line.send(
        "AE",
        "571=T1|568=TR1|17=E1|55=EUR/USD|167=FXSWAP|32=10000000|31=0.00552|1071=0.00552|15=EUR"
        "|75=20260107|60=20260107-01:30:02.050|552=1|54=2|37=O1|"
        + LEGS.replace("588=20260109", "637=1.17|588=20260109")
        .replace("588=20260409", "637=1.17552|588=20260409")
        .replace("624=1", "624=9")
        .replace("624=2", "624=1")
        .replace("624=9", "624=2"),
    )
    trade = posted.wait(TradeReported)
    assert (Decimal("1.17"), Decimal("1.17552")) == (trade.rate, trade.far_rate)


def test_what_quickfix_lets_pass_is_quarantined_and_what_it_sees_it_rejects(line: Line) -> None:
    robot, posted = line.robot()
    line.send("R", "131=rq2|9999=ok|146=1|55=EUR/USD|38=1|1=BOOK1|54=1|64=20260109")
    posted.wait(RfqReceived)
    line.send("R", "131=rq3|146=1|55=EUR/USD|38=1|64=nodate")
    quarantined = posted.wait(MessageQuarantined)
    assert "nodate" in quarantined.problem
    assert "rq3" == quarantined.request_id
    line.send("AJ", SWAP_AJ.replace("60=20260107-01:30:02.000", "60=notime"))
    wait_for(lambda: next((m for m in line.venue.admin if m.type == "3"), None), "a reject")
    refused = RefuseRfq(
        venue=BETA,
        request_id="rq2",
        rfq_id=RfqId("rq2"),
        pair="EUR/USD",
        amount=Decimal(1),
        reason="NO_MARKET",
        detail="",
    )
    assert robot.send(refused, "1.1")
    assert "rq2" == line.venue.wait("AG").values[131]
