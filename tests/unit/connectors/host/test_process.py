"""The strategy's state: what it is told live, and what it is told again after a restart."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from connectors.host.feed import told_of
from connectors.host.frames import TO_TRADER, Answer, Frames, Told, framed
from connectors.host.loading import load_class
from connectors.host.process import Host, first_segment
from connectors.host.restraint import Restraint
from connectors.host.worker import StrategyBroken, Worker
from robot.errors import ConfigurationError
from robot.messages.hosting import AskHost
from robot.strategy import Decision
from tests.kit.days import write_day
from tests.kit.host_robot import configure
from tests.kit.hosted import HostedDesk

KEEPS_ALL = """
from robot.strategy import Decision

class Mine:
    wants = ("market", "quotes", "deals", "answers", "days")

    def start(self, parameters, seed):
        self.begun = (dict(parameters), seed)
        self.seen = []

    def on_event(self, event):
        self.seen.append(event)

    def decide(self, facts):
        raise AssertionError("not asked here")
"""


def hosted_day() -> HostedDesk:
    """Quotes, deals, a late answer, a failure, a host that goes and comes, a stream."""
    d = HostedDesk().open_ready()
    d.rfq()
    d.answer()
    d.hit(next(iter(d.state.quotes)))
    d.rfq()
    d.pass_time(60)
    d.answer()
    d.rfq(stream_s=20)
    d.answer("1.09999", "1.10011")
    d.after(100).market("1.10004", "1.10014")
    d.decide(None, failure="no")
    d.gone()
    d.ready()
    d.rfq()
    d.decide(Decision(passed="NO"))
    return d


def worker(path: Path) -> Worker:
    made = Worker(load_class(path), lambda data: None)
    made.start({"margin": "0.4"}, 7)
    return made


def seen(of: Worker) -> list[Any]:
    return list(of._strategy.seen)  # type: ignore[attr-defined]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(KEEPS_ALL)
    return tmp_path / "mine.py"


def test_the_state_rebuilt_from_the_journal_is_the_one_told_live(tmp_path: Path) -> None:
    settings = configure(tmp_path, KEEPS_ALL)
    path = settings.folder / "mine.py"
    desk, live = hosted_day(), worker(path)
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        told = told_of(stamped, effects, live.wants)
        if told is not None:
            live.tell(told, live=False)
    write_day(settings.journal_folder, desk)
    names = {type(event).__name__ for event in seen(live)}
    assert names == {"MarketSeen", "QuoteSeen", "QuoteOver", "DealSeen", "AnswerSeen", "DaySeen"}
    for number in (0, 5, len(desk.stepped) - 3, len(desk.stepped)):
        again = worker(path)
        here, there = socket.socketpair()
        with here, there:
            Host(settings, threading.Event(), here)._rebuild(again, number, 1)
        at_ns = desk.stepped[number - 1].at_ns if number else 0
        part = seen(again)
        assert part == seen(live)[: len(part)]
        assert all(event.at_ns <= at_ns for event in part)
    assert part == seen(live), "up to the last event it is all of it"


def test_a_trader_that_tells_without_end_does_not_hold_up_the_rebuild() -> None:
    here, there = socket.socketpair()
    frame, over = framed(Told(number=1, at_ns=1, items=())) * 100, threading.Event()

    def tell() -> None:
        with contextlib.suppress(OSError):
            while not over.is_set():
                there.sendall(frame)

    teller = threading.Thread(target=tell, daemon=True)
    with here, there:
        here.settimeout(0.1)
        host = Host(None, threading.Event(), here)  # type: ignore[arg-type]
        teller.start()
        hearer = threading.Thread(target=lambda: host._hear(wait=False), daemon=True)
        hearer.start()
        hearer.join(10)
        assert not hearer.is_alive(), "it hears and hears"
        over.set()
    teller.join(10)


def test_only_what_is_wanted_is_told(path: Path) -> None:
    code = KEEPS_ALL.replace('("market", "quotes", "deals", "answers", "days")', '("deals",)')
    path.write_text(code)
    desk, made = hosted_day(), worker(path)
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        told = told_of(stamped, effects, made.wants)
        if told is not None:
            made.tell(told, live=False)
    assert [type(event).__name__ for event in seen(made)] == ["DealSeen"]


@pytest.mark.parametrize(
    ("names", "days", "first"),
    [
        ([], 1, ""),
        (["20261120-0001", "20261121-0001", "20261121-0002"], 1, "20261121-0001"),
        (["20261120-0001", "20261121-0001", "20261121-0002"], 2, "20261120-0001"),
        (["20261120-0001"], 9, "20261120-0001"),
    ],
)
def test_the_rebuild_begins_with_the_first_segment_of_the_oldest_day(
    tmp_path: Path, names: list[str], days: int, first: str
) -> None:
    for name in names:
        (tmp_path / f"{name}.fxj").touch()
    assert first_segment(tmp_path, days) == first


def test_a_question_is_answered_live_and_not_while_rebuilding(path: Path) -> None:
    desk = HostedDesk().open_ready()
    desk.rfq()
    told = Told(number=1, at_ns=1, items=(desk.one(AskHost),))
    sent: list[bytes] = []
    made = Worker(load_class(path), sent.append)
    made.start({}, 7)
    made.tell(told, live=False)
    assert sent == []
    made.tell(told, live=True)
    assert b"not asked here (mine.py:" in sent[0]


def test_a_strategy_that_fails_when_it_is_told_something_is_begun_anew(path: Path) -> None:
    path.write_text(KEEPS_ALL.replace("self.seen.append(event)", "event.nothing"))
    desk, made = hosted_day(), worker(path)
    with pytest.raises(StrategyBroken, match=r"on_event\(DaySeen\) raised AttributeError"):
        for stamped, effects in zip(desk.stepped, desk.history, strict=True):
            told = told_of(stamped, effects, made.wants)
            if told is not None:
                made.tell(told, live=False)


def test_text_that_cannot_be_written_is_a_failure_that_can(path: Path) -> None:
    bad = 'return Decision(passed="\\ud800")'
    path.write_text(KEEPS_ALL.replace('raise AssertionError("not asked here")', bad))
    desk = HostedDesk().open_ready()
    desk.rfq()
    answer = worker(path).answer(desk.one(AskHost))
    assert isinstance(answer, Answer)
    assert "characters that cannot be written" in answer.failure


def test_other_code_than_what_was_approved_is_not_run(path: Path) -> None:
    approved = hashlib.sha256(path.read_bytes()).hexdigest()
    load_class(path, approved)
    path.write_text(KEEPS_ALL + "\n# one more line\n")
    with pytest.raises(ConfigurationError, match="other code than what is in force"):
        load_class(path, approved)


def test_files_connections_and_programs_are_refused_to_the_strategys_code_only() -> None:
    restraint = Restraint()
    hook = restraint._hook
    forbidden = [
        ("open", ("x", "w", 0o101)),
        ("open", ("x", "r+", 0)),
        ("open", ("x", None, 0o1)),
        ("socket.connect", (None, "x")),
        ("subprocess.Popen", ()),
        ("os.remove", ("x",)),
    ]
    for event, arguments in forbidden:
        hook(event, arguments)
        with restraint.strategy_runs(), pytest.raises(PermissionError):
            hook(event, arguments)
        hook(event, arguments)
    with restraint.strategy_runs():
        hook("open", ("x", "r", 0))
        hook("import", ("decimal",))


def test_the_price_of_a_decision_comes_back_exact() -> None:
    decision = Decision(bid=D("1.1000000000000000001"), offer=D("-0.00"), because=("é",))
    (body,) = Frames().take(framed(Answer(ask=3, decision=decision)))
    back = TO_TRADER.decode(body)
    assert isinstance(back, Answer)
    assert repr(back.decision) == repr(decision)
