"""The tables can fail: whatever a table expects otherwise, leaves out or adds is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.fix_script import FixScenario, Row, play_fix, read_fix_scenarios, read_text

HERE = Path(__file__).parent
EXPECTING = ("robot", "record", "look")
TABLE = """
== a quote and a deal
09:30:00.000 | ALPHA  | prices EUR/USD 1.10000/1.10010
09:30:01.000 | BANKA  | R 131=r1 55=EUR/USD 38=1000000
             | robot  | S 131=r1 117=$q 132=1.10003 !642
09:30:01.500 | BANKA  | D 117=$q 54=1
             | robot  | 8 150=F 31=1.10007
             | record | BOOKED SELL 1000000 EUR/USD
             | look   | position EUR = -1000000
"""


def played(text: str) -> None:
    (scenario,) = read_text(text)
    play_fix(scenario)


def test_the_table_as_it_is_holds() -> None:
    played(TABLE)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("132=1.10003", "132=1.10002", "132 is 1.10003, not 1.10002"),
        ("132=1.10003", "640=1.1", "640 is not there, not 1.1"),
        ("!642", "!133", "133=1.10007 should not be there"),
        ("S 131=r1", "AG 131=r1", "a AG is due"),
        ("| S 131=r1", "| S 131=r1 133=1 134=1", "133 is 1.10007, not 1"),
        ("             | robot  | 8", "09:30:01.501 | robot  | 8", "sent at 20140501-09:30:01.500"),
        ("robot  | 8", "robot@BETA | 8", "sent to ALPHA, not to BETA"),
        ("BOOKED SELL", "BOOKED BUY", "recorded was BOOKED SELL 1000000 EUR/USD"),
        ("EUR = -1000000", "EUR = 1000000", "it is -1000000"),
        ("D 117=$q", "D 117=$p", "$p was never said by the robot"),
        ("55=EUR/USD 38", "55=EUR/USD 54=Z 38", "a S is due"),
    ],
)
def test_a_wrong_expectation_is_told_with_what_was_said(right: str, wrong: str, told: str) -> None:
    assert right in TABLE
    with pytest.raises(AssertionError) as failed:
        played(TABLE.replace(right, wrong, 1))
    assert told in str(failed.value)


def test_a_line_that_is_no_row_is_told() -> None:
    with pytest.raises(AssertionError, match="table:3: three columns are due"):
        read_text("== x\n09:30:00.000 | ALPHA | W\n09:30:00.000 | ALPHA")


def test_a_message_that_the_dictionary_does_not_allow_is_rejected_as_quickfix_does() -> None:
    with pytest.raises(AssertionError, match=r"sent .* ALPHA 3 45=2 372=AI 371=117"):
        played("== x\n09:30:00.000 | ALPHA | AI 131=r1")


CHECKED = [
    scenario
    for file in ("orders.txt", "maker.txt", "records.txt")
    for scenario in read_fix_scenarios(HERE / file)
    if scenario.name.startswith(("F-04", "F-16 two orders", "F-27 the record has"))
]


@pytest.mark.parametrize("scenario", CHECKED, ids=lambda scenario: scenario.name[:4])
def test_no_expectation_of_a_table_can_be_left_out_or_changed(scenario: FixScenario) -> None:
    """Each row that expects something, taken out (a look may be) and with each of its values
    changed.
    """
    tried = 0
    for place, row in enumerate(scenario.rows):
        if row.who not in EXPECTING:
            continue
        wrong = [replace(row, what=what) for what in changed(row)]
        others = [[*scenario.rows[:place], each, *scenario.rows[place + 1 :]] for each in wrong]
        if row.who != "look":
            others.append([*scenario.rows[:place], *scenario.rows[place + 1 :]])
        for rows in others:
            tried += 1
            with pytest.raises(AssertionError):
                play_fix(replace(scenario, rows=rows))
    assert tried > 10


def changed(row: Row) -> list[str]:
    """The row with one word made wrong, each in turn; a name that is bound takes any value."""
    words = row.what.split()
    wrong = [f"{word}9" for word in words]
    if row.who == "look":
        return [f"{row.what}9"]
    keep = [place for place, word in enumerate(words) if "$" not in word or row.who != "robot"]
    return [" ".join([*words[:place], wrong[place], *words[place + 1 :]]) for place in keep]
