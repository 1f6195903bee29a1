"""A hundred thousand random negotiations, in any disorder: no rule of `dialogues.py` is broken."""

from __future__ import annotations

from tests.fuzz import dialogues


def test_no_random_dialogue_makes_the_negotiator_break_a_rule() -> None:
    kinds = dialogues.run(100_000, seed=2)
    assert min(kinds.values()) > 1_000, f"the dialogues do not reach every kind of move: {kinds}"
