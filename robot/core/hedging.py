"""Positions brought back inside their band: the target against the ledger, whatever made it.

Looked at after every event. One order works for a pair at a time; with all other orders in the
market it can only make the position smaller and never turn it, and it may deal only so far from the
streamed price.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.core.ordering import HEDGE
from robot.core.orders import Wanted, doubt, send_order
from robot.core.quoting import MILLISECOND_NS, dealing_refusal
from robot.core.said import dealt_currency
from robot.core.state import Context, RobotState
from robot.core.stops import HEDGE_STRATEGY, Subject
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.deals.reference import HedgePolicy, VenueReference
from robot.limits.exposure import position_limit
from robot.limits.limit import Refusal
from robot.market.snapshot import NoMarket, VenueTop
from robot.messages.orders import OrderKind, TimeInForce

LOT = Decimal(1_000)
"""Hedges are dealt in whole lots of base currency."""
_BASIS_POINT = Decimal("0.0001")


def hedge(context: Context) -> None:
    """Send what brings positions that are out of their band back, one clip at a time."""
    for policy in context.state.configured().hedges:
        wanted = _wanted(context.state, policy)
        if wanted is not None:
            context.state.hedged_ns[policy.pair] = context.state.now_ns
            send_order(context, wanted)


def reduce_position(
    context: Context,
    pair: CurrencyPair,
    size: Decimal | None,
    limit: Decimal | None,
    because: tuple[str, ...],
) -> str:
    """Send an order that brings the position in the base currency back by `size` at most, as hedges
    are sent; None = to nothing. `limit` None = at the price that is shown, or as far over it as
    the desk's hedges of the pair may go. Why nothing is sent; empty = it is.
    """
    state = context.state
    position = state.ledger.net_position(base_of(pair))
    own = [row for row in state.configured().hedges if row.pair == pair]
    policy = HedgePolicy(
        pair=pair,
        band=ZERO,
        target=max(ZERO, abs(position) - size) if size is not None else ZERO,
        clip=max(abs(position), LOT),
        slippage_bp=own[0].slippage_bp if own else ZERO,
        interval_ms=0,
    )
    wanted = _wanted(state, policy)
    if wanted is None:
        return f"nothing of the position {position} {base_of(pair)} can be brought back now"
    if limit is not None:
        worse = wanted.shown is not None and wanted.side.sign * (wanted.shown - limit) > ZERO
        if worse:
            return f"{wanted.venue} shows {wanted.shown}, which is worse than {limit}"
        tick = state.configured().conventions[pair].tick
        rounded = round_down_to(limit, tick) if wanted.side is BUY else round_up_to(limit, tick)
        wanted = msgspec.structs.replace(wanted, limit_price=rounded)
    state.hedged_ns[pair] = state.now_ns
    sent = send_order(context, msgspec.structs.replace(wanted, because=(*because, *wanted.because)))
    return f"{sent.reason}: {sent.detail}" if isinstance(sent, Refusal) else ""


def best_venue(state: RobotState, pair: CurrencyPair, side: Side) -> tuple[VenueId, Decimal] | None:
    """Where an order of ours would deal best, and the price that is shown; None = nowhere."""
    policy = HedgePolicy(pair=pair, band=ZERO, clip=LOT, slippage_bp=ZERO)
    return _best(state, policy, side)


def _wanted(state: RobotState, policy: HedgePolicy) -> Wanted | None:
    """The order that is due for a pair, if any."""
    base = base_of(policy.pair)
    currency = policy.currency or base
    position = state.ledger.net_position(currency)
    band, target = _aim(state, policy)
    if abs(position) <= band or state.halts or _waits(state, policy):
        return None
    held = _held(state, currency, position)
    left = abs(position) - target - held
    side = SELL if (position > ZERO) == (currency == base) else BUY
    found = _best(state, policy, side)
    if found is None:
        return None
    venue, price = found
    amount = round_down_to(min(policy.clip, left, _shown(state, policy, side, venue, left)), LOT)
    if not ZERO < amount <= abs(position):
        return None
    bounded = policy.kind != OrderKind.MARKET
    limit = _limit(state, policy, side, price) if bounded else None
    bound = f"at most {policy.slippage_bp} bp worse: {limit}" if bounded else "dealt at any price"
    return Wanted(
        venue=venue,
        pair=policy.pair,
        side=side,
        amount=amount,
        currency="" if currency == base else currency,
        kind=OrderKind(policy.kind),
        limit_price=limit,
        shown=price,
        time_in_force=TimeInForce(policy.time_in_force),
        purpose=HEDGE,
        because=(
            f"position {position}, band {band}, target {target}, in orders {held}",
            f"{venue} shows {price}, {bound}",
        ),
    )


def _aim(state: RobotState, policy: HedgePolicy) -> tuple[Decimal, Decimal]:
    """What is left alone, and to what more is brought back: less, where it is carried overnight."""
    if policy.overnight_band is None or not state.gate.book.overnight:
        return policy.band, policy.target
    return policy.overnight_band, min(policy.target, policy.overnight_band)


def _waits(state: RobotState, policy: HedgePolicy) -> bool:
    """Whether it is too soon for one more, or what the last will do is not known yet."""
    last_ns = state.hedged_ns.get(policy.pair, 0)
    if state.now_ns - last_ns < policy.interval_ms * MILLISECOND_NS:
        return True
    trouble = state.hedge_trouble.get(policy.pair)
    if trouble is not None and state.now_ns < trouble.paused_until_ns:
        return True
    return any(
        order.pair == policy.pair and order.purpose == HEDGE for order in state.orders.values()
    )


def _held(state: RobotState, currency: Currency, position: Decimal) -> Decimal:
    """How much of a position the orders in the market, whosever and of whatever pair, can still
    take away.
    """
    collar = state.gate.price_collar_bp * _BASIS_POINT
    limit_id = position_limit(currency)
    total = ZERO
    for order in state.orders.values():
        exact = dealt_currency(order.terms) == currency
        for use in state.gate.reservations[order.order_id].uses:
            if use.limit_id == limit_id:
                takes = use.down if position > ZERO else use.up
                total += takes if exact else takes * (1 + 2 * collar)  # a better price gives more
    return total


def _best(state: RobotState, policy: HedgePolicy, side: Side) -> tuple[VenueId, Decimal] | None:
    """The venue with the best price for `side` where our orders are taken; None = there is none."""
    market = state.configured().market
    if isinstance(state.market.mid(policy.pair, state.now_ns, market), NoMarket):
        return None
    pair = state.market.pairs[policy.pair]
    stale_ns = market.stale_after_ms * MILLISECOND_NS
    best: tuple[VenueId, Decimal] | None = None
    for venue in state.configured().venues:
        top = pair.tops.get(venue.id)
        closed = dealing_refusal(state, _subject(policy, venue))
        if venue.counterparty is None or closed is not None or doubt(state, venue.id) is not None:
            continue
        price = _price(top, side) if top is not None else None
        if price is None or top is None or state.now_ns - top.updated_ns > stale_ns:
            continue
        if best is None or side.sign * (price - best[1]) < ZERO:
            best = venue.id, price
    return best


def _shown(
    state: RobotState, policy: HedgePolicy, side: Side, venue: VenueId, left: Decimal
) -> Decimal:
    """The most that may be dealt of what a venue shows, in the currency of the position."""
    if policy.shown_share is None:
        return left
    top = state.market.pairs[policy.pair].tops[venue]
    size, price = (top.offer_size, top.offer) if side is BUY else (top.bid_size, top.bid)
    if size is None or price is None:
        return ZERO
    exact = size if policy.currency in ("", base_of(policy.pair)) else size * price
    return exact * policy.shown_share


def _subject(policy: HedgePolicy, venue: VenueReference) -> Subject:
    return Subject(
        venue=venue.id,
        product=ProductKind.SPOT,
        pair=policy.pair,
        counterparty=venue.counterparty or "",
        strategy=HEDGE_STRATEGY,
    )


def _price(top: VenueTop, side: Side) -> Decimal | None:
    """What we would deal at: the offer when we buy."""
    return top.offer if side is BUY else top.bid


def _limit(state: RobotState, policy: HedgePolicy, side: Side, price: Decimal) -> Decimal:
    tick = state.configured().conventions[policy.pair].tick
    worse = price * policy.slippage_bp * _BASIS_POINT
    if side is BUY:
        return round_down_to(price + worse, tick)
    return round_up_to(price - worse, tick)
