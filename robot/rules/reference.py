"""The language reference, generated from the grammar, the vocabulary and the facts.

python -m robot.rules.reference en > docs/rules-reference.md
python -m robot.rules.reference zh > docs/zh/rules-reference.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal

from robot.basics.index import INDICES, FixingKind
from robot.rules.check import FILE_MAX, RULES_MAX, load
from robot.rules.check_actions import ALERTS_MAX, BANKS_MAX, PRIORITY_MAX
from robot.rules.check_expressions import DEPTH_MAX
from robot.rules.check_parts import PARAMETERS_MAX, SCHEDULES_MAX, WINDOWS_MAX
from robot.rules.check_tables import AXES_MAX, CELLS_MAX, TABLES_MAX
from robot.rules.draft import said_type
from robot.rules.fact import Argument, Fact
from robot.rules.facts import AVAILABLE
from robot.rules.facts_desk import (
    CASH_FACTS,
    HEADROOM_FACTS,
    OWN_FACTS,
    POSITION_FACTS,
    RESULT_FACTS,
    TIME_FACTS,
)
from robot.rules.facts_market import CURVE_FACTS, REFERENCE_FACTS, SPOT_FACTS, VOLATILITY_FACTS
from robot.rules.facts_request import ASKED_FACTS, HISTORY_FACTS, PARTY_FACTS
from robot.rules.format import format_book
from robot.rules.format_words import plain
from robot.rules.grammar import GRAMMAR
from robot.rules.lexer import DIGITS_MAX, NAME_MAX, TEXT_MAX, TOKENS_MAX
from robot.rules.parse import NESTING_MAX
from robot.rules.parse import TOKENS_MAX as STATEMENT_MAX
from robot.rules.problems import PROBLEMS_MAX
from robot.rules.reference_texts import EXAMPLES, INTRODUCTION, LIMITS, SECTIONS, SEMANTICS, Both
from robot.rules.tree import Book
from robot.rules.types import SCALE, Kind, Type
from robot.rules.vocabulary import KEYWORDS, LANGUAGES, UNITS, VALUES, ZONES

GROUPS: tuple[tuple[Both, tuple[Fact, ...]], ...] = (
    (("Request", "询价"), ASKED_FACTS),
    (("Counterparty", "对手方"), PARTY_FACTS),
    (("History with this counterparty", "与该对手方的往来"), HISTORY_FACTS),
    (("Market", "市场"), SPOT_FACTS),
    (("Curves", "曲线"), CURVE_FACTS),
    (("Reference rates", "参考利率"), REFERENCE_FACTS),
    (("Volatility", "波动"), VOLATILITY_FACTS),
    (("Position", "头寸"), POSITION_FACTS),
    (("Headroom", "可用额度"), HEADROOM_FACTS),
    (("Cash", "资金"), CASH_FACTS),
    (("Result", "盈亏"), RESULT_FACTS),
    (("Our own quotes and orders", "我方报价与订单"), OWN_FACTS),
    (("Time and chance", "时间与随机"), TIME_FACTS),
)
SAMPLES = {
    Kind.PRICE: ("1.0850", "1.0850"),
    Kind.DISTANCE: ("0.5 pip", "0.5 点"),
    Kind.RATE: ("1.62 %", "1.62 %"),
    Kind.SPREAD: ("3 bp", "3 个基点"),
    Kind.AMOUNT: ("5 mio, USD 500k, 2 yi", "500万、USD 50万、2亿"),
    Kind.NUMBER: ("1.5", "1.5"),
    Kind.SHARE: ("60 %", "60 %"),
    Kind.COUNT: ("3", "3"),
    Kind.DURATION: ("500 ms, 5 s, 2 min, 1 h, 1 d", "500 毫秒、5 秒、2 分钟、1 小时、1 天"),
    Kind.TIME: ("09:30, 16:20:30", "09:30、16:20:30"),
    Kind.DATE: ("2026-12-04", "2026-12-04"),
    Kind.TENOR: ("ON, TN, 1W, 3M, R007", "ON、TN、1W、3M、R007"),
    Kind.PAIR: ("EUR/USD, EURUSD", "EUR/USD、EURUSD"),
    Kind.CURRENCY: ("CNY", "CNY"),
}


def page(language: str) -> str:
    """The whole page."""
    which = LANGUAGES[language]
    parts = [
        INTRODUCTION[which],
        *_examples(language),
        f"## {SECTIONS['words'][which]}\n\n{_words()}",
        f"## {SECTIONS['types'][which]}\n\n{_types(which)}",
        f"## {SECTIONS['units'][which]}\n\n{_units()}",
        f"## {SECTIONS['values'][which]}\n\n{_values()}",
        SEMANTICS[which],
        f"## {SECTIONS['facts'][which]}\n\n{_facts(which)}",
        f"## {SECTIONS['limits'][which]}\n\n{_limits(which)}",
        f"## {SECTIONS['grammar'][which]}\n\n```text\n{GRAMMAR.strip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _examples(language: str) -> list[str]:
    which = LANGUAGES[language]
    found = []
    for title, text in EXAMPLES:
        book = load(text, "reference", language)
        assert isinstance(book, Book), [problem.shown("reference") for problem in book]
        found.append(f"## {title[which]}\n\n```text\n{format_book(book, language)}```")
    return found


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell or " " for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _code(*forms: str) -> str:
    return ", ".join(f"`{form}`" for form in forms)


def _words() -> str:
    rows = [(_code(*english), _code(*chinese)) for english, chinese in KEYWORDS.values()]
    return _table(("English", "中文"), rows)


def _units() -> str:
    rows = [(_code(*english), _code(*chinese)) for english, chinese in UNITS.values()]
    return _table(("English", "中文"), rows)


def _values() -> str:
    rows = [
        (
            str(kind),
            _code(*(f[0][0] for f in forms.values())),
            _code(*(f[1][0] for f in forms.values())),
        )
        for kind, forms in VALUES.items()
    ]
    zones = tuple(zip(*(forms for forms in ZONES.values()), strict=True))
    rows.append(("time zone", _code(*(f[0] for f in zones[0])), _code(*(f[0] for f in zones[1]))))
    return _table((" ", "English", "中文"), rows)


def _types(which: int) -> str:
    heads = (("type", "written", "smallest step"), ("类型", "写法", "最小单位"))[which]
    rows = []
    for kind, scale in SCALE.items():
        if kind in (Kind.PIPS, Kind.INSTANT):
            continue
        said = said_type(Type(kind))
        name = (str(kind), said.chinese)[which]
        step = plain(Decimal(1) / scale) + _STEPS.get(kind, "")
        rows.append((name, SAMPLES[kind][which], step))
    return _table(heads, rows)


_STEPS = {Kind.RATE: " %", Kind.SPREAD: " %", Kind.DURATION: " s", Kind.TIME: " s"}


def _facts(which: int) -> str:
    heads = (
        ("fact", "type", "in brackets", "meaning", "中文"),
        ("事实", "类型", "方括号内", "含义", "English"),
    )[which]
    parts = []
    for title, facts in GROUPS:
        rows = [_fact(fact, which) for fact in facts if fact.type.kind is not Kind.INSTANT]
        parts.append(f"### {title[which]}\n\n{_table(heads, rows)}")
    rates = _code(*(name for name, index in INDICES.items() if index.kind is FixingKind.RATE))
    return "\n\n".join([*parts, f"{SECTIONS['indices'][which]} {rates}."])


def _fact(fact: Fact, which: int) -> tuple[str, ...]:
    name, other = (fact.name, fact.chinese) if which == 0 else (fact.chinese, fact.name)
    also = [form for form in fact.also if form[0].isascii() == (which == 0)]
    said = said_type(fact.type)
    kind = (said.english.removeprefix("a ").removeprefix("an "), said.chinese)[which]
    arguments = ", ".join(_ARGUMENTS[argument][which] for argument in fact.arguments)
    meaning = (fact.meaning, fact.meaning_zh)[which]
    if fact.request:
        meaning += (" *Of a request.*", "*属于询价。*")[which]
    if AVAILABLE and fact.name not in AVAILABLE:
        meaning += (" *Not filled yet.*", "*尚未提供。*")[which]
    return _code(name, *also), kind, arguments, meaning, _code(other)


_ARGUMENTS: dict[Argument, Both] = {
    Argument.PAIR: ("pair", "货币对"),
    Argument.VENUE: ("venue", "平台"),
    Argument.CURRENCY: ("currency", "货币"),
    Argument.TENOR: ("tenor", "期限"),
    Argument.WINDOW: ("1 min, 5 min, 15 min", "1 分钟、5 分钟、15 分钟"),
    Argument.SPAN: ("1 h, 1 d", "1 小时、1 天"),
    Argument.HORIZON: ("10 s, 1 min", "10 秒、1 分钟"),
    Argument.INDEX: ("reference rate", "参考利率"),
}


def _limits(which: int) -> str:
    figures = {
        "file": FILE_MAX,
        "words": TOKENS_MAX,
        "rules": RULES_MAX,
        "parameters": PARAMETERS_MAX,
        "tables": TABLES_MAX,
        "cells": CELLS_MAX,
        "keys": AXES_MAX,
        "schedules": SCHEDULES_MAX,
        "windows": WINDOWS_MAX,
        "statement": STATEMENT_MAX,
        "brackets": NESTING_MAX,
        "depth": DEPTH_MAX,
        "name": NAME_MAX,
        "text": TEXT_MAX,
        "digits": DIGITS_MAX,
        "priority": PRIORITY_MAX,
        "banks": BANKS_MAX,
        "alerts": ALERTS_MAX,
        "problems": PROBLEMS_MAX,
    }
    heads = (("limit", "at most"), ("上限", "最多"))[which]
    return _table(heads, [(LIMITS[name][which], f"{most:,}") for name, most in figures.items()])


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1] if len(sys.argv) > 1 else "en"))
