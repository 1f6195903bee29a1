"""What hits and trade reports say of the price, in the terms of the events."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect, SwapHit, SwapStyle
from connectors.fix.fields import amount, first, percent, points, price
from connectors.fix.terms import Said, Terms
from robot.basics.currency import CurrencyPair, base_of, contra_amount, parse_pair
from robot.basics.numbers import ZERO
from robot.deals.product import ProductKind
from robot.errors import InvalidTerms, RemoteProtocolError, UnknownReference

_HALF = Decimal("0.5")
_LOANS = (ProductKind.DEPOSIT, ProductKind.REPO)


class HitPrices(msgspec.Struct, frozen=True, kw_only=True):
    """Named as in `HitReceived`."""

    price: Decimal | None = None
    near_rate: Decimal | None = None
    far_rate: Decimal | None = None


class TradePrices(msgspec.Struct, frozen=True, kw_only=True):
    """Named as in `TradeReported`."""

    rate: Decimal
    far_rate: Decimal | None = None


def hit_prices(product: str, said: Said, terms: Terms, dialect: Dialect) -> HitPrices:
    """What a hit says was quoted; nothing where it says no price."""
    value = said.get(44)
    if not value:
        return HitPrices()
    if product in _LOANS:
        return HitPrices(price=percent(value, 44))
    if product != ProductKind.SWAP:
        return HitPrices(price=price(value, 44))
    if dialect.swap_style is SwapStyle.LEGS:
        return HitPrices(price=_points(value, 44, terms, dialect))
    if dialect.swap_hit is SwapHit.POINTS:
        return HitPrices(price=_points(value, 44, terms, dialect))
    far = said.get(640)
    return HitPrices(near_rate=price(value, 44), far_rate=price(far, 640) if far else None)


def trade_prices(product: str, said: Said, terms: Terms, dialect: Dialect) -> TradePrices:
    """The rate of a recorded trade, of a swap those of both legs."""
    value = said[31]
    if product in _LOANS:
        return TradePrices(rate=percent(value, 31))
    _check_all_in(said, terms, dialect)
    if product != ProductKind.SWAP:
        return TradePrices(rate=price(value, 31))
    if terms.legs is not None:
        near, far = (first(leg, 637) for leg in terms.legs)
        if not near or not far:
            raise RemoteProtocolError("tag 637: a leg of a swap has no price", tag=637)
        return TradePrices(rate=price(near, 637), far_rate=price(far, 637))
    rate, far_points = price(value, 31), said.get(641)
    if not far_points:
        return TradePrices(rate=rate)
    spot, near_points = said.get(194), said.get(195)
    if spot:
        from_spot = price(spot, 194)
    else:
        from_spot = rate - (_points(near_points, 195, terms, dialect) if near_points else ZERO)
    return TradePrices(rate=rate, far_rate=from_spot + _points(far_points, 641, terms, dialect))


def base_amount(product: str, said: Said, terms: Terms, rate: Decimal) -> Decimal:
    """A recorded trade's amount in base currency; 32 is of the dealt one (15), 119 of the other."""
    if product in _LOANS or terms.currency is None:
        return terms.amount
    try:
        pair = parse_pair(terms.pair)
        if terms.currency == base_of(pair):
            return terms.amount
        contra = first(terms.legs[0], 1074) if terms.legs else said.get(119)
        if contra:
            return amount(contra, 1074 if terms.legs else 119)
        return contra_amount(pair, terms.currency, terms.amount, rate)  # an NDF's has no 119
    except (UnknownReference, InvalidTerms, ArithmeticError) as problem:
        raise RemoteProtocolError(f"tag 15 or 55: {problem}", tag=15) from problem


def _check_all_in(said: Said, terms: Terms, dialect: Dialect) -> None:
    """Refuse a rate (31) that is not its spot rate and points (194, 195): points in pips where
    prices are due, or one of the three is of something else.
    """
    if terms.legs is not None or not said.get(194) or not said.get(195):
        return
    made = price(said[194], 194) + _points(said[195], 195, terms, dialect)
    problem = unequal(31, said[31], price(said[31], 31), made)
    if problem:
        raise RemoteProtocolError(problem, tag=31)


def unequal(tag: int, written: str, rate: Decimal, made: Decimal) -> str:
    """Whether a rate is further than half of its last digit from what its parts make; what is
    wrong, empty = nothing.
    """
    _, _, decimals = written.partition(".")
    if abs(rate - made) <= _HALF.scaleb(-len(decimals)):
        return ""
    return f"tag {tag} is {rate}, spot and points make {made}"


def _points(value: str, tag: int, terms: Terms, dialect: Dialect) -> Decimal:
    """Points of a message in price units."""
    found = dialect.points_in(CurrencyPair(terms.pair), points(value, tag))
    if found is None:
        problem = f"tag {tag}: points of {terms.pair[:20]!a} have no factor in conventions.yaml"
        raise RemoteProtocolError(problem, tag=tag)
    return found
