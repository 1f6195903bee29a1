"""Orders of ours with a real acceptor, by both versions: from D to its end, and over a gap."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import quickfix as fix

from connectors.fix.session import FixVenues
from robot.messages.effects import CancelAllOrders, RequestTrades
from robot.messages.events import MessageQuarantined
from robot.messages.orders import CancelRefused, OrderReport, OrderReported, OrdersCancelled
from tests.kit.fix_orders import (
    MAKER,
    TAKING,
    cancel,
    every_order,
    order,
    question,
    replacement,
    report,
)
from tests.kit.fix_products import TRADE
from tests.wire.acceptor_line import BETA, DEAL, Line, Posted
from tests.wire.raw_venue import wait_for

pytestmark = pytest.mark.wire

PART = "17=E2|150=F|39=1|32=4000000|31=1.17008|14=4000000|151=6000000|6=1.17008|75=20260107"


@pytest.fixture(params=TAKING)
def line(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Line]:
    made = Line(tmp_path, request.param)
    yield made
    made.close()


def test_an_order_from_d_to_its_end(line: Line) -> None:
    """And what else is said of orders: a log-on takes longer than all of it."""
    robot, posted = line.robot()
    assert robot.send(order(venue=BETA), "1.1")
    asked = line.venue.wait("D").values
    assert ("O1", "1", "10000000", "1.17010") == (asked[11], asked[54], asked[38], asked[44])
    line.send("8", report())
    line.send("8", report(PART) + "|" + MAKER)
    line.send("8", report("17=E3|150=4|39=4|14=4000000|151=0"))
    last = posted.wait(OrderReported, 3)
    assert (True, Decimal(4_000_000), Decimal(0)) == (last.ended, last.filled, last.remaining)
    reports = [event for event in posted.events if isinstance(event, OrderReported)]
    kinds = [OrderReport.NEW, OrderReport.TRADE, OrderReport.CANCELED]
    assert kinds == [event.report for event in reports]
    assert ("ALPHA", DEAL) == (reports[1].counterparty, reports[1].origin.session)
    cancels(line, robot, posted)
    replaces_and_asks(line, robot, posted)
    assert [2, 3, 4, 5, 6] == [mark.sequence for mark in line.numbers]
    reports_nonsense(line, posted)


def cancels(line: Line, robot: FixVenues, posted: Posted) -> None:
    assert robot.send(cancel(BETA), "2.1")
    assert "O1" == line.venue.wait("F").values[41]
    line.send("9", "37=V1|11=O2|41=O1|39=4|434=1|102=0|58=too late")
    refused = posted.wait(CancelRefused)
    assert ("O1", True, "too late") == (refused.original_id, refused.ended, refused.text)
    assert robot.send(CancelAllOrders(venue=BETA, request_id="M1"), "3.1")
    assert "7" == line.venue.wait("q").values[530]
    line.send("r", "37=V9|11=M1|530=7|531=7|533=0")
    answer = posted.wait(OrdersCancelled)
    assert ("M1", True) == (answer.request_id, answer.accepted)


def replaces_and_asks(line: Line, robot: FixVenues, posted: Posted) -> None:
    assert robot.send(replacement(BETA), "4.1")
    assert "8000000" == line.venue.wait("G").values[38]
    line.send("8", report("11=O2|41=O1|150=5|39=0|38=8000000|151=8000000"))
    assert Decimal(8_000_000) == posted.wait(OrderReported, 4).amount
    assert robot.send(question(BETA), "5.1")
    assert "V1" == line.venue.wait("H").values[37]
    line.send("8", report("17=0|150=I|39=2|14=10000000|151=0"))
    told = posted.wait(OrderReported, 5)
    assert (OrderReport.STATUS, True) == (told.report, told.ended)


def reports_nonsense(line: Line, posted: Posted) -> None:
    line.send("8", report(PART.replace("151=6000000", "151=6000001")))
    kept = posted.wait(MessageQuarantined)
    assert kept.message_type == "8" and "tag 151" in kept.problem


def test_after_a_gap_no_order_is_sent_again(line: Line) -> None:
    """The venue has lost all it was sent. It gets none of it again, nor the order by which it saw
    the gap: only what follows.
    """
    robot, _ = line.robot()
    for number, effect in enumerate(every_order(BETA)):
        assert robot.send(effect, f"{number}.1")
    line.venue.wait("q")
    before = len(line.venue.received)
    session = fix.Session.lookupSession(line.session("DEAL"))
    session.setNextTargetMsgSeqNum(2)
    assert robot.send(order(venue=BETA, order_id="O9"), "9.1")
    filled = wait_for(
        lambda: next((m for m in list(line.venue.admin) if m.type == "4"), None), "a gap-fill"
    )
    assert ("2", "Y", "8") == (filled.values[34], filled.values[123], filled.values[36])
    assert robot.send(RequestTrades(venue=BETA, request_id="T1", trade_date=TRADE), "10.1")
    line.venue.wait("AD")
    assert ["AD"] == [message.type for message in line.venue.received[before:]]


@pytest.mark.parametrize("line", ["fix44"], indirect=True)
def test_a_robot_that_comes_back_is_told_what_it_has_not_journaled(line: Line) -> None:
    robot, posted = line.robot()
    assert robot.send(order(venue=BETA), "1.1")
    line.send("8", report())
    line.send("8", report(PART))
    first = posted.wait(OrderReported, 2)
    del robot
    line.end_robots()
    _, posted = line.robot(inbound=first.origin.sequence - 1, outbound=2)
    again = posted.wait(OrderReported)
    assert ("E2", True) == (again.exec_id, again.origin.possibly_duplicate)
    assert first.last_amount == again.last_amount
    assert 1 == len(line.venue.of("D"))
