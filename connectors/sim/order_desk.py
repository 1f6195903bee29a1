"""The order side of the dealing sessions: FIX in, FIX out, around the order floor."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sim import order_wire, wire
from connectors.sim.desks import Desk, refuse_unusable
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.model import Moment, Tick
from connectors.sim.order_answers import Said
from connectors.sim.order_floor import OrderFloor


class OrderDesk(Desk):
    """What orders need of the engine. Answers are delivered: what became of its orders the robot
    has to hear, however late.
    """

    def __init__(
        self,
        floor: OrderFloor,
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
        self._spoken: set[str] = set()  # venues where something was said since the last barrier

    def takes(self, venue: str, message: wire.Incoming) -> bool:
        """Whether this is about orders, at a venue that has them."""
        known = message.type in order_wire.ORDER_MESSAGES
        return known and self._dialects[venue].takes_orders

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """One message of the robot; one that cannot be read is answered with j."""
        try:
            word = order_wire.word_of(message, self._dialects[venue])
        except wire.WireError as error:
            about = message.get(11)
            refuse_unusable(self._log, self._send, venue, message, error, about, now)
            return
        self._say(self.floor.say(venue, word, now, poss_dup=message.poss_dup))

    def on_tick(self, tick: Tick, now: Moment) -> None:
        """A new price of the venue."""
        self._say(self.floor.on_tick(tick, now))

    def follows_prices(self) -> bool:
        """Resting orders are dealt when a price comes to them."""
        return self.floor.has_resting

    def act(self, now: Moment) -> bool:
        """What is due by now; says whether anything was said."""
        return self._say(self.floor.act(now))

    def next_due_ns(self) -> int | None:
        return self.floor.next_due_ns()

    def waits(self) -> bool:
        return self.floor.waits()

    def open_venue(self, venue: str, now: Moment) -> None:
        self._say(self.floor.open_venue(venue, now))

    def halt(self, venue: str, now: Moment) -> None:
        self._say(self.floor.halt(venue, now))

    def disconnect(self, venue: str, now: Moment) -> None:
        self._say(self.floor.disconnect(venue, now))

    def finish(self, now: Moment) -> None:
        self._say(self.floor.finish(now))

    def has_open(self, venue: str) -> bool:
        """Whether the robot may have something to say about orders there."""
        return venue in self._spoken or self.floor.has_open(venue)

    def heard(self) -> None:
        """The robot has caught up with all that was said."""
        self._spoken.clear()

    def _say(self, said: list[Said]) -> bool:
        for each in said:
            venue = each.answer.venue
            dialect = self._dialects[venue]
            kind, body = order_wire.encode(each.answer, dialect, repeated=each.repeated)
            self._spoken.add(venue)
            self._deliver(SessionKey(venue, DEALING), kind, body)
        return bool(said)
