"""A demo of game strategies: which games the desk has, and with whom it plays them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from robot.package import configuration_folder

GAMES = "games"
"""What `--strategy` calls them."""
MAKERS = {
    "LPTIGHT": "tight",
    "LPWIDE": "wide",
    "LPEVEN": "negotiator",
    "LPFIRM": "negotiator:margin=6:rounds=5:floor=1",
}
"""Banks that we ask, two of whom haggle, in the words of the venue's `--makers`."""
COUNTER_SHARE = 0.5
"""Of the clients' requests, where nobody says another."""
_BY_WORDS = {"lend": "own deposit", "borrow": "own deposit", "spot": "own spot"}


def makers_option() -> str:
    """The banks as the venue's option says them."""
    return ",".join(f"{name}={style}" for name, style in MAKERS.items())


def play_games(desk: dict[str, Any], folder: Path) -> None:
    """The shipped games answer requests, and the strategy of the desk what they are not for."""
    names = []
    for file in sorted((configuration_folder() / GAMES).glob("*.game.yaml")):
        (folder / file.name).write_bytes(file.read_bytes())
        names.append(file.name)
    desk["strategy"] = {**dict(desk["strategy"]), "name": GAMES, "games": names}


def game_of(words: str) -> str:
    """The game that leads an ask in these words; empty = none does."""
    return next((game for word, game in _BY_WORDS.items() if word in words.split()), "")
