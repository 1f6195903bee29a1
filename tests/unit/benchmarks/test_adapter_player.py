"""Our negotiator at other people's tables: whatever the outcomes are, nothing under the reserved
value is said or taken.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from math import isfinite
from typing import Any

import pytest

from benchmarks.games.adapters.player import Outcome, Player, Word

Utility = Callable[[Outcome], float | None]


def rates(outcome: Outcome) -> float:
    """A lender's, of 0 to 10."""
    return float(outcome[0]) / 10


RATES = [(tick,) for tick in range(11)]


def drawn_values(chance: random.Random) -> list[Any]:
    """Of one issue: numbers or names, in no order."""
    count = chance.choice((1, 2, 3, 5, 8))
    kinds: list[list[Any]] = [
        [f"name {at}" for at in range(count)],
        list(range(-2, count - 2)),
        [at * 0.37 - 1.0 for at in range(count)],
        [at if at % 2 else f"{at}" for at in range(count)],
    ]
    values = chance.choice(kinds)
    chance.shuffle(values)
    return values


def drawn_talk(chance: random.Random) -> tuple[list[Outcome], dict[Outcome, float | None], float]:
    """Outcomes of one to five issues, utilities that are a sum or anything, a reserved value that
    may be over or under all of them.
    """
    issues = [drawn_values(chance) for _ in range(chance.randint(1, 5))]
    outcomes = list(product(*issues))[:300]
    tables = [{value: chance.random() for value in values} for values in issues]
    wild = chance.random() < 0.5
    worth: dict[Outcome, float | None] = {}
    for outcome in outcomes:
        known = sum(table[value] for table, value in zip(tables, outcome, strict=True))
        worth[outcome] = chance.choice((chance.random(), known * known)) if wild else known
    if wild and chance.random() < 0.3:
        worth[outcomes[0]] = chance.choice((None, float("nan"), float("-inf")))
    found = [one for one in worth.values() if one is not None and isfinite(one)] or [0.0]
    return (
        outcomes,
        worth,
        chance.choice((min(found), max(found) + 0.1, chance.choice(found), -9.0)),
    )


def played(chance: random.Random) -> tuple[int, int]:
    """A talk with somebody who says anything, twice, or nothing; how often we spoke and took."""
    outcomes, worth, reserved = drawn_talk(chance)
    turns = chance.choice((1, 2, 7, 20, 400, None))
    listed = chance.sample(outcomes, max(1, len(outcomes) // 2)) if len(outcomes) > 40 else outcomes
    player = Player(listed, worth.get, reserved, turns)
    time, turn, said = 0.0, 0, 0
    while time < 1.0 and turn < (turns or 30) and turn < 30:
        heard = chance.choice(outcomes) if chance.random() < 0.8 else None
        if chance.random() < 0.05:
            heard = ("no", "outcome")
        word = player.answer(heard, turn, time)
        if word.outcome is None:
            assert not word.accept
            values = [worth[one] for one in listed]
            assert all(one is None or not isfinite(one) or one < reserved for one in values)
            return said, 0
        value = worth[word.outcome]
        assert value is not None and value >= reserved, f"{value} under {reserved}"
        if word.accept:
            assert word.outcome == heard
            return said, 1
        said += 1
        if chance.random() < 0.8:
            turn, time = turn + 1, time + chance.choice((0.001, 0.02, 0.1))
    return said, 0


def test_whatever_the_outcomes_are_nothing_is_said_or_taken_under_the_reserved_value() -> None:
    chance = random.Random(7)
    told = [played(chance) for _ in range(120)]
    assert sum(said for said, _ in told) > 300 and sum(took for _, took in told) > 15


def test_a_reserved_value_over_every_outcome_says_nothing() -> None:
    assert Player(RATES, rates, 1.5, 20).answer((10,), 0, 0.0) == Word(False, None)


def test_without_a_reserved_value_the_worst_outcome_is_taken_at_the_end() -> None:
    player = Player(RATES, rates, None, 1)
    assert player.answer((0,), 0, 0.0) == Word(True, (0,))


def test_the_best_is_said_first_and_said_again_when_it_is_asked_again() -> None:
    player = Player(RATES, rates, 0.3, 20)
    first = player.answer(None, 0, 0.0)
    assert first == Word(False, (10,))
    assert player.answer((1,), 0, 0.0) == first == player.answer((1,), 0, 0.0)


@pytest.mark.parametrize("turns", [5, 20, 100, 1_000, None])
def test_who_gives_way_is_dealt_with_inside_both_limits(turns: int | None) -> None:
    player, rounds = Player(RATES, rates, 0.3, turns), turns or 500
    dealt: Outcome | None = None
    for turn in range(rounds):
        theirs = (round(6 * turn / rounds),)
        word = player.answer(theirs, turn, turn / rounds)
        if word.accept or (word.outcome is not None and word.outcome <= theirs):
            dealt = theirs
            break
    assert dealt is not None and (3,) <= dealt <= (6,)


def test_an_outcome_that_was_not_drawn_is_understood() -> None:
    values = [at / 1000 for at in range(1001)]
    some = [(values[at],) for at in range(0, 1001, 7)]
    player = Player(some, lambda outcome: float(outcome[0]), 0.4, 3)
    for turn in range(2):
        assert not player.answer((0.3001,), turn, turn / 3).accept
    assert player.answer((0.4501,), 2, 0.7) == Word(True, (0.4501,))
