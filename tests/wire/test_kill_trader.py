"""A trader killed in the middle of dealing, and again and again while it recovers: nothing lost,
nothing doubled, limits kept.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from connectors.demo.summary import summarise
from connectors.demo.world import DemoOptions, World, running_pids
from robot.settings import Settings

pytestmark = pytest.mark.wire

PATIENCE_S = 90.0
MOMENTS_S = (0.0, 0.03, 0.06, 0.1, 0.15)
"""How long after it took the journal a recovering trader is killed; it begins after some 0.3 s."""


def _fills(world: World) -> int:
    return int(str(world.venue_status().get("fills", 0)))


def _wait(world: World, condition: str, reached: object) -> None:
    assert callable(reached), condition
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        world.check_alive()
        assert time.monotonic() < deadline, f"{condition}: {world.venue_status()}"
        time.sleep(0.02)


@pytest.mark.timeout(240)
def test_a_killed_trader_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """SIGKILL while clients deal, then five in a row in recovery; three records agree."""
    world = World(
        DemoOptions(
            deals=60, seconds=None, speed="8", requests_per_second=12.0, folder=tmp_path / "world"
        )
    )
    try:
        settings = world.start()
        for lives, fills in enumerate((12, 24, 36), 1):
            # Deals may be ahead: a trader that is still in its recovery is for later.
            _wait(world, f"life {lives}", lambda lives=lives: len(_segments(settings)) >= lives)
            _wait(world, f"{fills} deals", lambda fills=fills: _fills(world) >= fills)
            _kill(settings)
        died = [_die_in_recovery(world, settings, moment_s) for moment_s in MOMENTS_S]
        assert died.count(True) >= 3, "killed after the recovery, not in it"
        _wait(world, "the end", lambda: world.venue_status().get("phase") == "finished")
        _wait(world, "delivery", lambda: _delivered(world))
        world.stop_venue()
    finally:
        world.stop()

    summary = summarise(settings, world.venue_record, world.bookings)

    assert summary.problems == []
    assert summary.deals >= 60
    assert (summary.lost, summary.doubled, summary.different) == (0, 0, 0)
    assert summary.limits_breached == 0
    assert summary.replay_equal
    assert len(_segments(settings)) == 4 + died.count(False)


def _die_in_recovery(world: World, settings: Settings, moment_s: float) -> bool:
    """Kill the next trader so long after it took the journal: whether it had not begun yet."""
    before = _segments(settings)
    _wait(world, "a trader that recovers", lambda: _recovering(settings))
    time.sleep(moment_s)
    _kill(settings)
    return _segments(settings) == before


def _kill(settings: Settings) -> None:
    """SIGKILL the trader and wait until it is gone."""
    pid = running_pids(settings)["trader"]
    os.kill(pid, signal.SIGKILL)
    while _files_of(pid):
        time.sleep(0.001)


def _recovering(settings: Settings) -> bool:
    """Whether a living trader holds the journal's lock."""
    files = _files_of(running_pids(settings).get("trader", 0))
    return str(settings.journal_folder / "lock") in files


def _files_of(pid: int) -> list[str]:
    """What a process has open; nothing once it is dead."""
    try:
        return [os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


def _segments(settings: Settings) -> list[Path]:
    return sorted(settings.journal_folder.glob("*.fxj"))


def _delivered(world: World) -> bool:
    status = world.venue_status()
    projector = world.beat("projector")
    booked = world.back_office_status()
    caught_up = projector is not None and projector.behind_bytes == 0
    return caught_up and int(str(booked.get("booked", 0))) >= int(str(status.get("fills", 0)))
