"""Each clamp of the never-list holds, and its test fails when it is gone."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from robot.errors import RobotError
from tests.kit.without import without
from tests.never import clamps, conduct
from tests.never.clamps import Clamp

ROOT = Path(__file__).resolve().parents[2]
CLAMPS = (*clamps.CLAMPS, *conduct.CLAMPS)
ROWS = pytest.mark.parametrize("clamp", CLAMPS, ids=[clamp.rule for clamp in CLAMPS])


@ROWS
def test_what_must_never_be_is_not(clamp: Clamp) -> None:
    assert clamp.scene() == ""


@ROWS
def test_it_is_noticed_when_the_clamp_is_gone(clamp: Clamp) -> None:
    with ExitStack() as stack:
        for gone in ((clamp.where, clamp.text, clamp.gone), *clamp.also):
            stack.enter_context(without(*gone))
        try:
            noticed = clamp.scene()
        except (AssertionError, RobotError) as problem:
            noticed = str(problem)  # the core itself does not go on
    assert noticed, f"{clamp.where.__module__}.{clamp.where.__qualname__} without {clamp.text}"
    assert clamp.scene() == "", "and it is back"


def test_the_page_names_every_clamp_and_no_other_and_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "games-never.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\d|4\.3) [^`]*[^.`][^`]*)`", page)
    assert sorted(named) == sorted({clamp.rule for clamp in CLAMPS})
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page):
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"
