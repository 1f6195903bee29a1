"""Columns of facts: lengths, names, what is not known, and numbers beyond 64 bits."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.columns import NARROW, Column, Columns

DAY_MS = 86_400_000


def test_values_come_back_as_they_went_in() -> None:
    values = [1, None, -NARROW, 10**23, 0]
    column = Column.of(values)
    assert [column.at(row) for row in range(5)] == values
    assert column.values.dtype == np.int64


def test_a_name_has_one_code_in_all_columns() -> None:
    first = Column(np.array([0, 1, 1]), None, ("gold", "silver"))
    second = Column(np.array([0, 1, 0]), None, ("bronze", "gold"))
    columns = Columns([first, second])
    codes = columns.codes
    assert columns.columns[0].values.tolist() == [codes["gold"], codes["silver"], codes["silver"]]
    assert columns.columns[1].values.tolist() == [codes["bronze"], codes["gold"], codes["bronze"]]


def test_numbers_that_could_overflow_stand_beside() -> None:
    column = Columns([Column(np.array([NARROW, -(2**63), NARROW - 1, 5]))]).columns[0]
    assert [column.at(row) for row in range(4)] == [NARROW, -(2**63), NARROW - 1, 5]
    assert sorted(column.wide) == [0, 1]


def test_the_largest_number_is_of_those_that_are_known() -> None:
    known = np.array([True, False, True])
    columns = Columns([Column(np.array([-7, 900, 3]), known), Column.of([1, 10**23, None])])
    assert columns.largest == (7, 10**23)


def test_days_are_those_of_the_known_moments() -> None:
    column = Column(np.array([DAY_MS, 5 * DAY_MS, 2 * DAY_MS - 1]), np.array([True, False, True]))
    assert Columns([column]).days(0) == (1,)


def test_columns_have_one_length() -> None:
    with pytest.raises(ValueError, match=r"columns of \[1, 2\] rows"):
        Columns([Column.of([1]), Column.of([1, 2])])
    with pytest.raises(ValueError, match="2 marks for 1 values"):
        Columns([Column(np.array([1]), np.array([True, True]))])


def test_an_index_without_a_name_is_an_error_where_it_is_known() -> None:
    with pytest.raises(ValueError, match="not below 1, the number of names"):
        Columns([Column(np.array([0, 1]), None, ("gold",))])
    Columns([Column(np.array([0, 99]), np.array([True, False]), ("gold",))])
