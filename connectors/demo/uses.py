"""What a quote, an order or a deal uses of each kind of limit, by the simulator's arithmetic.

Amounts are positive, in line currency where the kind is; `up` raises a figure, `down` lowers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.demo.flows import (
    OrderStake,
    exposure_of,
    largest_base_amount,
    last_date,
    nets_of_fill,
    nets_of_quote,
)
from connectors.sim.products import Product, days_between, dealt_currency, is_loan
from connectors.sim.rows import Fill, QuoteLife
from robot.deals.limit_rows import LimitKind
from robot.deals.reference import Limits

ZERO = Decimal(0)
ONE = Decimal(1)
_EXCHANGED = (Product.SPOT, Product.FORWARD, Product.SWAP)


@dataclass(frozen=True, slots=True)
class Use:
    """Of one kind and key; `until` the last date on which a deal counts, empty = for ever."""

    kind: LimitKind
    key: str = ""
    up: Decimal = ZERO
    down: Decimal = ZERO
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that binds us: what it is, how large, and what it uses. Empty = not known."""

    scopes: Mapping[str, str]
    product: str
    pair: str
    base_amount: Decimal
    worth: Decimal
    """The largest leg in line currency."""
    days: int | None
    """From the trade date to the last value date."""
    uses: tuple[Use, ...]
    is_order: bool = False


def uses_of_fill(fill: Fill, rate: Decimal, limits: Limits) -> tuple[Use, ...]:
    """What a deal uses from then on."""
    worth = largest_base_amount(fill) * rate
    last, exposure = last_date(fill), exposure_of(fill, limits)
    found = [
        Use(LimitKind.COUNTERPARTY_LINE, "", (exposure or ZERO) * rate, until=last),
        Use(LimitKind.DAILY_VOLUME, fill.trade_date or "", worth),
        *_positions([nets_of_fill(fill)]),
    ]
    if is_loan(fill.product):
        direction = "LEND" if fill.side == "1" else "BORROW"
        found.append(Use(LimitKind.QUOTA, direction, worth, until=last))
    elif fill.product in _EXCHANGED:
        found.append(Use(LimitKind.SETTLEMENT, fill.value_date or "", fill.base_amount * rate))
        if fill.far_date and fill.far_base_amount is not None:
            found.append(Use(LimitKind.SETTLEMENT, fill.far_date, fill.far_base_amount * rate))
    return tuple(found)


def uses_of_quote(
    quote: QuoteLife, rate: Decimal, limits: Limits, trade_date: str
) -> tuple[Use, ...]:
    """The worst case of its sides while it stands. Of a loan the line is not known before it is
    dealt, nor is settlement where the venue was told no date.
    """
    worth = base_of_quote(quote) * rate
    found = [
        Use(LimitKind.QUOTES_OUTSTANDING, "", ONE),
        Use(LimitKind.DAILY_VOLUME, trade_date, worth),
        *_positions(nets_of_quote(quote)),
    ]
    if is_loan(quote.product):
        for price, direction in ((quote.bid, "BORROW"), (quote.offer, "LEND")):
            if price is not None:
                found.append(Use(LimitKind.QUOTA, direction, worth))
        return tuple(found)
    share = _add_on(quote, limits, trade_date)
    found.append(Use(LimitKind.COUNTERPARTY_LINE, "", worth * share))
    if quote.product in _EXCHANGED:
        for day in (quote.value_date, quote.far_date):
            if day:
                found.append(Use(LimitKind.SETTLEMENT, day, worth))
    return tuple(found)


def uses_of_stake(
    stake: OrderStake, rate: Decimal, limits: Limits, trade_date: str
) -> tuple[Use, ...]:
    """What an order of ours, or a part of it, uses while it is out."""
    worth = base_of_stake(stake) * rate
    return (
        Use(LimitKind.DAILY_VOLUME, trade_date, worth),
        Use(LimitKind.COUNTERPARTY_LINE, "", worth * limits.spot_add_on),
        *_positions([stake.nets]),
    )


def base_of_quote(quote: QuoteLife) -> Decimal:
    """The base amount of a quote on the side where it is larger, of a swap of its larger leg."""
    size = max(quote.size, quote.far_size or ZERO)
    if is_loan(quote.product) or dealt_currency(quote.pair, quote) == quote.pair[:3]:
        return size
    lowest = min(_rates(quote), default=ZERO)
    return size / lowest if lowest else ZERO


def spot_of_quote(quote: QuoteLife) -> Decimal:
    """About what one base currency is worth in the counter currency."""
    return next(_rates(quote), ZERO)


def _rates(quote: QuoteLife) -> Iterator[Decimal]:
    """What it says of the rate; the prices of a swap are points, of which nothing can be told."""
    said = (quote.bid_spot, quote.offer_spot, quote.near_bid, quote.near_offer)
    prices = (quote.bid, quote.offer) if quote.product != Product.SWAP else ()
    yield from (rate for rate in (*said, *prices) if rate)


def base_of_stake(stake: OrderStake) -> Decimal:
    """The base amount of what is left of an order."""
    return abs(next(iter(stake.nets.values())))


def days_of(item: Fill | QuoteLife, trade_date: str) -> int | None:
    """From the trade date to the last value date, where the record tells both."""
    last = item.far_date or item.value_date
    return days_between(trade_date, last) if trade_date and last else None


def _positions(cases: Iterable[Mapping[str, Decimal]]) -> Iterator[Use]:
    """One of the cases happens: each currency's worst either way."""
    worst: dict[str, tuple[Decimal, Decimal]] = {}
    for nets in cases:
        for currency, net in nets.items():
            up, down = worst.get(currency, (ZERO, ZERO))
            worst[currency] = max(up, net), max(down, -net)
    for currency, (up, down) in worst.items():
        yield Use(LimitKind.NET_OPEN_POSITION, currency, up, down)


def _add_on(quote: QuoteLife, limits: Limits, trade_date: str) -> Decimal:
    if quote.product == Product.SPOT:
        return limits.spot_add_on
    days = days_of(quote, trade_date)
    if days is None:
        return ZERO
    return next((row.share for row in limits.forward_add_ons if days <= row.days), ZERO)
