"""Named numbers of a book from outside its text: other values, within the bounds that it states.

    book = with_parameters(book, {"base margin": "0.5 pip"})         # as a trader writes it
    book = with_parameters(book, {"base margin": 500_000})           # in units of its type's scale

The book is then the same but for these values: every evaluator decides by them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from robot.rules.check import Checker
from robot.rules.check_parts import plain_number
from robot.rules.check_values import FITTING, Open, counted
from robot.rules.draft import Draft, Enough, Wrong, said_type
from robot.rules.format_words import Words
from robot.rules.lexer import lex
from robot.rules.problems import Problem, nearest
from robot.rules.tree import Book, Parameter, Position
from robot.rules.types import Type
from robot.rules.vocabulary import LANGUAGES

_TEXTS = {
    "no such parameter": (
        "there is no parameter {name!r}{hint}; the book has {known}",
        "没有参数“{name}”{hint}；规则集的参数有：{known}",
    ),
    "parameter out of bounds": (
        "{name} = {value} is outside of its bounds, {low} to {high}",
        "{name} = {value} 超出其范围 {low} 至 {high}",
    ),
    "parameter of another unit": (
        "{name} is {type}, and {value} is none: write it as {now}",
        "{name} 是{type}，{value} 不是：请写成 {now} 这样",
    ),
    "parameter not understood": ("{name} = {value}: {problem}", "{name} = {value}：{problem}"),
}
_HINT = ("; did you mean {near!r}?", "；是否指“{near}”？")
_NONE = ("none", "无")
_VALUE_MAX = 100
"""Characters of a value."""


class Named(NamedTuple):
    """One parameter: what it may be. Numbers in units of its type's scale."""

    name: str
    type: Type
    value: int
    low: int
    high: int
    line: int


def parameters_of(book: Book) -> tuple[Named, ...]:
    """What may be set, in the order of the file."""
    return tuple(
        Named(one.name, one.type, one.value, one.lowest, one.highest, one.at.line)
        for one in book.parameters
    )


def with_parameters(
    book: Book, values: Mapping[str, int | str], language: str = "en"
) -> Book | list[Problem]:
    """The book with these values in place of its own; or what is wrong with them, told in `en` or
    `zh` at the lines of the parameters.
    """
    known = {one.name: one for one in book.parameters}
    taken: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for name, said in values.items():
        parameter = known.get(name)
        if parameter is None:
            problems.append(_unknown(name, list(known), language))
            continue
        found = _value(book, parameter, said, language)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            taken[name] = msgspec.structs.replace(parameter, value=found)
    if problems:
        return sorted(problems, key=lambda problem: problem.line)
    parameters = tuple(taken.get(one.name, one) for one in book.parameters)
    return msgspec.structs.replace(book, parameters=parameters)


def book_hash(text: str, book: Book) -> str:
    """SHA-256 of a book's text and of the values of its parameters, hexadecimal: what decides
    otherwise has another.
    """
    values = msgspec.json.encode({one.name: one.value for one in book.parameters}, order="sorted")
    return hashlib.sha256(text.encode() + b"\0" + values).hexdigest()


def shown_value(parameter: Parameter | Named, value: int, language: str = "en") -> str:
    """A value as it is written in a book."""
    return Words(LANGUAGES[language]).value(parameter.type, value)


def _value(book: Book, parameter: Parameter, said: int | str, language: str) -> int | Problem:
    found = _read(book, parameter, said, language) if isinstance(said, str) else said
    if isinstance(found, Problem) or parameter.lowest <= found <= parameter.highest:
        return found
    low, high, value = (
        shown_value(parameter, number, language)
        for number in (parameter.lowest, parameter.highest, found)
    )
    return _problem("parameter out of bounds", parameter, language, value=value, low=low, high=high)


def _read(book: Book, parameter: Parameter, text: str, language: str) -> int | Problem:
    """A value as it would stand in the text of this book."""
    told = text.strip()
    if not told or len(told) > _VALUE_MAX or not told.isprintable():
        return _none(parameter, text[:_VALUE_MAX], language)
    scopes = [f"for {one.product.lower()} in {', '.join(one.instruments)}" for one in book.scope]
    lines = ['book "x"', *scopes, f"parameter number = {told}, between 0 and 0"]
    draft = Draft(lines, language)
    try:
        checker = Checker(draft, lex("\n".join(lines), draft.report))
        checker.heads()
        rows: Sequence[object] = [one.syntax.children[3] for one in checker.of("PARAMETER")]
        if len(rows) != 1 or draft.problems:
            raise Wrong(told)
        part = plain_number(draft, rows[0])  # type: ignore[arg-type]
        if isinstance(part, Open):
            if parameter.type.kind not in FITTING[part.kind]:
                return _none(parameter, told, language)
            return counted(draft, part, parameter.type)
        if part.type != parameter.type or not isinstance(part.value, int):
            return _none(parameter, told, language)
        return part.value
    except (Wrong, Enough):
        problems = [one.text for one in draft.problems]
        if not problems:
            return _none(parameter, told, language)
        code = "parameter not understood"
        return _problem(code, parameter, language, value=told, problem=problems[0])


def _none(parameter: Parameter, text: str, language: str) -> Problem:
    said = said_type(parameter.type)
    type_ = (said.english, said.chinese)[LANGUAGES[language]]
    now = shown_value(parameter, parameter.value, language)
    code = "parameter of another unit"
    return _problem(code, parameter, language, value=text, type=type_, now=now)


def _problem(code: str, parameter: Parameter, language: str, **said: str) -> Problem:
    return _told(code, parameter.at, language, name=parameter.name, **said)


def _unknown(name: str, known: list[str], language: str) -> Problem:
    which, near = LANGUAGES[language], nearest(name, known)
    hint = _HINT[which].format(near=near) if near else ""
    listed = ", ".join(known) or _NONE[which]
    return _told("no such parameter", Position(1, 1), language, name=name, hint=hint, known=listed)


def _told(code: str, at: Position, language: str, **said: str) -> Problem:
    text = _TEXTS[code][LANGUAGES[language]].format(**said)
    return Problem(line=at.line, column=at.column, width=1, code=code, text=text)
