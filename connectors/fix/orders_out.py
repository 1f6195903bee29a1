"""Orders of ours -> FIX message fields. Pure; spot only.

We are the taker, so side (54) is ours. An order that contradicts itself is refused before it is
sent (`InvalidTerms`), as is any order for a venue that takes none (`ConfigurationError`).
"""

from __future__ import annotations

from decimal import Decimal

from connectors.fix.asks_out import taker_code
from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Encoded, day, plain
from connectors.fix.fields import Fields, format_timestamp
from robot.basics.currency import CurrencyPair, base_of, counter_of
from robot.deals.party import BUY, Side
from robot.deals.product import ProductKind
from robot.errors import ConfigurationError, Fault, InvalidTerms
from robot.messages.base import Wire
from robot.messages.effects import AskOrder, CancelAllOrders, CancelOrder, ReplaceOrder, SendOrder
from robot.messages.orders import OrderKind, TimeInForce

_KINDS = {OrderKind.MARKET: "1", OrderKind.LIMIT: "2", OrderKind.PREVIOUSLY_QUOTED: "D"}
"""OrdType (40)."""
_TIMES = {TimeInForce.DAY: "0", TimeInForce.IOC: "3", TimeInForce.FOK: "4", TimeInForce.GTD: "6"}
"""TimeInForce (59)."""
_EVERY_ORDER = "7"
"""MassCancelRequestType (530)."""


def our_side(side: Side) -> str:
    """Side (54) of a message in which we are the taker: our own, of the base currency."""
    return "1" if side is BUY else "2"


def new_order(effect: SendOrder, dialect: Dialect, at_ns: int) -> Encoded:
    """D."""
    _check_taken(effect, dialect)
    _check_kind(effect)
    _check_amounts(effect.order_id, effect.amount, effect.price)
    currency = effect.currency or base_of(effect.pair)
    if currency not in (base_of(effect.pair), counter_of(effect.pair)):
        text = f"order {effect.order_id}: {currency} is not dealt in {effect.pair}"
        raise InvalidTerms(Fault.CURRENCY_NOT_IN_PAIR, text)
    fields: Fields = [
        (11, effect.order_id),
        *_instrument(effect.pair, dialect),
        (54, our_side(effect.side)),
        (60, format_timestamp(at_ns)),
        (38, plain(effect.amount)),
        (40, _KINDS[effect.kind]),
        (15, currency),
        (64, day(effect.value_date)),
        *_time_in_force(effect),
    ]
    if effect.price is not None:
        fields.append((44, plain(effect.price)))
    if effect.quote_id:
        fields.append((117, effect.quote_id))
    return Encoded("D", fields)


def cancel_order(effect: CancelOrder, dialect: Dialect, at_ns: int) -> Encoded:
    """F."""
    _check_taken(effect, dialect)
    _check_amounts(effect.order_id, effect.amount, None)
    fields: Fields = [
        *_about(effect, dialect, at_ns),
        (38, plain(effect.amount)),
    ]
    return Encoded("F", fields)


def replace_order(effect: ReplaceOrder, dialect: Dialect, at_ns: int) -> Encoded:
    """G, always of a limit order: no other works in the market."""
    _check_taken(effect, dialect)
    _check_amounts(effect.order_id, effect.amount, effect.price)
    fields: Fields = [
        *_about(effect, dialect, at_ns),
        (38, plain(effect.amount)),
        (40, _KINDS[OrderKind.LIMIT]),
        (44, plain(effect.price)),
        (15, effect.currency or base_of(effect.pair)),
        (64, day(effect.value_date)),
        *_time_in_force(effect),
    ]
    return Encoded("G", fields)


def ask_order(effect: AskOrder, dialect: Dialect, at_ns: int) -> Encoded:
    """H, also of a quote that we took, which any venue may be asked about."""
    fields: Fields = [
        (11, effect.order_id),
        (55, dialect.symbol(effect.pair)),
        *dialect.marker(effect.product),
        (54, taker_code(effect.product, effect.side, dialect)),
    ]
    if effect.venue_order_id:
        fields.append((37, effect.venue_order_id))
    return Encoded("H", fields)


def cancel_all_orders(effect: CancelAllOrders, dialect: Dialect, at_ns: int) -> Encoded:
    """q."""
    _check_taken(effect, dialect)
    fields: Fields = [
        (11, effect.request_id),
        (530, _EVERY_ORDER),
        (60, format_timestamp(at_ns)),
    ]
    return Encoded("q", fields)


def _instrument(pair: CurrencyPair, dialect: Dialect) -> Fields:
    return [(55, dialect.symbol(pair)), *dialect.marker(ProductKind.SPOT)]


def _about(effect: CancelOrder | ReplaceOrder, dialect: Dialect, at_ns: int) -> Fields:
    """Which order is meant, what is asked under which id, and when."""
    fields: Fields = [
        (41, effect.original_id),
        (11, effect.order_id),
        *_instrument(effect.pair, dialect),
        (54, our_side(effect.side)),
        (60, format_timestamp(at_ns)),
    ]
    if effect.venue_order_id:
        fields.append((37, effect.venue_order_id))
    return fields


def _time_in_force(effect: SendOrder | ReplaceOrder) -> Fields:
    until = effect.time_in_force is TimeInForce.GTD
    if until != bool(effect.expires_ns):
        told = f"{effect.time_in_force} with expires_ns {effect.expires_ns}"
        text = f"order {effect.order_id}: {told}: GTD and only GTD has a time of its end"
        raise InvalidTerms(Fault.CONTRADICTION, text)
    fields: Fields = [(59, _TIMES[effect.time_in_force])]
    if until:
        fields.append((126, format_timestamp(effect.expires_ns)))
    return fields


def _check_taken(effect: Wire, dialect: Dialect) -> None:
    if not dialect.takes_orders:
        what = f"{type(effect).__name__} cannot be sent to {effect.venue}"
        advice = "deal elsewhere, or set takes_orders in the venue's dialect (desk.yaml)"
        raise ConfigurationError(f"{what}: its dialect takes no orders; {advice}")


def _check_kind(effect: SendOrder) -> None:
    """A price where one bounds the order and nowhere else; a quote where it is dealt on."""
    kind = effect.kind
    if (kind is OrderKind.MARKET) != (effect.price is None):
        told = f"{kind} with price {effect.price}"
        text = f"order {effect.order_id}: {told}: all but MARKET orders have one"
        raise InvalidTerms(Fault.CONTRADICTION, text)
    if (kind is OrderKind.PREVIOUSLY_QUOTED) != bool(effect.quote_id):
        told = f"{kind} with quote {effect.quote_id!r}"
        text = f"order {effect.order_id}: {told}: PREVIOUSLY_QUOTED and only it names a quote"
        raise InvalidTerms(Fault.CONTRADICTION, text)


def _check_amounts(order_id: str, amount: Decimal, price: Decimal | None) -> None:
    if not amount > 0:
        text = f"order {order_id}: the amount must be over 0: {amount}"
        raise InvalidTerms(Fault.AMOUNT_NOT_POSITIVE, text)
    if price is not None and not price > 0:
        text = f"order {order_id}: the price must be over 0: {price}"
        raise InvalidTerms(Fault.RATE_NOT_POSITIVE, text)
