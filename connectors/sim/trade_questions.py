"""The venue asks the robot for its trades (AD), and holds them against its own record.

Everything on the dealing session comes in its order: whatever the robot tells of (AE) must have
been reported (8) before, and whatever was reported before the question must be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.sim import wire
from connectors.sim.desks import Desk
from connectors.sim.dialects.fields import Fields
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.fills import fill_of
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.model import NS_PER_SECOND, Moment
from connectors.sim.order_rules import trade_date_of
from connectors.sim.rows import Fill
from connectors.sim.tables import Row
from connectors.sim.wire import Incoming

_DONE = "done"
_MISSING_FIELD = "0"  # 380


@dataclass(slots=True)
class _Question:
    """One AD and what has come to it."""

    request_id: str
    expected: dict[str, Fill]
    total: int | None = None
    told: set[str] = field(default_factory=set)


class TradeQuestions(Desk):
    """Asks every venue's robot every so many seconds of the venue's time."""

    def __init__(
        self, every_s: float, log: Log, send: Send, dialects: Mapping[str, Fix44], id_prefix: str
    ) -> None:
        self._every_ns = int(every_s * NS_PER_SECOND)
        self._log = log
        self._send = send
        self._dialects = dialects
        self._prefix = id_prefix
        self._fills: dict[str, dict[str, Fill]] = {name: {} for name in dialects}
        self._open: dict[str, _Question] = {}
        self._due: dict[str, int] = {}
        self._number = 0

    def on_row(self, row: Row) -> None:
        """Keeps the deals that the robot has reported."""
        if isinstance(row, Fill) and not isinstance(row, MakerDeal):
            self._fills[row.venue][row.exec_id] = row

    def takes(self, venue: str, message: Incoming) -> bool:
        """AQ and AE."""
        return message.type in ("AQ", "AE")

    def open_venue(self, venue: str, now: Moment) -> None:
        self._due[venue] = now.at_ns + self._every_ns

    def halt(self, venue: str, now: Moment) -> None:
        self._due.pop(venue, None)

    def disconnect(self, venue: str, now: Moment) -> None:
        self._due.pop(venue, None)
        self._open.pop(venue, None)

    def next_due_ns(self) -> int | None:
        return min(self._due.values(), default=None)

    def act(self, now: Moment) -> bool:
        due = [venue for venue, at_ns in self._due.items() if at_ns <= now.at_ns]
        for venue in due:
            self._due[venue] = now.at_ns + self._every_ns
            self._ask(venue, now)
        return bool(due)

    def has_open(self, venue: str) -> bool:
        return venue in self._open

    def _ask(self, venue: str, now: Moment) -> None:
        self._number += 1
        request_id, day = f"{venue}-Q{self._prefix}{self._number:04d}", trade_date_of(now.at_ns)
        fills = self._fills[venue]
        standing = {name: fill for name, fill in fills.items() if fill.state == _DONE}
        expected = {name: fill for name, fill in standing.items() if fill.trade_date == day}
        self._open[venue] = _Question(request_id, expected)
        fields: Fields = [(568, request_id), (569, "0"), (263, "0"), (580, "1"), (75, day)]
        text = f"{request_id} {day}: {len(expected)} deals"
        self._log.event(venue, "out", "trades_asked", now, text=text)
        self._send(SessionKey(venue, DEALING), "AD", wire.body(fields))

    def handle(self, venue: str, message: Incoming, now: Moment) -> None:
        question = self._open.get(venue)
        if question is None or message.get(568) != question.request_id:
            self._log.event(venue, "in", "trades_of_no_question", now, text=message.raw[:200])
            return
        try:
            if message.type == "AQ":
                question.total = int(message.number(748) or 0)
                if message.get(749) not in (None, "0"):
                    self._wrong(venue, "trades_refused", question.request_id, message.raw, now)
                    del self._open[venue]
                    return
            else:
                self._on_trade(venue, question, message, now)
        except wire.WireError as error:
            raw = f"{error}: {message.raw}"
            self._wrong(venue, "unusable_message", message.type, raw, now)
            body = wire.business_reject(message, _MISSING_FIELD, str(error))
            self._send(SessionKey(venue, DEALING), "j", body)
        if len(question.told) == question.total:
            del self._open[venue]
            self._judge(venue, question, now)

    def _on_trade(self, venue: str, question: _Question, message: Incoming, now: Moment) -> None:
        exec_id = message.need(17)
        question.told.add(exec_id)
        ours = self._fills[venue].get(exec_id)
        if ours is None:
            self._wrong(venue, "unknown_trade_told", exec_id, message.raw, now)
            return
        if ours.state != _DONE:  # undone meanwhile: the robot may or may not have heard of it
            return
        raw = message.raw.replace("35=AE\x01", "35=8\x01", 1)
        answer = self._dialects[venue].execution_in(Incoming(raw))
        if answer is None:
            raise wire.WireError(f"AE: 150={message.get(150)} is no trade")
        theirs = fill_of(venue, answer, None, now)
        if _told(theirs) != _told(ours):
            text = f"{_told(theirs)} told, {_told(ours)} reported"
            self._wrong(venue, "trade_told_differs", exec_id, text, now)

    def _judge(self, venue: str, question: _Question, now: Moment) -> None:
        for exec_id in sorted(set(question.expected) - question.told):
            self._wrong(venue, "trade_not_told", exec_id, question.request_id, now)
        text = f"{question.request_id}: {len(question.told)} deals told"
        self._log.event(venue, "in", "trades_told", now, text=text)

    def _wrong(self, venue: str, kind: str, reference: str, text: str, now: Moment) -> None:
        self._log.anomaly(venue, kind, reference, text, now)


def _told(fill: Fill) -> tuple[str, str, str, Decimal, Decimal, str | None]:
    """What both must say alike."""
    return (fill.pair, fill.product, fill.side, fill.base_amount, fill.rate, fill.value_date)
