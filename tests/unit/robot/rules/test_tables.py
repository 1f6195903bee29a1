"""Tables of rule books: which row and column a key falls into."""

from __future__ import annotations

import pytest

from robot.rules.tables import cell, place_on
from robot.rules.tree import Axis, Table
from robot.rules.types import AMOUNT, COUNT, DISTANCE, TIER, Value

MIO = 100_000_000
TIERS = Axis(type=TIER, labels=("gold", "silver"))
TIERS_AND_OTHERS = Axis(type=TIER, labels=("gold", "silver"), rest=True)
SIZES = Axis(type=AMOUNT, labels=(MIO, 5 * MIO), steps=True)
SIZES_AND_OVER = Axis(type=AMOUNT, labels=(MIO, 5 * MIO), steps=True, rest=True)
COUNTS = Axis(type=COUNT, labels=(3, 1), rest=True)


@pytest.mark.parametrize(
    ("axis", "key", "place"),
    [
        (SIZES, 0, 0),
        (SIZES, -MIO, 0),
        (SIZES, MIO - 1, 0),
        (SIZES, MIO, 0),
        (SIZES, MIO + 1, 1),
        (SIZES, 5 * MIO, 1),
        (SIZES, 5 * MIO + 1, None),
        (SIZES_AND_OVER, 5 * MIO + 1, 2),
        (SIZES_AND_OVER, 10**30, 2),
        (SIZES_AND_OVER, None, None),
        (TIERS, "silver", 1),
        (TIERS, "bronze", None),
        (TIERS_AND_OTHERS, "bronze", 2),
        (TIERS_AND_OTHERS, "gold", 0),
        (TIERS_AND_OTHERS, None, None),
        (COUNTS, 3, 0),
        (COUNTS, 1, 1),
        (COUNTS, 2, 2),
    ],
)
def test_a_key_falls_into_one_row_or_none(axis: Axis, key: Value, place: int | None) -> None:
    assert place_on(axis, key) == place


def test_a_step_holds_up_to_its_label_and_the_last_key_runs_fastest() -> None:
    table = Table(name="t", type=DISTANCE, axes=(TIERS, SIZES), cells=(1, 2, 3, None))
    assert cell(table, ["gold", MIO]) == 1
    assert cell(table, ["gold", MIO + 1]) == 2
    assert cell(table, ["silver", 0]) == 3


def test_what_has_no_cell_has_no_value() -> None:
    table = Table(name="t", type=DISTANCE, axes=(TIERS, SIZES), cells=(1, 2, 3, None))
    assert cell(table, ["silver", 5 * MIO]) is None
    assert cell(table, ["bronze", MIO]) is None
    assert cell(table, ["gold", 6 * MIO]) is None
    assert cell(table, [None, MIO]) is None
    assert cell(table, ["gold", None]) is None


def test_every_other_key_has_the_last_row_and_the_last_column() -> None:
    axes = (TIERS_AND_OTHERS, SIZES_AND_OVER)
    table = Table(name="t", type=DISTANCE, axes=axes, cells=tuple(range(9)))
    assert cell(table, ["bronze", 6 * MIO]) == 8
    assert cell(table, ["gold", 6 * MIO]) == 2
    assert cell(table, ["bronze", MIO]) == 6


def test_as_many_keys_as_axes() -> None:
    table = Table(name="t", type=DISTANCE, axes=(TIERS, SIZES), cells=(1, 2, 3, 4))
    with pytest.raises(ValueError, match="zip"):
        cell(table, ["gold"])
