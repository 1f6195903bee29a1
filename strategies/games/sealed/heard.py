"""What a dealer hears of its own requests, counted: all that is ever learned from.

Quotes are whole places of a grid, higher = better for us: place i is the price low + i tick, and
bin i holds the prices nearest to it. Of the rivals in our own bin half are better than us, which is
what equal quotes are worth. The state is whole numbers and goes into a file as it is; the same
requests in the same order make the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

RIVALS_MAX = 20
MEMORY_LEAST = 7_500


class Outcome(StrEnum):
    """Of a request that we quoted."""

    DONE = "done"
    """With us."""
    COVERED = "covered"
    """With another, and ours was the second best."""
    TRADED_AWAY = "traded away"
    """With another; two or more were better, or it is never told how many (`second_told`)."""
    NOT_TRADED = "not traded"


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Where quotes may lie, in units of the product (bp, pips, hundredths of a percent)."""

    low: Decimal
    tick: Decimal
    places: int

    def price(self, place: int) -> Decimal:
        """Exact."""
        return self.low + place * self.tick

    def place(self, price: Decimal) -> int:
        """The nearest one: -1 below the grid, `places` beyond it."""
        nearest = ((price - self.low) / self.tick).to_integral_value(ROUND_HALF_UP)
        return max(-1, min(self.places, int(nearest)))


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One request of ours."""

    rivals: int
    """How many others were asked."""
    place: int
    """Of our quote."""
    outcome: Outcome
    cover: int | None = None
    """Bin of the best rival's quote, where it is done with us and told."""


Counts = dict[str, tuple[int, ...]]
"""By what was heard and how many rivals: how often, by place."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """All that was heard, in two generations: the older one is forgotten when the newer is full."""

    grid: Grid
    frozen: bool = False
    """Nothing more is learned; only such a state can be released."""
    second_told: bool = True
    """We are told where ours was the second best, so that traded away means two or more better."""
    memory: int = 20_000
    """Requests in a generation. Copies that forget faster drift above the competitive margin: in
    self-play of three their profit is 1.00 to 1.02 of the equilibrium's with this one, 1.07 with
    5,000, which is refused.
    """
    total: int = 0
    """Ever heard."""
    newer: Counts = {}
    older: Counts = {}

    def __post_init__(self) -> None:
        if self.memory < MEMORY_LEAST:
            raise ValueError(f"a memory of {self.memory} requests: at least {MEMORY_LEAST}")


COVERS, DONE, COVERED, AWAY, NOT = "cover", "done", "covered", "away", "not"
"""Done, by the cover's bin; done by our place where no cover is told; the others by our place.
`done at` counts every deal by our place.
"""
DONE_AT = "done at"
_KEYS = {Outcome.COVERED: COVERED, Outcome.TRADED_AWAY: AWAY, Outcome.NOT_TRADED: NOT}


def hear(learned: Learned, heard: Iterable[Heard]) -> Learned:
    """With these requests; a frozen state stays as it is. What cannot be is left out."""
    if learned.frozen:
        return learned
    newer = {key: list(row) for key, row in learned.newer.items()}
    older, total, size = learned.older, learned.total, learned.grid.places + 1
    for one in heard:
        for key, place in _cells(one, learned.grid.places):
            newer.setdefault(key, [0] * size)[place] += 1
            total += key.startswith(_COUNTED)
        if total and total % learned.memory == 0 and newer:
            older, newer = {key: tuple(row) for key, row in newer.items()}, {}
    kept = {key: tuple(row) for key, row in newer.items()}
    return msgspec.structs.replace(learned, newer=kept, older=older, total=total)


_COUNTED = tuple(f"{key}/" for key in (COVERS, DONE, COVERED, AWAY, NOT))


def _cells(one: Heard, places: int) -> list[tuple[str, int]]:
    """What is counted one more of."""
    if not 0 <= one.place < places or not 0 <= one.rivals <= RIVALS_MAX:
        return []
    if one.outcome is not Outcome.DONE:
        return [(f"{_KEYS[one.outcome]}/{one.rivals}", one.place)]
    told = one.cover is not None and one.cover >= one.place
    if not told or one.cover is None:
        return [(f"{DONE}/{one.rivals}", one.place), (f"{DONE_AT}/{one.rivals}", one.place)]
    cover = min(one.cover, places)
    return [(f"{COVERS}/{one.rivals}", cover), (f"{DONE_AT}/{one.rivals}", one.place)]
