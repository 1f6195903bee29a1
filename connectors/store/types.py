"""Column types that are exact on both databases: what goes in comes back, or is refused.

A decimal is stored as its digits (`1234567.80`), never as a binary or rounded number: SQLite has no
exact number type, and the same text on both databases is what makes their rows comparable.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TypeAlias

import msgspec
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

Json: TypeAlias = dict[str, str] | tuple[str, ...]

# Byte order on both databases: PostgreSQL would otherwise sort by the locale of its server.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


class ExactDecimal(TypeDecorator[Decimal]):
    """A `Decimal` as plain digits; every other type, NaN and infinity are refused."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """The digits, without an exponent."""
        if value is None:
            return None
        if type(value) is not Decimal or not value.is_finite():
            raise ValueError(f"not an exact, finite number: {value!r} ({type(value).__name__})")
        return format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """The number that was stored, with its trailing zeros."""
        return None if value is None else Decimal(value)


class PlainText(TypeDecorator[str]):
    """Text, also from outside: what a database cannot hold is stored as a visible escape."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text, with NUL and lone surrogates escaped."""
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as stored."""
        return value


class JsonText(TypeDecorator[Json]):
    """Names and texts as one JSON text: facts of a decision, its reasons, the halts in force."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> str | None:
        """Compact JSON; readable characters stay readable."""
        if value is None:
            return None
        try:
            return msgspec.json.encode(value).decode()
        except UnicodeEncodeError:  # a lone surrogate: JSON can say it, UTF-8 cannot
            return json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json | None:
        """Back to a dict or a tuple."""
        if value is None:
            return None
        decoded = json.loads(value)
        return decoded if isinstance(decoded, dict) else tuple(decoded)


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates as `\\x00` and `\\udc80`: no database takes those."""
    if text.isprintable():  # the common case, at the speed of C
        return text
    escaped = text.replace("\x00", "\\x00")
    return escaped.encode("utf-8", "backslashreplace").decode()
