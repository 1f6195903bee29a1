"""`rules test`: the scenarios of rule books, from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from connectors.rules.conventions import Steps
from connectors.rules.files import (
    RULES,
    SCENARIOS,
    RuleError,
    chosen,
    read_book,
    read_text,
    with_values,
)
from connectors.rules.scenario_parse import book_path, read_scenarios
from connectors.rules.scenario_run import Played, play
from robot.errors import ConfigurationError
from robot.rules.tree import Book


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """The scenarios of one file and how they went."""

    file: str
    book: str
    language: str
    played: tuple[Played, ...]
    never_decided: tuple[str, ...]
    """Rules that decided in none of them."""

    @property
    def ok(self) -> bool:
        """Whether all went as expected."""
        return all(row.ok for row in self.played)


def scenario_files(paths: list[Path]) -> list[Path]:
    """The scenario files meant: of a rule file the one beside it, of a folder all in it."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob(f"*{SCENARIOS}"))
        elif path.suffix == RULES:
            found.append(path.with_suffix(SCENARIOS))
        else:
            found.append(path)
    if not found:
        raise ConfigurationError(f"{', '.join(map(str, paths))}: no *{SCENARIOS} file there")
    missing = [path for path in found if not path.is_file()]
    if missing:
        raise ConfigurationError(
            f"{missing[0]}: no such file; scenarios of a book stand beside it in NAME{SCENARIOS}"
        )
    return list(dict.fromkeys(found))


def play_file(
    path: Path, steps: Mapping[str, Steps], language: str = "", settings: Sequence[str] = ()
) -> Tested:
    """Plays the scenarios of a file; RuleError with every mistake in it or its book. `settings`:
    of parameters, as in `base margin = 0.5 pip`.
    """
    text = read_text(path)
    told = chosen(language, text)
    file = with_values(read_book(book_path(text, path), language), settings)
    book = file.good()
    found = read_scenarios(text, book, steps, told)
    if found.problems:
        shown = "\n".join(problem.shown(str(path)) for problem in found.problems)
        raise RuleError(f"{shown}\n{path}: no scenario was played: mend these first")
    played = tuple(play(scenario, told) for scenario in found.scenarios)
    return Tested(
        file=str(path),
        book=file.name,
        language=told,
        played=played,
        never_decided=_never(book, played),
    )


def _never(book: Book, played: tuple[Played, ...]) -> tuple[str, ...]:
    decided = {row.rule for row in played}
    return tuple(rule.name for rule in book.rules if rule.name not in decided)
