"""Each clamp of the never-list holds, and its test fails when it is gone."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from robot.errors import RobotError
from tests.kit.without import without
from tests.never.clamps import CLAMPS, Clamp

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


def test_every_game_of_the_list_has_its_rows() -> None:
    assert {clamp.rule.split()[0] for clamp in CLAMPS} >= {*"12345678", "4.3"}
