"""Two books compared by what they mean: rules, table cells, parameters, schedules, scope.

How a file is written, in which language and with which comments, is no difference.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from robot.rules.format import format_book
from robot.rules.format_words import Words
from robot.rules.tree import Axis, Book, Parameter, Rule, Schedule, Table
from robot.rules.vocabulary import CHINESE, LANGUAGES


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference."""

    kind: str
    """added, gone, changed or moved."""
    what: str
    """rule, table, parameter, schedule or book."""
    name: str
    detail: str = ""
    old_line: int = 0
    new_line: int = 0


Named = TypeVar("Named", Rule, Table)


def changes(old: Book, new: Book, language: str = "en") -> list[Change]:
    """Everything that differs, the book itself first, then in the order of the new file."""
    return [*_of_book(old, new, language), *_Comparison(old, new, language).all()]


def _of_book(old: Book, new: Book, language: str) -> list[Change]:
    words = Words(LANGUAGES[language])
    zh = words.language == CHINESE
    found = []
    parts: tuple[tuple[str, str, Callable[[Book], str]], ...] = (
        ("name", "名称", lambda book: book.name),
        (
            "for",
            "适用",
            lambda book: "; ".join(
                f"{scope.product.lower()} {', '.join(scope.instruments)}" for scope in book.scope
            ),
        ),
        ("every", "每隔", lambda book: words.duration(book.every) if book.every else "-"),
        (
            "during",
            "期间",
            lambda book: book.schedules[book.during].name if book.during is not None else "-",
        ),
        ("choose", "选择", lambda book: str(book.selection)),
    )
    for english, chinese, of in parts:
        before, after = of(old), of(new)
        if before != after:
            name = chinese if zh else english
            found.append(
                Change(kind="changed", what="book", name=name, detail=f"{before} -> {after}")
            )
    return found


class _Comparison:
    """The declarations and rules of two books."""

    def __init__(self, old: Book, new: Book, language: str) -> None:
        self._old, self._new = old, new
        self._words = Words(LANGUAGES[language])
        self._language = language
        self._texts = (_statements(old, language), _statements(new, language))

    def all(self) -> list[Change]:
        """Rules first: they are what decides."""
        old, new = self._old, self._new
        found = self._compared("rule", old.rules, new.rules, self._rule)
        found += self._moved()
        found += self._rule(old.otherwise, new.otherwise)
        found += self._compared("table", old.tables, new.tables, self._table)
        for what in ("parameter", "schedule"):
            before = {row.name: row.at.line for row in getattr(old, f"{what}s")}
            after = {row.name: row.at.line for row in getattr(new, f"{what}s")}
            found += self._by_text(what, before, after)
        return found

    def _compared(
        self,
        what: str,
        old: Sequence[Named],
        new: Sequence[Named],
        compare: Callable[[Named, Named], list[Change]],
    ) -> list[Change]:
        before, after = {row.name: row for row in old}, {row.name: row for row in new}
        found: list[Change] = []
        for name, row in after.items():
            if name in before:
                found += compare(before[name], row)
            else:
                found.append(self._whole("added", what, name, row.at.line))
        gone = [row for name, row in before.items() if name not in after]
        return found + [self._whole("gone", what, row.name, row.at.line) for row in gone]

    def _whole(self, kind: str, what: str, name: str, line: int) -> Change:
        text = self._texts[kind == "added"].get((what, line), "")
        old_line, new_line = (line, 0) if kind == "gone" else (0, line)
        return Change(
            kind=kind, what=what, name=name, detail=text, old_line=old_line, new_line=new_line
        )

    # --- rules

    def _rule(self, old: Rule, new: Rule) -> list[Change]:
        before, after = self._said(self._old, old), self._said(self._new, new)
        found = []
        for (part, was), (_, now) in zip(before, after, strict=True):
            if was != now:
                found.append(
                    Change(
                        kind="changed",
                        what="rule",
                        name=new.name,
                        detail=f"{part}: {was or '-'} -> {now or '-'}",
                        old_line=old.at.line,
                        new_line=new.at.line,
                    )
                )
        return found

    def _said(self, book: Book, rule: Rule) -> list[tuple[str, str]]:
        """A rule's parts as text, apart from where they stand."""
        text = self._texts[book is self._new].get(("rule", rule.at.line), "")
        key = self._words.key
        when = self._words.expression(rule.when) if rule.when is not None else ""
        start = "OTHERWISE" if rule is book.otherwise else "THEN"
        action = (
            text.partition(f"{key(start)} ")[2]
            if start == "OTHERWISE"
            else _then(text, key("THEN"))
        )
        return [
            (key("PRIORITY"), str(rule.priority or "")),
            (key("WHEN"), when),
            (key(start), " ".join(action.split())),
        ]

    def _moved(self) -> list[Change]:
        """Rules of one priority that are asked in another order."""
        both = {rule.name for rule in self._old.rules} & {rule.name for rule in self._new.rules}
        before = [rule for rule in self._old.in_order if rule.name in both]
        after = [rule for rule in self._new.in_order if rule.name in both]
        names = [rule.name for rule in before], [rule.name for rule in after]
        same = {rule.name: rule.priority for rule in before}
        matcher = difflib.SequenceMatcher(None, *names, autojunk=False)
        kept = {
            names[1][i]
            for block in matcher.get_matching_blocks()
            for i in range(block.b, block.b + block.size)
        }
        lines = {rule.name: rule.at.line for rule in before}
        return [
            Change(
                kind="moved", what="rule", name=rule.name,
                detail=self._after(after, rule),
                old_line=lines[rule.name], new_line=rule.at.line,
            )
            for rule in after
            if rule.name not in kept and same[rule.name] == rule.priority
        ]  # fmt: skip

    def _after(self, order: list[Rule], rule: Rule) -> str:
        place = order.index(rule)
        zh = self._words.language == CHINESE
        if place == 0:
            return "现为第一条" if zh else "is asked first now"
        name = order[place - 1].name
        return f"现排在“{name}”之后" if zh else f'is asked after "{name}" now'

    # --- tables

    def _table(self, old: Table, new: Table) -> list[Change]:
        was, now = _cells(self._words, old), _cells(self._words, new)
        if [axis.fact for axis in old.axes] != [axis.fact for axis in new.axes]:
            return [self._changed(old, new, self._texts[1].get(("table", new.at.line), ""))]
        found = []
        for keys in dict.fromkeys([*was, *now]):
            before, after = was.get(keys), now.get(keys)
            if before != after:
                place = ", ".join(keys)
                found.append(
                    self._changed(old, new, f"[{place}] {before or '-'} -> {after or '-'}")
                )
        return found

    def _changed(self, old: Table, new: Table, detail: str) -> Change:
        return Change(
            kind="changed", what="table", name=new.name, detail=detail, old_line=old.at.line,
            new_line=new.at.line,
        )  # fmt: skip

    def _by_text(self, what: str, before: dict[str, int], after: dict[str, int]) -> list[Change]:
        found = []
        for name in dict.fromkeys([*after, *before]):
            was = self._texts[0].get((what, before.get(name, 0)), "")
            now = self._texts[1].get((what, after.get(name, 0)), "")
            if was == now:
                continue
            kind = "added" if not was else "gone" if not now else "changed"
            detail = now if not was else was if not now else f"{was} -> {now}"
            found.append(
                Change(
                    kind=kind, what=what, name=name, detail=detail,
                    old_line=before.get(name, 0), new_line=after.get(name, 0),
                )
            )  # fmt: skip
        return found


def _then(text: str, word: str) -> str:
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line.startswith(f"  {word} "):
            return "\n".join([line[len(word) + 3 :], *lines[index + 1 :]])
    return ""


def _statements(book: Book, language: str) -> dict[tuple[str, int], str]:
    """Kind and line of each statement -> its canonical text, comments left out."""
    bare = msgspec.structs.replace(book, comments=())
    found: dict[tuple[str, int], str] = {}
    rows: list[tuple[str, Rule | Table | Parameter | Schedule]] = []
    rows += [("rule", rule) for rule in (*book.rules, book.otherwise)]
    rows += [("table", table) for table in book.tables]
    rows += [("parameter", parameter) for parameter in book.parameters]
    rows += [("schedule", schedule) for schedule in book.schedules]
    words = Words(LANGUAGES[language])
    pieces = _pieces(format_book(bare, language), words)
    for kind, row in rows:
        if row.at.line or kind != "rule":
            found[kind, row.at.line] = pieces.get((kind, row.name), "")
    return found


def _pieces(text: str, words: Words) -> dict[tuple[str, str], str]:
    """Kind and name of each statement of a canonical text -> the text."""
    starts = {
        words.key("RULE"): "rule",
        words.key("TABLE"): "table",
        words.key("PARAMETER"): "parameter",
        words.key("SCHEDULE"): "schedule",
        words.key("OTHERWISE"): "rule",
    }
    found: dict[tuple[str, str], str] = {}
    kind, lines = "", list[str]()
    for line in [*text.split("\n"), "end"]:
        if line[:1].strip():
            if kind:
                found[kind, _name(lines[0], words, kind)] = "\n".join(lines).rstrip()
            kind, lines = starts.get(line.split(" ", 1)[0], ""), []
        lines.append(line)
    return found


def _name(head: str, words: Words, kind: str) -> str:
    word, _, rest = head.partition(" ")
    if word == words.key("OTHERWISE"):
        return "otherwise"
    if kind == "rule":
        closing = {'"': '"', "“": "”", "「": "」", "＂": "＂"}[rest[0]]
        return rest[1:].partition(closing)[0]
    end = {"table": words.key("BY"), "parameter": "=", "schedule": words.key("IS")}[kind]
    return rest.partition(f" {end} ")[0]


def _cells(words: Words, table: Table) -> dict[tuple[str, ...], str]:
    """Headings of each cell -> its value."""
    places: list[tuple[str, ...]] = [()]
    for axis in table.axes:
        places = [(*place, label) for place in places for label in _labels(words, axis)]
    return {
        place: "-" if cell is None else words.value(table.type, cell)
        for place, cell in zip(places, table.cells, strict=True)
    }


def _labels(words: Words, axis: Axis) -> list[str]:
    said: Iterable[str] = axis.said or [""] * len(axis.labels)
    labels = [
        words.value(axis.type, label, text) for label, text in zip(axis.labels, said, strict=True)
    ]
    if axis.steps:
        labels = [f"{words.key('UP_TO')} {label}" for label in labels]
    return [*labels, *([words.key("REST", 1 if axis.steps else 0)] if axis.rest else [])]
