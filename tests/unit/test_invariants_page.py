"""The page of invariants names code that exists, for every invariant."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.test_architecture_page import names_in

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| (I\d+) \|(.*)$", (ROOT / "docs/invariants.md").read_text("utf-8"), re.M)
NAMED = re.compile(r"`([\w/.]+)::([\w.]+)`")


def test_every_invariant_has_its_row() -> None:
    assert [f"I{number}" for number in range(1, 24)] == [name for name, _ in ROWS]


def test_what_is_named_exists() -> None:
    for invariant, text in ROWS:
        found = NAMED.findall(text)
        assert found or invariant == "I15", f"{invariant} names nobody"
        for file, name in found:
            assert name in names_in(ROOT / file), f"{invariant}: {file} has no {name}"
