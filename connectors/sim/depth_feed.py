"""The book in depth on the market-data session: W with every level, then X as levels come and go.

For who subscribes with 264=0. A level is one price: it keeps its id (299 in W, 278 in X) while it
is there, changes when its size does and is deleted when it is gone, be it by a tick, by what an
order took or by a halt. Orders match against exactly this book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.sim import wire
from connectors.sim.desks import Desk
from connectors.sim.dialects.fields import Fields
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import MARKET_DATA, Send, SessionKey
from connectors.sim.matching import DepthBook
from connectors.sim.model import Moment, Side, fix_time, text_of
from connectors.sim.rows import Terms
from connectors.sim.wire import SOH

_NEW, _CHANGE, _DELETE = "0", "1", "2"  # 279
_KINDS = {Side.SELL: "0", Side.BUY: "1"}  # 269: who sells meets the bids


@dataclass(slots=True)
class _Shown:
    """One price that a subscriber has been told."""

    entry_id: str
    size: Decimal
    place: int


@dataclass(slots=True)
class _Book:
    """What one subscription has been told of one pair; False until the first W."""

    begun: bool = False
    levels: dict[tuple[str, Decimal], _Shown] = field(default_factory=dict)


class DepthFeed(Desk):
    """Subscriptions to full books of all venues."""

    def __init__(self, book: DepthBook, send: Send, dialects: Mapping[str, Fix44]) -> None:
        self._book = book
        self._send = send
        self._dialects = dialects
        self._held: dict[tuple[str, str, str], _Book] = {}
        self._entry_no = 0

    def add(self, venue: str, subscription: str, pairs: list[str], now: Moment) -> None:
        """Somebody wants the full books of some pairs."""
        for pair in pairs:
            self._held[(venue, subscription, pair)] = _Book()
        self.tell(now)

    def drop(self, venue: str, subscription: str | None = None) -> None:
        """One subscription of a venue, or all of them."""
        gone = [key for key in self._held if key[0] == venue and subscription in (None, key[1])]
        for key in gone:
            del self._held[key]

    def wants(self, venue: str, pair: str) -> bool:
        """Whether anybody has subscribed the pair's book."""
        return any(key[0] == venue and key[2] == pair for key in self._held)

    def tell(self, now: Moment) -> None:
        """What has changed in the books since the last time."""
        for (venue, subscription, pair), shown in self._held.items():
            levels = self._levels(venue, pair)
            if not shown.begun and not levels:
                continue
            changes = self._changes(venue, pair, shown, levels)
            if not shown.begun:
                shown.begun = True
                body = self._full(venue, subscription, pair, shown, now)
                self._send(SessionKey(venue, MARKET_DATA), "W", body)
            elif changes:
                body = self._increment(venue, subscription, pair, changes, now)
                self._send(SessionKey(venue, MARKET_DATA), "X", body)

    def _levels(self, venue: str, pair: str) -> dict[tuple[str, Decimal], tuple[Decimal, int]]:
        """Size and place of each price that has something left."""
        found: dict[tuple[str, Decimal], tuple[Decimal, int]] = {}
        for side, kind in _KINDS.items():
            left = [each for each in self._book.levels(venue, pair, side) if each.size > 0]
            for place, level in enumerate(left, start=1):
                found[(kind, level.price)] = (level.size, place)
        return found

    def _changes(
        self,
        venue: str,
        pair: str,
        shown: _Book,
        levels: dict[tuple[str, Decimal], tuple[Decimal, int]],
    ) -> list[tuple[str, str, Decimal, _Shown]]:
        """Brings what is shown up to date; deleted ones first, then as they stand in the book."""
        changes = []
        for key in [key for key in shown.levels if key not in levels]:
            changes.append((_DELETE, *key, shown.levels.pop(key)))
        for key, (size, place) in levels.items():
            former = shown.levels.get(key)
            if former is None:
                self._entry_no += 1
                letter = "B" if key[0] == "0" else "O"
                entry_id = f"{venue}-{pair.replace('/', '')}-{letter}{self._entry_no}"
                shown.levels[key] = _Shown(entry_id, size, place)
                changes.append((_NEW, *key, shown.levels[key]))
            elif (former.size, former.place) != (size, place):
                former.size, former.place = size, place
                changes.append((_CHANGE, *key, former))
        return changes

    def _full(self, venue: str, subscription: str, pair: str, shown: _Book, now: Moment) -> str:
        symbol = self._dialects[venue].symbol(pair, Terms())
        group = "".join(
            wire.body(
                [
                    (269, kind),
                    *_priced(pair, price, level),
                    *_stamp(now),
                    (276, "A"),
                    (299, level.entry_id),
                    (290, str(level.place)),
                ]
            )
            for (kind, price), level in shown.levels.items()
        )
        return f"262={subscription}{SOH}55={symbol}{SOH}268={len(shown.levels)}{SOH}{group}"

    def _increment(
        self,
        venue: str,
        subscription: str,
        pair: str,
        changes: list[tuple[str, str, Decimal, _Shown]],
        now: Moment,
    ) -> str:
        symbol = self._dialects[venue].symbol(pair, Terms())
        group = "".join(
            wire.body(
                [
                    (279, action),
                    (269, kind),
                    (278, level.entry_id),
                    (55, symbol),
                    *([] if action == _DELETE else _priced(pair, price, level)),
                    *_stamp(now),
                    (290, None if action == _DELETE else str(level.place)),
                ]
            )
            for action, kind, price, level in changes
        )
        return f"262={subscription}{SOH}268={len(changes)}{SOH}{group}"


def _priced(pair: str, price: Decimal, level: _Shown) -> Fields:
    return [(270, text_of(price)), (15, pair[:3]), (271, text_of(level.size))]


def _stamp(now: Moment) -> Fields:
    day, clock = fix_time(now.at_ns).split("-")
    return [(272, day), (273, clock)]
