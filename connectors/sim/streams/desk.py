"""The streams' side of the dealing sessions: FIX in, FIX out, around their floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.sim import wire
from connectors.sim.desks import Desk, refuse_unusable
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialogue import HitOut
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.model import Moment
from connectors.sim.streams.floor import StreamFloor
from connectors.sim.streams.wire import encode, word_of
from connectors.sim.streams.words import StatusIn, StreamOut, StreamWord, venue_of

QuoteEnd = Callable[[str, str], str | None]


class StreamDesk(Desk):
    """What streamed quotes need of the engine, and the answer to every quote status request.

    `others` say how a quote that is not streamed ended (venue, id): on a request, or a maker's.
    """

    def __init__(
        self,
        floor: StreamFloor,
        log: Log,
        send: Send,
        dialects: Mapping[str, Fix44],
        others: tuple[QuoteEnd, ...] = (),
    ) -> None:
        self.floor = floor
        self._log = log
        self._send = send
        self._dialects = dialects
        self._others = others
        self._spoken: set[str] = set()

    def takes(self, venue: str, message: wire.Incoming) -> bool:
        """i, a, and AI but those on counter-offers."""
        if message.type == "AI":
            return message.get(693) is None
        return message.type in ("i", "a")

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        try:
            word = word_of(message, self._dialects[venue])
        except wire.WireError as error:
            about = message.get(649) or message.get(117)
            refuse_unusable(self._log, self._send, venue, message, error, about, now)
            return
        self._say(self._answers(venue, word, now), now)

    def _answers(self, venue: str, word: StreamWord, now: Moment) -> list[StreamOut]:
        if isinstance(word, StatusIn) and self.floor.quote(venue, word.quote_id) is None:
            ends = (each(venue, word.quote_id) for each in self._others)
            end = next((found for found in ends if found is not None), None)
            return [self.floor.status(venue, word, word.pair, end)]
        return self.floor.say(venue, word, now)

    def on_withdrawal(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        symbol = message.get(55)
        pair = None if symbol is None else self._dialects[venue].pair(message)
        self.floor.on_withdrawal(venue, wire.withdrawal_in(message), pair, now)

    def begin(self, now: Moment) -> None:
        self.floor.start(now)

    def stop_asking(self) -> None:
        self.floor.stop()

    def act(self, now: Moment) -> bool:
        return self._say(self.floor.act(now), now)

    def next_due_ns(self) -> int | None:
        return self.floor.next_due_ns()

    def open_venue(self, venue: str, now: Moment) -> None:
        self.floor.open_venue(venue)

    def halt(self, venue: str, now: Moment) -> None:
        self.floor.close_venue(venue, "halted", now)

    def disconnect(self, venue: str, now: Moment) -> None:
        self.floor.close_venue(venue, "logout", now)

    def finish(self, now: Moment) -> None:
        self.floor.finish(now)

    def has_open(self, venue: str) -> bool:
        return venue in self._spoken

    def heard(self) -> None:
        self._spoken.clear()

    def _say(self, outs: list[StreamOut], now: Moment) -> bool:
        reacts = False
        for out in outs:
            venue = venue_of(out)
            kind, body = encode(out, self._dialects[venue], now.at_ns)
            self._spoken.add(venue)
            self._send(SessionKey(venue, DEALING), kind, body)
            reacts = reacts or not isinstance(out, HitOut)
        return reacts
