"""What a negotiation's terms say outside: the quote as a message, and whether a hit is on it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.basics.currency import Currency, base_of
from robot.basics.ids import QuoteId
from robot.core.state import LiveQuote, Negotiation
from robot.deals.agreed import Price
from robot.deals.product import ProductKind, price_side
from robot.deals.resolved import (
    AnyResolved,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedLoan,
    ResolvedRepo,
)
from robot.messages.counters import CounterReceived
from robot.messages.effects import SendQuote
from robot.messages.events import HitReceived


def value_dates(terms: AnyResolved) -> tuple[date, date | None]:
    """Near and far date of a swap, start and maturity of a loan, else the value date alone."""
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        return terms.leg.value_date, None
    if isinstance(terms, ResolvedFxSwap):
        return terms.near.value_date, terms.far.value_date
    return terms.start, terms.maturity


def dealt_currency(terms: AnyResolved) -> Currency:
    """The currency whose amount is fixed."""
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        return terms.leg.currency
    if isinstance(terms, ResolvedFxSwap):
        return terms.near.currency
    return terms.currency


def quote_message(
    negotiation: Negotiation, quote: LiveQuote, replaced: QuoteId | None, response_id: str = ""
) -> SendQuote:
    """The quote as it leaves; `response_id`: of the price of theirs that it answers."""
    terms, kind = negotiation.terms, negotiation.kind
    near, far = value_dates(terms)
    currency = dealt_currency(terms)
    return SendQuote(
        venue=negotiation.venue,
        quote_id=quote.quote_id,
        request_id=negotiation.request_id,
        rfq_id=negotiation.rfq_id,
        counterparty=negotiation.counterparty,
        pair=negotiation.pair,
        product=kind,
        amount=negotiation.amount,
        currency="" if currency == base_of(negotiation.pair) else currency,
        bid=quote.bid,
        offer=quote.offer,
        bid_spot=quote.bid_spot,
        offer_spot=quote.offer_spot,
        near_points=quote.near_points if kind is ProductKind.SWAP else None,
        value_date=near,
        far_value_date=far,
        far_amount=terms.far.amount if isinstance(terms, ResolvedFxSwap) else None,
        settlement_currency=terms.settlement_currency if isinstance(terms, ResolvedFxNdf) else "",
        fixing_index=terms.fixing_index if isinstance(terms, ResolvedFxNdf) else "",
        fixing_date=terms.fixing_date if isinstance(terms, ResolvedFxNdf) else None,
        contract_code=terms.contract_code if isinstance(terms, ResolvedLoan) else "",
        collateral=terms.collateral if isinstance(terms, ResolvedRepo) else (),
        valid_until_ns=quote.valid_until_ns,
        replaces=replaced,
        response_id=response_id,
    )


def difference(event: HitReceived, quote: LiveQuote, negotiation: Negotiation) -> str:
    """What in the hit is not what was quoted; empty = nothing."""
    kind = negotiation.kind
    price = quote.price(price_side(kind, event.side))
    if price is None:
        return f"we do not {event.side} on this quote"
    near_rate, far_rate = _swap_rates(kind, price.spot_rate, price.near_points, price.value)
    return other_terms(event, negotiation) or _first_difference(
        ("price", event.price if event.price is not None else price.value, price.value),
        ("near rate", event.near_rate or near_rate, near_rate),
        ("far rate", event.far_rate or far_rate, far_rate),
    )


def other_terms(event: HitReceived | CounterReceived, negotiation: Negotiation) -> str:
    """What is said that is not what was quoted, the price left aside; empty = nothing."""
    terms, kind = negotiation.terms, negotiation.kind
    near, far = value_dates(terms)
    far_amount = terms.far.amount if isinstance(terms, ResolvedFxSwap) else None
    return _first_difference(
        ("venue", event.venue, negotiation.venue),
        ("counterparty", event.counterparty or negotiation.counterparty, negotiation.counterparty),
        ("pair", event.pair.replace("/", ""), negotiation.pair.replace("/", "")),
        ("product", event.product or kind, kind),
        ("side", event.side, negotiation.side or event.side),
        ("amount", event.amount, negotiation.amount),
        ("currency", event.currency or dealt_currency(terms), dealt_currency(terms)),
        ("value date", event.value_date or near, near),
        ("far date", event.far_value_date or far, far),
        ("far amount", event.far_amount or far_amount, far_amount),
    )


def points_of(event: CounterReceived, quoted: Price) -> Decimal | None:
    """The points of a swap whose legs' rates are said; None = no price is said, or another near
    rate than was quoted.
    """
    if event.near_rate is None or event.far_rate is None or quoted.spot_rate is None:
        return None
    if event.near_rate != quoted.spot_rate + quoted.near_points:
        return None
    return event.far_rate - event.near_rate


def _first_difference(*compared: tuple[str, object, object]) -> str:
    for name, given, quoted in compared:
        if given != quoted:
            return f"{name} {given}, quoted {quoted}"
    return ""


def _swap_rates(
    kind: ProductKind, spot: Decimal | None, near_points: Decimal, points: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """Both legs' rates of a swap; nothing for the rest."""
    if kind is not ProductKind.SWAP or spot is None:
        return None, None
    return spot + near_points, spot + near_points + points
