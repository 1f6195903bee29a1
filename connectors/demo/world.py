"""Starts and stops everything a demo needs: broker, back office, venue and the supervised robot.

All are real processes on loopback, each in a session of its own, in one folder. They are ended by
the
pid they were started with.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from connectors.demo.desk import deal_products, host_strategy
from connectors.demo.games import COUNTER_SHARE, GAMES, MAKERS, makers_option, play_games
from connectors.demo.hedging import MAKERS as HONEST
from connectors.demo.hedging import hedge
from connectors.mqtt.broker import LOOPBACK, Broker, start_broker
from connectors.sim.dialects.choice import dialect_names
from connectors.sim.products import Product
from connectors.sim.profiles import ONLY_SPOT, Profile, make_profiles, usual_venues
from connectors.sim.tickfiles import tick_file_of
from robot.control import Command, ask
from robot.errors import ConfigurationError, RobotError
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.status import Beat, read_beat

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 30.0
LOOK_S = 0.05
HEDGED_AFTER_S = "60"
"""Venue seconds after the last request in which hedging can bring the positions back."""
DEMO_START = "2026-10-21T08:00:00Z"
"""Venue time at which a demo without tick files begins: a Wednesday without holidays around it."""

Status = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the user asked for."""

    deals: int | None
    seconds: float | None
    ticks: tuple[str, ...] = ()
    from_: str | None = None
    until: str | None = None
    speed: str = "10"
    requests_per_second: float = 30.0
    seed: int = 7
    folder: Path = Path()
    config: Path | None = None
    hedge: bool = False
    kill_every_s: float | None = None
    kills: int | None = None
    products: tuple[Product, ...] = ONLY_SPOT
    counter_share: float | None = None
    strategy_file: Path | None = None
    strategy: str = ""


@dataclass(slots=True)
class World:
    """The running processes of one demo."""

    options: DemoOptions
    settings: Settings | None = None
    broker: Broker | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    _broker_port: int = 0

    @property
    def folder(self) -> Path:
        """Where everything of the demo is kept."""
        return self.options.folder

    @property
    def venue_record(self) -> Path:
        """The venue's own record."""
        return self.folder / "venue.sqlite"

    @property
    def bookings(self) -> Path:
        """The back office's own database."""
        return self.folder / "backoffice.sqlite"

    def start(self) -> Settings:
        """Start everything; returns the robot's settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.broker = start_broker(self.folder / "broker")
        self._broker_port = self.broker.port
        self._spawn("backoffice", self._back_office_command(self._broker_port))
        self._spawn("venue", self._venue_command())
        port = self._wait_for("the venue", lambda: self.venue_status().get("port"))
        self.settings = self._configure(int(cast(int, port)), self.broker.port)
        robot = [sys.executable, "-m", "robot", "run", "--demo"]
        robot += ["--config", str(self.settings.folder)]
        self._spawn("robot", robot)
        return self.settings

    def venue_status(self) -> Status:
        """The venue's counters as it last wrote them."""
        return _read_json(self.folder / "venue.json")

    def back_office_status(self) -> Status:
        """The back office's counters as it last wrote them."""
        return _read_json(self.folder / "backoffice.json")

    def beat(self, name: str) -> Beat | None:
        """A robot process's last sign of life."""
        return read_beat(self.settings.run_folder, name) if self.settings else None

    def robot_status(self) -> Status:
        """What the trader says of itself; empty while it does not answer."""
        if self.settings is None:
            return {}
        try:
            return ask(self.settings.run_folder / "control", Command(command="status"))
        except RobotError:
            return {}

    def stop_dealing(self) -> None:
        """The kill switch: quotes withdrawn, orders canceled, nothing new."""
        if self.settings is not None:
            kill = Command(command="kill", actor="demo", reason="the demo ends")
            with contextlib.suppress(RobotError):
                ask(self.settings.run_folder / "control", kill)

    def kill(self, name: str) -> None:
        """SIGKILL to the broker or the back office; `start_again` brings it back."""
        if name == "broker":
            assert self.broker is not None, "the world was started"
            self.broker.kill()
            self.broker = None
        else:
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def start_again(self, name: str) -> None:
        """The killed broker on its folder and port, or the killed back office on its database."""
        if name == "broker":
            self.broker = start_broker(self.folder / "broker", self._broker_port)
        else:
            self._spawn(name, self._back_office_command(self._broker_port))

    def check_alive(self) -> None:
        """Raise when something that must run has ended by itself."""
        if self.broker is not None and not self.broker.runs():
            raise RobotError(f"the broker ended by itself; its files: {self.folder / 'broker'}")
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None and not (name == "venue" and code == 0):
                raise RobotError(
                    f"{name} ended with code {code}; its output: {self.folder / f'{name}.log'}\n"
                    + _last_lines(self.folder / f"{name}.log")
                )

    @property
    def venue_has_ended(self) -> bool:
        """Whether the venue is gone, so that nothing more can be told to it."""
        return self.processes["venue"].poll() is not None

    def stop_venue(self) -> Status:
        """End the venue orderly and return its last counters."""
        self._stop("venue", signal.SIGTERM)
        return self.venue_status()

    def stop(self) -> None:
        """End everything that still runs, the robot first."""
        for name in ("robot", "venue", "backoffice"):
            self._stop(name, signal.SIGTERM)
        if self.broker is not None:
            self.broker.stop()

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _stop(self, name: str, number: signal.Signals) -> None:
        process = self.processes.get(name)
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_for(self, what: str, ready: Callable[[], object]) -> object:
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            self.check_alive()
            found = ready()
            if found:
                return found
            time.sleep(LOOK_S)
        raise RobotError(f"{what} did not start within {START_PATIENCE_S:.0f} s; see {self.folder}")

    @property
    def _makers(self) -> str:
        return makers_option() if self.options.strategy == GAMES else "honest"

    def _back_office_command(self, broker_port: int) -> list[str]:
        return [
            *(sys.executable, "-m", "connectors.sim.backoffice"),  # none of what `sim` imports
            *("--host", LOOPBACK, "--port", str(broker_port), "--environment", "demo"),
            *("--database", str(self.bookings), "--status", str(self.folder / "backoffice.json")),
            *("--late-share", "0.05", "--late-ms", "300", "--twice-share", "0.02"),
            *("--forget-share", "0.01", "--seed", str(self.options.seed)),
        ]

    def _venue_command(self) -> list[str]:
        options = self.options
        command = [
            *(sys.executable, "-m", "robot", "sim", "venue", "--port", "0"),
            *("--record", str(self.venue_record), "--store", str(self.folder / "venue-fix")),
            *("--status", str(self.folder / "venue.json"), "--speed", options.speed),
            *("--requests-per-second", str(options.requests_per_second)),
            *("--seed", str(options.seed), "--start", DEMO_START, "--linger", "3600"),
        ]
        if options.deals is not None:
            command += ["--deals", str(options.deals)]
        if options.seconds is not None:
            command += ["--seconds", str(options.seconds)]
        for name, value in (("--from", options.from_), ("--until", options.until)):
            command += [name, value] if value else []
        for text in options.ticks:
            command += ["--ticks", text]
        if not options.ticks:
            for name in usual_venues(options.products):
                command += ["--venue", name]
        if options.hedge:
            command += ["--run-on", HEDGED_AFTER_S, "--makers", self._makers, "--drop-copy"]
        share = options.counter_share
        if share is None:
            share = COUNTER_SHARE if options.strategy == GAMES else 0.0
        if share:
            command += ["--counter-share", str(share)]
        if options.products != ONLY_SPOT:
            command += ["--products", ",".join(options.products).lower()]
        return command

    def _configure(self, venue_port: int, broker_port: int) -> Settings:
        """The shipped configuration (or the user's) with this demo's ports, venues and folders."""
        source = self.options.config or configuration_folder()
        folder = self.folder / "config"
        folder.mkdir(exist_ok=True)
        for path in source.glob("*.yaml"):
            (folder / path.name).write_bytes(path.read_bytes())
        yaml = YAML()
        path = folder / "desk.yaml"
        desk = yaml.load(path)
        desk["clock"] = "venue"
        desk["data"] = str(self.folder / "data")
        desk["seed"] = self.options.seed
        desk["four_eyes"] = False
        desk["mqtt"] = {"host": "127.0.0.1", "port": broker_port}
        template = dict(desk["venues"][0])
        venues = self._venues(list(template["pairs"]))
        desk["venues"] = [
            {**template, "id": name, "target": name, "port": venue_port, "pairs": pairs}
            for name, pairs in venues.items()
        ]
        if self.options.products != ONLY_SPOT:
            deal_products(desk, self._profiles(venues))
        if self.options.hedge:
            self._hedge(desk, folder, yaml)
        if self.options.strategy_file is not None:
            host_strategy(desk, folder, self.options.strategy_file, self.options.speed)
        if self.options.strategy == GAMES:
            play_games(desk, folder)
        yaml.dump(desk, path)
        return load_settings(folder)

    def _hedge(self, desk: dict[str, Any], folder: Path, yaml: YAML) -> None:
        """The desk hedges, with the venues that take orders."""
        others = {name: yaml.load(folder / name) for name in ("limits.yaml", "counterparties.yaml")}
        dialects = {v["id"]: dict(v.get("dialect") or {}).get("preset", "") for v in desk["venues"]}
        takers = [name for name, preset in dialects.items() if preset != "cfets_like"]
        makers = tuple(MAKERS) if self.options.strategy == GAMES else HONEST
        hedge(desk, others["limits.yaml"], others["counterparties.yaml"], takers, makers)
        for name, content in others.items():
            yaml.dump(content, folder / name)

    def _venues(self, pairs: list[str]) -> dict[str, list[str]]:
        products = self.options.products
        if not self.options.ticks:
            beyond_spot = products != ONLY_SPOT
            usual = usual_venues(products)
            return {name: list(own) if beyond_spot else pairs for name, own in usual.items()}
        venues: dict[str, list[str]] = {}
        for text in self.options.ticks:
            ticks = tick_file_of(text)
            known = venues.setdefault(ticks.venue, [])
            if ticks.pair not in known:
                known.append(ticks.pair)
        return venues

    def _profiles(self, venues: dict[str, list[str]]) -> dict[str, Profile]:
        names = dialect_names(list(venues), {}, beyond_spot=True)
        return make_profiles(venues, self.options.products, names)


def running_pids(settings: Settings) -> dict[str, int]:
    """Pids of the robot's processes as the supervisor last wrote them."""
    try:
        lines = (settings.run_folder / "processes").read_text(encoding="ascii").split("\n")
    except OSError:
        return {}
    return {name: int(pid) for name, pid, _ in (line.split() for line in lines if line)}


def new_folder(keep: Path | None) -> Path:
    """The demo's folder: the given one if it is new, else a fresh temporary one."""
    if keep is None:
        import tempfile

        return Path(tempfile.mkdtemp(prefix="fxrobot-demo-"))
    if keep.exists() and any(keep.iterdir()):
        raise ConfigurationError(f"--keep {keep}: the folder is not empty; name a new one")
    return keep.resolve()


def _read_json(path: Path) -> Status:
    try:
        return cast(Status, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _last_lines(path: Path) -> str:
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
    except OSError:
        return ""


def remove(folder: Path) -> None:
    """Delete a demo's folder."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
