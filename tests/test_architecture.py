"""The project's shape: one version, current locks, commands that can be loaded.

Who imports whom and the project's own lints are run by `make lint`, with which `make test` begins.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import pytest

import robot

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """pyproject.toml, read."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_installed_version_is_the_one_in_the_source() -> None:
    assert version("fxrobot") == robot.__version__


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert any(robot.__version__ in heading for heading in headings)


def test_the_installed_commands_are_the_declared_ones(pyproject: dict[str, Any]) -> None:
    declared = pyproject["project"]["entry-points"]["fxrobot.commands"]
    installed = {entry.name: entry.value for entry in entry_points(group="fxrobot.commands")}
    assert declared == installed


def test_every_declared_command_can_be_loaded() -> None:
    for entry in entry_points(group="fxrobot.commands"):
        assert entry.load() is not None, entry.value


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    for entry in locked_entries(lock):
        assert "--hash=sha256:" in entry, entry


def test_the_locks_hold_everything_that_is_declared(pyproject: dict[str, Any]) -> None:
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    runtime = names_of(
        [*project["dependencies"], *extras["backtest"], *extras["demo"], *extras["postgres"]]
    )
    groups = pyproject["dependency-groups"]
    assert runtime <= locked_names("run.lock")
    assert runtime - {"quickfix"} <= locked_names("dev.lock")
    assert names_of([*groups["dev"], *groups["build"]]) <= locked_names("dev.lock")
    assert names_of(groups["build"]) <= locked_names("build.lock")


def test_the_two_quickfix_never_stand_in_the_same_lock() -> None:
    assert not {"quickfix", "quickfix-tls"} & locked_names("dev.lock")
    assert locked_names("quickfix.lock") == {"quickfix"}
    assert locked_names("quickfix-tls.lock") == {"quickfix-tls"}


def locked_entries(lock: Path) -> list[str]:
    """Each package of a lock with its hashes, on one line."""
    return lock.read_text().replace("\\\n", " ").strip().splitlines()


def locked_names(name: str) -> set[str]:
    """The packages that a lock names."""
    return names_of(locked_entries(ROOT / "requirements" / name))


def names_of(requirements: list[str]) -> set[str]:
    """The names of distributions, as the index spells them."""
    names = (re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0] for text in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}
