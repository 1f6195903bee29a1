"""docs/games.md: every key of a game file is on the page, its examples read back as shown, its
desks load, and its table is what `explain` writes.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.evidence.talks import NAMES
from robot.package import configuration_folder
from robot.settings import load_settings
from strategies.games.desk.file import KINDS, read_game
from strategies.games.desk.learned import SECTION
from strategies.games.desk.read_back import read_back
from strategies.games.desk.read_back_zh import read_back_zh
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import STYLES

FOLDER = Path(__file__).resolve().parents[2] / "docs"
PAGES = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("games.md", "zh/games.md")}
PAGE = PAGES["games.md"]
BLOCKS_OF = {
    name: re.findall(r"^```(\w*)\n(.*?)^```", page, re.M | re.S) for name, page in PAGES.items()
}
BLOCKS = BLOCKS_OF["games.md"]
TOLD = {"games.md": read_back, "zh/games.md": read_back_zh}
GAMES = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("game:")]
DESKS = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("strategy:")]


def keys_of_files(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """By section, what the reader asks for in the page's own games: that is all there is."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    closing = Section.close

    def close(part: Section) -> None:
        if part._place[:1] != (SECTION,):
            found[str(part._place[-1]) if part._place else ""].update(part._known)
        closing(part)

    monkeypatch.setattr(Section, "close", close)
    for text in GAMES:
        read_game(text, "page")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_key_that_a_game_file_may_have_has_its_row_in_its_section(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", PAGES[name], re.M | re.S))
    found = keys_of_files(monkeypatch)
    missing = [key for key in found.pop("") if key not in sections]
    missing += [
        f"{name}: {key}"
        for name, keys in found.items()
        for key in keys
        if f"| `{key}` |" not in sections.get(name, "")
    ]
    assert {"my terms", "pace", "ask", "guard", "win"} <= {*found} and missing == []
    stray = [
        f"{name}: {key}"
        for name, text in sections.items()
        if name != SECTION
        for key in re.findall(r"^\| `([^`]+)` \|", text, re.M)
        if key not in found[name]
    ]
    assert stray == []


def test_kinds_and_styles_are_explained_in_both_languages() -> None:
    words = [*(f"`{kind}`" for kind in KINDS), *(f"`{style}`" for style in STYLES)]
    assert [
        (name, word) for name, page in PAGES.items() for word in words if word not in page
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_games_of_the_page_read_back_as_it_says(name: str) -> None:
    follows = [text for (_, game), (_, text) in pairwise(BLOCKS_OF[name]) if game in GAMES]
    told = ["\n".join(TOLD[name](read_game(text, "page"))) + "\n" for text in GAMES]
    assert follows == told


def test_both_pages_show_the_same_examples() -> None:
    """Files, books and tables; what is read back is in the page's language."""
    shown = {
        name: [text for kind, text in blocks if kind in ("yaml", "")]
        + [text for kind, text in blocks if text.startswith(("NEGOTIATION", "QUOTES", "week."))]
        for name, blocks in BLOCKS_OF.items()
    }
    assert shown["games.md"] == shown["zh/games.md"]


@pytest.mark.parametrize("text", DESKS, ids=["alone", "beside a rule book"])
def test_the_desks_of_the_page_load(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(configuration_folder(), folder)
    (book,) = (body for kind, body in BLOCKS if not kind and body.startswith("book "))
    (folder / "clients.rules").write_text(book, encoding="utf-8")
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk["strategy"] = yaml.load(text)["strategy"]
    yaml.dump(desk, folder / "desk.yaml")

    choice = load_settings(folder).reference.strategy
    assert "client spot" in [game.name for game in choice.games]
    assert [rule.file for rule in choice.rules] == (["clients.rules"] if "rules" in text else [])


def test_the_table_of_a_negotiation_has_the_columns_of_explain() -> None:
    (shown,) = (text for kind, text in BLOCKS if kind == "text" and text.startswith("NEGOTIATION"))
    assert [name for name in NAMES if name] == re.split(r"\s{2,}", shown.splitlines()[1])
