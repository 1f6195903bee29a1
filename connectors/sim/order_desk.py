"""The order side of the dealing sessions: FIX in, FIX out, around the order floor."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sim import order_wire, wire
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.model import Moment, Tick
from connectors.sim.order_answers import Said
from connectors.sim.order_floor import OrderFloor
from connectors.sim.record import Record

_MISSING_FIELD = "5"  # 380


class OrderDesk:
    """What orders need of the engine. Answers go out whoever is logged on.

    QuickFIX keeps what cannot be sent, and the robot asks for it at its next logon: what became of
    its orders it has to hear, however late.
    """

    def __init__(
        self,
        floor: OrderFloor,
        record: Record,
        log: Log,
        send: Send,
        dialects: Mapping[str, Fix44],
    ) -> None:
        self.floor = floor
        self._record = record
        self._log = log
        self._send = send
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
            raw = f"{error}: {message.raw}"
            self._log.anomaly(venue, "unusable_message", message.type, raw, now)
            body = wire.business_reject(message, _MISSING_FIELD, str(error), message.get(11))
            self._send(SessionKey(venue, DEALING), "j", body)
            return
        self._say(self.floor.say(venue, word, now, poss_dup=message.poss_dup))

    def on_tick(self, tick: Tick, now: Moment) -> None:
        """A new price of the venue."""
        self._say(self.floor.on_tick(tick, now))

    def act(self, now: Moment) -> bool:
        """What is due by now; says whether anything was said."""
        return self._say(self.floor.act(now))

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
            self._send(SessionKey(venue, DEALING), kind, body)
        return bool(said)

    def trade_reports(
        self, venue: str, dates: tuple[str, str], request_id: str, makers: int
    ) -> list[str]:
        """Bodies of AE: the robot's deals as taker, numbered after those as maker."""
        fills = self._record.order_fills(venue, *dates)
        count = makers + len(fills)
        return [
            order_wire.trade_report(fill, self._dialects[venue], request_id, number, count)
            for number, fill in enumerate(fills, start=makers + 1)
        ]
