"""The architecture page tells the truth: its paths are walked, its table is the code's."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from robot.core.lifecycle import LIFECYCLE
from tests.kit.in_process import InProcessRobot

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
ROW = re.compile(r"^\| \d+ \| `([\w/.]+)::([\w.]+)` \|")
OTHER_PROCESS = {"robot/projector.py", "connectors/store/projection.py", "connectors/mqtt/relay.py"}


def listed(title: str) -> list[tuple[str, str]]:
    """(file, qualified name) of each row of the table under a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    return [match.groups() for line in section.splitlines() if (match := ROW.match(line))]  # type: ignore[misc]


@pytest.mark.parametrize("title", ["The quote path", "The deal path"])
def test_every_listed_function_exists(title: str) -> None:
    """A function that is renamed or moved must be changed on the page."""
    for file, name in listed(title):
        assert name in names_in(ROOT / file), f"{file} has no {name}"


def names_in(path: Path) -> set[str]:
    """Functions and methods of a file, inherited ones of the same file included."""
    classes = {}
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = {
                item.name
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            for base in node.bases:
                methods |= classes.get(getattr(base, "id", ""), set())
            classes[node.name] = methods
            names |= {f"{node.name}.{method}" for method in methods}
    return names


def test_a_quote_walks_the_listed_path(tmp_path: Path) -> None:
    """A real FIX request through decode, inbox, agent, core and encode calls them in that order."""
    robot = InProcessRobot(tmp_path)
    robot.open_market()

    calls = traced(lambda: robot.receive(robot.request_message()))

    assert robot.sent_types()[-1] == "S"
    assert_in_order(listed("The quote path"), calls)


def test_a_deal_walks_the_listed_path(tmp_path: Path) -> None:
    """A real FIX hit does the same; what other processes do is tested at the wire."""
    robot = InProcessRobot(tmp_path)
    robot.open_market()
    robot.receive(robot.request_message())

    calls = traced(lambda: robot.receive(robot.hit_message()))

    assert robot.sent_types()[-1] == "8"
    here = [row for row in listed("The deal path") if row[0] not in OTHER_PROCESS]
    assert_in_order(here, calls)


def traced(action: Callable[[], None]) -> list[tuple[str, str]]:
    """(file, qualified name) of every project function entered while `action` runs, in order."""
    calls: list[tuple[str, str]] = []

    def note(frame: object, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code  # type: ignore[attr-defined]
            path = Path(code.co_filename)
            if path.is_relative_to(ROOT):
                calls.append((str(path.relative_to(ROOT)), code.co_qualname))

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return calls


def assert_in_order(rows: list[tuple[str, str]], calls: list[tuple[str, str]]) -> None:
    """Each listed function is entered after the one before it."""
    position = -1
    for file, name in rows:
        wanted = {name, name.replace("DealingApplication", "_Application")}
        found = [i for i, (f, n) in enumerate(calls) if f == file and n in wanted and i > position]
        assert found, f"{file}::{name} is not entered after step {position}; calls: {calls[:80]}"
        position = found[0]


def test_the_negotiation_table_is_the_codes() -> None:
    """Regenerate the rows between the markers when this fails."""
    rows = [
        f"| {stage} | {step} | {target} |"
        for stage, steps in LIFECYCLE.items()
        for step, target in steps.items()
    ]
    text = PAGE.read_text(encoding="utf-8")
    shown = text.split("<!-- lifecycle -->\n")[1].split("<!-- /lifecycle -->")[0].splitlines()[2:]

    assert shown == rows
