"""A real trader that calls its venue through the guard, and a venue gone hostile."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.bad_fix import MEGABYTE
from tests.wire.raw_venue import wait_for
from tests.wire.test_bad_fix import Trader

pytestmark = [pytest.mark.wire, pytest.mark.slow]

HEARTBEAT_S = 30
FRAME_BYTES_MAX = 200_000


@pytest.fixture(scope="module")
def trader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    folder = tmp_path_factory.mktemp("t")
    trader = Trader(folder, guard=True, frame_bytes_max=FRAME_BYTES_MAX, heartbeat_s=HEARTBEAT_S)
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        trader.venue.tell_time(0)
        trader.quoted()
        yield trader
    finally:
        trader.close()


def guard_of(trader: Trader) -> int:
    """The process id of the trader's guard."""
    folder = Path(f"/proc/{trader.process.pid}/task/{trader.process.pid}")
    found = [int(pid) for pid in (folder / "children").read_text(encoding="ascii").split()]
    assert len(found) == 1
    return found[0]


def test_a_frame_that_never_ends_is_cut_at_once_and_costs_no_memory(trader: Trader) -> None:
    """Without the guard QuickFIX would keep it, and the byte watch see it later."""
    dealing = trader.venue.dealing
    before_kb, logons, began_s = trader.rss_kb(), dealing.logons, time.monotonic()
    dealing.write(b"8=FIX.4.4\x019=2000000000\x0135=R\x0158=" + b"x" * 5 * MEGABYTE)
    wait_for(lambda: dealing.logons > logons or None, "the next log-on", 20)
    assert time.monotonic() - began_s < 10
    assert trader.rss_kb() - before_kb < 3_000
    trader.quoted()
    said = f"9=2000000000 is over the limit of {FRAME_BYTES_MAX} bytes (frame_bytes_max)"
    assert said in trader.log.read_text(encoding="utf-8")


def test_a_long_message_within_the_limit_passes(trader: Trader) -> None:
    dealing = trader.venue.dealing
    logons = dealing.logons
    dealing.send("AI", b"117=Q1|297=6|55=EUR/USD|58=" + b"x" * (FRAME_BYTES_MAX - 1_000) + b"|")
    trader.quoted()
    assert dealing.logons == logons


def test_a_trader_whose_guard_ends_does_not_live_on_without_it(trader: Trader) -> None:
    os.kill(guard_of(trader), signal.SIGKILL)
    assert 70 == trader.process.wait(10)
    assert "the guard in front of the venues ended" in trader.log.read_text(encoding="utf-8")


def test_a_guard_does_not_outlive_its_trader(tmp_path: Path) -> None:
    trader = Trader(tmp_path, guard=True)
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        guard = Path(f"/proc/{guard_of(trader)}")
    finally:
        trader.close()
    wait_for(lambda: not guard.exists() or None, "the guard's end", 60)
