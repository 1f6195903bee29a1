"""The seeded price generator: several pairs at several venues around one common mid.

Each pair's common mid is a random walk that starts at the shipped reference rate; each venue adds
its own small, fading noise and its own spread. Now and then a venue runs away from the others for
some milliseconds, so that the books of two venues cross, as they do in real feeds. Prices are whole
tenths of a pip; floats live only inside the walk. Equal seeds give equal ticks.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from math import sqrt
from random import Random

from connectors.sim.model import NS_PER_DAY, NS_PER_MS, NS_PER_SECOND, Tick, pip_of
from connectors.sim.reference import anchor_rate

DEFAULT_PAIRS = (
    "EUR/USD",
    "GBP/USD",
    "USD/JPY",
    "USD/CHF",
    "AUD/USD",
    "NZD/USD",
    "USD/CAD",
    "USD/CNH",
)
# Typical inter-dealer spread in tenths of a pip; other pairs take the default.
_SPREADS = {"EUR/USD": 3, "USD/JPY": 4, "GBP/USD": 6, "AUD/USD": 5, "USD/CHF": 7, "USD/CAD": 7}
_SPREAD_DEFAULT = 9
_YEARLY_VOLATILITY = {"USD/CNH": 0.03, "USD/JPY": 0.10, "AUD/USD": 0.10, "NZD/USD": 0.10}
_VOLATILITY_DEFAULT = 0.075
_TRADING_SECONDS_PER_YEAR = 260 * 86_400
_SIZES = (500_000, 1_000_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 5_000_000, 10_000_000)
_RUNAWAY_SHARE = 0.002  # share of ticks that leave the other venues behind
_WIDE_SHARE = 0.02  # share of ticks with a spread of 2 to 4 times the usual
_QUIET_GAP_NS = NS_PER_MS  # no two ticks of one venue and pair closer than this


@dataclass(slots=True)
class _PairWalk:
    """The common mid of a pair, in tenths of a pip."""

    pair: str
    unit: Decimal
    mid: float
    step_per_root_second: float
    spread: int
    at_ns: int


@dataclass(slots=True)
class _Feed:
    """One venue's view of a pair: its distance from the common mid, fading."""

    venue: str
    walk: _PairWalk
    noise: float = 0.0
    runaway: float = 0.0


@dataclass(slots=True)
class Generator:
    """Makes ticks without end, or until `until_ns`."""

    venues: Sequence[str]
    pairs: Sequence[str]
    seed: str
    start_ns: int
    until_ns: int | None = None
    ticks_per_second: float = 2.0
    pairs_at: Mapping[str, Sequence[str]] | None = None  # None: every venue has all pairs
    _chance: Random = field(init=False)

    def ticks(self) -> Iterator[Tick]:
        """By time; at most one tick per millisecond for each venue and pair."""
        self._chance = Random(f"{self.seed}/market")
        feeds = self._feeds()
        due = [(self._next_ns(self.start_ns, fast=True), n) for n in range(len(feeds))]
        heapq.heapify(due)
        while due:
            at_ns, number = due[0]
            if self.until_ns is not None and at_ns >= self.until_ns:
                return
            feed = feeds[number]
            ran_away = feed.runaway != 0.0
            yield self._tick(feed, at_ns)
            fast = feed.runaway != 0.0 and not ran_away
            heapq.heapreplace(due, (self._next_ns(at_ns, fast=fast), number))

    def _feeds(self) -> list[_Feed]:
        start = datetime.fromtimestamp(self.start_ns // NS_PER_SECOND, UTC).date()
        feeds = []
        for pair in self.pairs:
            anchor = anchor_rate(pair, start)
            assert anchor is not None, f"no reference rate for {pair}"
            unit = pip_of(pair) / 10
            volatility = _YEARLY_VOLATILITY.get(pair, _VOLATILITY_DEFAULT)
            mid = float(anchor / unit)
            step = mid * volatility / sqrt(_TRADING_SECONDS_PER_YEAR)
            spread = _SPREADS.get(pair, _SPREAD_DEFAULT)
            walk = _PairWalk(pair, unit, mid, step, spread, self.start_ns)
            feeds += [_Feed(venue, walk) for venue in self.venues if self._has(venue, pair)]
        return feeds

    def _has(self, venue: str, pair: str) -> bool:
        return self.pairs_at is None or pair in self.pairs_at[venue]

    def _next_ns(self, at_ns: int, *, fast: bool) -> int:
        """A tick that ran away is corrected within 80 ms; others follow at the usual rate."""
        mean = 0.04 if fast else 1 / self.ticks_per_second
        gap = self._chance.expovariate(1 / mean) if not fast else self._chance.uniform(0.005, 0.08)
        later = at_ns + max(_QUIET_GAP_NS, int(gap * 1000) * NS_PER_MS)
        return _after_weekend(later)

    def _tick(self, feed: _Feed, at_ns: int) -> Tick:
        walk, chance = feed.walk, self._chance
        seconds = (at_ns - walk.at_ns) / NS_PER_SECOND
        if seconds > 0:
            walk.mid += chance.gauss(0, 1) * walk.step_per_root_second * sqrt(min(seconds, 60.0))
            walk.at_ns = at_ns
        feed.noise = 0.8 * feed.noise + chance.gauss(0, 0.08 * walk.spread)
        feed.runaway = self._runaway(feed)
        spread = max(1, round(walk.spread * chance.uniform(0.7, 1.4)))
        if chance.random() < _WIDE_SHARE:
            spread *= chance.randint(2, 4)
        bid = max(1, round(walk.mid + feed.noise + feed.runaway - spread / 2))
        size = chance.choice
        return Tick(
            at_ns,
            feed.venue,
            walk.pair,
            bid * walk.unit,
            (bid + spread) * walk.unit,
            size(_SIZES),
            size(_SIZES),
        )

    def _runaway(self, feed: _Feed) -> float:
        if feed.runaway or self._chance.random() >= _RUNAWAY_SHARE:
            return 0.0
        return self._chance.choice((-1, 1)) * feed.walk.spread * self._chance.uniform(1.5, 3.0)


def _after_weekend(at_ns: int) -> int:
    """The FX market is closed from Friday 21:00 to Sunday 21:00 UTC."""
    day, rest = divmod(at_ns, NS_PER_DAY)
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    hour = rest // (3600 * NS_PER_SECOND)
    closed = weekday == 5 or (weekday == 4 and hour >= 21) or (weekday == 6 and hour < 21)
    if not closed:
        return at_ns
    sunday = day + (6 - weekday)
    return sunday * NS_PER_DAY + 21 * 3600 * NS_PER_SECOND + rest % NS_PER_SECOND
