"""Hits: what a client sends, and whether it can only be refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.sim.clients import Behaviour
from connectors.sim.model import Moment, pip_of
from connectors.sim.products import LOANS, Product, deals_at_offer
from connectors.sim.requests import OpenRequest, price_for
from connectors.sim.rows import HitLife, QuoteLife

UNKNOWN_QUOTE_ID = "NOSUCHQUOTE"
_LOAN_PIP = Decimal("0.01")  # percent


@dataclass(frozen=True, slots=True)
class HitTerms:
    """How a hit differs from an honest one on the quote it names."""

    client: str
    quote_id: str
    size: Decimal
    price: Decimal
    side: str
    far_size: Decimal | None = None


def terms_of(request: OpenRequest, quote: QuoteLife, price: Decimal, behaviour: str) -> HitTerms:
    """The terms of a hit: the quote's own, or bent the way the behaviour says."""
    side = request.plan.side.value
    terms = HitTerms(request.plan.shown_id, quote.quote_id, quote.size, price, side, quote.far_size)
    pip = _LOAN_PIP if quote.product in LOANS else pip_of(quote.pair)
    better = -1 if deals_at_offer(quote.product, side) else 1
    match behaviour:
        case Behaviour.WRONG_SIZE:
            return replace(terms, size=quote.size * 2)
        case Behaviour.BETTER_PRICE:
            return replace(terms, price=price + 2 * better * pip)
        case Behaviour.WORSE_PRICE:
            return replace(terms, price=price - better * pip)
        case Behaviour.UNKNOWN_QUOTE:
            return replace(terms, quote_id=UNKNOWN_QUOTE_ID)
        case Behaviour.OTHER_CLIENT:
            return replace(terms, client="BANKA" if terms.client != "BANKA" else "BANKB")
        case Behaviour.WRONG_UNIT:
            return replace(terms, price=_in_pips(quote, side, price))
        case Behaviour.OTHER_FAR_AMOUNT:
            return replace(terms, far_size=(quote.far_size or quote.size) * 2)
        case Behaviour.OTHER_SIDE:
            return replace(terms, side="2" if side == "1" else "1")
    return terms


def _in_pips(quote: QuoteLife, side: str, price: Decimal) -> Decimal:
    """Points in pips where price units are due; of a forward added to its spot rate."""
    if quote.product == Product.SWAP:
        return price / pip_of(quote.pair)
    spot = quote.offer_spot if deals_at_offer(quote.product, side) else quote.bid_spot
    return price if spot is None else abs(spot + (price - spot) / pip_of(quote.pair))


def leg_rates(quote: QuoteLife, terms: HitTerms) -> tuple[Decimal | None, Decimal | None]:
    """Near and far rate of a hit on a swap: those of the side it deals at, moved with its price."""
    at_offer = deals_at_offer(quote.product, terms.side)
    near, far, price = (
        (quote.near_offer, quote.far_offer, quote.offer)
        if at_offer
        else (quote.near_bid, quote.far_bid, quote.bid)
    )
    if near is None or far is None or price is None:  # bent to the side that was not quoted
        near = quote.near_offer if not at_offer else quote.near_bid
        return near, None if near is None else near + terms.price
    return near, far + (terms.price - price)


def must_be_refused(
    request: OpenRequest, quote: QuoteLife, terms: HitTerms, now: Moment, *, again: bool
) -> bool:
    """Whether the venue knows already that the robot cannot accept the hit.

    `again` says that the same quote was hit before, or the request was ended before the hit.
    """
    bent = (terms.client, terms.quote_id, terms.size, terms.far_size) != (
        request.plan.shown_id,
        quote.quote_id,
        quote.size,
        quote.far_size,
    )
    late = quote.valid_until_ns is None or now.at_ns > quote.valid_until_ns
    dead = quote.end not in ("live", "request_ended")
    wrong_price = terms.price != price_for(quote, terms.side)
    return bent or late or dead or wrong_price or again


class HitBook:
    """Hits by their id, until the robot has answered."""

    def __init__(self, unanswered: Iterable[HitLife], last_number: int) -> None:
        self._by_id: dict[tuple[str, str], list[HitLife]] = {}
        self._last_number = last_number
        for hit in unanswered:
            self.add(hit)

    def next_number(self) -> int:
        self._last_number += 1
        return self._last_number

    def add(self, hit: HitLife) -> None:
        self._by_id.setdefault((hit.venue, hit.hit_id), []).append(hit)

    def take(self, venue: str, hit_id: str) -> HitLife | None:
        """The oldest unanswered hit with this id; an answer goes to one hit only."""
        hits = self._by_id.get((venue, hit_id))
        if not hits:
            return None
        hit = hits.pop(0)
        if not hits:
            del self._by_id[(venue, hit_id)]
        return hit
