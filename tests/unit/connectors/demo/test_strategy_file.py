"""A demo with a strategy file of the user's: the desk hosts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.demo.desk import host_strategy
from connectors.demo.games import play_games
from robot.errors import ConfigurationError
from robot.strategy_settings import StrategySettings, hedge_rows, strategy_row


@pytest.mark.parametrize(
    ("speed", "deadline_ms"), [("1", 500), ("10", 5_000), ("0.5", 500), ("max", 60_000)]
)
def test_the_desk_hosts_the_file_with_a_deadline_on_the_venues_clock(
    tmp_path: Path, speed: str, deadline_ms: int
) -> None:
    (tmp_path / "config").mkdir()
    file = tmp_path / "my_idea.py"
    file.write_text("class MyIdea: ...\n")
    desk: dict[str, Any] = {"strategy": {"name": "two_way"}}
    host_strategy(desk, tmp_path / "config", file, speed)
    settings = StrategySettings.model_validate(desk["strategy"])
    assert (settings.name, settings.file) == ("my_idea", "my_idea.py")
    assert settings.host is not None and settings.host.deadline_ms == deadline_ms
    assert (tmp_path / "config" / "my_idea.py").read_text() == file.read_text()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--strategy-file .*none\.py: cannot be read"):
        host_strategy({}, tmp_path, tmp_path / "none.py", "10")


def test_a_rule_book_of_the_users_hands_to_the_demos_games(tmp_path: Path) -> None:
    book = tmp_path / "desk.rules"
    book.write_text(
        'book "d"\nfor spot in EUR/USD\n'
        'rule "r" when tier is gold then hand to game "client spot"\n'
        "otherwise quote margin 0.2 pip valid 3 s\n"
    )
    config = tmp_path / "config"
    config.mkdir()
    desk: dict[str, Any] = {"strategy": {"name": "two_way"}}
    host_strategy(desk, config, book, "10")
    play_games(desk, config)
    settings = StrategySettings.model_validate(desk["strategy"])

    assert (settings.rules, settings.factory) == (("desk.rules",), "")
    games = {game["name"] for game in strategy_row(config / "desk.yaml", settings)["games"]}
    assert {"client spot", "own spot", "own deposit", "own forward"} <= games


def test_the_games_of_a_demo_leave_the_hedges_to_its_desk(tmp_path: Path) -> None:
    desk: dict[str, Any] = {"strategy": {"name": "two_way", "version": "1", "factory": "a:B"}}
    play_games(desk, tmp_path)
    path = tmp_path / "desk.yaml"
    path.write_text("hedges: []\n")
    row = strategy_row(path, StrategySettings.model_validate(desk["strategy"]))

    assert {game["name"] for game in row["games"]} >= {"client spot", "own package"}
    assert hedge_rows(path, [], row) == []
