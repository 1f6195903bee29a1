"""An auditor makes a learned section again from the journals that it names."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from backtest.games.cli import app
from backtest.games.learning_check import CheckReport, checked
from backtest.games.learning_steps import learned_version
from backtest.records.parts import write_part
from connectors.audit.cli import app as audit
from robot.errors import RobotError
from strategies.games.desk.learned import LearnedState, learned_of, with_learned
from tests.kit.asked_banks import GAME, AskedDay
from tests.kit.days import write_day
from tests.kit.recording import recorded


class Learnt:
    """One short day, and the frozen file that came of its journal."""

    def __init__(self, folder: Path) -> None:
        self.day = AskedDay(GAME, asks=12)
        self.place = self.day.write(folder)
        self.text = version(GAME, self.place)

    def check(self, text: str = "", *places: Path, before: str = "") -> CheckReport:
        return checked(text or self.text, "x", places or (self.place,), before)


def version(text: str, *places: Path, freeze: bool = True) -> str:
    return learned_version(text, "x", places, "", freeze=freeze, by="anna").text


def state_of(text: str) -> LearnedState:
    found = learned_of(text, "x")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    return Learnt(tmp_path_factory.mktemp("learnt"))


def test_what_came_of_the_journal_is_equal_and_names_its_last_record(
    learnt: Learnt, tmp_path: Path
) -> None:
    file = tmp_path / "x.game.yaml"
    file.write_text(learnt.text)
    told = CliRunner().invoke(
        app, ["learn", "--check", str(file), "--from", str(learnt.place), "--json"]
    )
    found = json.loads(told.stdout)
    assert told.exit_code == 0 and found["equal"] and not found["differences"]
    assert (found["goes"], found["outcomes"], found["frozen_by"]) == (1, 12, "anna")
    (row,) = state_of(learnt.text).heard
    verified = CliRunner().invoke(audit, ["verify", str(learnt.place), "--json"])
    assert verified.exit_code == 0, "the same journal is whole by the auditor's own command"
    assert row.chain in (learnt.place / "journal" / f"{row.last}.fxj").read_bytes().hex()
    assert row.chain[:16] in found["records"][0]


def test_a_number_changed_with_its_hash_made_anew_is_named(learnt: Learnt) -> None:
    state = state_of(learnt.text)
    assert state.banks is not None
    better = msgspec.structs.replace(state.banks.banks["BANKB"], cost=0.5)
    banks = msgspec.structs.replace(state.banks, banks={**state.banks.banks, "BANKB": better})
    forged = with_learned(learnt.text, msgspec.structs.replace(state, banks=banks))
    (told,) = learnt.check(forged).differences
    assert told.startswith("banks banks BANKB cost: 0.5 is said, ")


def test_a_journal_that_was_changed_is_told_as_such(learnt: Learnt, tmp_path: Path) -> None:
    place = learnt.day.write(tmp_path)
    (file,) = (place / "journal").glob("*.fxj")
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"1.10005", b"1.10004", 1))
    (told,) = learnt.check("", place).differences
    assert "does not match its checksum" in told or "hash chain" in told


def test_another_journal_of_the_same_name_is_told_and_the_right_one_beside_it_found(
    learnt: Learnt, tmp_path: Path
) -> None:
    other = AskedDay(GAME, asks=12, seed=5).write(tmp_path)
    (told,) = learnt.check("", other).differences
    assert "is another journal, or was changed" in told
    assert learnt.check("", other, learnt.place).equal


def test_a_journal_that_is_not_there_is_told(learnt: Learnt, tmp_path: Path) -> None:
    (told,) = learnt.check("", tmp_path).differences
    assert told.startswith("20140501-0001 as far as record 1")
    assert told.endswith(": in none of the places given (--from)")


def test_what_was_learned_in_the_middle_of_a_day_is_made_again_when_it_is_over(
    learnt: Learnt, tmp_path: Path
) -> None:
    write_day(tmp_path / "journal", learnt.day.scene.desk, turns=60)
    early = version(GAME, tmp_path)
    assert state_of(early).outcomes < 12
    assert learnt.check(early).equal


def test_two_goes_are_made_again_in_their_order(learnt: Learnt, tmp_path: Path) -> None:
    later = AskedDay(GAME, asks=5, hour=11).write(tmp_path)
    both = version(learnt.text, later)
    assert [one.go for one in state_of(both).heard] == [1, 2]
    found = learnt.check(both, learnt.place, later)
    assert found.equal and found.goes == 2
    assert learnt.check(both, later, before=learnt.text).equal
    wider = both.replace("banks: 3", "banks: 2")
    (told,) = learnt.check(wider, learnt.place, later).differences
    assert told.startswith("in go 1 the file had other terms")


def test_a_run_of_a_backtest_is_made_again_and_told_as_proved_by_no_journal(
    learnt: Learnt, tmp_path: Path
) -> None:
    write_part(tmp_path / "records", 1, recorded(learnt.day.scene.desk).tables())
    found = learnt.check(version(GAME, tmp_path), tmp_path)
    assert found.equal and "which no journal proves" in found.records[0]


def test_the_same_outcomes_given_twice_are_refused(learnt: Learnt) -> None:
    with pytest.raises(RobotError, match="the same outcomes were given twice"):
        version(GAME, learnt.place, learnt.place)


def test_a_frozen_version_keeps_who_froze_it_and_a_further_one_is_thawed(learnt: Learnt) -> None:
    again = learned_version(learnt.text, "x", (), "", freeze=True, by="bert").text
    assert state_of(again).frozen_by == "anna"
    assert state_of(version(again, learnt.place, freeze=False)).frozen_by == ""


def test_a_section_that_does_not_say_what_it_came_of_cannot_be_made_again(learnt: Learnt) -> None:
    bare = with_learned(learnt.text, msgspec.structs.replace(state_of(learnt.text), heard=()))
    with pytest.raises(RobotError, match="does not say what it was learned from"):
        learnt.check(bare)
