"""What of the rule language a row of facts brings about: tests can say that they met all of it."""

from __future__ import annotations

from collections.abc import Iterator

from robot.rules import oracle
from robot.rules.oracle import Row, parts_of
from robot.rules.tables import place_on
from robot.rules.tree import (
    Absolute,
    And,
    Arithmetic,
    Between,
    Book,
    Compare,
    Comparison,
    Expression,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Negative,
    Not,
    OneOf,
    Operator,
    Or,
    ParameterRef,
    Rule,
    TableLookup,
)
from robot.rules.types import TRUTH, VALUE_END

_64_BITS = 2**63
_CONDITIONS = (Between, OneOf, InSchedule, And, Or, Not)
_VALUES = (Negative, Absolute, InPrice)
_STATES = (True, False, None)


def wanted() -> frozenset[str]:
    """Everything that there is to meet."""
    found = {f"{each.value} {state}" for each in Comparison for state in _STATES}
    found |= {f"{kind.__name__} {state}" for kind in _CONDITIONS for state in _STATES}
    found |= {f"truth {state}" for state in _STATES}
    for known in ("Known", "Known missing", "Not Known", "Not Known missing"):
        found |= {f"{known} {state}" for state in (True, False)}
    for each in (*(kind.__name__ for kind in _VALUES), *(o.value for o in Operator), "table"):
        found |= {f"{each} {state}" for state in ("value", "none")}
    found |= {
        "parameter",
        "table: rest of names",
        "table: rest of steps",
        "table: no row",
        "table: no cell",
        "table: key not known",
    }
    joins = [each for each in Operator if each not in (Operator.LARGER, Operator.SMALLER)]
    found |= {f"{each.value} without a value for its size" for each in joins}
    return frozenset(found | {"over zero", "over 64 bits"})


def met(book: Book, row: Row) -> Iterator[str]:
    """What of it is met when all that the book says is worked out for this row."""
    for rule in (*book.rules, book.otherwise):
        for part in _parts(rule):
            yield from _told(book, row, part)


def _parts(rule: Rule) -> Iterator[Expression]:
    for node in (rule.when, rule.action):
        if node is not None:
            yield from parts_of(node)


def _told(book: Book, row: Row, part: Expression) -> Iterator[str]:
    value = oracle.value(book, part, row)
    state = "none" if value is None else "value"
    match part:
        case Compare():
            yield f"{part.comparison.value} {value}"
        case Known():
            yield f"{_name(part)} {value}"
        case Between() | OneOf() | InSchedule() | And() | Or() | Not():
            yield f"{type(part).__name__} {value}"
            if isinstance(part, Not) and isinstance(part.part, Known):
                yield f"Not {_name(part.part)} {value}"
        case FactRef() if part.type == TRUTH:
            yield f"truth {value}"
        case ParameterRef():
            yield "parameter"
        case TableLookup():
            yield f"table {state}"
            yield from _of_table(book, row, part)
        case Negative() | Absolute() | InPrice():
            yield f"{type(part).__name__} {state}"
        case Arithmetic():
            yield f"{part.operator.value} {state}"
            yield from _of_arithmetic(book, row, part)


def _name(part: Known) -> str:
    return "Known missing" if part.missing else "Known"


def _of_table(book: Book, row: Row, part: TableLookup) -> Iterator[str]:
    table = book.tables[part.index]
    keys = [oracle.value(book, key, row) for key in part.keys]
    places = [place_on(axis, key) for axis, key in zip(table.axes, keys, strict=True)]
    if None in keys:
        yield "table: key not known"
    elif None in places:
        yield "table: no row"
    elif oracle.value(book, part, row) is None:
        yield "table: no cell"
    for axis, place in zip(table.axes, places, strict=True):
        if axis.rest and place == len(axis.labels):
            yield f"table: rest of {'steps' if axis.steps else 'names'}"


def _of_arithmetic(book: Book, row: Row, part: Arithmetic) -> Iterator[str]:
    left, right, value = (oracle.value(book, n, row) for n in (part.left, part.right, part))
    if left is None or right is None:
        return
    if part.operator is Operator.OVER and right == 0:
        yield "over zero"
    elif value is None:
        yield f"{part.operator.value} without a value for its size"
    elif abs(value) >= _64_BITS:
        assert abs(value) < VALUE_END
        yield "over 64 bits"
