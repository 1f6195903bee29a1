"""A real trader without a guard, whose venue sends bytes that make no message."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from connectors.fix.byte_watch import UNCOUNTED_BYTES_MAX
from tests.wire.bad_fix import MEGABYTE
from tests.wire.raw_venue import wait_for
from tests.wire.test_bad_fix import Trader

pytestmark = [pytest.mark.wire, pytest.mark.slow]

HEARTBEAT_S = 30


@pytest.fixture(scope="module")
def trader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    trader = Trader(tmp_path_factory.mktemp("t"), heartbeat_s=HEARTBEAT_S)
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        trader.venue.tell_time(0)
        trader.quoted()
        yield trader
    finally:
        trader.close()


def test_a_frame_that_never_ends_is_cut_long_before_the_heartbeats_are_missed(
    trader: Trader,
) -> None:
    dealing, over = trader.venue.dealing, threading.Event()
    before_kb, logons, began_s = trader.rss_kb(), dealing.logons, time.monotonic()

    def send() -> None:
        dealing.write(b"8=FIX.4.4\x019=2000000000\x0135=R\x0158=")
        while not over.is_set() and dealing.logons == logons:
            dealing.write(b"x" * (MEGABYTE // 10))
            time.sleep(0.005)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        wait_for(lambda: dealing.logons > logons or None, "the next log-on", 20)
    finally:
        over.set()
        sending.join(10)
    assert time.monotonic() - began_s < HEARTBEAT_S / 2
    trader.quoted()
    assert trader.rss_kb() - before_kb < 8 * UNCOUNTED_BYTES_MAX // 1024
    assert "are no messages: cut (BANKCNBJ-DEAL->ALPHA-DEAL" in trader.log.read_text("utf-8")


def test_as_many_bytes_of_messages_are_no_reason_to_cut(trader: Trader) -> None:
    dealing, prices = trader.venue.dealing, trader.venue.prices
    logons = dealing.logons, prices.logons
    body = b"117=Q1|297=6|55=EUR/USD|58=" + b"x" * (MEGABYTE // 2) + b"|"
    for _ in range(2 * UNCOUNTED_BYTES_MAX // len(body) + 1):
        dealing.send("AI", body)
    assert trader.venue.prices_read(10)
    time.sleep(0.6)  # two looks
    trader.quoted()
    assert logons == (dealing.logons, prices.logons)
