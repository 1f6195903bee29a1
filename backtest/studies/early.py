"""Official facts of a market that were there before the world knew them.

A fixing is public at its benchmark's own hour; of a benchmark without one it cannot be before its
value date has begun anywhere. A quote of a curve is not known before the moment that it is of. What
the data have sooner is early: a wrong time zone at the import, a column of publication that is the
value date, a file that was filled in later.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

import msgspec

from backtest.honesty.lookahead_run import EarlyFact
from backtest.run.feed import Feed, Other, Prices
from connectors.market_files.fixings import CalendarOf, publication_ns
from robot.basics.index import fixing_index
from robot.clock import nanoseconds
from robot.errors import UnknownReference
from robot.messages.events import CurveUpdated, FixingPublished

GRACE_NS = 60_000_000_000
"""A publisher's clock may be ahead of its own hour by so much."""
CLOCKS_NS = 1_000_000_000
"""How far a venue's clock may be ahead of ours in what it says of its quotes."""
_FIRST_ZONE = timedelta(hours=14)
"""How far ahead of UTC a day begins first."""


def early_facts(feed: Feed, calendar_of: CalendarOf | None = None) -> list[EarlyFact]:
    """All of a market; `calendar_of` for benchmarks that are published on a later day."""
    found = []
    for batch in feed.batches():
        if isinstance(batch, Prices):
            continue
        for at_ns, event in batch:
            early = _early(at_ns, event, calendar_of)
            found += [early] if early is not None else []
    return found


def _early(
    at_ns: int, event: CurveUpdated | FixingPublished, of: CalendarOf | None
) -> EarlyFact | None:
    if isinstance(event, CurveUpdated):
        if event.as_of_ns <= at_ns + CLOCKS_NS:
            return None
        name = f"{event.tenor} of {event.curve} at {event.venue}"
        return EarlyFact(name, f"{event.bid}/{event.offer}", at_ns, event.as_of_ns)
    due_ns = _public_ns(event, of)
    if at_ns >= due_ns - GRACE_NS:
        return None
    name = f"{event.index} of {event.value_date}"
    return EarlyFact(name, str(event.value), at_ns, due_ns)


def _public_ns(event: FixingPublished, of: CalendarOf | None) -> int:
    try:
        return publication_ns(fixing_index(event.index), event.value_date, of)
    except UnknownReference:  # no rule of its own: not before its day has begun somewhere
        midnight = datetime.combine(event.value_date, time(), tzinfo=UTC)
        return nanoseconds(midnight - _FIRST_ZONE)


class Delayed:
    """The same market with each early fact at the first moment at which it could be known."""

    def __init__(self, feed: Feed, calendar_of: CalendarOf | None = None) -> None:
        self._feed, self._calendar_of = feed, calendar_of

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """As they are."""
        return self._feed.keys

    def batches(self) -> Iterator[Prices | list[Other]]:
        """By time."""
        waiting: list[tuple[int, int, CurveUpdated | FixingPublished]] = []
        order = count()
        for batch in self._feed.batches():
            if isinstance(batch, Prices):
                yield from _split(batch, waiting)
                continue
            told: list[Other] = []
            for at_ns, event in batch:
                told += _due(waiting, at_ns)
                early = _early(at_ns, event, self._calendar_of)
                if early is None:
                    told.append((at_ns, event))
                    continue
                if isinstance(event, FixingPublished):
                    event = msgspec.structs.replace(event, published_at_ns=early.due_ns)
                heapq.heappush(waiting, (early.due_ns, next(order), event))
            if told:
                yield told


def _due(waiting: list[tuple[int, int, CurveUpdated | FixingPublished]], at_ns: int) -> list[Other]:
    found: list[Other] = []
    while waiting and waiting[0][0] <= at_ns:
        due_ns, _, event = heapq.heappop(waiting)
        found.append((due_ns, event))
    return found


def _split(
    batch: Prices, waiting: list[tuple[int, int, CurveUpdated | FixingPublished]]
) -> Iterator[Prices | list[Other]]:
    """Prices, with what is due among them."""
    begin = 0
    while waiting and waiting[0][0] <= batch.at_ns[-1]:
        due_ns = waiting[0][0]
        end = bisect_left(batch.at_ns, due_ns)
        if end > begin:
            yield _piece(batch, begin, end)
        yield _due(waiting, due_ns)
        begin = end
    if begin < len(batch.at_ns):
        yield _piece(batch, begin, len(batch.at_ns))


def _piece(batch: Prices, begin: int, end: int) -> Prices:
    columns: Any = (column[begin:end] for column in batch)
    return Prices(*columns)
