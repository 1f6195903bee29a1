"""Do the example notebooks still run, and how long does each take?

    build/research/bin/python benchmarks/notebooks.py [--write] [NAME ...]

The interpreter is the one that `make research` makes. Each notebook of docs/notebooks
is run in a kernel of its own; an error in a cell ends the program. `--write` keeps the outputs, as
they are shipped, without what only this machine has.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import nbformat
from bench import machine
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "notebooks"
LOCAL = Config({"KernelManager": {"transport": "ipc"}})
"""Kernels are talked to by files of this machine, not by ports that everybody on it can reach."""


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the outputs")
    parser.add_argument("names", nargs="*", help="without .ipynb; all where none is named")
    options = parser.parse_args()
    paths = [FOLDER / f"{name}.ipynb" for name in options.names] or sorted(FOLDER.glob("*.ipynb"))
    seconds = {}
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        start = time.perf_counter()
        NotebookClient(notebook, timeout=600, kernel_name="python3", config=LOCAL).execute()
        seconds[path.stem] = round(time.perf_counter() - start, 1)
        if options.write:
            path.write_text(_text(_shipped(notebook)))
    print(json.dumps({"seconds": seconds, "clock": "wall", "machine": machine()}))


def _text(notebook: nbformat.NotebookNode) -> str:
    """As every writer of notebooks has it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _shipped(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without times, and without words of libraries on standard error."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            kept = [one for one in cell.outputs if one.get("name") != "stderr"]
            cell.outputs = kept
            cell.source = cell.source.split("\n")
            cell.source = [f"{line}\n" for line in cell.source[:-1]] + cell.source[-1:]
        else:
            lines = cell.source.split("\n")
            cell.source = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    return notebook


if __name__ == "__main__":
    main()
