"""The market-data session: subscriptions (V) in, snapshots (W) and increments (X) out.

Spot is sent as it moves, its top here and all of its book by `depth_feed.py`; a curve is always
sent as W, one tenor at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sim import wire
from connectors.sim.depth_feed import DepthFeed
from connectors.sim.link import MARKET_DATA, Send, SessionKey
from connectors.sim.model import CurveTick, Instrument, MarketBook, Moment, Tick
from connectors.sim.products import Product
from connectors.sim.profiles import Profile

UNKNOWN_SYMBOL, DUPLICATE_ID, UNSUPPORTED_DEPTH, UNSUPPORTED_UPDATE = "0", "1", "5", "6"
_FULL_BOOK = "0"  # 264
_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"
_ENTRY_TAGS = frozenset((55, 48, 460, 461, 167, 10176))


@dataclass(slots=True)
class _Subscription:
    """What one V asked for; of a pair, whether its snapshot was sent."""

    shown: dict[str, bool] = field(default_factory=dict)
    curves: tuple[Instrument, ...] = ()


class MarketDataDesk:
    """Subscriptions of all venues. Each gets W once there is a price, then an X per tick."""

    def __init__(
        self, book: MarketBook, profiles: Mapping[str, Profile], send: Send, depth: DepthFeed
    ) -> None:
        self._book = book
        self._depth = depth
        self._profiles = profiles
        self._send = send
        self._held: dict[str, dict[str, _Subscription]] = {name: {} for name in profiles}
        self._silent: set[tuple[str, str]] = set()  # pairs whose prices were deleted by a halt
        self._entry_no = 0

    def has_subscription(self, venue: str) -> bool:
        return bool(self._held[venue])

    def drop(self, venue: str) -> None:
        """The session logged out; its subscriptions are gone."""
        self._held[venue].clear()
        self._depth.drop(venue)

    def on_request(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """V: subscribe, snapshot or unsubscribe."""
        subscription, kind = message.need(262), message.need(263)
        held = self._held[venue]
        if kind == _UNSUBSCRIBE:
            held.pop(subscription, None)
            self._depth.drop(venue, subscription)
            return
        asked, unknown = self._asked(venue, message)
        if subscription in held:
            self._reject(venue, subscription, DUPLICATE_ID, f"{subscription} is in use")
        elif unknown or not asked:
            self._reject(venue, subscription, UNKNOWN_SYMBOL, f"Unknown symbol {' '.join(unknown)}")
        elif message.get(264) not in ("0", "1"):
            self._reject(venue, subscription, UNSUPPORTED_DEPTH, "264 must be 0 or 1")
        elif kind == _SUBSCRIBE and message.get(265) not in (None, "1"):
            self._reject(venue, subscription, UNSUPPORTED_UPDATE, "265 must be 1, incremental")
        else:
            full = message.get(264) == _FULL_BOOK
            made = self._subscribe(venue, subscription, asked, now, full=full)
            if kind != _SNAPSHOT:
                held[subscription] = made
            elif full:
                self._depth.drop(venue, subscription)

    def _asked(self, venue: str, message: wire.Incoming) -> tuple[list[Instrument], list[str]]:
        """What is asked for, each once, and the symbols that are unknown here."""
        profile, known, unknown = self._profiles[venue], [], []
        instruments = profile.instruments()
        for entry in message.members(146, 55, _ENTRY_TAGS):
            found = profile.dialect.instrument_asked(entry)
            if found in instruments and found is not None:
                known.append(found)
            else:
                unknown.append(entry.need(55))
        return list(dict.fromkeys(known)), unknown

    def _subscribe(
        self,
        venue: str,
        subscription: str,
        asked: list[Instrument],
        now: Moment,
        *,
        full: bool,
    ) -> _Subscription:
        pairs = [each.name for each in asked if each.product == Product.SPOT]
        curves = tuple(each for each in asked if each.product != Product.SPOT)
        if full:
            self._depth.add(venue, subscription, pairs, now)
            pairs = []
        shown = {pair: self._snapshot(venue, subscription, pair) for pair in pairs}
        for instrument in curves:
            for tick in self._book.curve(venue, instrument).values():
                self._send_curve(subscription, tick, now)
        return _Subscription(shown, curves)

    def _reject(self, venue: str, subscription: str, reason: str, text: str) -> None:
        body = wire.market_data_reject(subscription, reason, text)
        self._send(SessionKey(venue, MARKET_DATA), "Y", body)

    def _snapshot(self, venue: str, subscription: str, pair: str) -> bool:
        tick = self._book.latest(venue, pair)
        if tick is None or (venue, pair) in self._silent:
            return False
        self._entry_no += 1
        body = self._profiles[venue].dialect.snapshot(subscription, tick, self._entry_no)
        self._send(SessionKey(venue, MARKET_DATA), "W", body)
        return True

    def on_tick(self, tick: Tick, former: Tick | None, now: Moment) -> bool:
        """Sends the tick to whoever subscribed its pair; says whether anything was sent.

        Only changed sides are sent; both when neither changed, so that the price is known fresh.
        """
        key = (tick.venue, tick.pair)
        renewed = key in self._silent
        self._silent.discard(key)
        sent = self._depth.wants(*key)
        for subscription, held in self._held[tick.venue].items():
            if tick.pair not in held.shown:
                continue
            sent = True
            if not held.shown[tick.pair]:
                held.shown[tick.pair] = self._snapshot(tick.venue, subscription, tick.pair)
                continue
            self._increment(subscription, tick, former, renewed)
        return sent

    def on_curve(self, tick: CurveTick, now: Moment) -> bool:
        """Sends one tenor of a curve to whoever subscribed it."""
        wanted = [
            subscription
            for subscription, held in self._held[tick.venue].items()
            if tick.instrument in held.curves
        ]
        for subscription in wanted:
            self._send_curve(subscription, tick, now)
        return bool(wanted)

    def _send_curve(
        self, subscription: str, tick: CurveTick, now: Moment, *, gone: bool = False
    ) -> None:
        at_ns = now.at_ns if gone else tick.at_ns
        body = self._profiles[tick.venue].dialect.curve(subscription, tick, at_ns, gone=gone)
        self._send(SessionKey(tick.venue, MARKET_DATA), "W", body)

    def _increment(self, subscription: str, tick: Tick, former: Tick | None, renewed: bool) -> None:
        sides = "BO"
        if former is not None and not renewed:
            bid = former.bid != tick.bid or former.bid_size != tick.bid_size
            offer = former.ask != tick.ask or former.ask_size != tick.ask_size
            sides = ("B" if bid else "") + ("O" if offer else "") or "BO"
        self._entry_no += 1
        action = "0" if renewed else "1"
        dialect = self._profiles[tick.venue].dialect
        body = dialect.increment(subscription, tick, sides, action, self._entry_no, tick.at_ns)
        self._send(SessionKey(tick.venue, MARKET_DATA), "X", body)

    def halt(self, venue: str, now: Moment) -> None:
        """Deletes the venue's prices; the next tick of each pair and tenor brings them back."""
        dialect = self._profiles[venue].dialect
        for subscription, held in self._held[venue].items():
            for pair, known in held.shown.items():
                tick = self._book.latest(venue, pair)
                if known and tick is not None:
                    body = dialect.increment(subscription, tick, "BO", "2", 0, now.at_ns)
                    self._send(SessionKey(venue, MARKET_DATA), "X", body)
            for instrument in held.curves:
                for line in self._book.curve(venue, instrument).values():
                    self._send_curve(subscription, line, now, gone=True)
        self._silent |= {(venue, pair) for pair in self._profiles[venue].pairs}
