"""The dealing session: hands the robot's messages to the floor and puts the floor's into FIX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.sim import wire
from connectors.sim.desks import Desk
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialogue import (
    AskOut,
    CounterOut,
    HitOut,
    Out,
    PassOut,
    QuoteStatusOut,
    RefusalIn,
    WithdrawOut,
    venue_of,
)
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.model import Moment
from connectors.sim.venue import Floor

OTHER, UNSUPPORTED_TYPE = "0", "3"  # FIX 380


class DealingDesk:
    """One dealing session per venue; stateless but for the floor behind it."""

    def __init__(
        self,
        floor: Floor,
        log: Log,
        send: Send,
        dialects: Mapping[str, Fix44],
        desks: Sequence[Desk],
    ) -> None:
        self._desks = desks
        self._dialects = dialects
        self._floor = floor
        self._log = log
        self._send = send
        self._handlers: dict[str, Callable[[str, wire.Incoming, Moment], list[Out]]] = {
            "S": self._quote,
            "AG": self._refusal,
            "Z": self._withdrawal,
            "8": self._execution,
            "AI": self._counter_refusal,
            "j": self._reject,
        }

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """One message of the robot; whatever it is, the venue lives on and says what was wrong."""
        desk = next((each for each in self._desks if each.takes(venue, message)), None)
        if desk is not None:
            desk.handle(venue, message, now)
            return
        handler = self._handlers.get(message.type)
        if handler is None:
            text = f"message type {message.type} is not supported here"
            self._refuse(venue, message, UNSUPPORTED_TYPE, text, now)
            return
        try:
            outs = handler(venue, message, now)
        except wire.WireError as error:
            self._refuse(venue, message, OTHER, str(error), now)
            return
        self.say(outs, now)

    def say(self, outs: list[Out], now: Moment) -> None:
        """Sends what the floor says, each on its venue's session."""
        for out in outs:
            kind, body = self._dialects[venue_of(out)].encode(out, now.at_ns)
            self._file(out, now)
            self._send(SessionKey(venue_of(out), DEALING), kind, body)

    def session_status(self, venue: str, status: str, now: Moment) -> None:
        """h: 1 halted, 2 open, 3 closed."""
        self._log.event(venue, "out", "session_status", now, text=status)
        body = self._dialects[venue].session_status(status)
        self._send(SessionKey(venue, DEALING), "h", body)

    def _file(self, out: Out, now: Moment) -> None:
        """Requests and hits have tables of their own; the rest goes into the events."""
        match out:
            case AskOut() | HitOut() | CounterOut():
                return
            case PassOut():
                kind, request_id, quote_id, text = (
                    "pass",
                    out.quote.request_id,
                    out.quote.quote_id,
                    "",
                )
            case WithdrawOut():
                kind, request_id, quote_id, text = "withdraw", out.request_id, out.quote_id, ""
            case QuoteStatusOut():
                kind, request_id, quote_id = "quote_status", out.request_id, out.quote_id
                text = f"{out.status} {out.text}"
        venue = venue_of(out)
        self._log.event(
            venue, "out", kind, now, request_id=request_id, quote_id=quote_id, text=text
        )

    def _refuse(
        self, venue: str, message: wire.Incoming, reason: str, text: str, now: Moment
    ) -> None:
        self._log.anomaly(venue, "unusable_message", message.type, f"{text}: {message.raw}", now)
        body = wire.business_reject(message, reason, text)
        self._send(SessionKey(venue, DEALING), "j", body)

    def _quote(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        return self._floor.on_quote(venue, self._dialects[venue].quote_in(message), now)

    def _refusal(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        return self._floor.on_refusal(venue, self._dialects[venue].refusal_in(message), now)

    def _withdrawal(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        for desk in self._desks:
            desk.on_withdrawal(venue, message, now)
        return self._floor.on_withdrawal(venue, wire.withdrawal_in(message), now)

    def _execution(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        answer = self._dialects[venue].execution_in(message)
        if answer is None:
            self._log.event(venue, "in", "execution", now, text=f"150={message.get(150)}")
            return []
        return self._floor.on_execution(venue, answer, now)

    def _counter_refusal(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        return self._floor.on_counter_refusal(venue, wire.counter_refusal_in(message), now)

    def _reject(self, venue: str, message: wire.Incoming, now: Moment) -> list[Out]:
        """j: the robot could not process a message; if it names a request, that is refused."""
        text = f"{message.get(372)} {message.get(380)} {message.get(58)}"
        self._log.event(venue, "in", "business_reject", now, text=text)
        request_id = message.get(379)
        if request_id is None:
            return []
        reason = f"BUSINESS_REJECT {message.get(58) or ''}"
        return self._floor.on_refusal(
            venue, RefusalIn(request_id, None, None, message.get(380), reason), now
        )
