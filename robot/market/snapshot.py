"""Best two-way price per pair over all venues, and whether it may be dealt on.

Crossed books are normal for moments on an aggregated feed: they are tolerated for
`crossed_tolerance_ms`, then the venue that is crossed in itself is left out, and if the venues
cross
each other for longer the market is not dealt on.

All venues together may be wrong too, and then no price contradicts another. So each pair keeps an
*anchor*, the last middle that was accepted, and a market further from it than `jump_max_bp` is not
dealt on until the new level has held: `jump_confirm_ms` where a second venue shows it too,
`jump_alone_ms` where only one quotes. The anchor moves with the market once in `jump_window_ms`;
it outlives silence, sessions and restarts.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO
from robot.deals.reference import MarketPolicy
from robot.messages.events import MarketUpdated

JUMP_TOLD_INTERVAL_NS = 60_000_000_000
"""Shortest time between two alerts about jumps of one pair."""
_MILLISECOND_NS = 1_000_000
_HALF = Decimal("0.5")
_BASIS_POINTS = Decimal(10_000)


class VenueTop(msgspec.Struct, gc=False):
    """Top of one venue's book. `updated_ns` is the core's time when it came."""

    bid: Decimal | None
    offer: Decimal | None
    updated_ns: int
    crossed_since_ns: int = 0
    bid_size: Decimal | None = None
    offer_size: Decimal | None = None


class PairMarket(msgspec.Struct):
    """All venues' tops for one pair. `crossed_since_ns` 0 = the best prices do not cross."""

    tops: dict[VenueId, VenueTop] = {}
    updated_ns: int = 0
    crossed_since_ns: int = 0
    anchor: Decimal | None = None
    """The last accepted middle; None until there was one."""
    anchored_ns: int = 0
    low: Decimal = ZERO
    high: Decimal = ZERO
    """The band around the anchor within which the market is dealt on."""
    jump: Decimal | None = None
    """The middle of a market outside the band that has to hold; None = it is inside."""
    jumped_ns: int = 0
    jump_told_ns: int = 0


class Mid(msgspec.Struct, frozen=True, gc=False):
    """A market fit to deal on: best bid and offer, their middle, and the age of the newest
    quote.
    """

    bid: Decimal
    offer: Decimal
    mid: Decimal
    age_ms: int
    venues: int


class NoMarket(msgspec.Struct, frozen=True):
    """Why there is none: STALE_, CROSSED_ or NO_MARKET, or MARKET_JUMP, with the numbers."""

    reason: str
    detail: str


class Market(msgspec.Struct):
    """Every pair's market; part of the robot's state."""

    pairs: dict[CurrencyPair, PairMarket] = {}

    def update(self, event: MarketUpdated, at_ns: int, policy: MarketPolicy) -> str:
        """Take one venue's new top of book; what to tell when the market jumped, else nothing."""
        pair = self.pairs.get(event.pair)
        if pair is None:
            pair = self.pairs[event.pair] = PairMarket()
        bid, offer, since = event.bid, event.offer, 0
        if bid is not None and offer is not None and bid > offer:
            known = pair.tops.get(event.venue)
            since = (known.crossed_since_ns if known is not None else 0) or at_ns
        top = VenueTop(bid, offer, at_ns, since, event.bid_size, event.offer_size)
        pair.tops[event.venue] = top
        pair.updated_ns = at_ns
        _note_crossing(pair, at_ns)
        return _follow(pair, event, at_ns, policy)

    def restart(self) -> None:
        """A run begins: no price of before counts, but a jump since then is still one."""
        for pair in self.pairs.values():
            pair.tops.clear()
            pair.updated_ns = pair.crossed_since_ns = pair.jumped_ns = 0
            pair.jump = None

    def forget(self, venue: VenueId) -> None:
        """The venue's feed is gone: none of its prices count any more."""
        for pair in self.pairs.values():
            pair.tops.pop(venue, None)
            pair.updated_ns = max((top.updated_ns for top in pair.tops.values()), default=0)

    def mid(self, name: CurrencyPair, at_ns: int, policy: MarketPolicy) -> Mid | NoMarket:
        """The market of a pair at `at_ns`, or why it must not be dealt on."""
        pair = self.pairs.get(name)
        if pair is None or not pair.tops:
            return NoMarket("NO_MARKET", f"no venue quotes {name}")
        market = _best(name, pair, at_ns, policy)
        if isinstance(market, Mid) and _is_jump(pair, market.mid):
            return NoMarket("MARKET_JUMP", _told(name, pair, market.mid))
        return market

    def conversion_rate(
        self, source: Currency, target: Currency, at_ns: int, policy: MarketPolicy
    ) -> Decimal | None:
        """What one `source` is worth in `target` at the mid, by the direct pair; None = unknown."""
        if source == target:
            return Decimal(1)
        direct = self.mid(CurrencyPair(f"{source}/{target}"), at_ns, policy)
        if isinstance(direct, Mid):
            return direct.mid
        inverse = self.mid(CurrencyPair(f"{target}/{source}"), at_ns, policy)
        return 1 / inverse.mid if isinstance(inverse, Mid) and inverse.mid > ZERO else None


def _best(name: CurrencyPair, pair: PairMarket, at_ns: int, policy: MarketPolicy) -> Mid | NoMarket:
    """Best bid and offer of the venues that count, wherever the market was before."""
    fresh = _fresh_tops(pair, at_ns, policy)
    if not fresh:
        return _why_not_fresh(name, pair, at_ns, policy)
    bids = [top.bid for top in fresh if top.bid is not None]
    offers = [top.offer for top in fresh if top.offer is not None]
    if not bids or not offers:
        return NoMarket("NO_MARKET", f"{name} has no {'offer' if bids else 'bid'}")
    bid, offer = max(bids), min(offers)
    if bid > offer:
        by_bp = (bid - offer) / offer * _BASIS_POINTS
        if not by_bp <= policy.crossed_max_bp:
            return NoMarket("CROSSED_MARKET", f"{name} {bid}/{offer} crossed by {by_bp:.1f} bp")
        crossed_ms = (at_ns - (pair.crossed_since_ns or at_ns)) // _MILLISECOND_NS
        if not crossed_ms <= policy.crossed_tolerance_ms:
            return NoMarket("CROSSED_MARKET", f"{name} {bid}/{offer} crossed for {crossed_ms} ms")
    age_ms = (at_ns - max(top.updated_ns for top in fresh)) // _MILLISECOND_NS
    return Mid(bid=bid, offer=offer, mid=(bid + offer) * _HALF, age_ms=age_ms, venues=len(fresh))


def _follow(pair: PairMarket, event: MarketUpdated, at_ns: int, policy: MarketPolicy) -> str:
    """Move the anchor with the market, or see whether a jump has held; a new jump is told."""
    bid, offer = event.bid, event.offer
    if (
        pair.jump is None
        and at_ns - pair.anchored_ns < policy.jump_window_ms * _MILLISECOND_NS
        and bid is not None
        and offer is not None
        and pair.low <= bid <= pair.high
        and pair.low <= offer <= pair.high
    ):
        return ""  # nearly every price: inside the band, and the anchor is young
    market = _best(event.pair, pair, at_ns, policy)
    if isinstance(market, NoMarket):
        return ""
    if not _is_jump(pair, market.mid):
        rolled = at_ns - pair.anchored_ns >= policy.jump_window_ms * _MILLISECOND_NS
        if rolled or pair.jump is not None:
            _drop_anchor(pair, market.mid, at_ns, policy)
        return ""
    if pair.jump is None or not _near(market.mid, pair.jump, policy):
        pair.jump, pair.jumped_ns = market.mid, at_ns
        return _tell(event.pair, pair, market.mid, at_ns)
    if at_ns - pair.jumped_ns >= _patience_ms(pair, at_ns, policy) * _MILLISECOND_NS:
        _drop_anchor(pair, market.mid, at_ns, policy)
    return ""


def _is_jump(pair: PairMarket, mid: Decimal) -> bool:
    return pair.anchor is not None and not pair.low <= mid <= pair.high


def _drop_anchor(pair: PairMarket, mid: Decimal, at_ns: int, policy: MarketPolicy) -> None:
    band = mid * policy.jump_max_bp / _BASIS_POINTS
    pair.anchor, pair.anchored_ns = mid, at_ns
    pair.low, pair.high = mid - band, mid + band
    pair.jump, pair.jumped_ns = None, 0


def _patience_ms(pair: PairMarket, at_ns: int, policy: MarketPolicy) -> int:
    """How long the new level must hold: shorter when two venues show it on both sides."""
    assert pair.jump is not None, "nothing is waited for"
    agreeing = [
        top
        for top in _fresh_tops(pair, at_ns, policy)
        if top.bid is not None
        and top.offer is not None
        and _near((top.bid + top.offer) * _HALF, pair.jump, policy)
    ]
    return policy.jump_confirm_ms if len(agreeing) > 1 else policy.jump_alone_ms


def _near(mid: Decimal, level: Decimal, policy: MarketPolicy) -> bool:
    return abs(mid - level) <= level * policy.jump_max_bp / _BASIS_POINTS


def _tell(name: CurrencyPair, pair: PairMarket, mid: Decimal, at_ns: int) -> str:
    """The news, at most once in a while: prices may jump to and fro."""
    if pair.jump_told_ns and at_ns - pair.jump_told_ns < JUMP_TOLD_INTERVAL_NS:
        return ""
    pair.jump_told_ns = at_ns
    return _told(name, pair, mid)


def _told(name: CurrencyPair, pair: PairMarket, mid: Decimal) -> str:
    assert pair.anchor is not None, "a jump is one from somewhere"
    by_bp = abs(mid - pair.anchor) / pair.anchor * _BASIS_POINTS
    return f"{name} at {mid} is {by_bp:.0f} bp from {pair.anchor}; it must hold to be dealt on"


def _note_crossing(pair: PairMarket, at_ns: int) -> None:
    best_bid = best_offer = None
    for top in pair.tops.values():
        bid, offer = top.bid, top.offer
        if bid is not None and (best_bid is None or bid > best_bid):
            best_bid = bid
        if offer is not None and (best_offer is None or offer < best_offer):
            best_offer = offer
    if best_bid is not None and best_offer is not None and best_bid > best_offer:
        pair.crossed_since_ns = pair.crossed_since_ns or at_ns
    else:
        pair.crossed_since_ns = 0


def _fresh_tops(pair: PairMarket, at_ns: int, policy: MarketPolicy) -> list[VenueTop]:
    stale_ns = policy.stale_after_ms * _MILLISECOND_NS
    crossed_ns = policy.crossed_tolerance_ms * _MILLISECOND_NS
    return [
        top
        for top in pair.tops.values()
        if at_ns - top.updated_ns <= stale_ns
        and (top.crossed_since_ns == 0 or at_ns - top.crossed_since_ns <= crossed_ns)
    ]


def _why_not_fresh(name: str, pair: PairMarket, at_ns: int, policy: MarketPolicy) -> NoMarket:
    age_ms = (at_ns - pair.updated_ns) // _MILLISECOND_NS
    if age_ms <= policy.stale_after_ms:
        return NoMarket("CROSSED_MARKET", f"{name} is crossed at every venue that still quotes it")
    return NoMarket(
        "STALE_MARKET", f"{name} last quoted {age_ms} ms ago, allowed {policy.stale_after_ms} ms"
    )
