"""The trader process: where it begins, and its answers to an operator."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.journal.file import JournalFile
from robot import trader
from robot.assembly import load_strategy, make_journal, make_tail
from robot.auditor import SNAPSHOT_RECORDS, Auditor
from robot.control import Command
from robot.core.engine import Engine
from robot.core.state import state_hash
from robot.errors import ConfigurationError
from robot.journal import RecordKind
from robot.package import configuration_folder
from robot.recovery import recover
from robot.settings import Settings, load_settings
from robot.trader import Trader, newest_segment, recover_journal
from tests.kit.days import state_payload, write_turn
from tests.kit.desk import Desk


@pytest.fixture
def not_begun() -> Trader:
    """A trader whose core does not turn yet: it waits for its followers or for the venue's time."""
    return Trader(load_settings(Path(configuration_folder())))


def test_a_command_that_is_not_carried_out_yet_is_not_called_done(
    not_begun: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader, "CARRIED_OUT_S", 0.01)

    answer = not_begun._answer(Command(command="kill", actor="li.wei", reason="test"))

    assert answer["ok"] is False
    assert "taken but not carried out yet" in str(answer["problem"])


def test_status_is_told_also_before_the_core_turns(not_begun: Trader) -> None:
    assert not_begun._answer(Command(command="status"))["ok"] is True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped configuration with an empty data folder of its own."""
    shutil.copytree(configuration_folder(), tmp_path / "config")
    return load_settings(tmp_path / "config")


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
    day.go_on(SNAPSHOT_RECORDS // 2)
    journal.sync()
    folder = settings.data / "snapshots"
    auditor = Auditor(make_tail(settings, "", 0), load_strategy, folder, None)
    while auditor.catch_up():
        pass
    assert auditor.difference is None
    assert len(list(folder.glob("*.json"))) == 1
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
    assert shorter.replayer.turns < 1_000, "the snapshot was not used"
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
