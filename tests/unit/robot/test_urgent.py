"""`fxrobot kill`, `status`, `present` without the rest of the program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from robot import urgent
from robot.control import Answer, Command, ControlServer
from robot.kill_file import kill_path
from robot.package import configuration_folder
from robot.settings import load_settings

KILL = ["kill", "--actor", "li.wei", "--reason", "drill", "--config"]


class Desk:
    """A desk's folder and a trader's socket that keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "desk.yaml").write_text("data: d   # here\nvenues: nonsense\n")
        self.asked: list[Command] = []
        self.answer: Answer = {"ok": True, "halts": {"ü": "x"}, "present_s": 3.2}
        self.server = ControlServer(folder / "d" / "run" / "control", self.handle)

    def handle(self, command: Command) -> Answer:
        self.asked.append(command)
        return self.answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.server.close()


def test_a_kill_is_told_to_the_trader_as_it_was_typed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert urgent.run([*KILL, str(desk.folder), "--scope=venue:ALPHA"]) == 0
    (told,) = desk.asked
    assert (told.command, told.scope) == ("kill", "venue:ALPHA")
    assert (told.actor, told.reason) == ("li.wei", "drill")
    assert "kill switch venue:ALPHA pulled" in capsys.readouterr().out
    assert not kill_path(desk.folder / "d" / "run").exists()


def test_what_the_trader_refuses_is_an_error_and_writes_no_file(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.answer = {"ok": False, "problem": "there is no venue 'BETTA'"}
    assert urgent.run([*KILL, str(desk.folder), "--scope", "venue:BETTA"]) == 2
    assert "no venue 'BETTA'" in capsys.readouterr().err
    assert not kill_path(desk.folder / "d" / "run").exists()


def test_signs_that_are_no_text_do_not_keep_anybody_from_killing(desk: Desk) -> None:
    words = ["kill", "--actor", "\udcff", "--reason", "x", "--config", str(desk.folder)]
    assert urgent.run(words) == 0 and desk.asked[0].actor == r"\udcff"


def test_the_status_is_told_line_by_line_or_as_json(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert urgent.run(["status", "--config", str(desk.folder)]) == 0
    assert 'halts: {"ü":"x"}\n' in capsys.readouterr().out
    assert urgent.run(["status", "--json", "--config", str(desk.folder)]) == 0
    assert capsys.readouterr().out == '{"ok":true,"halts":{"ü":"x"},"present_s":3.2}\n'
    assert urgent.run(["present", "--actor", "a", "--config", str(desk.folder)]) == 0
    assert "dealing stops in 3 s" in capsys.readouterr().out


def test_a_reader_who_has_enough_of_the_status_is_no_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as told:
        monkeypatch.setattr(sys, "stdout", told)
        assert urgent.run(["status", "--config", str(desk.folder)]) == 0
        monkeypatch.undo()


def test_with_no_trader_the_signal_file_is_written_and_a_status_is_an_error(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.server.close()
    assert urgent.run(["status", "--config", str(desk.folder)]) == 2
    assert urgent.run([*KILL, str(desk.folder), "--scope", "no part"]) == 2
    path = kill_path(desk.folder / "d" / "run")
    assert "nothing was done" in capsys.readouterr().err and not path.exists()
    assert urgent.run([*KILL, str(desk.folder), "--scope", "pair:EURUSD"]) == 0
    assert path.read_text() == "pair EURUSD\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["kill"],
        ["kill", "--help"],
        ["kill", "--config", "x", "--actor", "a"],
        ["kill", "--config", "x", "--actor", "a", "--reason"],
        ["kill", "--config", "x", "--actor", "--reason", "b"],
        ["kill", "--config", "x", "--actor", "a", "--reason", "b", "--force"],
        ["kill", "--config", "x", "--actor", "a", "--reason", "b", "word"],
        ["status", "--config", "nowhere"],
        ["release", "--config", "x", "--actor", "a", "--reason", "b"],
    ],
    ids=" ".join,
)
def test_what_is_not_understood_is_left_to_the_whole_command_line(words: list[str]) -> None:
    assert urgent.run(words) is None


def test_the_run_folder_is_the_robot_s_own() -> None:
    found = urgent.run_folder_of(str(configuration_folder()))
    assert found == str(load_settings(configuration_folder()).run_folder)


@pytest.mark.parametrize(
    "value",
    ["d", "../d", "/var/d", "a.b", "007", "1e3", "d # c", "d  ", "null", "~", "~/d", "'d'", '"d"',
     "|", "> d", "&a d", "*a", "!x d", "a b", "a: b", "a#b", "{x}", "[d]", "", "...", "\td",
     "d\n  e", "d\n\n e", "d\ndata: e", "d\n'data': e"],
)  # fmt: skip
def test_what_is_read_without_yaml_is_what_yaml_reads(value: str) -> None:
    text = f"entity: x\ndata: {value}\nbook: y\n"
    found = urgent.plain_data(text)
    if found is not None:
        node = YAML(typ="safe", pure=True).compose(text)
        values = {key.value: one.value for key, one in node.value}
        assert values["data"] == found


def test_nothing_is_imported_that_reads_settings() -> None:
    code = "import sys, robot.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"typer", "rich", "msgspec", "pydantic", "ruamel", "asyncio", "importlib.metadata"}
    assert not heavy & set(done.stdout.split())
