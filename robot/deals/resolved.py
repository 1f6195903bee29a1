"""What is dealt, dated: value dates and the signed dealt amounts fixed, the price still open.

Only these forms are priced, limited and booked. `legs_at(...)` adds the agreed price and gives all
flows; positive = we receive. Whatever contradicts itself is refused when it is made, from the
journal too.

A resolved product stands on the holidays known when it was resolved: keep it with its deal, and
resolve again for a new one.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import (
    Currency,
    CurrencyPair,
    base_of,
    check_amount,
    check_pair,
    contra_amount,
    counter_of,
)
from robot.basics.daycount import DayCount
from robot.basics.rate import InterestRate, check_fx_rate, check_points_unit
from robot.deals.collateral import BondPrice, Collateral, cash_for, check_cover
from robot.deals.flow import Flow, Leg, SecurityFlow, check_before, check_not_after
from robot.deals.forwards import ndf_settlement, swap_rates
from robot.deals.interest import Accrual, interest, simple_rate
from robot.deals.party import CashSide, Side
from robot.errors import Fault, InvalidTerms


class FxLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange of two currencies, dealt in one of them; the rate is open.

    `side` is ours, of the base currency. `amount` is positive, of `currency`.
    """

    pair: CurrencyPair
    side: Side
    currency: Currency
    amount: Decimal
    value_date: date

    def __post_init__(self) -> None:
        check_pair(self.pair)
        if self.currency != self.pair[:3] and self.currency != self.pair[4:]:
            raise InvalidTerms(
                Fault.CURRENCY_NOT_IN_PAIR, f"{self.currency} is no currency of {self.pair}"
            )
        check_amount(self.amount, self.currency)

    @property
    def dealt(self) -> Flow:
        """The flow of the dealt currency."""
        return Flow(self.currency, self._sign(self.currency) * self.amount, self.value_date)

    def at(self, rate: Decimal) -> Leg:
        """The leg at `rate`: base and counter flow, opposite in sign, the contra amount rounded."""
        check_fx_rate(self.pair, rate)
        base, counter, day = base_of(self.pair), counter_of(self.pair), self.value_date
        contra, sign = contra_amount(self.pair, self.currency, self.amount, rate), self.side.sign
        if self.currency == base:
            flows = (Flow(base, sign * self.amount, day), Flow(counter, -sign * contra, day))
        else:
            flows = (Flow(base, sign * contra, day), Flow(counter, -sign * self.amount, day))
        return Leg(value_date=day, rate=rate, flows=flows)

    def _sign(self, currency: Currency) -> int:
        return self.side.sign if currency == base_of(self.pair) else -self.side.sign


class Resolved(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Base of all. `provisional` = a date rests on holidays nobody has published yet."""

    trade_date: date
    provisional: bool = False


class ResolvedFxSpot(Resolved, frozen=True, kw_only=True):
    """Spot: one leg."""

    leg: FxLeg

    def __post_init__(self) -> None:
        check_not_after("trade date", self.trade_date, "value date", self.leg.value_date)

    def legs_at(self, rate: Decimal) -> tuple[Leg, ...]:
        """The leg at `rate`."""
        return (self.leg.at(rate),)


class ResolvedFxForward(Resolved, frozen=True, kw_only=True):
    """Outright: one leg. `spot_date` is what its points count from."""

    leg: FxLeg
    spot_date: date

    def __post_init__(self) -> None:
        check_not_after("trade date", self.trade_date, "value date", self.leg.value_date)

    def legs_at(self, rate: Decimal) -> tuple[Leg, ...]:
        """The leg at the all-in `rate`."""
        return (self.leg.at(rate),)

    def legs_at_points(
        self, spot_rate: Decimal, points: Decimal, factor: Decimal
    ) -> tuple[Leg, ...]:
        """The leg at spot plus points in price units (before spot: what was taken off, negated)."""
        days = abs((self.leg.value_date - self.spot_date).days)
        check_points_unit(points, spot=spot_rate, days=days, factor=factor)
        return self.legs_at(spot_rate + points)


class ResolvedFxSwap(Resolved, frozen=True, kw_only=True):
    """Two legs with opposite sides, near before far."""

    near: FxLeg
    far: FxLeg
    spot_date: date

    def __post_init__(self) -> None:
        near, far = self.near, self.far
        check_not_after("trade date", self.trade_date, "near date", near.value_date)
        check_before("near date", near.value_date, "far date", far.value_date)
        if near.side is far.side or near.pair != far.pair or near.currency != far.currency:
            raise InvalidTerms(
                Fault.LEGS_NOT_OPPOSITE,
                f"legs must be opposite sides of one pair and dealt currency, not "
                f"{near.side} {near.pair} in {near.currency} and "
                f"{far.side} {far.pair} in {far.currency}",
            )

    @property
    def even(self) -> bool:
        """The same dealt amount on both legs."""
        return self.near.amount == self.far.amount

    def legs_at(self, near_rate: Decimal, far_rate: Decimal) -> tuple[Leg, ...]:
        """Both legs at their all-in rates."""
        return self.near.at(near_rate), self.far.at(far_rate)

    def legs_at_points(
        self, near_rate: Decimal, points: Decimal, factor: Decimal
    ) -> tuple[Leg, ...]:
        """Both legs from the near rate and the swap points in price units, far minus near."""
        days = (self.far.value_date - self.near.value_date).days
        check_points_unit(points, spot=near_rate, days=days, factor=factor)
        rates = swap_rates(near_rate, points)
        return self.legs_at(rates.near, rates.far)


class ResolvedFxNdf(Resolved, frozen=True, kw_only=True):
    """A forward settled against `fixing_index` of `fixing_date`, in one currency."""

    leg: FxLeg
    spot_date: date
    fixing_index: str
    fixing_date: date
    settlement_currency: Currency

    def __post_init__(self) -> None:
        # The fixing of the trade date may be public: whoever knows it would choose the side.
        check_before("trade date", self.trade_date, "fixing date", self.fixing_date)
        check_not_after("fixing date", self.fixing_date, "value date", self.leg.value_date)
        if self.settlement_currency not in (base_of(self.leg.pair), counter_of(self.leg.pair)):
            raise InvalidTerms(
                Fault.CURRENCY_NOT_IN_PAIR,
                f"settlement currency {self.settlement_currency} is no currency of {self.leg.pair}",
            )

    def legs_at(self, rate: Decimal, fixing: Decimal) -> tuple[Leg, ...]:
        """What is paid once the fixing is known: one flow, the difference at `fixing`.

        See `robot.deals.forwards.ndf_settlement`.
        """
        leg = self.leg
        check_fx_rate(leg.pair, rate)
        base_amount = leg.amount if leg.currency == base_of(leg.pair) else leg.amount / rate
        flow = Flow(
            self.settlement_currency,
            ndf_settlement(leg.pair, leg.side, base_amount, rate, fixing, self.settlement_currency),
            leg.value_date,
        )
        return (Leg(value_date=leg.value_date, rate=rate, flows=(flow,)),)


class ResolvedLoan(Resolved, frozen=True, kw_only=True):
    """What deposit and repo share: money out on `start`, back with interest on `maturity`.

    `contract_code` and `contract_days` name the term (R007, 7); `days` are what interest counts.
    """

    side: CashSide
    currency: Currency
    amount: Decimal
    start: date
    maturity: date
    day_count: DayCount
    contract_code: str = ""
    contract_days: int = 0

    def __post_init__(self) -> None:
        check_amount(self.amount, self.currency)
        check_not_after("trade date", self.trade_date, "start", self.start)
        if not self.start < self.maturity:
            raise InvalidTerms(
                Fault.DATES_NOT_ORDERED,
                f"start {self.start} must be before maturity {self.maturity}",
            )

    @property
    def days(self) -> int:
        """Calendar days the money is out (占款天数)."""
        return (self.maturity - self.start).days

    def interest_at(self, rate: InterestRate) -> Decimal:
        """Interest at maturity, rounded once; positive for a positive rate."""
        ratio = self.day_count.ratio(self.start, self.maturity)
        return interest(self.amount, self.currency, rate, ratio)

    def accrual_at(self, rate: InterestRate) -> Accrual:
        """That interest spread over the days the money is out; earned when lent, owed when not."""
        return Accrual(
            currency=self.currency,
            amount=self.amount,
            rate=rate,
            start=self.start,
            maturity=self.maturity,
            day_count=self.day_count,
        )


class ResolvedDeposit(ResolvedLoan, frozen=True, kw_only=True):
    """Interbank loan without security."""

    def legs_at(self, rate: InterestRate) -> tuple[Leg, ...]:
        """Start: principal. Maturity: principal back, and interest as a flow of its own."""
        return _loan_legs(self, rate, ())


class ResolvedRepo(ResolvedLoan, frozen=True, kw_only=True):
    """Loan against pledged bonds that carry it after their haircuts."""

    collateral: tuple[Collateral, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_cover(self.collateral, self.amount, self.currency)

    def legs_at(self, rate: InterestRate) -> tuple[Leg, ...]:
        """As a deposit; the bonds come in (LEND) or go out (BORROW) at the start, and back."""
        faces = tuple((item.security, item.face) for item in self.collateral)
        return _loan_legs(self, rate, faces)


class ResolvedOutrightRepo(Resolved, frozen=True, kw_only=True):
    """Bonds against cash at two agreed prices; `day_count` turns them into a rate."""

    side: CashSide
    currency: Currency
    security: str
    face: Decimal
    first: BondPrice
    second: BondPrice
    start: date
    maturity: date
    day_count: DayCount
    contract_code: str = ""
    contract_days: int = 0

    def __post_init__(self) -> None:
        check_amount(self.face, self.currency, "face")
        check_not_after("trade date", self.trade_date, "start", self.start)
        if not self.start < self.maturity:
            raise InvalidTerms(
                Fault.DATES_NOT_ORDERED,
                f"start {self.start} must be before maturity {self.maturity}",
            )

    @property
    def rate(self) -> InterestRate:
        """What the two payments are worth as simple interest, percent a year, not rounded."""
        paid, back = self._cash()
        return simple_rate(paid, back, self.day_count.ratio(self.start, self.maturity))

    def legs(self) -> tuple[Leg, ...]:
        """Start and maturity: cash one way, bonds the other, then back."""
        paid, back = self._cash()
        sign, percent = self.side.sign, self.rate.percent
        return (
            Leg(
                value_date=self.start,
                rate=percent,
                flows=(Flow(self.currency, sign * paid, self.start),),
                securities=(SecurityFlow(self.security, -sign * self.face, self.start),),
            ),
            Leg(
                value_date=self.maturity,
                rate=percent,
                flows=(Flow(self.currency, -sign * back, self.maturity),),
                securities=(SecurityFlow(self.security, sign * self.face, self.maturity),),
            ),
        )

    def _cash(self) -> tuple[Decimal, Decimal]:
        return (
            cash_for(self.face, self.first, self.currency),
            cash_for(self.face, self.second, self.currency),
        )


AnyResolved = (
    ResolvedFxSpot
    | ResolvedFxForward
    | ResolvedFxSwap
    | ResolvedFxNdf
    | ResolvedDeposit
    | ResolvedRepo
    | ResolvedOutrightRepo
)


def _loan_legs(
    loan: ResolvedLoan, rate: InterestRate, faces: tuple[tuple[str, Decimal], ...]
) -> tuple[Leg, ...]:
    sign = loan.side.sign
    return (
        Leg(
            value_date=loan.start,
            rate=rate.percent,
            flows=(Flow(loan.currency, sign * loan.amount, loan.start),),
            securities=tuple(SecurityFlow(name, -sign * face, loan.start) for name, face in faces),
        ),
        Leg(
            value_date=loan.maturity,
            rate=rate.percent,
            flows=(
                Flow(loan.currency, -sign * loan.amount, loan.maturity),
                Flow(loan.currency, -sign * loan.interest_at(rate), loan.maturity),
            ),
            securities=tuple(
                SecurityFlow(name, sign * face, loan.maturity) for name, face in faces
            ),
        ),
    )
