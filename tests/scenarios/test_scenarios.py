"""Plays every scenario of the text tables beside this file; `tests/kit/script.py` explains them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.script import Scenario, play, read_scenarios

FILES = sorted(Path(__file__).parent.glob("*.txt"))
SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario.name}")
    for path in FILES
    for scenario in read_scenarios(path)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_robot_says_what_the_table_says(scenario: Scenario) -> None:
    play(scenario)
