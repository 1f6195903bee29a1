"""Faults of a whole running robot: what it needs goes away, what it reads is poison."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from connectors.demo.summary import summarise
from connectors.demo.world import DemoOptions, World, running_pids
from connectors.store.queries import open_queries
from robot.cli import app
from robot.core.engine import HANDLERS
from robot.messages.events import RfqReceived
from robot.package import configuration_folder
from tests.kit.poison import REQUEST_ID

pytestmark = [pytest.mark.wire, pytest.mark.timeout(240)]

PATIENCE_S = 60.0
SPEED = "10"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of the test's own."""
    folder = tmp_path / "desk"
    shutil.copytree(configuration_folder(), folder)
    return folder


@pytest.fixture
def world(tmp_path: Path, folder: Path) -> Iterator[World]:
    """Not started yet; ended whatever happens."""
    options = DemoOptions(
        deals=None,
        seconds=600,
        speed=SPEED,
        requests_per_second=10.0,
        folder=tmp_path / "world",
        config=folder,
    )
    world = World(options)
    yield world
    world.stop()


def change(folder: Path, key: str, values: dict[str, object]) -> None:
    """Set keys of one block of desk.yaml."""
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk.setdefault(key, {}).update(values)
    yaml.dump(desk, folder / "desk.yaml")


def until(world: World, what: str, reached: Callable[[], object]) -> None:
    """Wait for it, as long as everything that must run does."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        world.check_alive()
        assert time.monotonic() < deadline, f"{what}: {world.venue_status()} {halts(world)}"
        time.sleep(0.05)


def fills(world: World) -> int:
    """Deals at the venue."""
    return int(str(world.venue_status().get("fills", 0)))


def halts(world: World) -> dict[str, str]:
    """What stops the robot from dealing, as it says itself."""
    found = world.robot_status().get("halts", {})
    assert isinstance(found, dict)
    return found


def outbox_open(world: World) -> int:
    """Deals that the back office has not acknowledged."""
    assert world.settings is not None
    with open_queries(world.settings.database_url) as queries:
        return queries.counts().outbox_open


def more_deals(world: World, count: int, what: str) -> float:
    """Wait for so many more deals; how many a second came."""
    before, began_s = fills(world), time.monotonic()
    until(world, what, lambda: fills(world) >= before + count)
    return (fills(world) - before) / (time.monotonic() - began_s)


def judge(world: World) -> None:
    """Everything that was dealt is at the venue, in the ledger and at the back office, once."""
    settings = world.settings
    assert settings is not None
    world.stop_venue()
    until_s = time.monotonic() + PATIENCE_S
    while outbox_open(world) or _behind(world):
        assert time.monotonic() < until_s, "not everything was delivered"
        time.sleep(0.05)
    world.stop()
    summary = summarise(settings, world.venue_record, world.bookings)
    assert summary.problems == []
    assert summary.reconciled and summary.replay_equal and not summary.limits_breached


def _behind(world: World) -> bool:
    assert world.settings is not None
    with open_queries(world.settings.database_url) as queries:
        return queries.counts().deals < fills(world)


def test_without_broker_and_database_trading_is_as_fast_until_the_delay_is_too_long(
    world: World,
) -> None:
    settings = world.start()
    more_deals(world, 10, "the first deals")
    with_broker = more_deals(world, 40, "deals with a broker")

    world.kill("broker")
    without = more_deals(world, 40, "deals without a broker")
    assert without > with_broker / 4, "the broker is on nobody's way to a deal"
    assert outbox_open(world) >= 20
    assert halts(world) == {}
    world.start_again("broker")
    until(world, "the outbox drains", lambda: outbox_open(world) < 20)

    with closing(sqlite3.connect(settings.data / "fxrobot.sqlite", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        until(world, "the halt", lambda: "follower projector" in halts(world))
        time.sleep(1.0)
        assert "locked" in halts(world)["follower projector"], halts(world)
        halted = fills(world)
        time.sleep(1.5)
        assert fills(world) - halted <= 2, "nothing new is dealt"
        lock.execute("ROLLBACK")
    until(world, "dealing again", lambda: not halts(world))
    more_deals(world, 10, "deals after the halt")
    judge(world)


def test_a_request_that_the_core_fails_on_is_left_out_and_halts_until_a_person_clears_it(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HANDLERS, RfqReceived, HANDLERS[RfqReceived])  # put back at the end
    change(folder, "strategy", {"factory": "tests.kit.poison:Poisoned"})
    settings = world.start()
    until(world, "the fault", lambda: "fault" in halts(world))

    text = CliRunner().invoke(app, ["status", "--config", str(settings.folder), "--json"])
    status = json.loads(text.stdout)
    assert "planted" in status["halts"]["fault"]
    assert any("quarantined" in line for line in status["told"])
    log = (settings.data / "log" / "trader.log").read_text(encoding="utf-8")
    assert "RfqReceived" in log and "after the restart it is quarantined and dealing halts" in log
    assert log.count("the core failed on event") == 1, "it is not looped on"
    time.sleep(0.5)  # the venue's counters are written now and then
    halted = world.venue_status()["quotes"]
    time.sleep(1.0)
    assert world.venue_status()["quotes"] == halted, "nothing is quoted"

    clear = ["clear", "fault", "--config", str(settings.folder), "--actor", "li.wei"]
    cleared = CliRunner().invoke(app, [*clear, "--reason", "drill"])
    assert (cleared.exit_code, "fault" in halts(world)) == (0, False), cleared.output
    more_deals(world, 10, "deals after it was cleared")
    asked = CliRunner().invoke(
        app, ["journal", "show", str(settings.journal_folder), "--find", REQUEST_ID, "--count", "0"]
    )
    assert "RfqReceived" in asked.stdout or REQUEST_ID in asked.stdout
    judge(world)


def test_a_trader_whose_disk_fails_or_who_stalls_is_ended_and_goes_on_after_its_restart(
    world: World, folder: Path
) -> None:
    change(folder, "dead_man", {"stall_s": 9})
    settings = world.start()
    more_deals(world, 10, "the first deals")
    pid = running_pids(settings)["trader"]
    size = max(path.stat().st_size for path in settings.journal_folder.glob("*.fxj"))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 3_000, resource.RLIM_INFINITY))
    until(world, "the restart", lambda: running_pids(settings).get("trader", pid) != pid)
    log = (settings.data / "log" / "trader.log").read_text(encoding="utf-8")
    assert "trading stops; free or replace the disk, then start again" in log
    assert "trader ended with code 70" in (world.folder / "robot.log").read_text(encoding="utf-8")
    more_deals(world, 10, "deals after the disk failed")

    pid = running_pids(settings)["trader"]
    os.kill(pid, signal.SIGSTOP)
    until(world, "the kill", lambda: running_pids(settings).get("trader", pid) != pid)
    said = (world.folder / "robot.log").read_text(encoding="utf-8")
    assert "trader gives no sign of life, killed" in said
    until(world, "the halt", lambda: "dead man" in halts(world).get("kill_switch", ""))
    dealt = fills(world)
    release = ["release", "--config", str(settings.folder), "--actor", "li.wei", "--reason", "seen"]
    released = CliRunner().invoke(app, release)
    assert fills(world) == dealt, "nothing was dealt since it started"
    assert released.exit_code == 0, released.output
    more_deals(world, 10, "deals after the stall")
    judge(world)
