"""The table of wrong rule books: exactly what is said about each, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot.rules.check import load

TABLES = Path(__file__).parents[3] / "scenarios" / "rules"
HEADS = {"en": 'book "test"\nfor spot in EUR/USD\n', "zh": "规则集 “试”\n适用 即期 在 EUR/USD\n"}
WHOLE = ("book", "for ", "规则集", "适用")


def _cases() -> list[tuple[str, str, str, str]]:
    """Language, title, file and what is shown."""
    found = []
    for language, head in HEADS.items():
        text = (TABLES / f"wrong.{language}.txt").read_text(encoding="utf-8")
        for block in text.split("\n=== ")[1:]:
            title, _, rest = block.partition("\n")
            file, _, shown = rest.partition("\n---\n")
            file = file if file.startswith(WHOLE) else head + file
            file = file.replace(r"\u202e", "\u202e")
            found.append((language, title, file, shown.strip("\n")))
    return found


CASES = _cases()


def test_the_table_has_at_least_eighty_wrong_files_in_both_languages() -> None:
    assert len(CASES) >= 80
    assert {"en", "zh"} == {language for language, *_ in CASES}


@pytest.mark.parametrize(
    ("language", "title", "file", "shown"), CASES, ids=[f"{c[0]}: {c[1]}" for c in CASES]
)
def test_a_wrong_file_is_told_exactly_so(language: str, title: str, file: str, shown: str) -> None:
    found = load(file, "f", language)

    assert isinstance(found, list), f"{title}: it was loaded"
    told = "\n".join(problem.shown("f") for problem in found)
    assert shown == "\n".join(line.removeprefix("f:") for line in told.split("\n"))
