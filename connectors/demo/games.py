"""A demo of game strategies: which games the desk has, and with whom it plays them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from connectors.sim.bargain import Tactic
from robot.package import configuration_folder

GAMES = "games"
"""What `--strategy` calls them."""
MAKERS = {
    "LPWIDE": "wide:life_ms=20000",
    **{
        f"LP{tactic.replace('_', '').upper()}": (
            f"negotiator:tactic={tactic}:margin=6:rounds=4:floor=1:life_ms=20000"
        )
        for tactic in Tactic
    },
}
"""Banks that we ask, all but one of whom haggle, in the words of the venue's `--makers`."""
COUNTER_SHARE = 0.5
"""Of the clients' requests, where nobody says another."""
ASKS = {"patience_ms": 8_000, "open_ms": 60_000, "outstanding_max": 30}
"""In the venue's time, which runs ten times as fast as the machines that talk."""
ASK_EVERY_S = 1.0
_BY_WORDS = {
    "lend": "own package",
    "borrow": "own deposit",
    "swap": "own swap",
    "spot": "own spot",
    "sell": "own forward package",
}
_FORWARD = "own forward"
_HEDGES = re.compile(r"^hedge\s*:", re.MULTILINE)


def banks_for(number: int) -> tuple[str, ...]:
    """Who may be asked in the ask of this number: in each second one all, so that the game chooses;
    else the bank that never haggles and one of each tactic in turn.
    """
    plain, *haggling = MAKERS
    if number % 2 == 0:
        return ()
    return plain, haggling[number // 2 % len(haggling)]


def makers_option() -> str:
    """The banks as the venue's option says them."""
    return ",".join(f"{name}={style}" for name, style in MAKERS.items())


def play_games(desk: dict[str, Any], folder: Path) -> None:
    """The shipped games answer requests, and the strategy of the desk what they are not for; with
    rule books, the requests that these hand to them. The desk of a demo has its hedges: games that
    bring their own are left out.
    """
    names = []
    for file in sorted((configuration_folder() / GAMES).glob("*.game.yaml")):
        if _HEDGES.search(file.read_text("utf-8")) is not None:
            continue
        (folder / file.name).write_bytes(file.read_bytes())
        names.append(file.name)
    desk["strategy"] = {**dict(desk["strategy"]), "name": GAMES, "games": names}
    desk["asks"] = {**dict(desk.get("asks") or {}), **ASKS}


def game_of(words: str) -> str:
    """The game that leads an ask in these words."""
    return next((game for word, game in _BY_WORDS.items() if word in words.split()), _FORWARD)
