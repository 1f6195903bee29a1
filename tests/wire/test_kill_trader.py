"""A trader killed in the middle of dealing: nothing lost, nothing doubled, limits kept."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from connectors.demo.summary import summarise
from connectors.demo.world import DemoOptions, World, running_pids

pytestmark = pytest.mark.wire

PATIENCE_S = 90.0


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
    """SIGKILL the trader three times while clients deal; venue, ledger and back office agree."""
    world = World(
        DemoOptions(
            deals=90, seconds=None, speed="8", requests_per_second=12.0, folder=tmp_path / "world"
        )
    )
    try:
        settings = world.start()
        for fills in (15, 35, 55):
            _wait(world, f"{fills} deals", lambda fills=fills: _fills(world) >= fills)
            os.kill(running_pids(settings)["trader"], signal.SIGKILL)
        _wait(world, "the end", lambda: world.venue_status().get("phase") == "finished")
        _wait(world, "delivery", lambda: _delivered(world))
        world.stop_venue()
    finally:
        world.stop()

    summary = summarise(settings, world.venue_record, world.bookings)

    assert summary.problems == []
    assert summary.deals >= 90
    assert (summary.lost, summary.doubled, summary.different) == (0, 0, 0)
    assert summary.limits_breached == 0
    assert summary.replay_equal
    assert len(list(settings.journal_folder.glob("*.fxj"))) == 4


def _delivered(world: World) -> bool:
    status = world.venue_status()
    projector = world.beat("projector")
    booked = world.back_office_status()
    caught_up = projector is not None and projector.behind_bytes == 0
    return caught_up and int(str(booked.get("booked", 0))) >= int(str(status.get("fills", 0)))
