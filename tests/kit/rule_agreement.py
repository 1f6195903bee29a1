"""Whether all evaluators of the rule language say the same of the same rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backtest.columns import Columns
from backtest.rule_columns import ColumnBook
from robot.rules import oracle
from robot.rules.compile import CompiledBook
from robot.rules.ruling import Ruling
from robot.rules.tree import Book

CHUNK_ROWS = 16


def quiet(ruling: Ruling) -> Ruling:
    """Without the rules that did not fire: only the oracle tells them."""
    return msgspec.structs.replace(ruling, not_fired=())


def agree(
    book: Book,
    rows: Sequence[oracle.Row],
    parameters: Sequence[int] | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> list[Ruling]:
    """What the oracle says of each row, which is what the others say too."""
    compiled = CompiledBook(book, parameters)
    rulings = [oracle.decide(book, row, parameters) for row in rows]
    for row, ruling in zip(rows, rulings, strict=True):
        assert compiled.decide(row) == quiet(ruling), row
    same_in_columns(book, rows, rulings, parameters, chunk_rows)
    return rulings


def same_in_columns(
    book: Book,
    rows: Sequence[oracle.Row],
    rulings: Sequence[Ruling],
    parameters: Sequence[int] | None,
    chunk_rows: int,
) -> None:
    """The same over columns."""
    found = ColumnBook(book, chunk_rows).decide(Columns.of_rows(rows), parameters)
    for number, (row, ruling) in enumerate(zip(rows, rulings, strict=True)):
        rule = found.rules[found.rule[number]]
        assert (rule.name, rule.at.line) == (ruling.rule, ruling.line), row
        assert found.refused[number] == bool(ruling.refused), row
        values = {name: column.at(number) for name, column in found.values.items()}
        worked = {value.name: value.value for value in ruling.values}
        assert {name: n for name, n in values.items() if n is not None} == worked, row
