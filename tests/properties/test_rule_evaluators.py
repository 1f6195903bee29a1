"""Evaluators of the rule language, one meaning: the obvious one is the oracle of the others."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot.rules import oracle
from robot.rules.compile import CompiledBook
from robot.rules.tree import Book, Selection
from tests.kit.rule_books import book_of, rule_books
from tests.kit.rule_rows import Facts

ROWS = 20


def _quiet(ruling: oracle.Ruling) -> oracle.Ruling:
    return msgspec.structs.replace(ruling, not_fired=())


@settings(max_examples=60, deadline=None)
@given(rule_books(), st.sampled_from(Selection), st.integers(0, 2**32))
def test_compiled_books_say_what_the_oracle_says(
    book: Book, selection: Selection, seed: int
) -> None:
    book = msgspec.structs.replace(book, selection=selection)
    facts, compiled = Facts(book, random.Random(seed)), CompiledBook(book)
    for _ in range(ROWS):
        row = facts.row()
        wanted, found = oracle.decide(book, row), compiled.decide(row)
        assert found == _quiet(wanted)
        assert compiled.explain(row) == wanted


@settings(max_examples=30, deadline=None)
@given(rule_books(), st.integers(0, 2**32))
def test_other_parameters_are_those_of_a_book_with_them(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.randint(known.lowest, known.highest) for known in book.parameters]
    changed = msgspec.structs.replace(
        book,
        parameters=tuple(
            msgspec.structs.replace(known, value=value)
            for known, value in zip(book.parameters, values, strict=True)
        ),
    )
    facts = Facts(book, chance)
    row = facts.row()
    wanted = oracle.decide(changed, row)
    assert oracle.decide(book, row, values) == wanted
    assert CompiledBook(book, values).decide(row) == _quiet(wanted)


def test_a_row_of_another_length_is_an_error() -> None:
    book = book_of('book "b"\nfor spot in EUR/USD\notherwise pass "no"\n')
    with pytest.raises(ValueError, match="looks at 0"):
        oracle.decide(book, (1,))
