"""What others show a client who asks us too: the best of their prices, and in which terms our
distance to it is counted.

Rivals of a run are drawn around the middle of the market, anew for each request, from the seed and
the request alone: so they are the same whatever we quote and whenever we do.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

import msgspec

from robot.deals.product import ProductKind, known_kind
from robot.messages.effects import SendQuote

_BASIS_POINT = Decimal("0.0001")
_EXACT = Decimal("1E-9")
_OWN_PIPS = (ProductKind.SWAP, ProductKind.DEPOSIT, ProductKind.REPO)
"""Products whose price may be zero: a share of it says nothing."""


class RivalTop(msgspec.Struct, frozen=True):
    """What the others show: how many they are, and the best of their prices on each side, in the
    terms of ours; None = nobody shows that side.
    """

    count: int
    bid: Decimal | None
    offer: Decimal | None


class Drawn(msgspec.Struct, frozen=True):
    """Rivals of one request: how far the best one is from the middle on each side, in the
    product's own terms, positive in its favour.
    """

    count: int
    bid: float
    offer: float


Draw = Callable[[str, Random], Drawn | None]
"""Of a product; None = nobody else is asked."""


class Rivals:
    """Draws them."""

    def __init__(self, seed: int, draw: Draw) -> None:
        self._seed, self._draw = seed, draw

    def top(
        self, quote: SendQuote, middle: Decimal | None, unit: Decimal | None
    ) -> RivalTop | None:
        """What the client of a quote of ours hears from others; None where there is no middle."""
        if middle is None or unit is None:
            return None
        chance = Random(f"{self._seed}/rivals/{quote.venue}/{quote.request_id}")
        found = self._draw(str(quote.product), chance)
        if found is None:
            return None
        return RivalTop(
            found.count,
            (middle - Decimal.from_float(found.bid) * unit).quantize(_EXACT),
            (middle + Decimal.from_float(found.offer) * unit).quantize(_EXACT),
        )


def usual(count: int, margin: float, deviation: float) -> Draw:
    """So many, each at a margin that is normal around the same one: the best of each side."""

    def draw(product: str, chance: Random) -> Drawn | None:
        if not count:
            return None
        sides = [[chance.gauss(margin, deviation) for _ in range(count)] for _ in range(2)]
        return Drawn(count, min(sides[0]), min(sides[1]))

    return draw


def in_own_pips(product: str) -> bool:
    """Whether distances of a product are counted in its pips, else in basis points of the middle.
    A pip of a swap is one of its points, of a loan 0.01 percent a year.
    """
    return known_kind(product) in _OWN_PIPS


def unit_of(product: str, middle: Decimal | None, pip: Decimal | None) -> Decimal | None:
    """What a distance of one is for a product, in the terms of its price."""
    if in_own_pips(product):
        return pip
    return middle * _BASIS_POINT if middle else None
