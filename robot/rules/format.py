"""A book as text: one way to write it, in either language, with the author's comments.

`load(format_book(book, language))` gives the same tree; formatting what was formatted changes
nothing.
"""

from __future__ import annotations

import bisect
import itertools
import unicodedata
from typing import NamedTuple

from robot.rules.format_words import Words, time_text
from robot.rules.tree import (
    EVERY_DAY,
    And,
    AnyAction,
    AnyExpression,
    AskBanks,
    AskPerson,
    Axis,
    Book,
    Comment,
    Counter,
    DealAt,
    HandTo,
    Hedge,
    Or,
    Parameter,
    Pass,
    Quote,
    Rule,
    Schedule,
    Selection,
    Sides,
    Table,
    Window,
)
from robot.rules.types import DATE, PRODUCT, Kind
from robot.rules.vocabulary import LANGUAGES, VALUES, ZONES

WIDTH = 100
"""Columns; a condition that is longer is broken at its parts."""

_SELECTIONS = {Selection.SPECIFIC: "CHOOSE_SPECIFIC", Selection.BEST: "CHOOSE_BEST"}
_DAYS = tuple(VALUES[Kind.WEEKDAY].values())


class Line(NamedTuple):
    """One line of the text, and the line of the file that it was."""

    text: str
    source: int


def format_book(book: Book, language: str = "en") -> str:
    """The canonical text of a book."""
    writer = _Writer(book, Words(LANGUAGES[language]))
    lines = _with_comments(writer.lines(), book.comments)
    return "\n".join(line.text for line in lines) + "\n"


def _with_comments(lines: list[Line], comments: tuple[Comment, ...]) -> list[Line]:
    """Comments of their own before the line that came after them, others behind theirs."""
    places = [index for index, line in enumerate(lines) if line.text]
    sources = [lines[index].source for index in places]
    so_far = list(itertools.accumulate(sources, max))
    from_here = list(itertools.accumulate(reversed(sources), min))[::-1]
    above: dict[int, list[str]] = {}
    beside: dict[int, str] = {}
    for comment in comments:
        words = f"# {comment.text}".rstrip()
        if comment.alone:
            place = bisect.bisect_left(so_far, comment.at.line)
            index = places[place] if place < len(places) else len(lines)
            above.setdefault(index, []).append(words)
        else:
            place = max(0, bisect.bisect_right(from_here, comment.at.line) - 1)
            beside[places[place]] = f"{beside.get(places[place], '')}  {words}"
    found: list[Line] = []
    for index, line in enumerate((*lines, Line("", 0))):
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        found += [Line(indent + words, 0) for words in above.get(index, ())]
        if index < len(lines):
            found.append(Line(line.text + beside.get(index, ""), line.source))
    return found


class _Writer:
    """Writes the statements of one book."""

    def __init__(self, book: Book, words: Words) -> None:
        self._book = book
        self._words = words
        self._key = words.key

    def lines(self) -> list[Line]:
        """All statements, those that have a place in the file in its order."""
        book = self._book
        parts: list[tuple[int, list[Line]]] = []
        for parameter in book.parameters:
            parts.append((parameter.at.line, self._parameter(parameter)))
        for table in book.tables:
            parts.append((table.at.line, self._table(table)))
        for schedule in book.schedules:
            parts.append((schedule.at.line, self._schedule(schedule)))
        for rule in book.rules:
            parts.append((rule.at.line, self._rule(rule)))
        if book.otherwise.at.line:
            parts.append((book.otherwise.at.line, self._otherwise(book.otherwise)))
        parts.sort(key=lambda part: part[0])
        lines = self._heads()
        last = ""
        for _, statement in parts:
            first = statement[0].text.split()[0]
            single = len(statement) == 1 and first == last
            lines += statement if single else [Line("", 0), *statement]
            last = first if len(statement) == 1 else ""
        return lines

    def _heads(self) -> list[Line]:
        book, key = self._book, self._key
        at = (*book.lines.lines, 0, 0, 0)
        lines = [Line(f"{key('BOOK')} {self._words.text(book.name)}", at[0])]
        for scope in book.scope:
            product = self._words.value(PRODUCT, str(scope.product))
            codes = ", ".join(scope.instruments)
            text = f"{key('FOR')} {product} {key('IN')} {codes}"
            lines.append(Line(text, scope.at.line))
        if book.every:
            during = ""
            if book.during is not None:
                during = f" {key('DURING')} {book.schedules[book.during].name}"
            text = f"{key('EVERY')} {self._words.duration(book.every)}{during}"
            lines.append(Line(text, at[1]))
        if book.selection in _SELECTIONS:
            lines.append(Line(key(_SELECTIONS[book.selection]), at[2]))
        head, *rest = lines
        return [head, *sorted(rest, key=lambda line: line.source)]

    # --- declarations

    def _parameter(self, parameter: Parameter) -> list[Line]:
        values = (parameter.value, parameter.lowest, parameter.highest)
        value, lowest, highest = (self._words.value(parameter.type, v) for v in values)
        both = self._key("AND", 1 if self._words.language else 0)
        bounds = f"{self._key('BETWEEN', 1 - self._words.language)} {lowest} {both} {highest}"
        text = f"{self._key('PARAMETER')} {parameter.name} = {value}, {bounds}"
        return [Line(text, parameter.at.line)]

    def _schedule(self, schedule: Schedule) -> list[Line]:
        zones = {window.zone for window in schedule.windows}
        written, days, day = [], EVERY_DAY, 0
        for window in schedule.windows:
            text = self._window(window, (window.days, window.date) != (days, day))
            days, day = window.days, window.date
            last = window is schedule.windows[-1]
            if len(zones) > 1 or last:
                text += f" {ZONES[window.zone][self._words.language][0]}"
            written.append(text)
        text = f" {self._key('AND')} ".join(written)
        head = f"{self._key('SCHEDULE')} {schedule.name} {self._key('IS')}"
        return [Line(f"{head} {text}", schedule.at.line)]

    def _window(self, window: Window, with_days: bool) -> str:
        to = self._key("TO")
        times = f"{time_text(window.start)} {to} {time_text(window.until)}"
        if not with_days:
            return times
        if window.date:
            return f"{self._words.value(DATE, window.date)} {times}"
        return f"{self._weekdays(window.days)} {times}"

    def _weekdays(self, days: int) -> str:
        names = [forms[self._words.language][0] for forms in _DAYS]
        runs: list[list[int]] = []
        for day in range(7):
            if days >> day & 1:
                if runs and runs[-1][-1] == day - 1:
                    runs[-1].append(day)
                else:
                    runs.append([day])
        found = []
        for run in runs:
            if len(run) > 2:
                found.append(f"{names[run[0]]} {self._key('TO')} {names[run[-1]]}")
            else:
                found += [names[day] for day in run]
        return ", ".join(found)

    def _table(self, table: Table) -> list[Line]:
        keys = f" {self._key('AND', 1 if self._words.language else 0)} ".join(
            self._axis_name(table, index) for index in range(len(table.axes))
        )
        head = f"{self._key('TABLE')} {table.name} {self._key('BY')} {keys}:"
        rows = self._rows(table)
        widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
        at = table.lines.lines
        lines = [Line(head, table.at.line)]
        for number, row in enumerate(rows):
            padded = [cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)]
            source = at[number] if number < len(at) else table.at.line
            lines.append(Line("  " + "   ".join(padded).rstrip(), source))
        return lines

    def _axis_name(self, table: Table, index: int) -> str:
        return self._words.fact(table.axes[index].fact, ())

    def _rows(self, table: Table) -> list[list[str]]:
        axes = table.axes
        cells = [self._cell(table, cell) for cell in table.cells]
        if len(axes) == 1:
            return [[label, cell] for label, cell in zip(self._labels(axes[0]), cells, strict=True)]
        columns = self._labels(axes[-1])
        headings: list[list[str]] = [[]]
        for axis in axes[:-1]:
            headings = [[*row, label] for row in headings for label in self._labels(axis)]
        rows = [[*[""] * (len(axes) - 1), *columns]]
        for number, heading in enumerate(headings):
            start = number * len(columns)
            rows.append([*heading, *cells[start : start + len(columns)]])
        return rows

    def _cell(self, table: Table, cell: int | None) -> str:
        return "-" if cell is None else self._words.value(table.type, cell)

    def _labels(self, axis: Axis) -> list[str]:
        said = axis.said or [""] * len(axis.labels)
        labels = [
            self._words.value(axis.type, label, words)
            for label, words in zip(axis.labels, said, strict=True)
        ]
        if axis.steps:
            labels = [f"{self._key('UP_TO')} {label}" for label in labels]
        return [*labels, *([self._key("REST", 1 if axis.steps else 0)] if axis.rest else [])]

    # --- rules

    def _rule(self, rule: Rule) -> list[Line]:
        head = f"{self._key('RULE')} {self._words.text(rule.name)}"
        if rule.priority:
            head += f" {self._key('PRIORITY')} {rule.priority}"
        lines = [Line(head, rule.at.line)]
        if rule.when is not None:
            lines += self._when(rule.when)
        then = f"  {self._key('THEN')} "
        return [*lines, *self._acts(then, rule, rule.action.at.line)]

    def _when(self, when: AnyExpression) -> list[Line]:
        text = f"  {self._key('WHEN')} {self._words.expression(when)}"
        if _width(text) <= WIDTH or not isinstance(when, And | Or):
            return [Line(text, when.at.line)]
        word = self._key("AND" if isinstance(when, And) else "OR")
        least = 2 if isinstance(when, And) else 1
        first, *rest = [(self._words.expression(p, least), p.at.line) for p in when.parts]
        lines = [Line(f"  {self._key('WHEN')} {first[0]}", first[1])]
        return lines + [Line(f"    {word} {part}", line) for part, line in rest]

    def _otherwise(self, rule: Rule) -> list[Line]:
        return self._acts(f"{self._key('OTHERWISE')} ", rule, rule.action.at.line)

    def _acts(self, start: str, rule: Rule, source: int) -> list[Line]:
        clauses = self._action(rule.action)
        text = start + " ".join(clauses)
        if _width(text) > WIDTH:
            lines = [Line(start + clauses[0], source)]
            lines += [Line(f"      {clause}", source) for clause in clauses[1:]]
        else:
            lines = [Line(text, source)]
        for alert in rule.alerts:
            text = f"    {self._key('AND')} {self._key('ALERT')} {self._words.text(alert)}"
            lines.append(Line(text, source))
        return lines

    def _action(self, action: AnyAction) -> list[str]:
        """An action, clause by clause."""
        key, words = self._key, self._words
        if isinstance(action, Quote):
            return self._quote(action)
        if isinstance(action, Pass):
            return [f"{key('PASS')} {words.text(action.reason)}"]
        if isinstance(action, AskPerson):
            text = f"{key('ASK_PERSON')} {words.text(action.reason)}"
            return [text, *self._clauses(("WITHIN", action.within))]
        if isinstance(action, AskBanks):
            return self._ask_banks(action)
        if isinstance(action, DealAt):
            return self._deal(action)
        if isinstance(action, Counter):
            text = f"{key('COUNTER')} {words.sum(action.price)}"
            return [text, *self._clauses(("NO_WORSE", action.worst), ("VALID", action.valid))]
        if isinstance(action, HandTo):
            return [
                f"{key('HAND_GAME' if action.game else 'HAND_STRATEGY')} {words.name(action.name)}"
            ]
        assert isinstance(action, Hedge), action
        text = key("HEDGE")
        if action.size is not None:
            text += f" {words.sum(action.size)}"
        return [text, *self._clauses(("AT", action.limit), ("WITHIN", action.within))]

    def _clauses(self, *clauses: tuple[str, AnyExpression | None]) -> list[str]:
        found = []
        for word, part in clauses:
            if part is not None:
                form = 1 if word == "FOR" and self._words.language else 0
                found.append(f"{self._key(word, form)} {self._words.sum(part)}")
        return found

    def _quote(self, action: Quote) -> list[str]:
        margin, *clauses = self._clauses(
            ("MARGIN", action.margin),
            ("SKEW", action.skew),
            ("AROUND", action.around),
            ("UP_TO", action.size),
            ("VALID", action.valid),
        )
        word = {Sides.BID: "BID_ONLY", Sides.OFFER: "OFFER_ONLY"}.get(action.sides)
        side = [self._key(word)] if word else []
        return [f"{self._key('QUOTE')} {margin}", *clauses, *side]

    def _ask_banks(self, action: AskBanks) -> list[str]:
        text = f"{self._key('ASK')} {self._words.sum(action.banks)} {self._key('BANKS')}"
        if action.group:
            text += f" {self._key('OF_GROUP')} {self._words.name(action.group)}"
        if action.game:
            text += f" {self._key('BY_GAME')} {self._words.name(action.game)}"
        wanted = []
        if action.verb:
            size = f" {self._words.sum(action.size)}" if action.size is not None else ""
            wanted.append(f"{self._key('TO')} {self._key(action.verb)}{size}")
        clauses = (("AT", action.limit), ("FOR", action.tenor), ("WITHIN", action.within))
        return [text, *wanted, *self._clauses(*clauses)]

    def _deal(self, action: DealAt) -> list[str]:
        size = f" {self._words.sum(action.size)}" if action.size is not None else ""
        clauses = (
            ("AT", action.limit),
            ("FOR", action.tenor),
            ("WITHIN", action.within),
            ("UNTIL", action.until),
        )
        return [f"{self._key(action.verb)}{size}", *self._clauses(*clauses)]


def _width(text: str) -> int:
    """Columns on a terminal."""
    wide = unicodedata.east_asian_width
    return sum(2 if wide(character) in "WF" else 1 for character in text)
