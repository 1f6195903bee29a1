"""The game strategies (博弈策略) of a version, made of their texts, and which of them answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.core.benchmarks import latest_fixing
from robot.core.rule_books import books_of
from robot.core.state import Context, RobotState
from robot.core.versions import Version
from robot.deals.reference import Reference, StrategyChoice, fingerprint
from robot.strategy import NOT_MINE, Decision, Facts, Strategy
from robot.walk_away import WalkAway, words_problem

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


class Benchmarks(NamedTuple):
    """The benchmarks that games name in `fixings`, as strategies are told of them."""

    fixings: dict[str, Decimal]
    fixing_days: dict[str, date]
    no_fixings: dict[str, str]


def public_fixings(state: RobotState, *versions: Version) -> Benchmarks:
    """The latest of each benchmark that the games of these name, unless it is too old."""
    told = Benchmarks({}, {}, {})
    for game in (game for version in versions for game in version.games.values()):
        for index in getattr(game, "fixings", ()):
            found = latest_fixing(state, index)
            if isinstance(found, str):
                told.no_fixings[index] = found
            else:
                told.fixings[index], told.fixing_days[index] = found.value, found.value_date
    return told


def told_fixings(fixings: dict[str, Decimal], days: dict[str, date]) -> dict[str, str]:
    """Which benchmarks were known, and of which day."""
    shown = [f"{name} {value} of {days[name]}" for name, value in fixings.items() if name in days]
    return {"fixings": ", ".join(shown)} if shown else {}


def fixing_of(context: Context, index: str) -> Decimal | str:
    """The latest of a benchmark; text = why there is none."""
    found = latest_fixing(context.state, index)
    return found if isinstance(found, str) else found.value


def words_of(version: Version, name: str) -> WalkAway | str | None:
    """The walk-away that a game's program declares for all its moves (`walk_away`); None = none,
    text = what is wrong with it.
    """
    try:
        found = getattr(version.games.get(name), "walk_away", None)
    except Exception as problem:  # foreign code may answer with anything
        return f"walk_away: {type(problem).__name__}"
    if found is None:
        return None
    return words_problem(found) or found


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
