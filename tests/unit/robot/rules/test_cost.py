"""What a decision costs at most: never less than it takes, and bounded when a book is loaded."""

from __future__ import annotations

import random

import msgspec
import pytest

from robot.rules import oracle
from robot.rules.check import load
from robot.rules.cost import OPERATIONS_MAX, Cost, cost_of
from robot.rules.tree import Book, Quote, Selection
from tests.kit.every_rule import EVERY_RULE
from tests.kit.rule_books import Author, book_of
from tests.kit.rule_rows import Facts

HEAD = 'book "b"\nfor spot in EUR/USD\n'
WINDOWS = " and ".join(f"2026-11-{day:02} 08:00 to 09:00 UTC" for day in range(1, 31))
LONG = f"schedule hours is {' and '.join([WINDOWS] * 3)}\n"
RULE = 'rule "{0}" when now in hours and size > {0} mio then pass "no"\n'
PER_RULE = 1 + (2 + 4 * 90) + 3


def _of(text: str) -> Cost:
    return cost_of(book_of(HEAD + text))


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("", 0),
        ('rule "a" then pass "no"\n', 0),
        ('rule "a" when size > 1 mio then pass "no"\n', 3),
        ('rule "a" when size > 1 mio and tier is gold then pass "no"\n', 7),
        ('rule "a" when not (line headroom is known) then pass "no"\n', 3),
        ('rule "a" when size between 1 mio and 2 mio then pass "no"\n', 6),
        ('rule "a" when tier is one of gold, silver, bronze then pass "no"\n', 5),
        ('rule "a" when size > 1 mio then quote margin 2 x market spread valid 2 s\n', 7),
        ("table t by size:\n  up to 1 mio  1 pip\n  other  2 pip\n"
         'rule "a" then quote margin t[size]\n', 6),
        ("schedule h is Mon 08:00 to 09:00 UTC and Tue 08:00 to 09:00 UTC\n"
         'rule "a" when now in h then pass "no"\n', 10),
    ],
)  # fmt: skip
def test_operations_are_counted(text: str, operations: int) -> None:
    assert _of(text).operations == operations


def test_every_condition_counts_and_only_the_costliest_action() -> None:
    one = 'rule "{}" when size > 1 mio then quote margin {}\n'
    cost = _of(one.format("small", "market spread") + one.format("large", "2 x market spread"))
    assert (cost.rules, cost.tests, cost.operations, cost.rule) == (2, 2, 3 + 3 + 3, "large")


def test_the_best_for_the_client_needs_every_margin() -> None:
    two = 'rule "a" then quote margin market spread\nrule "b" then quote margin market spread\n'
    first, best = _of("choose the first\n" + two), _of("choose the best\n" + two)
    assert (first.operations, best.operations) == (1, 3)


@pytest.mark.parametrize("seed", range(12))
def test_no_decision_takes_more_than_was_counted(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book_of(Author(random.Random(seed)).text()) if seed else book_of(EVERY_RULE)
    book = msgspec.structs.replace(book, selection=[*Selection][seed % 3])
    facts = Facts(book, random.Random(seed))
    counted = [0]
    plain = oracle._Evaluation.value

    def counting(self: oracle._Evaluation, expression: oracle.Expression) -> oracle.Value:
        counted[0] += 1
        return plain(self, expression)

    monkeypatch.setattr(oracle._Evaluation, "value", counting)
    for _ in range(20):
        row, counted[0] = facts.row(), 0
        worked = [_work(book, rule, row, counted) for rule in (*book.rules, book.otherwise)]
        assert max(worked) + counted[0] <= cost_of(book).operations


def _work(book: Book, rule: oracle.Rule, row: oracle.Row, counted: list[int]) -> int:
    """Work out the condition, and the margin where the best is sought; what the action takes."""
    if rule.when is not None:
        oracle.truth(book, rule.when, row)
    before = counted[0]
    for _, part in oracle.fields_of(rule.action):
        oracle.value(book, part, row)
    action, counted[0] = counted[0] - before, before
    if book.selection is Selection.BEST and isinstance(rule.action, Quote):
        oracle.value(book, rule.action.margin, row)
    return action


def test_a_book_that_costs_more_than_the_most_is_not_loaded() -> None:
    most = OPERATIONS_MAX // PER_RULE
    text = HEAD + LONG + "".join(RULE.format(number) for number in range(1, most + 1))
    fits = load(text, "f")
    assert isinstance(fits, Book)
    assert cost_of(fits).operations == most * PER_RULE
    text += RULE.format(most + 1)
    english, chinese = load(text, "f", "en"), load(text, "f", "zh")
    assert isinstance(english, list) and isinstance(chinese, list)
    found = (most + 1) * PER_RULE
    assert [problem.text for problem in english] == [
        f"one decision may take {found} operations, at most 100000 are done, and this rule takes"
        " most of them: split the book, or use fewer windows and choices"
    ]
    assert [problem.text for problem in chinese] == [
        f"一次决策可能需要 {found} 次运算，最多 100000 次，其中本规则最多："
        "请拆分规则集，或减少时段和选项"
    ]
    assert (english[0].line, english[0].code) == (4, "too costly")


def test_it_is_said_in_both_languages() -> None:
    cost = _of('rule "a" when size > 1 mio then pass "no"\n')
    assert cost.shown() == (
        '1 rule with 1 test; one decision takes at most 3 operations, most of them for rule "a" (3)'
    )
    more = _of('rule "a" when size > 1 mio and tier is gold then pass "no"\n')
    two = msgspec.structs.replace(more, rules=2)
    assert two.shown().startswith("2 rules with 2 tests; one decision takes at most ")
    chinese = "1 条规则，1 项判断；一次决策最多 3 次运算，最多的是规则“a”（第 3 行）"
    assert cost.shown("zh") == chinese
