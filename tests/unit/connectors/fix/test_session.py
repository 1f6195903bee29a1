"""QuickFIX's callbacks: total functions that hand over, number, and let nothing stale out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.fix.dialect import Dialect
from robot.basics.ids import VenueId
from robot.messages.events import (
    AnyEvent,
    MarketUpdated,
    MessageQuarantined,
    RfqReceived,
    SessionDown,
    SessionUp,
)
from robot.package import fix_dictionary
from robot.ports import SentMark

fix: Any = pytest.importorskip("quickfix")
session: Any = pytest.importorskip("connectors.fix.session")

DEAL = ("BANKCNBJ-DEAL", "ALPHA-DEAL")
DATA = ("BANKCNBJ-MD", "ALPHA-MD")


class Posted:
    """Takes what is posted."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.times: list[int] = []

    def post(self, event: AnyEvent) -> None:
        self.events.append(event)

    def post_together(self, events: list[AnyEvent]) -> None:
        self.events += events

    def observe_time(self, at_ns: int) -> None:
        self.times.append(at_ns)

    def wait_drained(self, timeout_s: float) -> bool:
        return True


class Exited(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def no_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise Exited(code)

    monkeypatch.setattr(session.os, "_exit", leave)


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def settings(tmp_path: Path) -> Any:
    venue = session.VenueSettings(
        id=VenueId("ALPHA"),
        host="127.0.0.1",
        port=1,
        sender="BANKCNBJ",
        target="ALPHA",
        dialect=Dialect(),
    )
    return session.FixSettings(
        venues=(venue,),
        store=tmp_path,
        dictionary=fix_dictionary(),
        venue_clock=True,
        inbound={},
        outbound={},
    )


@pytest.fixture
def sent() -> list[SentMark]:
    return []


@pytest.fixture
def dealing(settings: Any, posted: Posted, sent: list[SentMark]) -> Any:
    return session.DealingApplication(settings, posted, sent.append)


@pytest.fixture
def data(settings: Any, posted: Posted) -> Any:
    return session.MarketDataApplication(settings, posted)


def session_id(names: tuple[str, str]) -> Any:
    return fix.SessionID("FIX.4.4", *names)


def message(kind: str, *fields: tuple[int, str], resent: bool = False) -> Any:
    built = fix.Message()
    header = built.getHeader()
    header.setField(35, kind)
    header.setField(34, "7")
    if resent:
        header.setField(43, "Y")
    for tag, value in fields:
        built.setField(tag, value)
    return built


def request(size: str) -> Any:
    built = message("R", (131, "rq1"))
    entry = fix.Group(146, 55)
    entry.setField(55, "EUR/USD")
    entry.setField(38, size)
    built.addGroup(entry)
    return built


def test_a_request_is_posted(dealing: Any, posted: Posted) -> None:
    dealing.fromApp(request("1000000"), session_id(DEAL))
    (found,) = posted.events
    assert isinstance(found, RfqReceived)
    assert found.origin.session == "BANKCNBJ-DEAL->ALPHA-DEAL"


def test_a_request_that_cannot_be_understood_is_kept(dealing: Any, posted: Posted) -> None:
    dealing.fromApp(request("NaN"), session_id(DEAL))
    (found,) = posted.events
    assert isinstance(found, MessageQuarantined)
    assert "38" in found.problem and "38=NaN" in found.origin.raw


def test_a_fault_in_a_callback_ends_the_process(
    dealing: Any, posted: Posted, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fail(event: Any) -> None:
        raise KeyError("by design")

    monkeypatch.setattr(posted, "post", fail)
    monkeypatch.setattr(posted, "post_together", fail)
    for call in (
        lambda: dealing.fromApp(request("1"), session_id(DEAL)),
        lambda: dealing.onLogon(session_id(DEAL)),
        lambda: dealing.fromApp(request("NaN"), session_id(DEAL)),
        lambda: dealing.fromAdmin(message("3", (45, "7")), session_id(DEAL)),
        lambda: dealing.onLogon(session_id(("BANKCNBJ-DEAL", "NOBODY"))),
    ):
        with pytest.raises(Exited) as ended:
            call()
        assert ended.value.args == (session.FAULT_EXIT,)
    assert "by design" in capsys.readouterr().err


def test_a_log_on_and_a_log_off_are_told_once(dealing: Any, posted: Posted) -> None:
    dealing.onLogout(session_id(DEAL))  # a refused connection is no log-off
    dealing.onLogon(session_id(DEAL))
    dealing.onLogout(session_id(DEAL))
    dealing.onLogout(session_id(DEAL))
    assert [SessionUp, SessionDown] == [type(event) for event in posted.events]


def test_a_message_of_ours_is_journaled_with_its_number(dealing: Any, sent: list[SentMark]) -> None:
    dealing.sending, dealing.sending_thread = "12.3", threading.get_ident()
    dealing.toApp(message("S", (117, "Q1")), session_id(DEAL))
    assert sent == [SentMark("BANKCNBJ-DEAL->ALPHA-DEAL", 7, "12.3")]


@pytest.mark.parametrize("kind", ["S", "Z", "AD", "V", "j", "D", "F", "G", "H", "q"])
def test_what_is_stale_by_now_is_not_sent_again(
    dealing: Any, sent: list[SentMark], kind: str
) -> None:
    with pytest.raises(fix.DoNotSend):
        dealing.toApp(message(kind, resent=True), session_id(DEAL))
    assert sent == []


@pytest.mark.parametrize("kind", ["8", "AG"])
def test_execution_reports_and_refusals_are_sent_again(
    dealing: Any, sent: list[SentMark], kind: str
) -> None:
    dealing.toApp(message(kind, resent=True), session_id(DEAL))
    assert sent == [], "it has its number already"


def test_a_price_is_posted_and_a_log_on_begins_a_new_book(data: Any, posted: Posted) -> None:
    full = message("W", (55, "EUR/USD"))
    for kind, price in (("0", "1.1000"), ("1", "1.1001")):
        entry = fix.Group(268, 269)
        entry.setField(269, kind)
        entry.setField(270, price)
        full.addGroup(entry)
    data.fromApp(full, session_id(DATA))
    (top,) = posted.events
    assert isinstance(top, MarketUpdated) and (str(top.bid), str(top.offer)) == ("1.1000", "1.1001")
    posted.events.clear()
    data.onLogon(session_id(DATA))
    increment = message("X")
    entry = fix.Group(268, 279)
    for tag, value in ((279, "0"), (269, "0"), (278, "b"), (55, "EUR/USD"), (270, "1.2")):
        entry.setField(tag, value)
    increment.addGroup(entry)
    data.fromApp(increment, session_id(DATA))
    top = posted.events[-1]
    assert isinstance(top, MarketUpdated) and (str(top.bid), top.offer) == ("1.2", None)


def test_market_data_that_cannot_be_followed_takes_the_venues_prices_away(
    data: Any, posted: Posted
) -> None:
    test_a_price_is_posted_and_a_log_on_begins_a_new_book(data, posted)
    posted.events.clear()
    increment = message("X")
    entry = fix.Group(268, 279)
    for tag, value in ((279, "1"), (278, "nobody"), (55, "EUR/USD"), (270, "1.3")):
        entry.setField(tag, value)
    increment.addGroup(entry)
    data.fromApp(increment, session_id(DATA))
    kept, gone = posted.events
    assert isinstance(kept, MessageQuarantined)
    assert isinstance(gone, MarketUpdated) and (gone.bid, gone.offer) == (None, None)


def test_a_curve_that_cannot_be_read_takes_no_spot_price_away(data: Any, posted: Posted) -> None:
    test_a_price_is_posted_and_a_log_on_begins_a_new_book(data, posted)
    posted.events.clear()
    bad = message("W", (55, "EUR/USD"), (167, "FOR"), (461, "SWAP"), (762, "M3"), (268, "0"))
    data.fromApp(bad, session_id(DATA))
    (kept,) = posted.events
    assert isinstance(kept, MessageQuarantined) and "3M" in kept.problem


def test_the_venues_clock_is_heeded(dealing: Any, posted: Posted) -> None:
    dealing.fromAdmin(message("1", (112, "CLOCK 1 20140502-12:30:01.500")), session_id(DEAL))
    dealing.fromAdmin(message("1", (112, "any other test request")), session_id(DEAL))
    assert posted.times == [1_399_033_801_500_000_000]


@pytest.mark.parametrize("text", ["CLOCK ", "CLOCK 1 soon", "CLOCK 1 20140502-1:2:3:45"])
def test_a_clock_that_tells_no_time_does_not_end_the_process(
    dealing: Any, posted: Posted, text: str
) -> None:
    dealing.fromAdmin(message("1", (112, text)), session_id(DEAL))
    assert posted.times == []


class Numbers:
    """What the start reads and writes of a QuickFIX session."""

    def __init__(self, target: int) -> None:
        self.target = target

    def getExpectedTargetNum(self) -> int:
        return self.target

    def setNextTargetMsgSeqNum(self, number: int) -> None:
        self.target = number

    def getExpectedSenderNum(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("stored", "expected", "why"),
    [
        (12, 10, "the store counted what the journal has not: it is sent again"),
        (10, 10, "both agree"),
        (9, 10, "the robot died within the callback of the last message: it is in the journal"),
        (5, 5, "after a power cut or a reset the venue is asked"),
    ],
)
def test_at_the_start_the_next_number_comes_from_the_journal(
    settings: Any,
    posted: Posted,
    monkeypatch: pytest.MonkeyPatch,
    stored: int,
    expected: int,
    why: str,
) -> None:
    numbers = Numbers(stored)
    monkeypatch.setattr(session.fix.Session, "lookupSession", lambda session_id: numbers)
    journaled = msgspec.structs.replace(settings, inbound={"BANKCNBJ-DEAL->ALPHA-DEAL": 9})
    session.DealingApplication(journaled, posted, lambda mark: None).onCreate(session_id(DEAL))
    assert numbers.target == expected, why


def test_copies_are_read_on_a_session_of_their_own_and_nothing_is_sent_there(
    settings: Any, posted: Posted
) -> None:
    venue = msgspec.structs.replace(settings.venues[0], drop_copy=True)
    copies = session.DropCopyApplication(msgspec.structs.replace(settings, venues=(venue,)), posted)
    where = session_id(("BANKCNBJ-DROP", "ALPHA-DROP"))
    copies.onLogon(where)
    copies.fromApp(message("R", (131, "rq1")), where)
    up, kept = posted.events
    assert isinstance(up, SessionUp) and up.kind == "DROP_COPY"
    assert isinstance(kept, MessageQuarantined) and not kept.answered
    with pytest.raises(fix.DoNotSend):
        copies.toApp(message("8"), where)


def test_a_venue_without_copies_has_no_third_session(settings: Any, posted: Posted) -> None:
    assert session.DropCopyApplication(settings, posted).counted == {}
    assert settings.venues[0].suffixes == ("DEAL", "MD")
