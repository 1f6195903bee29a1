"""Days of faults on which games answer clients and lead asks: every invariant holds, also where the
games lie about their prices, and a clamp of the core that is gone is noticed then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest

from robot.core import asking_counters, asking_take, asking_wishes, held_words
from tests.fuzz.lying_games import FACTORY
from tests.kit.without import without
from tests.simulation.day import simulate
from tests.simulation.game_judge import games

PATHS = (
    "CounterQuote of a game",
    "TakeQuote of a game",
    "counter-offer answered",
    "price of ours heard by a maker",
    "price of ours turned down",
    "person took over from a game",
)


def desk_of(factory: str = "") -> dict[str, object]:
    """Makers' quotes live some seconds: an answer is waited for half of one."""
    return {"strategy": games(factory), "asks": {"patience_ms": 500, "hits_max": 3}}


def test_days_of_faults_with_games_hold_every_invariant() -> None:
    marks: Counter[str] = Counter()
    for seed in (7, 36, 39):
        verdict = simulate(seed, **desk_of())
        assert not verdict.breaches, verdict.text()
        marks += verdict.marks

    assert not [path for path in PATHS if not marks[path]]


def test_days_on_which_amounts_move_hold_every_invariant() -> None:
    """The amounts are alternatives of one need: one is dealt on, whatever dies meanwhile."""
    desk = desk_of()
    moves = "  may also move: {amount: 200k to 2m in 200k}\n  worth: 0.2 pip = 200k\npace: {"
    for row in cast(dict[str, Any], desk["strategy"])["games"]:
        row["text"] = row["text"].replace("pace: {", moves)
    verdict = simulate(54, **desk)

    assert not verdict.breaches, verdict.text()
    assert verdict.marks["take on other terms than the ask's"]
    assert verdict.marks["died with an order open"]


@pytest.mark.parametrize("seed", [7, 36])
def test_a_day_with_games_that_lie_holds_every_invariant(seed: int) -> None:
    verdict = simulate(seed, **desk_of(FACTORY))

    assert not verdict.breaches, verdict.text()
    assert verdict.marks["CounterQuote of a game"]


@pytest.mark.parametrize(
    ("function", "text", "seed"),
    [
        (held_words.past_words, "if better * (price - worst) < 0:", 1),
        (
            asking_take._may_take,
            "if worst is not None and ask.is_worse(price.value, worst):",
            14,
        ),
        (
            asking_counters.counter_refusal,
            "if worst is not None and ask.is_worse(price, worst):",
            3,
        ),
        (asking_wishes._take_over, "if ask.game:", 26),
    ],
)
def test_a_rule_that_the_core_does_not_look_at_is_noticed(
    function: Callable[..., Any], text: str, seed: int
) -> None:
    with without(function, text, "if False:"):
        verdict = simulate(seed, **desk_of(FACTORY))

    assert any("I23" in one for one in verdict.breaches)
