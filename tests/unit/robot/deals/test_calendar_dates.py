"""Products dated by the shipped calendars and conventions, from what is said to what is paid."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.rate import parse_rate
from robot.basics.tenor import parse_tenor
from robot.catalogue import CalendarSettings, Catalogue, ConventionsFile
from robot.deals.calendar_dates import CalendarDates
from robot.deals.collateral import Collateral
from robot.deals.dates import value_date
from robot.deals.party import BORROW, BUY, LEND
from robot.deals.product import Deposit, FxForward, FxNdf, FxSwap, Repo, When, swap_dates
from robot.deals.resolve import DateSource, Unresolved, resolve, resolve_request
from robot.deals.resolved import (
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSwap,
    ResolvedRepo,
)
from robot.errors import UnknownReference
from robot.package import configuration_folder
from robot.yamlfile import load_file

USD, CNY, USD_CNY = Currency("USD"), Currency("CNY"), CurrencyPair("USD/CNY")
TODAY = date(2026, 1, 14)


def catalogue(*provisional: str) -> Catalogue:
    folder = configuration_folder()
    file = load_file(folder / "conventions.yaml", ConventionsFile)
    return Catalogue.of(folder, file, CalendarSettings(provisional=list(provisional)))


def dates_of(found: Catalogue) -> DateSource:
    names = {name for item in found.conventions.values() for name in item.all_calendars}
    names |= {market.calendar_id for market in found.money_markets.values()}
    calendars = found.calendars(sorted(names))
    return CalendarDates(found.conventions, found.money_markets, calendars)


SHIPPED = catalogue()
KNOWN, DATES = SHIPPED.conventions, dates_of(SHIPPED)


def swap(near: str, far: str) -> FxSwap:
    return FxSwap(
        pair=USD_CNY,
        near_side=BUY,
        currency=USD,
        near_amount=D(10_000_000),
        near=When(near),
        far=When(far),
    )


def forward(when: str) -> FxForward:
    return FxForward(pair=USD_CNY, side=BUY, currency=USD, amount=D(1_000_000), value=When(when))


def lent(term: str, currency: Currency = CNY) -> Deposit:
    return Deposit(side=LEND, currency=currency, amount=D("400000.00"), term=When(term))


@pytest.mark.parametrize(
    ("tenor", "near", "far"),
    [
        ("ON", "2026-01-14", "2026-01-15"),
        ("TN", "2026-01-15", "2026-01-16"),
        ("1M", "2026-01-16", "2026-02-24"),  # Spring Festival and Presidents' Day
        ("3M", "2026-01-16", "2026-04-16"),
        ("IMM1", "2026-01-16", "2026-03-18"),
    ],
)
def test_a_swap_is_dated_by_the_holidays(tenor: str, near: str, far: str) -> None:
    found = resolve(swap(*swap_dates(When(tenor))), TODAY, KNOWN, DATES)

    assert isinstance(found, ResolvedFxSwap)
    assert (near, far) == (str(found.near.value_date), str(found.far.value_date))


def test_a_loan_over_the_national_day_earns_ten_days() -> None:
    """DEP-05, real CFETS message: IBO007 of 2016-09-28 for 5 days pays 333.33 on 2016-10-08."""
    found = resolve(lent("5D"), date(2016, 9, 28), KNOWN, DATES)

    assert isinstance(found, ResolvedDeposit)
    assert ("IBO007", 5, 10) == (found.contract_code, found.contract_days, found.days)
    _, maturity = found.legs_at(parse_rate("3.0000%"))
    assert date(2016, 10, 8) == maturity.value_date
    assert D("333.33") == maturity.flows[1].amount


@pytest.mark.parametrize(
    ("traded", "maturity", "paid"),
    [
        ("2026-02-13", "2026-02-14", "21232.88"),  # a Saturday that is worked
        ("2026-02-14", "2026-02-24", "212328.77"),
        ("2026-02-28", "2026-03-02", "42465.75"),
    ],
)
def test_an_overnight_repo_lasts_as_long_as_the_market_is_closed(
    traded: str, maturity: str, paid: str
) -> None:
    bonds = Collateral(security="B", face=D(600_000_000), price=D(100), haircut=D(10))
    product = Repo(
        side=BORROW, currency=CNY, amount=D(500_000_000), term=When("R001"), collateral=(bonds,)
    )

    found = resolve(product, date.fromisoformat(traded), KNOWN, DATES)

    assert isinstance(found, ResolvedRepo)
    assert (maturity, "R001", 1) == (str(found.maturity), found.contract_code, found.contract_days)
    assert D(paid) == found.interest_at(parse_rate("1.55%"))


def test_an_ndf_is_fixed_two_days_before_its_value_date() -> None:
    product = FxNdf(
        pair=USD_CNY,
        side=BUY,
        currency=USD,
        amount=D(1_000_000),
        value=When("1M"),
        fixing_index="CNY01",
        settlement_currency=USD,
    )

    found = resolve(product, TODAY, KNOWN, DATES)

    assert isinstance(found, ResolvedFxNdf)
    assert (date(2026, 2, 24), date(2026, 2, 12)) == (found.leg.value_date, found.fixing_date)


def test_a_broken_maturity_is_taken_as_it_is_said() -> None:
    found = resolve(lent("2026-02-28"), TODAY, KNOWN, DATES)

    assert isinstance(found, ResolvedDeposit)
    assert (TODAY, date(2026, 2, 28), 45) == (found.start, found.maturity, found.contract_days)


@pytest.mark.parametrize(
    ("traded", "maturity", "code", "days"),
    [
        ("2026-01-14", "2026-01-15", "IBO001", 1),
        ("2026-01-14", "2026-01-19", "IBO007", 5),
        ("2026-02-13", "2026-02-24", "IBO014", 11),
        ("2026-01-14", "2026-02-14", "IBO1M", 31),
        ("2025-12-31", "2026-12-31", "IBO1Y", 365),
        ("2026-12-29", "2026-12-31", "IBO007", 2),  # a week later nothing is announced yet
    ],
)
def test_a_broken_maturity_has_the_contract_of_its_days(
    traded: str, maturity: str, code: str, days: int
) -> None:
    found = resolve_request(lent(maturity), date.fromisoformat(traded), KNOWN, DATES)

    assert isinstance(found, ResolvedDeposit)
    assert (code, days) == (found.contract_code, found.contract_days)


def test_the_start_of_a_loan_is_not_named_as_a_maturity_it_could_have() -> None:
    found = resolve_request(lent("2026-02-16"), date(2026, 2, 14), KNOWN, DATES)

    assert isinstance(found, Unresolved)
    assert found.detail.endswith("(Spring Festival): take 2026-02-24")


def test_a_broken_maturity_over_a_year_away_is_no_contract_of_china() -> None:
    found = resolve_request(lent("2026-12-31"), date(2025, 12, 30), KNOWN, DATES)

    assert isinstance(found, Unresolved)
    assert ("NotAValueDate", True) == (found.reason, "is over one year" in found.detail)


def test_a_date_that_is_only_computed_marks_the_deal() -> None:
    allowed = catalogue("CNY")

    found = resolve(forward("2Y"), TODAY, allowed.conventions, dates_of(allowed))

    assert isinstance(found, ResolvedFxForward)
    assert found.provisional


@pytest.mark.parametrize(
    ("product", "reason", "words"),
    [
        (forward("2Y"), "BeyondHorizon", "2005-01-01 to 2026-12-31"),
        (forward("2026-05-01"), "NotAValueDate", "Labour Day"),
        (forward("2026-01-13"), "NotAValueDate", "is before 2026-01-14"),
        (forward("9X"), "UnknownTenor", "9X"),
        (lent("2026-02-15"), "NotAValueDate", "is closed for CNYMM (Sunday): take 2026-02-14 or"),
        (lent("2026-01-14"), "DATES_NOT_ORDERED", "must be after its start, 2026-01-14"),
        (lent("R007"), "NotAValueDate", "R007 is not a term of CNY DEPOSIT"),
        (lent("1W", Currency("SEK")), "UnknownReference", "no DEPOSIT of SEK"),
        (swap("3M", "1M"), "DATES_NOT_ORDERED", "2026-04-16 must be before far date 2026-02-24"),
    ],
)
def test_what_cannot_be_dated_is_refused_with_a_reason(
    product: FxForward | FxSwap | Deposit, reason: str, words: str
) -> None:
    found = resolve_request(product, TODAY, KNOWN, DATES)

    assert isinstance(found, Unresolved)
    assert reason == found.reason
    assert words in found.detail


def test_what_is_remembered_is_what_the_calendars_say() -> None:
    """A year of trade dates, tenors in both orders, against the functions themselves."""
    fresh = dates_of(SHIPPED)
    calendars = SHIPPED.calendars(KNOWN[USD_CNY].all_calendars)
    for number in range(0, 330, 7):
        day = TODAY - timedelta(days=number)
        for text in ("TOM", "1W", "SPOT", "SW", "1D", "1M", "IMM1", "9M", "1M"):
            expected = value_date(KNOWN[USD_CNY], parse_tenor(text), day, calendars)
            assert expected == fresh.far(USD_CNY, text, day), f"{day} {text}"


def test_another_trade_date_has_other_dates() -> None:
    days = [date(2026, 1, 14), date(2026, 1, 15), date(2026, 1, 14)]
    found = [DATES.spot(USD_CNY, day).day for day in days]
    assert [date(2026, 1, 16), date(2026, 1, 20), date(2026, 1, 16)] == found


def test_calendars_refuse_a_pair_without_conventions() -> None:
    with pytest.raises(UnknownReference, match="no convention configured for USD/XTS"):
        DATES.spot(CurrencyPair("USD/XTS"), TODAY)
