"""Thousands of random dialogues through the core: nothing past the walk-away, nothing taken back,
nothing late; and where one of the core's own clamps is gone, the dialogues show it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from robot.core import ask_games, asking_counters, asking_take, counters, showing
from strategies.games.bargaining import negotiator
from strategies.games.desk.negotiate_game import NegotiateGame
from tests.fuzz import core_dialogues
from tests.kit.without import without


def test_no_dialogue_through_the_core_breaks_a_rule() -> None:
    counts = core_dialogues.run(6_000, seed=1)

    for name in ("prices of clients answered", "CounterQuote", "TakeQuote", "ConcludeDeal"):
        assert counts[name] > 150, f"the dialogues do not reach {name}: {counts}"


GONE: list[tuple[Callable[..., Any], str, str]] = [
    (counters.past_walk_away, "if price is None or worst is None:", "if True:"),
    (counters.bounded, "if is_better(price, bargain.theirs, side):", "if False:"),
    (
        counters.bounded,
        "if stands is not None and is_better(stands, price, side):",
        "if False:",
    ),
    (
        asking_counters.counter_refusal,
        "if worst is not None and ask.is_worse(price, worst):",
        "if False:",
    ),
    (ask_games._counter, "if said and ask.is_worse(said[-1], wanted):", "if False:"),
    (
        asking_take._may_take,
        "if worst is not None and ask.is_worse(price.value, worst):",
        "if False:",
    ),
    (negotiator._why_silent, "if talk.left < LAST:", "if False:"),
    (NegotiateGame.is_over, "clock_s >= by_s", "False"),
    (showing._may_leave, "or past_walk_away(context, negotiation, offered.decision)", ""),
]


@pytest.mark.parametrize(
    ("function", "text", "instead"), GONE, ids=[f"{one[0].__name__}: {one[1]}" for one in GONE]
)
def test_where_a_clamp_is_gone_the_dialogues_show_it(
    function: Callable[..., Any], text: str, instead: str
) -> None:
    with without(function, text, instead), pytest.raises(AssertionError, match="again: --seed 1"):
        core_dialogues.run(2_500, seed=1)


def _effects(**how: bool) -> str:
    """Of some dialogues, as the journal would hold them."""
    digest = hashlib.sha256()
    core_dialogues.run(24, seed=3, digest=digest, **how)
    return digest.hexdigest()


def test_the_same_events_give_the_same_effects_also_by_a_core_restored_before_each() -> None:
    """In the middle of each negotiation, too."""
    assert _effects() == _effects(forgetful=True)


def test_the_seed_of_hashes_changes_no_decision() -> None:
    command = [sys.executable, "-m", "tests.fuzz.core_dialogues", "--dialogues", "16"]
    command += ["--first", "0"]
    told = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout.partition(b"effects ")[2]
        for seed in ("1", "2")
    }
    assert len(told) == 1 and told != {b""}, told
