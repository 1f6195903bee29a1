"""What a book may say: types and units, names, both languages; and how much of it."""

from __future__ import annotations

import pytest

from robot.rules import check, check_parts, check_tables, lexer, parse
from robot.rules.check import load
from robot.rules.problems import PROBLEMS_MAX, Problem
from robot.rules.tree import (
    And,
    Arithmetic,
    Book,
    Compare,
    DealAt,
    FactKey,
    InPrice,
    Literal,
    ParameterRef,
    Pass,
    Quote,
    Rule,
    Selection,
    Sides,
    TableLookup,
    specificity,
)
from robot.rules.types import (
    AMOUNT,
    COUNT,
    DISTANCE,
    HOME_AMOUNT,
    NUMBER,
    PIPS,
    RATE,
    SHARE,
    TENOR,
    Kind,
    Type,
    divided,
)

HEAD = 'book "test"\nfor spot in EUR/USD, GBP/USD\n'


def book(text: str, head: str = HEAD) -> Book:
    """The book of a text that loads."""
    found = load(head + text, "f")
    assert isinstance(found, Book), [problem.shown("f") for problem in found]
    return found


def rule(condition: str, head: str = HEAD, before: str = "") -> Rule:
    """The rule with that condition."""
    return book(f'{before}rule "r" when {condition} then pass "no"\n', head).rules[0]


def compared(condition: str, head: str = HEAD, before: str = "") -> tuple[object, object]:
    """Type and value on the right of a comparison."""
    when = rule(condition, head, before).when
    assert isinstance(when, Compare)
    right = when.right
    assert when.left.type == right.type
    return right.type, right.value if isinstance(right, Literal) else None


def problems(text: str, head: str = HEAD) -> list[Problem]:
    """What is wrong with a text."""
    found = load(head + text, "f")
    assert isinstance(found, list), "it was loaded"
    return found


# --- numbers and units


@pytest.mark.parametrize(
    ("said", "type_", "value"),
    [
        ("size > 5 mio", AMOUNT, 500_000_000),
        ("size > 5m", AMOUNT, 500_000_000),
        ("size > 2 yi", AMOUNT, 20_000_000_000),
        ("size > 2 亿", AMOUNT, 20_000_000_000),
        ("size > 500万", AMOUNT, 500_000_000),
        ("size > ５００万", AMOUNT, 500_000_000),
        ("size > 1,000,000", AMOUNT, 100_000_000),
        ("size > 5000000", AMOUNT, 500_000_000),
        ("5 mio < size", AMOUNT, None),
        ("position[EUR] > EUR 5 mio", Type(Kind.AMOUNT, "EUR"), 500_000_000),
        ("position[USD] > 5 mio USD", Type(Kind.AMOUNT, "USD"), 500_000_000),
        ("desk result today < -50k", HOME_AMOUNT, -5_000_000),
        ("hit ratio < 60 %", SHARE, 600_000),
        ("hit ratio < 60％", SHARE, 600_000),
        ("DR007 > 1.62 %", RATE, 1_620_000),
        ("market spread > 0.5 pip", DISTANCE, None),
        ("requests > 3", COUNT, 3),
        ("size / position > 1.5", NUMBER, 1_500_000),
        ("size / position > 50 %", NUMBER, 500_000),
        ("mid > 1.0850", Type(Kind.PRICE), 1_085_000_000),
        ("market age > 0.5 s", Type(Kind.DURATION), 500),
        ("market age > 30 分钟", Type(Kind.DURATION), 1_800_000),
        ("now >= 16:20", Type(Kind.TIME), 58_800_000),
        ("trade date >= 2026-12-04", Type(Kind.DATE), 739_954),
        ("change[DR007] > 3 bp", Type(Kind.SPREAD), 30_000),
        ("change[DR007] > 0.03 %", Type(Kind.SPREAD), 30_000),
        ("mid - bid > 3 pip", DISTANCE, None),
        ("DR007 - SHIBOR ON > 3 bp", Type(Kind.SPREAD), 30_000),
        ("desk result today > 2 x strategy result today", HOME_AMOUNT, None),
    ],
)
def test_a_number_is_of_the_type_of_what_stands_beside_it(
    said: str, type_: Type, value: int | None
) -> None:
    assert (type_, value) == compared(said)


def test_of_a_book_on_one_pair_its_own_currency_and_price_need_no_name() -> None:
    head = 'book "b"\nfor spot in EUR/USD\n'
    assert (AMOUNT, 100) == compared("position[EUR] > EUR 1", head)
    assert compared("mid[EUR/USD] > bid", head)[0] == Type(Kind.PRICE)


def test_pips_beside_a_price_are_worked_out_by_the_pairs_own_pip() -> None:
    when = rule("mid[GBP/USD] > bid[GBP/USD] + 2 pip").when
    assert isinstance(when, Compare) and isinstance(when.right, Arithmetic)
    distance = when.right.right
    assert isinstance(distance, InPrice)
    assert ("GBP/USD",) == distance.pip.arguments
    assert PIPS == distance.part.type


def test_tenors_of_one_length_are_neither_longer_nor_shorter() -> None:
    head = 'book "b"\nfor forward in EUR/USD\n'
    for said, longer in (("tenor <= 4W", "28D"), ("tenor < 4W", "28D"), ("tenor > 28D", "4W")):
        when = rule(said, head).when
        assert isinstance(when, Compare) and isinstance(when.right, Literal)
        assert isinstance(when.right.value, int)
        exact = rule(f"tenor is {longer}", head).when
        assert isinstance(exact, Compare) and isinstance(exact.right, Literal)
        assert isinstance(exact.right.value, int)
        holds = {"<=": exact.right.value <= when.right.value}
        holds |= {"<": exact.right.value < when.right.value}
        holds |= {">": exact.right.value > when.right.value}
        assert holds[when.comparison.value] == (when.comparison.value == "<=")
    assert TENOR == exact.right.type and "28D" != exact.right.said


def test_quotients_are_rounded_half_to_even_whatever_the_signs() -> None:
    cases = [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (5, -2, -2), (-7, -2, 4), (1, 3, 0), (2, 3, 1)]
    assert [expected for *_, expected in cases] == [divided(a, b) for a, b, _ in cases]
    assert divided(1, 0) is None


def test_a_parameter_in_percent_is_what_it_is_used_as() -> None:
    before = "parameter floor = 2 %, between 1 % and 3 %\n"
    used = book(f'{before}rule "r" when DR007 > floor then pass "no"\n')
    assert (RATE, 2_000_000) == (used.parameters[0].type, used.parameters[0].value)
    unused = book(before).parameters[0]
    assert (SHARE, 20_000) == (unused.type, unused.value)


def test_a_table_is_looked_up_by_its_keys() -> None:
    text = """\
table margin by tier and size:
          up to 1 mio  up to 5 mio  above
  gold    0.3 pip      0.5 pip      -
  other   1 pip        2 pip        3 pip
rule "r" then quote margin margin[tier, size]
"""
    found = book(text)
    table, action = found.tables[0], found.rules[0].action
    assert (300_000, 500_000, None, 1_000_000, 2_000_000, 3_000_000) == table.cells
    assert [(1, True), (2, True)] == [(len(a.labels), a.rest) for a in table.axes]
    assert isinstance(action, Quote) and isinstance(action.margin, InPrice)
    assert isinstance(action.margin.part, TableLookup)


# --- names and languages


def test_chinese_needs_no_blanks_and_mixes_with_english() -> None:
    text = "规则“金牌”当等级是gold且金额<=1000万则报价 点差 0.3点 有效 5秒"
    english = 'rule "金牌" when tier is gold and size <= 10 mio then quote margin 0.3 pip valid 5 s'
    assert book(text) == book(english)
    assert book(
        "rule “金牌” 当 tier 是 gold and 金额 <= 10 mio 则 quote 点差 0.3 pip 有效 5 s"
    ) == book(text)


def test_full_width_forms_are_read_as_narrow_ones_with_their_places_kept() -> None:
    text = "规则　“甲”　当　金额　＞＝　５，０００，０００　且　（等级　是　ｇｏｌｄ）"
    text += "　则　拒绝　“不做”"
    assert book(text) == book('rule "甲" when size >= 5 mio and (tier is gold) then pass "不做"')
    (problem,) = problems(text.replace("等级", "等极"))
    assert (3, 29) == (problem.line, problem.column)


def test_texts_are_kept_as_written_and_composed() -> None:
    found = book('rule "r" then pass "ｆｕｌｌ Cafe\u0301"').rules[0].action
    assert isinstance(found, Pass)
    assert "ｆｕｌｌ Caf\u00e9" == found.reason


def test_a_parameter_has_a_name_of_several_words_and_a_table_that_of_a_keyword() -> None:
    text = """\
parameter base margin = 0.4 pip, between 0.1 pip and 2 pip
table margin by tier:
  gold  1 pip
rule "r" then quote margin margin[tier] + base margin skew base margin
"""
    action = book(text).rules[0].action
    assert isinstance(action, Quote) and isinstance(action.skew, InPrice)
    assert isinstance(action.skew.part, ParameterRef)
    assert "base margin" == action.skew.part.name


def test_only_facts_that_are_named_have_a_slot_and_each_has_one() -> None:
    text = 'rule "r" when size > 1 mio and bid[ALPHA] > 1 and size < 2 mio then pass "no"'
    assert (FactKey("size", ()), FactKey("bid", ("", "ALPHA"))) == book(text).slots


def test_a_reference_rate_is_a_fact_and_a_repo_tenor_by_what_stands_beside_it() -> None:
    head = 'book "b"\nfor repo in CNY\n'
    assert compared("R007 > 1.5 %", head)[0] == RATE
    assert compared("tenor is R007", head)[0] == TENOR


def test_lines_may_end_as_on_windows_and_the_file_begin_with_a_byte_order_mark() -> None:
    text = HEAD + 'rule "r" then pass "no"\n'
    assert book("", "\ufeff" + text.replace("\n", "\r\n")) == book("", text)


# --- what a book does


def test_a_book_without_otherwise_passes_what_no_rule_catches() -> None:
    assert Pass(reason=check.NO_RULE) == book("").otherwise.action


def test_rules_are_asked_by_priority_then_as_in_the_file() -> None:
    text = "\n".join(
        f'rule "{n}" priority {p} then pass "n"' for n, p in (("a", 0), ("b", 5), ("c", 5))
    )
    assert ["b", "c", "a"] == [found.name for found in book(text).in_order]


def test_an_action_has_what_was_said_and_nothing_else() -> None:
    head = 'book "b"\nfor deposit in CNY\nevery 5 min\nchoose the best\n'
    found = book(
        'rule "r" then lend 50 % x surplus at DR007 - 3 bp or better for ON until 16:20', head
    )
    action = found.rules[0].action
    assert isinstance(action, DealAt)
    assert ("LEND", None) == (action.verb, action.within)
    assert (300_000, Selection.BEST) == (found.every, found.selection)
    quote = book('rule "r" then quote margin 1 pip offer only').rules[0].action
    assert isinstance(quote, Quote)
    assert (Sides.OFFER, None, None) == (quote.sides, quote.skew, quote.valid)


def test_a_condition_says_more_the_more_must_hold() -> None:
    said = {"always": 0, "size > 1 mio": 1, "size > 1 mio and streaming": 2}
    said |= {"streaming or (size > 1 mio and tier is gold)": 1, "not (streaming and month end)": 2}
    assert said == {condition: specificity(rule(condition).when) for condition in said}


def test_brackets_leave_no_trace() -> None:
    plain = rule("size > 1 mio and streaming and month end")
    assert plain == rule("((size) > (1 mio)) and (streaming and (month end))")
    assert isinstance(plain.when, And) and len(plain.when.parts) == 3


# --- how much of it


def test_at_most_twenty_problems_are_told_in_the_order_of_the_file() -> None:
    text = "".join(f'rule "{n}" when q{n} > 1 then pass "n"\n' for n in range(50))
    found = problems(text)
    assert PROBLEMS_MAX == len(found)
    assert list(range(3, 3 + PROBLEMS_MAX)) == [problem.line for problem in found]


def test_a_name_that_is_wrong_where_it_is_declared_is_not_told_again_where_it_is_used() -> None:
    text = 'parameter base = 1 pip\nrule "r" then quote margin base\n'
    assert [3] == [problem.line for problem in problems(text)]


def _rules(count: int) -> str:
    return "".join(f'rule "{n}" then pass "n"\n' for n in range(count))


def _parameters(count: int) -> str:
    return "".join(f"parameter p{n} = 1 pip, between 0 pip and 2 pip\n" for n in range(count))


def _tables(count: int) -> str:
    return "".join(f"table t{n} by tier:\n  gold 1 pip\n" for n in range(count))


def _schedules(count: int) -> str:
    return "".join(f"schedule s{n} is 08:00 to 09:00 UTC\n" for n in range(count))


def _cells(count: int) -> str:
    columns = 40
    lines = ["table t by tier and size:", "  ".join(f"up to {n} mio" for n in range(columns))]
    lines += [f"  g{n} " + "1 pip " * columns for n in range(-(-count // columns))]
    return "\n".join(lines) + "\n"


def _windows(count: int) -> str:
    return "schedule s is " + " and ".join("08:00 to 09:00 UTC" for _ in range(count)) + "\n"


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (_rules, check.RULES_MAX),
        (_parameters, check_parts.PARAMETERS_MAX),
        (_tables, check_tables.TABLES_MAX),
        (_schedules, check_parts.SCHEDULES_MAX),
        (_windows, check_parts.WINDOWS_MAX),
        (_cells, check_tables.CELLS_MAX),
    ],
)
def test_as_many_as_allowed_load_and_one_more_does_not(make: object, most: int) -> None:
    assert callable(make)
    book(make(most))
    assert "too many" in {problem.code for problem in problems(make(most + 1))}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#" * check.FILE_MAX, "file too long"),
        ("( " * (lexer.TOKENS_MAX + 1), "too many"),
        ('rule "r" when ' + "(" * (parse.NESTING_MAX + 1) + "size", "too deep"),
        ('rule "r" when ' + "not " * (parse.NESTING_MAX + 1) + "streaming", "too deep"),
        ('rule "r" when size > ' + "1 mio + " * 60 + '1 mio then pass "n"', "too deep"),
        (f'rule "{"r" * (lexer.TEXT_MAX + 1)}" then pass "n"', "text too long"),
        (f'rule "r" when tier is {"g" * (lexer.NAME_MAX + 1)} then pass "n"', "name too long"),
        (f'rule "r" when size > {"9" * (lexer.DIGITS_MAX + 1)} then pass "n"', "too many digits"),
        ("table t by tier and side and pair and venue:\n  a\n", "too many"),
        ('rule "r" then pass "n"' + ' and alert "a"' * 6, "too many"),
        ('rule "r" when tier is one of ' + "g, " * 3_000 + 'h then pass "n"', "statement too long"),
    ],
)
def test_what_is_larger_than_allowed_does_not_load(text: str, code: str) -> None:
    assert code in {problem.code for problem in problems(text)}
