"""Scenario files: requests with what a trader expects of the book, written beside it.

background market EUR/USD 1.0850/1.0852, position 0 mio

scenario "gold clients get the table"
  given position 20 mio
  when gold client BANKA asks 5 mio EUR/USD two-way
  then quote 1.08497/1.08523 because "gold"
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from connectors.rules.conventions import Steps
from connectors.rules.files import RULES
from connectors.rules.scenario_cursor import Cursor, Pages, hint, word_of
from connectors.rules.scenario_expect import Expected, read_expected
from connectors.rules.scenario_given import read_given
from connectors.rules.scenario_request import prepare, read_request
from connectors.rules.scenario_words import WORDS
from connectors.rules.situation import Situation
from robot.rules.draft import Wrong
from robot.rules.grammar import TERMINALS
from robot.rules.problems import PROBLEMS_MAX, Problem, nearest
from robot.rules.tokens import Token
from robot.rules.tree import Book

_STARTS = ("SCENARIO", "BACKGROUND", "GIVEN")


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what is expected."""

    name: str
    line: int
    situation: Situation
    expected: Expected


class ScenarioFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, or what is wrong with it."""

    scenarios: tuple[Scenario, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Section(msgspec.Struct, frozen=True):
    """A keyword and what follows up to the next."""

    kind: str
    head: Token
    tokens: list[Token]


def book_path(text: str, path: Path) -> Path:
    """The rule file that scenarios are about: `book "FILE"` in them, else the one beside them of
    the same name.
    """
    pages = Pages(text, "en")
    for section in _sections(pages):
        if section.kind == "BOOK" and section.tokens:
            return path.parent / str(section.tokens[0].value)
    return path.with_suffix(RULES)


def read_scenarios(
    text: str, book: Book, steps: Mapping[str, Steps], language: str
) -> ScenarioFile:
    """Every scenario of a text, or every mistake in it."""
    reader = _Reader(Pages(text, language), book, steps)
    scenarios = reader.scenarios()
    problems = reader.pages.problems[:PROBLEMS_MAX]
    return ScenarioFile(problems=tuple(problems)) if problems else scenarios


def _sections(pages: Pages) -> list[_Section]:
    found: list[_Section] = []
    for token in pages.tokens:
        kind = _start(token, found[-1] if found else None)
        if kind:
            found.append(_Section(kind, token, []))
        elif found:
            found[-1].tokens.append(token)
        else:
            _no_start(pages, token)
    return found


def _start(token: Token, section: _Section | None) -> str:
    word = word_of(token)
    if word in _STARTS:
        return word
    if token.type in (TERMINALS["WHEN"], TERMINALS["THEN"]):
        return token.type.strip("_")
    in_when = section is not None and section.kind == "WHEN"
    return "BOOK" if token.type == "BOOK" and not in_when else ""


def _no_start(pages: Pages, token: Token) -> None:
    known = [form for key in _STARTS for forms in WORDS[key] for form in forms]
    text = str(token.value)
    pages.report(
        "scenario start", token, found=text, hint=hint(nearest(text, [*known, "book", "when"]))
    )


class _Reader:
    """Reads the sections scenario by scenario."""

    def __init__(self, pages: Pages, book: Book, steps: Mapping[str, Steps]) -> None:
        self.pages = pages
        self._book = book
        self._steps = steps
        self._background: list[_Section] = []
        self._names: dict[str, int] = {}

    def scenarios(self) -> ScenarioFile:
        """All of them; mistakes are in `pages`."""
        scenarios: list[Scenario] = []
        group: list[_Section] = []
        last = Token("NAME", "", self.pages.tokens[-1].line, 1, 1) if self.pages.tokens else None
        for section in _sections(self.pages):
            if section.kind == "BOOK":
                continue
            if section.kind == "BACKGROUND" or (section.kind == "GIVEN" and not group):
                self._background.append(section)
                continue
            if section.kind == "SCENARIO":
                scenarios += self._read(group)
                group = [section]
            elif group:
                group.append(section)
            else:
                self.pages.report("no scenario", section.head)
        scenarios += self._read(group)
        if not scenarios and not self.pages.problems and last is not None:
            self.pages.report("no scenarios", last)
        return ScenarioFile(scenarios=tuple(scenarios))

    def _read(self, group: list[_Section]) -> list[Scenario]:
        if not group:
            return []
        try:
            return [self._scenario(group)]
        except Wrong:
            return []

    def _scenario(self, group: list[_Section]) -> Scenario:
        head, *sections = group
        name = self._name(head)
        whens = [section for section in sections if section.kind == "WHEN"]
        thens = [section for section in sections if section.kind == "THEN"]
        for more in (*whens[1:], *thens[1:]):
            found = str(more.head.value).lower()
            self.pages.report("twice in one", more.head, found=found)
        situation = Situation(self._book, self._steps)
        wrong = self._request(whens, situation, head, name)
        for section in (*self._background, *(s for s in sections if s.kind == "GIVEN")):
            wrong = self._given(section, situation) or wrong
        if wrong is not None:
            raise wrong
        if not thens:
            raise self.pages.wrong("no then", head.head, name=name)
        prepare(self.pages.draft, situation)
        cursor = Cursor(self.pages, thens[0].tokens, thens[0].head)
        expected = read_expected(cursor, situation, self.pages.line(thens[0].head))
        expected.text = self._text(thens[0])
        line = self.pages.line(head.head)
        return Scenario(name=name, line=line, situation=situation, expected=expected)

    def _name(self, head: _Section) -> str:
        token = head.tokens[0] if head.tokens else None
        if token is None or token.type != "TEXT":
            raise self.pages.wrong("needs a name", head.head)
        name = str(token.value)
        if name in self._names:
            self.pages.report("name twice", token, name=name, line=self._names[name])
        self._names.setdefault(name, self.pages.line(token))
        return name

    def _request(
        self, whens: list[_Section], situation: Situation, head: _Section, name: str
    ) -> Wrong | None:
        if not whens:
            if not self._book.every:
                return self.pages.wrong("no when", head.head, name=name)
            return None
        prepare(self.pages.draft, situation)
        try:
            read_request(Cursor(self.pages, whens[0].tokens, whens[0].head), situation)
        except Wrong as problem:
            return problem
        return None

    def _given(self, section: _Section, situation: Situation) -> Wrong | None:
        prepare(self.pages.draft, situation)
        asked = dict(situation.said)
        try:
            read_given(Cursor(self.pages, section.tokens, section.head), situation)
        except Wrong as problem:
            return problem
        if section.kind == "BACKGROUND":
            situation.said.update(asked)  # the request says it closer by
        return None

    def _text(self, section: _Section) -> str:
        """A section as it was written, on one line."""
        parts = []
        for number in range(
            section.head.line, section.tokens[-1].line + 1 if section.tokens else 0
        ):
            on_line = [token for token in section.tokens if token.line == number]
            if on_line:
                first, last = on_line[0], on_line[-1]
                parts.append(
                    self.pages.source(number)[first.column - 1 : last.column - 1 + last.width]
                )
        return " ".join(part.strip() for part in parts)
