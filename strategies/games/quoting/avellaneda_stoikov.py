"""Quotes around a price that accounts for the inventory, until a horizon.

    reservation price  r = s - q g sigma^2 (T - t)
    whole spread       g sigma^2 (T - t) + (2 / g) ln(1 + g / k)

s middle, q position in units (positive = long), g risk aversion (1 / price), sigma^2 variance of
the middle per unit of time, k how fast arrivals A e^(-k d) fall with the distance d (1 / price).

Source: Avellaneda and Stoikov, "High-frequency trading in a limit order book", Quantitative Finance
8(3), 2008, equations (29) and (30).
"""

from __future__ import annotations

from math import log
from typing import NamedTuple


class TwoPrices(NamedTuple):
    """In the units of the middle."""

    bid: float
    ask: float


def reservation_price(
    middle: float, position: float, risk_aversion: float, variance: float, left: float
) -> float:
    """At which one unit more or less is indifferent, with so much time left."""
    return middle - position * risk_aversion * variance * left


def spread(risk_aversion: float, variance: float, left: float, decay: float) -> float:
    """Both distances together, with so much time left."""
    risk = risk_aversion * variance * left
    return risk + 2 / risk_aversion * log(1 + risk_aversion / decay)


def quotes(
    middle: float,
    position: float,
    *,
    risk_aversion: float,
    variance: float,
    left: float,
    decay: float,
) -> TwoPrices:
    """Around the reservation price."""
    centre = reservation_price(middle, position, risk_aversion, variance, left)
    half = spread(risk_aversion, variance, left, decay) / 2
    return TwoPrices(centre - half, centre + half)
