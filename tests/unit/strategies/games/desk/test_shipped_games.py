"""The game files that are shipped: each loads and is told, every strategy has an example."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

import msgspec
import pytest

from robot.package import configuration_folder
from strategies.games.desk import terms
from strategies.games.desk.file import KINDS, read_game
from strategies.games.desk.loading import load_game
from strategies.games.desk.read_back import read_back
from strategies.games.desk.read_back_zh import read_back_zh
from strategies.games.desk.terms import Game

TERMS = {
    field
    for struct in vars(terms).values()
    if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
    for field in struct.__struct_fields__
}
FILES = sorted((configuration_folder() / "games").glob("*.game.yaml"))


def game_of(path: Path) -> Game:
    return read_game(path.read_text(), path.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_loads_and_is_told_in_whole_sentences(path: Path) -> None:
    load_game({"file": path.name, "text": path.read_text()})

    told = read_back(game_of(path))

    assert len(told) >= 5
    assert all(line.rstrip().endswith((".", ":")) for line in told), told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_told_in_chinese_line_for_line(path: Path) -> None:
    english, chinese = read_back(game_of(path)), read_back_zh(game_of(path))

    assert len(chinese) == len(english)
    assert all(re.search("[\u4e00-\u9fff]", line) for line in chinese)
    for said, told in zip(english, chinese, strict=True):
        missing = set(re.findall(r"\d+(?:\.\d+)?", said)) ^ set(re.findall(r"\d+(?:\.\d+)?", told))
        assert not missing, (said, told)


def test_what_is_told_in_english_of_a_file_is_told_in_chinese_too() -> None:
    """Both look at the same terms: a new one in one language only is seen here."""
    looked = [
        {
            node.attr
            for node in ast.walk(ast.parse(inspect.getsource(sys.modules[told.__module__])))
            if isinstance(node, ast.Attribute) and node.attr in TERMS
        }
        for told in (read_back, read_back_zh)
    ]
    assert looked[0] == looked[1] and {"walk_away", "same_day", "doubts"} <= looked[0]


def test_names_are_not_given_twice() -> None:
    names = [game_of(path).name for path in FILES]
    assert len(names) == len(set(names))


def test_every_strategy_there_is_has_an_example() -> None:
    games = [game_of(path) for path in FILES]
    quoting = [one.quoting for one in games if one.quoting is not None]
    panels = [one.panel for one in games if one.panel is not None]

    assert {one.kind for one in games} == set(KINDS)
    assert any(one.lean.size for one in quoting)  # tiered quote with lean
    assert any(one.win is not None for one in quoting)  # one of several
    assert any(one.guard is not None for one in quoting)  # informed flow
    assert any(one.hedge is not None for one in games)  # hold or hedge
    assert any(one.terms is not None and one.package is None for one in games)  # the rate
    assert any(one.package is not None for one in games)  # the package
    assert any(one.rotate_least or one.at_least for one in panels)  # whom to ask
    assert any(one.leak.size and one.at_most > one.banks for one in panels)  # take it or ask on
