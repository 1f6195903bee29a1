"""The guard as a process, between raw sockets: what hostile peers may do to whom is behind it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from connectors.guard.limits import Door, GuardLimits
from connectors.guard.process import GuardError, GuardProcess
from connectors.guard.relay import Guard
from tests.wire.raw_venue import sealed, wait_for

pytestmark = [pytest.mark.wire]

LOGON = sealed(b"35=A|34=1|98=0|108=30|")
HEARTBEAT = sealed(b"35=0|34=2|")
SOON_S = 20.0


class Behind:
    """What the guard stands in front of: answers a logon, then says everything back."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first
        """Said at once on each connection."""
        self.connections = 0
        self.bytes_said = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.sendall(self.first)
            while data := connection.recv(65536):
                connection.sendall(data)
                self.bytes_said += len(data)

    def hang_up(self) -> None:
        """End all connections, in order."""
        for connection in self._open:
            connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for connection in self._open:
            connection.close()


Open = Callable[..., int]


@pytest.fixture
def behind() -> Iterator[Behind]:
    behind = Behind()
    yield behind
    behind.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Runs on a thread of its own: opening a door here is quicker than in a process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(SOON_S)
    loop.close()


async def _listen(door: Door) -> tuple[int, Guard, asyncio.Task[None]]:
    async def sweep() -> None:
        while True:
            guard.sweep()
            await asyncio.sleep(0.05)

    guard = Guard(door)
    return await guard.listen(), guard, asyncio.get_running_loop().create_task(sweep())


async def _shut(guard: Guard, sweeping: asyncio.Task[None]) -> None:
    sweeping.cancel()
    guard.close()
    for pair in tuple(guard.pairs):
        pair.closed()
    with suppress(asyncio.CancelledError):
        await sweeping


@pytest.fixture
def guard(loop: asyncio.AbstractEventLoop) -> Iterator[Open]:
    """Opens a door with these limits; its port."""
    doors: list[tuple[Guard, asyncio.Task[None]]] = []

    def opened(target: Behind, hostile: str = "callers", **limits: float) -> int:
        door = Door(
            name="ALPHA",
            target_host="127.0.0.1",
            target_port=target.port,
            hostile=hostile,  # type: ignore[arg-type]
            limits=GuardLimits(**limits),  # type: ignore[arg-type]
        )
        port, guard, sweeping = asyncio.run_coroutine_threadsafe(_listen(door), loop).result(SOON_S)
        doors.append((guard, sweeping))
        return port

    yield opened
    for guard, sweeping in doors:
        asyncio.run_coroutine_threadsafe(_shut(guard, sweeping), loop).result(SOON_S)


def call(port: int, first: bytes = b"") -> socket.socket:
    """A connection on which this was said."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=SOON_S)
    connection.sendall(first)
    return connection


def logged_on(port: int) -> socket.socket:
    """A connection whose logon was answered."""
    connection = call(port, LOGON)
    heard(connection, LOGON)
    return connection


def heard(connection: socket.socket, wanted: bytes) -> None:
    got = b""
    while len(got) < len(wanted):
        piece = connection.recv(len(wanted) - len(got))
        assert piece, f"cut after {got!r}"
        got += piece
    assert got == wanted


def is_cut(connection: socket.socket) -> bool:
    """The guard ends it within the patience of the socket."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def still_served(connection: socket.socket) -> None:
    connection.sendall(HEARTBEAT)
    heard(connection, HEARTBEAT)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "no FIX"),
        (HEARTBEAT, "the first message is no logon: 35=0"),
        (b"8=FIX.4.4\x019=2000000000\x0135=A\x01", "over the limit of 65536 bytes"),
        (b"8=" + b"F" * 100, "no FIX"),
        (sealed(b"35=A|34=1|", length=b"3"), "35= does not|10= is not"),
    ],
    ids=["web", "no-logon", "endless", "no-head", "wrong-length"],
)
def test_who_does_not_begin_with_a_logon_never_reaches_what_is_behind(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str], data: bytes, says: str
) -> None:
    port = guard(behind)
    with logged_on(port) as other:
        with call(port, data) as hostile:
            assert is_cut(hostile)
        still_served(other)
    assert 1 == behind.connections
    assert re.search(rf"guard of ALPHA: 127.0.0.1:\d+ cut: .*({says})", capfd.readouterr().err)


def test_who_does_not_log_on_in_time_is_cut(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    port = guard(behind, logon_s=0.3)
    with logged_on(port) as other, call(port, LOGON[:20]) as slow, call(port) as silent:
        assert is_cut(slow) and is_cut(silent)
        still_served(other)
    assert 2 == capfd.readouterr().err.count("not logged on after 0.3 s (logon_s)")


def test_a_frame_that_is_never_finished_is_cut_by_time_and_by_size(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    port = guard(behind, frame_s=0.3, frame_bytes_max=2_000)
    with logged_on(port) as other:
        with logged_on(port) as slow:
            slow.sendall(sealed(b"35=R|" + b"58=xxxx|" * 100)[:-1])
            assert is_cut(slow)
        with logged_on(port) as long:
            long.sendall(b"8=FIX.4.4\x019=1990\x0135=R\x01")
            assert is_cut(long)
        still_served(other)
    told = capfd.readouterr().err
    assert "a frame of which 8" in told and "(frame_s)" in told
    assert "9=1990 is over the limit of 2000 bytes (frame_bytes_max)" in told


def test_a_frame_that_comes_a_byte_at_a_time_is_late_all_the_same(
    behind: Behind, guard: Open
) -> None:
    frame = sealed(b"35=R|" + b"58=xxxx|" * 100)
    with logged_on(guard(behind, frame_s=0.3)) as slow:
        began_s = time.monotonic()
        with pytest.raises(OSError):
            for byte in frame:
                slow.sendall(bytes([byte]))
                time.sleep(0.02)
        assert time.monotonic() - began_s < 3.0


def test_frames_are_handed_on_whole_and_only_whole(behind: Behind, guard: Open) -> None:
    with logged_on(guard(behind)) as peer:
        quarter = len(HEARTBEAT) // 4
        peer.sendall(HEARTBEAT + HEARTBEAT[:quarter])
        heard(peer, HEARTBEAT)
        peer.settimeout(0.1)
        with pytest.raises(TimeoutError):
            peer.recv(1)
        peer.settimeout(SOON_S)
        peer.sendall(HEARTBEAT[quarter:])
        heard(peer, HEARTBEAT)


def test_of_many_who_wait_the_oldest_goes_and_the_newest_logs_on(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    port = guard(behind, waiting_per_address_max=3)
    waiting = [call(port) for _ in range(6)]
    with logged_on(port) as newest:
        assert [True] * 4 == [is_cut(peer) for peer in waiting[:4]]
        still_served(newest)
    waiting[5].settimeout(0.05)
    assert not is_cut(waiting[5])
    for peer in waiting:
        peer.close()
    assert "3 others wait to log on, the oldest goes" in capfd.readouterr().err


@pytest.mark.parametrize("bound", ["connections_max", "connections_per_address_max"])
def test_connections_beyond_the_bound_are_not_taken(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str], bound: str
) -> None:
    port = guard(behind, **{bound: 2})
    with logged_on(port) as one, logged_on(port) as two:
        with call(port) as three:
            assert is_cut(three)
        still_served(one)
        still_served(two)
    assert f"2 connections {'of 127.0.0.1' if 'address' in bound else 'are open'}, {bound}" in (
        capfd.readouterr().err
    )
    with suppress(ConnectionError), closing(logged_on(port)) as again:  # the places are free again
        still_served(again)


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        (b"2", b"7=1|16=0|", "too many messages ResendRequest in a minute"),
        (b"1", b"112=x|", "too many messages TestRequest in a minute"),
    ],
    ids=["resend-requests", "test-requests"],
)
def test_too_many_administrative_messages_end_the_session(
    behind: Behind,
    guard: Open,
    capfd: pytest.CaptureFixture[str],
    kind: bytes,
    body: bytes,
    says: str,
) -> None:
    port = guard(behind, resend_requests_per_minute=3, test_requests_per_minute=3)
    message = sealed(b"35=" + kind + b"|" + body)
    with logged_on(port) as peer:
        for _ in range(3):
            peer.sendall(message)
            heard(peer, message)
        peer.sendall(message)
        assert is_cut(peer)
    assert says in capfd.readouterr().err


def test_logons_of_one_address_are_bounded(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    port = guard(behind, logons_per_minute=2)
    for _ in range(2):
        logged_on(port).close()
    with call(port, LOGON) as peer:
        assert is_cut(peer)
    assert "127.0.0.1 logs on too often (logons_per_minute)" in capfd.readouterr().err


def test_a_peer_that_does_not_read_is_cut_and_the_others_go_on(
    behind: Behind, guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    port = guard(behind, unread_bytes_max=200_000)
    big = sealed(b"35=R|58=" + b"x" * 60_000 + b"|")
    with logged_on(port) as other, logged_on(port) as deaf:
        deaf.settimeout(0.5)
        with suppress(OSError):
            for _ in range(1_000):
                deaf.sendall(big)
        still_served(other)
    assert "(unread_bytes_max)" in capfd.readouterr().err


def test_a_peer_that_does_not_read_the_last_words_is_dropped(behind: Behind, guard: Open) -> None:
    port = guard(behind, close_s=0.2, unread_bytes_max=64_000_000)
    big = sealed(b"35=R|58=" + b"x" * 60_000 + b"|")
    count, heard_bytes = 500, 0  # three times what the system itself keeps for it
    with logged_on(port) as deaf:
        for _ in range(count):
            deaf.sendall(big)
        wait_for(lambda: behind.bytes_said >= count * len(big) or None, "all was said back")
        behind.hang_up()
        time.sleep(0.5)
        with suppress(ConnectionError):
            while data := deaf.recv(65536):
                heard_bytes += len(data)
    assert heard_bytes < count * len(big)


def test_a_venue_whose_frame_never_ends_is_cut_at_its_head(
    guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    venue = Behind(first=LOGON + b"8=FIX.4.4\x019=2000000000\x0135=R\x0158=" + b"x" * 1_000)
    try:
        with call(guard(venue, hostile="target"), LOGON) as robot:
            assert is_cut(robot)
        told = capfd.readouterr().err
        assert "9=2000000000 is over the limit of 65536 bytes (frame_bytes_max)" in told
    finally:
        venue.close()


def test_a_venue_may_refuse_a_logon_but_not_begin_with_anything_else(
    guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    refusal = sealed(b"35=5|34=1|58=not today|")
    for first, passes in ((refusal, True), (HEARTBEAT, False)):
        venue = Behind(first=first)
        with call(guard(venue, hostile="target"), LOGON) as robot:
            if passes:
                heard(robot, refusal)
            else:
                assert is_cut(robot)
        venue.close()
    assert 1 == capfd.readouterr().err.count("the first message is no logon: 35=0")


def test_a_venue_that_is_away_ends_the_connection_and_is_told_once(
    guard: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    venue = Behind()
    venue.close()
    port = guard(venue, hostile="target")
    for _ in range(3):
        with call(port) as robot:
            assert is_cut(robot)
    assert 1 == capfd.readouterr().err.count("cannot be reached")


def test_a_port_that_is_taken_is_told(behind: Behind) -> None:
    door = Door(name="x", target_host="127.0.0.1", target_port=1, port=behind.port)
    with pytest.raises(GuardError, match="address already in use"):
        GuardProcess([door], lambda: None)


def test_a_guard_that_ends_by_itself_is_noticed(behind: Behind) -> None:
    ended = threading.Event()
    door = Door(name="x", target_host="127.0.0.1", target_port=behind.port)
    guard = GuardProcess([door], ended.set)
    guard.process.kill()
    assert ended.wait(SOON_S)
    guard.close()


def test_what_was_said_last_gets_through_when_the_owner_ends(behind: Behind) -> None:
    door = Door(name="x", target_host="127.0.0.1", target_port=behind.port)
    guard = GuardProcess([door], lambda: None)
    with logged_on(guard.ports[0]) as peer:
        peer.sendall(HEARTBEAT)
        guard.close()
        heard(peer, HEARTBEAT)
    began_s = time.monotonic()
    assert 0 == guard.process.wait(SOON_S)
    assert time.monotonic() - began_s < SOON_S
    wait_for(lambda: guard.process.poll() is not None or None, "the end")
