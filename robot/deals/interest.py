"""Interest of money-market products: simple, rounded once at maturity, accrued to the cent.

Rates are percent a year; a `ratio` is (days, days of a year) as `DayCount.ratio` gives it. Amounts
are multiplied first and divided once, so that a half cent is a half cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, check_amount, round_amount
from robot.basics.daycount import DayCount
from robot.basics.numbers import ZERO
from robot.basics.rate import ONE, InterestRate
from robot.deals.flow import check_before
from robot.errors import Fault, InvalidTerms

_HUNDRED = Decimal(100)
Ratio = tuple[int, int]


def interest(amount: Decimal, currency: Currency, rate: InterestRate, ratio: Ratio) -> Decimal:
    """amount x rate x days / year days, rounded half up to the currency's minor unit."""
    return round_amount(_exact_interest(amount, rate, ratio), currency)


def repayment(amount: Decimal, currency: Currency, rate: InterestRate, ratio: Ratio) -> Decimal:
    """Principal plus interest, what is paid at maturity."""
    return amount + interest(amount, currency, rate, ratio)


def _exact_interest(amount: Decimal, rate: InterestRate, ratio: Ratio) -> Decimal:
    days, year_days = ratio
    return amount * rate.percent * days / (100 * year_days)


def simple_rate(paid: Decimal, back: Decimal, ratio: Ratio) -> InterestRate:
    """The simple rate at which `paid` grows to `back`, percent a year, not rounded."""
    days, year_days = ratio
    if days <= 0 or not paid > ZERO:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"no rate from {paid} to {back} over {days} days")
    return InterestRate((back - paid) * year_days * _HUNDRED / (paid * days))


class Accrual(msgspec.Struct, frozen=True, kw_only=True):
    """A loan whose interest is spread over its days. `amount` is the principal, positive."""

    currency: Currency
    amount: Decimal
    rate: InterestRate
    start: date
    maturity: date
    day_count: DayCount

    def __post_init__(self) -> None:
        check_amount(self.amount, self.currency)
        if not self.start < self.maturity:
            raise InvalidTerms(
                Fault.DATES_NOT_ORDERED,
                f"start {self.start} must be before maturity {self.maturity}",
            )

    @property
    def contractual(self) -> Decimal:
        """Interest paid at maturity."""
        ratio = self.day_count.ratio(self.start, self.maturity)
        return interest(self.amount, self.currency, self.rate, ratio)

    def accrued_on(self, day: date) -> Decimal:
        """Interest earned from the start up to `day`, rounded; all of it from maturity on."""
        until = min(max(day, self.start), self.maturity)
        ratio = self.day_count.ratio(self.start, until)
        return interest(self.amount, self.currency, self.rate, ratio)

    def booked_on(self, day: date) -> Decimal:
        """The accrual booked at the end of `day`: what is earned by the next morning less what was
        earned by this one. All of them together are the contractual interest, to the cent.
        """
        return self.accrued_on(day + timedelta(days=1)) - self.accrued_on(day)

    def daily(self) -> tuple[tuple[date, Decimal], ...]:
        """Every day the money is out with what is booked on it."""
        days = (self.maturity - self.start).days
        dates = (self.start + timedelta(days=number) for number in range(days))
        return tuple((day, self.booked_on(day)) for day in dates)


def compounded_rate(
    fixings: Sequence[tuple[date, InterestRate]], maturity: date, day_count: DayCount
) -> InterestRate:
    """Overnight rates compounded in arrears, as a simple rate for the whole period (not rounded).

    `fixings`: value date and rate of each business day, in order; each counts until the next one,
    the last until `maturity` (a Friday's for three days). Products that pay simple interest, such
    as deposits and repos, never compound.
    """
    if not fixings:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"no fixing to compound until {maturity}")
    dates = [day for day, _ in fixings] + [maturity]
    growth = ONE
    for (day, rate), following in zip(fixings, dates[1:], strict=True):
        check_before("fixing", day, "the next", following)
        days, year_days = day_count.ratio(day, following)
        growth *= ONE + rate.fraction * days / year_days
    days, year_days = day_count.ratio(dates[0], maturity)
    return InterestRate((growth - ONE) * year_days / days * _HUNDRED)


def forward_forward(
    short: InterestRate, short_ratio: Ratio, long: InterestRate, long_ratio: Ratio
) -> InterestRate:
    """The rate between two maturities that makes borrowing long and lending short then again fair.

    ((1 + long x t2) / (1 + short x t1) - 1) / (t2 - t1); not rounded.
    """
    near = Decimal(short_ratio[0]) / short_ratio[1]
    far = Decimal(long_ratio[0]) / long_ratio[1]
    if not near < far:
        raise InvalidTerms(
            Fault.DATES_NOT_ORDERED,
            f"the short period of {short_ratio[0]} days must end before the long one "
            f"of {long_ratio[0]}",
        )
    growth = (ONE + long.fraction * far) / (ONE + short.fraction * near)
    return InterestRate((growth - ONE) / (far - near) * _HUNDRED)


def average_rate(loans: Iterable[tuple[Decimal, InterestRate]]) -> InterestRate:
    """Average of rates weighted by their amounts (not rounded)."""
    total, weighted = ZERO, ZERO
    for amount, rate in loans:
        total += amount
        weighted += amount * rate.percent
    if not total > ZERO:
        raise InvalidTerms(Fault.AMOUNT_NOT_POSITIVE, f"amounts add up to {total}: no average")
    return InterestRate(weighted / total)


def fra_settlement(
    amount: Decimal, currency: Currency, agreed: InterestRate, fixing: InterestRate, ratio: Ratio
) -> Decimal:
    """What the buyer of a forward rate agreement receives at its start (negative = pays).

    amount x (fixing - agreed) x t / (1 + fixing x t), rounded once (FRABBA terms).
    """
    share = Decimal(ratio[0]) / ratio[1]
    difference = amount * (fixing.fraction - agreed.fraction) * share
    return round_amount(difference / (ONE + fixing.fraction * share), currency)
