"""The quote when the platform says that we are one of N: best answer to the learned chance to win.

    q maximises (q - c) P(won at q),  q >= c + floor

c what the deal costs us (Decimal, in units of the grid), floor the least margin the trader allows,
which no curve can undercut. Before enough was heard the quote is c + the trader's first margin.
Learned is the chance to win, not the price: learners of prices drift above the competitive margin
when every dealer runs one.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec
import numpy as np

from strategies.games.sealed.heard import Learned
from strategies.games.sealed.win_curve import WinCurve

LEAST_HEARD = 200
"""Requests before the curve is used."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the trader allows; in units of the grid."""

    first_margin: Decimal
    floor: Decimal = Decimal(0)
    """Least margin over the cost."""
    margin_max: Decimal | None = None
    """Largest margin over the cost; none = up to the end of the grid."""
    explore: Decimal = Decimal(0)
    """Share of the quotes that are put anywhere between floor and best while the state is not
    frozen: news from below, without which copies in self-play stay a little too wide.
    """


class SealedQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and why; None as the place = no quote within the terms."""

    place: int | None
    price: Decimal | None
    best: int
    """Place before floor and maximum."""
    chance: float
    """To win at it, as learned; 0 where nothing is."""
    learned: bool
    """By the curve, not the first margin."""


def decide(
    learned: Learned,
    curve: WinCurve,
    terms: Terms,
    *,
    cost: Decimal,
    rivals: int,
    draw: float = 1.0,
) -> SealedQuote:
    """For a deal that costs us so much; `draw` is one number from [0, 1), for exploring."""
    grid = learned.grid
    from_low = (cost - grid.low) / grid.tick
    known = learned.total >= LEAST_HEARD
    if known:
        best = _best_place(curve, float(from_low), rivals)
    else:
        best = round(from_low + terms.first_margin / grid.tick)
    least = int((from_low + terms.floor / grid.tick).to_integral_value(ROUND_CEILING))
    share = 0.0 if learned.frozen else float(terms.explore)
    wanted = best if draw >= share else least + round(draw / share * (best - least))
    most = grid.places - 1
    if terms.margin_max is not None:
        most = min(most, int((from_low + terms.margin_max / grid.tick) // 1))
    least = max(least, 0)
    if least > most:
        return SealedQuote(place=None, price=None, best=best, chance=0.0, learned=known)
    place = min(max(wanted, least), most)
    return SealedQuote(
        place=place,
        price=grid.price(place),
        best=best,
        chance=round(float(curve.rival[place] ** rivals * curve.reserve[place]), 6),
        learned=known,
    )


def _best_place(curve: WinCurve, cost: float, rivals: int) -> int:
    """The cost in places; the first of equal ones."""
    margins = np.arange(len(curve.rival)) - cost
    return int(np.argmax(margins * curve.chance(rivals)))
