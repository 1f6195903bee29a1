"""The price part of a maker's quote (S): the same tags in which the robot quotes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from connectors.sim import wire
from connectors.sim.dialects.fields import Fields, number
from connectors.sim.makers.rows import MakerQuote
from connectors.sim.model import text_of
from connectors.sim.products import DATED, Product
from connectors.sim.wire import SOH

Points = Callable[[str, Decimal], Decimal]
_BID_TAGS, _OFFER_TAGS = (132, 134, 188, 189, 642), (133, 135, 190, 191, 643)
_LEG_BID_TAGS, _LEG_OFFER_TAGS = (1065, 681, 1067), (1066, 684, 1068)
Side = tuple[Decimal | None, Decimal | None, tuple[int, int, int, int, int]]


def _sides(quote: MakerQuote) -> tuple[Side, Side]:
    """Price and spot rate of both sides, with the tags of rate, size, spot, near and far points."""
    return (
        (quote.bid, quote.bid_spot, _BID_TAGS),
        (quote.offer, quote.offer_spot, _OFFER_TAGS),
    )


def one_message(quote: MakerQuote, points: Points) -> Fields:
    """Of everything that is written in one message, also a swap by its far-leg tags."""
    fields: Fields = []
    size = text_of(quote.size)
    for price, spot, tags in _sides(quote):
        if price is None:
            continue
        fields += _one_side(quote, price, spot, tags, points)
        fields.append((tags[1], size))
    return fields


def _one_side(
    quote: MakerQuote,
    price: Decimal,
    spot: Decimal | None,
    tags: tuple[int, int, int, int, int],
    points: Points,
) -> Fields:
    if spot is None:
        return [(tags[0], text_of(price))]
    if quote.product == Product.SWAP:
        near = quote.near_points or Decimal(0)
        return [
            (tags[0], text_of(spot + near)),
            (tags[2], text_of(spot)),
            (tags[3], text_of(points(quote.pair, near))),
            (tags[4], text_of(points(quote.pair, near + price))),
        ]
    dated = quote.product in DATED
    told = text_of(points(quote.pair, price - spot)) if dated else None
    return [(tags[0], text_of(price)), (tags[2], text_of(spot)), (tags[3], told)]


def swap_of_legs(quote: MakerQuote, points: Points) -> tuple[Fields, str]:
    """Of a swap that is written as two legs: its points in the message, rates in the legs."""
    near_points, size = quote.near_points or Decimal(0), text_of(quote.size)
    far_size = quote.far_size if quote.far_size is not None else quote.size
    kind = "FXFWD" if near_points else "FXSPOT"
    near: Fields = _leg(quote.pair, kind, quote.size, quote.value_date, "N")
    far: Fields = _leg(quote.pair, "FXFWD", far_size, quote.far_date, "F")
    fields: Fields = []
    for (price, spot, tags), leg_tags in zip(
        _sides(quote), (_LEG_BID_TAGS, _LEG_OFFER_TAGS), strict=True
    ):
        if price is None or spot is None:
            continue
        whole, rate_tag, points_tag = leg_tags
        told = points(quote.pair, price)
        fields += [(whole, text_of(told)), (tags[1], size), (tags[2], text_of(spot))]
        beyond = near_points + price
        near += [
            (rate_tag, text_of(spot + near_points)),
            (points_tag, text_of(points(quote.pair, near_points))),
        ]
        far += [
            (rate_tag, text_of(spot + beyond)),
            (points_tag, text_of(points(quote.pair, beyond))),
        ]
    return fields, f"555=2{SOH}{wire.body(near)}{wire.body(far)}"


def _leg(pair: str, kind: str, size: Decimal, day: str | None, name: str) -> Fields:
    return [(600, pair), (609, kind), (687, number(size)), (588, day), (654, name)]
