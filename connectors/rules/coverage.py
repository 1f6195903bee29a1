"""How often each rule of a book decided, and which never did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from connectors.evidence.page import escaped, heading, page, paragraph, table
from connectors.rules.files import RuleFile, is_book
from connectors.rules.recorded import RecordedRuling
from connectors.rules.shown import Line
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.tree import Book


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    rule: str
    line: int
    """In the file; 0 = not in it."""
    decided: int
    outcomes: dict[str, int]
    """QUOTED, REFUSED, SENT ... -> how often."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """A day of one book."""

    file: str
    book: str
    day: str
    decisions: int
    rules: tuple[RuleCount, ...]
    """In the order of the file, `otherwise` last."""
    gone: tuple[RuleCount, ...]
    """Rules that decided on the day and are not in the file."""
    by_clock: bool
    """Of a book that looks by the clock the record has what it did; not the looks that passed."""
    same: bool
    """Whether the book of the day said the same as the file all day long."""

    @property
    def never(self) -> tuple[str, ...]:
        """Rules that decided nothing."""
        return tuple(row.rule for row in self.rules if not row.decided)


def covered(file: RuleFile, rulings: Iterable[RecordedRuling], day: str) -> Coverage:
    """Counts the decisions of the book that a desk names as this file."""
    book = file.good()
    counts: dict[str, Counter[str]] = {}
    texts: dict[str, bool] = {}
    for row in rulings:
        if is_book(file, row.file, row.text):
            counts.setdefault(row.rule, Counter())[row.outcome] += 1
            texts[row.text] = True
    rules = [*book.rules, book.otherwise]
    names = {rule.name for rule in rules}
    return Coverage(
        file=file.name,
        book=book.name,
        day=day,
        decisions=sum(count.total() for count in counts.values()),
        rules=tuple(_row(rule.name, rule.at.line, counts) for rule in rules),
        gone=tuple(_row(name, 0, counts) for name in counts if name not in names),
        by_clock=bool(book.every),
        same=all(_is_same(text, book) for text in texts),
    )


def _is_same(text: str, book: Book) -> bool:
    found = load(text, "recorded")
    return isinstance(found, Book) and clocked(found) == book


def _row(name: str, line: int, counts: dict[str, Counter[str]]) -> RuleCount:
    found = counts.get(name, Counter())
    return RuleCount(
        rule=name, line=line, decided=found.total(), outcomes=dict(sorted(found.items()))
    )


_CLOCK = "looks by the clock that did nothing are not on the record"


def lines_of(found: Coverage, language: str) -> list[Line]:
    """In words."""
    zh = language == "zh"
    head = (
        f"{found.file}：{found.day}，{found.decisions} 次决定"
        if zh
        else f"{found.file}: {found.decisions} decisions on {found.day}"
    )
    lines = [Line(head, "bold")]
    if found.by_clock:
        text = "按时查看而无所作为的，日志不记" if zh else _CLOCK
        lines.append(Line(text, "dim"))
    if not found.same:
        text = (
            "当日生效的规则集与此文件不同" if zh else "the book in force that day was another one"
        )
        lines.append(Line(text, "yellow"))
    for row in (*found.rules, *found.gone):
        share = f"{row.decided / found.decisions:>6.1%}" if found.decisions else "     -"
        where = f"{row.line:>5}" if row.line else "    -"
        outcomes = ", ".join(f"{count} {name}" for name, count in row.outcomes.items())
        never = "从未" if zh else "never"
        text = f"{where}  {row.decided:>7} {share}  {row.rule}  {outcomes or never}"
        lines.append(Line(text.rstrip(), "" if row.decided else "yellow"))
    return lines


def coverage_page(found: Coverage) -> str:
    """As HTML."""
    rows = [
        (
            row.line or "-",
            row.rule,
            ", ".join(f"{count} {name}" for name, count in row.outcomes.items()) or "never",
            row.decided,
            f"{row.decided / found.decisions:.1%}" if found.decisions else "-",
        )
        for row in (*found.rules, *found.gone)
    ]
    parts = [
        f"<h1>{escaped(found.book)}: {escaped(found.day)}</h1>",
        paragraph(f"{found.file}: {found.decisions} decisions", "quiet"),
    ]
    if not found.same:
        parts.append(paragraph("The book in force that day was another one.", "problem"))
    parts += [
        heading("How often each rule decided"),
        table(("Line", "Rule", "Outcome", "Decided", "Share"), rows, numbers=2),
    ]
    if found.never:
        parts += [heading("Never"), table(("Rule",), [(name,) for name in found.never])]
    return page(f"{found.book}: {found.day}", parts)
