"""The example notebooks: shipped as they were run. `tests/research` runs them, with vectorbt."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
BYTES_MAX = 60_000


def _code(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_shipped_as_it_was_run_from_top_to_bottom(path: Path) -> None:
    cells = _code(path)
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert "error" not in {output["output_type"] for output in outputs}
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert kinds & {"image/png", "image/svg+xml"}, "a picture"
    assert path.stat().st_size < BYTES_MAX


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_a_notebook_imports_of_the_project_is_there(path: Path) -> None:
    found = 0
    for cell in _code(path):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("backtest.", "robot.")
            )
            if ours and isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert [one.name for one in node.names if not hasattr(module, one.name)] == []
                found += 1
    assert found > 2
