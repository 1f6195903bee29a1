"""The solved policy as a look-up for one quote at a time, in plain Python: microseconds.

Between positions and between sizes of the ladder it interpolates linearly; above the largest size,
and where a deal would pass the largest position, it does not quote.
"""

from __future__ import annotations

from bisect import bisect_left

from strategies.games.quoting.authored import Distances
from strategies.games.quoting.franchise import Franchise, Policy


class Ladder:
    """Made once of a policy; `quote` decides."""

    def __init__(self, of: Franchise, policy: Policy, unleaned: tuple[int, ...] = ()) -> None:
        self._sizes = tuple(map(float, of.sizes))
        self._most = of.position_max
        self._rows: list[list[list[list[float]]]] = policy.distances.tolist()
        self._speed: list[float] = policy.speed.tolist()
        self._unleaned = unleaned

    def quote(self, position: float, tier: int, size: float) -> Distances:
        """Both sides for a size (M) at a position (M); distances in bp."""
        sizes = self._sizes
        if not 0 < size <= sizes[-1] or not -self._most <= position <= self._most:
            return Distances(None, None)
        if tier in self._unleaned:
            position = 0.0
        place = bisect_left(sizes, size)
        upper = self._at(position, tier, place)
        if size == sizes[place] or place == 0:
            return _known(*upper)
        lower = self._at(position, tier, place - 1)
        share = (size - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
        return _known(*(a + (b - a) * share for a, b in zip(lower, upper, strict=True)))

    def speed(self, position: float) -> float:
        """Of hedging, M a day, positive = we buy."""
        below, share = self._below(position)
        here, there = self._speed[below], self._speed[below + 1]
        return here + (there - here) * share

    def _at(self, position: float, tier: int, place: int) -> tuple[float, float]:
        below, share = self._below(position)
        bid, ask = self._rows[below][tier][place]
        if not share:
            return bid, ask
        next_bid, next_ask = self._rows[below + 1][tier][place]
        return bid + (next_bid - bid) * share, ask + (next_ask - ask) * share

    def _below(self, position: float) -> tuple[int, float]:
        """Place of the whole million below, not the last, and how far above it."""
        from_least = min(max(position, -self._most), self._most) + self._most
        below = min(int(from_least), 2 * self._most - 1)
        return below, from_least - below


def _known(bid: float, ask: float) -> Distances:
    """Distances that are none (beyond the largest position) as such."""
    most = float("inf")
    return Distances(bid if -most < bid < most else None, ask if -most < ask < most else None)
