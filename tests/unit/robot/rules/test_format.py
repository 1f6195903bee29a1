"""The formatter: one way to write a book, the author's comments with it."""

from __future__ import annotations

from robot.rules.check import load
from robot.rules.format import format_book
from robot.rules.tree import Book

HEAD = 'book "test"\nfor spot in EUR/USD\n'


def book(text: str) -> Book:
    """The book of a text that loads."""
    found = load(text, "f")
    assert isinstance(found, Book), [problem.shown("f") for problem in found]
    return found


def formatted(text: str, language: str = "en") -> str:
    """The statements after the head, as the formatter writes them."""
    return format_book(book(HEAD + text), language).split("\n", 3)[3]


def test_words_are_written_one_way_whatever_way_they_were_said() -> None:
    said = 'RULE "r" when the larger of market bid and market offer is over 1.10 AND tier = gold'
    assert (
        'rule "r"\n  when larger of bid and offer > 1.1 and tier is gold\n  then pass "no"\n'
        == formatted(f'{said}\nthen pass "no"')
    )


def test_amounts_and_durations_are_written_in_the_largest_unit_that_fits() -> None:
    said = 'rule "r" when size > 5,000,000 and market age > 60000 ms then pass "no"'
    assert "size > 5 mio and market age > 1 min" in formatted(said)
    assert "金额 > 500万 且 行情时长 > 1 分钟" in formatted(said, "zh")


def test_a_negative_amount_of_a_currency_has_its_sign_before_the_currency() -> None:
    said = 'rule "r" when gap[USD, 1W] is between -50 mio and -USD 5 mio then pass "no"'
    for language, wanted in (("en", "-USD 50 mio and -USD 5 mio"), ("zh", "-USD 5000万")):
        written = formatted(said, language)
        assert wanted in written
        assert formatted(written, language) == written


def test_rows_for_every_other_key_stand_in_each_group_of_rows() -> None:
    said = """\
table w by tier, side and size:
  up to 1 mio
  gold buy 1 pip
  gold any other 2 pip
  silver buy 3 pip
  silver any other 4 pip
otherwise quote margin w[tier, side, size]
"""
    written = formatted(said)
    assert formatted(written) == written
    assert "  silver   other   4 pip" in written


def test_brackets_stand_where_they_change_something_and_nowhere_else() -> None:
    said = (
        'rule "r" when ((size) > (1 mio + 2 mio)) and (streaming or not (month end)) then pass "n"'
    )
    assert "when size > 1 mio + 2 mio and (streaming or not month end)" in formatted(said)
    said = 'rule "r" then quote margin (1 pip + 2 pip) x (3 - (2 - 1))'
    assert "margin (1 pip + 2 pip) x (3 - (2 - 1))" in formatted(said)


def test_a_name_that_is_a_word_of_the_language_keeps_its_quotes() -> None:
    said = 'rule "r" when tier is one of "gold", "up to", "top tier", “当地” then pass “say "no"”'
    assert 'tier is one of gold, "up to", "top tier", "当地"' in formatted(said)
    assert 'pass “say "no"”' in formatted(said)


def test_comments_stay_beside_what_they_were_beside() -> None:
    said = """\
# before the rule
rule "r"  # behind its name
  # before the condition
  when size > 5 mio   # five
  then pass "no"

# at the end
"""
    assert said.replace("mio   #", "mio  #").replace('"no"\n\n', '"no"\n') == formatted(said)


def test_comments_in_a_table_stay_at_their_rows() -> None:
    said = """\
table margin by tier:
  # the best first
  gold     0.3 pip
  silver   0.5 pip  # since May
"""
    assert said == formatted(said)
    assert "  # the best first\n  gold     0.3 点\n" in formatted(said, "zh")


def test_a_table_of_three_keys_is_written_with_a_heading_for_each() -> None:
    said = """\
table margin by tier and side and size:
                  up to 1 mio   above
  gold     buy    0.3 pip       0.5 pip
  gold     sell   0.4 pip       -
  silver   buy    0.3 pip       0.5 pip
  silver   sell   0.4 pip       0.6 pip
"""
    assert said == formatted(said)


def test_a_long_condition_is_broken_at_its_parts() -> None:
    part = " and ".join(f"requests > {number}" for number in range(12))
    assert "\n  when requests > 0\n    and requests > 1\n" in formatted(
        f'rule "r" when {part} then pass "no"'
    )


def test_a_long_action_is_broken_at_its_clauses() -> None:
    part = "0.1 pip + 0.2 pip x position share"
    said = f'rule "r" then quote margin {part} skew {part} around mid + 0.1 pip valid 5 s'
    assert f"  then quote margin {part}\n      skew {part}\n      around" in formatted(said)


def test_a_schedule_says_days_and_zone_once() -> None:
    said = "schedule open is 周一 to 周五 09:00 to 11:30 and 13:00 to 15:00 Beijing time\n"
    assert (
        "schedule open is Mon to Fri 09:00 to 11:30 and 13:00 to 15:00 Asia/Shanghai\n"
        == formatted(said)
    )
    mixed = "schedule open is Mon 09:00 to 10:00 and Mon to Sun 13:00 to 15:00 UTC\n"
    assert mixed == formatted(mixed)


def test_everything_that_a_book_can_do_is_written_in_both_languages() -> None:
    text = """\
book "funding"
for deposit in CNY
for repo in CNY
every 10 min during day
choose the most specific

schedule day is Mon to Fri 09:30 to 16:00 Asia/Shanghai

parameter floor = 1.62 %, between 1 % and 3 %

rule "lend the surplus" priority 10
  when surplus[CNY] > 50 mio and DR007 > floor and now in day
  then lend 50 % x surplus at larger of DR007 - 3 bp and floor for ON until 16:20
    and alert "lent"

rule "ask for the rest"
  when need[CNY, TOM] > 1 bn and change[SHIBOR ON] is between -5 bp and 5 bp
  then ask 3 banks of group GROUPA by game "seven day placing"
      to borrow 500 mio
      at DR007 + 4 bp
      for 1W
      within 90 s

rule "unusual"
  when weekday is not one of Sat, Sun and time > 15:30
  then hand to game "seven day placing"

otherwise pass "nothing to do"
"""
    assert text == format_book(book(text))
    chinese = format_book(book(text), "zh")
    assert "则 融出 50 % x 资金盈余 以 较大者 DR007 - 3 bp 和 floor 为期 ON" in chinese
    assert text == format_book(book(chinese))
