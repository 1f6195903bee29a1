"""Limits over a stretch of time: how often something happened within so many seconds.

Where each time matters for what is told the times are kept; of messages, which are many, counts.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.ids import LimitId
from robot.limits.tree import Applied, Subject

_SECOND_NS = 1_000_000_000

NAMES_MAX = 5_000
"""More than these are looked through for what is over."""


PARTS = 100
"""So many parts has the window of a rate; what was counted falls away with its whole part."""


class Rate(msgspec.Struct):
    """How often it happened, by parts of the window: what it holds does not grow with the rate."""

    maximum: Decimal
    width_ns: int
    parts: list[int] = []
    """Numbers of the parts since the epoch, rising."""
    counts: list[int] = []

    def forget(self, width_ns: int, at_ns: int) -> int:
        """How often within the window up to now, at most a hundredth of it too long."""
        if width_ns != self.width_ns:  # another window: all that was counted counts as of now
            self.parts, self.counts = [at_ns // width_ns], [sum(self.counts)]
            self.width_ns = width_ns
        first = at_ns // width_ns - PARTS
        while self.parts and self.parts[0] < first:
            del self.parts[0], self.counts[0]
        return sum(self.counts)

    def add(self, at_ns: int) -> None:
        """It happened once more."""
        part = at_ns // self.width_ns
        if not self.parts or self.parts[-1] != part:
            self.parts.append(part)
            self.counts.append(0)
        self.counts[-1] += 1


class Spent(msgspec.Struct, frozen=True, array_like=True):
    """What a deal cost against the market, in line currency."""

    at_ns: int
    subject: str
    """Its name."""
    amount: Decimal


class Windows(msgspec.Struct):
    """When it happened, for each limit; only what is still within its window."""

    times: dict[LimitId, list[int]] = {}
    rates: dict[LimitId, Rate] = {}
    last: dict[str, Decimal] = {}
    """Our last price of the trade date by product, pair and dates."""
    spent: list[Spent] = []
    """For as long as the rows look back, oldest first."""
    spenders: dict[str, Subject] = {}
    """Whose they are, by name."""
    spent_ns: int = 0
    """When it was last looked at what of it still counts."""

    def rate(self, row: Applied, at_ns: int) -> tuple[Rate, int]:
        """The rate of a row, and what it is now."""
        width_ns = row.row.within_s * _SECOND_NS // PARTS
        known = self.rates.get(row.name)
        if known is None:
            if len(self.rates) >= NAMES_MAX:
                self.rates = {
                    name: one for name, one in self.rates.items() if one.forget(one.width_ns, at_ns)
                }
            known = self.rates[row.name] = Rate(row.maximum, width_ns)
        known.maximum = row.maximum
        return known, known.forget(width_ns, at_ns)

    def forget(self, row: Applied, key: str, at_ns: int) -> int:
        """How often it happened within the window of a row up to now."""
        name = row.account(key)
        since_ns = at_ns - row.row.within_s * _SECOND_NS
        kept = [one for one in self.times.get(name, ()) if one > since_ns]
        if kept:
            self.times[name] = kept
        else:
            self.times.pop(name, None)
        return len(kept)

    def add(self, row: Applied, key: str, at_ns: int) -> int:
        """It happened once more; how often with this time."""
        count = self.forget(row, key, at_ns)
        if len(self.times) >= NAMES_MAX:
            since_ns = at_ns - row.row.within_s * _SECOND_NS
            self.times = {name: at for name, at in self.times.items() if at[-1] > since_ns}
        self.times.setdefault(row.account(key), []).append(at_ns)
        return count + 1

    def forget_all(self) -> None:
        """A new day: nothing reaches over it."""
        self.times.clear()
        self.last.clear()
