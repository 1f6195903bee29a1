"""FIX text between robot and venue: the product's codec on one side, the simulator's on the other.

What the robot says goes through `connectors.fix.encode` and QuickFIX's own message; the venue reads
it with `connectors.sim.wire`. What the venue says is written here, read by `connectors.fix.decode`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import msgspec
import quickfix as fix

from connectors.fix.dialect import Dialect
from connectors.fix.encode import message_for
from connectors.fix.session import DealingApplication, _build
from connectors.sim.model import fix_time
from connectors.sim.wire import body
from robot.deals.party import BUY, SELL, Side
from robot.messages.asks import AskRefused, QuoteReceived, QuoteRevoked, QuoteRevoking
from robot.messages.base import Origin, Wire
from robot.messages.counters import CounterReceived
from robot.messages.events import (
    AnyEvent,
    HitReceived,
    MessageRefused,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    TradeReported,
    TradesCounted,
    VenueStatusChanged,
    VenueTrading,
)
from robot.messages.orders import CancelRefused, OrderReport, OrderReported, OrdersCancelled
from robot.package import fix_dictionary

DIALECT = Dialect()
NO_ORIGIN = Origin(session="", sequence=0)
_STATUS = {VenueTrading.HALTED: "1", VenueTrading.OPEN: "2", VenueTrading.CLOSED: "3"}

Pairs = list[tuple[int, str | None]]


class Garbled(msgspec.Struct, frozen=True):
    """Something a venue says that nobody can understand."""

    type: str
    fields: tuple[tuple[int, str], ...]


GARBAGE = (
    Garbled("R", ((131, "G1"), (146, "1"), (55, "EUR/USD"), (38, "NaN"))),
    Garbled("R", ((131, "G2"), (146, "3"), (55, "EUR/USD"), (38, "1000000"))),
    Garbled("AJ", ((117, "Q1"), (694, "1"), (11, "G3"), (55, "EUR/USD"), (54, "7"), (38, "1"))),
    Garbled("AJ", ((117, "Q1"), (694, "1"), (55, "EUR/USD"), (54, "1"), (38, "1e6"))),
    Garbled("D", ((11, "G4"), (40, "2"), (55, "EUR/USD"), (54, "1"), (38, "1"))),
    Garbled("AE", ((568, "G5"), (55, "EUR/USD"))),
    Garbled("8", ((37, "G6"), (11, "C20140501-1"), (150, "0"), (39, "4"))),
    Garbled("BZ", ((58, "what is this"),)),
)
Said = AnyEvent | Garbled


def robot_text(effect: Wire, at_ns: int) -> tuple[str, str]:
    """MsgType and text of what the robot sends."""
    encoded = message_for(effect, DIALECT, at_ns)
    return encoded.type, _build(encoded, _dictionary()).toString()


def venue_text(said: Said, number: int, *, resent: bool) -> str:
    """What the venue sends as its message `number`."""
    kind, fields = _said(said)
    head: Pairs = [(8, "FIX.4.4"), (9, "0"), (35, kind), (34, str(number))]
    again: Pairs = [(43, "Y")] if resent else []
    return body([*head, *again, *fields, (10, "000")])


class RobotsDoor:
    """The product's callback for what arrives, on a session that is only a name."""

    def __init__(self, venue: str, session: str) -> None:
        settings = SimpleNamespace(id=venue, dialect=DIALECT)
        self._events: list[AnyEvent] = []
        self._application: Any = SimpleNamespace(
            _which=lambda session_id: (settings, session), _poster=self, counted=Counter()
        )

    def read(self, text: str) -> list[AnyEvent]:
        """The events of one message."""
        self._events = []
        message: Any = SimpleNamespace(toString=lambda: text)
        DealingApplication._arrived(self._application, message, None)
        return self._events

    def post_together(self, events: Sequence[AnyEvent]) -> None:
        """In place of the inbox."""
        self._events = list(events)


def understood(said: Said, events: Sequence[AnyEvent]) -> bool:
    """Whether the robot read exactly what the venue meant."""
    if isinstance(said, Garbled):
        return [type(event).__name__ for event in events] == ["MessageQuarantined"]
    return [said] == [msgspec.structs.replace(e, origin=NO_ORIGIN) for e in events]  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _dictionary() -> fix.DataDictionary:
    return fix.DataDictionary(str(fix_dictionary()))


def _said(said: Said) -> tuple[str, Pairs]:
    match said:
        case Garbled():
            return said.type, list(said.fields)
        case RfqReceived():
            return "R", _request(said)
        case HitReceived():
            return _hit(said)
        case CounterReceived():
            return "AJ", _counter(said)
        case RfqEnded(ending=RfqEnding.PASSED):
            return "AJ", [(693, "P"), (117, said.quote_id), (694, "6")]
        case RfqEnded():
            return "Z", [(131, said.request_id), (117, "*"), (298, "1")]
        case VenueStatusChanged():
            return "h", [(336, "FX"), (340, _STATUS[said.status])]
        case TradesCounted():
            return "AQ", [(568, said.request_id), (748, str(said.total)), (749, "0")]
        case TradeReported():
            return "AE", _trade(said)
        case MessageRefused():
            refused: Pairs = [(372, said.message_type), (379, said.reference or None)]
            sequence = str(said.reference_sequence) if said.reference_sequence else None
            return "j", [(45, sequence), *refused, (58, said.text)]
        case OrderReported():
            return "8", _order_report(said)
        case QuoteReceived():
            return "S", _makers_quote(said)
        case QuoteRevoked(why=QuoteRevoking.REJECTED):
            named: Pairs = [(131, said.request_id), (117, said.quote_id), (693, said.response_id)]
            return "AI", [*named, (297, "5"), (55, "EUR/USD")]
        case QuoteRevoked():
            return "Z", [(131, said.request_id), (117, said.quote_id), (298, "1")]
        case AskRefused():
            return "AG", [(131, said.request_id), (658, said.reason), (58, said.text)]
        case CancelRefused():
            return "9", _cancel_refused(said)
        case OrdersCancelled():
            return "r", [(11, said.request_id), (530, "7"), (531, "7" if said.accepted else "0")]
    raise AssertionError(f"the venue does not say {type(said).__name__}")


def _side(side: Side | None) -> str | None:
    return None if side is None else "1" if side is SELL else "2"


def _party(client: str | None) -> Pairs:
    return [(453, "1"), (448, client), (447, "D"), (452, "3")] if client else []


def _request(said: RfqReceived) -> Pairs:
    seconds = said.streaming_ns // 1_000_000_000
    return [
        (131, said.request_id),
        (DIALECT.streaming_seconds_tag, str(seconds) if seconds else None),
        (146, "1"),
        (55, said.pair),
        (54, _side(said.side)),
        (38, f"{said.amount:f}"),
        (126, fix_time(said.open_until_ns) if said.open_until_ns else None),
        *_party(said.counterparty),
    ]


def _hit(said: HitReceived) -> tuple[str, Pairs]:
    """As a quote response or as an order, by its number."""
    common: Pairs = [
        (11, said.hit_id),
        (117, said.quote_id),
        (55, said.pair),
        (54, _side(said.side)),
        (38, f"{said.amount:f}"),
        (40, "D"),
        (44, f"{said.price:f}" if said.price is not None else None),
        *_party(said.counterparty),
    ]
    by_order = said.hit_id[-1] in "02468"
    return ("D", common) if by_order else ("AJ", [(694, "1"), *common])


def _counter(said: CounterReceived) -> Pairs:
    return [
        (693, said.response_id),
        (117, said.quote_id),
        (694, "2"),
        (55, said.pair),
        (54, _side(said.side)),
        (38, f"{said.amount:f}"),
        (44, f"{said.price:f}" if said.price is not None else None),
        *_party(said.counterparty),
    ]


def _trade(said: TradeReported) -> Pairs:
    return [
        (571, said.report_id),
        (568, said.request_id if said.request_id != "unsolicited" else None),
        (17, said.exec_id),
        (55, said.pair),
        (32, f"{said.base_amount:f}"),
        (31, f"{said.rate:f}"),
        (75, f"{said.trade_date:%Y%m%d}"),
        (552, "1"),
        (54, _side(said.side)),
        *_party(said.counterparty),
    ]


_REPORTS = {
    OrderReport.NEW: "0",
    OrderReport.CANCELED: "4",
    OrderReport.REPLACED: "5",
    OrderReport.REJECTED: "8",
    OrderReport.EXPIRED: "C",
    OrderReport.TRADE: "F",
    OrderReport.CORRECTED: "G",
    OrderReport.BUSTED: "H",
    OrderReport.STATUS: "I",
}


def _order_report(said: OrderReported) -> Pairs:
    kind, status = _kind_and_status(said)
    return [
        (37, said.venue_order_id or "NONE"),
        (11, said.order_id),
        (41, said.original_id or None),
        (17, said.exec_id),
        (19, said.reference_exec_id or None),
        (150, kind),
        (39, status),
        (103, said.reason or None),
        (58, said.text or None),
        (55, said.pair),
        (54, "1" if said.side is BUY else "2"),
        (38, _number(said.amount)),
        (44, _number(said.price)),
        (32, _number(said.last_amount)),
        (31, _number(said.last_price)),
        (14, _number(said.filled)),
        (151, _number(said.remaining)),
        (15, said.currency),
        (64, f"{said.value_date:%Y%m%d}" if said.value_date else None),
        (75, f"{said.trade_date:%Y%m%d}" if said.trade_date else None),
        *(
            [(453, "1"), (448, said.counterparty), (447, "D"), (452, "17")]
            if said.counterparty
            else []
        ),
    ]


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _kind_and_status(said: OrderReported) -> tuple[str, str]:
    """150 and 39."""
    if said.report is OrderReport.PENDING:
        code = "6" if said.original_id else "A"
        return code, "1" if code == "A" and said.filled else code
    kind = _REPORTS[said.report]
    if kind in ("4", "8", "C"):
        return kind, kind
    if said.ended:
        unknown = "4" if said.venue_order_id else "8"
        return kind, "2" if said.amount and said.filled == said.amount else unknown
    return kind, "1" if said.filled else "0"


def _cancel_refused(said: CancelRefused) -> Pairs:
    return [
        (37, "NONE"),
        (11, said.order_id),
        (41, said.original_id),
        (39, "4" if said.ended else "0"),
        (434, "2" if said.replacing else "1"),
        (102, said.reason),
        (58, said.text),
    ]


def _makers_quote(said: QuoteReceived) -> Pairs:
    return [
        (131, said.request_id),
        (117, said.quote_id),
        (693, said.response_id or None),
        (537, "1" if said.tradeable else "0"),
        (453, "1"),
        (448, said.maker),
        (447, "D"),
        (452, "35"),
        (55, said.pair),
        (38, _number(said.amount)),
        (64, f"{said.value_date:%Y%m%d}" if said.value_date else None),
        (15, said.currency),
        (132, _number(said.bid)),
        (133, _number(said.offer)),
        (62, fix_time(said.valid_until_ns) if said.valid_until_ns else None),
    ]
