"""docs/rules-semantics.md and its Chinese page: the units are the code's, the truths the oracle's,
the examples run; so does the one of docs/rules-in-force.md.
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from robot.rules import oracle
from robot.rules.cost import OPERATIONS_MAX
from robot.rules.tree import And, FactRef, Not, Or
from robot.rules.types import SCALE, TRUTH, Kind
from tests.kit.rule_books import book_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "rules-semantics.md").read_text("utf-8")
CHINESE = (DOCS / "zh" / "rules-semantics.md").read_text("utf-8")
IN_FORCE = (DOCS / "rules-in-force.md").read_text("utf-8")
TRUTHS = {"true": True, "false": False, "unknown": None, "真": True, "假": False, "未知": None}


def test_the_units_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| 1 / (\d+) \|", PAGE, re.M)
    found = {name: int(unit) for names, unit in rows for name in names.split(", ")}
    assert found == {kind.value: scale for kind, scale in SCALE.items()}
    assert Kind.TENOR.value in found


def test_the_chinese_page_has_the_units_of_the_english_one() -> None:
    units = [re.findall(r" \| 1 / (\d+) \|", page) for page in (PAGE, CHINESE)]
    assert units[0] == units[1] != []
    examples = [re.findall(r"(?:is|are|是) (\d{3,})(?: \|)", page) for page in (PAGE, CHINESE)]
    assert examples[0] == examples[1] != []


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=["en", "zh"])
def test_the_truths_are_those_of_the_oracle(page: str) -> None:
    word = r"(true|false|unknown|真|假|未知)"
    rows = re.findall(r"^\| " + r" \| ".join([word] * 5) + r" \|$", page, re.M)
    book = book_of(
        'book "b"\nfor spot in EUR/USD\n'
        'rule "a" when market is crossed and market is stale then pass "no"\n'
    )
    a, b = (FactRef(type=TRUTH, slot=n, name="") for n in (0, 1))
    conditions = (
        And(type=TRUTH, parts=(a, b)),
        Or(type=TRUTH, parts=(a, b)),
        Not(type=TRUTH, part=a),
    )
    for said in rows:
        values = [TRUTHS[word] for word in said]
        assert [oracle.truth(book, each, values[:2]) for each in conditions] == values[2:]
    assert len(rows) == 3


def test_the_example_prints_what_it_says() -> None:
    code = PAGE.split("```python\n")[1].split("```")[0]
    wanted = PAGE.split("prints `")[1].split("`")[0]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "rules-semantics.md", "exec"), {})
    assert printed.getvalue().strip() == wanted


def test_the_example_of_parameters_prints_what_it_says() -> None:
    code, rest = IN_FORCE.split("```python\n")[1].split("```", 1)
    wanted = re.findall(r"`([^`]+)`", rest.split(":", 1)[0])
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "rules-in-force.md", "exec"), {})
    assert printed.getvalue().splitlines() == wanted


def test_the_most_of_operations_is_the_code_s() -> None:
    assert f"over {OPERATIONS_MAX} operations" in PAGE
    assert f"{OPERATIONS_MAX} 次" in CHINESE
