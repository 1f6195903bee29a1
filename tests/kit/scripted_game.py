"""A game strategy that plays lines: what the core does with moves is tested, whatever game moves.

`take QUOTE`, `counter QUOTE PRICE [WALK-AWAY]`, `ask MAKER ... [@AMOUNT] [~TENOR]`, `wait MS`,
`end`, `raise`; the first line says whom to ask first. Past the last line it waits. `TENOR=PRICE`
at the end of any: the walk-away of that tenor. `amounts LEAST MOST` and `tenors ONE ...` anywhere:
what it may ask for instead; `words LEVEL`: the walk-away that its program declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from robot.bargaining import AskFacts, AskMove
from robot.basics.ids import CounterpartyId
from robot.strategy import NOT_MINE, Decision, Facts
from strategies.games.desk.applying import in_words
from strategies.games.desk.words import level

FACTORY = "tests.kit.scripted_game:Scripted"
_BOUNDS = ("amounts ", "tenors ", "words ")


class Scripted:
    """Plays its text; keeps what it was told for the tests to look at."""

    seen: list[AskFacts] = []  # noqa: RUF012 (of the last one made: tests have one)

    def __init__(self, parameters: Mapping[str, object]) -> None:
        lines = [line.strip() for line in str(parameters["text"]).strip().splitlines()]
        said = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(_BOUNDS)}
        self.amounts = tuple(Decimal(one) for one in said.get("amounts", ())) or None
        self.tenors = tuple(said.get("tenors", ()))
        self.walk_away = in_words(level(" ".join(said["words"]))) if "words" in said else None
        self._lines = [line for line in lines if not line.startswith(_BOUNDS)]
        self._played = 0
        Scripted.seen = []

    def decide(self, facts: Facts) -> Decision:
        """It answers no requests."""
        return Decision(passed=NOT_MINE, because=("it only asks",))

    def choose(self, facts: AskFacts) -> AskMove:
        """The first line."""
        return self.bargain(facts)

    def bargain(self, facts: AskFacts) -> AskMove:
        """The next line."""
        Scripted.seen.append(facts)
        line = self._lines[self._played] if self._played < len(self._lines) else "wait 1000"
        self._played += 1
        kept = [word.split("=") for word in line.split() if "=" in word]
        worst = {name: Decimal(price) for name, price in kept}
        line = " ".join(word for word in line.split() if "=" not in word)
        return msgspec.structs.replace(_move(line), walk_aways=worst)


def _move(line: str) -> AskMove:
    word, *rest = line.split()
    because = (f"line {line!r}",)
    if word == "take":
        return AskMove(take=rest[0], because=because)
    if word == "counter":
        worst = Decimal(rest[2]) if len(rest) > 2 else None
        return AskMove(counter=rest[0], price=Decimal(rest[1]), walk_away=worst, because=because)
    if word == "ask":
        amount = next((Decimal(one[1:]) for one in rest if one.startswith("@")), None)
        tenor = next((one[1:] for one in rest if one.startswith("~")), "")
        names = tuple(CounterpartyId(name) for name in rest if not name.startswith(("@", "~")))
        return AskMove(ask=names, amount=amount, tenor=tenor, because=because)
    if word == "wait":
        return AskMove(wait_ms=int(rest[0]), because=because)
    if word == "end":
        return AskMove(end=True, because=because)
    raise ValueError(line)


def game_desk(*lines: str) -> dict[str, object]:
    """Changes of a test's desk: one game, called `script`, of these lines."""
    return {
        "strategy": {
            "name": "games",
            "version": "1",
            "factory": "",
            "parameters": {},
            "games": [{"name": "script", "file": "script.game.yaml", "text": "\n".join(lines)}],
            "game_factory": FACTORY,
        }
    }
