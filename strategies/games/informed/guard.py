"""The guard against those who know more, as one addition to a quote's distances.

    needed  = correction for the best of N errors + what the market takes after his deals
    floor   = what an informed client costs a deal, the least distance (Glosten and Milgrom)
    added   = the larger of needed and what is missing to the floor, no more than the maximum

All in bp. Nothing is widened beyond the trader's maximum in silence: `capped` tells that more would
have been needed, on either side, for a person to see.
"""

from __future__ import annotations

from typing import NamedTuple

from strategies.games.informed.markout import Markout


class Guarded(NamedTuple):
    """Distances after the guard, bp, and what it did on each side."""

    bid: float | None
    ask: float | None
    bid_needed: float
    ask_needed: float
    maximum: float

    @property
    def capped(self) -> bool:
        """The trader's maximum is too little."""
        return max(self.bid_needed, self.ask_needed) > self.maximum


def guard(
    bid: float | None,
    ask: float | None,
    *,
    curse: float,
    markout: Markout | None,
    floor: float,
    maximum: float,
) -> Guarded:
    """Of the distances of a quote; None stays None. `curse` is `winners_curse.correction`, `floor`
    is `glosten_milgrom.least_margin`.
    """
    most = max(0.0, maximum)
    wanted = max(0.0, curse) + (0.0 if markout is None else max(0.0, -markout.mean))
    bid_needed, ask_needed = _needed(bid, wanted, floor), _needed(ask, wanted, floor)
    return Guarded(
        bid=None if bid is None else bid + min(bid_needed, most),
        ask=None if ask is None else ask + min(ask_needed, most),
        bid_needed=bid_needed,
        ask_needed=ask_needed,
        maximum=most,
    )


def _needed(distance: float | None, wanted: float, floor: float) -> float:
    return 0.0 if distance is None else max(wanted, floor - distance)
