"""What a quote (S, i) says of its product and its price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from connectors.fix.dialect import Dialect, SwapStyle
from connectors.fix.encoded import (
    Group,
    collateral_group,
    day,
    loan_fields,
    plain,
    repo_fields,
)
from connectors.fix.fields import Fields
from robot.basics.currency import base_of
from robot.basics.index import market_name
from robot.basics.numbers import ZERO
from robot.basics.tenor import parse_tenor
from robot.deals.product import ProductKind
from robot.errors import UnknownTenor
from robot.messages.effects import SendQuote

Told = tuple[Fields, tuple[Group, ...]]


def quote_fields(effect: SendQuote, dialect: Dialect) -> Told:
    """Fields and groups of the product part."""
    fields, groups = _WRITERS[effect.product](effect, dialect)
    return [*dialect.marker(effect.product), *fields], groups


def spot_quote_fields(effect: SendQuote, dialect: Dialect) -> Fields:
    """The product part of a spot quote, which is most of what leaves."""
    fields: Fields = [
        (55, dialect.symbol(effect.pair)),
        (64, f"{effect.value_date:%Y%m%d}"),
        (15, effect.currency or base_of(effect.pair)),
        *dialect.marker(ProductKind.SPOT),
    ]
    if effect.bid is not None:
        price, size = plain(effect.bid), plain(effect.amount)
        fields += [(132, price), (134, size), (188, price)]
    if effect.offer is not None:
        price, size = plain(effect.offer), plain(effect.amount)
        fields += [(133, price), (135, size), (190, price)]
    return fields


def contract_days(code: str) -> int:
    """Days that a contract code names: R007 is 7; 0 for one in months and where there is none."""
    try:
        tenor = parse_tenor(code)
    except UnknownTenor:
        return 0
    return 0 if tenor.in_months else tenor.count


def _forward(effect: SendQuote, dialect: Dialect) -> Told:
    fields: Fields = [
        (55, dialect.symbol(effect.pair)),
        (64, day(effect.value_date)),
        (15, effect.currency or base_of(effect.pair)),
    ]
    fields += _side(effect, dialect, effect.bid, effect.bid_spot, (132, 134, 188, 189))
    fields += _side(effect, dialect, effect.offer, effect.offer_spot, (133, 135, 190, 191))
    if effect.product == ProductKind.NDF:
        fields += ndf_fields(
            effect.settlement_currency, effect.fixing_index, effect.fixing_date, dialect
        )
    return fields, ()


def ndf_fields(currency: str, index: str, fixing_date: date | None, dialect: Dialect) -> Fields:
    """What an NDF is settled in and against; the fixing by the name that contracts use."""
    fields: Fields = [(120, currency), (dialect.fixing_index_tag, market_name(index))]
    if fixing_date is not None:
        fields.append((dialect.fixing_date_tag, day(fixing_date)))
    return fields


def _side(
    effect: SendQuote,
    dialect: Dialect,
    rate: Decimal | None,
    spot: Decimal | None,
    tags: tuple[int, int, int, int],
) -> Fields:
    """All-in rate, size, spot and points of one side."""
    if rate is None:
        return []
    fields: Fields = [(tags[0], plain(rate)), (tags[1], plain(effect.amount))]
    if spot is not None:
        points = dialect.points_out(effect.pair, rate - spot)
        fields += [(tags[2], plain(spot)), (tags[3], plain(points))]
    return fields


def _swap(effect: SendQuote, dialect: Dialect) -> Told:
    if dialect.swap_style is SwapStyle.LEGS:
        return _swap_of_legs(effect, dialect)
    far, near_points = _far(effect), effect.near_points or ZERO
    fields: Fields = [
        (55, dialect.symbol(effect.pair)),
        (40, dialect.swap_order_type),
        (64, day(effect.value_date)),
        (193, day(far)),
        (192, plain(_far_amount(effect))),
        (15, effect.currency or base_of(effect.pair)),
    ]
    for points, spot, tags in _swap_sides(effect):
        near, beyond = (
            plain(dialect.points_out(effect.pair, value))
            for value in (near_points, near_points + points)
        )
        fields += [
            (tags[0], plain(spot + near_points)),
            (tags[1], plain(effect.amount)),
            (tags[2], plain(spot)),
            (tags[3], near),
            (tags[4], beyond),
        ]
    return fields, ()


def _swap_of_legs(effect: SendQuote, dialect: Dialect) -> Told:
    near_points, symbol = effect.near_points or ZERO, dialect.symbol(effect.pair)
    kind = "FXFWD" if near_points else "FXSPOT"
    near: Fields = [
        (600, symbol),
        (609, kind),
        (687, plain(effect.amount)),
        (588, day(effect.value_date)),
        (654, "N"),
    ]
    far: Fields = [
        (600, symbol),
        (609, "FXFWD"),
        (687, plain(_far_amount(effect))),
        (588, day(_far(effect))),
        (654, "F"),
    ]
    fields: Fields = [(55, symbol), (15, effect.currency or base_of(effect.pair))]
    for points, spot, tags in _swap_sides(effect):
        near_all_in, beyond = spot + near_points, near_points + points
        fields += [
            (1065 if tags[0] == 132 else 1066, plain(dialect.points_out(effect.pair, points))),
            (tags[1], plain(effect.amount)),
            (tags[2], plain(spot)),
        ]
        price_tag, points_tag = (681, 1067) if tags[0] == 132 else (684, 1068)
        near += [
            (price_tag, plain(near_all_in)),
            (points_tag, plain(dialect.points_out(effect.pair, near_points))),
        ]
        far += [
            (price_tag, plain(near_all_in + points)),
            (points_tag, plain(dialect.points_out(effect.pair, beyond))),
        ]
    return fields, (Group(555, [near, far]),)


def _swap_sides(
    effect: SendQuote,
) -> list[tuple[Decimal, Decimal, tuple[int, int, int, int, int]]]:
    """Swap points and spot rate of each side that is quoted, with its tags: near rate, size, spot,
    near and far points.
    """
    sides = (
        (effect.bid, effect.bid_spot, (132, 134, 188, 189, 642)),
        (effect.offer, effect.offer_spot, (133, 135, 190, 191, 643)),
    )
    found = []
    for points, spot, tags in sides:
        if points is not None:
            assert spot is not None, f"the quote {effect.quote_id} of a swap has no spot rate"
            found.append((points, spot, tags))
    return found


def _far(effect: SendQuote) -> date:
    assert effect.far_value_date is not None, f"the quote {effect.quote_id} has no far date"
    return effect.far_value_date


def _far_amount(effect: SendQuote) -> Decimal:
    return effect.amount if effect.far_amount is None else effect.far_amount


def _loan(effect: SendQuote, dialect: Dialect) -> Told:
    start, maturity, currency = effect.value_date, _far(effect), effect.pair
    fields = loan_fields(currency, effect.contract_code, start, maturity, dialect)
    size = plain(effect.amount)
    if effect.bid is not None:
        fields += [(132, plain(effect.bid)), (134, size)]
    if effect.offer is not None:
        fields += [(133, plain(effect.offer)), (135, size)]
    days = contract_days(effect.contract_code)
    if dialect.contract_days_tag and days:
        fields.append((dialect.contract_days_tag, str(days)))
    if effect.product != ProductKind.REPO:
        return fields, ()
    fields += repo_fields(currency, start, maturity, dialect)
    return fields, (collateral_group(effect.collateral, dialect),) if effect.collateral else ()


_WRITERS: dict[str, Callable[[SendQuote, Dialect], Told]] = {
    ProductKind.FORWARD: _forward,
    ProductKind.NDF: _forward,
    ProductKind.SWAP: _swap,
    ProductKind.DEPOSIT: _loan,
    ProductKind.REPO: _loan,
}
