"""What of a game strategy's file is otherwise in a run: `games.client spot.my terms.aim`."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from msgspec.structs import replace
from ruamel.yaml import YAML

from robot.assembly import load_factory
from robot.deals.reference import GameFile, StrategyChoice
from robot.errors import ConfigurationError

GAMES = "games."
_WIDE = 10_000
"""No line is broken: a key in braces has to stand on one."""
Put = Callable[[Any, list[str], str, str], None]


def with_game(choice: StrategyChoice, key: str, value: str, put: Put) -> StrategyChoice:
    """The strategy with this value in place of the one in the text of a game, which must be there;
    the changed text is read as the live robot reads it. `put` sets one value below a tree.
    """
    path = key.removeprefix(GAMES)
    mine = [game for game in choice.games if path.startswith(f"{game.name}.")]
    if not mine:
        there = ", ".join(game.name for game in choice.games) or "none"
        raise ConfigurationError(f"changes: {key}: no game has this name; games: {there}")
    game = max(mine, key=lambda one: len(one.name))
    changed = _changed(game, path.removeprefix(f"{game.name}.").split("."), value, key, put)
    read = load_factory(choice.game_factory, "strategy.game_factory")
    try:
        read({"text": changed.text, "file": changed.file})
    except (ValueError, ConfigurationError) as problem:
        raise ConfigurationError(f"changes: {key}: {value}: {problem}") from problem
    games = tuple(changed if one is game else one for one in choice.games)
    return replace(choice, games=games)


def _changed(game: GameFile, path: list[str], value: str, key: str, put: Put) -> GameFile:
    """The file with one value set; the rest of its text stays as it is written."""
    yaml = YAML()
    yaml.width = _WIDE
    content = yaml.load(game.text)
    put(content, path, value, key)
    text = StringIO()
    yaml.dump(content, text)
    return replace(game, text=text.getvalue())
