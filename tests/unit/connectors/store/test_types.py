"""Column types: exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from connectors.store.types import ExactDecimal, JsonText, storable

_SQLITE = sqlite.dialect()


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_every_finite_decimal_survives(value: Decimal) -> None:
    column = ExactDecimal()
    stored = column.process_bind_param(value, _SQLITE)
    assert stored is not None and "E" not in stored
    assert value == column.process_result_value(stored, _SQLITE)


@pytest.mark.parametrize("value", [1, 1.5, True, "1", Decimal("NaN"), Decimal("-Infinity")])
def test_what_is_no_finite_decimal_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="not an exact, finite number"):
        ExactDecimal().process_bind_param(value, _SQLITE)


@given(st.text(st.characters(codec=None)))
def test_any_text_becomes_storable_and_printable_text_stays(text: str) -> None:
    stored = storable(text)
    assert "\x00" not in stored
    stored.encode("utf-8")
    if text.isprintable():
        assert text == stored


@given(st.dictionaries(st.text(), st.text()) | st.lists(st.text()).map(tuple))
def test_json_comes_back_as_it_was(value: dict[str, str] | tuple[str, ...]) -> None:
    column = JsonText()
    stored = column.process_bind_param(value, _SQLITE)
    assert stored is not None
    stored.encode("utf-8")
    assert value == column.process_result_value(stored, _SQLITE)
