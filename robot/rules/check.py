"""A file into a book, or everything that is wrong with it.

    found = load(text, "majors.rules", "en")        # Book | list[Problem]

Pure: nothing is read but the text. All mistakes are reported at once, in the order of the file, at
most `PROBLEMS_MAX`; a statement that cannot be understood does not hide those in others.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

from robot.rules.check_actions import OTHERWISE, otherwise_of, rule_of
from robot.rules.check_parts import (
    OpenParameter,
    declare_parameter,
    every_of,
    finish_parameter,
    schedule_of,
    scope_of,
)
from robot.rules.check_tables import OpenTable, declare_table, finish_table
from robot.rules.cost import OPERATIONS_MAX, cost_of
from robot.rules.draft import Draft, Enough, Wrong
from robot.rules.lexer import Lexed, lex
from robot.rules.parse import Statement, declared_in, statements, text_of
from robot.rules.problems import Problem
from robot.rules.tokens import Token
from robot.rules.tree import (
    NOWHERE,
    Book,
    Lines,
    Parameter,
    Pass,
    Rule,
    Schedule,
    Scope,
    Selection,
    Table,
)
from robot.rules.vocabulary import LANGUAGES

FILE_MAX = 500_000
"""Characters of a file."""
RULES_MAX = 3_000

_SELECTIONS = {
    "CHOOSE_FIRST": Selection.FIRST,
    "CHOOSE_SPECIFIC": Selection.SPECIFIC,
    "CHOOSE_BEST": Selection.BEST,
}
NO_RULE = "no rule"
"""Reason of a book that says nothing of what holds otherwise."""

Made = TypeVar("Made")


def load(text: str, name: str, language: str = "en") -> Book | list[Problem]:
    """The book in a text, or what is wrong with it, in `en` or `zh`; `name` is the file's."""
    assert language in LANGUAGES, f"no such language: {language}"
    assert name, "a file has a name"
    collects = gc.isenabled()
    gc.disable()  # what is made has no cycles: to go through it again and again is waste
    try:
        return _loaded(text, language)
    finally:
        if collects:
            gc.enable()


def _loaded(text: str, language: str) -> Book | list[Problem]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if len(text) > FILE_MAX:
        draft = Draft([], language)
        draft.report("file too long", 1, 1, 1, found=len(text), most=FILE_MAX)
        return draft.problems
    draft = Draft(text.split("\n"), language)
    try:
        book = Checker(draft, lex(text, draft.report)).book()
    except Enough:
        return draft.problems
    assert book is not None or draft.problems, "a file without a book has a problem"
    return book if book is not None else draft.problems


class Checker:
    """One pass over the statements for each thing that others need."""

    def __init__(self, draft: Draft, lexed: Lexed) -> None:
        self._draft = draft
        self._lexed = lexed
        draft.attempted = declared_in(lexed.tokens)
        self._statements, self._unparsed = statements(lexed.tokens, draft.report, draft.lines_told)
        self._scope: list[Scope] = []
        self._open_parameters: list[OpenParameter] = []
        self._open_tables: list[OpenTable] = []
        self._schedules: list[Schedule] = []
        self._rules: list[Rule] = []
        self._otherwise: Rule | None = None
        self._name = ""
        self._selection = Selection.FIRST
        self._every: tuple[int, int | None] = (0, None)

    def book(self) -> Book | None:
        """The book; None where something is wrong."""
        self.heads()
        self._declarations()
        self._bodies()
        parameters, tables = self._finished()
        if self._draft.problems:
            return None
        reason = Pass(reason=NO_RULE)
        book = Book(
            name=self._name,
            scope=tuple(self._scope),
            every=self._every[0],
            during=self._every[1],
            selection=self._selection,
            parameters=tuple(parameters),
            tables=tuple(tables),
            schedules=tuple(self._schedules),
            rules=tuple(self._rules),
            otherwise=self._otherwise or Rule(at=NOWHERE, name=OTHERWISE, action=reason),
            slots=tuple(self._draft.slots),
            comments=tuple(self._lexed.comments),
            lines=Lines(tuple(self._line_of(kind) for kind in ("BOOK", "EVERY", "CHOOSE"))),
        )
        return book if self._is_bounded(book) else None

    def _is_bounded(self, book: Book) -> bool:
        """Whether one decision is worked out in time, whatever the facts."""
        cost = cost_of(book)
        if cost.operations <= OPERATIONS_MAX:
            return True
        said = {"found": cost.operations, "most": OPERATIONS_MAX}
        self._draft.report("too costly", max(1, cost.line), 1, 4, **said)
        return False

    def of(self, *kinds: str) -> list[Statement]:
        """The statements of these kinds that were parsed."""
        return [found for found in self._statements if found.kind in kinds]

    def _line_of(self, kind: str) -> int:
        found = [s for s in self._statements if s.kind.startswith(kind)]
        return found[0].tokens[0].line if found else 0

    def _once(self, kind: str, *others: str) -> Statement | None:
        """The only statement of that kind; a second is reported."""
        found = self.of(kind, *others)
        for more in found[1:]:
            self._draft.tell("statement twice", more.tokens[0], line=found[0].tokens[0].line)
        return found[0] if found else None

    # --- what the book is

    def heads(self) -> None:
        """Name, scope and choice."""
        draft = self._draft
        head = self._once("BOOK")
        first = self._lexed.tokens[0] if self._lexed.tokens else Token("BOOK", "", 1, 1, 1)
        if head is None:
            if not any(token.type == "BOOK" for token in self._lexed.tokens):
                draft.tell("no book", first)
        else:
            token = head.syntax.children[1]
            assert isinstance(token, Token)
            self._name = text_of(token)
            if not self._name.strip():
                draft.tell("empty text", token)
        for statement in self.of("FOR"):
            self._scope += _try(scope_of, draft, statement) or []
        if not any(token.type == "FOR" for token in self._lexed.tokens):
            draft.tell("no scope", first)
        self._check_scope()
        chosen = self._once("CHOOSE_FIRST", "CHOOSE_SPECIFIC", "CHOOSE_BEST")
        self._selection = _SELECTIONS[chosen.kind] if chosen else Selection.FIRST

    def _check_scope(self) -> None:
        draft = self._draft
        draft.products = tuple(dict.fromkeys(scope.product for scope in self._scope))
        instruments = [code for scope in self._scope for code in scope.instruments]
        bases = {code[:3] for code in instruments}
        draft.currency = instruments[0][:3] if len(bases) == 1 else ""
        only = len({*instruments}) == 1 and "/" in instruments[0]
        draft.pair = instruments[0] if only else ""
        draft.by_clock = bool(self.of("EVERY"))
        if len({product.is_loan for product in draft.products}) > 1:
            draft.tell("loans apart", self.of("FOR")[-1].syntax)
        seen: dict[tuple[str, str], Scope] = {}
        for scope in self._scope:
            for code in scope.instruments:
                if (scope.product, code) in seen and seen[scope.product, code] is not scope:
                    draft.report("scope twice", scope.at.line, scope.at.column, 3, found=code)
                seen[scope.product, code] = scope

    # --- what it names

    def _declarations(self) -> None:
        draft = self._draft
        for statement in self.of("SCHEDULE"):
            made = _try(schedule_of, draft, statement)
            self._schedules += [made] if made is not None else []
        for statement in self.of("PARAMETER"):
            number = _try(declare_parameter, draft, statement)
            self._open_parameters += [number] if number is not None else []
        for statement in self.of("TABLE"):
            table = _try(declare_table, draft, statement)
            self._open_tables += [table] if table is not None else []
        self._forget_the_wrong_ones()
        every = self._once("EVERY")
        if every is not None:
            self._every = _try(every_of, draft, every) or (0, None)

    def _forget_the_wrong_ones(self) -> None:
        """Only names that were understood are known; of the others no more is said."""
        draft = self._draft
        good = {found.declared.name for found in self._open_parameters}
        good |= {found.declared.name for found in self._open_tables}
        good |= {found.name for found in self._schedules}
        draft.parameters = {name: n for name, n in draft.parameters.items() if name in good}
        draft.tables = {name: n for name, n in draft.tables.items() if name in good}
        draft.schedules = {name: n for name, n in draft.schedules.items() if name in good}
        draft.attempted -= good

    def _finished(self) -> tuple[list[Parameter], list[Table]]:
        draft = self._draft
        parameters = [_try(finish_parameter, draft, found) for found in self._open_parameters]
        tables = [_try(finish_table, draft, found) for found in self._open_tables]
        return [p for p in parameters if p is not None], [t for t in tables if t is not None]

    # --- what it says

    def _bodies(self) -> None:
        draft, names = self._draft, dict[str, int]()
        last = self._once("OTHERWISE")
        for count, unparsed in enumerate(self._unparsed):
            if count == RULES_MAX:
                draft.tell("too many", unparsed.tokens[0], what="rule", most=RULES_MAX)
                break
            if last is not None and unparsed.tokens[0].line > last.tokens[0].line:
                draft.tell("after otherwise", unparsed.tokens[0], line=last.tokens[0].line)
            statement = unparsed.parsed()
            rule = _try(rule_of, draft, statement, names) if statement is not None else None
            self._rules += [rule] if rule is not None else []
        if last is not None:
            self._otherwise = _try(otherwise_of, draft, last)


def _try(make: Callable[..., Made], *arguments: object) -> Made | None:
    """What is made; None where something was wrong with it, which was reported."""
    try:
        return make(*arguments)
    except Wrong:
        return None
