"""Reading a game file: every key and value with its line, all problems at once.

A `Section` is one mapping of the file. What is taken from it is known; what is left over when it is
closed was not, and the nearest word that was is suggested.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from robot.errors import ConfigurationError
from robot.yamltext import Lines, Place, read_text

Read = TypeVar("Read")
Usual = TypeVar("Usual")


CHINESE = {
    "底价": "walk-away",
    "目标价": "aim",
    "开价": "open at",
    "让价节奏": "style",
    "节奏": "pace",
    "名称": "name",
    "种类": "kind",
    "产品": "product",
    "货币对": "pair",
    "币种": "currency",
    "方向": "side",
    "期限": "tenor",
    "金额": "amount",
    "点差": "margin",
    "坚定": "firm",
    "均匀": "even",
    "急让": "eager",
    "以牙还牙": "match their move",
    "跟随": "match their move",
    "探底": "find their limit",
}
"""What a Chinese trader may write -> the word of the file; docs/zh/games.md."""


class Problems:
    """What is wrong with a file so far."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file = file
        self._lines = lines
        self._found: list[tuple[int, str]] = []
        self._doubts: list[tuple[int, str]] = []

    def add(self, place: Place, text: str) -> None:
        """Something at that place of the file."""
        line, key = self._at(place)
        self._found.append((line, f"{self._file}:{line}: {key}: {text}"))

    def doubt(self, place: Place, text: str) -> None:
        """Something there that may be meant, and seldom is."""
        line, key = self._at(place)
        self._doubts.append((line, f"line {line}, {key}: {text}"))

    @property
    def doubts(self) -> tuple[str, ...]:
        """By line."""
        return tuple(text for _, text in sorted(self._doubts))

    def _at(self, place: Place) -> tuple[int, str]:
        known = place
        while known and known not in self._lines:
            known = known[:-1]
        return self._lines.get(known, 1), ".".join(str(part) for part in place)

    @property
    def count(self) -> int:
        """How many so far."""
        return len(self._found)

    def raise_if_any(self) -> None:
        """ConfigurationError with all of them, by line."""
        if self._found:
            raise ConfigurationError("\n".join(text for _, text in sorted(self._found)))


class Section:
    """One mapping of the file."""

    def __init__(
        self, data: Mapping[str, object], place: Place, problems: Problems, spoiled: str = ""
    ) -> None:
        self._data = data
        self._spoiled = spoiled
        """What stands there instead of `key: value` pairs."""
        self._place = place
        self._problems = problems
        self._known: list[str] = []
        self._before = problems.count

    @property
    def failed(self) -> bool:
        """Whether anything was wrong since this section was opened."""
        return self._problems.count > self._before

    def text(self, key: str) -> str:
        """A value that is one text; empty = it is none."""
        value = self._data.get(key)
        return value if isinstance(value, str) else ""

    def names(self) -> tuple[str, ...]:
        """Keys of a section whose keys are names."""
        return tuple(self._data)

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def has_section(self, key: str) -> bool:
        """Whether the value of a key is a mapping."""
        return isinstance(self._data.get(key), Mapping)

    def wrong(self, key: str, text: str) -> None:
        """The value of a key cannot be meant."""
        self._problems.add((*self._place, key) if key else self._place, text)

    def doubt(self, key: str, text: str) -> None:
        """The value of a key may be meant, and seldom is: told where the file is read back."""
        self._problems.doubt((*self._place, key) if key else self._place, text)

    def take(self, key: str, read: Callable[[str], Read], default: Usual) -> Read | Usual:
        """A value read from its words; ValueError of `read` is a problem of the file."""
        self._known.append(key)
        value = self._data.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong(key, f"one value is due, not {_kind(value)}")
            return default
        return self._read(key, value, read, default)

    def require(self, key: str, read: Callable[[str], Read], default: Read) -> Read:
        """The same where it must be there."""
        if key not in self:
            self._known.append(key)
            if not self._spoiled:
                self.wrong(key, "is missing")
            return default
        return self.take(key, read, default)

    def several(self, key: str, read: Callable[[str], Read]) -> tuple[Read, ...]:
        """One value or a list of them."""
        self._known.append(key)
        value = self._data.get(key)
        if value is None:
            return ()
        rows = [value] if isinstance(value, str) else value
        if not isinstance(rows, Sequence) or not all(isinstance(row, str) for row in rows):
            self.wrong(key, f"one value or a list is due, not {_kind(value)}")
            return ()
        found: list[Read] = []
        for row in rows:
            try:
                found.append(read(str(row).strip()))
            except ValueError as problem:
                self.wrong(key, f"{problem} (found {str(row)[:60]!r})")
        return tuple(found)

    def table(
        self, key: str, read_key: Callable[[str], Read], read: Callable[[str], object]
    ) -> dict[Read, object]:
        """A mapping whose keys are values, too."""
        self._known.append(key)
        value = self._data.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(key, f"`name: value` pairs are due, not {_kind(value)}")
            return {}
        found: dict[Read, object] = {}
        for name, text in value.items():
            try:
                if not isinstance(text, str):
                    raise ValueError(f"one value is due, not {_kind(text)}")
                found[read_key(str(name))] = read(text)
            except ValueError as problem:
                self._problems.add((*self._place, key, str(name)), str(problem))
        return found

    def named(self, key: str, read: Callable[[str], Read]) -> dict[str, Read]:
        """One value for all, under the empty name, or a value by name."""
        if isinstance(self._data.get(key), Mapping):
            part = self.section(key)
            found = {name: part.take(name, read, None) for name in part.names()}
            return {name: value for name, value in found.items() if value is not None}
        value = self.take(key, read, None)
        return {"": value} if value is not None else {}

    def section(self, key: str) -> Section:
        """A mapping below this one; empty where there is none."""
        self._known.append(key)
        value = self._data.get(key)
        spoiled = _kind(value) if value is not None and not isinstance(value, Mapping) else ""
        found = value if isinstance(value, Mapping) else {}
        return Section(found, (*self._place, key), self._problems, spoiled)

    def close(self) -> None:
        """What was not taken is not known."""
        if self._spoiled:
            known = ", ".join(dict.fromkeys(self._known))
            self.wrong("", f"`key: value` pairs are due, not {self._spoiled}; the keys: {known}")
        for key in self._data:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                near = near or [word for word in [CHINESE.get(key, "")] if word in self._known]
                hint = f"; did you mean '{near[0]}'?" if near else ""
                known = f"; known here: {', '.join(self._known)}" if not near else ""
                self.wrong(key, f"this key is not known{hint}{known}")

    def _read(
        self, key: str, text: str, read: Callable[[str], Read], default: Usual
    ) -> Read | Usual:
        try:
            return read(text.strip())
        except ValueError as problem:
            self.wrong(key, f"{problem} (found {text[:60]!r})")
            return default


def open_file(text: str, file: str) -> tuple[Section, Problems]:
    """The whole file as a section; ConfigurationError where it is no YAML mapping."""
    try:
        data, lines = read_text(text, file)
    except ConfigurationError as problem:
        raise ConfigurationError(f"{problem}{_why(text)}") from problem
    problems = Problems(file, lines)
    return Section(data, (), problems), problems


def _why(text: str) -> str:
    """What a trader may have done to a text that is no YAML."""
    if "：" in text:
        return " (a key ends with an ordinary colon and a space, not with a full-width one)"
    return (
        " (a colon and a space stand after a key only; keys of one section begin below each other)"
    )


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return "`key: value` pairs"
    if isinstance(value, str):
        return f"{value[:60]!r}"
    return "a list" if isinstance(value, list) else "nothing"
