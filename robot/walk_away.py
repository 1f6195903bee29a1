"""The worst price for us in the words of whoever set it, and what they come to at a moment.

Part of the strategy contract: a game's program says it once, as `walk_away`. The core keeps it for
as long as an ask or a negotiation lasts and works it out itself for each price that leaves
(`robot.core.held_words`), whatever the program says of its walk-away later.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.product import ProductKind

_BASIS_POINT = Decimal("0.0001")
UNITS = ("bp", "pip")
_OF_MARKET = ("mid", "bid", "offer")


class WalkAway(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price that moves with the market or with a benchmark, kept on one side of a fixed one."""

    anchor: str = ""
    """`mid`, `bid`, `offer`, a benchmark's name, or empty = `fixed`."""
    fixed: Decimal = ZERO
    offset: Decimal = ZERO
    """Added to it."""
    unit: str = "bp"
    """Of the offset: hundredths of a percent of the price (of a loan of a percent), or `pip`."""
    to_favour: bool = False
    """Whether the offset is to our favour, so on an offer of ours up and on a bid of ours down."""
    never_below: Decimal | None = None
    never_above: Decimal | None = None

    def __str__(self) -> str:
        text = self.anchor or f"{self.fixed}"
        if self.offset:
            sign = "-" if self.offset < ZERO else "+"
            far = f"{abs(self.offset)} {self.unit}"
            text += f" {sign} {far} to our favour" if self.to_favour else f" {sign} {far}"
        if self.never_below is not None:
            text += f", never below {self.never_below}"
        return text + (f", never above {self.never_above}" if self.never_above is not None else "")


class Market(Protocol):
    """The market of what is dealt, in the terms of its price."""

    @property
    def bid(self) -> Decimal: ...
    @property
    def offer(self) -> Decimal: ...
    @property
    def mid(self) -> Decimal: ...
    @property
    def pip(self) -> Decimal: ...
    @property
    def spot(self) -> Decimal | None: ...


def words_problem(words: object) -> str:
    """What is wrong with words that foreign code gave; empty = nothing."""
    if not isinstance(words, WalkAway):
        return f"walk_away is a {type(words).__name__}, a WalkAway is due"
    texts: tuple[object, ...] = (words.anchor, words.unit)
    if not all(isinstance(one, str) for one in texts) or words.unit not in UNITS:
        return f"walk_away: anchor {words.anchor!r}, unit {words.unit!r}"
    numbers: tuple[object, ...] = (words.fixed, words.offset, words.never_below, words.never_above)
    for one in numbers:
        if one is not None and not (isinstance(one, Decimal) and one.is_finite()):
            return f"walk_away: {str(one)[:40]} is no number"
    return ""


def price_of_words(
    words: WalkAway,
    kind: ProductKind,
    better: int,
    market: Callable[[], Market | str],
    fixing: Callable[[str], Decimal | str],
) -> Decimal | str:
    """The worst price at this moment, not rounded; text = why nobody can say.

    `better`: +1 = a higher price is better for us. `market`: text = why there is none; asked for
    only where the words need it.
    """
    price: Decimal | str = words.fixed
    of_market = words.anchor in _OF_MARKET
    now = market() if of_market or words.offset else ""
    if words.anchor and not of_market:
        price = fixing(words.anchor)
    if isinstance(price, str):
        return price
    if of_market or words.offset:
        if isinstance(now, str):
            return now
        base = {"mid": now.mid, "bid": now.bid, "offer": now.offer}.get(words.anchor, price)
        towards = better if words.to_favour else 1
        price = base + towards * words.offset * _unit(words, kind, now)
    if words.never_below is not None:
        price = max(price, words.never_below)
    return min(price, words.never_above) if words.never_above is not None else price


def _unit(words: WalkAway, kind: ProductKind, market: Market) -> Decimal:
    """What an offset of 1 is: of loans, and in pips, the market's pip; else a basis point of the
    middle (of a swap of the spot rate it stands on).
    """
    if words.unit == "pip" or kind.is_loan:
        return market.pip
    around = market.spot if kind is ProductKind.SWAP and market.spot is not None else market.mid
    return abs(around) * _BASIS_POINT
