"""The signal file: what its lines stop, and everything where they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from robot.cli import app
from robot.errors import ConfigurationError, RobotError
from robot.kill_file import BYTES_MAX, EVERYTHING, KillFile, kill_path, pull_by_file, run_folder_of
from robot.messages.stops import StopScope
from robot.package import configuration_folder
from robot.settings import load_settings


def looked(file: KillFile) -> list[str]:
    return [f"{event.scope}:{event.value}".rstrip(":") for event in file.look()]


@pytest.fixture
def file(tmp_path: Path) -> KillFile:
    return KillFile(tmp_path, wait=lambda _: None)


@pytest.mark.parametrize(
    ("content", "stops"),
    [
        (b"", ["all"]),
        (b"\n \n", ["all"]),
        (b"venue ALPHA\npair:EUR/USD\n", ["venue:ALPHA", "pair:EUR/USD"]),
        (b"venue ALPHA\nvenue ALPHA", ["venue:ALPHA"]),
        (b"venue ALPHA\nplease stop", ["all"]),
        (b"venue", ["all"]),
        (b"\xff\xfe", ["all"]),
        (b"venue ALPHA\n" * BYTES_MAX, ["all"]),
    ],
)
def test_lines_are_parts_and_what_cannot_be_read_is_everything(
    tmp_path: Path, file: KillFile, content: bytes, stops: list[str]
) -> None:
    assert looked(file) == []
    kill_path(tmp_path).write_bytes(content)
    assert looked(file) == stops
    assert looked(file) == [], "told once"


def test_what_is_no_file_is_everything(tmp_path: Path, file: KillFile) -> None:
    kill_path(tmp_path).mkdir()
    assert looked(file) == ["all"]
    other = tmp_path / "other"
    other.mkdir()
    kill_path(other).symlink_to(other / "nowhere")
    assert looked(KillFile(other)) == ["all"]


def test_a_line_that_is_added_stops_that_part_too(tmp_path: Path, file: KillFile) -> None:
    kill_path(tmp_path).write_text("venue ALPHA\n")
    assert looked(file) == ["venue:ALPHA"]
    kill_path(tmp_path).write_text("venue ALPHA\nvenue BETA\n")
    assert looked(file) == ["venue:BETA"]


def test_a_file_that_is_removed_and_made_again_stops_again(tmp_path: Path, file: KillFile) -> None:
    for _ in range(2):
        kill_path(tmp_path).touch()
        assert looked(file) == ["all"]
        kill_path(tmp_path).unlink()
        assert looked(file) == []


def test_a_line_that_is_just_being_written_is_not_taken_for_an_empty_file(tmp_path: Path) -> None:
    path = kill_path(tmp_path)
    path.touch()
    file = KillFile(tmp_path, wait=lambda _: path.write_text("venue ALPHA\n"))
    assert looked(file) == ["venue:ALPHA"]


def test_writing_it_adds_to_what_it_stops_and_never_takes_away(tmp_path: Path) -> None:
    path = pull_by_file(tmp_path, (StopScope.VENUE, "ALPHA"))
    pull_by_file(tmp_path, (StopScope.PAIR, "EUR/USD"))
    assert looked(KillFile(tmp_path)) == ["venue:ALPHA", "pair:EUR/USD"]
    pull_by_file(tmp_path, EVERYTHING)
    assert "all" in looked(KillFile(tmp_path))
    path.write_text("")
    pull_by_file(tmp_path, (StopScope.VENUE, "ALPHA"))
    assert looked(KillFile(tmp_path, wait=lambda _: None)) == ["all"], "it stopped everything"


def test_with_a_full_disk_an_empty_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert pull_by_file(tmp_path, (StopScope.VENUE, "ALPHA")).read_bytes() == b""


def test_where_no_file_can_be_made_the_error_says_what_is_left_to_do(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with pytest.raises(RobotError, match="end the processes in run/processes"):
        pull_by_file(tmp_path / "run", EVERYTHING)


def test_the_command_writes_it_where_no_trader_answers_whatever_else_is_wrong_in_the_files(
    tmp_path: Path,
) -> None:
    (tmp_path / "desk.yaml").write_text("data: d\nvenues: nonsense\n")
    command = ["kill", "--config", str(tmp_path), "--actor", "li.wei", "--reason", "drill"]
    done = CliRunner().invoke(app, [*command, "--scope", "venue:ALPHA"])
    assert done.exit_code == 0 and "the signal file does it" in done.output
    assert looked(KillFile(tmp_path / "d" / "run")) == ["venue:ALPHA"]
    wrong = CliRunner().invoke(app, [*command, "--scope", "ALPHA"])
    assert wrong.exit_code == 2 and "nothing was done" in wrong.output


def test_the_run_folder_is_that_of_the_whole_configuration(tmp_path: Path) -> None:
    found = load_settings(configuration_folder())
    assert run_folder_of(configuration_folder()) == found.run_folder


@pytest.mark.parametrize("content", [None, "", "data", "venues: []", "data: [", "\x00"])
def test_a_desk_that_does_not_say_where_names_the_file_to_make(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "desk.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match="make a file named KILL"):
        run_folder_of(tmp_path)
