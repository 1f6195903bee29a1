"""What stops a whole running robot when nobody helps: nobody is there, broker and database are
down, the auditor disagrees. The trader that stands still is in `test_faults.py`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.demo.world import DemoOptions, World, running_pids
from connectors.sim.record import read_record
from robot.cli import app
from robot.kill_file import kill_path
from robot.package import configuration_folder
from robot.settings import Settings
from tests.wire.test_faults import change, fills, halts, until

pytestmark = [pytest.mark.wire, pytest.mark.timeout(180)]

PRESENT_S = 3
STILL_S = 0.8
"""Requests come eight times a second of the venue, ten of which are one of ours."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "desk"
    shutil.copytree(configuration_folder(), folder)
    change(folder, "dead_man", {"operator_present_s": PRESENT_S})
    made = World(
        DemoOptions(
            deals=None,
            seconds=600,
            speed="10",
            requests_per_second=8.0,
            folder=tmp_path / "world",
            config=folder,
        )
    )
    yield made
    made.stop()


def nothing_is_dealt(world: World) -> None:
    """No quote stands at the venue, none comes, and nothing is dealt: its counters, which it
    writes now and then, stand still.
    """
    seen: list[tuple[float, object]] = [(0.0, None)]

    def stand_still() -> bool:
        now = (fills(world), world.venue_status()["quotes"])
        if now != seen[-1][1]:
            seen.append((time.monotonic(), now))
        return time.monotonic() - seen[-1][0] > STILL_S

    until(world, "nothing more", stand_still)
    assert not [quote for quote in read_record(world.venue_record).quotes if quote.end == "live"]


def dealing_in_presence(world: World, settings: Settings) -> None:
    """Five more deals, while somebody releases what stops for want of a person: on a busy machine
    a start and the first deals take longer than that.
    """
    before = fills(world)

    def dealt() -> bool:
        if "nobody was present" in halts(world).get("kill_switch", ""):
            released(settings)  # which is somebody, for a while
        return fills(world) >= before + 5

    until(world, "deals", dealt)


def released(settings: Settings) -> None:
    command = ["release", "--config", str(settings.folder), "--actor", "li.wei", "--reason", "seen"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output


def test_it_stops_when_nobody_is_there_and_by_the_signal_file_alone_and_when_the_auditor_disagrees(
    world: World,
) -> None:
    settings = world.start()
    dealing_in_presence(world, settings)
    until(world, "the stop", lambda: "nobody was present" in halts(world).get("kill_switch", ""))
    nothing_is_dealt(world)

    dealing_in_presence(world, settings)
    world.kill("broker")
    database = settings.data / "fxrobot.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None, timeout=20)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        kill_path(settings.run_folder).touch()
        until(world, "the stop", lambda: "signal file" in halts(world).get("kill_switch", ""))
        nothing_is_dealt(world)
        lock.execute("ROLLBACK")

    _damage_what_the_auditor_reads_next(world, settings)
    until(world, "the halt", lambda: "follower auditor" in halts(world))
    until(world, "its reason", lambda: "silent" not in halts(world)["follower auditor"])
    assert "kill_switch" in halts(world), "one does not end the other"


def _damage_what_the_auditor_reads_next(world: World, settings: Settings) -> None:
    """One bit of what was journaled while it stood still."""
    newest = max(settings.journal_folder.glob("*.fxj"))
    auditor = running_pids(settings)["auditor"]
    os.kill(auditor, signal.SIGSTOP)
    try:
        before = newest.stat().st_size
        until(world, "more records", lambda: newest.stat().st_size > before + 4_000)
        with newest.open("r+b") as file:
            file.seek(before + 2_000)
            byte = file.read(1)
            file.seek(before + 2_000)
            file.write(bytes([byte[0] ^ 1]))
    finally:
        os.kill(auditor, signal.SIGCONT)
