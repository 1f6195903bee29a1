"""Trade capture: the venue's deals, from its record when they are asked for (AD), live to whoever
subscribed (AE), and what of it the robot has acknowledged (AR).

Three kinds of deals stand in the record: those of clients (the robot as maker), of orders and of
makers' quotes (the robot as taker). A trade that is busted or corrected is told again, with 487=1
or 2 and 572 naming the report that is no longer right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sim import order_wire, wire
from connectors.sim.desks import Desk
from connectors.sim.dialects.fields import Fields
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.makers import wire as maker_wire
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.model import Moment
from connectors.sim.order_rows import OrderFill
from connectors.sim.record import Record
from connectors.sim.rows import Fill, TradeReport
from connectors.sim.tables import Row

_FIRST_DATE, _LAST_DATE = "00000000", "99999999"
_SHOWN_MAX = 20
_MISSING_FIELD = "0"  # 380
_SUBSCRIBE, _UNSUBSCRIBE = "1", "2"  # 263
_NEW, _CANCEL, _REPLACE = "0", "1", "2"  # 487
_CHANGED = {"busted": (_CANCEL, "H"), "corrected": (_REPLACE, "G")}

Traded = Fill | OrderFill | MakerDeal


@dataclass(slots=True)
class _Subscription:
    request_id: str
    told: int = 0
    reports: dict[str, str] = field(default_factory=dict)  # by ExecID the last 571


class TradeCapture(Desk):
    """AD, AE and AR of all venues. `on_row` is told of every row that is filed."""

    def __init__(
        self, record: Record, log: Log, send: Send, deliver: Send, dialects: Mapping[str, Fix44]
    ) -> None:
        self._record = record
        self._log = log
        self._send = send
        self._deliver = deliver
        self._dialects = dialects
        self._subscribed: dict[str, _Subscription] = {}
        self._news: list[Traded] = []
        self._states: dict[tuple[str, str], str] = {}
        self._unacknowledged: dict[tuple[str, str], TradeReport] = {}

    def figures(self) -> dict[str, object]:
        """571 of the last reports to subscribers that no AR has named, and how many there are."""
        waiting = [f"{venue} {report_id}" for venue, report_id in self._unacknowledged]
        return {
            "trade_reports_unacknowledged": len(waiting),
            "trade_reports_waiting": waiting[-_SHOWN_MAX:],
        }

    def takes(self, venue: str, message: wire.Incoming) -> bool:
        return message.type in ("AD", "AR")

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        try:
            if message.type == "AD":
                self.on_request(venue, message, now)
            else:
                self.on_acknowledgement(venue, message, now)
        except wire.WireError as error:
            raw = f"{error}: {message.raw}"
            self._log.anomaly(venue, "unusable_message", message.type, raw, now)
            body = wire.business_reject(message, _MISSING_FIELD, str(error))
            self._send(SessionKey(venue, DEALING), "j", body)

    # Asked for

    def on_request(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """AD: from the record, so also with the deals of earlier runs; 263=1 goes on live."""
        self.tell(now)
        request_id, dates = message.need(568), sorted(message.all(75))
        kind = message.get(263)
        if kind == _UNSUBSCRIBE:
            self._subscribed.pop(venue, None)
            return
        first, last = (dates[0], dates[-1]) if dates else (_FIRST_DATE, _LAST_DATE)
        times = sorted(message.times(60))
        found = [trade for trade in self._trades(venue, first, last, now) if _within(trade, times)]
        subscription = _Subscription(request_id)
        if kind == _SUBSCRIBE:
            self._subscribed[venue] = subscription
        key = SessionKey(venue, DEALING)
        self._send(key, "AQ", wire.trade_capture_ack(request_id, len(found)))
        for number, trade in enumerate(found, start=1):
            head = wire.history_head(trade.exec_id, request_id, number, len(found))
            report_id = f"{request_id}-{number}"
            subscription.reports[trade.exec_id] = report_id
            self._send(key, "AE", self._body(trade, head))
            if kind == _SUBSCRIBE:
                self._note(trade, report_id, request_id, "F", now, live=False)
        text = f"{request_id} {first}-{last}: {len(found)} deals"
        self._log.event(venue, "in", "trade_capture", now, text=text)

    def _trades(self, venue: str, first: str, last: str, now: Moment) -> list[Traded]:
        self._record.flush(now.wall_ns, now.at_ns)
        record = self._record
        return [
            *record.fills(venue, first, last),
            *record.order_fills(venue, first, last),
            *record.maker_deals(venue, first, last),
        ]

    def _body(self, trade: Traded, head: Fields) -> str:
        dialect = self._dialects[trade.venue]
        if isinstance(trade, OrderFill):
            return order_wire.trade_body(trade, dialect, head)
        if isinstance(trade, MakerDeal):
            return maker_wire.trade_report(trade, dialect, [*head, (828, "0")])
        return dialect.trade_body(trade, head)

    # Live

    def on_row(self, row: Row) -> None:
        """Remembers deals until `tell`: what is said of them on the dealing session comes first."""
        if isinstance(row, Fill | OrderFill):
            self._news.append(row)

    def tell(self, now: Moment) -> None:
        """AE of what was dealt or changed since, to those who subscribed."""
        news, self._news = self._news, []
        for trade in news:
            state = getattr(trade, "state", "done")
            key = (trade.venue, trade.exec_id)
            if self._states.get(key) != state:
                self._states[key] = state
                subscription = self._subscribed.get(trade.venue)
                if subscription is not None:
                    self._tell_one(trade, state, subscription, now)

    def _tell_one(
        self, trade: Traded, state: str, subscription: _Subscription, now: Moment
    ) -> None:
        subscription.told += 1
        request_id = subscription.request_id
        report_id = f"{request_id}-L{subscription.told}"
        change, kind = _CHANGED.get(state, (_NEW, "F"))
        former = None if kind == "F" else subscription.reports.get(trade.exec_id)
        meant = None if kind == "F" else trade.exec_id
        exec_id = trade.exec_id if kind == "F" else getattr(trade, "changed_by", None)
        head: Fields = [
            (571, report_id),
            (487, change),
            (568, request_id),
            (150, kind),
            (325, "Y"),
            (572, former),
            (17, exec_id or trade.exec_id),
            (19, meant),
        ]
        subscription.reports[trade.exec_id] = report_id
        self._deliver(SessionKey(trade.venue, DEALING), "AE", self._body(trade, head))
        self._note(trade, report_id, request_id, kind, now, live=True)

    def _note(
        self,
        trade: Traded,
        report_id: str,
        request_id: str,
        kind: str,
        now: Moment,
        *,
        live: bool,
    ) -> None:
        row = TradeReport(
            report_no=self._log.next_number(TradeReport),
            venue=trade.venue,
            report_id=report_id,
            request_id=request_id,
            exec_id=trade.exec_id,
            kind=kind,
            live=live,
            sent_at_ns=now.at_ns,
            sent_wall_ns=now.wall_ns,
        )
        self._unacknowledged[(trade.venue, report_id)] = row
        self._log.statistics.trade_reports += 1
        self._log.put(row)

    def on_acknowledgement(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """AR."""
        report_id = message.need(571)
        row = self._unacknowledged.pop((venue, report_id), None)
        self._log.statistics.trade_acknowledgements += 1
        if row is None:
            self._log.event(venue, "in", "trade_acknowledgement_of_nothing", now, text=report_id)
            return
        row.status = message.get(939) or "0"
        row.acknowledged_at_ns = now.at_ns
        self._log.put(row)

    def disconnect(self, venue: str, now: Moment) -> None:
        """The robot has logged out: it subscribes anew when it is back."""
        self._subscribed.pop(venue, None)


def _within(trade: Traded, times: list[int]) -> bool:
    """Whether a deal was made within the range of 60 that was asked for, when one was."""
    if not times:
        return True
    at_ns = trade.at_ns if isinstance(trade, OrderFill) else trade.received_at_ns
    return times[0] <= at_ns and (len(times) < 2 or at_ns <= times[-1])
