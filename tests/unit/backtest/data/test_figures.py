"""Texts as whole numbers: exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.data.exactly import as_written, stored
from backtest.data.figures import problem_of, scaled, texts_of

INT64 = 2**63


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1.38727", 1_387_270_000),
        ("-0.5", -500_000_000),
        (".25", 250_000_000),
        ("1.", 1_000_000_000),
        ("+3", 3_000_000_000),
        ("1e-5", 10_000),
        ("1.50000000000000", 1_500_000_000),
        ("9223372036.854775807", INT64 - 1),
        ("1.0000000001", None),
        ("9223372037", None),
        ("-9223372037", None),
        ("12345678901234567890", None),
        ("nan", None),
        ("inf", None),
        ("1.2.3", None),
        ("1,5", None),
        ("1_000", None),
        ("0x10", None),
        (".", None),
        ("", None),
        ("١", None),
    ],
)
def test_a_text_is_its_exact_number_or_none(text: str, units: int | None) -> None:
    assert scaled(pl.Series([text, "1.1"]), 9).to_list() == [units, 1_100_000_000]


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=9), min_size=1))
def test_every_price_goes_in_and_comes_out_as_the_same_number(values: list[Decimal]) -> None:
    units = scaled(pl.Series([f"{value:f}" for value in values]), 9)
    assert [int(value.scaleb(9)) for value in values] == units.to_list()
    back = pl.DataFrame({"x": units}).select(texts_of(pl.col("x"), 9)).to_series().to_list()
    assert values == [Decimal(text) for text in back]


def test_a_decimal_comma_is_read_when_it_is_said() -> None:
    assert scaled(pl.Series(["1,38727", "7", "1.5"]), 9, comma=True).to_list() == [
        1_387_270_000,
        7_000_000_000,
        None,
    ]
    assert "--decimal-comma" in problem_of("1,38727", 9)


places = st.integers(0, 12)


@given(
    st.lists(
        st.none()
        | st.tuples(st.integers(-(10**8), 10**8), places).map(
            lambda v: Decimal(v[0]).scaleb(-v[1])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_decimal_is_kept_as_it_was_written_or_not_at_all(values: list[Decimal | None]) -> None:
    scales = (9, 9, 2, 2)[: len(values)]
    kept = stored(values, scales)
    if kept is not None:
        assert [str(value) for value in values] == [
            str(value) for value in as_written(*kept, scales)
        ]
    else:
        assert any(
            value is not None and (value.scaleb(scale) % 1 or not value)
            for value, scale in zip(values, scales, strict=True)
        )


@pytest.mark.parametrize("text", ["1E+6", "NaN", "-0", "1.123456789012", "10000000000"])
def test_a_decimal_that_cannot_be_kept_exactly_is_said_to_be_so(text: str) -> None:
    assert stored((Decimal(text),), (9,)) is None
