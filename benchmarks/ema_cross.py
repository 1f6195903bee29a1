"""The strategy and the ticks that `backtest_speed.py` gives to both engines: plain Python, so that
either environment reads it.
"""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random

FAST, SLOW = 500, 2_000
"""Quotes: the market is traded some hundred times in a million of them."""
SIZE = 100_000
START_NS = 1_398_931_200_000_000_000
"""2014-05-01T08:00:00Z, a Thursday."""
_ROW = struct.Struct("<qii")
UNIT = 100_000
"""Prices are whole numbers of 0.00001."""


class EmaCross:
    """Buys when the fast average of the middle crosses the slow one from below, sells when from
    above; +1, -1, or 0 for nothing.
    """

    def __init__(self, fast: int = FAST, slow: int = SLOW) -> None:
        self._fast_weight, self._slow_weight = 2 / (fast + 1), 2 / (slow + 1)
        self._fast = self._slow = 0.0
        self._seen, self._needed = 0, slow
        self._above = False

    def on_quote(self, bid: int, offer: int) -> int:
        """One quote, in whole numbers of 0.00001."""
        middle = (bid + offer) / 2
        if not self._seen:
            self._fast = self._slow = middle
        self._seen += 1
        self._fast += self._fast_weight * (middle - self._fast)
        self._slow += self._slow_weight * (middle - self._slow)
        above = self._fast > self._slow
        crossed = above is not self._above and self._seen > self._needed
        self._above = above
        return (1 if above else -1) if crossed else 0


def write_ticks(path: Path, count: int, seed: int) -> None:
    """A walk of EUR/USD with some four quotes a second: at_ns, bid, offer."""
    chance, at_ns, middle = Random(seed), START_NS, 138_700
    with path.open("wb") as file:
        for _ in range(count):
            at_ns += chance.randint(1, 500) * 1_000_000
            middle += chance.choice((-1, 0, 0, 1))
            bid = middle - chance.randint(0, 1)
            file.write(_ROW.pack(at_ns, bid, bid + chance.randint(1, 3)))


def read_ticks(path: Path) -> list[tuple[int, int, int]]:
    """All of them."""
    return list(_ROW.iter_unpack(path.read_bytes()))
