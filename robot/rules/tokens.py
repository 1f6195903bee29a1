"""Tokens: what the lexer makes of characters, and the parser reads."""

from __future__ import annotations

from decimal import Decimal

from robot.rules.tree import Position


class Token:
    """One word, sign or value. The attributes below the slots are what Lark asks of a token."""

    __slots__ = ("column", "line", "type", "value", "width")

    start_pos = end_pos = end_line = end_column = None

    def __init__(
        self, type: str, value: str | Quantity, line: int, column: int, width: int
    ) -> None:
        self.type = type
        """Terminal of the grammar."""
        self.value = value
        self.line = line
        self.column = column
        self.width = width
        """Characters in the file."""

    @property
    def at(self) -> Position:
        """Where it begins."""
        return Position(self.line, self.column)

    def __repr__(self) -> str:
        return f"{self.type}({self.value!r})"


class Quantity:
    """A number with its unit, as written: `unit` is a key of `vocabulary.UNITS`, or empty."""

    __slots__ = ("currency", "number", "unit")

    def __init__(self, number: Decimal, unit: str = "", currency: str = "") -> None:
        self.number = number
        self.unit = unit
        self.currency = currency

    def __repr__(self) -> str:
        return " ".join(part for part in (self.currency, str(self.number), self.unit) if part)
