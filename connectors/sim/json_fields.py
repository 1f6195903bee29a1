"""Reading fields of a JSON object strictly: what is not exactly as expected raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Holder: TypeAlias = Mapping[str, object]

_DECIMAL = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,50})?", re.ASCII)
"""The rate of an outright repo follows from its prices and is not rounded."""


def child(holder: Holder, name: str) -> Holder:
    """An object in the object."""
    value = holder[name]
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def children(holder: Holder, name: str) -> list[Holder]:
    """A list of objects."""
    value = holder[name]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{name} is not a list of objects")
    return value


def text(holder: Holder, name: str) -> str:
    """A text that is not empty."""
    value = holder[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    # Escapes may have smuggled in half a surrogate pair, which no database takes.
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def decimal(holder: Holder, name: str) -> Decimal:
    """A number in a text."""
    found = text(holder, name)
    if not _DECIMAL.fullmatch(found):
        raise ValueError(f"{name} {found[:40]!r} is not a decimal string")
    return Decimal(found)


def day(holder: Holder, name: str) -> date:
    """A date as YYYY-MM-DD."""
    found = text(holder, name)
    parsed = date.fromisoformat(found)
    if parsed.isoformat() != found:
        raise ValueError(f"{name} {found[:40]!r} is not written YYYY-MM-DD")
    return parsed
