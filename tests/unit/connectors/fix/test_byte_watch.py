"""What came on sockets against what came as messages."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from connectors.fix import byte_watch
from connectors.fix.byte_watch import PERIOD_S, ByteWatch

LIMIT = 10_000


class Line:
    """A venue's end and ours, on loopback; ours is read as QuickFIX reads."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = int(listener.getsockname()[1])
            self.ours = socket.create_connection(("127.0.0.1", self.port))
            self.theirs, _ = listener.accept()
        self.ours.settimeout(5)

    def bring(self, count: int) -> None:
        self.theirs.sendall(b"x" * count)
        left = count
        while left:
            left -= len(self.ours.recv(left))

    @property
    def is_cut(self) -> bool:
        self.theirs.settimeout(0.05)
        try:
            return self.theirs.recv(1) == b""
        except TimeoutError:
            return False

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_watch, "UNCOUNTED_BYTES_MAX", LIMIT)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


def test_bytes_that_make_no_message_are_cut_at_the_bound(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = ByteWatch({"us->them": line.port})
    line.bring(LIMIT)
    watch.look(1.0)
    assert not line.is_cut
    line.bring(1)
    watch.look(2.0)
    assert line.is_cut
    said = capsys.readouterr().err
    assert said == f"10001 bytes of port {line.port} are no messages: cut (us->them)\n"


def test_messages_count_for_all_sessions_of_their_port(line: Line) -> None:
    watch = ByteWatch({"prices": line.port, "deals": line.port, "elsewhere": 9})
    for second in range(5):
        line.bring(LIMIT)
        watch.counted["prices"] += LIMIT - 100
        watch.counted["deals"] += 100
        watch.look(float(second))
    assert not line.is_cut


def test_what_quickfix_has_not_read_does_not_count(line: Line) -> None:
    watch = ByteWatch({"us->them": line.port})
    line.theirs.sendall(b"x" * 3 * LIMIT)
    watch.look(1.0)
    assert not line.is_cut


def test_a_little_now_and_then_is_forgotten(line: Line) -> None:
    watch = ByteWatch({"us->them": line.port})
    for minute in range(5):
        line.bring(LIMIT)
        watch.look(minute * PERIOD_S + 1)
        watch.look((minute + 1) * PERIOD_S)
    assert not line.is_cut


def test_other_ports_and_other_descriptors_are_left_alone(line: Line) -> None:
    other = Line()
    try:
        watch = ByteWatch({"us->them": line.port})
        other.bring(3 * LIMIT)
        line.bring(3 * LIMIT)
        watch.look(1.0)
        assert line.is_cut and not other.is_cut
    finally:
        other.close()


def test_what_was_counted_and_not_seen_is_no_room_for_later(line: Line) -> None:
    watch = ByteWatch({"us->them": line.port})
    watch.counted["us->them"] += 3 * LIMIT  # of a connection that was gone when we looked
    watch.look(1.0)
    line.bring(LIMIT + 1)
    watch.look(2.0)
    assert line.is_cut
