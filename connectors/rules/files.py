"""Rule books as files: read once, with the language that their words are in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from robot.errors import ConfigurationError
from robot.machine_zones import clocked
from robot.rules.check import FILE_MAX, load
from robot.rules.format import format_book
from robot.rules.parameters import with_parameters
from robot.rules.problems import Problem
from robot.rules.tree import Book
from robot.rules.vocabulary import CHINESE, KEYWORDS, LANGUAGES

RULES, SCENARIOS = ".rules", ".scenarios"
_WORDS = tuple(form for forms in KEYWORDS.values() for form in forms[CHINESE] if form > "\u3400")
_STARTS = (*_WORDS, "情景", "背景", "假设")
_ENGLISH_STARTS = {
    "book",
    "for",
    "parameter",
    "table",
    "schedule",
    "rule",
    "scenario",
    "background",
}
_BYTES_MAX = 4 * FILE_MAX


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what it holds: a book, or what is wrong with it."""

    path: Path
    text: str
    language: str
    book: Book | None
    problems: tuple[Problem, ...] = ()
    parameters: tuple[tuple[str, int], ...] = ()
    """Values that were set in place of those in the text."""

    @property
    def name(self) -> str:
        """The file as it was named, for messages."""
        return str(self.path)

    def good(self) -> Book:
        """The book; RuleError with every problem where it does not load."""
        if self.book is None:
            shown = "\n".join(problem.shown(self.name) for problem in self.problems)
            raise RuleError(f"{shown}\n{self.name}: not a rule book yet: mend these first")
        return self.book


class RuleError(ConfigurationError):
    """A book or scenario file that does not load; its text is everything that is wrong."""


def read_text(path: Path) -> str:
    """The text of a file; ConfigurationError where it cannot be read as one."""
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise ConfigurationError(f"{path}: over {_BYTES_MAX} bytes: no file of rules")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        text = f"{path}: not UTF-8 text (byte {problem.start}): save it as UTF-8 in the editor"
        raise ConfigurationError(text) from problem
    except OSError as problem:
        reason = problem.strerror or problem
        raise ConfigurationError(f"{path}: cannot be read: {reason}") from problem


def read_book(path: Path, language: str = "") -> RuleFile:
    """The book of a file; `language` of the messages, else the file's own."""
    return book_of(read_text(path), path, language)


def book_of(text: str, path: Path, language: str = "") -> RuleFile:
    """The book of a text that is, or is to be, in that file."""
    told = chosen(language, text)
    found = load(text, str(path), told)
    if isinstance(found, Book):
        return RuleFile(path=path, text=text, language=told, book=clocked(found))
    return RuleFile(path=path, text=text, language=told, book=None, problems=tuple(found))


def formatted(file: RuleFile) -> str:
    """The book the one way it is written. What would be read otherwise than the file is, through a
    fault of the formatter, is refused: a trader's file is never replaced by a broken one.
    """
    text = format_book(file.good(), file.language)
    again = load(text, file.name)
    if not isinstance(again, Book) or format_book(again, file.language) != text:
        what = "" if isinstance(again, Book) else f"\n{again[0].shown('as formatted')}"
        raise ConfigurationError(
            f"{file.name}: cannot be written so that it is read as it stands; nothing was changed:"
            f" report it, with the file{what}"
        )
    return text


def is_book(file: RuleFile, name: str, text: str) -> bool:
    """Whether a book on the record (`name` as a desk named its file) is the one of this file: by
    the file's name, or, where a trader works on a copy, by the book's.
    """
    if name.rpartition("/")[2] == file.path.name:
        return True
    return file.book is not None and _title(text) == file.book.name


@lru_cache(maxsize=64)
def _title(text: str) -> str | None:
    found = load(text, "a book of the day")
    return found.name if isinstance(found, Book) else None


def with_values(file: RuleFile, settings: Sequence[str]) -> RuleFile:
    """The file's book with parameters set as in `base margin = 0.5 pip`."""
    if not settings:
        return file
    values: dict[str, str] = {}
    for said in settings:
        name, equals, value = said.partition("=")
        if not equals or not name.strip() or name.strip() in values:
            raise ConfigurationError(f"--set {said!r}: write each once, as 'NAME = VALUE'")
        values[name.strip()] = value.strip()
    found = with_parameters(file.good(), values, file.language)
    if not isinstance(found, Book):
        raise RuleError("\n".join(problem.shown(file.name) for problem in found))
    whole = tuple((one.name, one.value) for one in found.parameters if one.name in values)
    return msgspec.structs.replace(file, book=found, parameters=whole)


def chosen(language: str, text: str) -> str:
    """The language that was asked for, or the text's own."""
    if language and language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ConfigurationError(f"--language {language}: there are {known}")
    return language or language_of(text)


def language_of(text: str) -> str:
    """That of the first line that begins with a word of the language, else `en`."""
    for line in text.split("\n"):
        if line.lstrip().startswith(_STARTS):
            return "zh"
        if line.lstrip().partition(" ")[0].lower() in _ENGLISH_STARTS:
            break
    return "en"
