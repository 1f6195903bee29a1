"""What moves: amounts of a currency or of a security on a date, and the legs they belong to.

Signs: positive = we receive, negative = we pay.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency
from robot.errors import Fault, InvalidTerms


class Flow(msgspec.Struct, frozen=True, gc=False):
    """An amount of one currency on one date; positive = we receive."""

    currency: Currency
    amount: Decimal
    value_date: date


class SecurityFlow(msgspec.Struct, frozen=True):
    """Face amount of one security on one date; positive = we receive."""

    security: str
    face: Decimal
    value_date: date


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange on one value date, at the price agreed for it.

    `rate` is the FX rate of the leg, or percent a year of a loan; `flows` are the cash.
    """

    value_date: date
    rate: Decimal
    flows: tuple[Flow, ...]
    securities: tuple[SecurityFlow, ...] = ()


def check_before(first_name: str, first: date, second_name: str, second: date) -> None:
    """Refuses a second date that is not after the first."""
    if not first < second:
        raise InvalidTerms(
            Fault.DATES_NOT_ORDERED, f"{first_name} {first} must be before {second_name} {second}"
        )


def check_not_after(first_name: str, first: date, second_name: str, second: date) -> None:
    """Refuses a second date that is before the first; the same day is allowed."""
    if second < first:
        raise InvalidTerms(
            Fault.DATES_NOT_ORDERED, f"{second_name} {second} is before {first_name} {first}"
        )
