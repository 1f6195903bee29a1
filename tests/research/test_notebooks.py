"""The example notebooks, run from top to bottom: they say today what is shipped in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import RichOutput, capture_output

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
AGAIN = "run them again: build/research/bin/python benchmarks/notebooks.py --write"


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    """As a kernel has one, in this process, with a folder of temporary files of its own."""
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # A kernel publishes what a cell ends with; a shell at a terminal prints it.
    shell.display_trap.hook = lambda value: None if value is None else display(value)
    yield shell
    InteractiveShell.clear_instance()


def _shipped(name: str) -> list[dict[str, Any]]:
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _run(shell: InteractiveShell, name: str) -> dict[str, Any]:
    """Each cell; the names the notebook leaves."""
    for number, cell in enumerate(_shipped(name), 1):
        with capture_output() as said:
            done = shell.run_cell("".join(cell["source"]), store_history=False)
        done.raise_error()
        assert said.stderr == "", (name, number)
        told = _texts(cell["outputs"])
        assert (said.stdout, *_pictures(said.outputs)) == told, f"{name}, cell {number}; {AGAIN}"
    names: dict[str, Any] = shell.user_ns
    return names


def _texts(outputs: list[dict[str, Any]]) -> tuple[str, ...]:
    """What is compared of the outputs of a cell: text as it is, of a picture that it is there."""
    printed = "".join("".join(one["text"]) for one in outputs if one["output_type"] == "stream")
    shown = [one["data"] for one in outputs if "data" in one]
    return printed, *("".join(data.get("image/svg+xml", "png")) for data in shown)


def _pictures(outputs: list[RichOutput]) -> tuple[str, ...]:
    return tuple(one.data.get("image/svg+xml", "png") for one in outputs)


def test_a_rule_file_becomes_confirmed_winners(shell: InteractiveShell) -> None:
    names = _run(shell, "from-rules-to-a-winner")
    winners = names["report"].winners
    assert [found.vectorised.profit for found in winners] == [
        names["swept"].profits[point] for point in names["swept"].best[:3]
    ]
    for found in winners:
        assert found.confirmed and found.event_driven.deals > 20
        assert found.difference == found.event_driven.profit - found.vectorised.profit != 0.0


def test_the_study_tells_an_edge_from_a_random_walk(shell: InteractiveShell) -> None:
    names = _run(shell, "study-with-honest-statistics")
    drifting, walk = names["drifting"], names["walk"]
    assert drifting.deflated.probability > 0.95 and drifting.validated.mean > 0
    assert walk.deflated.probability < 0.5
    assert drifting.overfit.probability < walk.overfit.probability
