"""Evaluators of the rule language, one meaning: the obvious one is the oracle of the others."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.columns import Columns
from backtest.rule_columns import ColumnBook
from robot.rules import oracle
from robot.rules.compile import CompiledBook
from robot.rules.oracle import parts_of
from robot.rules.tree import Book, Expression, Pass, Quote, Rule, Selection
from robot.rules.types import AMOUNT, DISTANCE, NUMBER, TRUTH
from tests.kit.every_rule import EVERY_RULE
from tests.kit.rule_agreement import agree, quiet
from tests.kit.rule_books import book_of, rule_books
from tests.kit.rule_cover import met, wanted
from tests.kit.rule_rows import Facts

ROWS = 20
ROWS_OF_ALL = 300
ROWS_OF_A_PART = 100


@settings(max_examples=60, deadline=None)
@given(rule_books(), st.sampled_from(Selection), st.integers(0, 2**32))
def test_all_evaluators_say_what_the_oracle_says(
    book: Book, selection: Selection, seed: int
) -> None:
    book = msgspec.structs.replace(book, selection=selection)
    facts = Facts(book, random.Random(seed))
    rows = [facts.row() for _ in range(ROWS)]
    rulings = agree(book, rows)
    assert CompiledBook(book).explain(rows[0]) == rulings[0]


@pytest.mark.parametrize("selection", Selection)
def test_all_evaluators_agree_on_everything_that_can_be_said(selection: Selection) -> None:
    book = msgspec.structs.replace(book_of(EVERY_RULE), selection=selection)
    facts = Facts(book, random.Random(1))
    rows = [facts.row() for _ in range(ROWS_OF_ALL)]
    agree(book, rows)
    if selection is Selection.FIRST:
        assert wanted() - {each for row in rows for each in met(book, row)} == frozenset()


def test_each_part_by_itself_is_one_that_all_evaluators_agree_on() -> None:
    book = book_of(EVERY_RULE)
    facts, done = Facts(book, random.Random(2)), set[Expression]()
    rows = [facts.row() for _ in range(ROWS_OF_A_PART)]
    for rule in book.rules:
        for node in (rule.when, rule.action):
            for part in parts_of(node) if node is not None else ():
                if part.type in (TRUTH, DISTANCE, AMOUNT, NUMBER) and part not in done:
                    done.add(part)
                    agree(_alone(book, part), rows)
    assert len(done) >= 90


def _alone(book: Book, part: Expression) -> Book:
    """A book that says nothing but this: as a condition, or as a margin."""
    if part.type == TRUTH:
        said = Rule(name="alone", when=part, action=Pass(reason="so"))
        return msgspec.structs.replace(book, rules=(said,))
    quoted = Rule(name="alone", action=Quote(margin=part))
    return msgspec.structs.replace(book, rules=(), otherwise=quoted)


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
    assert CompiledBook(book, values).decide(row) == quiet(wanted)


def test_a_sweep_says_for_each_of_its_parameters_what_is_said_for_it_alone() -> None:
    book, chance = book_of(EVERY_RULE), random.Random(3)
    facts = Facts(book, chance)
    rows = [facts.row() for _ in range(ROWS_OF_ALL)]
    ready, columns = ColumnBook(book, chunk_rows=100), Columns.of_rows(rows)
    drawn = [[chance.randint(p.lowest, p.highest) for p in book.parameters] for _ in range(3)]
    vectors = [*drawn, [drawn[2][0], drawn[0][1]], [p.value for p in book.parameters]]
    for values, swept in zip(vectors, ready.sweep(columns, vectors), strict=True):
        alone = ready.decide(columns, values)
        assert swept.rule.tolist() == alone.rule.tolist()
        assert swept.refused.tolist() == alone.refused.tolist()
        for name, column in swept.values.items():
            other = alone.values[name]
            assert [column.at(n) for n in range(len(rows))] == [
                other.at(n) for n in range(len(rows))
            ]
        agree(book, rows[:20], values)


def test_a_row_of_another_length_is_an_error() -> None:
    book = book_of('book "b"\nfor spot in EUR/USD\notherwise pass "no"\n')
    with pytest.raises(ValueError, match="looks at 0"):
        oracle.decide(book, (1,))
    with pytest.raises(ValueError, match="looks at 0"):
        ColumnBook(book).decide(Columns.of_rows([(1,)]))
