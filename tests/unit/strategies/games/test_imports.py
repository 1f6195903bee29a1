"""What decides is imported without scipy, which only solving and fitting need."""

from __future__ import annotations

import ast
from pathlib import Path

import strategies.games

FOLDER = Path(strategies.games.__file__).parent


def test_no_module_of_the_games_brings_scipy_when_it_is_imported() -> None:
    sources = sorted(FOLDER.rglob("*.py"))
    bringing = [
        path.name
        for path in sources
        for node in ast.parse(path.read_text("utf-8")).body
        if "scipy" in ast.unparse(node).split("\n")[0]
        and isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert sources and bringing == []
