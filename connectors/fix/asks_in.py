"""What makers say to us (S, AG, AI, Z, and 8 on our hits) -> events. Pure, no state.

Prices are read in the terms of the product. What cannot be read is refused whole; prices that do
not add up are told as such (`contradiction`): the quote is kept and nobody deals on it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect, SwapStyle
from connectors.fix.fields import (
    SOH,
    FixMessage,
    amount,
    first,
    identifier,
    percent,
    points,
    price,
    text,
    timestamp,
)
from connectors.fix.orders_in import order_reported
from connectors.fix.parties import party
from connectors.fix.prices import trade_prices, unequal
from connectors.fix.terms import Said, Terms, hinted_product, is_loan, read_collateral, read_terms
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId, letter_of
from robot.deals.party import BUY
from robot.deals.product import ProductKind, known_kind
from robot.errors import RemoteProtocolError
from robot.messages.asks import AskRefused, QuoteReceived, QuoteRevoked, QuoteRevoking
from robot.messages.base import Origin
from robot.messages.events import AnyEvent
from robot.messages.orders import OrderReported

_STATUSES = {
    "5": QuoteRevoking.REJECTED,
    "6": QuoteRevoking.WITHDRAWN,
    "7": QuoteRevoking.EXPIRED,
    "9": QuoteRevoking.NOT_FOUND,
    "11": QuoteRevoking.PASSED,
    "17": QuoteRevoking.WITHDRAWN,
}
"""QuoteStatus (297) that ends a quote."""
_TRADEABLE = ("1", "3")
"""QuoteType (537): tradeable, and a counter, which is tradeable too."""
_NO_QUOTE = (None, "", "*", "NONE")
_TWO_SIDES = (ProductKind.FORWARD, ProductKind.NDF)


class _Side(msgspec.Struct, frozen=True):
    """One side of a quote, in the terms of its product."""

    value: Decimal | None = None
    spot: Decimal | None = None
    near_points: Decimal | None = None
    problem: str = ""


def quote_received(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """S."""
    said = message.values
    product = _product(said, dialect)
    size_tag = next((tag for tag in (38, 134, 135) if said.get(tag)), 38)
    terms = read_terms(product, said, message.fields, dialect, size_tag, dated=False)
    bid = _read_side(product, said, terms, dialect, (132, 188, 189, 642, 1065, 681, 1067))
    offer = _read_side(product, said, terms, dialect, (133, 190, 191, 643, 1066, 684, 1068))
    until, sent, response_id = said.get(62), said.get(60), said.get(693)
    ndf, repo = product == ProductKind.NDF, product == ProductKind.REPO
    return [
        QuoteReceived(
            origin=origin,
            venue=venue,
            request_id=identifier(message.required(131), 131),
            quote_id=identifier(message.required(117), 117),
            maker=party(message.fields, dialect.maker_roles),
            response_id=identifier(response_id, 693) if response_id else "",
            tradeable=said.get(537, "1") in _TRADEABLE,
            pair=terms.pair,
            product=product,
            bid=bid.value,
            offer=offer.value,
            bid_spot=bid.spot,
            offer_spot=offer.spot,
            bid_near_points=bid.near_points,
            offer_near_points=offer.near_points,
            amount=terms.amount,
            currency=terms.currency,
            value_date=terms.value_date,
            far_value_date=terms.far_value_date,
            far_amount=terms.far_amount,
            settlement_currency=terms.settlement_currency if ndf else None,
            fixing_index=terms.fixing_index if ndf else "",
            collateral=read_collateral(message.fields, dialect) if repo else (),
            contradiction=bid.problem or offer.problem or _sizes(said, terms),
            valid_until_ns=timestamp(until, 62) if until else 0,
            sent_at_ns=timestamp(sent, 60) if sent else 0,
        )
    ]


def ask_refused(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AG."""
    return [
        AskRefused(
            origin=origin,
            venue=venue,
            request_id=identifier(message.required(131), 131),
            reason=text(message.values.get(658, "")),
            text=text(message.values.get(58, "")),
        )
    ]


def request_rejected(message: FixMessage, venue: VenueId, origin: Origin) -> list[AnyEvent]:
    """j on a request of ours that it names; nothing where it is about anything else."""
    said = message.values
    reference = said.get(379) or said.get(131) or ""
    if message.type != "j" or said.get(372) != "R" or not reference:
        return []
    return [
        AskRefused(
            origin=origin,
            venue=venue,
            request_id=text(reference),
            reason=f"380={text(said.get(380, ''))}",
            text=text(said.get(58, "")),
        )
    ]


def is_about_ask(said: Said) -> bool:
    """Whether Z or AI names a request or a response of ours, by the form of our ids."""
    return letter_of(said.get(131, "")) == "A" or letter_of(said.get(693, "")) == "P"


def quote_revoked(message: FixMessage, venue: VenueId, origin: Origin) -> list[AnyEvent]:
    """Z or AI on a maker's quote."""
    said = message.values
    why = _STATUSES.get(said.get(297, "")) if message.type == "AI" else QuoteRevoking.WITHDRAWN
    if why is None:
        return []
    request_id, quote_id, response_id = said.get(131), said.get(117), said.get(693)
    named = quote_id is not None and quote_id not in _NO_QUOTE
    return [
        QuoteRevoked(
            origin=origin,
            venue=venue,
            request_id=identifier(request_id, 131) if request_id else "",
            quote_id=identifier(quote_id or "", 117) if named else "",
            response_id=identifier(response_id, 693) if response_id else "",
            why=why,
            text=text(said.get(58, "")),
        )
    ]


def reported(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """8: of an order of ours, or of a quote of any product that we took."""
    taking = dialect
    if not dialect.takes_orders:  # then it is about a quote that we took
        taking = msgspec.structs.replace(dialect, takes_orders=True)
    product = _product(message.values, dialect)
    if known_kind(product) in (None, ProductKind.SPOT):
        return order_reported(message, venue, taking, origin)
    terms = read_terms(product, message.values, message.fields, dialect, 38, dated=False)
    if terms.side is None:
        message.required(54)
    (plain,) = order_reported(_as_spot(message, terms), venue, taking, origin)
    assert isinstance(plain, OrderReported), "8 is a report"
    told = _in_terms(product, message.values, terms, dialect)
    if plain.last_price is None:
        told.pop("last_price", None)
    return [msgspec.structs.replace(plain, product=product, **told)]


def _in_terms(product: str, said: Said, terms: Terms, dialect: Dialect) -> dict[str, object]:
    """What a report says of prices and dates, named as in `OrderReported`."""
    found: dict[str, object] = {
        "pair": terms.pair,
        "currency": terms.currency,
        "value_date": terms.value_date,
        "far_value_date": terms.far_value_date,
        "far_amount": terms.far_amount,
        "price": None,
    }
    if said.get(150) not in ("F", "G"):
        return found
    prices = trade_prices(product, said, terms, dialect)
    if product != ProductKind.SWAP:
        return found | {"last_price": prices.rate}
    if prices.far_rate is None:
        raise RemoteProtocolError("tag 641: a swap without the far leg's points", tag=641)
    rates = {"near_rate": prices.rate, "far_rate": prices.far_rate}
    return found | rates | {"last_price": prices.far_rate - prices.rate}


def _as_spot(message: FixMessage, terms: Terms) -> FixMessage:
    """The message in the words of a spot report, so that all that is checked of one is checked of
    it: our side as 1 or 2, and prices, whose sign is free here, left out of the checks.
    """
    # `terms` are read as a maker's: the taker's side is the other one.
    side = "1" if terms.side is not BUY else "2"
    standing = {54: side, 31: "1", 44: "1", 6: "1", 55: terms.pair}
    pairs = (
        (tag, standing.get(tag, value)) for tag, value in message.fields if tag not in (193, 555)
    )
    return FixMessage(SOH.join(f"{tag}={value}" for tag, value in pairs))


def _product(said: Said, dialect: Dialect) -> str:
    """Empty for spot, and where a loan is told by its symbol only, a deposit."""
    product = hinted_product(said, dialect)
    return product or (ProductKind.DEPOSIT if is_loan(said, dialect) else "")


def _sizes(said: Said, terms: Terms) -> str:
    """Whether a side is for less than the whole."""
    for tag in (134, 135):
        size = said.get(tag)
        if size and amount(size, tag) < terms.amount:
            return f"tag {tag}: {size} of {terms.amount}"
    return ""


def _read_side(
    product: str, said: Said, terms: Terms, dialect: Dialect, tags: tuple[int, ...]
) -> _Side:
    """One side: the tags of its price, spot, points, far points; of legs swap points, rate,
    points.
    """
    price_tag, spot_tag, points_tag = tags[:3]
    if product == ProductKind.SWAP:
        if dialect.swap_style is SwapStyle.LEGS:
            return _legs_side(said, terms, dialect, tags)
        return _swap_side(said, terms, dialect, tags)
    value, spot, near = said.get(price_tag), said.get(spot_tag), said.get(points_tag)
    if not value:
        return _Side()
    kind = known_kind(product)
    if kind is not None and kind.is_loan:
        return _Side(percent(value, price_tag))
    rate = price(value, price_tag)
    if product not in _TWO_SIDES or not spot:
        return _Side(rate)
    spot_rate = price(spot, spot_tag)
    problem = ""
    if near:
        made = spot_rate + _points(near, points_tag, terms, dialect)
        problem = unequal(price_tag, value, rate, made)
    return _Side(rate, spot_rate, problem=problem)


def _swap_side(said: Said, terms: Terms, dialect: Dialect, tags: tuple[int, ...]) -> _Side:
    """Near rate, spot, near and far points from spot."""
    rate_tag, spot_tag, near_tag, far_tag = tags[:4]
    rate, spot, near, far = (said.get(tag) for tag in tags[:4])
    if not far:
        if rate:
            raise RemoteProtocolError(f"tag {far_tag}: a swap without far points", tag=far_tag)
        return _Side()
    if not spot:
        raise RemoteProtocolError(f"tag {spot_tag}: a swap without its spot rate", tag=spot_tag)
    near_points = _points(near, near_tag, terms, dialect) if near else Decimal(0)
    spot_rate = price(spot, spot_tag)
    problem = ""
    if rate:
        problem = unequal(rate_tag, rate, price(rate, rate_tag), spot_rate + near_points)
    value = _points(far, far_tag, terms, dialect) - near_points
    return _Side(value, spot_rate, near_points, problem)


def _legs_side(said: Said, terms: Terms, dialect: Dialect, tags: tuple[int, ...]) -> _Side:
    """Swap points, spot, and the rates and points of the legs."""
    _, spot_tag, _, _, value_tag, rate_tag, points_tag = tags
    value, spot = said.get(value_tag), said.get(spot_tag)
    if not value:
        return _Side()
    if not spot or terms.legs is None:
        raise RemoteProtocolError(f"tag {spot_tag}: a swap without its spot rate", tag=spot_tag)
    swap_points, spot_rate = _points(value, value_tag, terms, dialect), price(spot, spot_tag)
    near, far = (first(leg, rate_tag) for leg in terms.legs)
    told = first(terms.legs[0], points_tag)
    near_points = _points(told, points_tag, terms, dialect) if told else Decimal(0)
    problem = ""
    if near:
        near_rate = price(near, rate_tag)
        if not told:
            near_points = near_rate - spot_rate
        problem = unequal(rate_tag, near, near_rate, spot_rate + near_points)
    if far and not problem:
        far_rate = price(far, rate_tag)
        problem = unequal(rate_tag, far, far_rate, spot_rate + near_points + swap_points)
    return _Side(swap_points, spot_rate, near_points, problem)


def _points(value: str, tag: int, terms: Terms, dialect: Dialect) -> Decimal:
    """Points of a message in price units."""
    found = dialect.points_in(CurrencyPair(terms.pair), points(value, tag))
    if found is None:
        problem = f"tag {tag}: points of {terms.pair[:20]!a} have no factor in conventions.yaml"
        raise RemoteProtocolError(problem, tag=tag)
    return found
