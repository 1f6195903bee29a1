"""After a power cut: journal and FIX store are as they were a moment before, the venue is not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.bad_fix import request
from tests.wire.raw_venue import Side, wait_for
from tests.wire.test_bad_fix import Trader

pytestmark = [pytest.mark.wire, pytest.mark.slow]

Message = dict[int, str]


@pytest.fixture
def trader(tmp_path: Path) -> Iterator[Trader]:
    trader = Trader(tmp_path)
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        trader.venue.tell_time(0)
        yield trader
    finally:
        trader.close()


class Strict:
    """Makes a venue insist on the numbers that it expects, as real ones do."""

    def __init__(self, side: Side) -> None:
        self._side, self._take = side, side._take
        self.refused = 0
        self.expected = max(int(message[34]) for message in side.received) + 1
        side._take = self._look  # type: ignore[method-assign]

    def _look(self, message: Message) -> None:
        number = int(message[34])
        if message[35] != "A" or number >= self.expected:
            self._take(message)
            return
        self.refused += 1
        text = f"MsgSeqNum too low, expecting {self.expected} but received {number}"
        self._side.send("5", f"58={text}|")
        assert self._side.connection is not None
        self._side.connection.shutdown(2)


def test_a_lower_number_than_the_venue_expects_is_told_and_caught_up_with(trader: Trader) -> None:
    dealing, data = trader.venue.dealing, trader.settings.data
    trader.quoted()
    time.sleep(0.05)  # the group sync of what was sent
    for name in ("journal", "fix"):
        shutil.copytree(data / name, data / f"{name}.kept")
    for number in range(4):
        trader.venue.dealing.send("R", request(f"lost{number}"))
        trader.answer(f"lost{number}")

    logons = dealing.logons
    trader.process.kill()
    trader.process.wait(10)
    strict = Strict(dealing)
    for name in ("journal", "fix"):
        shutil.rmtree(data / name)
        (data / f"{name}.kept").rename(data / name)
    trader.process = trader._start()
    wait_for(lambda: strict.refused >= 2 or None, "it goes on trying", 60)
    said = f"logged out by the venue: MsgSeqNum too low, expecting {strict.expected}"
    assert 1 == trader.log.read_text(encoding="utf-8").count(said)

    # Each try takes two numbers, its logon's and its logout's: no person is needed for a few.
    seen = len(dealing.received)
    trader.quoted()
    assert dealing.logons == logons + 1
    kinds = [message[35] for message in dealing.received[seen:]]
    assert kinds.index("AD") < kinds.index("S"), "reconciled before the first quote"
