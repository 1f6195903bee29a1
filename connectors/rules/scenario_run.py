"""Scenarios played: what was expected, what the book says, and why it says so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connectors.rules.outcome import (
    Outcome,
    facts_told,
    numbers,
    outcome_of,
    prices,
    said_value,
    seen_told,
    told,
)
from connectors.rules.scenario_expect import Expected
from connectors.rules.scenario_parse import Scenario
from connectors.rules.shown import Line
from connectors.rules.situation import Situation
from robot.rules import oracle
from robot.rules.facts import PIP
from robot.rules.format_words import Words
from robot.rules.oracle import parts_of
from robot.rules.ruling import NotFired, Ruling
from robot.rules.tree import And, AskBanks, Book, Position, Rule
from robot.rules.types import TRUTH
from robot.rules.vocabulary import LANGUAGES

_RULES_SHOWN = 8


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario and how it went."""

    name: str
    line: int
    ok: bool
    rule: str
    """The rule that decided, and its line."""
    rule_line: int
    expected: str
    actual: str
    differences: tuple[str, ...] = ()
    """What was expected otherwise."""
    because: tuple[str, ...] = ()
    """The facts that decided."""
    not_fired: tuple[str, ...] = ()
    """Rules that came before, and the part of each condition that was not true."""


def play(scenario: Scenario, language: str) -> Played:
    """Decides it and compares."""
    situation, book = scenario.situation, scenario.situation.book
    ruling = oracle.decide(book, situation.row())
    found = outcome_of(situation, ruling)
    differences = _differences(situation, scenario.expected, found, language)
    ok = not differences
    return Played(
        name=scenario.name,
        line=scenario.line,
        ok=ok,
        rule=ruling.rule,
        rule_line=ruling.line,
        expected=scenario.expected.text,
        actual=told(situation, found, language),
        differences=tuple(differences),
        because=() if ok else tuple(facts_told(situation, book, ruling, language)),
        not_fired=() if ok else tuple(why_not(situation, ruling, language, scenario.expected.rule)),
    )


def why_not(situation: Situation, ruling: Ruling, language: str, wanted: str = "") -> list[str]:
    """Each rule that was asked before and did not fire, with what was false and the facts of it;
    the one that was expected to decide first.
    """
    book, words = situation.book, Words(LANGUAGES[language])
    rules = {rule.name: rule for rule in book.rules}
    lines = []
    rows = sorted(ruling.not_fired, key=lambda row: row.rule != wanted)
    for row in rows[:_RULES_SHOWN]:
        lines.append(_why(words, situation, book, rules[row.rule], row))
    more = len(ruling.not_fired) - _RULES_SHOWN
    if more > 0:
        lines.append(f"还有 {more} 条" if language == "zh" else f"and {more} more")
    return lines


def _why(words: Words, situation: Situation, book: Book, rule: Rule, row: NotFired) -> str:
    part = _part_at(rule, row.at)
    text = words.expression(part) if part is not None else "?"  # type: ignore[arg-type]
    seen = [one for one in row.seen if book.slots[one.slot].name != PIP]
    facts = ", ".join(seen_told(words, situation, book, one.slot, one.value) for one in seen)
    if words.language:
        state = "无法判断" if row.unknown else "不成立"
        return f"“{row.rule}”（第 {row.line} 行）：{text} {state}（{facts}）"
    state = "could not be told" if row.unknown else "was false"
    return f'"{row.rule}" (line {row.line}): {text} {state} ({facts})'


def _part_at(rule: Rule, at: Position) -> object:
    """The part of a condition that stands there: the largest, so a whole comparison."""
    if rule.when is None:
        return None
    for part in parts_of(rule.when):
        here = (part.at.line, part.at.column) == (at.line, at.column)
        # Of an `and` the part that ended it is told.
        if here and part.type == TRUTH and not isinstance(part, And):
            return part
    return rule.when


# --- comparing


def _differences(
    situation: Situation, expected: Expected, found: Outcome, language: str
) -> list[str]:
    zh, ruling = language == "zh", found.ruling
    lines: list[str] = []
    if expected.action and expected.action != found.action:
        now = told(situation, found, language)
        lines.append(f"回答是 {now}" if zh else f"the answer is {now}")
    else:
        lines += _of_prices(situation, expected, found, zh)
        if expected.reason is not None and expected.reason != found.reason:
            lines.append(f"理由是“{found.reason}”" if zh else f'the reason is "{found.reason}"')
        lines += _of_values(situation, expected, found, language)
    if expected.rule and expected.rule != ruling.rule:
        where = f"（第 {ruling.line} 行）" if zh else f" (line {ruling.line})"
        lines.append(
            f"决定的规则是“{ruling.rule}”{where}" if zh else f'decided by "{ruling.rule}"{where}'
        )
    for alert in expected.alerts:
        if alert not in ruling.alerts:
            lines.append(f"没有提醒“{alert}”" if zh else f'there is no alert "{alert}"')
    return lines


def _of_prices(situation: Situation, expected: Expected, found: Outcome, zh: bool) -> list[str]:
    if not expected.has_prices or (expected.bid, expected.offer) == (found.bid, found.offer):
        return []
    shown = prices(situation, found)
    return [f"价格是 {shown}" if zh else f"the prices are {shown}"]


def _of_values(
    situation: Situation, expected: Expected, found: Outcome, language: str
) -> list[str]:
    words, lines = Words(LANGUAGES[language]), []
    ruling, actual = found.ruling, numbers(found.ruling)
    sent = found.offer if found.bid is None else found.bid
    if sent is not None:
        actual["price"] = sent
    for name, (type_, value) in expected.values.items():
        if actual.get(name) != value:
            now = said_value(words, situation, type_, actual.get(name))
            label = _LABELS[name][words.language]
            lines.append(f"{label}是 {now}" if language == "zh" else f"{label} is {now}")
    action = ruling.action
    if isinstance(action, AskBanks):
        told = ((expected.group, action.group), (expected.verb, action.verb))
        for wanted, got in (*told, (expected.game, action.game)):
            if wanted and wanted != got:
                lines.append(f"是 {got or '无'}" if language == "zh" else f"it is {got or 'none'}")
    return lines


_LABELS = {
    "margin": ("margin", "点差"),
    "skew": ("skew", "偏移"),
    "around": ("the middle", "中间价"),
    "size": ("the size", "金额"),
    "valid": ("valid", "有效期"),
    "within": ("within", "限时"),
    "until": ("until", "截止"),
    "limit": ("the limit price", "限价"),
    "worst": ("the walk-away", "底价"),
    "tenor": ("the tenor", "期限"),
    "banks": ("the number of banks", "家数"),
    "price": ("the price", "价格"),
}


# --- telling


def lines_of(file: str, played: Sequence[Played], language: str) -> list[Line]:
    """The result of a file."""
    zh = language == "zh"
    lines: list[Line] = []
    for row in played:
        if row.ok:
            lines.append(Line(f"{'通过' if zh else 'ok  '}  {row.name}", "green"))
            continue
        lines.append(Line(f"{'失败' if zh else 'FAIL'}  {file}:{row.line}: {row.name}", "bold red"))
        labels = ("预期", "实际", "不同", "依据", "未触发") if zh else _LABELS_TOLD
        lines.append(_row(labels[0], row.expected))
        rule = f"“{row.rule}”" if zh else f'"{row.rule}"'
        where = f"（第 {row.rule_line} 行）" if zh else f", line {row.rule_line}"
        by = f"{row.actual}  ← {rule}{where}" if zh else f"{row.actual}  by {rule}{where}"
        lines.append(_row(labels[1], by))
        lines += [_row(labels[2], text) for text in row.differences]
        if row.because:
            lines.append(_row(labels[3], "，".join(row.because) if zh else ", ".join(row.because)))
        lines += [_row(labels[4], text) for text in row.not_fired]
    failed = sum(not row.ok for row in played)
    total = len(played)
    text = (
        f"{file}：{total} 个情景，{failed} 个失败"
        if zh
        else f"{file}: {total} scenario{'' if total == 1 else 's'}, {failed} failed"
    )
    return [*lines, Line(text, "bold red" if failed else "bold green")]


_LABELS_TOLD = ("expected", "actual", "differs", "facts", "not fired")


def _row(label: str, text: str) -> Line:
    return Line(text, indent=6, label=label)
