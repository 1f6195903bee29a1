"""What the registry says of one fact."""

from __future__ import annotations

import enum

import msgspec

from robot.deals.product import ProductKind
from robot.rules.types import Type

OUTRIGHT = (ProductKind.SPOT, ProductKind.FORWARD, ProductKind.NDF)
EXCHANGE = (*OUTRIGHT, ProductKind.SWAP)
LOANS = (ProductKind.DEPOSIT, ProductKind.REPO)
EVERY = (*EXCHANGE, *LOANS)
DATED = tuple(kind for kind in EVERY if kind is not ProductKind.SPOT)
"""Whose dates the request says."""


class Argument(enum.StrEnum):
    """What may stand in brackets after a fact: `bid[EUR/USD, ALPHA]`."""

    PAIR = "pair"
    VENUE = "venue"
    CURRENCY = "currency"
    TENOR = "tenor"
    WINDOW = "window"
    """1 min, 5 min or 15 min."""
    SPAN = "span"
    """1 h or 1 d."""
    HORIZON = "horizon"
    """10 s or 1 min."""
    INDEX = "reference rate"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that a rule may look at."""

    name: str
    """English, as the formatter writes it."""
    chinese: str
    also: tuple[str, ...] = ()
    """Other names that are read, in either language."""
    type: Type
    meaning: str
    meaning_zh: str
    arguments: tuple[Argument, ...] = ()
    """Each may be left out; what is meant then says the meaning."""
    required: tuple[Argument, ...] = ()
    """Those of them that may not be left out."""
    products: tuple[ProductKind, ...] = EVERY
    """For which requests it can be known."""
    request: bool = False
    """Whether it is of a request: a book that looks by the clock has none."""
