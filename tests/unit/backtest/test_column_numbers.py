"""Arithmetic over columns: exact in every row, whatever the size of the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backtest.column_numbers import (
    Joint,
    Least,
    Numbers,
    absolute,
    compare,
    fixed,
    is_one_of,
    negative,
    quotient,
)
from backtest.columns import NARROW, Column, is_narrow
from robot.rules.tree import Comparison, Operator
from robot.rules.types import VALUE_END

BOUNDS = (0, 1, 2, 3, 10**6, 10**9, 2**31, 2**53, 2**61, NARROW - 1, NARROW, 2**63, VALUE_END - 1)
EDGES = st.sampled_from([sign * bound for bound in BOUNDS for sign in (1, -1)])
NUMBERS = st.one_of(EDGES, st.integers(-(10**6), 10**6), st.integers(-(10**13), 10**13))
VALUES = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.none())
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12)
SCALES = st.sampled_from([1, 100, 1000, 10**6, 10**9, 10**15, 2**62])
JOINTS = st.builds(Joint.of, st.sampled_from(Operator), SCALES, SCALES)


def numbers(values: Sequence[int | None]) -> Numbers:
    """As columns hold them."""
    column = Column.of(values)
    return Numbers(column.values, column.known, column.wide)


def listed(found: Numbers, rows: int) -> list[int | None]:
    """As whole numbers; what is in 64 bits leaves room for the next sum."""
    known = found.known if found.known is not None and not found.is_fixed else ...
    assert all(is_narrow(number) for number in found.values[known].flatten().tolist())
    return [found.at(row) for row in range(rows)]


def said(joint: Joint, left: int | None, right: int | None) -> int | None:
    """What it means, with fractions."""
    if left is None or right is None:
        return None
    match joint.operator:
        case Operator.LARGER:
            return max(left, right)
        case Operator.SMALLER:
            return min(left, right)
        case Operator.PLUS:
            found = left + right
        case Operator.MINUS:
            found = left - right
        case Operator.TIMES:
            found = round(Fraction(left * right * joint.above, joint.below))
        case Operator.OVER:
            if right == 0:
                return None
            found = round(Fraction(left * joint.above, right * joint.below))
    return found if abs(found) < VALUE_END else None


def is_plain(joint: Joint, left: Sequence[int | None], right: Sequence[int | None]) -> bool:
    one, other = (max((abs(v) for v in side if v is not None), default=0) for side in (left, right))
    return max(*joint.reach(one, other), joint.above, joint.below) < NARROW


@settings(max_examples=150)
@given(JOINTS, PAIRS)
def test_joined_columns_are_what_is_joined_row_by_row(
    joint: Joint, pairs: list[tuple[int | None, int | None]]
) -> None:
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    plain = is_plain(joint, left, right)
    found = joint.joined(numbers(left), numbers(right), len(pairs), plain=plain)
    assert listed(found, len(pairs)) == [said(joint, *pair) for pair in pairs]


@pytest.mark.parametrize("denominator", [*range(1, 13), 100, 999, 10**6])
def test_quotients_are_rounded_to_the_nearest_even(denominator: int) -> None:
    wholes = [*range(-60, 61), *(n * denominator // 2 for n in range(-9, 10))]
    found = quotient(np.array(wholes), denominator).tolist()
    assert found == [round(Fraction(whole, denominator)) for whole in wholes]
    for sign in (1, -1):
        by = Numbers(np.full(len(wholes), sign * denominator))
        joint = Joint.of(Operator.OVER)
        for plain in (True, False):
            same = joint.joined(numbers(wholes), by, len(wholes), plain=plain)
            assert same.values.tolist() == [round(Fraction(w, sign * denominator)) for w in wholes]


@settings(max_examples=80)
@given(JOINTS, st.lists(VALUES, min_size=1, max_size=12), NUMBERS, st.booleans())
def test_a_number_that_is_the_same_in_every_row_is_joined_as_any_other(
    joint: Joint, values: list[int | None], number: int, first: bool
) -> None:
    rows = len(values)
    sides = (
        (fixed(number, rows), numbers(values)) if first else (numbers(values), fixed(number, rows))
    )
    plain = is_plain(joint, values, [number])
    plain = plain and is_plain(joint, [number], values)
    found = joint.joined(*sides, rows, plain=plain)
    wanted = [said(joint, number, v) if first else said(joint, v, number) for v in values]
    assert listed(found, rows) == wanted


@settings(max_examples=50)
@given(JOINTS, NUMBERS, NUMBERS)
def test_two_that_are_the_same_in_every_row_are_joined_once(
    joint: Joint, one: int, two: int
) -> None:
    found = joint.joined(fixed(one, 3), fixed(two, 3), 3, plain=False)
    assert listed(found, 3) == [said(joint, one, two)] * 3


def test_what_is_joined_is_left_as_it_was() -> None:
    left, right = numbers([5, NARROW - 1, None]), fixed(1, 3)
    before = left.values.copy()
    Joint.of(Operator.OVER).joined(left, right, 3, plain=False)
    assert left.values.tolist() == before.tolist()


@settings(max_examples=80)
@given(st.sampled_from(Comparison), PAIRS)
def test_comparisons_hold_where_both_are_known(
    comparison: Comparison, pairs: list[tuple[int | None, int | None]]
) -> None:
    compares = {
        Comparison.LESS: int.__lt__,
        Comparison.AT_MOST: int.__le__,
        Comparison.EQUAL: int.__eq__,
        Comparison.UNEQUAL: int.__ne__,
        Comparison.AT_LEAST: int.__ge__,
        Comparison.MORE: int.__gt__,
    }
    left, right = numbers([pair[0] for pair in pairs]), numbers([pair[1] for pair in pairs])
    found = compare(comparison, left, right, len(pairs))
    for row, (one, other) in enumerate(pairs):
        if one is not None and other is not None:
            assert found[row] == compares[comparison](one, other)


@settings(max_examples=50)
@given(st.lists(VALUES, min_size=1))
def test_signs_are_turned_and_taken_away(values: list[int | None]) -> None:
    rows = len(values)
    assert listed(negative(numbers(values)), rows) == [None if v is None else -v for v in values]
    sizes = [None if v is None else abs(v) for v in values]
    assert listed(absolute(numbers(values)), rows) == sizes


@settings(max_examples=50)
@example([2**63, 5, NARROW], [NARROW])
@given(st.lists(VALUES, min_size=1), st.lists(NUMBERS, max_size=3))
def test_one_of_several(values: list[int | None], choices: list[int]) -> None:
    choices = [*choices, *(v for v in values[:1] if v is not None)]
    found = is_one_of(numbers(values), choices, len(values))
    for row, value in enumerate(values):
        assert value is None or found[row] == (value in choices)


@settings(max_examples=50)
@given(st.lists(st.lists(VALUES, min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_least_of_several_offers_is_the_first_that_none_is_under(
    offers: list[list[int | None]],
) -> None:
    least, taken = Least(8), [-1] * 4
    for number, offer in enumerate(offers):
        lowered = least.lowered(np.array([1, 3, 4, 6]), numbers(offer))
        taken = [number if new else old for new, old in zip(lowered, taken, strict=True)]
    for row in range(4):
        known = [(o[row], n) for n, o in enumerate(offers) if o[row] is not None]
        assert taken[row] == (min(known)[1] if known else -1)  # type: ignore[type-var]


@pytest.mark.parametrize("number", [NARROW - 1, 1 - NARROW, NARROW, VALUE_END - 1])
def test_rows_are_taken_with_their_large_numbers(number: int) -> None:
    some = numbers([1, number, None, number, 4]).taken(np.array([3, 2, 0]))
    assert listed(some, 3) == [number, None, 1]
