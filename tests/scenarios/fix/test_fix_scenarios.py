"""Plays every table of FIX messages beside this file; `tests/kit/fix_script.py` explains them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.fix_script import FixScenario, play_fix, read_fix_scenarios

FILES = sorted(Path(__file__).parent.glob("*.txt"))
SCENARIOS = [scenario for path in FILES for scenario in read_fix_scenarios(path)]
PLAYED = [pytest.param(scenario, id=f"{scenario.file}: {scenario.name}") for scenario in SCENARIOS]


@pytest.mark.parametrize("scenario", PLAYED)
def test_the_robot_says_what_the_table_says(scenario: FixScenario) -> None:
    play_fix(scenario)
