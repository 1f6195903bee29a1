"""What needs vectorbt, in the environment that `make research` and `make test` make for it."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN_TIME = ("dev.lock", "run.lock")


@pytest.fixture(scope="module")
def research() -> ModuleType:
    """`.ci/research.py`; `.ci` is no package."""
    spec = importlib.util.spec_from_file_location("ci_research", ROOT / ".ci" / "research.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_portfolios_and_notebooks_hold_where_vectorbt_is(research: ModuleType) -> None:
    """One process for all of `tests/research`: vectorbt takes seconds to import."""
    if not research.is_ready():
        reason = f"vectorbt is not installed in build/research ({research.HOW})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [research.PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["--timeout", "600"]
    mine = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "tests/research"],
        cwd=ROOT,
        env=mine | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert "skipped" not in done.stdout


def test_vectorbt_is_locked_for_research_alone(research: ModuleType) -> None:
    assert "vectorbt" in _locked("research.lock")
    for name in RUN_TIME:
        assert {"vectorbt", "numba", "jupyterlab"} & _locked(name).keys() == set(), name


def test_research_runs_the_versions_that_the_robot_is_tested_with() -> None:
    ours, theirs = _locked("dev.lock"), _locked("research.lock")
    both = ours.keys() & theirs.keys()
    assert len(both) > 50
    # numba follows numpy with some months' delay: then, and only then, it may be an older one.
    assert {name for name in both if ours[name] != theirs[name]} <= {"numpy"}


def _locked(name: str) -> dict[str, set[str]]:
    """Package to versions: several where they differ by Python."""
    found: dict[str, set[str]] = {}
    text = (ROOT / "requirements" / name).read_text()
    for package, version in re.findall(r"^([\w.-]+)==([\w.!+-]+)", text, re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found
