"""Facts for rule books: rows of random values, among them the very ones a book compares with."""

from __future__ import annotations

import random

from robot.rules.facts import type_of
from robot.rules.oracle import Row, parts_of
from robot.rules.tree import Book, Literal
from robot.rules.types import SCALE, VALUE_END, Kind, Value
from robot.rules.vocabulary import VALUES

_LARGEST = 10**15
_BOUNDS = tuple(
    sign * number for number in (2**62 - 1, 2**62, 2**63, VALUE_END - 1) for sign in (1, -1)
)
_NOW = 1_790_000_000_000
_MONTH_MS = 30 * 86_400_000


class Facts:
    """Makes rows for one book."""

    def __init__(self, book: Book, chance: random.Random, missing: float = 0.1) -> None:
        self._chance = chance
        self._missing = missing
        self._kinds = [type_of(key).kind for key in book.slots]
        self._said: dict[Kind, list[Value]] = {}
        for node in (*book.rules, book.otherwise):
            for inner in (node.when, node.action):
                for part in parts_of(inner) if inner is not None else ():
                    if isinstance(part, Literal):
                        self._said.setdefault(part.type.kind, []).append(part.value)
        for table in book.tables:
            for axis in table.axes:
                self._said.setdefault(axis.type.kind, []).extend(axis.labels)

    def row(self) -> Row:
        """One request."""
        return tuple(self._value(kind) for kind in self._kinds)

    def _value(self, kind: Kind) -> Value:
        chance = self._chance
        if chance.random() < self._missing:
            return None
        said = self._said.get(kind)
        if said and chance.random() < 0.6:
            value = chance.choice(said)
            if isinstance(value, int) and not isinstance(value, bool):
                value += chance.choice((-1, 0, 0, 1))
            return value
        return self._any(kind)

    def _any(self, kind: Kind) -> Value:
        chance = self._chance
        if kind is Kind.TRUTH:
            return chance.random() < 0.5
        if kind is Kind.INSTANT:
            return _NOW + chance.randrange(_MONTH_MS)
        if kind not in SCALE:
            return chance.choice([*VALUES.get(kind, {}), "gold", "EUR/USD", "BANKA"])
        size = 10 ** chance.randrange(1, 16)
        if chance.random() < 0.05:
            return chance.choice(_BOUNDS)
        return chance.choice((0, 1, -1, SCALE[kind], chance.randint(-size, size), _LARGEST))
