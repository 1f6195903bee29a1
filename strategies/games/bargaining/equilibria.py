"""Exact values of bargaining theory: bounds for what a negotiator may hope for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec


def first_share(ours: float, theirs: float, rounds: int | None = None) -> float:
    """What who proposes first gets of a surplus of 1 (Rubinstein 1982), where a round of waiting
    leaves `ours` of our value and `theirs` of theirs. `rounds` proposals in turn; None = no end.
    """
    if rounds is None:
        return (1.0 - theirs) / (1.0 - ours * theirs)
    share = 0.0
    for left in range(1, rounds + 1):
        first = (rounds - left) % 2 == 0
        share = 1.0 - (theirs if first else ours) * share
    return share


def sealed_ask(cost: float) -> float:
    """The seller's offer where both hand in one price and deal half-way (Chatterjee and Samuelson
    1983), values even on [0, 1].
    """
    return 2.0 * cost / 3.0 + 0.25


def sealed_bid(value: float) -> float:
    """The buyer's."""
    return 2.0 * value / 3.0 + 1.0 / 12.0


class Trade(msgspec.Struct, frozen=True):
    """Of two sides with values even on [0, 1] that deal where the buyer's is `gap` above."""

    chance: float
    gain: float
    """Expected, of both; 1/6 where every gain is realised."""


def sealed_trade(gap: float = 0.25) -> Trade:
    """How often they deal and what it brings."""
    gain = (1.0 - gap**2) / 2.0 - (1.0 - gap**3) / 3.0
    return Trade((1.0 - gap) ** 2 / 2.0, gain)


def even_ask(cost: float) -> float:
    """The single ask that brings most from a buyer whose value is even on [0, 1] (Myerson 1981)."""
    return (1.0 + cost) / 2.0


def best_ask(
    asks: Sequence[float], worth: Callable[[float], float], taken: Callable[[float], float]
) -> float:
    """The ask of these with the most of `worth` times the chance that it is `taken`; the first of
    equals.
    """
    return max(asks, key=lambda ask: worth(ask) * taken(ask))
