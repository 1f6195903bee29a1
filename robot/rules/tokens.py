"""Tokens: what the lexer makes of characters, and the parser reads."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import msgspec

from robot.rules.places import Position


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """A number with its unit, as written: `unit` is a key of `vocabulary.UNITS`, or empty."""

    number: Decimal
    unit: str = ""
    currency: str = ""


class Token(msgspec.Struct, eq=False, gc=False):
    """One word, sign or value. What has no field is asked by Lark of every token.

    Not tracked by the garbage collector, like the tree: neither can hold a cycle, and going through
    all of them again and again took two fifths of loading a large book.
    """

    start_pos: ClassVar[None] = None
    end_pos: ClassVar[None] = None
    end_line: ClassVar[None] = None
    end_column: ClassVar[None] = None

    type: str
    """Terminal of the grammar."""
    value: str | Quantity
    line: int
    column: int
    width: int
    """Characters in the file."""

    @property
    def at(self) -> Position:
        """Where it begins."""
        return Position(self.line, self.column)
