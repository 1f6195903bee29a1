"""What a process that evaluates must have: the versions and the files that the study began with."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from backtest.honesty.splits import Stretch
from backtest.studies.settings import StudySettings
from robot.errors import ConfigurationError

PACKAGES = ("fxrobot", "numpy", "polars", "msgspec", "scipy")
"""Whose versions may change a figure."""


class Unlike(ConfigurationError):
    """A process does not have what the study was begun with: nothing it says counts."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is checked once in each process, before its first evaluation."""

    settings: str
    """Of the study, as JSON."""
    hashes: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]


def expected_of(settings: StudySettings, hashes: Mapping[str, str]) -> Expected:
    """Of this process."""
    said = settings.model_dump_json()
    return Expected(said, tuple(hashes.items()), versions(), tuple(sys.path))


def versions() -> tuple[tuple[str, str], ...]:
    """Python's and the packages'; `-` of one that is not installed."""
    found = [("Python", ".".join(platform.python_version_tuple()[:2]))]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "-"))
    return tuple(found)


@lru_cache(maxsize=16)
def check(expected: Expected) -> None:
    """Raises `Unlike` where this process has other versions or files, or does not see them."""
    look_in(expected.paths)
    mine = dict(versions())
    for name, wanted in expected.versions:
        if mine[name] != wanted:
            raise Unlike(f"has {name} {mine[name]}, the study runs with {wanted}")
    settings = StudySettings.model_validate_json(expected.settings)
    try:
        found = hashes_of(settings)
    except ConfigurationError as problem:
        text = "the files of the study must be there under the same paths"
        raise Unlike(f"{problem}; {text}") from problem
    for name, wanted in expected.hashes:
        if found.get(name) != wanted:
            text = f"{name} is another than where the study runs"
            raise Unlike(f"{text}: {str(found.get(name))[:12]}, not {wanted[:12]}")


def look_in(paths: Sequence[str]) -> None:
    """Modules are looked for there too."""
    sys.path += [path for path in paths if path not in sys.path]


def hashes_of(settings: StudySettings) -> dict[str, str]:
    """SHA-256 of what the objective is and reads, by its name."""
    objective = settings.objective
    found = {file.name: _hash(file) for file in objective.data}
    if objective.run is not None:
        from backtest.studies.running import hashes

        parts = settings.span.stretches()
        span = Stretch(parts[0].start_ns, parts[-1].until_ns)
        return {**found, **hashes(objective.run, span)}
    module = objective.function.partition(":")[0]
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"objective.function: there is no module {module!r}")
    return {**found, objective.function: _hash(Path(spec.origin))}


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
