"""The trader's end of a strategy's host: who is let in, what is told, who is let go, and why."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal as D
from pathlib import Path
from typing import Any, TypeVar

import pytest

from connectors.host import link
from connectors.host.frames import (
    TO_HOST,
    Answer,
    Bye,
    End,
    Follow,
    Frames,
    From,
    Ready,
    Told,
    ToTrader,
    Welcome,
    framed,
)
from connectors.host.link import HostLink
from robot.basics.numbers import set_decimal_context
from robot.deals.reference import HostPolicy, StrategyChoice
from robot.messages.events import AnyEvent, MarketUpdated, Stamped
from robot.messages.hosting import AskHost, HostChanged, HostDecided
from robot.strategy import Decision
from tests.kit.hosted import HostedDesk

CHOICE = StrategyChoice(name="mine", version="1", file="mine.py", parameters={}, host=HostPolicy())
T = TypeVar("T")


class Inbox:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def post(self, event: AnyEvent) -> None:
        self.events.append(event)

    def wait(self, count: int) -> Any:
        until(lambda: len(self.events) >= count)
        return self.events[count - 1]


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Host:
    """The other end, by hand."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.connect(str(path))
        self._frames = Frames()
        self._waiting: list[Any] = []

    def say(self, message: ToTrader) -> None:
        self.socket.sendall(framed(message))

    def hear(self, kind: type[T]) -> T:
        while not self._waiting:
            data = self.socket.recv(65_536)
            assert data, "let go"
            self._waiting += [TO_HOST.decode(body) for body in self._frames.take(data)]
        found = self._waiting.pop(0)
        assert isinstance(found, kind), found
        return found

    def is_let_go(self) -> bool:
        while data := self.socket.recv(65_536):
            self._frames.take(data)
        return True


class Line:
    """A link, its inbox, and as many hosts as come."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.inbox = Inbox()
        self.link = HostLink(folder, CHOICE, 7)
        self.link.start(self.inbox, 41)  # type: ignore[arg-type]
        self.path = folder / link.SOCKET
        self.hosts: list[Host] = []
        self.number = 41

    def come(self) -> Host:
        host = Host(self.path)
        self.hosts.append(host)
        return host

    def come_ready(self, *wants: str) -> Host:
        host = self.come()
        assert host.hear(Welcome) == Welcome(choice=CHOICE, seed=7)
        host.say(Follow(wants=wants))
        assert host.hear(From).number == self.number
        posted = len(self.inbox.events)
        host.say(Ready(told="ready"))
        assert self.inbox.wait(posted + 1) == HostChanged(
            ready=True, strategy="mine 1", told="ready"
        )
        return host

    def happens(
        self, event: AnyEvent, effects: Sequence[Any] = (), choice: StrategyChoice = CHOICE
    ) -> None:
        self.number += 1
        self.link.follow(Stamped(self.number, self.number, event), effects, choice)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    set_decimal_context()  # as the process does before it starts a thread
    made = Line(tmp_path)
    yield made
    made.link.stop()
    for host in made.hosts:
        host.socket.close()


def tick(bid: str = "1.1") -> MarketUpdated:
    return MarketUpdated(venue="ALPHA", pair="EUR/USD", bid=D(bid))  # type: ignore[arg-type]


def question() -> AskHost:
    desk = HostedDesk().open_ready()
    desk.rfq()
    return desk.one(AskHost)


def test_a_host_is_told_what_it_wants_from_the_number_it_was_given_on(line: Line) -> None:
    line.happens(tick("1.0"))
    host = line.come_ready("market")
    line.happens(tick("1.1"))
    line.happens(tick("1.2"), [question()])
    first, second = host.hear(Told), host.hear(Told)
    assert (first.number, second.number) == (43, 44)
    assert [type(item).__name__ for item in second.items] == ["MarketSeen", "AskHost"]
    host.say(Answer(ask=1, decision=Decision(bid=D("1.1"), offer=D("1.2")), took_us=80))
    answer = line.inbox.wait(2)
    assert answer == HostDecided(
        ask=1, strategy="mine 1", decision=Decision(bid=D("1.1"), offer=D("1.2")), took_us=80
    )


@pytest.mark.parametrize("asks", [(7,), (1, 1), (0,)])
def test_answers_to_what_it_was_not_asked_let_it_go(line: Line, asks: tuple[int, ...]) -> None:
    host = line.come_ready()
    line.happens(tick(), [question()])
    for ask in asks:
        host.say(Answer(ask=ask, failure="no"))
    until(lambda: isinstance(line.inbox.events[-1], HostChanged) and len(line.inbox.events) > 1)
    assert f"question {asks[-1]}, which it was not asked" in line.inbox.events[-1].told
    assert len(line.inbox.events) == 1 + len(asks), "what it was asked it answered once"


def test_what_cannot_be_told_lets_it_go_and_the_turn_goes_on(line: Line) -> None:
    line.come_ready("market")
    line.happens(MarketUpdated(venue="\ud800", pair="EUR/USD"))  # type: ignore[arg-type]
    gone = line.inbox.wait(2)
    assert gone.failed
    assert "it cannot be told of event 42" in gone.told


def test_what_nobody_wants_is_not_told(line: Line) -> None:
    host = line.come_ready()
    line.happens(tick())
    line.happens(tick(), [question()])
    assert host.hear(Told).number == 43


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x03\xc1\xc1\xc1",
        b"\x00\x00\x00\x01\x80",
        b"\x00\x00\x00\x00",
        framed(Answer(ask=1))[:4] + b"\x93" * 64 * 1024,
        framed(Welcome(choice=CHOICE, seed=7)),
        framed(From(number=3)),
        framed(Answer(ask=1, decision=Decision(bid=float("nan")))),  # type: ignore[arg-type]
        framed(Follow(wants=())),
        framed(Ready(told="again")),
    ],
    ids=lambda said: repr(said[:12]),
)
def test_what_is_no_message_lets_it_go(line: Line, said: bytes) -> None:
    host = line.come_ready()
    host.socket.sendall(said)
    gone = line.inbox.wait(2)
    assert (gone.ready, gone.failed) == (False, True)
    assert "it said what is no message" in gone.told
    assert host.is_let_go()
    line.come_ready()


@pytest.mark.parametrize(
    ("problem", "told"), [("", "it was asked to end"), ("mine.py is broken", "mine.py is broken")]
)
def test_how_it_goes_is_told(line: Line, problem: str, told: str) -> None:
    line.come_ready().say(Bye(problem=problem))
    assert line.inbox.wait(2) == HostChanged(
        ready=False, strategy="mine 1", told=told, failed=bool(problem)
    )


def test_one_that_goes_without_a_word_has_failed(line: Line) -> None:
    line.come_ready().socket.close()
    gone = line.inbox.wait(2)
    assert (gone.failed, gone.told) == (True, "its process ended without a word")


def test_a_second_host_is_not_let_in(line: Line) -> None:
    first = line.come_ready("market")
    assert line.come().is_let_go()
    line.happens(tick())
    first.hear(Told)


def test_a_host_that_does_not_read_never_holds_up_the_trader(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "UNREAD_MAX", 200_000)
    line.come_ready("market")
    told = 0
    begun = time.monotonic()
    while len(line.inbox.events) == 1:
        line.happens(tick())
        told += 1
        assert time.monotonic() < begun + 10
    assert told > 1_000
    assert "it has not read" in line.inbox.events[1].told


def test_what_is_read_late_is_all_there_in_order(line: Line) -> None:
    host = line.come_ready("market")
    for _ in range(5_000):
        line.happens(tick())
    numbers = [host.hear(Told).number for _ in range(5_000)]
    assert numbers == list(range(42, 5_042))


def test_another_strategy_lets_the_host_go_and_welcomes_the_next_with_it(line: Line) -> None:
    other = StrategyChoice(
        name="other", version="2", file="other.py", parameters={}, host=HostPolicy()
    )
    host = line.come_ready("market")
    line.happens(tick(), choice=other)
    host.hear(End)
    gone = line.inbox.wait(2)
    assert (gone.ready, gone.failed, gone.told) == (False, False, "the strategy was changed")
    assert line.come().hear(Welcome).choice == other


def test_a_strategy_that_runs_in_the_core_has_no_host(line: Line) -> None:
    inside = StrategyChoice(name="two_way", version="1", factory="x:Y", parameters={})
    line.happens(tick(), choice=inside)
    assert line.come().is_let_go()


def test_the_socket_is_this_users_alone_and_gone_in_the_end(line: Line) -> None:
    assert line.path.stat().st_mode & 0o777 == 0o600
    host = line.come_ready()
    ending = threading.Thread(target=line.link.stop)
    ending.start()
    host.hear(End)
    ending.join(10)
    assert not os.path.exists(line.path)
    assert line.inbox.events[1:] == [], "the robot's own end is no failure of the strategy"
