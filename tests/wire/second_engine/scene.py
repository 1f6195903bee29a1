"""A real trader process and a venue that runs on the second engine, as a test sees them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from ruamel.yaml import YAML

from connectors.journal.file import read_segment
from robot.control import Command, ask
from robot.errors import RobotError
from robot.journal import Record, RecordKind, decode_inputs
from robot.messages.base import Event
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.status import Beat, write_beat
from tests.wire.bad_fix import request
from tests.wire.raw_venue import DAY, PATIENCE_S, SPOT, fix_time, wait_for
from tests.wire.second_engine import install

VENUE = Path(__file__).with_name("venue.py")
DEAL, PRICES = "ALPHA-DEAL", "ALPHA-MD"
DEAL_SP2, PRICES_SP2 = "GAMMA-DEAL", "GAMMA-MD"
BID, OFFER = "1.10000", "1.10004"
BAND = 5_000_000
"""Net position of EUR either way that the trader leaves alone."""

E = TypeVar("E", bound=Event)
Told = dict[str, Any]


def pairs(body: str) -> list[list[str]]:
    """`131=x|55=y|` as fields."""
    return [part.split("=", 1) for part in body.split("|") if part]


class SecondEngine:
    """The venue's process: what it was told to do, and what it says that happened."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        command = [str(install.PYTHON), str(VENUE)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait("listening")["port"])

    def do(self, what: str, session: str, **values: object) -> None:
        assert self._process.stdin is not None
        line = json.dumps({"do": what, "session": session, **values})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def send(self, session: str, kind: str, body: str) -> None:
        self.do("send", session, kind=kind, fields=pairs(body))

    def lose(self, session: str, kind: str, body: str) -> None:
        """A message with its number that never arrives."""
        self.do("lose", session, kind=kind, fields=pairs(body))

    def found(
        self, event: str, session: str = "", type: str = "", since: int = 0, **fields: str
    ) -> list[Told]:
        """What was told so: by session, MsgType and fields (`t131="x"`)."""
        wanted = {name.removeprefix("t"): value for name, value in fields.items()}
        return [
            one
            for one in self.told[since:]
            if one["event"] == event
            and (not session or one["session"] == session)
            and (not type or one["type"] == type)
            and wanted.items() <= (one.get("header", {}) | one.get("fields", {})).items()
        ]

    def wait(self, event: str, session: str = "", type: str = "", **options: Any) -> Told:
        """The first that was told so."""

        def told() -> Told | None:
            assert self._process.poll() is None, f"the second engine ended: {self.told[-5:]}"
            return next(iter(self.found(event, session, type, **options)), None)

        return wait_for(told, f"{event} {session} {type} {options}; last: {self.told[-8:]}")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        finally:
            self._process.kill()
            self._process.wait(5)
            self._reader.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.told.append(json.loads(line))


class Scene:
    """The trader with three venues at one port: ALPHA, GAMMA in FIX 5.0SP2, and BETA whom the
    engine does not know.
    """

    def __init__(self, folder: Path) -> None:
        self.engine = SecondEngine()
        self._now = DAY
        self._requests = 0
        self._folder = folder / "desk"
        shutil.copytree(configuration_folder(), self._folder)
        self._configure()
        self.settings = load_settings(self._folder)
        for name in ("projector", "auditor"):
            beat = Beat(name=name, at_ns=time.time_ns(), pid=1)
            write_beat(self.settings.run_folder, beat)
        self._log = folder / "trader.log"
        command = [sys.executable, "-m", "robot.process", "trader", str(self._folder), "--demo"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log)

    def _configure(self) -> None:
        yaml = YAML()
        desk = yaml.load(self._folder / "desk.yaml")
        alpha = {**desk["venues"][0], "port": self.engine.port, "heartbeat_s": 1}
        gamma = {"id": "GAMMA", "target": "GAMMA", "dialect": {"preset": "fix50sp2"}}
        beta = {"id": "BETA", "target": "BETA"}
        desk["venues"] = [{**alpha, "counterparty": "ALPHA"}, alpha | gamma, alpha | beta]
        desk["clock"] = "venue"
        desk["followers"]["silent_s_max"] = 600
        desk["hedges"] = [{"pair": "EUR/USD", "band": BAND, "clip": 20_000_000, "slippage_bp": 2}]
        yaml.dump(desk, self._folder / "desk.yaml")
        limits = yaml.load(self._folder / "limits.yaml")
        limits["counterparty_lines"]["ALPHA"] = 60_000_000
        limits["orders_outstanding"] = 8
        yaml.dump(limits, self._folder / "limits.yaml")
        parties = yaml.load(self._folder / "counterparties.yaml")
        parties["counterparties"].append({"id": "ALPHA", "name": "Venue ALPHA", "tier": "gold"})
        yaml.dump(parties, self._folder / "counterparties.yaml")

    def time(self, seconds: float, session: str = DEAL) -> None:
        """So much later the venue's clock, which is the trader's, says so."""
        self._now += timedelta(seconds=seconds)
        self.engine.do("test", session, name=f"CLOCK 1 {fix_time(self._now)}")

    def price(self, bid: str = BID, offer: str = OFFER, session: str = PRICES) -> None:
        """The whole book of EUR/USD, and the wait until the trader has read it."""
        stamp = f"272={self._now:%Y%m%d}|273={self._now:%H:%M:%S.000}|"
        sides = f"269=0|270={bid}|271=5000000|{stamp}269=1|270={offer}|271=5000000|{stamp}"
        self.engine.send(session, "W", f"262=M1|55=EUR/USD|268=2|{sides}")
        self.read(session)

    def read(self, session: str) -> None:
        """The trader answers a TestRequest: it has read all that came before."""
        self._requests += 1
        name = f"READ{self._requests}"
        self.engine.do("test", session, name=name)
        self.engine.wait("received", session, "0", t112=name)

    def quoted(self, name: str = "", session: str = DEAL, **changes: str) -> Told:
        """A good request, asked again until it is answered with a quote."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self._requests += 1
            asked = f"{name or 'good'}{self._requests}"
            self.time(1)
            self.price()
            self.engine.send(session, "R", request(asked, **changes))
            told = wait_for(lambda asked=asked: self._answer(session, asked), "S or AG")
            if told["type"] == "S":
                return told
        raise AssertionError(f"no quote; the last answer: {told}; {self.status()}")

    def _answer(self, session: str, asked: str) -> Told | None:
        assert self.process.poll() is None, self._log.read_text(encoding="utf-8")[-2_000:]
        for one in self.engine.found("received", session, t131=asked):
            if one["type"] in ("S", "AG"):
                return one
        return None

    def status(self) -> dict[str, Any]:
        """By the control socket; nothing while nobody answers."""
        try:
            return ask(self.settings.run_folder / "control", Command(command="status"))
        except RobotError:
            return {}

    def journaled(self, kind: type[E]) -> list[E]:
        """All events of a kind that the trader has taken in."""
        return [event for event in self._events() if isinstance(event, kind)]

    def _events(self) -> Iterator[Event]:
        for path in sorted(self.settings.journal_folder.glob("*.fxj")):
            for item in read_segment(path):
                if isinstance(item, Record) and item.kind is RecordKind.INPUTS:
                    yield from (stamped.event for stamped in decode_inputs(item.payload))

    def begin(self) -> None:
        """Logged on everywhere but at BETA, and quoting."""
        for session in (DEAL, PRICES, DEAL_SP2, PRICES_SP2):
            self.engine.wait("logon", session)
        self.time(0)
        self.quoted()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.engine.close()


def hit(quote: Told, name: str, **changes: str) -> str:
    """BANKA deals on a quote at the offer: AJ, or D with the same but 693 and 694."""
    fields = {
        "693": f"r{name}",
        "117": quote["fields"]["117"],
        "694": "1",
        "11": name,
        "453": "1|448=BANKA|447=D|452=3",
        "55": "EUR/USD",
        "167": "FOR",
        "54": "1",
        "38": quote["fields"]["38"],
        "64": SPOT,
        "15": "EUR",
        "60": fix_time(DAY),
        "40": "D",
        "44": quote["fields"]["133"],
    }
    fields |= {tag.removeprefix("t"): value for tag, value in changes.items()}
    return "".join(f"{tag}={value}|" for tag, value in fields.items() if value)


def second_engine_or_skip() -> None:
    """Where the engine is not installed the tests are skipped, but not in CI."""
    if install.is_ready():
        return
    reason = f"the second FIX engine is not installed ({install.HOW})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
