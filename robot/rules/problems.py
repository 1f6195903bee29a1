"""What is wrong with a file: where, the line, what was expected and what may have been meant.

Texts are in `problem_texts.py`, English and Chinese side by side.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

import msgspec

from robot.rules.problem_texts import TEXTS
from robot.rules.vocabulary import LANGUAGES

PROBLEMS_MAX = 20
"""So many are told of one file; the first are the ones to mend first."""
LINE_MAX = 100
"""Characters of the line that are shown."""


SHORT_MAX = 3
"""Up to so many characters half of a word right is near enough."""


HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control, bidirectional and invisible characters, and lone surrogates."""


class Said(msgspec.Struct, frozen=True):
    """A piece of a message in both languages."""

    english: str
    chinese: str

    def __str__(self) -> str:
        return self.english


WRITTEN = Said("", "")
"""Stands for what is written at the place."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. Line and column from 1."""

    line: int
    column: int
    width: int
    """Characters that are marked."""
    code: str
    """Key of `problem_texts.TEXTS`."""
    text: str
    """In the language that was asked for, the suggestion with it."""
    source: str = ""
    """The line as written, with a sign for each hidden character."""

    def shown(self, file: str) -> str:
        """file:line:column, the message, the line and a mark under the place."""
        head = f"{file}:{self.line}:{self.column}: {self.text}"
        if not self.source:
            return head
        start = max(0, self.column - 1 - LINE_MAX // 2) if len(self.source) > LINE_MAX else 0
        piece = self.source[start : start + LINE_MAX]
        place = self.column - 1 - start
        marked = piece[place : place + self.width]
        marks = "^" * max(1, len(blank(marked)))
        return f"{head}\n    {piece}\n    {blank(piece[:place])}{marks}"


def blank(text: str) -> str:
    """As wide as `text` on a terminal: Chinese characters are two wide, tabs stay."""
    wide = unicodedata.east_asian_width
    return "".join(c if c == "\t" else "  " if wide(c) in "WF" else " " for c in text)


def message(code: str, language: str, said: dict[str, object]) -> str:
    """The text of a problem."""
    which = LANGUAGES[language]
    parts = {
        name: (part.english, part.chinese)[which] if isinstance(part, Said) else str(part)
        for name, part in said.items()
    }
    return TEXTS[code][which].format(**parts)


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant; empty where nothing is near, or, of a short word, several are."""
    folded = {name.lower(): name for name in known}
    wanted = word.lower()[:60]
    if len(wanted) > SHORT_MAX:
        found = difflib.get_close_matches(wanted, list(folded), n=1)
        return folded[found[0]] if found else ""
    found = difflib.get_close_matches(wanted, list(folded), n=2, cutoff=1 / 2)
    return folded[found[0]] if len(found) == 1 else ""
