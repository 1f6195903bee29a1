"""Values of parameters from outside the text: within their bounds, or told where and why not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.rules import oracle
from robot.rules.compile import CompiledBook
from robot.rules.parameters import book_hash, parameters_of, shown_value, with_parameters
from robot.rules.tree import Book
from robot.rules.types import AMOUNT, NUMBER, RATE, SPREAD
from tests.kit.rule_agreement import quiet
from tests.kit.rule_books import book_of, rule_books
from tests.kit.rule_rows import Facts

TEXT = """\
book "tuned"
for spot in EUR/USD
parameter base margin = 0.5 pip, between 0.2 pip and 3 pip
parameter most = 5 mio, between 1 mio and 20 mio
parameter factor = 2, between 1 and 10
parameter floor = 1.5 %, between 0 % and 3 %
parameter away = 3 bp, between 0 bp and 10 bp
rule "all" when size <= most and DR007 - away > floor then quote margin factor x base margin
otherwise pass "no"
"""


def tuned() -> Book:
    return book_of(TEXT)


def told(values: dict[str, int | str], language: str = "en") -> list[str]:
    found = with_parameters(tuned(), values, language)
    assert isinstance(found, list)
    return [problem.shown("f") for problem in found]


def test_what_may_be_set_is_told_with_its_bounds() -> None:
    found = parameters_of(tuned())
    assert [one.name for one in found] == ["base margin", "most", "factor", "floor", "away"]
    assert found[1][1:5] == (AMOUNT, 500_000_000, 100_000_000, 2_000_000_000)
    assert [one.type for one in found[2:]] == [NUMBER, RATE, SPREAD]
    assert [shown_value(one, one.high) for one in found[:2]] == ["3 pip", "20 mio"]


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("base margin", "0.7 pip", 700_000),
        ("most", "7.5 mio", 750_000_000),
        ("most", "1000 万", 1_000_000_000),
        ("most", "EUR 2 mio", 200_000_000),
        ("factor", "2.5", 2_500_000),
        ("floor", "2.25 %", 2_250_000),
        ("away", "10 bp", 100_000),
        ("away", 0, 0),
    ],
)
def test_a_value_is_read_as_it_would_stand_in_the_text(
    name: str, said: int | str, value: int
) -> None:
    found = with_parameters(tuned(), {name: said})
    assert isinstance(found, Book)
    assert {one.name: one.value for one in parameters_of(found)}[name] == value
    assert found.rules == tuned().rules


@pytest.mark.parametrize(
    ("values", "english", "chinese"),
    [
        (
            {"base margin": "5 pip"},
            "f:3:1: base margin = 5 pip is outside of its bounds, 0.2 pip to 3 pip",
            "f:3:1: base margin = 5 点 超出其范围 0.2 点 至 3 点",
        ),
        (
            {"most": 1},
            "f:4:1: most = 0.00001 k is outside of its bounds, 1 mio to 20 mio",
            "f:4:1: most = 0.000001万 超出其范围 100万 至 2000万",
        ),
        (
            {"most": "3 bp"},
            "f:4:1: most is an amount, and 3 bp is none: write it as 5 mio",
            "f:4:1: most 是金额，3 bp 不是：请写成 500万 这样",
        ),
        (
            {"floor": "2"},
            "f:6:1: floor is a rate, and 2 is none: write it as 1.5 %",
            "f:6:1: floor 是利率，2 不是：请写成 1.5 % 这样",
        ),
        (
            {"base margn": "1 pip"},
            "f:1:1: there is no parameter 'base margn'; did you mean 'base margin'?; the book has "
            "base margin, most, factor, floor, away",
            "f:1:1: 没有参数“base margn”；是否指“base margin”？；规则集的参数有："
            "base margin, most, factor, floor, away",
        ),
        (
            {"factor": "1, between 1 and 2"},
            "f:5:1: factor = 1, between 1 and 2: expected the end of the statement, found `,`",
            "f:5:1: factor = 1, between 1 and 2：此处应为语句结束，却是“,”",
        ),
        (
            {"factor": "2 pip\nrule"},
            "f:5:1: factor is a number, and 2 pip\nrule is none: write it as 2",
            "f:5:1: factor 是数字，2 pip\nrule 不是：请写成 2 这样",
        ),
    ],
)
def test_what_cannot_be_set_is_told_at_the_parameters_line(
    values: dict[str, int | str], english: str, chinese: str
) -> None:
    assert told(values) == [english]
    assert told(values, "zh")[0] == chinese


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    found = told({"floor": "9 %", "most": "100 mio", "factor": "0.1234567"})
    assert [line.split(":")[1] for line in found] == ["4", "5", "6"]
    assert found[1].startswith("f:5:1: factor = 0.1234567: ")


def test_the_hash_is_that_of_text_and_values() -> None:
    book = tuned()
    other = with_parameters(book, {"factor": "3"})
    back = with_parameters(book, {"factor": "2"})
    assert isinstance(other, Book) and isinstance(back, Book)
    assert book_hash(TEXT, book) == book_hash(TEXT, back) != book_hash(TEXT, other)
    assert book_hash(TEXT + "# x\n", book) != book_hash(TEXT, book)


@settings(max_examples=25, deadline=None)
@given(rule_books(), st.integers(0, 2**32))
def test_a_book_with_values_decides_by_them_and_reads_its_own(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    values = {one.name: chance.randint(one.low, one.high) for one in parameters_of(book)}
    changed = with_parameters(book, values)
    assert isinstance(changed, Book)
    row = Facts(book, chance).row()
    wanted = oracle.decide(book, row, list(values.values()) or None)
    assert oracle.decide(changed, row) == wanted
    assert CompiledBook(changed).decide(row) == quiet(wanted)
    for language in ("en", "zh"):
        texts = {one.name: shown_value(one, one.value, language) for one in parameters_of(book)}
        assert with_parameters(book, texts, language) == book
