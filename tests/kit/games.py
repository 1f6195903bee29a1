"""A desk whose strategy is one game file, and a file in which one thing is wrong."""

from __future__ import annotations

import pytest

from robot.errors import ConfigurationError
from strategies.games.desk.loading import load_game


def game_strategy(text: str, name: str) -> dict[str, object]:
    """What of the reference makes the game the strategy."""
    games = [{"name": name, "file": f"{name}.game.yaml", "text": text}]
    return {"name": "games", "version": "1", "factory": "", "parameters": {}, "games": games}


def refuse_changed(text: str, old: str, new: str, line: int, told: str) -> None:
    """With `new` for `old` the file is refused, with that line of it and these words."""
    assert old in text
    with pytest.raises(ConfigurationError) as refused:
        load_game({"file": "f.game.yaml", "text": text.replace(old, new, 1)})
    assert told in str(refused.value)
    assert f"f.game.yaml:{line}:" in str(refused.value)
