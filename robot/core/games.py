"""The game strategies (博弈策略) of a version, made of their texts, and which of them answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from robot.core.rule_books import books_of
from robot.core.state import RobotState
from robot.core.versions import Version
from robot.deals.reference import Reference, StrategyChoice, fingerprint
from robot.errors import FixingNotPublished
from robot.strategy import NOT_MINE, Decision, Facts, Strategy

TENORS_MAX = 10
"""That one game may ask for."""


def games_of(
    reference: Reference, load_strategy: Callable[[Reference], Strategy]
) -> dict[str, Strategy]:
    """Each by its name; ConfigurationError with its file and line where one cannot be made."""
    choice = reference.strategy
    return {
        game.name: load_strategy(
            msgspec.structs.replace(
                reference,
                strategy=StrategyChoice(
                    name=game.name,
                    version=choice.version,
                    factory=choice.game_factory,
                    parameters={"file": game.file, "text": game.text},
                ),
            )
        )
        for game in choice.games
    }


def public_fixings(state: RobotState, *versions: Version) -> dict[str, Decimal]:
    """The latest of each benchmark that the games of these name in `fixings`, if they do."""
    found: dict[str, Decimal] = {}
    for game in (game for version in versions for game in version.games.values()):
        for index in getattr(game, "fixings", ()):
            if index not in found:
                try:
                    found[index] = state.fixings.latest(index, state.now_ns).value
                except FixingNotPublished:
                    continue
    return found


def amounts_of(version: Version, name: str) -> tuple[Decimal, Decimal] | None:
    """Least and most that a game may ask for instead of an ask's own amount, as its program says in
    `amounts`; None = nothing but that amount.
    """
    try:
        least, most = getattr(version.games.get(name), "amounts", None) or (None, None)
    except Exception:  # foreign code may answer with anything
        return None
    if not (isinstance(least, Decimal) and isinstance(most, Decimal)):
        return None
    return (least, most) if least.is_finite() and most.is_finite() and least > 0 else None


def tenors_of(version: Version, name: str) -> tuple[str, ...]:
    """The tenors that a game may ask for, as its program says in `tenors`; none = nothing but an
    ask's own.
    """
    try:
        found = getattr(version.games.get(name), "tenors", ())
    except Exception:  # foreign code may answer with anything
        return ()
    if not isinstance(found, tuple) or len(found) > TENORS_MAX:
        return ()
    return found if all(isinstance(one, str) for one in found) else ()


def by_game(name: str, decision: Decision) -> Decision:
    """A decision with the game that made it."""
    because = (f"game {name!r}", *decision.because)
    return msgspec.structs.replace(decision, because=because, game=name)


class FirstOf:
    """The strategy of a desk with games and without rule books: the first that is meant for a
    request answers it, after them the strategy beside them, if there is one.
    """

    def __init__(self, games: Mapping[str, Strategy], beside: Strategy | None) -> None:
        self._games = games
        self._beside = beside

    def decide(self, facts: Facts) -> Decision:
        """What that one says."""
        because: tuple[str, ...] = ()
        for name, game in self._games.items():
            decision = game.decide(facts)
            if decision.passed != NOT_MINE:
                return by_game(name, decision)
            because = (*because, f"not of game {name!r}: {'; '.join(decision.because)}")
        if self._beside is not None:
            return self._beside.decide(facts)
        return Decision(passed="NO_GAME", because=because)


def version_of(reference: Reference, load_strategy: Callable[[Reference], Strategy]) -> Version:
    """The strategy of a reference as it decides; RobotError where a part of it cannot be made."""
    choice, games = reference.strategy, games_of(reference, load_strategy)
    books = books_of(reference, load_strategy, games)
    alone = bool(games) and not choice.rules and not choice.factory
    beside = None if alone else load_strategy(reference)
    strategy = FirstOf(games, beside) if games and not choice.rules else beside
    assert strategy is not None, "games, rule books, a file or a program"
    return Version(strategy, books, games, fingerprint(choice))
