"""A rule book over columns: what only many rows bring about."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.columns import Column, Columns
from backtest.rule_columns import ColumnBook
from robot.rules.oracle import Row
from robot.rules.tree import Book
from tests.kit.rule_agreement import agree
from tests.kit.rule_books import book_of

HEAD = 'book "b"\nfor spot in EUR/USD\n'
MIO = 100_000_000
HOUR, DAY = 3_600_000, 86_400_000
MONDAY = 1_793_577_600_000  # 2 November 2026


def _book(text: str) -> Book:
    return book_of(HEAD + text)


def _row(book: Book, **facts: int | str | bool) -> Row:
    return tuple(facts.get(key.name.replace(" ", "_")) for key in book.slots)


def test_stretches_of_any_length_say_the_same() -> None:
    book = _book('rule "a" when size > 3 mio then quote margin 1 pip up to 2 x size\n')
    rows = [_row(book, size=n * MIO, pip=100_000) for n in range(7)]
    for chunk_rows in (1, 2, 3, 7, 100):
        agree(book, rows, chunk_rows=chunk_rows)


def test_no_rows_are_no_decisions() -> None:
    book = _book('rule "a" when size > 3 mio then pass "no"\n')
    found = ColumnBook(book).decide(Columns([Column.of([])] * len(book.slots), 0))
    assert len(found.rule) == 0


def test_a_product_beyond_64_bits_is_exact_in_its_row() -> None:
    book = _book('rule "a" then quote margin 1 pip up to size x (position / size)\n')
    rows = [
        _row(book, pip=100_000, size=size, position=position)
        for size, position in ((7, 3 * 10**18), (10**13, 10**15 + 1), (1, 10**17), (3, 1), (0, 1))
    ]
    rulings = agree(book, rows)
    assert rulings[1].values[1].value == 1_000_000_000_000_000
    assert rulings[4].refused


def test_the_smallest_margin_may_be_beyond_64_bits() -> None:
    book = _book(
        "choose the best\n"
        'rule "a" then quote margin market spread x (position / size)\n'
        'rule "b" then quote margin 0.5 x market spread x (position / size)\n'
        'rule "c" when tier is gold then quote margin market spread\n'
    )
    rows = [
        _row(book, market_spread=10**13, position=10**15, size=size, tier=tier)
        for size in (1, 10**6, 10**9, 10**15, 10**17)
        for tier in ("gold", "silver")
    ]
    rulings = agree(book, rows)
    assert {ruling.rule for ruling in rulings if not ruling.refused} == {"b", "c"}
    assert max(ruling.values[0].value for ruling in rulings if ruling.values) > 2**63


def test_a_cell_of_a_table_may_make_a_product_overflow() -> None:
    book = _book(
        "table t by tier:\n  gold  1000 pip\n  silver  -1000 pip\n  other  0 pip\n"
        'rule "a" then quote margin t[tier] x (position / size)\n'
    )
    rows = [
        _row(book, tier=tier, pip=100_000, size=1, position=10**7)
        for tier in ("gold", "silver", "bronze")
    ]
    assert [ruling.values[0].value for ruling in agree(book, rows)] == [10**15, -(10**15), 0]


def test_schedules_whose_windows_overlap_and_touch_hold_to_the_millisecond() -> None:
    book = _book(
        "schedule hours is 08:00 to 17:00 UTC and 09:00 to 10:00 UTC and 17:00 to 18:00 UTC"
        " and 23:00 to 01:00 Europe/London\n"
        'rule "in" when now in hours then pass "in"\n'
        'rule "out" when not (now in hours) then pass "out"\n'
    )
    edges = [day * DAY + hour * HOUR for day in (0, 1, 180, 400) for hour in range(24)]
    instants = [MONDAY + edge + step for edge in edges for step in (-1, 0, 1)]
    rows = [_row(book, instant=instant) for instant in (*instants, 10**17, 2**63)]
    rulings = agree(book, [*rows, _row(book)], chunk_rows=50)
    assert {ruling.rule for ruling in rulings} == {"in", "out", "otherwise"}
    at = {row[-1]: ruling.rule for row, ruling in zip(rows, rulings, strict=False)}
    assert at[MONDAY + 12 * HOUR] == at[MONDAY + 18 * HOUR - 1] == "in"
    assert at[MONDAY + 18 * HOUR] == at[2**63] == "out"


def test_a_sweep_works_out_anew_what_a_parameter_changes() -> None:
    book = _book(
        "parameter least = 2 mio, between 1 mio and 9 mio\n"
        "parameter share = 50 %, between 0 % and 100 %\n"
        'rule "a" when size > least then quote margin 1 pip up to share x least\n'
        'rule "b" when 2 x size > share x least then quote margin 1 pip up to share x size\n'
    )
    rows = [_row(book, size=n * MIO // 2, pip=100_000) for n in range(12)]
    columns, ready = Columns.of_rows(rows), ColumnBook(book, chunk_rows=5)
    vectors = [(mio * MIO, share * 10_000) for mio in (2, 5, 1) for share in (50, 50, 100)]
    swept = ready.sweep(columns, vectors)
    for values, found in zip(vectors, swept, strict=True):
        rulings = agree(book, rows, values)
        assert [found.rules[place].name for place in found.rule] == [r.rule for r in rulings]
        sizes = [r.values[1].value if r.values else None for r in rulings]
        assert [found.values["size"].at(row) for row in range(12)] == sizes
    assert len({tuple(found.rule.tolist()) for found in swept}) > 3


def test_names_that_only_the_book_says_are_like_no_other() -> None:
    book = _book(
        'rule "a" when tier is gold or tier is bronze or counterparty is BANKB then pass "no"\n'
    )
    rows = [_row(book, tier=tier, counterparty="BANKA") for tier in ("silver", "gold", "BANKA")]
    assert [ruling.rule for ruling in agree(book, rows)] == ["otherwise", "a", "otherwise"]


def test_a_column_of_which_nothing_is_known_is_unknown_in_every_row() -> None:
    book = _book(
        "table t by tier:\n  gold  1 pip\n  other  2 pip\n"
        'rule "a" when tier is gold then pass "no"\nrule "b" then quote margin t[tier]\n'
    )
    unknown = Column(np.array([4, -9, 10**15]), np.zeros(3, np.bool_))
    found = ColumnBook(book).decide(Columns([unknown] * len(book.slots)))
    assert [found.rules[place].name for place in found.rule] == ["b"] * 3
    assert found.refused.all()


def test_other_numbers_of_columns_or_parameters_than_the_books_are_errors() -> None:
    book = _book('parameter p = 1 pip, between 1 pip and 2 pip\nrule "a" then quote margin p\n')
    columns = Columns.of_rows([_row(book, pip=100_000)])
    with pytest.raises(ValueError, match="0 columns, but b looks at"):
        ColumnBook(book).decide(Columns([], 1))
    with pytest.raises(ValueError, match="2 parameters, b has 1"):
        ColumnBook(book).decide(columns, [1, 2])
