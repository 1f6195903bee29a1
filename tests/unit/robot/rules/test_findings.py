"""Rules that can never decide are found; what is not certain is not told."""

from __future__ import annotations

import itertools

import pytest

from robot.rules.boxes import boxes_of
from robot.rules.check import load
from robot.rules.findings import findings
from robot.rules.tree import Book

HEAD = 'book "test"\nfor spot in EUR/USD, GBP/USD\n'


def told(text: str, language: str = "en") -> list[tuple[int, str, str]]:
    """Line, code and the rule that is in the way."""
    book = load(HEAD + text, "f")
    assert isinstance(book, Book), [problem.shown("f") for problem in book]
    return [(found.line, found.code, found.by) for found in findings(book, language)]


def rules(*conditions: str) -> str:
    """Rules a, b, c ... with these conditions, each on its line from 3 on."""
    names = "abcdefgh"
    return "\n".join(
        f'rule "{name}" {condition} then pass "no"'
        for name, condition in zip(names, conditions, strict=False)
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("when size > 5 mio", "when size > 10 mio"),
        ("when size >= 5 mio", "when size > 5 mio and tier is gold"),
        ("", "when size > 10 mio"),
        ("when always", ""),
        ("when tier is one of gold, silver", "when tier is gold"),
        ("when tier is not gold", "when tier is silver"),
        ("when size > 5 mio or tier is gold", "when tier is gold"),
        ("when size <= 5 mio", "when size is between 1 mio and 2 mio"),
        ("when not (size > 5 mio)", "when size <= 4 mio"),
        ("when streaming", "when streaming and size > 5 mio"),
        ("when now in day", "when now in day and size > 5 mio"),
        ("when size is known", "when size > 5 mio"),
        ("when hit ratio is missing", "when hit ratio is missing and size > 5 mio"),
        ("when 5 mio < size", "when size > 7 mio"),
        ("when mid > bid + 3 pip", "when size > 1 mio and mid > bid + 3 pip"),
        ("when requests is one of 1, 2", "when requests = 2"),
    ],
)
def test_a_rule_that_an_earlier_one_catches_whole_is_found(first: str, second: str) -> None:
    schedule = "schedule day is 08:00 to 17:00 UTC\n"
    found = told(schedule + rules(first, second))
    assert (5, "shadowed rule", "a") in found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("when size > 10 mio", "when size > 5 mio"),
        ("when size < 5 mio", "when size <= 5 mio"),
        ("when size > 5 mio", "when size >= 5 mio"),
        ("when size != 5 mio", "when size <= 5 mio"),
        ("when size > 5 mio", "when tier is gold"),
        ("when size > 5 mio", ""),
        ("when tier is gold", "when tier is not silver"),
        ("when hit ratio < 50 %", "when hit ratio is missing"),
        ("when hit ratio < 50 % or hit ratio >= 50 %", ""),
        ("when bid[ALPHA] > 1.1", "when bid > 1.2"),
        ("when now in day", "when size > 5 mio"),
        ("when not streaming", "when size > 5 mio"),
    ],
)
def test_what_is_not_certain_is_not_told(first: str, second: str) -> None:
    schedule = "schedule day is 08:00 to 17:00 UTC\n"
    found = told(schedule + rules(first, second))
    assert [] == [row for row in found if row[1] != "unused"]


@pytest.mark.parametrize(
    "condition",
    [
        "when size > 5 mio and size < 5 mio",
        "when tier is gold and tier is silver",
        "when pair is USD/JPY",
        "when streaming and not streaming",
        "when requests = 1 and requests is not one of 1, 2",
        "when size is missing and size > 5 mio",
        "when product is swap",
    ],
)
def test_a_rule_that_contradicts_itself_or_the_scope_is_dead(condition: str) -> None:
    assert [(3, "dead rule", "")] == told(rules(condition))


def test_a_higher_priority_is_asked_before_and_a_lower_one_after() -> None:
    low, high = "when size > 5 mio", "priority 5 when size > 1 mio"
    assert [(3, "shadowed rule", "b")] == told(rules(low, high))


def test_rules_of_one_priority_do_not_shadow_where_the_most_specific_is_chosen() -> None:
    pair = rules("when size > 5 mio", "when size > 10 mio")
    assert [] == told("choose the most specific\n" + pair)


def test_names_that_nobody_uses_are_found() -> None:
    text = """\
schedule day is 08:00 to 17:00 UTC
parameter base = 1 pip, between 0 pip and 2 pip
table margin by tier:
  gold  1 pip
"""
    assert ["unused"] * 3 == [code for _, code, _ in told(text + rules(""))]


def test_the_text_names_both_rules_in_the_language_asked_for() -> None:
    book = load(HEAD + rules("", "when size > 1 mio"), "f")
    assert isinstance(book, Book)
    (english,), (chinese,) = findings(book, "en"), findings(book, "zh")
    assert 'rule "b" can never fire: rule "a" (line 3)' in english.text
    assert "规则“b”永远轮不到：第 3 行的规则“a”" in chinese.text


def test_a_condition_with_too_many_cases_is_not_looked_into() -> None:
    parts = " and ".join(f"(size > {n} mio or requests > {n})" for n in range(1, 9))
    book = load(HEAD + rules(f"when {parts}"), "f")
    assert isinstance(book, Book)
    assert boxes_of(book.rules[0].when) is None
    assert [] == findings(book)


def test_rules_that_rise_do_not_shadow_each_other() -> None:
    tiers = itertools.cycle(("gold", "silver", "bronze"))
    text = "\n".join(
        f'rule "{n}" when tier is {next(tiers)} and size <= {n} mio then pass "no"'
        for n in range(1, 301)
    )
    assert [] == told(text)
