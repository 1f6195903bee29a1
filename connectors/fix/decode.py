"""FIX message of the dealing session -> event, one function per MsgType, in one table.

Pure: no state. What cannot be understood raises `RemoteProtocolError`. What a message says of its
product is read in `terms.py`, what it says of the price in `prices.py`, reports on orders of ours
in `orders_in.py`, what makers say to us in `asks_in.py`; spot, which is most of what comes, is
read here.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from connectors.fix.allocations import allocation
from connectors.fix.asks_in import (
    ask_refused,
    is_about_ask,
    quote_received,
    quote_revoked,
    reported,
    request_rejected,
)
from connectors.fix.dialect import Dialect
from connectors.fix.fields import (
    Fields,
    FixMessage,
    identifier,
    integer,
    local_date,
    text,
    timestamp,
)
from connectors.fix.fields import amount as read_amount
from connectors.fix.fields import (
    price as read_price,
)
from connectors.fix.orders_in import cancel_refused, orders_cancelled
from connectors.fix.parties import party
from connectors.fix.prices import hit_prices
from connectors.fix.record_in import (
    trade_acknowledged,
    trade_reported,
    trades_asked,
    trades_counted,
)
from connectors.fix.streams_in import (
    mass_quote_answered,
    quote_status_asked,
    quote_status_told,
)
from connectors.fix.terms import (
    Said,
    fx_side,
    hinted_product,
    is_loan,
    read_collateral,
    read_terms,
    told_product,
)
from robot.basics.currency import Currency
from robot.basics.ids import CounterpartyId, HitId, QuoteId, RfqId, VenueId
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError
from robot.messages.base import Origin
from robot.messages.counters import CounterReceived
from robot.messages.events import (
    AnyEvent,
    HitReceived,
    MessageRefused,
    RfqEnded,
    RfqEnding,
    RfqReceived,
    VenueStatusChanged,
    VenueTrading,
)

REQUEST_ENTRIES_MAX = 20
_SECOND_NS = 1_000_000_000
_TRADING = {"1": VenueTrading.HALTED, "2": VenueTrading.OPEN, "3": VenueTrading.CLOSED}

Decoder = Callable[[FixMessage, VenueId, Dialect, Origin], list[AnyEvent]]


def events_from(
    message: FixMessage, venue: VenueId, dialect: Dialect, session: str
) -> list[AnyEvent]:
    """The events a dealing-session message stands for; none when it says nothing to the core."""
    decoder = DECODERS.get(message.type)
    if decoder is None:
        raise RemoteProtocolError(f"message type {message.type[:8]!a} is not dealt with", tag=35)
    return decoder(message, venue, dialect, origin_of(message, session))


def origin_of(message: FixMessage, session: str) -> Origin:
    """Where the event came from, with the message itself made safe to store."""
    raw = message.raw.replace("\x01", "|").encode("utf-8", "backslashreplace").decode("utf-8")
    return Origin(
        session=session,
        sequence=message.sequence,
        possibly_duplicate=message.possibly_duplicate,
        raw=raw,
    )


def subscription_refused(message: FixMessage, venue: VenueId, session: str) -> MessageRefused:
    """A market data request that is refused (Y): prices that come already are not touched by it."""
    said = message.values
    words = f"reason {text(said.get(281, '-'))} {text(said.get(58, ''))}".rstrip()
    return MessageRefused(
        origin=origin_of(message, session),
        venue=venue,
        message_type="V",
        reference=text(said.get(262, "")),
        text=words,
    )


def _rfqs(message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin) -> list[AnyEvent]:
    request_id = identifier(message.required(131), 131)
    entries = message.group(146, 55)
    if not 0 < len(entries) <= REQUEST_ENTRIES_MAX:
        text_ = f"a request needs 1 to {REQUEST_ENTRIES_MAX} entries, {len(entries)} came"
        raise RemoteProtocolError(text_, tag=146)
    seconds = message.values.get(dialect.streaming_seconds_tag)
    streaming_ns = integer(seconds, dialect.streaming_seconds_tag) * _SECOND_NS if seconds else 0
    request = _Request(request_id, venue, dialect, origin, streaming_ns)
    return [_rfq(entry, index, request) for index, entry in enumerate(entries)]


class _Request(msgspec.Struct, frozen=True):
    """What the entries of one request have in common."""

    id: str
    venue: VenueId
    dialect: Dialect
    origin: Origin
    streaming_ns: int

    def rfq_id(self, index: int) -> RfqId:
        """Of its entry at `index`."""
        return RfqId(self.id if index == 0 else f"{self.id}#{index + 1}")


def _rfq(entry: Fields, index: int, request: _Request) -> RfqReceived:
    said, dialect = dict(reversed(entry)), request.dialect
    product = told_product(said, dialect)
    if product != ProductKind.SPOT:
        return _rfq_of(product, said, entry, index, request)
    side, amount, day = said.get(54), said.get(38), said.get(64)
    sent, until = said.get(60), said.get(126)
    if amount is None:
        raise RemoteProtocolError("a request without an amount", tag=38)
    return RfqReceived(
        origin=request.origin,
        venue=request.venue,
        request_id=request.id,
        rfq_id=request.rfq_id(index),
        counterparty=_counterparty(entry, dialect),
        pair=dialect.pair(text(said.get(55) or "")),
        product=product,
        side=fx_side(side) if side is not None else None,
        amount=read_amount(amount, 38),
        currency=_currency(said.get(15)),
        value_date=local_date(day, 64) if day is not None else None,
        open_until_ns=timestamp(until, 126) if until else 0,
        streaming_ns=request.streaming_ns,
        sent_at_ns=timestamp(sent, 60) if sent else 0,
    )


def _rfq_of(product: str, said: Said, entry: Fields, index: int, request: _Request) -> RfqReceived:
    """A request for anything but spot."""
    terms = read_terms(product, said, entry, request.dialect, 38, dated=True)
    sent, until = said.get(60), said.get(126)
    is_repo, is_ndf = product == ProductKind.REPO, product == ProductKind.NDF
    return RfqReceived(
        origin=request.origin,
        venue=request.venue,
        request_id=request.id,
        rfq_id=request.rfq_id(index),
        counterparty=_counterparty(entry, request.dialect),
        pair=terms.pair,
        product=product,
        side=terms.side,
        amount=terms.amount,
        currency=terms.currency,
        tenor=terms.tenor,
        value_date=terms.value_date,
        far_tenor=terms.far_tenor,
        far_value_date=terms.far_value_date,
        far_amount=terms.far_amount,
        settlement_currency=terms.settlement_currency if is_ndf else None,
        fixing_index=terms.fixing_index if is_ndf else "",
        collateral=read_collateral(entry, request.dialect) if is_repo else (),
        open_until_ns=timestamp(until, 126) if until else 0,
        streaming_ns=request.streaming_ns,
        sent_at_ns=timestamp(sent, 60) if sent else 0,
    )


def _response(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    kind = message.required(694)
    quote_id = QuoteId(identifier(message.required(117), 117))
    if kind == "1":
        return [_hit(message, venue, dialect, origin, quote_id)]
    if kind == "2" and dialect.counters:
        return [_counter(message, venue, dialect, origin, quote_id)]
    endings = {"3": RfqEnding.EXPIRED, "5": RfqEnding.PASSED, "6": RfqEnding.PASSED}
    if kind not in endings:
        raise RemoteProtocolError(f"quote response type {kind[:4]!a} is not dealt with", tag=694)
    return [RfqEnded(origin=origin, venue=venue, ending=endings[kind], quote_id=quote_id)]


def _order(message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin) -> list[AnyEvent]:
    kind = message.required(40)
    swap = kind == "G" and hinted_product(message.values, dialect) == ProductKind.SWAP
    if kind != "D" and not swap:
        wanted = "previously quoted orders (40=D, or G of a swap)"
        raise RemoteProtocolError(f"tag 40 is {kind[:4]!a}: only {wanted} are dealt with", tag=40)
    quote_id = QuoteId(identifier(message.required(117), 117))
    return [_hit(message, venue, dialect, origin, quote_id)]


def _hit(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin, quote_id: QuoteId
) -> HitReceived:
    said = message.values
    product = hinted_product(said, dialect)
    if product not in ("", ProductKind.SPOT) or is_loan(said, dialect):
        return _hit_of(product, message, venue, dialect, origin, quote_id)
    response_id = said.get(693)
    price, day, sent = (said.get(tag) for tag in (44, 64, 60))
    return HitReceived(
        origin=origin,
        venue=venue,
        hit_id=HitId(identifier(said.get(11) or response_id or "", 11)),
        response_id=identifier(response_id, 693) if response_id else None,
        quote_id=quote_id,
        counterparty=_counterparty(message.fields, dialect),
        pair=dialect.pair(text(message.required(55))),
        product=product,
        side=fx_side(message.required(54)),
        amount=read_amount(message.required(38), 38),
        price=read_price(price, 44) if price else None,
        currency=_currency(said.get(15)),
        value_date=local_date(day, 64) if day else None,
        sent_at_ns=timestamp(sent, 60) if sent else 0,
    )


def _hit_of(
    product: str,
    message: FixMessage,
    venue: VenueId,
    dialect: Dialect,
    origin: Origin,
    quote_id: QuoteId,
) -> HitReceived:
    """A hit on anything but spot."""
    said = message.values
    for tag in (55, 54):
        message.required(tag)
    kind = product or ProductKind.DEPOSIT
    terms = read_terms(kind, said, message.fields, dialect, 38, dated=False)
    assert terms.side is not None, "54 is there"
    prices = hit_prices(kind, said, terms, dialect)
    response_id, sent = said.get(693), said.get(60)
    return HitReceived(
        origin=origin,
        venue=venue,
        hit_id=HitId(identifier(said.get(11) or response_id or "", 11)),
        response_id=identifier(response_id, 693) if response_id else None,
        quote_id=quote_id,
        counterparty=_counterparty(message.fields, dialect),
        pair=terms.pair,
        product=product,
        side=terms.side,
        amount=terms.amount,
        price=prices.price,
        near_rate=prices.near_rate,
        far_rate=prices.far_rate,
        currency=terms.currency,
        value_date=terms.value_date,
        far_value_date=terms.far_value_date,
        far_amount=terms.far_amount,
        sent_at_ns=timestamp(sent, 60) if sent else 0,
    )


def _counter(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin, quote_id: QuoteId
) -> CounterReceived:
    """A price of theirs, in the form of a hit; what differs is that it says one."""
    hit = _hit(message, venue, dialect, origin, quote_id)
    return CounterReceived(
        origin=origin,
        venue=venue,
        response_id=identifier(message.required(693), 693),
        quote_id=quote_id,
        counterparty=hit.counterparty,
        pair=hit.pair,
        product=hit.product,
        side=hit.side,
        amount=hit.amount,
        price=hit.price,
        near_rate=hit.near_rate,
        far_rate=hit.far_rate,
        currency=hit.currency,
        value_date=hit.value_date,
        far_value_date=hit.far_value_date,
        far_amount=hit.far_amount,
        sent_at_ns=hit.sent_at_ns,
    )


def _cancel(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    if is_about_ask(message.values):
        return quote_revoked(message, venue, origin)
    request_id = message.values.get(131)
    quote_id = message.values.get(117)
    known = quote_id not in (None, "", "*", "NONE")
    if not known and not request_id and message.values.get(298) != "4":
        raise RemoteProtocolError("a cancel names neither request nor quote", tag=131)
    return [
        RfqEnded(
            origin=origin,
            venue=venue,
            ending=RfqEnding.WITHDRAWN,
            quote_id=QuoteId(identifier(quote_id or "", 117)) if known and not request_id else None,
            request_id=identifier(request_id, 131) if request_id else None,
        )
    ]


def _refused(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    sequence = message.values.get(45)
    return request_rejected(message, venue, origin) or [
        MessageRefused(
            origin=origin,
            venue=venue,
            message_type=text(message.values.get(372, "?")),
            reference=text(message.values.get(379) or message.values.get(131, "")),
            reference_sequence=integer(sequence, 45) if sequence else 0,
            text=text(message.values.get(58, "")),
        )
    ]


def _trading(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    status = _TRADING.get(message.required(340))
    sent = message.values.get(60)
    if status is None:
        return []
    sent_ns = timestamp(sent, 60) if sent else 0
    return [VenueStatusChanged(origin=origin, venue=venue, status=status, sent_at_ns=sent_ns)]


def _currency(value: str | None) -> Currency | None:
    return Currency(text(value)) if value else None


def _counterparty(entry: Fields, dialect: Dialect) -> CounterpartyId | None:
    """The party in the role that this venue uses for the client."""
    return party(entry, dialect.counterparty_roles)


DECODERS: dict[str, Decoder] = {
    "R": _rfqs,
    "AJ": _response,
    "D": _order,
    "Z": _cancel,
    "AI": quote_status_told,
    "a": quote_status_asked,
    "b": mass_quote_answered,
    "AD": trades_asked,
    "AR": trade_acknowledged,
    "AG": ask_refused,
    "j": _refused,
    "3": _refused,
    "h": _trading,
    "AQ": trades_counted,
    "AE": trade_reported,
    "8": reported,
    "9": cancel_refused,
    "r": orders_cancelled,
    "S": quote_received,
    "J": allocation,
}
