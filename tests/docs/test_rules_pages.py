"""The pages about rules, English and Chinese: every rule loads, every scenario passes, every
command of the first five minutes says what is shown, every shipped book has its pages.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.rules.cli import app
from connectors.rules.conventions import steps_of
from connectors.rules.files import read_book
from connectors.rules.library import library
from connectors.rules.reading import read_back
from connectors.rules.scenario_parse import read_scenarios
from connectors.rules.scenario_run import play
from connectors.rules.shown import plain
from robot.machine_zones import clocked
from robot.rules.check import load
from robot.rules.tree import Book

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"en": DOCS / "rules-cookbook.md", "zh": DOCS / "zh" / "rules-cookbook.md"}
HEAD = {
    "en": 'book "cookbook"\nfor spot in EUR/USD\n',
    "zh": "规则集 “食谱”\n适用 即期 在 EUR/USD\n",
}
BACKGROUND = "background market EUR/USD 1.08500/1.08520\n"
RECIPE = re.compile(r"^### (\d+)\.(.*?)(?=^### |\Z)", re.M | re.S)


def block(text: str, kind: str) -> str:
    """The only block of that kind."""
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)
    return str(found)


RECIPES = [
    pytest.param(language, text, id=f"{language} {number}")
    for language, path in PAGES.items()
    for number, text in RECIPE.findall(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("language", "text"), RECIPES)
def test_a_recipe_does_what_its_scenarios_say(language: str, text: str) -> None:
    rules, scenarios = block(text, "rules"), block(text, "scenarios")
    whole = rules.startswith(("book", "规则集"))
    book = load(rules if whole else HEAD[language] + rules, "recipe", language)
    assert isinstance(book, Book), [problem.shown("recipe") for problem in book]
    found = read_scenarios(
        scenarios if whole else BACKGROUND + scenarios, clocked(book), steps_of(), language
    )
    assert [] == [problem.shown("recipe") for problem in found.problems]
    played = [play(scenario, language) for scenario in found.scenarios]
    assert [] == [(row.name, row.differences) for row in played if not row.ok]


def test_there_are_twenty_one_recipes_in_both_languages() -> None:
    numbers = [str(number) for number in range(1, 22)]
    for path in PAGES.values():
        assert numbers == [number for number, _ in RECIPE.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize("language", PAGES)
def test_the_first_five_minutes_are_as_they_are_shown(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGES[language].read_text(encoding="utf-8")
    sessions = re.findall(r"^```session\n\$ fxrobot rules (.*?)\n(.*?)^```", text, re.M | re.S)
    assert len(sessions) == 3
    for command, shown in sessions:
        result = CliRunner().invoke(app, shlex.split(command))
        assert shown == result.stdout.removeprefix("\n"), command


@pytest.mark.parametrize("folder", [DOCS / "rulebooks", DOCS / "zh" / "rulebooks"])
def test_every_shipped_book_has_a_page(folder: Path) -> None:
    names = {name for name in library() if not name.startswith("first")}
    assert names == {path.stem for path in folder.glob("*.md")}
    for name in names:
        text = (folder / f"{name}.md").read_text(encoding="utf-8")
        assert f"--from {name}" in text and f"strategies/rulebooks/{name}.rules" in text
        language = "zh" if folder.parent.name == "zh" else "en"
        told = "\n".join(plain(read_back(read_book(library()[name]).good(), language)))
        assert told + "\n" == block(text, "text"), f"put what `rules explain` says into {name}.md"
