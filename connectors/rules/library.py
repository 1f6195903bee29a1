"""The books that ship, to begin with: `strategies/rulebooks`, each with its scenarios."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from connectors.rules.files import RULES, SCENARIOS, read_book, read_text
from robot.errors import ConfigurationError
from robot.rules.format import format_book
from robot.rules.problems import nearest

FIRST = "first"
"""What `rules new` writes where nothing else is said."""
CHINESE_FIRST = "first-zh"


def library_folder() -> Path:
    """Where the books are, installed or in a checkout."""
    found = importlib.util.find_spec("strategies")
    assert found is not None and found.submodule_search_locations, "strategies ship with connectors"
    return Path(found.submodule_search_locations[0]) / "rulebooks"


def library() -> dict[str, Path]:
    """Name -> rule file."""
    return {path.stem: path for path in sorted(library_folder().glob(f"*{RULES}"))}


def write_new(name: str, source: str, folder: Path, language: str) -> tuple[Path, Path]:
    """A new book and its scenarios, from one of the library."""
    known = library()
    if source == FIRST and language == "zh":
        source = CHINESE_FIRST
    if source not in known:
        near = nearest(source, known)
        more = f"; did you mean {near}?" if near else ""
        raise ConfigurationError(f"no book {source!r} in the library: {', '.join(known)}{more}")
    if not name or name != Path(name).name or name.startswith("."):
        raise ConfigurationError(f"{name!r} is no name of a file: --folder says where it goes")
    stem = name.removesuffix(RULES)
    rules, scenarios = folder / f"{stem}{RULES}", folder / f"{stem}{SCENARIOS}"
    taken = [str(path) for path in (rules, scenarios) if path.exists()]
    if taken:
        raise ConfigurationError(f"{', '.join(taken)}: there already; nothing was written")
    file = read_book(known[source])
    text = file.text
    if language and language != file.language:
        text = format_book(file.good(), language)
    folder.mkdir(parents=True, exist_ok=True)
    rules.write_text(text, encoding="utf-8")
    renamed = _renamed(read_text(known[source].with_suffix(SCENARIOS)), source, stem)
    scenarios.write_text(renamed, encoding="utf-8")
    return rules, scenarios


def _renamed(text: str, source: str, stem: str) -> str:
    return text.replace(f'"{source}{RULES}"', f'"{stem}{RULES}"')
