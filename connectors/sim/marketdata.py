"""The market-data session: subscriptions (V) in, snapshots (W) and increments (X) out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.sim import wire
from connectors.sim.link import MARKET_DATA, Send, SessionKey
from connectors.sim.model import MarketBook, Moment, Tick

UNKNOWN_SYMBOL, DUPLICATE_ID, UNSUPPORTED_DEPTH, UNSUPPORTED_UPDATE = "0", "1", "5", "6"
_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"


class MarketDataDesk:
    """Subscriptions of all venues. Each gets W once there is a price, then an X per tick."""

    def __init__(self, book: MarketBook, pairs: Mapping[str, Sequence[str]], send: Send) -> None:
        self._book = book
        self._pairs = pairs
        self._send = send
        # venue -> subscription id -> pair -> whether its snapshot was sent
        self._subscriptions: dict[str, dict[str, dict[str, bool]]] = {name: {} for name in pairs}
        self._silent: set[tuple[str, str]] = set()  # pairs whose prices were deleted by a halt
        self._entry_no = 0

    def has_subscription(self, venue: str) -> bool:
        return bool(self._subscriptions[venue])

    def drop(self, venue: str) -> None:
        """The session logged out; its subscriptions are gone."""
        self._subscriptions[venue].clear()

    def on_request(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """V: subscribe, snapshot or unsubscribe."""
        subscription, kind = message.need(262), message.need(263)
        held = self._subscriptions[venue]
        if kind == _UNSUBSCRIBE:
            held.pop(subscription, None)
            return
        pairs = list(dict.fromkeys(message.all(55)))
        unknown = [pair for pair in pairs if pair not in self._pairs[venue]]
        if subscription in held:
            self._reject(venue, subscription, DUPLICATE_ID, f"{subscription} is in use")
        elif unknown or not pairs:
            self._reject(venue, subscription, UNKNOWN_SYMBOL, f"Unknown symbol {' '.join(unknown)}")
        elif message.get(264) not in ("0", "1"):
            self._reject(venue, subscription, UNSUPPORTED_DEPTH, "only the top of the book is sent")
        elif kind == _SUBSCRIBE and message.get(265) not in (None, "1"):
            self._reject(venue, subscription, UNSUPPORTED_UPDATE, "265 must be 1, incremental")
        else:
            shown = {pair: self._snapshot(venue, subscription, pair, now) for pair in pairs}
            if kind != _SNAPSHOT:
                held[subscription] = shown

    def _reject(self, venue: str, subscription: str, reason: str, text: str) -> None:
        body = wire.market_data_reject(subscription, reason, text)
        self._send(SessionKey(venue, MARKET_DATA), "Y", body)

    def _snapshot(self, venue: str, subscription: str, pair: str, now: Moment) -> bool:
        tick = self._book.latest(venue, pair)
        if tick is None or (venue, pair) in self._silent:
            return False
        self._entry_no += 1
        body = wire.snapshot(subscription, tick, self._entry_no, tick.at_ns)
        self._send(SessionKey(venue, MARKET_DATA), "W", body)
        return True

    def on_tick(self, tick: Tick, former: Tick | None, now: Moment) -> bool:
        """Sends the tick to whoever subscribed its pair; says whether anything was sent.

        Only changed sides are sent; both when neither changed, so that the price is known fresh.
        """
        key = (tick.venue, tick.pair)
        renewed = key in self._silent
        self._silent.discard(key)
        sent = False
        for subscription, shown in self._subscriptions[tick.venue].items():
            if tick.pair not in shown:
                continue
            sent = True
            if not shown[tick.pair]:
                shown[tick.pair] = self._snapshot(tick.venue, subscription, tick.pair, now)
                continue
            self._increment(subscription, tick, former, renewed)
        return sent

    def _increment(self, subscription: str, tick: Tick, former: Tick | None, renewed: bool) -> None:
        sides = "BO"
        if former is not None and not renewed:
            bid = former.bid != tick.bid or former.bid_size != tick.bid_size
            offer = former.ask != tick.ask or former.ask_size != tick.ask_size
            sides = ("B" if bid else "") + ("O" if offer else "") or "BO"
        self._entry_no += 1
        action = "0" if renewed else "1"
        body = wire.increment(subscription, tick, sides, action, self._entry_no, tick.at_ns)
        self._send(SessionKey(tick.venue, MARKET_DATA), "X", body)

    def halt(self, venue: str, now: Moment) -> None:
        """Deletes the venue's prices; the next tick of each pair brings them back as new."""
        for subscription, shown in self._subscriptions[venue].items():
            for pair, known in shown.items():
                tick = self._book.latest(venue, pair)
                if known and tick is not None:
                    body = wire.increment(subscription, tick, "BO", "2", 0, now.at_ns)
                    self._send(SessionKey(venue, MARKET_DATA), "X", body)
        self._silent |= {(venue, pair) for pair in self._pairs[venue]}
