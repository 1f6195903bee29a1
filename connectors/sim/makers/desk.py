"""The makers' side of the dealing sessions: FIX in, FIX out, around the makers' floor."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sim import wire
from connectors.sim.desks import Desk, refuse_unusable
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.makers.floor import MakerFloor
from connectors.sim.makers.wire import encode, word_of
from connectors.sim.makers.words import MakerOut, ReportOut, venue_of
from connectors.sim.model import Moment

_TAKE_TYPES = ("D", "G")  # 40 of a D that takes a quote; G is a swap's


class MakerDesk(Desk):
    """What makers need of the engine. Answers to takes are delivered, the rest is now or never."""

    def __init__(
        self,
        floor: MakerFloor,
        log: Log,
        send: Send,
        deliver: Send,
        dialects: Mapping[str, Fix44],
    ) -> None:
        self.floor = floor
        self._log = log
        self._send = send
        self._deliver = deliver
        self._dialects = dialects
        self._spoken: set[str] = set()

    def takes(self, venue: str, message: wire.Incoming) -> bool:
        """R, AJ, D on a quote, and H about such a D."""
        match message.type:
            case "R" | "AJ":
                return True
            case "D":
                return message.get(117) is not None and message.get(40) in (None, *_TAKE_TYPES)
            case "H":
                return self.floor.knows_take(venue, message.get(11))
        return False

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """One message of the robot; one that cannot be read is answered with j."""
        try:
            word = word_of(message, self._dialects[venue])
        except wire.WireError as error:
            about = message.get(131) or message.get(11)
            refuse_unusable(self._log, self._send, venue, message, error, about, now)
            return
        self._say(self.floor.say(venue, word, now), now)

    def act(self, now: Moment) -> bool:
        """What is due by now; says whether anything was said."""
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
        self._say(self.floor.finish(now), now)

    def has_open(self, venue: str) -> bool:
        return venue in self._spoken or self.floor.has_open(venue)

    def heard(self) -> None:
        self._spoken.clear()

    def waits(self) -> bool:
        return self.floor.waits()

    def _say(self, outs: list[MakerOut], now: Moment) -> bool:
        for out in outs:
            venue = venue_of(out)
            kind, body = encode(out, self._dialects[venue], now.at_ns)
            self._spoken.add(venue)
            way = self._deliver if isinstance(out, ReportOut) else self._send
            way(SessionKey(venue, DEALING), kind, body)
        return bool(outs)
