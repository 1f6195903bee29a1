"""What a game has learned, written into its file and read from it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from robot.errors import ConfigurationError
from strategies.games.asking import panel
from strategies.games.desk.learned import LearnedState, hash_of, learned_of, with_learned
from strategies.games.informed.markout import Moves
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear

FILE = """# whose it is
game: {name: franchise, kind: quote}  # kept
quote:
  margin: {gold: 0.5 bp}
"""


def state() -> LearnedState:
    win = Learned(grid=Grid(low=D("-1.0"), tick=D("0.1"), places=30))
    asked = [
        Heard(rivals=3, place=12, outcome=Outcome.DONE, cover=14),
        Heard(rivals=3, place=18, outcome=Outcome.TRADED_AWAY),
        Heard(rivals=2, place=15, outcome=Outcome.DONE),
    ]
    banks = panel.learn(
        panel.Learned(), ["BANKA", "BANKB"], {"BANKA": 0.25}, panel.Panel(size=2, cap=2)
    )
    return LearnedState(
        frozen=False,
        since="2026-11-01T08:00:00Z",
        until="2026-11-20T17:00:00Z",
        outcomes=3,
        win=hear(win, asked),
        clients={"BANKC": Moves(7, -0.1 / 3, 1.25)},
        banks=banks,
        prices=(0.25, 1 / 3),
    ).frozen_now()


def test_what_is_written_is_read_back_as_it_was() -> None:
    text = with_learned(FILE, state())

    assert text.startswith(FILE)
    assert learned_of(text, "f") == state()


def test_writing_again_replaces_the_section_and_leaves_the_rest_as_it_was() -> None:
    behind = "# what follows\napplies: {product: spot}\n"
    older = with_learned(FILE, LearnedState(outcomes=1)) + behind

    text = with_learned(older, state())

    assert text == with_learned(FILE, state()) + behind
    assert learned_of(text, "f") == state()


def test_a_file_without_the_section_has_learned_nothing() -> None:
    assert learned_of(FILE, "f") is None


def test_an_unfrozen_state_has_another_hash_than_the_frozen_one() -> None:
    assert hash_of(LearnedState()) != hash_of(LearnedState().frozen_now())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("mean: -0.03", "mean: -0.04", "has been changed since it was written"),
        ("frozen: yes", "frozen: no", "has been changed since it was written"),
        ("frozen: yes", "frozen: maybe", "yes or no is due"),
        ("deals: 7", "deals: seven", "a whole number is due"),
        ("mean: -0.03", "mean: nan, x: -0.03", "a number is due"),
        ("places: 30", "places: 29", "one for each of 29 places and beyond"),
        ("memory: 20000", "memory: 200", "at least 7500"),
        ("needs: 1", "neds: 1", "did you mean 'needs'"),
        ("cover/3:", "covers/3:", "a number of rivals is due"),
    ],
)
def test_a_section_that_was_touched_is_told_with_its_line(old: str, new: str, told: str) -> None:
    text = with_learned(FILE, state())
    assert old in text

    with pytest.raises(ConfigurationError) as refused:
        learned_of(text.replace(old, new, 1), "f.game.yaml")

    assert told in str(refused.value)
    assert "f.game.yaml:" in str(refused.value)
