"""The books that ship: each is checked, its scenarios pass and every rule of it decides in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.rules.checking import checked
from connectors.rules.conventions import steps_of
from connectors.rules.files import SCENARIOS, read_book
from connectors.rules.library import library
from connectors.rules.testing import play_file
from robot.rules.format import format_book

BOOKS = library()


@pytest.mark.parametrize("name", BOOKS)
def test_a_shipped_book_does_what_its_scenarios_say(name: str) -> None:
    path = BOOKS[name]
    found = checked(read_book(path))
    assert () == found.problems + found.warnings
    assert found.ready
    tested = play_file(path.with_suffix(SCENARIOS), steps_of())
    assert [] == [(row.name, row.differences) for row in tested.played if not row.ok]
    assert () == tested.never_decided


@pytest.mark.parametrize("name", BOOKS)
def test_a_shipped_book_says_the_same_in_the_other_language(name: str, tmp_path: Path) -> None:
    file = read_book(BOOKS[name])
    other = tmp_path / f"{name}.rules"
    other.write_text(
        format_book(file.good(), "en" if file.language == "zh" else "zh"), encoding="utf-8"
    )
    assert file.good() == read_book(other).good()
