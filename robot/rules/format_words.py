"""Expressions and values as they are written, in either language."""

from __future__ import annotations

import functools
from datetime import date
from decimal import Decimal

from robot.rules.check_facts import SPANS_MS, WINDOWS_MS
from robot.rules.fact import Argument
from robot.rules.facts import FACTS, FIXING
from robot.rules.lexer import lex
from robot.rules.tree import (
    Absolute,
    And,
    AnyExpression,
    Arithmetic,
    Between,
    Compare,
    Comparison,
    FactRef,
    InPrice,
    InSchedule,
    Known,
    Literal,
    Negative,
    Not,
    OneOf,
    Operator,
    Or,
    ParameterRef,
    TableLookup,
)
from robot.rules.types import HORIZONS_MS, SCALE, Kind, Type
from robot.rules.vocabulary import (
    AMOUNT_UNITS,
    CHINESE,
    DURATION_UNITS_MS,
    ENGLISH,
    KEYWORDS,
    UNITS,
    VALUES,
)

_OR, _AND, _NOT, _COMPARE, _VALUE, _SUM, _TERM, _FACTOR, _ATOM = range(9)
"""How tightly what is written holds together; what holds less than is needed gets brackets."""

_QUOTES = {ENGLISH: ('""', "“”", "「」"), CHINESE: ("“”", '""', "「」")}
_AMOUNTS = {ENGLISH: ("bn", "mio", "thousand"), CHINESE: ("yi", "ten thousand")}
_DECIMALS_MAX = 3
"""Of an amount in its unit, where a smaller unit would do."""
_SIGNS = {
    Operator.PLUS: "PLUS",
    Operator.MINUS: "MINUS",
    Operator.TIMES: "TIMES",
    Operator.OVER: "SLASH",
    Operator.LARGER: "LARGER",
    Operator.SMALLER: "SMALLER",
}
_COMPARISONS = {
    Comparison.LESS: "LESS",
    Comparison.AT_MOST: "AT_MOST",
    Comparison.AT_LEAST: "AT_LEAST",
    Comparison.MORE: "MORE",
}


class Words:
    """Writes expressions in one language."""

    def __init__(self, language: int) -> None:
        self.language = language

    def key(self, terminal: str, form: int = 0) -> str:
        """A keyword."""
        return KEYWORDS[terminal][self.language][form]

    # --- values

    def text(self, text: str) -> str:
        """A text in quotes that it does not contain."""
        for pair in _QUOTES[self.language]:
            if pair[1] not in text:
                return f"{pair[0]}{text}{pair[1]}"
        return f"＂{text}＂"

    def name(self, text: str) -> str:
        """A name, in quotes where it would not be read as one."""
        return text if _is_plain(text) else self.text(text)

    def value(self, type_: Type, value: int | str | bool, said: str = "") -> str:
        """A literal."""
        if isinstance(value, bool):
            return self.key("ALWAYS")
        if type_.kind is Kind.TENOR:
            return said
        if isinstance(value, int):
            return self._number(type_, value)
        if type_.kind in VALUES:
            forms = VALUES[type_.kind].get(value)
            return forms[self.language][0] if forms else self.text(value)
        if type_.kind in (Kind.PAIR, Kind.CURRENCY):
            return value
        return self.text(value) if type_.kind is Kind.TEXT else self.name(value)

    def _number(self, type_: Type, value: int) -> str:
        kind = type_.kind
        if kind is Kind.AMOUNT:
            sign = "-" if value < 0 else ""
            amount = self._amount(Decimal(abs(value)) / SCALE[kind])
            return f"{sign}{type_.of} {amount}" if type_.of.isupper() else f"{sign}{amount}"
        if kind is Kind.DURATION:
            return self.duration(value)
        if kind is Kind.TIME:
            return time_text(value)
        if kind is Kind.DATE:
            return date.fromordinal(value).isoformat()
        number = Decimal(value) / SCALE[kind]
        if kind is Kind.PIPS:
            return f"{plain(number)} {self._unit('pip')}"
        if kind is Kind.SPREAD:
            return f"{plain(number * 100)} {self._unit('bp')}"
        if kind is Kind.RATE:
            return f"{plain(number)} %"
        return f"{plain(number * 100)} %" if kind is Kind.SHARE else plain(number)

    def _unit(self, unit: str) -> str:
        return UNITS[unit][self.language][0]

    def _amount(self, number: Decimal) -> str:
        units = _AMOUNTS[self.language]
        for unit in units:
            size = number / AMOUNT_UNITS[unit]
            if abs(size) >= 1 and _decimals(size) <= _DECIMALS_MAX:
                break
        else:
            unit, size = units[-1], number / AMOUNT_UNITS[units[-1]]
        gap = "" if self.language == CHINESE else " "
        return f"{plain(size)}{gap}{self._unit(unit)}"

    def duration(self, value: int) -> str:
        """Milliseconds in the largest unit that divides them."""
        units = DURATION_UNITS_MS if value else {"s": 1000}
        unit = max(
            (unit for unit, size in units.items() if value % size == 0),
            key=lambda unit: units[unit],
        )
        return f"{value // units[unit]} {self._unit(unit)}"

    # --- expressions

    def expression(self, node: AnyExpression, least: int = _OR) -> str:
        """An expression, in brackets where it holds together less than it must."""
        text, level = self._written(node)
        return text if level >= least else f"({text})"

    def sum(self, node: AnyExpression) -> str:
        """An expression where no condition may stand without brackets."""
        return self.expression(node, _VALUE)

    def _written(self, node: AnyExpression) -> tuple[str, int]:
        if isinstance(node, Literal):
            level = _FACTOR if isinstance(node.value, int) and node.value < 0 else _ATOM
            return self.value(node.type, node.value, node.said), level
        if isinstance(node, FactRef):
            return self.fact(node.name, node.arguments), _ATOM
        if isinstance(node, ParameterRef):
            return node.name, _ATOM
        if isinstance(node, TableLookup):
            return f"{node.name}[{', '.join(self.sum(key) for key in node.keys)}]", _ATOM
        if isinstance(node, InPrice):
            return self._written(node.part)
        if isinstance(node, Arithmetic):
            return self._arithmetic(node)
        if isinstance(node, Negative):
            return f"-{self.expression(node.part, _ATOM)}", _FACTOR
        if isinstance(node, Absolute):
            return f"{self.key('ABSOLUTE')} {self.expression(node.part, _FACTOR)}", _FACTOR
        return self._condition(node)

    def _arithmetic(self, node: Arithmetic) -> tuple[str, int]:
        sign = self.key(_SIGNS[node.operator])
        if node.operator in (Operator.LARGER, Operator.SMALLER):
            left, right = self.sum(node.left), self.sum(node.right)
            return f"{sign} {left} {self._between_and()} {right}", _VALUE
        level = _SUM if node.operator in (Operator.PLUS, Operator.MINUS) else _TERM
        left = self.expression(node.left, level)
        return f"{left} {sign} {self.expression(node.right, level + 1)}", level

    def _between_and(self) -> str:
        return self.key("AND", 1 if self.language == CHINESE else 0)

    def _condition(self, node: AnyExpression) -> tuple[str, int]:
        if isinstance(node, Or):
            return self._joined("OR", node.parts, _AND), _OR
        if isinstance(node, And):
            return self._joined("AND", node.parts, _NOT), _AND
        if isinstance(node, Not):
            return self._not(node)
        if isinstance(node, Compare):
            return self._compare(node), _COMPARE
        if isinstance(node, Between):
            low, high = self.sum(node.low), self.sum(node.high)
            words = f"{self.key('BETWEEN')} {low} {self._between_and()} {high}"
            return f"{self.sum(node.value)} {words}", _COMPARE
        if isinstance(node, OneOf):
            return self._one_of(node, "ONE_OF"), _COMPARE
        if isinstance(node, InSchedule):
            return self._in_schedule(node, "IN"), _COMPARE
        assert isinstance(node, Known), node
        word = self.key("IS_MISSING" if node.missing else "IS_KNOWN")
        return f"{self.expression(node.fact, _SUM)} {word}", _COMPARE

    def _joined(self, word: str, parts: tuple[AnyExpression, ...], least: int) -> str:
        return f" {self.key(word)} ".join(self.expression(part, least) for part in parts)

    def _not(self, node: Not) -> tuple[str, int]:
        if isinstance(node.part, OneOf):
            return self._one_of(node.part, "NOT_ONE_OF"), _COMPARE
        if isinstance(node.part, InSchedule):
            return self._in_schedule(node.part, "NOT_IN"), _COMPARE
        return f"{self.key('NOT')} {self.expression(node.part, _NOT)}", _NOT

    def _compare(self, node: Compare) -> str:
        if node.comparison in _COMPARISONS:
            sign = self.key(_COMPARISONS[node.comparison])
        elif node.left.type.is_named:
            sign = self.key("IS" if node.comparison is Comparison.EQUAL else "IS_NOT")
        else:
            sign = self.key("EQUAL" if node.comparison is Comparison.EQUAL else "UNEQUAL")
        return f"{self.sum(node.left)} {sign} {self.sum(node.right)}"

    def _one_of(self, node: OneOf, word: str) -> str:
        choices = ", ".join(self.sum(choice) for choice in node.choices)
        return f"{self.sum(node.value)} {self.key(word)} {choices}"

    def _in_schedule(self, node: InSchedule, word: str) -> str:
        now = ("now", "现在")[self.language]
        return f"{now} {self.key(word)} {node.name}"

    def fact(self, name: str, arguments: tuple[str, ...]) -> str:
        """A fact with what is said in brackets; a reference rate by its name alone."""
        if name == FIXING:
            return arguments[0]
        fact = FACTS[name]
        said = [
            self._argument(argument, value)
            for argument, value in zip(fact.arguments, arguments, strict=False)
            if value
        ]
        word = (fact.name, fact.chinese)[self.language]
        return f"{word}[{', '.join(said)}]" if said else word

    def _argument(self, argument: Argument, value: str) -> str:
        if argument is Argument.VENUE:
            return self.name(value)
        if argument in (Argument.WINDOW, Argument.SPAN, Argument.HORIZON):
            known = {text: size for size, text in (*WINDOWS_MS.items(), *SPANS_MS.items())}
            return self.duration((known | HORIZONS_MS)[value])
        return value


def plain(number: Decimal) -> str:
    """Digits without an exponent and without zeros at the end."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _decimals(number: Decimal) -> int:
    text = plain(number)
    return len(text.partition(".")[2])


def time_text(value: int) -> str:
    """Milliseconds after midnight as 09:30 or 09:30:15."""
    minutes, seconds = divmod(value // 1000, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


@functools.lru_cache(maxsize=4096)
def _is_plain(text: str) -> bool:
    """Whether the lexer reads it as this one name."""
    wrong: list[object] = []
    tokens = lex(text, lambda *said, **_: wrong.append(said)).tokens
    if wrong or len(tokens) != 1:
        return False
    return tokens[0].type == "NAME" and tokens[0].value == text
