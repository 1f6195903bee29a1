"""A hosted strategy in desk.yaml: what is wrong is told with its line, and its code is pinned."""

from __future__ import annotations

import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from robot.approvals import Kind
from robot.assembly import load_strategy
from robot.contents import content_of, load_content, plain_content
from robot.deals.reference import HostPolicy, StrategyChoice, read_stop_after
from robot.desk import Desk
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.strategy import Elsewhere
from robot.strategy_settings import strategy_row
from robot.supervisor import Supervisor
from robot.yamlfile import load_file

HOSTED = """strategy:
  name: mine
  version: "1"
  file: mine.py
  parameters: {margin: 0.4}
  host: {deadline_ms: 80, stop_after: 5 failures in 120 s, move_max_pips: 0.5}

"""
CODE = "class Mine: pass\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(configuration_folder(), tmp_path / "config")
    path = tmp_path / "config" / "desk.yaml"
    text = path.read_text()
    begin, end = text.index("strategy:\n"), text.index("mqtt:\n")
    path.write_text(text[:begin] + HOSTED + text[end:])
    (tmp_path / "config" / "mine.py").write_text(CODE)
    return tmp_path / "config"


def spoil(folder: Path, old: str, new: str) -> str:
    """What loading desk.yaml says; `LINE` stands for where the new text is."""
    path = folder / "desk.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as refused:
        desk = load_file(path, Desk)
        assert isinstance(desk, Desk)
        strategy_row(path, desk.strategy)
    before = text[: text.index(old)].count("\n") + 1
    return str(refused.value).replace(f"{path}:{before}:", "LINE:")


def test_what_the_core_gets_has_the_policy_whole_and_the_code_pinned(folder: Path) -> None:
    settings = load_settings(folder)
    choice = settings.reference.strategy
    assert choice == StrategyChoice(
        name="mine",
        version="1",
        file="mine.py",
        code_hash=hashlib.sha256(CODE.encode()).hexdigest(),
        parameters={"margin": "0.4"},
        host=HostPolicy(
            deadline_ms=80, stop_after="5 failures in 120 s", move_max_pips=Decimal("0.5")
        ),
    )
    assert isinstance(load_strategy(settings.reference), Elsewhere)
    assert "host" in Supervisor(settings).watched
    content = load_content(Kind.STRATEGY, folder / "desk.yaml")
    assert content == content_of(settings.reference, Kind.STRATEGY), "what is approved is in force"
    (folder / "mine.py").write_text(CODE + "# changed\n")
    assert load_content(Kind.STRATEGY, folder / "desk.yaml") != content
    assert load_settings(folder).hash != settings.hash


@pytest.mark.parametrize("missing", ["code_hash", "host"])
def test_code_that_nobody_could_have_seen_is_not_approved(missing: str) -> None:
    row = {"name": "mine", "version": "1", "file": "mine.py", "parameters": {}}
    row |= {"code_hash": "0" * 64, "host": {"deadline_ms": 50}}
    live = {"name": "two_way", "version": "1", "factory": "a:b", "parameters": {}}
    tried = {"strategy": live, "candidate": {"strategy": row}}
    for content in ({"strategy": row}, tried):
        assert plain_content(Kind.STRATEGY, content)[1] == ""
    del row[missing]
    for content in ({"strategy": row}, tried):
        assert "the hash of its code" in plain_content(Kind.STRATEGY, content)[1]


def test_rule_books_that_hand_to_a_file_are_no_candidate_yet() -> None:
    live = {"name": "two_way", "version": "1", "factory": "a:b", "parameters": {}}
    row = {"name": "books", "version": "1", "parameters": {}, "file": "mine.py"}
    row |= {"code_hash": "0" * 64, "host": {}, "rules": [{"file": "a.rules", "text": ""}]}
    found = plain_content(Kind.STRATEGY, {"strategy": live, "candidate": {"strategy": row}})
    assert "cannot be a candidate yet" in found[1]


def test_a_strategy_in_the_core_is_approved_as_before(folder: Path) -> None:
    choice = load_settings(configuration_folder()).reference.strategy
    assert (choice.host, choice.file) == (None, "")
    content = content_of(load_settings(configuration_folder()).reference, Kind.STRATEGY)
    assert set(content["strategy"]) == {"name", "version", "factory", "parameters"}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("deadline_ms: 80", "deadline_ms: 0", "strategy.host.deadline_ms: "),
        ("deadline_ms: 80", "deadlin_ms: 80", "did you mean 'deadline_ms'?"),
        ("5 failures in 120 s", "5 per minute", "write it as: 3 failures in 60 s"),
        ("5 failures in 120 s", "0 failures in 60 s", "write it as: 3 failures in 60 s"),
        ("5 failures in 120 s", "5 failures in 60 min", "write it as: 3 failures in 60 s"),
        ("0.5}", "-0.5}", "strategy.host.move_max_pips: "),
        ("0.5}", "nan}", "strategy.host.move_max_pips: "),
        ("0.5}", "0.5, memory_mb: 8}", "strategy.host.memory_mb: "),
        ("file: mine.py", "file: other.py", "other.py cannot be read: No such file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(folder: Path, old: str, new: str, told: str) -> None:
    text = spoil(folder, old, new)
    assert text.startswith("LINE: strategy"), text
    assert told in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("file: mine.py", "factory: strategies.two_way:TwoWay", "host is for a strategy that is a"),
        ("  file: mine.py\n", "", "either factory (module:function, in the core) or file (hosted)"),
        ("file: mine.py", "file: mine.py\n  factory: x:Y", "either factory"),
        (
            "file: mine.py",
            f"file: mine.py\n  code_hash: {'0' * 64}",
            "strategy.code_hash: ",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(folder: Path, old: str, new: str, told: str) -> None:
    assert told in spoil(folder, old, new)


@pytest.mark.parametrize(
    ("text", "read"),
    [("3 failures in 60 s", (3, 60_000)), ("1 failure in 5 s", (1, 5_000))],
)
def test_stop_after_is_read(text: str, read: tuple[int, int]) -> None:
    assert tuple(read_stop_after(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3 failures",
        "3 failures in 60",
        "3 failures in 60 s s",
        "x failures in 60 s",
        "3 failures in -1 s",
        "3 failures within 60 s",
        "３ failures in 60 s",
        "999999 failures in 1 s",
    ],
)
def test_stop_after_that_says_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="3 failures in 60 s"):
        read_stop_after(text)
