"""Orders of ours and what a venue says of them, for tests of the FIX codec."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.fix.decode import events_from
from connectors.fix.encoded import Encoded, Group
from connectors.fix.fields import Fields
from robot.basics.ids import VenueId
from robot.deals.party import BUY
from robot.messages.base import Wire
from robot.messages.effects import AskOrder, CancelAllOrders, CancelOrder, ReplaceOrder, SendOrder
from robot.messages.events import AnyEvent
from robot.messages.orders import OrderKind, TimeInForce
from tests.kit.fix import ALPHA, SESSION
from tests.kit.fix_products import AT_NS, EURUSD, SPOT, dialect, on_the_wire

TAKING = ("fix44", "fix50sp2")
"""The shipped dialects of venues that take orders."""
UNTIL_NS = AT_NS + 60_000_000_000
MAKER = "453=1|448=ALPHA|447=D|452=17"


def order(**changes: Any) -> SendOrder:
    """Buy 10m EUR/USD at 1.17010 or better, what can be had at once."""
    fields: dict[str, Any] = {
        "venue": ALPHA,
        "order_id": "O1",
        "pair": EURUSD,
        "side": BUY,
        "amount": Decimal(10_000_000),
        "kind": OrderKind.LIMIT,
        "price": Decimal("1.17010"),
        "time_in_force": TimeInForce.IOC,
        "value_date": SPOT,
    }
    return SendOrder(**(fields | changes))


def _about(venue: VenueId) -> dict[str, Any]:
    return {
        "venue": venue,
        "order_id": "O2",
        "original_id": "O1",
        "venue_order_id": "V1",
        "pair": EURUSD,
        "side": BUY,
        "amount": Decimal(10_000_000),
    }


def cancel(venue: VenueId = ALPHA, **changes: Any) -> CancelOrder:
    return CancelOrder(**(_about(venue) | changes))


def replacement(venue: VenueId = ALPHA, **changes: Any) -> ReplaceOrder:
    """The same order for 8m at 1.17015, for the day."""
    fields = _about(venue) | {
        "amount": Decimal(8_000_000),
        "price": Decimal("1.17015"),
        "time_in_force": TimeInForce.DAY,
        "value_date": SPOT,
    }
    return ReplaceOrder(**(fields | changes))


def question(venue: VenueId = ALPHA, **changes: Any) -> AskOrder:
    fields: dict[str, Any] = {
        "venue": venue,
        "order_id": "O1",
        "venue_order_id": "V1",
        "pair": EURUSD,
        "side": BUY,
    }
    return AskOrder(**(fields | changes))


def every_order(venue: VenueId = ALPHA) -> tuple[Wire, ...]:
    """One of each kind of message about orders."""
    return (
        order(venue=venue),
        cancel(venue),
        replacement(venue),
        question(venue),
        CancelAllOrders(venue=venue, request_id="M1"),
    )


def told(kind: str, body: str, preset: str = "fix44") -> AnyEvent:
    """The event that a venue's message stands for, after QuickFIX's dictionary has found it
    valid. `body` may end with the group of the parties.
    """
    plain, _, parties = body.partition("|453=1|")
    groups = (Group(453, [_fields(parties)]),) if parties else ()
    message = on_the_wire(Encoded(kind, _fields(plain), groups), preset)
    (event,) = events_from(message, ALPHA, dialect(preset), SESSION)
    return event


def _fields(body: str) -> Fields:
    pairs = (part.partition("=") for part in body.split("|"))
    return [(int(tag), value) for tag, _, value in pairs]


def report(changes: str = "", left_out: tuple[int, ...] = ()) -> str:
    """The body of an execution report: 10m ordered and nothing dealt, with `changes` in place of
    the fields that they name.
    """
    usual = (
        "37=V1|11=O1|17=E1|150=0|39=0|55=EUR/USD|54=1|38=10000000|14=0|151=10000000|6=0|40=2"
        "|44=1.17010|15=EUR|64=20260109|60=20260107-01:30:02.050"
    )
    fields = dict(_fields(usual)) | (dict(_fields(changes)) if changes else {})
    return "|".join(f"{tag}={value}" for tag, value in fields.items() if tag not in left_out)
