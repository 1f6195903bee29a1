"""Interest: once, to the cent, day by day; compounded only from overnight fixings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from robot.basics.currency import Currency
from robot.basics.daycount import DayCount
from robot.basics.numbers import round_half_up
from robot.basics.rate import InterestRate, parse_rate
from robot.deals.interest import (
    Accrual,
    average_rate,
    compounded_rate,
    forward_forward,
    interest,
    simple_rate,
)
from robot.errors import Fault, InvalidTerms

CNY, JPY = Currency("CNY"), Currency("JPY")
REPO = Accrual(
    currency=CNY,
    amount=D(500_000_000),
    rate=parse_rate("1.55%"),
    start=date(2026, 2, 13),
    maturity=date(2026, 2, 24),
    day_count=DayCount.ACT_365F,
)


def test_half_a_cent_is_rounded_up_however_it_is_reached() -> None:
    """42,613.75 at 3 % for 2 days of 365 is exactly 7.005; 2/365 taken first would be below it."""
    assert D("0.01") == interest(D("36.50"), CNY, parse_rate("5%"), (1, 365))
    assert D("7.01") == interest(D("42613.75"), CNY, parse_rate("3%"), (2, 365))


def test_yen_interest_is_in_whole_yen() -> None:
    assert D(1389) == interest(D(1_000_000), JPY, parse_rate("0.5%"), (100, 360))


def test_daily_accruals_add_up_to_the_contractual_interest() -> None:
    """R007 dealt before Spring Festival 2026: eleven days, 233,561.64 in all."""
    daily = REPO.daily()

    assert (11, D("233561.64")) == (len(daily), REPO.contractual)
    assert REPO.contractual == sum(amount for _, amount in daily)
    assert (date(2026, 2, 13), D("21232.88")) == daily[0]
    assert {D("21232.87"), D("21232.88")} == {amount for _, amount in daily}


def test_nothing_accrues_before_the_start_and_nothing_after_maturity() -> None:
    assert 0 == REPO.accrued_on(date(2026, 2, 1)) == REPO.booked_on(date(2026, 2, 12))
    assert REPO.contractual == REPO.accrued_on(date(2026, 3, 1))
    assert 0 == REPO.booked_on(REPO.maturity)


def test_sofr_compounds_over_a_weekend_as_in_quantlib() -> None:
    """New York Fed's SOFR of 2-8 January 2024; QuantLib 1.44's OvernightIndexedCoupon for 2 to 9
    January gives 5.337751455170395.
    """
    days = ((2, "5.40"), (3, "5.39"), (4, "5.32"), (5, "5.31"), (8, "5.31"))
    fixings = [(date(2024, 1, day), parse_rate(f"{text}%")) for day, text in days]

    found = compounded_rate(fixings, date(2024, 1, 9), DayCount.ACT_360)

    assert "5.337751455170" == str(round_half_up(found.percent, D("1e-12")))


def test_one_fixing_does_not_compound() -> None:
    found = compounded_rate(
        [(date(2026, 1, 16), parse_rate("4%"))], date(2026, 1, 19), DayCount.ACT_360
    )
    assert D(4) == round(found.percent, 20)


def test_two_legs_of_a_forward_forward_earn_what_the_long_one_does() -> None:
    rate = forward_forward(parse_rate("0.55%"), (91, 365), parse_rate("0.65%"), (123, 365))
    grown = (1 + D("0.0055") * 91 / 365) * (1 + rate.fraction * 32 / 365)
    assert abs(grown - (1 + D("0.0065") * 123 / 365)) < D("1e-25")


def test_terms_that_give_no_rate_are_refused() -> None:
    rate = InterestRate(D(1))
    with pytest.raises(InvalidTerms, match="short period of 123 days"):
        forward_forward(rate, (123, 365), rate, (91, 365))
    with pytest.raises(InvalidTerms, match="no fixing to compound"):
        compounded_rate([], date(2026, 1, 1), DayCount.ACT_360)
    with pytest.raises(InvalidTerms, match="fixing 2026-01-02 must be before the next 2026-01-02"):
        compounded_rate([(date(2026, 1, 2), rate)], date(2026, 1, 2), DayCount.ACT_360)
    with pytest.raises(InvalidTerms, match="amounts add up to 0"):
        average_rate([])
    with pytest.raises(InvalidTerms, match="over 0 days"):
        simple_rate(D(1), D(2), (0, 360))
    with pytest.raises(InvalidTerms, match="start 2026-02-13 must be before") as caught:
        Accrual(
            currency=CNY,
            amount=D(1),
            rate=rate,
            start=REPO.start,
            maturity=REPO.start,
            day_count=DayCount.ACT_360,
        )
    assert Fault.DATES_NOT_ORDERED is caught.value.fault
