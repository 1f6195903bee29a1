"""Numbers of the rule language: how they are rounded, and how tenors are ordered."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.basics.tenor import parse_tenor
from robot.rules.types import divided, tenor_bounds, tenor_code

WHOLE = st.integers(-(10**30), 10**30)


@given(WHOLE, WHOLE.filter(bool))
def test_quotients_are_rounded_to_the_nearest_even(numerator: int, denominator: int) -> None:
    assert divided(numerator, denominator) == round(Fraction(numerator, denominator))


@given(WHOLE, st.sampled_from([1, -1, 2, -2, 10**6, -(10**9)]), st.booleans())
def test_what_lies_half_way_goes_to_the_even_one(whole: int, denominator: int, up: bool) -> None:
    numerator = 2 * whole * denominator + (denominator if up else -denominator)
    found = divided(numerator, 2 * denominator)
    assert found == round(Fraction(numerator, 2 * denominator))
    assert found is not None and found % 2 == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (5, 2, 2),
        (7, 2, 4),
        (-5, 2, -2),
        (-7, 2, -4),
        (5, -2, -2),
        (-7, -2, 4),
        (1, 3, 0),
        (2, 3, 1),
        (-1, 3, 0),
        (-2, 3, -1),
        (0, -7, 0),
        (10**24 + 1, 2, 5 * 10**23),
    ],
)
def test_quotients_by_example(numerator: int, denominator: int, expected: int) -> None:
    assert divided(numerator, denominator) == expected


def test_nothing_is_divided_by_zero() -> None:
    assert divided(1, 0) is None
    assert divided(0, 0) is None


def test_longer_tenors_are_larger_and_none_is_equal_to_another() -> None:
    said = ("ON", "TN", "SN", "1W", "2W", "1M", "2M", "3M", "6M", "1Y", "2Y")
    codes = [tenor_code(parse_tenor(each)) for each in said]
    assert codes[3:] == sorted(codes[3:])
    assert len({*codes}) == len(said)


def test_tenors_of_one_length_are_neither_longer_nor_shorter() -> None:
    weeks, days = parse_tenor("4W"), parse_tenor("28D")
    assert tenor_code(weeks) != tenor_code(days)
    assert tenor_bounds(weeks) == tenor_bounds(days)
    first, last = tenor_bounds(weeks)
    assert first <= tenor_code(weeks) <= last and first <= tenor_code(days) <= last
