"""Where the trader begins (a long segment and the auditor's snapshot in it), what it answers."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import cast

import msgspec
import pytest

from connectors.journal.file import JournalFile
from robot import trader
from robot.agent import Agent
from robot.assembly import load_strategy, make_journal, make_tail
from robot.auditor import SNAPSHOT_EVENTS, SNAPSHOTS_KEPT, Auditor
from robot.clock import ManualClock
from robot.control import Command
from robot.core.engine import Engine
from robot.core.state import state_hash
from robot.dead_man import leave_note
from robot.errors import ConfigurationError
from robot.journal import RecordKind
from robot.kill_file import pull_by_file
from robot.messages.events import FollowersLagging
from robot.messages.stops import StopScope
from robot.package import configuration_folder
from robot.recovery import recover
from robot.settings import Settings, load_settings
from robot.status import Beat, write_beat
from robot.trader import FOLLOWERS, Trader, newest_segment, recover_journal
from tests.kit.days import state_payload, write_turn
from tests.kit.desk import Desk

TURNS = 10_000
"""Two records each: more than the 1,000 that recovery reads at once, many times over."""
CONFIG = Path(__file__).resolve().parents[3] / "config"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped configuration with an empty data folder of its own."""
    shutil.copytree(configuration_folder(), tmp_path / "config")
    return load_settings(tmp_path / "config")


@pytest.fixture
def simulated(settings: Settings, tmp_path: Path) -> Trader:
    """A trader whose time is the simulated venue's."""
    desk = settings.desk.model_copy(update={"data": tmp_path, "clock": "venue"})
    return Trader(msgspec.structs.replace(settings, desk=desk))


class LongDay:
    """A desk that deals now and then, each of its events journaled as a turn."""

    def __init__(self, settings: Settings, journal: JournalFile) -> None:
        self.journal = journal
        self.desk = Desk()
        journal.open_segment(self.desk.day, self.desk.at_ns, state_payload(Engine(load_strategy)))
        self.desk.open()
        self.written = 0

    def go_on(self, turns: int) -> None:
        """So many more prices, and a deal at the end."""
        for number in range(turns):
            self.desk.after(1).market("1.10000", f"1.1001{number % 10}")
        self.desk.hit(self.desk.quoted(amount=10_000), amount=10_000)
        while self.written < len(self.desk.stepped):
            at = self.written
            write_turn(self.journal, self.desk.stepped[at], self.desk.history[at])
            self.written += 1


def test_a_long_segment_recovers_from_a_snapshot_in_its_middle_to_the_state_of_the_whole(
    settings: Settings,
) -> None:
    journal = make_journal(settings)
    assert isinstance(journal, JournalFile)
    day = LongDay(settings, journal)
    day.go_on(TURNS)
    journal.sync()
    folder = settings.data / "snapshots"
    auditor = Auditor(make_tail(settings, "", 0), load_strategy, folder, None)
    while auditor.catch_up():
        pass
    assert auditor.difference is None
    assert len(list(folder.glob("*.json"))) == SNAPSHOTS_KEPT
    day.go_on(700)
    journal.close()
    journal = make_journal(settings)
    tail = make_tail(settings, newest_segment(settings), 0)
    records = []
    while found := tail.poll(10_000):
        records += found
    assert sum(record.kind is RecordKind.INPUTS for record in records) == len(day.desk.stepped)
    whole = recover(records, None, journal, load_strategy)
    shorter = recover_journal(settings, journal)
    journal.close()
    expected = state_hash(day.desk.state)
    assert state_hash(whole.replayer.engine.state) == expected
    assert state_hash(shorter.replayer.engine.state) == expected
    assert shorter.replayer.turns < SNAPSHOT_EVENTS + 1_000 < TURNS, "the snapshot was not used"
    assert shorter.unsent == whole.unsent
    assert shorter.replayer.links == whole.replayer.links


@pytest.mark.parametrize("wrong", ["1e999", "-1", "1_0"])
def test_wrong_parameters_of_the_strategy_end_the_start_before_anything_is_journaled(
    settings: Settings, wrong: str
) -> None:
    path = settings.folder / "desk.yaml"
    path.write_text(path.read_text().replace("lean_max: 1.5", f"lean_max: {wrong}"))
    with pytest.raises(ConfigurationError, match="lean_max"):
        Trader(load_settings(settings.folder)).run()
    assert not settings.journal_folder.exists()


def test_a_command_that_is_not_carried_out_yet_is_not_called_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The core does not turn yet: it waits for its followers or for the venue's time."""
    monkeypatch.setattr(trader, "CARRIED_OUT_S", 0.01)

    answer = Trader(settings)._answer(Command(command="kill", actor="li.wei", reason="test"))

    assert answer["ok"] is False
    assert "taken but not carried out yet" in str(answer["problem"])


def test_status_is_told_also_before_the_core_turns(settings: Settings) -> None:
    assert Trader(settings)._answer(Command(command="status"))["ok"] is True


def test_before_it_begins_a_trader_does_not_tell_the_state_of_the_run_before(
    simulated: Trader,
) -> None:
    """Its venues were logged on and reconciled then; now they are not."""
    desk = Desk().open()
    desk.kill()
    simulated._engine, simulated._agent = desk.engine, cast(Agent, object())

    told = simulated._answer(Command(command="status"))

    assert list(cast(dict[str, str], told["halts"])) == ["kill_switch"]
    assert "venues" not in told


def test_a_trader_that_comes_back_begins_at_the_time_of_its_journal(
    simulated: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for the venue: what the venue sends once more must be journaled at once."""
    monkeypatch.setattr(trader, "FIRST_TIME_S", 0.0)
    engine = simulated._engine = Engine(load_strategy)

    assert not simulated._wait_for_time(), "a new one knows no time and waits for the venue's"
    engine.state.now_ns = 1_792_569_600_000_000_000
    assert simulated._wait_for_time()
    assert simulated._clock.now_ns() == engine.state.now_ns


def test_a_part_that_there_is_not_is_an_error_and_stops_nothing(settings: Settings) -> None:
    one = Trader(settings)
    one._engine = Desk().open().engine
    for scope, said in (("venue:ALHPA", "known: ALPHA, BETA"), ("alpha", "nothing was done")):
        told = one._answer(Command(command="kill", scope=scope, actor="a", reason="b"))
        assert not told["ok"] and said in str(told["problem"])
    assert len(one._inbox) == 0


def test_a_person_who_does_something_under_a_name_is_present(settings: Settings) -> None:
    policy = settings.desk.dead_man.model_copy(update={"operator_present_s": 60})
    desk = settings.desk.model_copy(update={"dead_man": policy})
    one = Trader(msgspec.structs.replace(settings, desk=desk))
    one._machine = ManualClock(one._machine.now_ns() + 50 * 10**9)
    now_ns = one._machine.now_ns()
    for command in (Command(command="status", actor="a"), Command(command="present")):
        one._answer(command)
        assert (one._presence.left_s(now_ns) or 0) < 11, "a look, and nobody, is no sign of one"
    one._answer(Command(command="present", actor="li.wei"))
    assert (one._presence.left_s(now_ns) or 0) == 60


def test_the_signal_file_and_a_stall_stop_a_trader_from_its_start(settings: Settings) -> None:
    settings.run_folder.mkdir(parents=True)
    leave_note(settings.run_folder, "the trader stood still")
    pull_by_file(settings.run_folder, (StopScope.VENUE, "ALPHA"))
    found = [(stop.scope, stop.value) for stop in Trader(settings)._stopped_from_the_start()]
    assert found == [("all", ""), ("venue", "ALPHA")]


def test_an_auditor_that_disagrees_is_told_to_the_core_at_its_next_sign_of_life(
    settings: Settings,
) -> None:
    one = Trader(settings)
    one._begun = True

    def beat(problem: str) -> None:
        for name in FOLLOWERS:
            bad = problem if name == "auditor" else ""
            at_ns = one._machine.now_ns()
            found = Beat(name=name, at_ns=at_ns, pid=1, healthy=not bad, problem=bad)
            write_beat(settings.run_folder, found)

    def told() -> tuple[str, ...]:
        deadline_s = time.monotonic() + 10
        while not (events := one._inbox.take(8)):
            assert time.monotonic() < deadline_s
            time.sleep(0.005)
        assert isinstance(events[-1], FollowersLagging)
        return events[-1].names

    beat("")
    thread = threading.Thread(target=one._monitor)
    thread.start()
    try:
        assert told() == ()
        beat("replay differs")
        began_s = time.monotonic()
        assert told() == ("auditor",)
        assert time.monotonic() - began_s < 2.0, "50 ms on a quiet machine"
    finally:
        one.stop()
        thread.join()
