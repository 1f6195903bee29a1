"""Reading makers' quotes: is it on what we asked, does it hold together, which one is best.

Pure: what is found is told, nothing is sent. A quote that cannot be relied on is kept with the
reason and never dealt on.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.index import market_name
from robot.basics.numbers import ZERO
from robot.core.asked import Ask, AskedMaker, MakerQuote, Outcome
from robot.core.said import dealt_currency, value_dates
from robot.deals.agreed import Price
from robot.deals.collateral import Collateral
from robot.deals.party import BUY
from robot.deals.product import ProductKind, price_side
from robot.deals.resolved import ResolvedFxNdf, ResolvedFxSwap, ResolvedRepo
from robot.messages.asks import QuoteReceived
from robot.strategy import PRICE_MAX


def read_quote(ask: Ask, maker: AskedMaker, event: QuoteReceived, at_ns: int) -> MakerQuote:
    """A quote as it is kept: LIVE, or INDICATIVE or INVALID with the reason."""
    until_ns = ask.open_until_ns
    if event.valid_until_ns > 0:
        until_ns = min(until_ns, event.valid_until_ns)
    quote = MakerQuote(
        quote_id=event.quote_id,
        received_ns=at_ns,
        price=_our_price(ask, event),
        valid_until_ns=until_ns,
    )
    problem = _contradiction(ask, event) or _other_terms(ask, maker, event)
    if problem:
        quote.end(Outcome.INVALID, problem)
    elif not event.tradeable:
        quote.end(Outcome.INDICATIVE)
    elif quote.price is None:
        side = "offer" if ask.direction > 0 else "bid"
        quote.end(Outcome.INVALID, f"no {side}, which is our side")
    elif until_ns <= at_ns:
        quote.end(Outcome.EXPIRED, "its time was over when it came")
    return quote


def ranked(ask: Ask, at_ns: int) -> list[tuple[AskedMaker, MakerQuote, Decimal]]:
    """The quotes that may be dealt on, best for us first; of equal ones the first that came.

    `at_ns` = until then a quote must live at least.
    """
    found = [
        (maker, quote, quote.price.value)
        for maker in ask.makers
        if (quote := maker.live) is not None
        and quote.price is not None
        and quote.valid_until_ns > at_ns
    ]
    return sorted(found, key=lambda row: (ask.direction * row[2], row[1].received_ns))


def comparison(ask: Ask, at_ns: int) -> tuple[str, ...]:
    """The quotes in force, best first, in words."""
    return tuple(
        f"{place}. {maker.maker} at {maker.venue}: {price} ({quote.quote_id})"
        for place, (maker, quote, price) in enumerate(ranked(ask, at_ns), 1)
    )


def has_answered(maker: AskedMaker, at_ns: int) -> bool:
    """Whether a maker that was asked has said its word: a quote that may be dealt on, or that none
    is to come.
    """
    quote = maker.live
    return (
        not maker.asked
        or maker.closed is not None
        or maker.turned_down is not None
        or (quote is not None and quote.valid_until_ns > at_ns)
    )


def _our_price(ask: Ask, event: QuoteReceived) -> Price | None:
    """What we would deal at: the maker's offer where we buy; None also where it is no number."""
    value, spot, near = event.bid, event.bid_spot, event.bid_near_points
    if price_side(ask.kind, ask.side) is BUY:
        value, spot, near = event.offer, event.offer_spot, event.offer_near_points
    if value is None or not all(one is None or one.is_finite() for one in (value, spot, near)):
        return None
    if ask.kind is ProductKind.SPOT or ask.kind.is_loan:
        return Price(value)
    return Price(value, spot, near or ZERO)


def _contradiction(ask: Ask, event: QuoteReceived) -> str:
    """What in a quote cannot be meant; empty = nothing."""
    if event.contradiction:
        return event.contradiction
    near = (event.bid_near_points, event.offer_near_points)
    for price in (event.bid, event.offer, event.bid_spot, event.offer_spot, *near):
        if price is not None and not (price.is_finite() and abs(price) < PRICE_MAX):
            return f"{price} is no price"
    if not ask.kind.is_signed:
        for price in (event.bid, event.offer):
            if price is not None and not price > ZERO:
                return f"price {price} is not over 0"
    if event.bid is not None and event.offer is not None and not event.bid <= event.offer:
        return f"bid {event.bid} is over offer {event.offer}"
    price_ = _our_price(ask, event)
    if ask.kind is ProductKind.SWAP and price_ is not None and price_.spot_rate is None:
        return "swap points without the spot rate that they stand on"
    return ""


def _other_terms(ask: Ask, maker: AskedMaker, event: QuoteReceived) -> str:
    """What in a quote is not what we asked for; empty = nothing. What it leaves out is as asked."""
    terms, kind, amount = ask.terms_of(maker), ask.kind, ask.amount_of(maker)
    near, far = value_dates(terms)
    far_amount = terms.far.amount if isinstance(terms, ResolvedFxSwap) else None
    currency = dealt_currency(terms)
    wanted: list[tuple[str, object, object]] = [
        ("maker", event.maker or maker.maker, maker.maker),
        ("pair", event.pair.replace("/", ""), ask.pair.replace("/", "")),
        ("product", event.product or kind, kind),
        ("amount", event.amount if event.amount is not None else amount, amount),
        ("currency", event.currency or currency, currency),
        ("value date", event.value_date or near, near),
        ("far date", event.far_value_date or far, far),
        ("far amount", event.far_amount or far_amount, far_amount),
    ]
    if isinstance(terms, ResolvedFxNdf):
        settled, index = terms.settlement_currency, market_name(terms.fixing_index)
        wanted += [
            ("settlement currency", event.settlement_currency or settled, settled),
            ("fixing", market_name(event.fixing_index or terms.fixing_index), index),
        ]
    if isinstance(terms, ResolvedRepo):
        # Not its value: where a conversion ratio is written, price and haircut are one figure.
        pledged, told_ = _faces(terms.collateral), _faces(event.collateral)
        wanted.append(("collateral", told_ or pledged, pledged))
    for name, told, asked in wanted:
        if told != asked:
            return f"{name} {told}, asked {asked}"
    return ""


def _faces(collateral: tuple[Collateral, ...]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((row.security, row.face) for row in collateral)
