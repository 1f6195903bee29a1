"""The words of the language as the lexer looks them up: the longest that fits wins."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from robot.basics.index import INDICES
from robot.basics.tenor import ALONE
from robot.rules.facts import FACTS
from robot.rules.grammar import TERMINALS
from robot.rules.types import Kind
from robot.rules.vocabulary import KEYWORDS, UNITS, VALUES, ZONES

Meaning = tuple[str, str]
"""Terminal and value."""

NOT_FACT = "NOT FACT"
"""No terminal: `market is not crossed` is read as `not` and the fact."""
TENOR_WORDS = frozenset(str(unit) for unit in ALONE)


class Words:
    """The English phrases that go on from the same first words."""

    __slots__ = ("meaning", "more")

    def __init__(self, meaning: Meaning | None, more: dict[str, Words]) -> None:
        self.meaning = meaning
        """Of these words alone; None = they begin phrases and are none."""
        self.more = more
        """By the next word."""


class Phrases:
    """English phrases word by word, Chinese ones by their first character; of these the lengths
    that there are, the longest first, so that looking up takes as many steps as these.
    """

    def __init__(self) -> None:
        self.english: dict[str, Words] = {}
        self.chinese: dict[str, list[tuple[int, dict[str, Meaning]]]] = {}
        self.signs: dict[str, Meaning] = {}

    def add(self, phrase: str, meaning: Meaning) -> None:
        """One more; a phrase that is there already keeps its meaning."""
        if is_han(phrase[0]):
            _of_length(self.chinese, phrase[0], len(phrase)).setdefault(phrase, meaning)
        elif phrase[0].isalpha():
            self._add_words(phrase.lower().split(), meaning)
        else:
            self.signs.setdefault(phrase, meaning)

    def with_names(self, names: list[str]) -> Phrases:
        """These and the names that a file declares."""
        if not names:
            return self
        more = Phrases()
        more.english = {word: _copy_of(words) for word, words in self.english.items()}
        more.chinese = {sign: _copied(rows) for sign, rows in self.chinese.items()}
        more.signs = self.signs
        for name in names:
            more.add(name, (TERMINALS["NAME"], name))
        return more

    def means(self, word: str) -> bool:
        """Whether an English word says something by itself."""
        found = self.english.get(word)
        return found is not None and found.meaning is not None

    def _add_words(self, words: list[str], meaning: Meaning) -> None:
        node = self.english.setdefault(words[0], Words(None, {}))
        for word in words[1:]:
            node = node.more.setdefault(word, Words(None, {}))
        node.meaning = node.meaning or meaning


def _of_length(
    phrases: dict[str, list[tuple[int, dict[str, Meaning]]]], first: str, length: int
) -> dict[str, Meaning]:
    """The phrases of that beginning and length."""
    rows = phrases.setdefault(first, [])
    for size, table in rows:
        if size == length:
            return table
    found: dict[str, Meaning] = {}
    rows.append((length, found))
    rows.sort(key=lambda row: -row[0])
    return found


def _copied(rows: list[tuple[int, dict[str, Meaning]]]) -> list[tuple[int, dict[str, Meaning]]]:
    return [(size, dict(table)) for size, table in rows]


def _copy_of(words: Words) -> Words:
    return Words(words.meaning, {word: _copy_of(more) for word, more in words.more.items()})


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    return "\u3400" <= character <= "\u9fff"


@functools.cache
def vocabulary() -> Phrases:
    """The phrases of the language; made once in a process."""
    phrases = Phrases()
    for phrase, meaning in _meanings():
        phrases.add(phrase, meaning)
    return phrases


def _meanings() -> Iterator[tuple[str, Meaning]]:
    for name, forms in KEYWORDS.items():
        for form in (*forms[0], *forms[1]):
            yield form, (TERMINALS[name], name)
    for fact in FACTS.values():
        for form in (fact.name, fact.chinese, *fact.also):
            yield form, (TERMINALS["FACT"], fact.name)
            if fact.type.kind is Kind.TRUTH and " is " in form:
                yield form.replace(" is ", " is not "), (NOT_FACT, fact.name)
    for index in INDICES:
        if not index.startswith("PARITY"):
            yield index, (TERMINALS["INDEX"], index)
    for zone, forms in ZONES.items():
        for form in (*forms[0], *forms[1]):
            if "/" not in form:
                yield form, (TERMINALS["ZONE"], zone)
    for values in VALUES.values():
        for value, forms in values.items():
            for form in (*forms[0], *forms[1]):
                if is_han(form[0]) or " " in form:
                    yield form, (TERMINALS["NAME"], form if is_han(form[0]) else value)


@functools.cache
def units() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Unit words in Latin letters and signs, and Chinese ones, the longest first."""
    latin: dict[str, str] = {}
    chinese: dict[str, str] = {}
    for unit, forms in UNITS.items():
        for form in (*forms[0], *forms[1]):
            (chinese if is_han(form[0]) else latin)[form] = unit
    return latin, tuple(sorted(chinese.items(), key=lambda row: -len(row[0])))
