"""Games in a backtest: the simulated venue's clients haggle with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from backtest.run.runner import run
from connectors.journal.file import read_segment, segment_paths
from robot.errors import ConfigurationError
from robot.journal import Record, RecordKind, decode_inputs
from robot.messages.counters import CounterReceived
from robot.package import configuration_folder
from strategies.games.desk.learned import LearnedState, with_learned
from tests.kit.backtests import small_config, small_feed

MINUTES = 2
GAME = "client-spot.game.yaml"


def gaming_desk(folder: Path) -> Path:
    """The shipped desk whose requests a shipped game answers, and nothing beside it: its folder."""
    shutil.copytree(configuration_folder(), folder)
    shutil.copy(configuration_folder() / "games" / GAME, folder)
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk["strategy"] = {"name": "games", "version": "1", "games": [GAME]}
    yaml.dump(desk, folder / "desk.yaml")
    return folder


def test_a_game_that_is_not_frozen_is_refused_before_the_first_event(tmp_path: Path) -> None:
    desk = gaming_desk(tmp_path / "desk")
    text = (desk / GAME).read_text()
    (desk / GAME).write_text(with_learned(text, LearnedState(outcomes=1)))
    with pytest.raises(ConfigurationError, match=r"learned: is not frozen: only a frozen version"):
        run(small_config(1, desk=desk), feed=small_feed(1), folder=tmp_path / "run")


def test_clients_of_a_backtest_haggle_and_the_game_answers_them(tmp_path: Path) -> None:
    flow = {"mode": "habits", "requests_per_second": "0.5", "counter_share": "1"}
    desk = gaming_desk(tmp_path / "desk")
    config = small_config(MINUTES, journal="full", desk=desk, flow=flow)
    result = run(config, feed=small_feed(MINUTES), folder=tmp_path / "run")

    paths = segment_paths(tmp_path / "run" / "journal")
    rows = [row for path in paths for row in read_segment(path, bytes(32))]
    records = [row for row in rows if isinstance(row, Record)]
    inputs = [decode_inputs(row.payload) for row in records if row.kind is RecordKind.INPUTS]
    countered = [one for row in inputs for one in row if isinstance(one.event, CounterReceived)]
    assert len(countered) > 10
    assert result.number("quotes") > result.number("requests"), "counters are answered by prices"
    assert any("the client haggles" in line for line in result.assumptions)
