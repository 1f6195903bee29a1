"""Quotes of the robot: whether one can be what was asked for, and the row it becomes.

What a price says of itself must add up by the venue's own arithmetic: all-in rates are spot plus
points, swap points are far minus near, dates stand in order and are those asked for.
"""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from connectors.sim.bonds import bonds_of
from connectors.sim.clients import REFUSED_WHEN_ASKED, Behaviour
from connectors.sim.dialogue import PriceParts, QuoteIn
from connectors.sim.model import Moment
from connectors.sim.products import (
    DATED,
    Product,
    day_of,
    days_between,
    deals_at_offer,
    is_loan,
)
from connectors.sim.requests import OpenRequest
from connectors.sim.rows import EntryLife, QuoteLife, Terms

_POINTS_SHARE_MAX = Decimal("0.25")  # of the spot rate; more is another unit
_LOAN_RATE_MAX = Decimal(50)  # percent a year
_BEHAVED = {
    Behaviour.FROM_UNKNOWN_CLIENT: "a client nobody knows",
    **{kind: f"a request that is {kind}" for kind in REFUSED_WHEN_ASKED},
}


def complaint_about(
    request: OpenRequest, entry: EntryLife | None, quote: QuoteIn, *, used_before: bool
) -> str | None:
    """Why a quote is unusable, or None."""
    if used_before:
        return "the quote id was used before"
    if entry is None:
        return "no entry of the request has this pair and size"
    if quote.response_id is not None and quote.quote_type not in ("1", "3"):
        return f"the answer to a counter-offer is not firm: 537={quote.quote_type}"
    if None in _needed(entry, quote, _side_shown(request, entry, quote)):
        return "the price asked for is missing"
    behaved = _BEHAVED.get(request.plan.behaviour)
    if behaved is not None:
        return f"a quote for {behaved}"
    wrong = [*_wrong_terms(entry, quote), *_wrong_dates(entry, quote), *_wrong_price(quote)]
    return wrong[0] if wrong else None


def _side_shown(request: OpenRequest, entry: EntryLife, quote: QuoteIn) -> str | None:
    """The side the robot knows: as asked, or as the counter-offer has shown that is answered."""
    haggled = request.bargain is not None and quote.response_id is not None
    return request.plan.side.value if haggled else entry.side


def _needed(entry: EntryLife, quote: QuoteIn, side: str | None) -> tuple[Decimal | None, ...]:
    if side is None:
        return (quote.bid, quote.offer)
    return (quote.offer,) if deals_at_offer(entry.product, side) else (quote.bid,)


def _wrong_terms(entry: EntryLife, quote: QuoteIn) -> list[str]:
    terms = quote.terms
    compared: list[tuple[str, object, object]] = [
        ("product", entry.product, terms.product),
        ("dealt currency", entry.currency, terms.currency),
    ]
    if entry.product == Product.SWAP:
        asked = entry.far_size if entry.far_size is not None else entry.size
        compared.append(("far amount", asked, terms.far_size or quote.size))
    if entry.settlement_currency:
        compared.append(
            ("settlement currency", entry.settlement_currency, terms.settlement_currency)
        )
    if entry.fixing_index:
        compared.append(("fixing index", entry.fixing_index, terms.fixing_index))
    if terms.collateral:
        compared.append(("collateral", bonds_of(entry.collateral), bonds_of(terms.collateral)))
    wrong = [f"{name} {said} instead of {asked}" for name, asked, said in compared if asked != said]
    if entry.product == Product.NDF and not (terms.fixing_index and terms.fixing_date):
        wrong.append("an NDF without fixing index and date")
    return wrong


def _wrong_dates(entry: EntryLife, quote: QuoteIn) -> list[str]:
    if entry.product == Product.SPOT or entry.product != quote.terms.product:
        return []
    first, last = quote.value_date, quote.terms.far_date
    two = entry.product == Product.SWAP or is_loan(entry.product)
    if first is None or (two and last is None):
        return ["a date is missing"]
    wrong = []
    for name, asked, said in (
        ("first date", entry.value_date, first),
        ("far date", entry.far_date, last),
    ):
        if asked is not None and asked != said:
            wrong.append(f"{name} {said} instead of {asked}")
    if last is not None and days_between(first, last) <= 0:
        wrong.append(f"far date {last} is not after {first}")
    if not is_loan(entry.product):  # money of China moves on some weekends
        dates = [first] if last is None else [first, last]
        wrong += [f"{day} is a weekend" for day in dates if day_of(day).weekday() >= 5]
    fixing = quote.terms.fixing_date
    if fixing is not None and days_between(fixing, first) < 0:
        wrong.append(f"fixing date {fixing} is after {first}")
    code = quote.terms.contract_code
    if code and entry.far_tenor and entry.far_tenor[:1] in "RI" and code != entry.far_tenor:
        wrong.append(f"contract {code} instead of {entry.far_tenor}")
    return wrong


def _wrong_price(quote: QuoteIn) -> list[str]:
    product, wrong = quote.terms.product, []
    if quote.bid is not None and quote.offer is not None and quote.bid > quote.offer:
        wrong.append(f"bid {quote.bid} above offer {quote.offer}")
    for name, price, parts in (
        ("bid", quote.bid, quote.bid_parts),
        ("offer", quote.offer, quote.offer_parts),
    ):
        if price is None:
            continue
        if is_loan(product) and not abs(price) <= _LOAN_RATE_MAX:
            wrong.append(f"{name} {price} is no rate in percent")
        if product in DATED:
            wrong += [f"{name} {text}" for text in wrong_parts(product, price, parts)]
    return wrong


def wrong_parts(product: str, price: Decimal, parts: PriceParts) -> list[str]:
    """Where a price taken apart does not add up; exact, for each part is written out."""
    spot, near, far = parts.spot, parts.near_points, parts.far_points
    if spot is None or near is None:
        return ["without its spot rate and points"]
    wrong = []
    if product != Product.SWAP:
        if spot + near != price:
            wrong.append(f"{price} is not spot {spot} plus points {near}")
    elif far is None or parts.near_rate is None or parts.far_rate is None:
        return ["without both legs"]
    else:
        if spot + near != parts.near_rate:
            wrong.append(f"near rate {parts.near_rate} is not spot {spot} plus points {near}")
        if spot + far != parts.far_rate:
            wrong.append(f"far rate {parts.far_rate} is not spot {spot} plus points {far}")
        if far - near != price:
            wrong.append(f"{price} is not far points {far} minus near points {near}")
    if any(abs(points) > spot * _POINTS_SHARE_MAX for points in (near, far or Decimal(0))):
        wrong.append(f"points {near} {far or ''} are not in price units of {spot}")
    return wrong


def quote_life(
    venue: str,
    quote: QuoteIn,
    request: OpenRequest | None,
    entry: EntryLife | None,
    now: Moment,
    sent_wall_ns: int | None,
) -> QuoteLife:
    """The row of a quote; `sent_wall_ns` is when the last tick of its pair left."""
    bid, offer = quote.bid_parts, quote.offer_parts
    life = QuoteLife(
        venue=venue,
        quote_id=quote.quote_id,
        request_id=quote.request_id,
        entry=entry.entry if entry is not None else -1,
        client=request.row.client if request is not None else "",
        pair=quote.pair,
        size=quote.size,
        bid=quote.bid,
        offer=quote.offer,
        bid_size=quote.bid_size,
        offer_size=quote.offer_size,
        value_date=quote.value_date,
        valid_until_ns=quote.valid_until_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
        mid=None,
        market_wall_ns=sent_wall_ns if entry is not None and entry.quotes > 0 else None,
        bid_spot=bid.spot,
        offer_spot=offer.spot,
        response_id=quote.response_id,
        **asdict(quote.terms),
    )
    if quote.terms.product == Product.SWAP:
        life.near_bid, life.far_bid = bid.near_rate, bid.far_rate
        life.near_offer, life.far_offer = offer.near_rate, offer.far_rate
        life.far_size = life.far_size if life.far_size is not None else life.size
    _keep_asked(life, entry)
    return life


def _keep_asked(life: QuoteLife, entry: EntryLife | None) -> None:
    """What a quote need not repeat is as it was asked."""
    if entry is None:
        return
    life.collateral = life.collateral or entry.collateral
    if is_loan(life.product) and life.contract_code is None and not entry.far_date:
        life.far_tenor = entry.far_tenor


def terms_of_quote(quote: QuoteLife) -> Terms:
    """What a hit on the quote repeats."""
    return Terms(
        product=quote.product,
        currency=quote.currency,
        far_date=quote.far_date,
        far_size=quote.far_size,
        settlement_currency=quote.settlement_currency,
        fixing_index=quote.fixing_index,
        fixing_date=quote.fixing_date,
        contract_code=quote.contract_code,
        collateral=quote.collateral,
    )
