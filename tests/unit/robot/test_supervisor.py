"""A process is alive as long as new signs of life come, whatever the machine's clock says."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from robot import supervisor, trader
from robot.clock import NANOS_PER_SECOND
from robot.dead_man import noted
from robot.host_places import PLACES, tell_wanted
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.status import Beat, read_beat, write_beat
from robot.supervisor import SILENT_S, STOP_PATIENCE_S, TRADER_SHARE, Supervisor, Watched
from robot.trader import Trader

SECOND_NS = NANOS_PER_SECOND


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = load_settings(configuration_folder())
    desk = found.desk.model_copy(update={"data": tmp_path})
    return msgspec.structs.replace(found, desk=desk)


class Time:
    """The supervisor's own, in seconds."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> int:
        return int(self.now_s * SECOND_NS)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Time:
    steady = Time()
    monkeypatch.setattr(supervisor, "steady_ns", steady)
    return steady


@pytest.fixture
def watched(settings: Settings, steady: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A process that only sleeps; its signs of life are written by the test."""
    popen = subprocess.Popen

    def sleeper(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return popen(["sleep", "60"], stdin=subprocess.DEVNULL)

    monkeypatch.setattr(supervisor.subprocess, "Popen", sleeper)
    watched = Watched("relay", settings)
    watched.look()
    yield watched
    watched.stop()


def test_a_clock_that_jumps_kills_nothing(
    watched: Watched, settings: Settings, steady: Time
) -> None:
    for at_s in (1_000, 1_000_000, 500, 501):
        steady.now_s += SILENT_S - 1
        write_beat(settings.run_folder, Beat(name="relay", at_ns=at_s * SECOND_NS, pid=1))
        watched.look()
    assert watched.process is not None and watched.process.poll() is None


def test_a_process_without_new_signs_of_life_is_killed(
    watched: Watched, settings: Settings, steady: Time
) -> None:
    write_beat(settings.run_folder, Beat(name="relay", at_ns=2**62, pid=1))
    watched.look()
    steady.now_s += SILENT_S + 1
    watched.look()
    assert watched.process is not None and watched.process.poll() == -9
    watched.look()
    steady.now_s += 1
    watched.look()
    assert watched.starts == 2


def stalled(settings: Settings, steady: Time, *, dealt: bool) -> Watched:
    """A trader that gave signs of life, or never did, and then none any more."""
    one = Watched("trader", settings)
    one.look()
    assert one.process is not None
    if dealt:
        write_beat(settings.run_folder, Beat(name="trader", at_ns=1, pid=one.process.pid))
    one.look()
    steady.now_s += 1 + settings.desk.dead_man.stall_s * TRADER_SHARE
    one.look()
    return one


@pytest.mark.usefixtures("watched")
def test_a_trader_that_stood_still_leaves_a_note_and_one_that_never_dealt_does_not(
    settings: Settings, steady: Time
) -> None:
    settings.run_folder.mkdir(parents=True, exist_ok=True)
    assert stalled(settings, steady, dealt=False).process is not None
    assert noted(settings.run_folder) == []
    assert stalled(settings, steady, dealt=True).process is not None
    assert [stop.actor for stop in noted(settings.run_folder)] == ["dead man"]


@pytest.mark.usefixtures("watched")
def test_no_trader_starts_before_the_stall_of_the_last_one_is_noted(
    settings: Settings, steady: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    settings.run_folder.mkdir(parents=True, exist_ok=True)
    with monkeypatch.context() as away:
        away.setattr(supervisor, "leave_note", full)
        one = stalled(settings, steady, dealt=True)
        for _ in range(3):
            steady.now_s += 10
            one.look()
        assert one.process is None and one.starts == 1
    one.look()
    assert one.starts == 2 and noted(settings.run_folder)
    one.stop()


def test_a_core_that_hangs_gives_no_sign_of_life_though_its_threads_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monitor writes signs of life only while the core's loop moves."""
    monkeypatch.setattr(trader, "STALL_SHARE", 0.2 / settings.desk.dead_man.stall_s)
    monkeypatch.setattr(trader, "BEAT_S", 0.02)
    monkeypatch.setattr(trader, "LOOK_S", 0.02)
    hung = Trader(settings)
    thread = threading.Thread(target=hung._monitor)
    thread.start()
    thread.join(0.6)  # three times as long as a stall is let pass
    first = read_beat(settings.run_folder, "trader")
    thread.join(0.3)
    second = read_beat(settings.run_folder, "trader")
    hung._running()
    thread.join(0.1)
    third = read_beat(settings.run_folder, "trader")
    hung.stop()
    thread.join()
    assert first is not None and first == second, "silent once it hangs"
    assert third is not None and third.at_ns > first.at_ns, "and alive when it moves again"


def test_what_was_killed_from_outside_is_back_in_the_same_look(
    watched: Watched, steady: Time
) -> None:
    assert watched.process is not None
    watched.process.kill()
    watched.process.wait()
    watched.look()
    assert watched.process is not None and watched.process.poll() is None
    assert 2 == watched.starts


def test_what_ends_by_itself_right_after_its_start_is_given_more_and_more_time(
    watched: Watched, steady: Time
) -> None:
    pauses = []
    for _ in range(3):
        assert watched.process is not None
        watched.process.terminate()
        watched.process.wait()
        watched.look()
        assert watched.process is None
        begun_s = steady.now_s
        while watched.process is None:
            steady.now_s += 0.01
            watched.look()
        pauses.append(steady.now_s - begun_s)
    assert pytest.approx([0.1, 0.2, 0.4], abs=0.02) == pauses


@pytest.mark.usefixtures("watched")
def test_hosts_come_and_go_as_the_trader_wants_them(settings: Settings, steady: Time) -> None:
    robot, folder = Supervisor(settings), settings.run_folder

    def look() -> list[str]:
        robot._see_to_hosts()
        for name in PLACES:
            if name in robot.watched:
                robot.watched[name].look()
        return [name for name in PLACES if name in robot.watched]

    assert look() == []
    tell_wanted(folder, ["host", "host2"])
    assert look() == ["host", "host2"]
    process = robot.watched["host2"].process
    assert process is not None
    tell_wanted(folder, ["host"])
    assert look() == ["host", "host2"], "it is asked to end, not waited for"
    process.wait()
    assert look() == ["host"]
    stubborn = robot.watched["host"]
    stubborn.process, real = Stubborn(), stubborn.process
    tell_wanted(folder, [])
    look()
    steady.now_s += STOP_PATIENCE_S + 1
    tell_wanted(folder, ["host"])
    assert look() == ["host"] and robot.watched["host"] is stubborn
    assert stubborn.process.ended == [signal.SIGTERM, signal.SIGKILL]
    look()
    assert robot.watched["host"] is not stubborn, "it is wanted again, and begins anew"
    robot.watched["host"].stop()
    assert real is not None
    real.kill()
    real.wait()


class Stubborn:
    """A process that ends only when it is killed."""

    def __init__(self) -> None:
        self.ended: list[int] = []

    def poll(self) -> int | None:
        return -9 if signal.SIGKILL in self.ended else None

    def send_signal(self, number: int) -> None:
        self.ended.append(number)

    def kill(self) -> None:
        self.ended.append(signal.SIGKILL)
