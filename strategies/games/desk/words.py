"""Market words of game files: amounts, distances, times, and levels like `DR007 - 3 bp`.

Every reader takes the words and returns exact values; ValueError says what is due.
"""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from typing import NamedTuple

from robot.basics.index import INDICES, fixing_index
from robot.basics.numbers import ZERO, parse_decimal
from robot.errors import RobotError

_NUMBER = r"[+-]?\d{1,15}(?:\.\d{1,12})?"
_AMOUNT = re.compile(rf"({_NUMBER})\s*(k|m|mn|mio|bn|亿|万|百万)?", re.IGNORECASE)
_TIMES = {
    "": 1, "k": 1_000, "万": 10_000, "m": 1_000_000, "mn": 1_000_000, "mio": 1_000_000,
    "百万": 1_000_000, "亿": 100_000_000, "bn": 1_000_000_000,
}  # fmt: skip
_LEAST_AMOUNT = 1_000
"""No deal is smaller: a unit was left out."""
_TO = re.compile(r"\s+to\s+|(?<=[\d\w%])\s*[-–~至]\s*(?=\d)")
_DISTANCE = re.compile(rf"({_NUMBER})\s*(bp|pip|pips|个?基点)", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9})\s*(ms|s|min|h|毫秒|秒|分钟?|小时)", re.IGNORECASE)
_MS = {
    "ms": 1, "毫秒": 1, "s": 1_000, "秒": 1_000, "min": 60_000, "分": 60_000, "分钟": 60_000,
    "h": 3_600_000, "小时": 3_600_000,
}  # fmt: skip
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LEVEL = re.compile(
    r"(?P<anchor>[A-Za-z][A-Za-z0-9./-]*?|[+-]?\d[\d.]*\s*%?)"
    r"(?:\s*(?P<sign>[+-])\s*(?P<far>\d[\d.]*\s*(?:bp|pips?|个?基点)))?"
    r"(?:\s*,\s*never\s+(?P<bound>below|above)\s+(?P<limit>[+-]?\d[\d.]*)\s*%?)?"
)
MARKET = ("mid", "bid", "offer")
FAVOUR = "favour"
"""Anchor of a level that is a distance from the middle to our favour."""


class Distance(NamedTuple):
    """How far, in basis points of the price (of a loan hundredths of a percent), or in pips."""

    size: Decimal
    unit: str
    """`bp` or `pip`."""

    def __str__(self) -> str:
        return f"{self.size} {self.unit}"


class Level(NamedTuple):
    """A price that moves with the market or with a benchmark, kept on one side of a fixed one."""

    anchor: str
    """`mid`, `bid`, `offer`, a benchmark's name, `FAVOUR`, or empty = `fixed`."""
    fixed: Decimal = ZERO
    offset: Distance = Distance(ZERO, "bp")
    never_below: Decimal | None = None
    never_above: Decimal | None = None

    def __str__(self) -> str:
        if self.anchor == FAVOUR:
            return f"{self.offset} better than mid"
        text = self.anchor or str(self.fixed)
        if self.offset.size:
            sign = "+" if self.offset.size > ZERO else "-"
            text += f" {sign} {abs(self.offset.size)} {self.offset.unit}"
        if self.never_below is not None:
            text += f", never below {self.never_below}"
        return text + (f", never above {self.never_above}" if self.never_above is not None else "")


class Span(NamedTuple):
    """From - to, both included."""

    least: Decimal
    most: Decimal


def number(text: str) -> Decimal:
    """`0.13`."""
    return parse_decimal(text)


def percent(text: str) -> Decimal:
    """`25 %` -> 25."""
    found = re.fullmatch(rf"({_NUMBER})\s*%", text)
    if found is None:
        raise ValueError("write it as: 25 %")
    return Decimal(found[1])


def share(text: str) -> Decimal:
    """`25 %` -> 0.25; between 0 and 100 %."""
    found = percent(text) / 100
    if not ZERO <= found <= 1:
        raise ValueError("a share is between 0 % and 100 %")
    return found


def shares(text: str) -> Span:
    """`25 % to 45 %`, `25-45 %`."""
    first, last = _ends(text)
    if not last or not last.endswith("%"):
        raise ValueError("write it as: 25 % to 45 %")
    span = Span(share(first if first.endswith("%") else f"{first} %"), share(last))
    if not span.least < span.most:
        raise ValueError(f"{first} is not less than {last}")
    return span


def amount(text: str) -> Decimal:
    """`50m`, `50 mn`, `500k`, `5000000`; at least a thousand."""
    found = _AMOUNT.fullmatch(text)
    if found is None or not Decimal(found[1]) > ZERO:
        raise ValueError("write an amount as: 50m, 500k, 1.5bn or 50000000")
    value = Decimal(found[1]) * _TIMES[(found[2] or "").lower()]
    if value < _LEAST_AMOUNT:
        raise ValueError(f"no deal is as small as {text}: fifty million is written 50m")
    return value


def amounts(text: str) -> Span:
    """`50m to 500m`, `50-500 mn`, `up to 500m`, or one amount."""
    if text.startswith("up to "):
        return Span(ZERO, amount(text[6:]))
    currency = re.search(r"[\w]\s+([A-Z]{3})$", text)
    if currency is not None:
        raise ValueError(f"the currency has a key of its own: write currency: {currency[1]}")
    first, last = _ends(text)
    unit = _AMOUNT.fullmatch(last)
    if unit is not None and unit[2] and re.fullmatch(_NUMBER, first):
        first += unit[2]  # 50-500 mn: the unit is of both
    least = amount(first)
    most = amount(last) if last else least
    if not least <= most:
        raise ValueError(f"{first} is more than {last}")
    return Span(least, most)


def _ends(text: str) -> tuple[str, str]:
    """Of a range in words; the second is empty where there is one value."""
    parts = _TO.split(text, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def distance(text: str) -> Distance:
    """`0.5 bp`, `2 pips`; its sign as written."""
    found = _DISTANCE.fullmatch(text)
    if found is None and re.fullmatch(_NUMBER, text):
        raise ValueError(f"the unit is missing: write {text} bp, or {text} pip")
    if found is None and (part := re.fullmatch(rf"({_NUMBER})\s*%", text)) is not None:
        raise ValueError(
            f"a distance is in bp or pips: {text} would be {100 * Decimal(part[1])} bp"
        )
    if found is None:
        raise ValueError("write a distance as: 0.5 bp, or 2 pips")
    unit = "pip" if found[2].lower().startswith("pip") else "bp"
    return Distance(Decimal(found[1]), unit)


def step(text: str) -> Distance:
    """A distance above 0."""
    found = distance(text)
    if not found.size > ZERO:
        raise ValueError("a distance above 0 is due")
    return found


def margin(text: str) -> Distance:
    """A distance that is not below 0."""
    found = distance(text)
    if found.size < ZERO:
        raise ValueError("a margin is not below 0")
    return found


def duration(text: str) -> int:
    """`90 s`, `500 ms`, `30 min` -> milliseconds, above 0."""
    found = _DURATION.fullmatch(text)
    if found is None and re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"the unit is missing: write {text} s, or {text} min")
    if found is None or int(found[1]) == 0:
        raise ValueError("write a time span as: 90 s, 500 ms or 30 min")
    return int(found[1]) * _MS[found[2].lower()]


def clock(text: str) -> int:
    """`16:20` -> seconds after midnight."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError("write a time of day as: 16:20, and nothing else with it")
    return int(found[1]) * 3_600 + int(found[2]) * 60


def count(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000):
        raise ValueError("a whole number above 0 is due")
    return int(text)


def yes(text: str) -> bool:
    """`yes` or `no`."""
    if text.lower() not in ("yes", "no", "true", "false"):
        raise ValueError("yes or no is due")
    return text.lower() in ("yes", "true")


def level(text: str) -> Level:
    """`DR007 - 3 bp, never below 1.62 %`, `mid + 1 pip`, `1.85 %`."""
    if _DISTANCE.fullmatch(text):
        return Level(FAVOUR, offset=distance(text))
    found = _LEVEL.fullmatch(text)
    if found is None and re.search(r"\d,\d", text):
        raise ValueError("decimals have a point: 1.95, not 1,95")
    if found is None and (part := re.search(r"[+-]\s*(\d[\d.]*\s*%)", text)) is not None:
        distance(part[1])
    if found is None:
        raise ValueError("write a level as: mid + 2 bp, DR007 - 3 bp, never below 1.62 %, or 1.85")
    anchor, fixed = found["anchor"], ZERO
    if anchor[0].isalpha():
        anchor = _known_anchor(anchor)
    else:
        anchor, fixed = "", parse_decimal(anchor.rstrip("% "))
    offset = Distance(ZERO, "bp")
    if found["far"]:
        far = distance(found["far"])
        offset = far._replace(size=-far.size if found["sign"] == "-" else far.size)
    bound = parse_decimal(found["limit"]) if found["limit"] else None
    below = bound if found["bound"] == "below" else None
    above = bound if found["bound"] == "above" else None
    return Level(anchor, fixed, offset, below, above)


def _known_anchor(name: str) -> str:
    if name.lower() in MARKET:
        return name.lower()
    try:
        return fixing_index(name).name
    except RobotError as problem:
        near = difflib.get_close_matches(name.upper(), INDICES, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{name!r} is neither mid, bid, offer nor a benchmark{hint}") from problem
