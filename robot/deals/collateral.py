"""Securities given for cash: what they are worth and what is lent on them.

Prices are per 100 face. Dirty price = clean price + accrued interest; cash is paid on the dirty
price with the accrued interest unrounded (CFETS: 6,400,000 at 88.0000 + 4.23/2 x 103/181 is
5709028.07).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from robot.basics.currency import AMOUNT_END, Currency, round_amount
from robot.basics.numbers import ZERO
from robot.errors import Fault, InvalidTerms

_HUNDRED = Decimal(100)
_PRICE_END = Decimal(10_000)
"""No bond costs a hundred times its face."""


class Collateral(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One security pledged: face amount, dirty price per 100 face, haircut in percent of its value.

    The conversion ratio of Chinese pledged repo (折算率) is price 100 and haircut 100 - ratio.
    """

    security: str
    face: Decimal
    price: Decimal
    haircut: Decimal

    def __post_init__(self) -> None:
        if not (self.face.is_finite() and ZERO < self.face < AMOUNT_END):
            raise InvalidTerms(
                Fault.COLLATERAL,
                f"collateral {self.security}: face {self.face} must be above 0, below {AMOUNT_END}",
            )
        if not (self.price.is_finite() and ZERO < self.price < _PRICE_END):
            raise InvalidTerms(
                Fault.COLLATERAL,
                f"collateral {self.security}: price {self.price} must be above 0 and below "
                f"{_PRICE_END} per 100 face",
            )
        if not (self.haircut.is_finite() and ZERO <= self.haircut < _HUNDRED):
            raise InvalidTerms(
                Fault.COLLATERAL,
                f"collateral {self.security}: haircut {self.haircut} % must be 0 to below 100",
            )

    @property
    def market_value(self) -> Decimal:
        """Face x price / 100, not rounded."""
        return self.face * self.price / _HUNDRED

    @property
    def lending_value(self) -> Decimal:
        """What may be lent on it: market value x (1 - haircut), not rounded."""
        return self.market_value * (_HUNDRED - self.haircut) / _HUNDRED


class BondPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clean price and accrued interest, per 100 face; both as exact as they are known."""

    clean: Decimal
    accrued: Decimal

    def __post_init__(self) -> None:
        known = self.clean.is_finite() and self.accrued.is_finite()
        if not (known and self.clean > ZERO and ZERO < self.dirty < _PRICE_END):
            raise InvalidTerms(
                Fault.COLLATERAL,
                f"bond price {self.clean} with accrued {self.accrued} must be above 0 and below "
                f"{_PRICE_END} per 100 face",
            )

    @property
    def dirty(self) -> Decimal:
        """Clean plus accrued."""
        return self.clean + self.accrued


def cash_for(face: Decimal, price: BondPrice, currency: Currency) -> Decimal:
    """What is paid for `face` at the dirty price, rounded once."""
    return round_amount(face * price.dirty / _HUNDRED, currency)


def accrued_interest(coupon: Decimal, days: int, year_days: int) -> Decimal:
    """Coupon interest per 100 face since the last coupon, not rounded: percent x days / year days.

    ACT/365 of Chinese interbank bonds: 3.57, 32, 365. Within a coupon period of a bond that pays n
    times a year (ACT/ACT ICMA): coupon / n, days, days of the period.
    """
    if days < 0 or year_days <= 0:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"accrued interest over {days} of {year_days} days")
    return coupon * days / year_days


def lending_value(collateral: Iterable[Collateral], currency: Currency) -> Decimal:
    """What may be lent on all of it together, rounded once."""
    return round_amount(sum((item.lending_value for item in collateral), ZERO), currency)


def check_cover(
    collateral: tuple[Collateral, ...], amount: Decimal, currency: Currency
) -> tuple[Collateral, ...]:
    """`collateral` itself when `amount` may be lent on it, else an error with both figures."""
    if not collateral:
        raise InvalidTerms(Fault.COLLATERAL, f"a repo of {amount} {currency} needs collateral")
    value = lending_value(collateral, currency)
    if not amount <= value:
        raise InvalidTerms(
            Fault.COLLATERAL,
            f"collateral carries {value} {currency} after haircuts, the loan is {amount}: "
            f"{amount - value} short",
        )
    return collateral
