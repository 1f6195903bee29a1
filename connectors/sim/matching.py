"""The venue's own book in depth, and what an order gets there. Pure; equal seeds, equal books.

The top is the streamed price with its size; two to four levels follow behind it, a few tenths of a
pip apart. What was taken is gone until the pair's next tick. A level is drawn from the seed and the
tick alone, so the book is the same whoever asks and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from random import Random
from typing import NamedTuple

from connectors.sim.model import Side, Tick, minor_unit_of, pip_of

_SIZES = (500_000, 1_000_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000)
_LEVELS_BEHIND = (2, 4)
_TENTHS_APART = (1, 4)
_AVERAGE_DIGITS = Decimal("1E-9")


@dataclass(slots=True)
class Level:
    """One price and what is left there, in the base currency."""

    price: Decimal
    size: Decimal


class Take(NamedTuple):
    """A part of an order dealt at one level; `size` is of the dealt currency."""

    level: Level
    size: Decimal
    base_amount: Decimal
    price: Decimal


class DepthBook:
    """Both sides of every venue and pair."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._ticks: dict[tuple[str, str], Tick] = {}
        self._sides: dict[tuple[str, str, str], list[Level]] = {}  # made when first asked for

    def put(self, tick: Tick) -> None:
        """A new price: everything taken before is there again."""
        self._ticks[(tick.venue, tick.pair)] = tick
        for side in Side:
            self._sides.pop((tick.venue, tick.pair, side), None)

    def drop(self, venue: str) -> None:
        """No prices any more until the next ticks: the venue is halted."""
        self._ticks = {key: tick for key, tick in self._ticks.items() if key[0] != venue}
        self._sides = {key: levels for key, levels in self._sides.items() if key[0] != venue}

    def mid(self, venue: str, pair: str) -> Decimal | None:
        """Half-way between the top's two sides."""
        tick = self._ticks.get((venue, pair))
        return None if tick is None else (tick.bid + tick.ask) / 2

    def levels(self, venue: str, pair: str, side: str) -> Sequence[Level]:
        """What a taker on this side meets, best price first; empty without a price."""
        tick = self._ticks.get((venue, pair))
        if tick is None:
            return ()
        key = (venue, pair, side)
        if key not in self._sides:
            self._sides[key] = _levels_of(tick, side, Random(f"{self._seed}/{tick}/{side}"))
        return self._sides[key]

    def plan(
        self,
        venue: str,
        pair: str,
        side: str,
        *,
        size: Decimal,
        currency: str,
        limit: Decimal | None,
    ) -> list[Take]:
        """What an order gets at once, up to its limit; nothing is taken yet."""
        takes: list[Take] = []
        left = size
        for level in self.levels(venue, pair, side):
            if left <= 0 or (limit is not None and not _within(level.price, side, limit)):
                break
            take = _take(level, left, in_base=currency == pair[:3], currency=currency)
            if take.size > 0:
                takes.append(take)
                left -= take.size
        return takes


def commit(take: Take) -> None:
    """Takes it from its level."""
    take.level.size = max(Decimal(0), take.level.size - take.base_amount)


def average_of(value: Decimal, filled: Decimal) -> Decimal:
    """6: the price of what is filled, to nine decimals; 0 when nothing is."""
    if not filled:
        return Decimal(0)
    return (value / filled).quantize(_AVERAGE_DIGITS, ROUND_HALF_UP).normalize() + Decimal(0)


def _within(price: Decimal, side: str, limit: Decimal) -> bool:
    return price <= limit if side == Side.BUY else price >= limit


def _take(level: Level, wanted: Decimal, *, in_base: bool, currency: str) -> Take:
    """As much of a level as is wanted, in the dealt currency."""
    if in_base:
        size = min(wanted, level.size)
        return Take(level, size, size, level.price)
    there = (level.size * level.price).quantize(minor_unit_of(currency), ROUND_DOWN)
    size = min(wanted, there)
    return Take(level, size, size / level.price, level.price)


def _levels_of(tick: Tick, side: str, chance: Random) -> list[Level]:
    """A size of 0 in the tick is not known, not nothing."""
    top, size = (tick.ask, tick.ask_size) if side == Side.BUY else (tick.bid, tick.bid_size)
    away = pip_of(tick.pair) / 10 * (1 if side == Side.BUY else -1)
    levels = [Level(top, Decimal(size or chance.choice(_SIZES)))]
    for _ in range(chance.randint(*_LEVELS_BEHIND)):
        price = levels[-1].price + away * chance.randint(*_TENTHS_APART)
        if price > 0:
            levels.append(Level(price, Decimal(chance.choice(_SIZES))))
    return levels
