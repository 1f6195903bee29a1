"""Prices that are what they should be but for a mistake of digits: a sign, a decimal place, two
digits exchanged. Collars let them pass where prices are small: points, and rates near zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.limits.exposure import Quoted
from robot.limits.windows import Windows

_BASIS_POINT = Decimal("0.0001")
_RATE_POINT = Decimal("0.01")
_TEN, _HUNDRED = Decimal(10), Decimal(100)


def wrong_digits(quoted: Quoted, windows: Windows, near_bp: Decimal) -> tuple[Decimal, str]:
    """How far the worst price is from its references in basis points, and which mistake brings it
    to one; empty = none. The references: the middle of the market, and our last deal of the trade
    date in the same product, pair and dates.
    """
    point = _RATE_POINT if quoted.spot is None else quoted.spot * _BASIS_POINT
    references = [("the middle", quoted.mid)]
    last = windows.last.get(_key(quoted))
    if last is not None:
        references.append(("the last deal", last))
    prices = [case.price for case in quoted.cases]
    if quoted.limit_price is not None:
        prices = [quoted.limit_price]
    furthest = max(abs(price - one) for price in prices for _, one in references)
    for price in prices:
        for name, one in references:
            mistake = _mistake(price, one, near_bp * point)
            if mistake:
                return abs(price - one) / point, f"{price} is {mistake} of {name}, {one}"
    return furthest / point, ""


def note_last(windows: Windows, deal: Deal) -> None:
    """The price of a deal, for those that come after it on the trade date."""
    price = deal.points if deal.kind is ProductKind.SWAP else deal.rate
    if price is not None:
        dates = f"{deal.value_date} {deal.far_value_date or ''}"
        windows.last[f"{deal.product} {deal.pair} {dates}"] = price


def _key(quoted: Quoted) -> str:
    agreed = quoted.cases[0].agreed
    dates = f"{agreed.value_date} {agreed.far_value_date or ''}"
    return f"{quoted.kind} {quoted.pair} {dates}"


def _mistake(price: Decimal, reference: Decimal, near: Decimal) -> str:
    """What is wrong with a price that is not near; what corrects it is ten times nearer."""
    away = abs(price - reference)
    if away <= near or abs(reference) <= near:
        return ""
    left, name = min((abs(one - reference), name) for name, one in _corrected(price))
    return name if left * _TEN <= away else ""


def _corrected(price: Decimal) -> Iterator[tuple[str, Decimal]]:
    yield "the wrong sign", -price
    yield "ten times", price / _TEN
    yield "a hundred times", price / _HUNDRED
    yield "a tenth", price * _TEN
    yield "a hundredth", price * _HUNDRED
    sign, digits, exponent = price.as_tuple()
    assert isinstance(exponent, int), "a price is a finite number"
    for place in range(len(digits) - 1):
        if digits[place] != digits[place + 1]:
            changed = list(digits)
            changed[place], changed[place + 1] = changed[place + 1], changed[place]
            yield "exchanged digits", Decimal((sign, tuple(changed), exponent))
