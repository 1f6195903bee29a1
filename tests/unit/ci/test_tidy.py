"""The project's own lints: each rule finds what it is for, and says what to write instead."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / ".ci" / "tidy.py"
spec = importlib.util.spec_from_file_location("ci_tidy", SCRIPT)
assert spec is not None and spec.loader is not None
tidy = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = tidy
spec.loader.exec_module(tidy)


def texts(path: str, code: str) -> list[str]:
    """What is found in a file with this content."""
    return [finding.text for finding in tidy.check(tidy.source_from(path, code))]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import time\n", "take `at_ns`"),
        ("from random import random\n", "journaled seed"),
        ("import logging\n", "return an effect"),
        ("now = datetime.now()\n", "take `at_ns`"),
        ("now = datetime.datetime.now(UTC)\n", "take `at_ns`"),
        ("today = date.today()\n", "trade date as an argument"),
        ("name = str(uuid4())\n", "robot/basics/ids.py"),
        ("print(1)\n", "return an effect"),
        ("key = hash('EUR/USD')\n", "use a digest"),
        ("rate = float('1.1')\n", "money and rates are Decimal"),
        ("rate = 1.1\n", "Decimal('1.1')"),
        ("for name in {'a', 'b'}: pass\n", "use sorted"),
        ("names = [name for name in set(found)]\n", "use sorted"),
        ("names = tuple({one for one in found})\n", "use sorted"),
    ],
)
@pytest.mark.parametrize("path", ["robot/core/booking.py", "strategies/two_way.py"])
def test_what_a_replay_could_not_repeat_is_found(path: str, code: str, said: str) -> None:
    (text,) = texts(path, code)
    assert said in text


@pytest.mark.parametrize(
    "code",
    ["import time\n", "print(1)\n", "rate = 1.1\n", "for name in {'a', 'b'}: pass\n"],
)
def test_outside_the_core_the_same_is_allowed(code: str) -> None:
    assert texts("connectors/fix/session.py", code) == []


@pytest.mark.parametrize(
    "code",
    [
        "for name in sorted({'b', 'a'}): pass\n",
        "known = name in {'a', 'b'}\n",
        "from datetime import date\n",
        "valid = rate.is_finite()\n",
    ],
)
def test_what_a_replay_repeats_is_allowed(code: str) -> None:
    assert texts("robot/core/booking.py", code) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def enquiry_of(): ...\n", "'rfq'"),
        ("class CptyLimit: ...\n", "'counterparty'"),
        ("def of(notional): ...\n", "'dealt_amount'"),
        ("def of(self):\n    self.settlement_date = 1\n", "'value_date'"),
        ("try:\n    pass\nexcept:\n    pass\n", "name the exception"),
        ("x = 1  # TO" + "DO later\n", "do it now"),
    ],
)
def test_words_and_habits_are_kept_everywhere(code: str, said: str) -> None:
    (text,) = texts("connectors/fix/session.py", code)
    assert said in text


def test_only_the_statements_of_a_function_count_towards_its_limit() -> None:
    docstring = '    """' + "Says much.\n" * 30 + '    """\n'
    signature = "def short(\n" + "".join(f"    option_{n}=1,\n" for n in range(30)) + "):\n"
    short = signature + docstring + "    x = 1\n" * tidy.FUNCTION_LINES_MAX
    assert texts("robot/agent.py", short) == []
    (text,) = texts("robot/agent.py", short + "    x = 1\n")
    assert "name its parts" in text


def test_a_file_over_the_limit_is_found() -> None:
    (text,) = texts("robot/agent.py", "x = 1\n" * (tidy.FILE_LINES_MAX + 1))
    assert "split it" in text


def test_an_address_of_a_registry_is_found_in_any_file() -> None:
    host = ".".join(("pypi", "org"))
    (text,) = texts("README.md", f"pip install -i {host} fxrobot\n")
    assert "leave it to the user's set-up" in text


def test_an_address_in_a_lock_is_found() -> None:
    (text,) = texts("requirements/dev.lock", "six @ https://example.com/six.whl\n")
    assert "make lock" in text
