"""Tenors: one way to write each, the nearest one named for anything else, and their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.basics.tenor import (
    ALONE,
    MAXIMUM,
    TERM_DAYS,
    TERM_MARKETS,
    TERM_MONTHS,
    Tenor,
    Unit,
    parse_tenor,
)
from robot.errors import UnknownTenor

COUNTED = st.sampled_from(sorted(MAXIMUM)).flatmap(
    lambda unit: st.builds(Tenor, st.just(unit), st.integers(1, MAXIMUM[unit]))
)
IMM = st.one_of(
    st.integers(1, 4),
    st.builds(
        int.__add__, st.integers(2000, 2099).map(lambda y: y * 100), st.sampled_from((3, 6, 9, 12))
    ),
).map(lambda count: Tenor(Unit.IMM, count))
TERMS = st.one_of(
    st.builds(Tenor, st.just(Unit.TERM), st.sampled_from(TERM_DAYS), st.sampled_from(TERM_MARKETS)),
    st.builds(
        Tenor,
        st.just(Unit.TERM),
        st.sampled_from(TERM_MONTHS),
        st.sampled_from(TERM_MARKETS),
        st.just(True),
    ),
)
TENORS = st.one_of(st.sampled_from(ALONE).map(Tenor), COUNTED, IMM, TERMS)


@given(TENORS)
def test_parse_takes_back_what_str_wrote(tenor: Tenor) -> None:
    assert tenor == parse_tenor(str(tenor))


@given(st.text(st.sampled_from("0123456789DWMYIRTOBNS -/"), max_size=12))
def test_what_is_taken_is_written_exactly_so(text: str) -> None:
    try:
        tenor = parse_tenor(text)
    except UnknownTenor as problem:
        assert repr(text[:20]) in str(problem)
    else:
        assert text == str(tenor)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1m", "1M"),
        (" 3M", "3M"),
        ("01M", "1M"),
        ("M3", "3M"),  # as FIX writes it in 63
        ("3 months", "3M"),
        ("O/N", "ON"),
        ("tom", "TOM"),
        ("tomorrow", "TOM"),
        ("T/N", "TN"),
        ("SP", "SPOT"),
        ("R7", "R007"),
        ("R008", "R007"),
        ("r007", "R007"),
    ],
)
def test_the_nearest_tenor_is_named(text: str, meant: str) -> None:
    with pytest.raises(UnknownTenor, match=rf"did you mean {meant}\?$"):
        parse_tenor(text)


@pytest.mark.parametrize(
    "text",
    ["", "0M", "-1M", "366D", "105W", "51Y", "IMM5", "IMM 2026-04", "１M", "1M\n", "2026-03-05"],
)
def test_what_is_no_tenor_is_refused(text: str) -> None:
    with pytest.raises(UnknownTenor, match="not a tenor"):
        parse_tenor(text)


def test_tenors_stand_in_the_order_of_their_dates() -> None:
    first, second = "TODAY ON SPOT SN 1W SW 2W 3W 4W", "1M 2M 3M 6M 9M 12M 1Y 18M 2Y"
    texts = f"{first} {second}".split()
    tenors = [parse_tenor(text) for text in texts[::-1]]
    assert texts == [str(tenor) for tenor in sorted(tenors)]
    assert ["R001", "R007", "R021", "R1M", "R1Y"] == [
        str(tenor) for tenor in sorted(map(parse_tenor, ["R1Y", "R021", "R1M", "R001", "R007"]))
    ]


def test_an_imm_date_has_no_place_among_the_tenors() -> None:
    with pytest.raises(TypeError, match="IMM2 has no place among the tenors"):
        sorted([parse_tenor("IMM2"), parse_tenor("1M")])
