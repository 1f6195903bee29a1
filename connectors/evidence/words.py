"""Values as people read them: foreign text made harmless, FIX with the names of its tags."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import msgspec

from robot.clock import format_time
from robot.errors import RobotError
from robot.package import fix_dictionary

SOH = "\x01"
TEXT_MAX = 2_000
_YEAR_NS = 31_536_000_000_000_000
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode categories that act on a screen instead of standing on it: control, bidi, surrogates."""
_FIELD = re.compile(r"""<field\s+number=['"](\d+)['"]\s+name=['"](\w+)['"]""")
_BETWEEN = re.compile(r"\|(?=\d{1,5}=|$)")
"""The journal has `|` where the message had SOH; within a value it is rarely before a tag."""
_SECRET_TAGS = ("554", "925", "96", "1402")
"""Passwords and raw data are not shown."""


def safe(value: object) -> str:
    """Text on one line in which nothing acts on the screen; what would is written as its code."""
    text = str(value)
    shown = "".join(_shown(sign) for sign in text[:TEXT_MAX])
    return shown if len(text) <= TEXT_MAX else f"{shown}… ({len(text)} characters)"


def _shown(sign: str) -> str:
    if sign.isascii() and sign.isprintable():
        return sign
    if unicodedata.category(sign) in _UNSAFE:
        return f"\\u{ord(sign):04x}"
    return sign


def fix_lines(raw: str) -> list[str]:
    """A FIX message field by field: `131 QuoteReqID = R1`."""
    names = tag_names()
    lines = []
    for part in raw.split(SOH) if SOH in raw else _BETWEEN.split(raw):
        if not part:
            continue
        tag, _, value = part.partition("=")
        name = names.get(tag, "")
        shown = "(not shown)" if tag in _SECRET_TAGS else safe(value)
        lines.append(f"{safe(tag)} {name} = {shown}" if name else f"{safe(tag)} = {shown}")
    return lines


@cache
def tag_names() -> dict[str, str]:
    """Names of the tags in the shipped dictionaries."""
    found: dict[str, str] = {}
    for name in ("FIX50SP2.xml", "FIX44.xml"):
        path = fix_dictionary(name)
        if path.exists():
            found.update(_FIELD.findall(path.read_text(encoding="utf-8")))
    return found


def plain(value: object) -> dict[str, object]:
    """A struct as JSON has it, with the name of its type."""
    return msgspec.json.decode(msgspec.json.encode(value), type=dict[str, object])


def fields_line(value: object, *without: str) -> str:
    """The fields of a struct that say something, on one line."""
    left_out = {"type", "origin", *without}
    parts = []
    for name, content in plain(value).items():
        if name not in left_out and content not in ("", None, [], {}):
            parts.append(_time(name, content) or f"{name}={_brief(content)}")
    return safe(", ".join(parts))


def _time(name: str, content: object) -> str:
    """Nanoseconds as a moment, or as a duration where they are few."""
    if not name.endswith("_ns") or not isinstance(content, int) or isinstance(content, bool):
        return ""
    named = name.removesuffix("_ns")
    if content > _YEAR_NS:
        return f"{named}={format_time(content)}"
    return f"{named}={content // 1_000_000} ms"


def _brief(content: object) -> str:
    if isinstance(content, str | int | float | bool):
        return str(content)
    return msgspec.json.encode(content).decode("utf-8", "replace")


def day_text(day: str) -> str:
    """A date as segments are named; empty stays empty."""
    if not day:
        return ""
    found = _DAY.fullmatch(day)
    if found is None:
        raise RobotError(f"{safe(day)!r} is no date; write 2026-11-22")
    return "".join(found.groups())
