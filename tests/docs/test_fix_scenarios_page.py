"""docs/fix-scenarios.md: every scenario is there, in the tables it names, and shown as played."""

from __future__ import annotations

import re
from pathlib import Path

from tests.kit.fix_script import read_fix_scenarios, read_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "fix-scenarios.md").read_text(encoding="utf-8")
TABLES = ROOT / "tests" / "scenarios" / "fix"
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| (F-\d\d) \|.*$", PAGE, re.M)}
ALL = [f"F-{number:02d}" for number in range(1, 43)]


def test_every_scenario_is_on_the_page_and_in_the_tables_that_it_names() -> None:
    played = {
        path.name: {name for scenario in read_fix_scenarios(path) for name in scenario.ids}
        for path in TABLES.glob("*.txt")
    }
    assert list(ROWS) == ALL
    named = {name: re.findall(r"`(\w+\.txt)`", row) for name, row in ROWS.items()}
    assert [name for name, files in named.items() if not files] == []
    assert [
        (name, file)
        for name, files in named.items()
        for file in files
        if name not in played.get(file, set())
    ] == []
    assert [
        (name, file)
        for file, names in played.items()
        for name in names
        if file not in named.get(name, [])
    ] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert named
    assert [
        (path, name)
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ] == []


def test_the_example_is_a_part_of_the_table_that_is_played() -> None:
    (shown,) = read_text(PAGE.split("```\n")[1])
    (real,) = (
        scenario
        for scenario in read_fix_scenarios(TABLES / "orders.txt")
        if scenario.name == shown.name
    )
    rows = {(row.at, row.who, row.what) for row in real.rows}
    assert [row for row in shown.rows if (row.at, row.who, row.what) not in rows] == []
