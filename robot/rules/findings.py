"""What a book says that can never matter: dead rules, shadowed rules, names that nobody uses.

Only what is certain is told. A rule is dead when its condition contradicts itself or the book's own
scope; shadowed when one rule that is asked before it catches everything it could catch. Where the
most specific or the best rule of one priority is chosen only a higher priority comes before.
"""

from __future__ import annotations

import msgspec

from robot.rules.boxes import Allowed, Box, boxes_of
from robot.rules.caught import Before
from robot.rules.problems import message
from robot.rules.tree import (
    Book,
    InSchedule,
    ParameterRef,
    Rule,
    Selection,
    TableLookup,
)
from robot.rules.walk import expressions


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. The book works all the same."""

    line: int
    code: str
    """`dead rule`, `shadowed rule`, `unused`."""
    name: str
    """Of the rule, table, parameter or schedule."""
    text: str
    by: str = ""
    """The rule that catches everything before it."""


def findings(book: Book, language: str = "en") -> list[Finding]:
    """All of them, in the order of the file."""
    found = [*_unreachable(book, language), *_unused(book, language)]
    return sorted(found, key=lambda finding: finding.line)


# --- rules that never decide


def _unreachable(book: Book, language: str) -> list[Finding]:
    scope = _scope_box(book)
    found: list[Finding] = []
    before = Before()
    for rule in book.in_order:
        boxes = boxes_of(rule.when)
        if boxes is None:
            continue
        possible = [box for box in boxes if box.both(scope) is not None]
        if not possible:
            found.append(_told(rule, "dead rule", language))
            continue
        shadow = _shadow(book, rule, possible, before)
        if shadow is not None:
            found.append(_told(rule, "shadowed rule", language, shadow))
        else:
            before.add(rule, boxes)
    return found


def _shadow(book: Book, rule: Rule, boxes: list[Box], before: Before) -> Rule | None:
    """The first earlier rule that catches all of this one."""
    for earlier, caught in before.around(boxes[0]):
        same = earlier.priority == rule.priority
        if same and book.selection is not Selection.FIRST:
            continue
        if all(any(box.within(other) for other in caught) for box in boxes):
            return earlier
    return None


def _scope_box(book: Book) -> Box:
    """What every request of the book is: its products and pairs."""
    products = frozenset[str | bool](str(scope.product) for scope in book.scope)
    codes = frozenset[str | bool](code for scope in book.scope for code in scope.instruments)
    bases = frozenset[str | bool](str(code)[:3] for code in codes)
    said = {"product": products, "pair": codes, "currency": bases}
    return Box(
        {
            slot: Allowed(names=said[key.name])
            for slot, key in enumerate(book.slots)
            if key.name in said
        }
    )


def _told(rule: Rule, code: str, language: str, by: Rule | None = None) -> Finding:
    said = {"name": rule.name, "by": by.name if by else "", "line": by.at.line if by else 0}
    text = message(code, language, {**said})
    return Finding(
        line=rule.at.line, code=code, name=rule.name, text=text, by=by.name if by else ""
    )


# --- names that nobody uses


def _unused(book: Book, language: str) -> list[Finding]:
    used: set[tuple[str, int]] = set()
    if book.during is not None:
        used.add(("schedule", book.during))
    for rule in (*book.rules, book.otherwise):
        for node in expressions(rule):
            if isinstance(node, ParameterRef):
                used.add(("parameter", node.index))
            elif isinstance(node, TableLookup):
                used.add(("table", node.index))
            elif isinstance(node, InSchedule):
                used.add(("schedule", node.index))
    named: list[tuple[str, int, str, int]] = []
    named += [("parameter", i, row.name, row.at.line) for i, row in enumerate(book.parameters)]
    named += [("table", i, row.name, row.at.line) for i, row in enumerate(book.tables)]
    named += [("schedule", i, row.name, row.at.line) for i, row in enumerate(book.schedules)]
    return [
        Finding(
            line=line, code="unused", name=name, text=message("unused", language, {"name": name})
        )
        for kind, index, name, line in named
        if (kind, index) not in used
    ]
