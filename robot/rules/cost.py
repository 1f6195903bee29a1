"""What one decision of a book costs at most: counted when it is loaded, and bounded.

The language has no loop, so the most is a plain sum: every condition is looked at, no part of it
makes another needless, and the costliest rule decides. One operation is a fact, a number or a name
read, a comparison, a sum, a product ...; more are the steps searched in a table, the choices of a
`one of`, the windows of a schedule. Compiled, an operation takes some 10 to 100 ns.
"""

from __future__ import annotations

import msgspec

from robot.rules.oracle import fields_of
from robot.rules.tree import (
    Absolute,
    And,
    Arithmetic,
    Axis,
    Between,
    Book,
    Compare,
    Expression,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Literal,
    Negative,
    Not,
    OneOf,
    Or,
    ParameterRef,
    Quote,
    Selection,
    TableLookup,
)
from robot.rules.vocabulary import LANGUAGES

OPERATIONS_MAX = 100_000
"""Of one decision, some milliseconds; a book with more is not loaded."""
STRETCHES_PER_WINDOW = 4
"""Those that begin on the day before last, the last, this and the next are looked at."""

_CONDITIONS = frozenset({And, Or, Not, Compare, Between, OneOf, InSchedule, Known})
_READ = frozenset({FactRef, Literal, ParameterRef})
_SHOWN = (
    "{rules} with {tests}; one decision takes at most {operations}, most of them for rule"
    ' "{rule}" ({line})',
    "{rules} 条规则，{tests} 项判断；一次决策最多 {operations} 次运算，"
    "最多的是规则“{rule}”（第 {line} 行）",
)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Of one book."""

    rules: int
    tests: int
    """Comparisons and the like that the conditions say."""
    operations: int
    """Of one decision, at most."""
    rule: str
    """The costliest rule."""
    line: int

    def shown(self, language: str = "en") -> str:
        """In a line for people."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        if not LANGUAGES[language]:
            said |= {name: _many(said[name], name) for name in ("rules", "tests", "operations")}
        return _SHOWN[LANGUAGES[language]].format(**said)


def _many(number: int, things: str) -> str:
    return f"{number} {things if number != 1 else things.removesuffix('s')}"


def cost_of(book: Book) -> Cost:
    """What a decision of the book costs at most."""
    rules = (*book.rules, book.otherwise)
    conditions = [_of(book, rule.when) for rule in rules]
    actions = [sum(_of(book, part) for _, part in fields_of(rule.action)) for rule in rules]
    margins = [
        _of(book, rule.action.margin)
        for rule in book.rules
        if isinstance(rule.action, Quote) and book.selection is Selection.BEST
    ]
    both = [sum(pair) for pair in zip(conditions, actions, strict=True)]
    dearest = rules[both.index(max(both))]
    return Cost(
        rules=len(book.rules),
        tests=sum(_tests(rule.when) for rule in book.rules),
        operations=sum(conditions) + sum(margins) + max(actions),
        rule=dearest.name,
        line=dearest.at.line,
    )


def _of(book: Book, part: Expression | None) -> int:
    """Operations of an expression; the frequent ones first."""
    if type(part) in _READ:
        return 1
    match part:
        case None:
            return 0
        case Compare() | Arithmetic():
            return 1 + _as_value(book, part.left) + _as_value(book, part.right)
        case And() | Or():
            return 1 + sum([_of(book, each) for each in part.parts])
        case TableLookup():
            axes = book.tables[part.index].axes
            return sum([_as_value(book, key) for key in part.keys]) + sum(map(_steps, axes))
        case Between():  # two comparisons, each looks at the value
            ends = _as_value(book, part.low) + _as_value(book, part.high)
            return 2 + ends + 2 * _as_value(book, part.value)
        case OneOf():
            return 1 + _as_value(book, part.value) + len(part.choices)
        case InSchedule():
            return 2 + STRETCHES_PER_WINDOW * len(book.schedules[part.index].windows)
        case Known():
            return 2
        case Not():
            return 1 + _of(book, part.part)
        case InPrice():
            return 2 + _as_value(book, part.part)
        case Negative() | Absolute():
            return 1 + _as_value(book, part.part)
    raise AssertionError(f"{type(part).__name__} is no expression of the language")


def _as_value(book: Book, part: Expression) -> int:
    """The same where its value is used: a condition is asked whether it is true, and false."""
    kind = type(part)
    if kind is Literal:
        return 1
    return (2 if kind in _CONDITIONS else 1) * _of(book, part)


def _steps(axis: Axis) -> int:
    """To find a row: the steps are halved and halved again, others are found at once."""
    return 1 + (axis.size.bit_length() if axis.steps else 0)


def _tests(condition: Expression | None) -> int:
    match condition:
        case And() | Or():
            return sum([_tests(part) for part in condition.parts])
        case Not():
            return _tests(condition.part)
        case Compare() | Between() | OneOf() | InSchedule() | Known() | FactRef():
            return 1
    return 0
