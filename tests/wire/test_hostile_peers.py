"""Slow and hostile peers on the simulator's port: the sessions of the others go on."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wire.sim_robot import SOH, wait_for
from tests.wire.test_sim_venue import Scene

pytestmark = [pytest.mark.wire, pytest.mark.timeout(120)]

HOSTILE_S = 5.0
SILENCE_MAX_S = 2.0
"""Longest time without a price for the others; the venue sends about 20 a second."""


def logon(sender: str, target: str) -> bytes:
    """A correct logon of a session that may be in use already."""
    body = f"35=A{SOH}34=1{SOH}49={sender}{SOH}52={time.strftime('%Y%m%d-%H:%M:%S', time.gmtime())}"
    body += f"{SOH}56={target}{SOH}98=0{SOH}108=30{SOH}"
    text = f"8=FIX.4.4{SOH}9={len(body)}{SOH}{body}"
    return f"{text}10={sum(text.encode()) % 256:03d}{SOH}".encode()


def one_byte_at_a_time(peer: socket.socket, over: threading.Event) -> None:
    for byte in logon("BANKCNBJ-MD", "NOBODY-MD"):
        peer.sendall(bytes([byte]))
        if over.wait(0.5):
            return


def garbage(peer: socket.socket, over: threading.Event) -> None:
    chance = random.Random(5)
    while not over.wait(0.01):
        peer.sendall(chance.randbytes(4096))


def giant_body_never_finished(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(f"8=FIX.4.4{SOH}9=2000000000{SOH}35=A{SOH}".encode())
    for _ in range(40):
        peer.sendall(b"A" * 16384)
        if over.wait(0.05):
            return


def second_logon(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(logon("BANKCNBJ-DEAL", "ALPHA-DEAL"))
    peer.settimeout(HOSTILE_S)
    answer = peer.recv(4096)
    assert b"\x0135=A\x01" not in answer, "two cannot have one session"


def unknown_logon(peer: socket.socket, over: threading.Event) -> None:
    peer.sendall(logon("SOMEBODY", "ALPHA-DEAL"))
    over.wait(HOSTILE_S)


def nothing_at_all(peer: socket.socket, over: threading.Event) -> None:
    over.wait(HOSTILE_S)


PEERS = (
    one_byte_at_a_time,
    garbage,
    giant_body_never_finished,
    second_logon,
    unknown_logon,
    nothing_at_all,
)
Peer = Callable[[socket.socket, threading.Event], None]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def test_slow_and_hostile_peers_do_not_hold_up_the_sessions_of_others(scene: Scene) -> None:
    venue = scene.venue("--venue", "ALPHA", "--seconds", "60", "--speed", "1", "--linger", "0")
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD", "GBP/USD", "USD/JPY"])
    wait_for(lambda: robot.ticks > 5, 20, "prices before")
    over, problems = threading.Event(), []

    def attack(peer: Peer) -> None:
        try:
            with socket.create_connection(("127.0.0.1", venue.port), timeout=10) as stream:
                peer(stream, over)
        except AssertionError as problem:
            problems.append(f"{peer.__name__}: {problem}")
        except OSError:
            pass  # thrown out: as it should be

    threads = [threading.Thread(target=attack, args=(peer,)) for peer in PEERS]
    for thread in threads:
        thread.start()
    silence_s = _longest_silence_s(lambda: robot.ticks, HOSTILE_S)
    over.set()
    for thread in threads:
        thread.join(HOSTILE_S + 5)

    assert problems == []
    assert silence_s < SILENCE_MAX_S
    assert set(robot.sessions) == {"ALPHA-MD", "ALPHA-DEAL"}
    assert venue.process.poll() is None
    before = robot.ticks
    wait_for(lambda: robot.ticks > before, 10, "prices after")


def _longest_silence_s(count: Callable[[], int], seconds: float) -> float:
    """The longest time within `seconds` in which the count stood still."""
    began_s = changed_s = time.monotonic()
    last, longest_s = count(), 0.0
    while (now_s := time.monotonic()) < began_s + seconds:
        if count() != last:
            last, changed_s = count(), now_s
        longest_s = max(longest_s, now_s - changed_s)
        time.sleep(0.01)
    return longest_s
