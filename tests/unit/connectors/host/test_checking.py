"""`fxrobot strategy new` and `check`: what is written runs, and what is wrong is told."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.host.checking import check_file
from connectors.host.samples import facts
from connectors.strategy import TEMPLATES, app
from robot.errors import ConfigurationError

HEAD = """
from decimal import Decimal
from robot.strategy import Decision

class Mine:
    def start(self, parameters, seed):
        self.calls = 0
"""
GOOD = """
    def decide(self, facts):
        bid = facts.bid if facts.side != "SELL" else None
        offer = max(facts.bid, facts.offer) if facts.side != "BUY" else None
        return Decision(bid=bid, offer=offer)
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def body(text: str) -> str:
    return HEAD + "\n    def decide(self, facts):\n        " + text.replace("\n", "\n        ")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_strategy_runs_as_it_is_with_its_own_test(tmp_path: Path, template: str) -> None:
    assert run("new", "my_idea", "--template", template, "--folder", tmp_path).exit_code == 0
    checked = run("check", tmp_path / "my_idea.py", "--json")
    found = json.loads(checked.stdout)
    assert (found["ok"], found["name"], found["warnings"]) == (True, "MyIdea", [])
    spec = importlib.util.spec_from_file_location("its_test", tmp_path / "test_my_idea.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("mine")
    refused = run("new", "mine", "--folder", tmp_path)
    assert isinstance(refused.exception, ConfigurationError)
    assert "nothing was written" in str(refused.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["test_mine.py"]


@pytest.mark.parametrize("name", ["two words", "../up", "1st", "class", "né"])
def test_a_name_that_no_file_should_have_is_refused(tmp_path: Path, name: str) -> None:
    assert isinstance(run("new", name, "--folder", tmp_path).exception, ConfigurationError)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (body("return Decision(bid=1.1, offer=1.2)"), "bid 1.1 is a float: a price is a Decimal"),
        (body("return Decision(bid=Decimal('NaN'))"), "bid NaN is not a price"),
        (body("return None"), "a NoneType was returned: return a Decision"),
        (body("return facts.bid * 1.1"), "TypeError: unsupported operand"),
        (body("return 1 / 0"), "ZeroDivisionError: division by zero (mine.py:10)"),
        (body("while True: pass"), "it has not returned after 0.05 s"),
        (body("raise SystemExit(3)"), "SystemExit: 3 (mine.py:10)"),
        (body("return Decision(bid=facts.bid)"), "do not fit side two-way"),
        (
            body("return Decision(bid=facts.bid / 3, offer=facts.offer)"),
            "is too large or too fine for a price",
        ),
        (HEAD, "one class with decide(facts) is due, there is: none"),
        (HEAD + GOOD + HEAD.replace("Mine", "Other") + GOOD, "there is: Mine, Other"),
        (HEAD.replace("start", "begin") + GOOD, "Mine has no start(parameters, seed)"),
        (HEAD + GOOD + "    wants = ('deal',)\n", "a tuple out of market, quotes, deals"),
        (HEAD + GOOD + "    wants = ('deals',)\n", "wants deals and has no on_event"),
        ("x = (", "mine.py:1: is not Python"),
        ("import nothing_of_this_name", "it does not start: ModuleNotFoundError"),
        (HEAD.replace("0", "parameters['margin']") + GOOD, "KeyError: 'margin' (mine.py:7)"),
        (
            HEAD
            + GOOD
            + "    wants = ('deals',)\n    def on_event(self, event):\n        event.x\n",
            "on_event(DealSeen) raised AttributeError",
        ),
    ],
    ids=lambda text: text[-40:],
)
def test_what_cannot_be_dealt_with_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, problem: str
) -> None:
    monkeypatch.setattr("connectors.host.checking.PATIENCE_S", 0.05)
    monkeypatch.setattr(
        "connectors.host.checking.SAMPLES",
        {"two-way": facts()},
    )
    found = check_file(write(tmp_path, code), {})
    assert not found.ok
    assert problem in "\n".join(found.problems)


def test_a_strategy_that_does_not_return_is_not_asked_all_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.host.checking.PATIENCE_S", 0.02)
    found = check_file(write(tmp_path, body("while True: pass")), {})
    assert 1 == len(found.tried)
    assert "two-way: no other sample is asked after such a wait" in found.problems


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        ("import random\n" + HEAD + GOOD, "mine.py:1: import of random: facts.chance"),
        ("from time import sleep\n" + HEAD + GOOD, "import of time: the time is at_ns"),
        ("import socket, urllib.request\n" + HEAD + GOOD, "import of urllib.request: connections"),
        (
            body("self.calls += 1\nreturn Decision(passed=f'NO {facts.tier}')"),
            "decide() changed its own state",
        ),
        (
            body("self.calls += 1\nreturn Decision(passed=f'NO {self.calls}')"),
            "the same facts gave another answer",
        ),
        (body("return Decision(passed='NO')"), "it passes every sample"),
    ],
    ids=lambda text: text[-40:],
)
def test_what_will_not_replay_is_warned_of(tmp_path: Path, code: str, warning: str) -> None:
    found = check_file(write(tmp_path, code), {})
    assert found.ok, found.problems
    assert warning in "\n".join(found.warnings)


def test_the_command_says_what_it_found_and_ends_with_1(tmp_path: Path) -> None:
    path = write(tmp_path, body("return Decision(bid=1.1)"))
    found = run("check", path)
    assert found.exit_code == 1
    assert "problem: two-way: bid 1.1 is a float: a price is a Decimal" in found.stdout
    assert run("check", tmp_path / "none.py").exit_code == 1
    wrong = run("check", path, "--parameters", "{margin")
    assert isinstance(wrong.exception, ConfigurationError)
