"""`rules run`: one request typed in, or a table of them, decided by a book."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from connectors.rules.conventions import Steps
from connectors.rules.files import RuleError, RuleFile, read_text
from connectors.rules.outcome import facts_told, outcome_of, prices, told
from connectors.rules.scenario_cursor import Cursor, Pages, fact_names
from connectors.rules.scenario_given import put_text, read_given
from connectors.rules.scenario_parse import read_scenarios
from connectors.rules.scenario_request import prepare, read_request
from connectors.rules.scenario_run import why_not
from connectors.rules.shown import Line
from connectors.rules.situation import Situation
from robot.errors import ConfigurationError
from robot.rules import oracle
from robot.rules.draft import Wrong
from robot.rules.facts import FACTS
from robot.rules.problems import nearest
from robot.rules.tokens import Token
from robot.rules.tree import Book

ROWS_MAX = 100_000
_WHEN, _GIVEN = ("when", "当"), ("given", "假设")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a book says of one request."""

    number: int
    """1 = the first of a table."""
    action: str
    prices: str
    answer: str
    reason: str
    rule: str
    line: int
    alerts: tuple[str, ...]
    because: tuple[str, ...]
    not_fired: tuple[str, ...]


def decided(situation: Situation, language: str, number: int = 1) -> Decision:
    """The decision on one request."""
    ruling = oracle.decide(situation.book, situation.row())
    found = outcome_of(situation, ruling)
    return Decision(
        number=number,
        action=found.action,
        prices=prices(situation, found) if found.action == "quote" else "",
        answer=told(situation, found, language),
        reason=found.reason,
        rule=ruling.rule,
        line=ruling.line,
        alerts=ruling.alerts,
        because=tuple(facts_told(situation, situation.book, ruling, language)),
        not_fired=tuple(why_not(situation, ruling, language)),
    )


def typed(
    book: Book, steps: Mapping[str, Steps], request: str, given: Iterable[str], language: str
) -> Situation:
    """The request of a command line, as in a scenario, with what is given beside it."""
    situation = Situation(book, steps)
    _read(situation, request, language, is_request=True)
    for text in given:
        _read(situation, text, language, is_request=False)
    return situation


def _read(situation: Situation, text: str, language: str, *, is_request: bool) -> None:
    pages = Pages(text, language)
    prepare(pages.draft, situation)
    tokens = [token for token in pages.tokens if token.type != "_WHEN"]
    cursor = Cursor(pages, tokens, Token("NAME", "", pages.first_line, 1, 1))
    try:
        if not is_request:
            read_given(cursor, situation)
        elif tokens or not situation.book.every:
            read_request(cursor, situation)
    except Wrong:
        pass
    if pages.problems:
        shown = "\n".join(problem.shown("request") for problem in pages.problems)
        raise RuleError(shown)


def from_table(
    path: Path, book: Book, steps: Mapping[str, Steps], language: str
) -> Iterator[Situation]:
    """The requests of a CSV file: columns `when` and `given` as in scenarios, or names of facts."""
    rows = csv.DictReader(read_text(path).splitlines())
    columns = {name: _column(path, name) for name in rows.fieldnames or ()}
    for count, row in enumerate(rows):
        if count == ROWS_MAX:
            raise ConfigurationError(f"{path}: over {ROWS_MAX} requests: split it")
        where = f"{path}:{rows.line_num}"
        try:
            yield _of_row(book, steps, columns, row, language)
        except RuleError as problem:
            raise RuleError(f"{where}: {problem}") from problem


def _column(path: Path, name: str) -> str:
    """Which fact a column is; `when` and `given` as they are."""
    text = name.strip()
    if text in (*_WHEN, *_GIVEN):
        return "when" if text in _WHEN else "given"
    for fact in FACTS.values():
        if text in (fact.name, fact.chinese, *fact.also):
            return fact.name
    near = nearest(text, [*fact_names(), *_WHEN, *_GIVEN])
    more = f"; did you mean {near!r}?" if near else ""
    raise ConfigurationError(f"{path}: no fact is called {text!r}{more}")


def _of_row(
    book: Book,
    steps: Mapping[str, Steps],
    columns: Mapping[str, str],
    row: Mapping[str, str],
    language: str,
) -> Situation:
    said = {columns[name]: (row[name] or "").strip() for name in columns}
    situation = typed(book, steps, said.pop("when"), (), language) if "when" in said else None
    if situation is None:
        situation = Situation(book, steps)
    given = said.pop("given", "")
    if given:
        _read(situation, given, language, is_request=False)
    for name, text in said.items():
        if text:
            _put(situation, name, text, language)
    return situation


def _put(situation: Situation, name: str, text: str, language: str) -> None:
    pages = Pages(text, language)
    prepare(pages.draft, situation)
    cursor = Cursor(pages, pages.tokens, Token("NAME", "", pages.first_line, 1, 1))
    try:
        value = put_text(situation, cursor, name)
        if cursor.here is not None:
            raise cursor.wrong("more")
    except Wrong:
        value = None
    if pages.problems:
        raise RuleError("\n".join(problem.shown(name) for problem in pages.problems))
    if name in ("pair", "currency") and isinstance(value, str):
        situation.ask(situation.product, value, situation.tenor)


def situations_of(
    file: RuleFile, steps: Mapping[str, Steps], scenarios: Path
) -> list[tuple[str, Situation]]:
    """The requests of a scenario file, by the scenario's name."""
    found = read_scenarios(read_text(scenarios), file.good(), steps, file.language)
    if found.problems:
        raise RuleError("\n".join(problem.shown(str(scenarios)) for problem in found.problems))
    return [(scenario.name, scenario.situation) for scenario in found.scenarios]


def lines_of(found: Decision, language: str) -> list[Line]:
    """One decision in words."""
    zh = language == "zh"
    lines = [Line(found.answer, "bold")]
    rule = f"规则“{found.rule}”" if zh else f'rule "{found.rule}"'
    where = f"，第 {found.line} 行" if zh else f", line {found.line}"
    lines.append(Line(rule + (where if found.line else ""), indent=2))
    names = ("依据", "提醒", "未触发") if zh else ("facts", "alert", "not fired")
    if found.because:
        lines.append(_row(names[0], ("，" if zh else ", ").join(found.because)))
    lines += [_row(names[1], text) for text in found.alerts]
    return lines + [_row(names[2], text) for text in found.not_fired]


def _row(label: str, text: str) -> Line:
    return Line(text, indent=2, label=label)
