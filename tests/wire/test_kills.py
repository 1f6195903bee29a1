"""SIGKILL to everything but the venue, again and again: nothing lost or doubled, limits kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.demo.kills import TARGETS, Killer, interval_of
from connectors.demo.world import DemoOptions, World
from connectors.sim.record import read_record
from robot.errors import ConfigurationError, RobotError

pytestmark = pytest.mark.wire

PATIENCE_S = 60.0
KILLS_MIN = 30


def until(world: World, what: str, reached: Callable[[], bool]) -> None:
    """Wait for it, as long as everything that must run does."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        world.check_alive()
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.timeout(240)
def test_thirty_kills_of_everything_lose_and_double_nothing(tmp_path: Path) -> None:
    """The command a user would run; its oracle compares venue, ledger and back office, what the
    robot dealt as taker too. It hedges meanwhile: no order is sent twice, none stays open.
    """
    command = [sys.executable, "-m", "robot", "demo", "--headless", "--json", "--seed", "11"]
    command += ["--kills", str(KILLS_MIN), "--kill-every", "450ms"]
    command += ["--requests-per-second", "15", "--keep", str(tmp_path / "world")]

    done = subprocess.run(command, capture_output=True, text=True, timeout=220, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)
    assert summary["ok"] and summary["problems"] == []
    assert (summary["lost"], summary["doubled"], summary["different"]) == (0, 0, 0)
    assert summary["limits_breached"] == 0
    assert summary["replay_equal"]
    assert summary["kills"] >= KILLS_MIN
    assert summary["kills"] == sum(summary["kills_by_process"].values())
    assert set(summary["kills_by_process"]) == set(TARGETS)
    assert summary["deals"] > 0
    record = read_record(tmp_path / "world" / "venue.sqlite")
    sent = Counter((row.venue, row.order_id) for row in record.order_messages if row.message == "D")
    assert sent and not [name for name, count in sent.items() if count > 1]
    assert not [row.order_id for row in record.orders if row.ended_at_ns is None]


@pytest.mark.timeout(120)
def test_what_is_killed_on_purpose_comes_back_and_what_ends_by_itself_is_noticed(
    tmp_path: Path,
) -> None:
    world = World(
        DemoOptions(deals=None, seconds=600, requests_per_second=10.0, folder=tmp_path / "world")
    )
    try:
        world.start()
        until(world, "deals", lambda: int(str(world.venue_status().get("fills", 0))) > 5)
        for name in ("broker", "backoffice"):
            world.kill(name)
            world.check_alive()
            world.start_again(name)
            world.check_alive()
        killer = Killer(world, 0.2, 3, time.monotonic())

        def all_killed() -> bool:
            killer.look(time.monotonic())
            return set(world.kills) == set(TARGETS)

        until(world, "a kill of each", all_killed)
        killer.finish()
        world.check_alive()
        os.kill(world.processes["backoffice"].pid, signal.SIGKILL)
        with pytest.raises(RobotError, match="backoffice ended"):
            until(world, "the end is noticed", lambda: False)
    finally:
        world.stop()


@pytest.mark.parametrize(
    ("text", "seconds"), [("3", 3.0), ("3s", 3.0), ("500ms", 0.5), ("0.5s", 0.5), (" 2s ", 2.0)]
)
def test_an_interval_is_read_with_or_without_its_unit(text: str, seconds: float) -> None:
    assert interval_of(text) == seconds


@pytest.mark.parametrize("text", ["", "often", "0", "-3s", "3m", "1ms", "nan", "9999999s", "٣s"])
def test_an_interval_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write 3, 3s or 500ms"):
        interval_of(text)
