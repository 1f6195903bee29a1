"""What a run reads: prices in batches of plain numbers, everything else as events by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from robot.messages.events import CurveUpdated, FixingPublished

Numbers = Sequence[int | None]
Other = tuple[int, CurveUpdated | FixingPublished]
"""When, and what: of a curve at its venue, of a fixing when it is published."""


class Prices(NamedTuple):
    """A stretch of tops of book by time, one sequence per column; units 1e-9 and 0.01."""

    keys: Sequence[int]
    """Places in the feed's `keys`."""
    at_ns: Sequence[int]
    bids: Numbers
    offers: Numbers
    bid_sizes: Numbers
    offer_sizes: Numbers


class Feed(Protocol):
    """The market of a run; gives the same each time it is asked."""

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """Venue and pair of everything that is priced."""
        ...

    def prices(self) -> Iterator[Prices]:
        """All prices of the span, by time."""
        ...

    def others(self) -> Iterator[Other]:
        """Curves and fixings, by time."""
        ...


class ListFeed:
    """A market that is in memory."""

    def __init__(
        self,
        keys: Sequence[tuple[str, str]],
        prices: Iterable[Prices],
        others: Iterable[Other] = (),
    ) -> None:
        self.keys = tuple(keys)
        self._prices, self._others = tuple(prices), tuple(others)

    def prices(self) -> Iterator[Prices]:
        return iter(self._prices)

    def others(self) -> Iterator[Other]:
        return iter(self._others)
