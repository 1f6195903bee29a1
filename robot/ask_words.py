"""What a dealer wants in words -> a product: `buy 5 mio EUR/USD spot`, `lend 100m CNY repo 1W`.

Side, amount, the dealt currency where it is not the base, pair or currency, product, dates. What
cannot be read is refused with what was expected; nothing is guessed but the product: a pair without
a date is spot, with one a forward; a currency alone is a deposit.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from robot.basics.numbers import parse_decimal
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.errors import RobotError

_SIDES: dict[str, Side] = {"buy": BUY, "sell": SELL, "borrow": BUY, "lend": SELL}
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "mio": 10**6, "million": 10**6, "bn": 10**9}
_PRODUCTS = {
    "spot": ProductKind.SPOT,
    "forward": ProductKind.FORWARD,
    "fwd": ProductKind.FORWARD,
    "outright": ProductKind.FORWARD,
    "swap": ProductKind.SWAP,
    "ndf": ProductKind.NDF,
    "deposit": ProductKind.DEPOSIT,
    "depo": ProductKind.DEPOSIT,
    "repo": ProductKind.REPO,
}
_AMOUNT = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)([a-z]*)", re.ASCII)
_PAIR = re.compile(r"[A-Z]{3}/[A-Z]{3}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_words(text: str) -> dict[str, Any]:
    """The product fields of an `AskWanted`."""
    words = text.split()
    if len(words) < 3 or words[0].lower() not in _SIDES:
        raise _unread(text, "it begins with buy, sell, borrow or lend and an amount")
    side, words = words[0].lower(), words[1:]
    amount, words = _amount(text, words)
    said: dict[str, Any] = {"side": _SIDES[side], "amount": amount}
    if len(words) > 1 and _CURRENCY.fullmatch(words[0]) and _PAIR.fullmatch(words[1]):
        said["currency"], words = words[0], words[1:]
    if not words or not (_PAIR.fullmatch(words[0]) or _CURRENCY.fullmatch(words[0])):
        raise _unread(text, "after the amount stands a pair, EUR/USD, or a currency, CNY")
    said["pair"], words = words[0], words[1:]
    is_loan = "/" not in said["pair"]
    if (side in ("borrow", "lend")) is not is_loan:
        raise _unread(text, "pairs are bought and sold, money is borrowed and lent")
    kind = ProductKind.DEPOSIT if is_loan else None
    if words and words[0].lower() in _PRODUCTS:
        kind, words = _PRODUCTS[words[0].lower()], words[1:]
    if kind is None:
        kind = ProductKind.FORWARD if words else ProductKind.SPOT
    if kind.is_loan is not is_loan:
        raise _unread(text, f"a {kind} is not dealt in {said['pair']}")
    return said | {"product": str(kind)} | _dates(text, kind, words)


def _amount(text: str, words: list[str]) -> tuple[Decimal, list[str]]:
    found = _AMOUNT.fullmatch(words[0].lower())
    unit, rest = (found[2] if found else "?"), words[1:]
    if found and not unit and rest and rest[0].lower() in _UNITS:
        unit, rest = rest[0].lower(), rest[1:]
    if found is None or unit not in _UNITS:
        raise _unread(text, f"{words[0]!r} is no amount such as 5m, 5 mio, 500k or 5,000,000")
    return parse_decimal(found[1].replace(",", "")) * _UNITS[unit], rest


def _dates(text: str, kind: ProductKind, words: list[str]) -> dict[str, Any]:
    most = {ProductKind.SPOT: 0, ProductKind.SWAP: 2}.get(kind, 1)
    least = 0 if kind is ProductKind.SPOT else 1
    if not least <= len(words) <= most:
        wanted = {0: "no date", 1: "one date", 2: "one date, or near and far"}[most]
        raise _unread(text, f"a {kind} has {wanted}, as a tenor (3M) or as 2026-04-09")
    far_only = kind.is_loan or (kind is ProductKind.SWAP and len(words) == 1)
    if far_only:
        return _when(text, "far_tenor", "far_value_date", words[0])
    said: dict[str, Any] = {}
    for names, word in zip(
        (("tenor", "value_date"), ("far_tenor", "far_value_date")), words, strict=False
    ):
        said |= _when(text, *names, word)
    return said


def _when(text: str, tenor: str, day: str, word: str) -> dict[str, Any]:
    if not _DATE.fullmatch(word):
        return {tenor: word.upper()}
    try:
        return {day: date.fromisoformat(word)}
    except ValueError:
        raise _unread(text, f"there is no day {word}") from None


def _unread(text: str, problem: str) -> RobotError:
    return RobotError(f"cannot read {text!r}: {problem}; e.g. 'buy 5 mio EUR/USD spot'")
