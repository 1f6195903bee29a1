"""Scenario files: what they say, what follows from it, and what is said of mistakes in them."""

from __future__ import annotations

import random

import pytest

from connectors.rules.conventions import steps_of
from connectors.rules.library import library
from connectors.rules.scenario_parse import ScenarioFile, read_scenarios
from connectors.rules.scenario_run import Played, play
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.facts import key_of
from robot.rules.tree import Book

RULES = """book "test"
for spot in EUR/USD, USD/JPY
table margin by tier and size:
         up to 5 mio
  gold   0.5 pip
schedule news is 2026-12-04 13:25 to 13:40 UTC
rule "crossed" priority 9 when market is crossed then pass "crossed"
rule "news" priority 5 when now in news then ask a person "news" within 20 s
rule "table" when tier is gold and hit ratio < 60 %
  then quote margin margin[tier, size] skew -1 pip x position share valid 5 s
rule "large" when size > 5 mio then pass "large" and alert "a large one"
otherwise pass "nothing"
"""
HEAD = "background market 1.08500/1.08520, hit ratio 40 %, position 0 mio, position limit 50 mio\n"


def book(text: str = RULES) -> Book:
    """The book of a text that loads."""
    found = load(text, "f")
    assert isinstance(found, Book), [problem.shown("f") for problem in found]
    return clocked(found)


def read(text: str, language: str = "en", rules: str = RULES) -> ScenarioFile:
    """The scenarios of a text."""
    return read_scenarios(text, book(rules), steps_of(), language)


def played(text: str, language: str = "en", rules: str = RULES) -> Played:
    """The only scenario of a text, played."""
    found = read(text, language, rules)
    assert () == found.problems, [problem.shown("f") for problem in found.problems]
    return play(found.scenarios[0], language)


@pytest.mark.parametrize(
    "text",
    [
        "when gold client BANKA asks 5 mio EUR/USD two-way then quote 1.08505/1.08515",
        'when gold client BANKA asks to buy 5 mio EUR/USD then quote -/1.08515 because "table"',
        'when gold client BANKA asks to sell 5 mio EUR/USD then quote 1.08505/- because "table"',
        "given position 25 mio when gold client BANKA asks 1 mio EUR/USD\n"
        "then quote 1.0850/1.0851 margin 0.5 pip skew -0.5 pip valid 5 s",
        "given position 12.5 mio when gold client BANKA asks 1 mio EUR/USD\n"
        "then quote 1.08502/1.08513 skew -0.25 pip",
        "given market USD/JPY 151.20/151.22 when gold client B asks 1 mio USD/JPY\n"
        "then quote 151.205/151.215",
        'when client BANKA asks 6 mio EUR/USD then pass "large", alert "a large one"',
        "given hit ratio is missing when gold client B asks 1 mio EUR/USD\n"
        "then pass because otherwise",
        'given market 1.0853/1.0852 when gold client B asks 1 mio EUR/USD then pass "crossed"',
        "given now 2026-12-04 08:30 New York time when client B asks 1 mio EUR/USD\n"
        'then ask a person "news" within 20 s because "news"',
        "given now 2026-12-04 21:30 when client B asks 1 mio EUR/USD\n"
        'then ask a person because "news"',
        'when gold client B asks 6 mio EUR/USD then refused because "table"',
        "假设 头寸 2500万 当 gold 客户 BANKA 询价 100万 EUR/USD 双边\n"
        "则 报价 1.0850/1.0851 因为 “table”",
        "当 客户 BANKA 询价 买入 600万 EUR/USD 则 拒绝 “large”，提醒 “a large one” 因为 “large”",
    ],
)
def test_a_scenario_that_says_what_the_book_does_passes(text: str) -> None:
    found = played(f'{HEAD}scenario "s" {text}')
    assert () == found.differences


def test_what_failed_tells_expected_actual_and_what_was_false() -> None:
    text = 'scenario "s" given hit ratio 70 % when gold client B asks 1 mio EUR/USD\n'
    found = played(f'{HEAD}{text}then quote 1.08505/1.08515 because "table"')
    assert not found.ok
    assert 'quote 1.08505/1.08515 because "table"' == found.expected
    assert ('pass "nothing"', "otherwise") == (found.actual, found.rule)
    assert (
        'the answer is pass "nothing"',
        'decided by "otherwise" (line 12)',
    ) == found.differences
    assert '"table" (line 9): hit ratio < 60 % was false (hit ratio = 70 %)' == found.not_fired[0]


def test_another_price_is_told_as_it_would_be_quoted() -> None:
    text = 'scenario "s" when gold client B asks 1 mio EUR/USD then quote 1.08504/1.08516'
    found = played(HEAD + text)
    assert ("the prices are 1.08505/1.08515",) == found.differences
    assert "tier = gold" in found.because


def test_in_chinese_it_is_told_in_chinese() -> None:
    text = "情景 “甲” 当 gold 客户 B 询价 100万 EUR/USD 则 拒绝"
    found = played(HEAD + text, "zh")
    assert ("回答是 报价 1.08505/1.08515 点差 0.5 点 偏移 0 点 有效 5 秒",) == found.differences


def test_a_market_that_is_said_is_fresh_and_nothing_else_is_made_up() -> None:
    found = read(f'{HEAD}scenario "s" when gold client B asks 1 mio EUR/USD then pass')
    situation = found.scenarios[0].situation
    assert 0 == situation.value(key_of("market age"))
    assert situation.value(key_of("market is stale")) is False
    assert 200_000 == situation.value(key_of("market spread", pair="EUR/USD"))
    assert situation.value(key_of("requests")) is None
    assert situation.value(key_of("bid", pair="GBP/USD")) is None


def test_a_book_that_looks_by_the_clock_is_asked_by_nobody() -> None:
    rules = 'book "c"\nfor deposit in CNY\nevery 5 min\n'
    rules += 'rule "lend" when surplus > 50 mio\n'
    rules += "then ask 3 banks to lend surplus - 50 mio at SHIBOR ON - 2 bp for ON"
    text = 'scenario "s" given surplus 80 mio, SHIBOR ON 1.4 % when it looks\n'
    text += "then ask 3 banks to lend 30 mio at 1.38 for ON"
    assert played(text, rules=rules).ok
    asked = 'scenario "s" when client B asks 5 mio CNY ON then pass'
    assert ["no request"] == [row.code for row in read(asked, rules=rules).problems]


WRONG = [
    (
        'scenario "s" when gold client B asks 1 mio EUR/USD then qoute 1.1/1.2',
        "2:57: expected what is answered: `quote`, `pass`, `ask a person`, `ask 3 banks`, `buy`,"
        " `sell`, `lend`, `borrow`, `counter`, `hedge`, `hand to`, `alert` or `refused`, found"
        " `qoute`; did you mean `quote`?",
    ),
    (
        'scenario "s" given positoin 5 mio when client B asks 1 mio EUR/USD then pass',
        "2:20: expected a fact, such as `position 20 mio`, found `positoin`; did you mean"
        " `position`?",
    ),
    (
        'scenario "s" given market age 5 mio when client B asks 1 mio EUR/USD then pass',
        "2:31: a duration must stand here: write it with its unit, as in 5 s",
    ),
    (
        'scenario "s" when client B asks 1 mio EUR/GBP then pass',
        "2:39: the book is not for EUR/GBP: it answers spot EUR/USD, USD/JPY",
    ),
    (
        'scenario "s" when client B asks 1 mio EUR/USD then pass because "tabel"',
        '2:65: the book has no rule "tabel"; did you mean `table`?',
    ),
    (
        'scenario "s" when client B asks 1 mio EUR/USD',
        '2:1: scenario "s" expects nothing: add `then ...`',
    ),
    (
        'scenario "s" then pass',
        '2:1: scenario "s" asks nothing: add `when client NAME asks 5 mio EUR/USD`',
    ),
    (
        "when client B asks 1 mio EUR/USD then pass",
        '2:1: this stands before any scenario: write `scenario "WHAT IT SHOWS"` above it',
    ),
    (
        "scenario when client B asks 1 mio EUR/USD then pass",
        '2:1: a scenario has a name: write `scenario "WHAT IT SHOWS"`',
    ),
    (
        'scenario "s" when client B asks EUR/USD then pass',
        "2:33: expected an amount, such as 5 mio, found `EUR/USD`",
    ),
    (
        'scenario "s" when client B asks 1 mio EUR/USD then quote 1.1 valid 5 s',
        "2:62: expected `/` and the other price, found `valid`",
    ),
    (
        'scenario "s" when it looks then pass',
        "2:22: this book answers requests: write `when client NAME asks ...`",
    ),
    (
        "情景 “甲” 假设 头村 500万 当 客户 B 询价 100万 EUR/USD 则 拒绝",
        "2:11: 此处应为事实，如 头寸 2000万，却是“头村”；是否指“头寸”？",
    ),
    (
        "情景 “甲” 当 客户 B 询价 100万 EUR/GBP 则 拒绝",
        "2:23: 规则集不适用于 EUR/GBP：只回答 即期 EUR/USD, USD/JPY",
    ),
    (
        "情景 “甲” 当 客户 B 询价 100万 EUR/USD",
        "2:1: 情景“甲”没有预期：请加 则 ……",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    language = "zh" if text.startswith("情景") else "en"
    problems = read(HEAD + text, language).problems
    assert said == problems[0].shown("").split("\n")[0].removeprefix(":")


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    text = 'scenario "a" when client B asks 1 mio EUR/GBP then pass\n'
    text += 'scenario "a" when client B asks 1 mio EUR/USD then\n'
    text += 'scenario "c" given foo 1 when client B asks 1 mio EUR/USD then pass'
    found = read(HEAD + text).problems
    assert ["not in book", "name twice", "expected"] == [problem.code for problem in found]


def test_whatever_is_written_is_read_or_told_and_nothing_else() -> None:
    chance = random.Random(7)
    spoils = [
        "-",
        "/",
        "[",
        ")",
        '"',
        "“",
        "\u202e",
        "\x00",
        "9" * 30,
        "IMM1",
        "2026-13-45",
        "25:99",
    ]
    spoils += ["is", "not", "lend", "SHIBOR", "给定", "%", "now", "when", "则"]
    path = library()["news-time-widening"]
    rules, text = path.read_text("utf-8"), path.with_suffix(".scenarios").read_text("utf-8")
    news = book(rules)
    for _ in range(60):
        words = text.split(" ")
        for _ in range(chance.randrange(1, 6)):
            words[chance.randrange(len(words))] = chance.choice([*spoils, chance.choice(words)])
        found = read_scenarios(" ".join(words), news, steps_of(), chance.choice(("en", "zh")))
        assert found.problems or found.scenarios
        for scenario in found.scenarios:
            play(scenario, "zh")
        for problem in found.problems:
            assert problem.line and problem.shown("f")
