"""Top of book per pair, kept from full (W) and incremental (X) market data of one venue.

What a message says of a curve goes to `curves.py`.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.fix.curves import CURVE_PRODUCTS, NOT_FIRM, VenueCurves
from connectors.fix.dialect import Dialect
from connectors.fix.fields import Fields, FixMessage, day_and_time, first, number
from connectors.fix.fields import price as read_price
from robot.basics.currency import CurrencyPair, parse_pair
from robot.basics.ids import VenueId
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError, UnknownReference
from robot.messages.events import CurveUpdated, MarketUpdated

ENTRIES_PER_SIDE_MAX = 200
_BID, _OFFER = "0", "1"

Level = tuple[Decimal, Decimal | None]


class VenueBook:
    """All instruments of one venue; `apply` turns a message into whole tops of book, or into one
    tenor of a curve.
    """

    def __init__(self, venue: VenueId, dialect: Dialect) -> None:
        self._venue = venue
        self._dialect = dialect
        self._curves = VenueCurves(venue, dialect)
        # Per pair and side: entries by name (278), unnamed ones under the side's own letter. A
        # snapshot may give many entries one name, so a name stands for a list.
        self._sides: dict[CurrencyPair, dict[str, dict[str, list[Level]]]] = {}
        self._voided = False

    def clear(self) -> None:
        """Forget everything: the session is gone."""
        self._sides.clear()
        self._voided = False
        self._curves.clear()

    def void(self, message: FixMessage) -> list[MarketUpdated] | list[CurveUpdated]:
        """A message could not be followed: of a curve its tenor, else no top of book of this venue
        counts until it comes anew, by a snapshot: increments go on from a book that is not known.
        """
        product = self._dialect.market_product(message.values)
        if message.type == "W" and product in CURVE_PRODUCTS:
            return self._curves.void(message, product)
        pairs = tuple(self._sides)
        self._sides.clear()
        self._voided = True
        return [MarketUpdated(venue=self._venue, pair=pair) for pair in pairs]

    def apply(self, message: FixMessage) -> list[MarketUpdated] | list[CurveUpdated]:
        """What a W or X changed."""
        product = self._dialect.market_product(message.values)
        if product is not ProductKind.SPOT or 762 in message.values:
            return [self._curve(message, product)]
        entries = message.group(268, 269 if message.type == "W" else 279)
        if message.type == "W":
            pair = _pair(message.required(55))
            self._sides[pair] = {_BID: {}, _OFFER: {}}
            changed = {pair: 0}
            for entry in entries:
                self._add(pair, entry)
                changed[pair] = max(changed[pair], _sent_at(entry))
        else:
            changed = self._apply_increments(entries)
        return [self._top(pair, sent_ns) for pair, sent_ns in changed.items()]

    def _curve(self, message: FixMessage, product: ProductKind | None) -> CurveUpdated:
        if message.type != "W" or product is None or product not in CURVE_PRODUCTS:
            what = "an unknown product" if product is None else f"{product} by {message.type}"
            raise RemoteProtocolError(f"no market data of {what} is dealt with", tag=167)
        return self._curves.apply(message, product)

    def _apply_increments(self, entries: list[Fields]) -> dict[CurrencyPair, int]:
        changed: dict[CurrencyPair, int] = {}
        symbol: str | None = None
        for entry in entries:
            symbol = first(entry, 55) or symbol
            if symbol is None:
                raise RemoteProtocolError("an increment names no instrument", tag=55)
            pair = _pair(symbol)
            if self._voided and pair not in self._sides:
                continue
            self._sides.setdefault(pair, {_BID: {}, _OFFER: {}})
            if first(entry, 279) == "2":
                self._delete(pair, entry)
            else:
                self._set(pair, entry)
            changed[pair] = max(changed.get(pair, 0), _sent_at(entry))
        return changed

    def _add(self, pair: CurrencyPair, entry: Fields) -> None:
        """One entry of a snapshot: a level of its own, whatever its name."""
        kind, level = first(entry, 269), _level(entry)
        if kind not in (_BID, _OFFER) or level is None:
            return
        levels = self._sides[pair][kind].setdefault(first(entry, 278) or kind, [])
        levels.append(level)
        if len(levels) > ENTRIES_PER_SIDE_MAX:
            raise RemoteProtocolError(f"more than {ENTRIES_PER_SIDE_MAX} entries a side", tag=268)

    def _set(self, pair: CurrencyPair, entry: Fields) -> None:
        """One new or changed entry: takes the place of those of its name."""
        name = first(entry, 278)
        kind = first(entry, 269) or self._side_of(pair, name)
        if kind not in (_BID, _OFFER):
            return
        names, level = self._sides[pair][kind], _level(entry)
        names.pop(name or kind, None)
        names.pop(first(entry, 280) or "", None)
        if level is None:
            return
        names.pop(kind, None)  # a named entry takes the place of the snapshot's unnamed ones
        names[name or kind] = [level]
        if len(names) > ENTRIES_PER_SIDE_MAX:
            raise RemoteProtocolError(f"more than {ENTRIES_PER_SIDE_MAX} entries a side", tag=268)

    def _side_of(self, pair: CurrencyPair, name: str | None) -> str:
        """The side on which a named entry stands; a change may leave the side out."""
        for side, levels in self._sides[pair].items():
            if name in levels:
                return side
        raise RemoteProtocolError(f"entry {name!a} of {pair} is not known", tag=278)

    def _delete(self, pair: CurrencyPair, entry: Fields) -> None:
        name, kind = first(entry, 278), first(entry, 269)
        side = kind if kind in (_BID, _OFFER) else self._side_of(pair, name)
        if self._sides[pair][side].pop(name or side, None) is None:
            raise RemoteProtocolError(f"entry {name!a} of {pair} is not known", tag=278)

    def _top(self, pair: CurrencyPair, sent_ns: int) -> MarketUpdated:
        sides = self._sides[pair]
        bids = (level for levels in sides[_BID].values() for level in levels)
        offers = (level for levels in sides[_OFFER].values() for level in levels)
        bid = max(bids, key=_rate, default=None)
        offer = min(offers, key=_rate, default=None)
        return MarketUpdated(
            venue=self._venue,
            pair=pair,
            bid=bid[0] if bid else None,
            offer=offer[0] if offer else None,
            bid_size=bid[1] if bid else None,
            offer_size=offer[1] if offer else None,
            sent_at_ns=sent_ns,
        )


def _level(entry: Fields) -> Level | None:
    """Price and size of an entry; None when it is no price to deal on."""
    price, size = first(entry, 270), first(entry, 271)
    if price is None or NOT_FIRM.intersection((first(entry, 276) or "").split()):
        return None
    return read_price(price, 270), number(size, 271) if size is not None else None


def _rate(level: Level) -> Decimal:
    return level[0]


def _pair(symbol: str) -> CurrencyPair:
    try:
        return parse_pair(symbol)
    except UnknownReference as problem:
        raise RemoteProtocolError(str(problem), tag=55) from problem


def _sent_at(entry: Fields) -> int:
    day, moment = first(entry, 272), first(entry, 273)
    return day_and_time(day, moment) if day and moment else 0
