"""A robot killed in the middle of talks, with clients who haggle and with banks that it asks: no
deal is lost or doubled, none is past the walk-away of its game, and the books are equal.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.demo.asking import Asker
from connectors.demo.cli import _end_dealing, _wait_quiet
from connectors.demo.games import GAMES
from connectors.demo.summary import summarise
from connectors.demo.world import DemoOptions, World, running_pids
from connectors.sim.options import parse_products
from robot.settings import Settings

pytestmark = pytest.mark.wire

PATIENCE_S = 60.0
TALKS = (b'"CounterQuote"', b'"CounterReceived"', b'"TakeQuote"')
"""The last words of the journal when the robot is killed: a price of ours is with a bank, a client
has said a price of its own, a bank's quote was hit.
"""

SEEN_SELDOM = "the market's middle was"
"""Of the record's own middles there are few while nobody quotes: they convict nobody here. The
walk-away that the game named does.
"""


@pytest.mark.timeout(180)
def test_a_robot_killed_in_talks_loses_doubles_and_gives_away_nothing(tmp_path: Path) -> None:
    world = World(
        DemoOptions(
            deals=None,
            seconds=600,
            requests_per_second=3.0,
            folder=tmp_path / "world",
            hedge=True,
            products=parse_products("spot,deposit"),
            strategy=GAMES,
        )
    )
    asker = None
    try:
        settings = world.start()
        asker = Asker(world)
        for said in TALKS:
            _die_at(world, settings, said)
        fills = _dealt(world)
        _until(world, "deals of the last life", lambda: _dealt(world) > fills)
        asker.finish()
        _end_dealing(world)
        assert _wait_quiet(world), "not everything was booked"
    finally:
        if asker is not None:
            asker.finish()
        world.stop()

    summary = summarise(settings, world.venue_record, world.bookings)

    assert [told for told in summary.problems if SEEN_SELDOM not in told] == []
    assert (summary.lost, summary.doubled, summary.different) == (0, 0, 0)
    assert summary.replay_equal and summary.limits_breached == 0
    played = summary.played
    assert played is not None and played.judged, "no deal of a game was judged"


def _die_at(world: World, settings: Settings, said: bytes) -> None:
    """Kill the robot when the journal says so next, and wait for its next life."""
    journal = _newest(settings)
    _until(world, f"{said!r} in the journal", lambda: said in _new(settings, journal))
    _kill_trader(settings)
    world.kills["trader"] += 1
    lives = len(_segments(settings)) + 1
    _until(world, "the next life", lambda: len(_segments(settings)) >= lives)


def _until(world: World, what: str, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        world.check_alive()
        assert time.monotonic() < deadline, f"{what}: {world.venue_status()}"
        time.sleep(0.002)


def _dealt(world: World) -> int:
    status = world.venue_status()
    return int(str(status.get("fills", 0))) + int(str(status.get("maker_deals", 0)))


def _segments(settings: Settings) -> list[Path]:
    return sorted(settings.journal_folder.glob("*.fxj"))


def _newest(settings: Settings) -> tuple[str, int]:
    """The segment that is written, and how far it is."""
    segments = _segments(settings)
    return (segments[-1].name, segments[-1].stat().st_size) if segments else ("", 0)


def _new(settings: Settings, since: tuple[str, int]) -> bytes:
    """What was written since then, of what is written now."""
    segments = _segments(settings)
    if not segments:
        return b""
    name, size = since
    with segments[-1].open("rb") as file:
        file.seek(size if segments[-1].name == name else 0)
        return file.read()


def _kill_trader(settings: Settings) -> None:
    """SIGKILL, and wait until it is gone."""
    pid = running_pids(settings)["trader"]
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/fd").exists() and _state(pid) not in "ZX":
        time.sleep(0.001)


def _state(pid: int) -> str:
    """Of a process, by one letter; Z = dead, and nobody has asked for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2][:1]
    except OSError:
        return "X"
