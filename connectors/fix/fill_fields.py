"""What a fill (8, AE) says of its product and its price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from connectors.fix.dialect import Dialect, LoanAmounts, SwapHit, SwapSide, SwapStyle
from connectors.fix.encoded import (
    Group,
    collateral_group,
    day,
    loan_fields,
    plain,
    repo_fields,
    taker_side,
)
from connectors.fix.fields import Fields
from connectors.fix.quote_fields import Told, ndf_fields
from robot.basics.currency import base_of, counter_of
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.deals.resolved import ResolvedFxNdf, ResolvedFxSwap, ResolvedLoan, ResolvedRepo


def fill_fields(deal: Deal, dialect: Dialect) -> Told:
    """Fields and groups of the product part: what, which side, how much, for when, at what."""
    fields, groups = _WRITERS[deal.product](deal, dialect)
    return [*dialect.marker(deal.product), *fields], groups


def spot_fill_fields(deal: Deal, dialect: Dialect) -> Fields:
    """The product part of a spot fill."""
    dealt, currency, contra, other = dealt_and_contra(deal)
    amount, rate = plain(dealt), plain(deal.rate)
    return [
        (64, f"{deal.value_date:%Y%m%d}"),
        (55, dialect.symbol(deal.pair)),
        *dialect.marker(ProductKind.SPOT),
        (54, taker_side(deal.side)),
        (38, amount),
        (40, "D"),
        (44, rate),
        (15, currency),
        (32, amount),
        (31, rate),
        (194, rate),
        (14, amount),
        (6, rate),
        (119, plain(contra)),
        (120, other),
    ]


def dealt_and_contra(deal: Deal) -> tuple[Decimal, str, Decimal, str]:
    """Amount and currency dealt, of a swap on the near leg, and of the other currency."""
    base, counter = base_of(deal.pair), counter_of(deal.pair)
    if (deal.currency or base) == base:
        return deal.base_amount, base, deal.counter_amount, counter
    return deal.counter_amount, counter, deal.base_amount, base


def _far_dealt_and_contra(deal: Deal) -> tuple[Decimal, Decimal]:
    base, counter = deal.far_base_amount, deal.far_counter_amount
    assert base is not None and counter is not None, f"{deal.deal_id} has no far amounts"
    in_base = (deal.currency or base_of(deal.pair)) == base_of(deal.pair)
    return (base, counter) if in_base else (counter, base)


def _priced(rate: Decimal, price: Decimal, amount: Decimal) -> Fields:
    """Last price and average, price, and the amounts of a fill that is whole."""
    size = plain(amount)
    return [(31, plain(rate)), (6, plain(rate)), (44, plain(price))] + [
        (tag, size) for tag in (38, 32, 14)
    ]


def _forward(deal: Deal, dialect: Dialect) -> Told:
    amount, currency, contra, other = dealt_and_contra(deal)
    fields: Fields = [
        (55, dialect.symbol(deal.pair)),
        (54, taker_side(deal.side)),
        (40, "D"),
        (64, day(deal.value_date)),
        (15, currency),
        *_priced(deal.rate, deal.rate, amount),
    ]
    if deal.spot_rate is not None:
        points = dialect.points_out(deal.pair, deal.rate - deal.spot_rate)
        fields += [(194, plain(deal.spot_rate)), (195, plain(points))]
    if deal.product == ProductKind.FORWARD:
        return [*fields, (119, plain(contra)), (120, other)], ()
    ndf = deal.resolved
    assert isinstance(ndf, ResolvedFxNdf), f"{deal.deal_id} is no NDF"
    told = ndf_fields(ndf.settlement_currency, ndf.fixing_index, ndf.fixing_date, dialect)
    return fields + told, ()


def _swap(deal: Deal, dialect: Dialect) -> Told:
    if dialect.swap_style is SwapStyle.LEGS:
        return _swap_of_legs(deal, dialect)
    amount, currency, contra, other = dealt_and_contra(deal)
    far_amount, far_contra = _far_dealt_and_contra(deal)
    far_date, far_rate, spot, points = _swap_prices(deal)
    price = deal.rate
    if dialect.swap_hit is SwapHit.POINTS:
        price = dialect.points_out(deal.pair, points)
    fields: Fields = [
        (55, dialect.symbol(deal.pair)),
        (54, _swap_side(deal, dialect)),
        (40, dialect.swap_order_type),
        (64, day(deal.value_date)),
        (193, day(far_date)),
        (15, currency),
        *_priced(deal.rate, price, amount),
        (192, plain(far_amount)),
        (194, plain(spot)),
        (195, plain(dialect.points_out(deal.pair, deal.rate - spot))),
        (641, plain(dialect.points_out(deal.pair, far_rate - spot))),
        (119, plain(contra)),
        (120, other),
        (dialect.far_contra_tag, plain(far_contra)),
    ]
    return fields, ()


def _swap_of_legs(deal: Deal, dialect: Dialect) -> Told:
    amount, currency, contra, _ = dealt_and_contra(deal)
    far_amount, far_contra = _far_dealt_and_contra(deal)
    far_date, far_rate, spot, points = _swap_prices(deal)
    told = dialect.points_out(deal.pair, points)
    side = taker_side(deal.side)
    fields: Fields = [
        (55, dialect.symbol(deal.pair)),
        (54, _swap_side(deal, dialect)),
        (40, "D"),
        (15, currency),
        *_priced(told, told, amount),
        (1071, plain(told)),
        (194, plain(spot)),
    ]
    resolved = deal.resolved
    from_spot = isinstance(resolved, ResolvedFxSwap) and deal.value_date == resolved.spot_date
    near = _leg(deal, dialect, "N", "FXSPOT" if from_spot else "FXFWD", side)
    near += [
        (687, plain(amount)),
        (588, day(deal.value_date)),
        (637, plain(deal.rate)),
        (1073, plain(dialect.points_out(deal.pair, deal.rate - spot))),
        (1074, plain(contra)),
    ]
    far = _leg(deal, dialect, "F", "FXFWD", taker_side(deal.side.opposite))
    far += [
        (687, plain(far_amount)),
        (588, day(far_date)),
        (637, plain(far_rate)),
        (1073, plain(dialect.points_out(deal.pair, far_rate - spot))),
        (1074, plain(far_contra)),
    ]
    return fields, (Group(555, [near, far]),)


def _leg(deal: Deal, dialect: Dialect, name: str, kind: str, side: str) -> Fields:
    return [(600, dialect.symbol(deal.pair)), (609, kind), (624, side), (654, name)]


def _swap_prices(deal: Deal) -> tuple[date, Decimal, Decimal, Decimal]:
    """Far date, far rate, spot rate, and points (far minus near)."""
    far_date, far_rate, spot = deal.far_value_date, deal.far_rate, deal.spot_rate
    assert far_date is not None and far_rate is not None, f"{deal.deal_id} has no far leg"
    return far_date, far_rate, deal.rate if spot is None else spot, far_rate - deal.rate


def _swap_side(deal: Deal, dialect: Dialect) -> str:
    far = dialect.swap_side is SwapSide.FAR
    return taker_side(deal.side.opposite if far else deal.side)


def _loan(deal: Deal, dialect: Dialect) -> Told:
    loan, currency = deal.resolved, deal.pair
    assert isinstance(loan, ResolvedLoan), f"{deal.deal_id} is no loan"
    fields: Fields = [
        *loan_fields(currency, loan.contract_code, loan.start, loan.maturity, dialect),
        (54, dialect.taker_loan_side(deal.side)),
        (40, "D"),
        *_priced(deal.rate, deal.rate, deal.base_amount),
        *_loan_amounts(deal, dialect),
    ]
    if dialect.contract_days_tag and loan.contract_days:
        fields.append((dialect.contract_days_tag, str(loan.contract_days)))
    if dialect.settl_type_informs_only:
        fields.append((63, "1" if loan.start == deal.trade_date else "2"))
    if not isinstance(loan, ResolvedRepo):
        return fields, ()
    fields += repo_fields(currency, loan.start, loan.maturity, dialect)
    return fields, (collateral_group(loan.collateral, dialect),)


def _loan_amounts(deal: Deal, dialect: Dialect) -> Fields:
    repaid, interest = plain(deal.counter_amount), plain(deal.counter_amount - deal.base_amount)
    if dialect.loan_amounts is LoanAmounts.PRINCIPAL:
        return [(119, plain(deal.base_amount)), (10002, interest), (10289, repaid)]
    return [(119, repaid), (738, interest)]


_WRITERS: dict[str, Callable[[Deal, Dialect], Told]] = {
    ProductKind.FORWARD: _forward,
    ProductKind.NDF: _forward,
    ProductKind.SWAP: _swap,
    ProductKind.DEPOSIT: _loan,
    ProductKind.REPO: _loan,
}
