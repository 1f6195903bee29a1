"""The page of results is what the worlds printed, and goals are judged as they are written."""

from __future__ import annotations

import pytest

from benchmarks.games import AT_LEAST, AT_MOST, WITHIN, Figure, measured
from benchmarks.games.results import FIGURES, PAGE, page, section, worlds


def test_the_page_is_what_the_stored_figures_give() -> None:
    text = "write it anew: python -m benchmarks.games.results"
    assert PAGE.read_text("utf-8") == page(), text


def test_figures_are_of_worlds_that_there_are() -> None:
    stored = {path.stem for path in FIGURES.glob("*.json")}
    assert stored and stored <= set(worlds())


@pytest.mark.parametrize(
    ("goal", "bound", "value", "reached"),
    [
        (AT_LEAST, 2.0, 2.0, True),
        (AT_LEAST, 2.0, 1.9, False),
        (AT_MOST, 2.0, 2.1, False),
        (AT_MOST, 2.0, 2.0, True),
        (WITHIN, 0.1, 3.05, True),
        (WITHIN, 0.1, 2.85, False),
        ("", None, 7.0, None),
    ],
)
def test_a_goal_is_reached_or_not(
    goal: str, bound: float | None, value: float, reached: bool | None
) -> None:
    figure = Figure(what="a figure", measured=value, published=3.0, goal=goal, bound=bound)
    assert figure.reached is reached


def test_a_world_is_measured_and_told_as_a_table() -> None:
    told = measured("informed_flow", seed=3, scale=0.01)
    assert told["seed"] == 3 and all(one["reached"] is not False for one in told["figures"])
    table = section(told)
    assert "| Glosten-Milgrom, 0.1 informed: ask after a buy | 100.198 |" in table
