"""What deals and quotes move, as the venue's record shows it: positions and credit exposure.

The arithmetic is the simulator's, not the robot's. Amounts are ours: positive = we receive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.sim.bonds import bonds_of
from connectors.sim.order_rows import OrderFill, OrderLife
from connectors.sim.products import (
    Product,
    days_between,
    dealt_currency,
    interest_of,
    is_loan,
)
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from robot.deals.reference import Limits

ZERO = Decimal(0)
Nets = Mapping[str, Decimal]


def nets_of_fill(fill: Fill) -> Nets:
    """What a deal changed of each currency's position, both legs together."""
    sign = -1 if fill.side == "1" else 1
    if is_loan(fill.product):
        repaid = (fill.counter_amount or ZERO) - fill.base_amount
        return {fill.pair: -sign * repaid}  # a lender is paid the interest
    nets = _leg(fill.pair, sign, fill.base_amount, fill.counter_amount or ZERO)
    if fill.product == Product.SWAP:
        far = (fill.far_base_amount or ZERO, fill.far_counter_amount or ZERO)
        nets = _sum(nets, _leg(fill.pair, -sign, *far))
    return nets


def nets_of_quote(quote: QuoteLife) -> list[Nets]:
    """The same for each side a quote can be hit on."""
    return [_at_bid(quote)] * (quote.bid is not None) + [_at_offer(quote)] * (
        quote.offer is not None
    )


def _at_bid(quote: QuoteLife) -> Nets:
    return _dealt(quote, 1, quote.bid or ZERO, (quote.near_bid, quote.far_bid))


def _at_offer(quote: QuoteLife) -> Nets:
    return _dealt(quote, -1, quote.offer or ZERO, (quote.near_offer, quote.far_offer))


def _dealt(
    quote: QuoteLife, sign: int, price: Decimal, legs: tuple[Decimal | None, Decimal | None]
) -> Nets:
    """`sign` 1 = at our bid: we buy the base currency, of a swap its far leg, or borrow."""
    if is_loan(quote.product):
        return {quote.pair: -sign * _interest(quote, price)}
    if quote.product != Product.SWAP:
        return _leg(quote.pair, sign, *_amounts(quote, quote.size, price))
    near, far = legs
    far_size = quote.far_size if quote.far_size is not None else quote.size
    return _sum(
        _leg(quote.pair, -sign, *_amounts(quote, quote.size, near or ZERO)),
        _leg(quote.pair, sign, *_amounts(quote, far_size, far or ZERO)),
    )


def _amounts(quote: QuoteLife, size: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Base and counter amount of a dealt amount; not rounded."""
    if dealt_currency(quote.pair, quote) == quote.pair[:3]:
        return size, size * rate
    return (size / rate if rate else ZERO), size


def _interest(quote: QuoteLife, rate: Decimal) -> Decimal:
    if quote.value_date is None or quote.far_date is None:
        return ZERO
    dates = (quote.value_date, quote.far_date)
    return interest_of(quote.product, quote.pair, quote.size, rate, *dates)


def _leg(pair: str, sign: int, base: Decimal, counter: Decimal) -> Nets:
    return {pair[:3]: sign * base, pair[4:]: -sign * counter}


def _sum(one: Nets, other: Nets) -> Nets:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal, one)
    for currency, amount in other.items():
        sums[currency] += amount
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStake:
    """What an order of the robot, or a part of it, does to our positions when it is dealt at its
    limit.
    """

    venue: str
    order_id: str
    received_at_ns: int
    nets: Nets
    changed: bool = False
    """Whether it was replaced: of what it was and when it became so the record does not tell."""


def order_stakes(record: VenueRecord) -> Iterator[tuple[int, int, OrderStake]]:
    """When orders came (-1), and when parts of them fell away because they were dealt, or the rest
    because the order ended (0). Of one that was changed, its last amount and limit count.
    """
    parts: defaultdict[tuple[str, str], list[OrderFill]] = defaultdict(list)
    for fill in record.order_fills:
        parts[fill.venue, fill.venue_order_id].append(fill)
    for order in record.orders:
        if order.price is None:
            continue  # at the market: at once and whole, its fill says it all
        left = order.size
        yield order.received_at_ns, -1, _stake(order, left)
        for fill in parts[order.venue, order.venue_order_id]:
            left -= fill.size
            yield fill.at_ns, 0, _stake(order, fill.size)
        if order.ended_at_ns is not None and left > ZERO:
            yield order.ended_at_ns, 0, _stake(order, left)


def _stake(order: OrderLife, size: Decimal) -> OrderStake:
    sign = 1 if order.side == "1" else -1
    price = order.price or ZERO
    base, counter = (
        (size, size * price)
        if order.currency == order.pair[:3]
        else (size / price if price else ZERO, size)
    )
    return OrderStake(
        venue=order.venue,
        order_id=order.order_id,
        received_at_ns=order.received_at_ns,
        nets=_leg(order.pair, sign, base, counter),
        changed=order.order_id != order.first_order_id,
    )


def largest_base_amount(fill: Fill) -> Decimal:
    """What counts as the size of a deal: of a swap the larger leg."""
    return max(fill.base_amount, fill.far_base_amount or ZERO)


def exposure_of(fill: Fill, limits: Limits) -> Decimal | None:
    """What the client's failure could cost until the last value date, in base currency; None = the
    limits have nothing for so long a deal.

    FX: the larger base amount x its add-on. Money lent: what is to be paid back, less what the
    collateral carries; money borrowed: what the collateral given is worth beyond it.
    """
    if not is_loan(fill.product):
        share = _add_on(fill, limits)
        return None if share is None else largest_base_amount(fill) * share
    we_lend = fill.side == "1"
    bonds = bonds_of(fill.collateral)
    if we_lend:
        covered = sum((bond.lending_value for bond in bonds), ZERO)
        return max(ZERO, (fill.counter_amount or ZERO) - covered)
    return max(ZERO, sum((bond.market_value for bond in bonds), ZERO) - fill.base_amount)


def _add_on(fill: Fill, limits: Limits) -> Decimal | None:
    if fill.product == Product.SPOT:
        return limits.spot_add_on
    last = last_date(fill)
    if not last or not fill.trade_date:
        return None
    days = days_between(fill.trade_date, last)
    return next((row.share for row in limits.forward_add_ons if days <= row.days), None)


def last_date(fill: Fill) -> str:
    """When the last money of a deal moves."""
    return fill.far_date or fill.value_date or ""
