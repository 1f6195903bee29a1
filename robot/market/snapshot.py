"""Best two-way price per pair over all venues, and whether it may be dealt on.

Crossed books are normal for moments on an aggregated feed: they are tolerated for
`crossed_tolerance_ms`, then the venue that is crossed in itself is left out, and if the venues
cross
each other for longer the market is not dealt on.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import VenueId
from robot.basics.numbers import ZERO
from robot.deals.reference import MarketPolicy
from robot.messages.events import MarketUpdated

_MILLISECOND_NS = 1_000_000
_HALF = Decimal("0.5")
_BASIS_POINTS = Decimal(10_000)


class VenueTop(msgspec.Struct):
    """Top of one venue's book. `updated_ns` is the core's time when it came."""

    bid: Decimal | None
    offer: Decimal | None
    updated_ns: int
    crossed_since_ns: int = 0


class PairMarket(msgspec.Struct):
    """All venues' tops for one pair. `crossed_since_ns` 0 = the best prices do not cross."""

    tops: dict[VenueId, VenueTop] = {}
    updated_ns: int = 0
    crossed_since_ns: int = 0


class Mid(msgspec.Struct, frozen=True):
    """A market fit to deal on: best bid and offer, their middle, and the age of the newest
    quote.
    """

    bid: Decimal
    offer: Decimal
    mid: Decimal
    age_ms: int
    venues: int


class NoMarket(msgspec.Struct, frozen=True):
    """Why there is none: STALE_MARKET, CROSSED_MARKET or NO_MARKET, with the numbers."""

    reason: str
    detail: str


class Market(msgspec.Struct):
    """Every pair's market; part of the robot's state."""

    pairs: dict[CurrencyPair, PairMarket] = {}

    def update(self, event: MarketUpdated, at_ns: int) -> None:
        """Take one venue's new top of book."""
        pair = self.pairs.get(event.pair)
        if pair is None:
            pair = self.pairs[event.pair] = PairMarket()
        known = pair.tops.get(event.venue)
        since = known.crossed_since_ns if known is not None else 0
        crossed = event.bid is not None and event.offer is not None and event.bid > event.offer
        pair.tops[event.venue] = VenueTop(
            bid=event.bid,
            offer=event.offer,
            updated_ns=at_ns,
            crossed_since_ns=(since or at_ns) if crossed else 0,
        )
        pair.updated_ns = at_ns
        _note_crossing(pair, at_ns)

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
                return NoMarket(
                    "CROSSED_MARKET", f"{name} {bid}/{offer} crossed for {crossed_ms} ms"
                )
        age_ms = (at_ns - max(top.updated_ns for top in fresh)) // _MILLISECOND_NS
        return Mid(
            bid=bid, offer=offer, mid=(bid + offer) * _HALF, age_ms=age_ms, venues=len(fresh)
        )

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


def _note_crossing(pair: PairMarket, at_ns: int) -> None:
    bids = [top.bid for top in pair.tops.values() if top.bid is not None]
    offers = [top.offer for top in pair.tops.values() if top.offer is not None]
    if bids and offers and max(bids) > min(offers):
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
