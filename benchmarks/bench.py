"""What the benchmarks share: a scripted venue on loopback FIX, the robot's processes, the machine.

The venue is one acceptor with as many venues as wanted, read by the benchmark's only thread. Times
are taken where QuickFIX hands a message over, and before one is given to it.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from queue import Empty
from typing import Any

from ruamel.yaml import YAML

from connectors.sim import wire
from connectors.sim.acceptor import AcceptorSettings, FixLink
from connectors.sim.link import DEALING, MARKET_DATA, Inbound, SessionKey
from connectors.sim.model import Tick, fix_time
from connectors.sim.rows import Fill
from robot.package import configuration_folder, fix_dictionary
from robot.settings import Settings, load_settings
from robot.status import read_beat

PREFIX = "BANKCNBJ"
PAIR = "EUR/USD"
LOOK_S = 0.02
STOP_PATIENCE_S = 30.0
ALWAYS = {"open": {"day": "sun", "hour": 0}, "close": {"day": "sat", "hour": 23, "minute": 59}}


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def percentiles_ms(nanoseconds: Sequence[int]) -> dict[str, float]:
    """Count, p50, p90, p99 and the largest, in milliseconds."""
    values = sorted(nanoseconds)
    if not values:
        return {"count": 0}
    picked = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    found = {
        name: round(values[min(len(values) - 1, int(len(values) * share))] / 1e6, 3)
        for name, share in picked.items()
    }
    return {"count": len(values), **found, "max": round(values[-1] / 1e6, 3)}


def ratios(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    """Ours over theirs, figure by figure."""
    names = ("p50", "p90", "p99", "max")
    return {name: round(ours[name] / theirs[name], 2) for name in names if theirs.get(name)}


@dataclass
class Venue:
    """A venue that does what the benchmark says, and answers what every robot asks at log-on."""

    names: tuple[str, ...]
    fills: Sequence[Fill] = ()
    subscriptions: dict[str, str] = field(default_factory=dict)
    bid: Decimal = Decimal("1.10000")
    reconciled: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.link = FixLink(
            AcceptorSettings(
                port=0,
                venues=self.names,
                robot_prefix=PREFIX,
                dictionary=fix_dictionary(),
                store=None,
            )
        )
        self._entries = 0

    def start(self) -> int:
        """Listen; the port."""
        self.link.start()
        return self.link.port

    def send(self, venue: str, role: str, kind: str, body: str) -> int:
        """Send one message; the time just before, in nanoseconds."""
        at_ns = time.time_ns()
        self.link.send(SessionKey(venue, role), kind, body)
        return at_ns

    def tick(self, venue: str, bid: Decimal | None = None) -> int:
        """A new top of book, four points wide; the time it was sent."""
        self.bid = bid if bid is not None else self.bid
        self._entries += 1
        now = time.time_ns()
        tick = _tick(venue, self.bid, now)
        body = wire.increment(self.subscriptions[venue], tick, "BO", "1", self._entries, now)
        return self.send(venue, MARKET_DATA, "X", body)

    def ask(self, venue: str, request_id: str, stream_s: int = 0) -> int:
        """A two-way request of BANKA for a million; the time it was sent."""
        soh, now = wire.SOH, fix_time(time.time_ns())
        entry = [(55, PAIR), (167, "FOR"), (303, "2"), (537, "1"), (38, "1000000"), (15, "EUR")]
        entry += [(60, now), *_party()]
        body = f"131={request_id}{soh}146=1{soh}{wire.body(entry)}"
        body += f"6065={stream_s}{soh}" if stream_s else ""
        return self.send(venue, DEALING, "R", body)

    def let_go(self, venue: str, quote_id: str) -> None:
        """Pass on a quote, so that it no longer binds anything."""
        fields = [(693, f"p{quote_id}"), (117, quote_id), (694, "6"), *_party(), (55, PAIR)]
        fields += [(167, "FOR"), (38, "1000000"), (15, "EUR"), (60, fix_time(time.time_ns()))]
        self.send(venue, DEALING, "AJ", wire.body(fields))

    def pump(self, seconds: float) -> None:
        """Let time pass and answer what comes."""
        self.expect(lambda _: False, seconds)

    def expect(
        self, wanted: Callable[[Inbound], bool], seconds: float = 5.0
    ) -> tuple[wire.Incoming, int] | None:
        """The first application message that is wanted, and when it came; None in vain."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                item = self.link.inbox.get(timeout=left)
            except Empty:
                return None
            if item.kind == "app":
                self._answer(item)
                if wanted(item):
                    return wire.Incoming(item.text), item.wall_ns
            elif item.kind == "logout" and item.key.role == DEALING:
                self.reconciled.discard(item.key.venue)
            elif item.kind == "logout":
                self.subscriptions.pop(item.key.venue, None)
        return None

    def quote(self, venue: str, seconds: float = 5.0) -> tuple[wire.Incoming, int] | None:
        """The next quote or refusal from one robot."""
        key = SessionKey(venue, DEALING)
        return self.expect(lambda item: item.key == key and _is_answer(item.text), seconds)

    def _answer(self, item: Inbound) -> None:
        message = wire.Incoming(item.text)
        venue = item.key.venue
        if message.type == "V":
            self.subscriptions[venue] = message.need(262)
            now = time.time_ns()
            body = wire.snapshot(message.need(262), _tick(venue, self.bid, now), 1, now)
            self.send(venue, MARKET_DATA, "W", body)
        elif message.type == "AD":
            request, day = message.need(568), message.get(75)
            fills = [fill for fill in self.fills if fill.trade_date == day]
            self.send(venue, DEALING, "AQ", wire.trade_capture_ack(request, len(fills)))
            for number, fill in enumerate(fills, 1):
                body = wire.trade_capture_report(fill, request, number, len(fills))
                self.send(venue, DEALING, "AE", body)
            self.reconciled.add(venue)


def _is_answer(text: str) -> bool:
    head = text[:40]
    return "\x0135=S\x01" in head or "\x0135=AG\x01" in head


def _party() -> list[tuple[int, str | None]]:
    return [(453, "1"), (448, "BANKA"), (447, "D"), (452, "3")]


def _tick(venue: str, bid: Decimal, at_ns: int) -> Tick:
    values: dict[str, Any] = {
        "venue": venue,
        "pair": PAIR,
        "at_ns": at_ns,
        "bid": bid,
        "ask": bid + Decimal("0.00004"),
        "bid_size": 5_000_000,
        "ask_size": 5_000_000,
    }
    return Tick(**values)


def configure(
    folder: Path, port: int, broker_port: int, *, guard: bool = False, **changes: object
) -> Settings:
    """The shipped configuration on the system's clock, always open, with the one venue ALPHA."""
    target = folder / "config"
    target.mkdir(parents=True, exist_ok=True)
    for path in configuration_folder().glob("*.yaml"):
        (target / path.name).write_bytes(path.read_bytes())
    yaml = YAML()
    desk = yaml.load(target / "desk.yaml")
    desk["data"] = str(folder / "data")
    desk["mqtt"] = {"host": "127.0.0.1", "port": broker_port}
    venue = {**dict(desk["venues"][0]), "id": "ALPHA", "target": "ALPHA"}
    desk["venues"] = [{**venue, "port": port, "guard": guard}]
    for row in desk["schedule"]["dealing"]:
        row.update(ALWAYS)
    desk.update(changes)
    yaml.dump(desk, target / "desk.yaml")
    return load_settings(target)


def apart(what: Callable[..., Any], *arguments: object) -> Any:
    """What a function of a benchmark returns in a fresh process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_sent, args=(there, what, arguments))
    process.start()
    there.close()
    try:
        found = here.recv()
    except EOFError:
        sys.exit(f"{what.__name__}: failed in its process, see above")
    process.join()
    return found


def _sent(pipe: Any, what: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    pipe.send(what(*arguments))


def peak_mb() -> int:
    """The most memory this process has had; `getrusage` would count what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if "VmHWM" in line).split()[1]) // 1024


def spawn(folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A Python process with its output in a log of its own; with its bytecode, as installed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
        )


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to end, make it end, wait until it has."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what: str, reached: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until something holds; ends the benchmark when it never does."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: not within {seconds:.0f} s")
        time.sleep(LOOK_S)


def caught_up(settings: Settings, name: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether a follower (this very process of it) lives and has read all there is."""
    beat = read_beat(settings.run_folder, name)
    return beat is not None and beat.pid == process.pid and beat.behind_bytes == 0


def cpu_s(pid: int) -> float:
    """User and system seconds a process has used so far; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def utc_now() -> str:
    """For reports."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
