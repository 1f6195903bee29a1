"""A real trader process against a venue made of bytes: every bad message of the catalogue.

Each ends in a reject, a refusal with a code, or a session that ends and comes back; and after each
the same process answers the next good request with a quote.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from ruamel.yaml import YAML

from robot.control import Command, ask
from robot.errors import RobotError
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.status import Beat, write_beat
from tests.wire.bad_fix import CASES, Case, request
from tests.wire.raw_venue import PATIENCE_S, RawVenue, wait_for

pytestmark = [pytest.mark.wire, pytest.mark.slow]

RSS_GROWTH_KB_MAX = 120_000
AGAIN_S = 0.5
ORPHAN = (
    "571=1|487=0|150=F|17=X99|570=N|55=EUR/USD|167=FOR|32=1000000|31=1.1|75=20261021|"
    "60=20261021-08:00:00.000|64=20261023|552=1|54=1|37=o|453=1|448=BANKA|447=D|452=3|"
)
"""A trade report (AE) of a deal that we never made."""


class Trader:
    """The process, and the venue that it is connected to."""

    def __init__(self, folder: Path, **venue: object) -> None:
        """`venue`: what its block in desk.yaml says otherwise."""
        self.venue = RawVenue()
        self.folder = folder / "desk"
        shutil.copytree(configuration_folder(), self.folder)
        yaml = YAML()
        path = self.folder / "desk.yaml"
        desk = yaml.load(path)
        desk["venues"] = [{**desk["venues"][0], "port": self.venue.port, "heartbeat_s": 1, **venue}]
        desk["clock"] = "venue"
        desk["four_eyes"] = False
        desk["followers"]["silent_s_max"] = 600
        yaml.dump(desk, path)
        self.settings = load_settings(self.folder)
        for name in ("projector", "auditor"):
            beat = Beat(name=name, at_ns=time.time_ns(), pid=1)
            write_beat(self.settings.run_folder, beat)
        self._requests = 0
        self.log = folder / "trader.log"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "robot.process", "trader", str(self.folder)]
        command += ["--demo"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stderr=log)

    def quoted(self) -> None:
        """The trader is (or comes back) on both sessions and quotes a good request."""
        venue = self.venue
        sides = (venue.dealing, venue.prices)
        wait_for(lambda: all(s.logged_on for s in sides) or None, "both sessions logged on")
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._asked():
                return
        raise AssertionError(f"no quote; the last messages: {venue.dealing.received[-5:]}")

    def _asked(self) -> bool:
        """Ask once; False = refused or nothing came, ask again."""
        self._requests += 1
        name, venue = f"good{self._requests}", self.venue
        venue.tell_time(5)
        venue.price()
        venue.prices_read(AGAIN_S)
        venue.dealing.send("R", request(name))

        def answer() -> str | None:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")[-2_000:]
            found = (m for m in venue.dealing.received if m.get(131) == name)
            return next((m[35] for m in found), None)

        deadline = time.monotonic() + AGAIN_S
        while time.monotonic() < deadline:
            if (kind := answer()) is not None:
                return kind == "S"
            time.sleep(0.002)
        return False

    def answer(self, name: str) -> tuple[str, str | None]:
        """Type and text of the answer to a request."""
        told = self.venue.dealing.received
        found = wait_for(lambda: next((m for m in told if m.get(131) == name), None), "an answer")
        return found[35], found.get(58)

    def halts(self) -> dict[str, str]:
        """What halts dealing, by the control socket; nothing while nobody answers."""
        try:
            answer = ask(self.settings.run_folder / "control", Command(command="status"))
        except RobotError:
            return {}
        return cast(dict[str, str], answer.get("halts", {}))

    def restart(self) -> None:
        """Kill the process and start it again on its own journal."""
        logons = self.venue.dealing.logons
        self.process.kill()
        self.process.wait(10)
        self.process = self._start()
        wait_for(lambda: self.venue.dealing.logons > logons or None, "the log-on", 30)
        self.venue.tell_time(0)

    def rss_kb(self) -> int:
        """Resident memory."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmRSS:")[1].split()[0])

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.venue.close()


@pytest.fixture(scope="module")
def trader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    trader = Trader(tmp_path_factory.mktemp("t"))
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        trader.venue.tell_time(0)
        trader.quoted()
        yield trader
    finally:
        trader.close()


def outcome_of(trader: Trader, case: Case) -> str:
    """What came back between the bad message and the quote on the next good request."""
    dealing = trader.venue.dealing
    seen, logons = len(dealing.received), dealing.logons
    case.act(trader.venue)
    if "LOGOUT" in case.outcome:
        wait_for(lambda: dealing.logons > logons or None, "the session to come back")
    trader.quoted()
    found = []
    for message in dealing.received[seen:]:
        kind = message[35]
        if kind in ("3", "j", "8") or (kind in ("S", "AG") and message[131][:3] == "bad"):
            # Which of the two it is depends on how long ago the last good price came.
            reason = message.get(58, "").replace("STALE_MARKET", "NO_MARKET")
            found.append(f"AG {reason}" if kind == "AG" else kind)
    return " ".join([*found, *(["LOGOUT"] if dealing.logons > logons else [])])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_message_is_refused_and_the_trader_goes_on(trader: Trader, case: Case) -> None:
    before = trader.rss_kb()
    assert case.outcome == outcome_of(trader, case)
    assert trader.rss_kb() - before < RSS_GROWTH_KB_MAX


def test_prices_that_never_log_on_do_not_hold_up_dealing(trader: Trader) -> None:
    """Row 7: the peer of one session sends a byte now and then instead of a log-on."""
    venue = trader.venue
    venue.drip.set()
    try:
        assert venue.prices.connection is not None
        venue.prices.connection.shutdown(socket.SHUT_RDWR)
        wait_for(lambda: venue.dripped or None, "the first slow byte")
        started = time.monotonic()
        venue.dealing.send("R", request("bad-slow"))
        assert ("AG", "NO_MARKET") == trader.answer("bad-slow")
        assert time.monotonic() - started < 1.0
    finally:
        venue.drip.clear()
    trader.quoted()


def test_an_orphan_halts_dealing_until_a_person_resolves_it(trader: Trader) -> None:
    """The venue reports a trade that we do not have: also after a restart nothing is quoted."""
    venue = trader.venue
    venue.dealing.send("AE", ORPHAN)
    halt = "break ALPHA X99"
    wait_for(lambda: halt in trader.halts() or None, "the break")
    venue.dealing.send("R", request("bad-halted"))
    assert ("AG", "DEALING_HALTED") == trader.answer("bad-halted")
    trader.restart()
    venue.dealing.send("R", request("bad-halted-again"))
    assert ("AG", "DEALING_HALTED") == trader.answer("bad-halted-again")
    assert halt in trader.halts()

    options = ["--config", str(trader.folder), "--actor", "li.wei", "--reason", "booked"]
    done = subprocess.run(
        [sys.executable, "-m", "robot", "breaks", "resolve", "ALPHA X99", *options, "--json"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert {"resolved": True, "halts": {}} == json.loads(done.stdout)
    venue.dealing.send("AE", ORPHAN)  # told again, it is no news
    trader.quoted()


@pytest.mark.parametrize("number", [2_147_483_647, 999_999_999_999_999_999])
def test_a_number_set_to_the_largest_does_not_stop_the_trader_for_good(
    trader: Trader, number: int
) -> None:
    """Row 11: also not at the next start, when the numbers come from the journal."""
    dealing = trader.venue.dealing
    dealing.send("4", f"123=N|36={number}|")
    dealing.next_out = number
    trader.quoted()
    trader.restart()
    trader.quoted()
