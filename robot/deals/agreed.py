"""Dated terms and a price -> what is agreed: the legs with all their flows, and the amounts.

The one place where a price becomes money, for quotes that are judged and for deals that are booked.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, round_amount
from robot.basics.numbers import ZERO
from robot.basics.rate import InterestRate
from robot.deals.flow import Leg
from robot.deals.party import BUY, SELL, CashSide, Side
from robot.deals.product import ProductKind
from robot.deals.resolved import (
    AnyResolved,
    FxLeg,
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedOutrightRepo,
    ResolvedRepo,
)
from robot.errors import Fault, InvalidTerms


class Price(msgspec.Struct, frozen=True):
    """What one side of a quote says: a rate, of a swap the points, of a loan percent a year."""

    value: Decimal
    spot_rate: Decimal | None = None
    """Forward, NDF and swap: the spot rate in it."""
    near_points: Decimal = ZERO
    """Swap: near rate minus spot rate, in price units."""


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """Terms at a price. The amounts are positive and those of a `robot.deals.deal.Deal`."""

    legs: tuple[Leg, ...]
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal
    value_date: date
    points: Decimal | None = None
    far_value_date: date | None = None
    far_rate: Decimal | None = None
    far_base_amount: Decimal | None = None
    far_counter_amount: Decimal | None = None

    @property
    def nets(self) -> dict[Currency, Decimal]:
        """What all flows together change of each currency's position; positive = longer."""
        sums: dict[Currency, Decimal] = {}
        for leg in self.legs:
            for flow in leg.flows:
                sums[flow.currency] = sums.get(flow.currency, ZERO) + flow.amount
        return sums

    @property
    def last_value_date(self) -> date:
        """When the last money moves."""
        return self.far_value_date or self.value_date

    @property
    def largest_base_amount(self) -> Decimal:
        """Of a swap the larger leg's."""
        if self.far_base_amount is None:
            return self.base_amount
        return max(self.base_amount, self.far_base_amount)


def kind_of(terms: AnyResolved) -> ProductKind:
    """How the product is called."""
    return _KINDS[type(terms)]


def side_of(terms: AnyResolved) -> Side:
    """Ours, of a swap's near leg; BUY = we borrow."""
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        return terms.leg.side
    if isinstance(terms, ResolvedFxSwap):
        return terms.near.side
    return BUY if terms.side is CashSide.BORROW else SELL


def with_side(terms: AnyResolved, side: Side) -> AnyResolved:
    """The same terms dealt on `side`: ours, of a swap's near leg; BUY = we borrow."""
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        if terms.leg.side is side:
            return terms
        return msgspec.structs.replace(terms, leg=_turned(terms.leg, side))
    if isinstance(terms, ResolvedFxSwap):
        if terms.near.side is side:
            return terms
        near, far = _turned(terms.near, side), _turned(terms.far, side.opposite)
        return msgspec.structs.replace(terms, near=near, far=far)
    return msgspec.structs.replace(terms, side=cash_side(side))


def with_amount(terms: AnyResolved, amount: Decimal) -> AnyResolved:
    """The same terms over another dealt amount, of a swap on the near leg: its far leg and the
    collateral of a repo in proportion. InvalidTerms where that cannot be dealt.
    """
    replace = msgspec.structs.replace
    if isinstance(terms, ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf):
        return replace(terms, leg=replace(terms.leg, amount=amount))
    if isinstance(terms, ResolvedFxSwap):
        far = amount
        if not terms.even:
            far = round_amount(terms.far.amount * amount / terms.near.amount, terms.far.currency)
        return replace(
            terms, near=replace(terms.near, amount=amount), far=replace(terms.far, amount=far)
        )
    if isinstance(terms, ResolvedRepo):
        pledged = tuple(
            replace(one, face=one.face * amount / terms.amount) for one in terms.collateral
        )
        return replace(terms, amount=amount, collateral=pledged)
    assert isinstance(terms, ResolvedDeposit), "outright repos are not quoted"
    return replace(terms, amount=amount)


def cash_side(side: Side) -> CashSide:
    """BUY = we borrow the money, SELL = we lend it."""
    return CashSide.BORROW if side is BUY else CashSide.LEND


def agree(terms: AnyResolved, price: Price) -> Agreed:
    """What the terms come to at `price`, on the side they are on.

    InvalidTerms where the price cannot be one for them, such as a far rate that is not above zero,
    or any price for an outright repo, which has both of its own.
    """
    if isinstance(terms, ResolvedFxSwap):
        return _swap(terms, price)
    if isinstance(terms, ResolvedDeposit | ResolvedRepo):
        return _loan(terms, price)
    if isinstance(terms, ResolvedOutrightRepo):
        agreed = f"{terms.first.dirty} and {terms.second.dirty} per 100 face"
        text = f"an outright repo of {terms.security} has its prices, {agreed}: {price.value} is"
        raise InvalidTerms(Fault.CONTRADICTION, f"{text} none of it (`ResolvedOutrightRepo.legs`)")
    leg = terms.leg.at(price.value)
    spot = price.spot_rate
    return Agreed(
        legs=(leg,),
        base_amount=abs(leg.flows[0].amount),
        rate=price.value,
        counter_amount=abs(leg.flows[1].amount),
        value_date=leg.value_date,
        points=price.value - spot if spot is not None else None,
    )


def _swap(terms: ResolvedFxSwap, price: Price) -> Agreed:
    assert price.spot_rate is not None, "a swap price has a spot rate in it"
    near_rate = price.spot_rate + price.near_points
    near, far = terms.legs_at(near_rate, near_rate + price.value)
    return Agreed(
        legs=(near, far),
        base_amount=abs(near.flows[0].amount),
        rate=near_rate,
        counter_amount=abs(near.flows[1].amount),
        value_date=near.value_date,
        points=price.value,
        far_value_date=far.value_date,
        far_rate=far.rate,
        far_base_amount=abs(far.flows[0].amount),
        far_counter_amount=abs(far.flows[1].amount),
    )


def _loan(terms: ResolvedDeposit | ResolvedRepo, price: Price) -> Agreed:
    rate = InterestRate(price.value)
    legs = terms.legs_at(rate)
    return Agreed(
        legs=legs,
        base_amount=terms.amount,
        rate=price.value,
        counter_amount=terms.amount + terms.interest_at(rate),
        value_date=terms.start,
        far_value_date=terms.maturity,
    )


def _turned(leg: FxLeg, side: Side) -> FxLeg:
    return msgspec.structs.replace(leg, side=side)


_KINDS: dict[type, ProductKind] = {
    ResolvedFxSpot: ProductKind.SPOT,
    ResolvedFxForward: ProductKind.FORWARD,
    ResolvedFxSwap: ProductKind.SWAP,
    ResolvedFxNdf: ProductKind.NDF,
    ResolvedDeposit: ProductKind.DEPOSIT,
    ResolvedRepo: ProductKind.REPO,
}
