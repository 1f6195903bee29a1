"""Value dates: the published tables, each row with its source, and what cannot be dated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

import msgspec
import pytest

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.holidays import CalendarId, HolidayCalendar, WeekPattern
from robot.basics.tenor import parse_tenor
from robot.catalogue import CalendarSettings, Catalogue
from robot.deals.convention import Convention
from robot.deals.dates import (
    Calendars,
    Dated,
    deposit_dates,
    fixing_date,
    spot_date,
    swap_dates,
    third_wednesday,
    value_date,
)
from robot.errors import BeyondHorizon, NotAValueDate, UnknownReference
from robot.package import configuration_folder
from robot.settings import load_settings

OBJECTLAB = "ObjectLabKit's tests (F)"
QUANT_SE = "quant.stackexchange 79295 (F)"
ACI = "ACI dealing exam item (F)"
TESTED = "recomputed with QuantLib's calendars (T)"
CFETS = "CFETS CSTP message (F)"


@cache
def catalogue() -> Catalogue:
    return load_settings(configuration_folder()).catalogue


@cache
def convention(pair: str, **changes: object) -> Convention:
    return msgspec.structs.replace(catalogue().convention(CurrencyPair(pair)), **changes)


@cache
def calendars() -> Calendars:
    names = {name for row in catalogue().conventions.values() for name in row.all_calendars}
    return catalogue().calendars(sorted({*names, CalendarId("CNYMM")}))


def day(text: str) -> date:
    return date.fromisoformat(text)


def dated(pair: str, tenor: str, traded: str) -> Dated:
    return value_date(convention(pair), parse_tenor(tenor), day(traded), calendars())


@pytest.mark.parametrize(
    ("pair", "traded", "spot", "source"),
    [
        ("EUR/USD", "2006-06-30", "2006-07-05", OBJECTLAB),
        ("EUR/USD", "2006-07-03", "2006-07-05", OBJECTLAB),
        ("EUR/USD", "2006-07-04", "2006-07-07", OBJECTLAB),
        ("EUR/GBP", "2006-06-30", "2006-07-05", OBJECTLAB),
        ("EUR/MXN", "2006-07-03", "2006-07-06", OBJECTLAB),
        ("EUR/GBP", "2013-07-02", "2013-07-05", "ObjectLabKit's documentation, GBP/EUR (F)"),
        ("EUR/USD", "2014-06-26", "2014-06-30", OBJECTLAB),
        ("EUR/USD", "2014-10-28", "2014-10-30", OBJECTLAB),
        ("EUR/USD", "2023-06-16", "2023-06-20", QUANT_SE),
        ("USD/CNY", "2026-02-11", "2026-02-13", TESTED),
        ("USD/CNY", "2026-02-12", "2026-02-24", TESTED),
        ("USD/CNY", "2026-02-13", "2026-02-25", TESTED),
        ("USD/CNY", "2026-01-16", "2026-01-20", TESTED),
        ("USD/CNY", "2026-09-30", "2026-10-09", TESTED),
        ("USD/CAD", "2026-06-30", "2026-07-02", TESTED),
        ("USD/CAD", "2026-05-15", "2026-05-19", TESTED),
        ("GBP/USD", "2026-12-23", "2026-12-29", TESTED),
    ],
)
def test_spot_dates_of_the_published_table(pair: str, traded: str, spot: str, source: str) -> None:
    assert day(spot) == spot_date(convention(pair), day(traded), calendars()).day, source


def test_a_cross_without_the_dollar_rule_ignores_usd_holidays() -> None:
    free = convention("EUR/GBP", dollar_rule=False)
    assert day("2006-07-04") == spot_date(free, day("2006-06-30"), calendars()).day, OBJECTLAB


@pytest.mark.parametrize(
    ("currency", "closed", "spot"),
    [("JOD", (4, 5, 6), "2006-07-11"), ("AED", (4, 5), "2006-07-10")],
)
def test_weeks_that_are_not_ours(currency: str, closed: tuple[int, ...], spot: str) -> None:
    """ObjectLabKit's tests (F); it has Jordan work Monday to Thursday."""
    own = HolidayCalendar(
        id=CalendarId(currency),
        source="made up: the week only",
        first_official=day("2006-01-01"),
        last_official=day("2006-12-31"),
        weeks=(WeekPattern(date.min, closed),),
    )
    pair = Convention(
        pair=CurrencyPair(f"USD/{currency}"), spot_lag=2, pip=Decimal(1), tick=Decimal(1)
    )
    found = spot_date(pair, day("2006-07-06"), {**calendars(), own.id: own})
    assert day(spot) == found.day


def test_the_emirates_changed_their_week_in_2022() -> None:
    assert day("2021-11-08") == spot_date(convention("USD/AED"), day("2021-11-04"), calendars()).day
    closed = calendars()[CalendarId("AED")]
    assert not closed.is_business_day(day("2021-11-05")), "a Friday"
    assert closed.is_business_day(day("2021-11-07")), "a Sunday"
    assert closed.is_business_day(day("2022-11-04")), "a Friday"
    assert not closed.is_business_day(day("2022-11-06")), "a Sunday"


@pytest.mark.parametrize(
    ("pair", "spot", "tenor", "far", "source"),
    [
        ("EUR/USD", "2014-06-30", "1M", "2014-07-31", "end-end (ObjectLabKit has none: 07-30)"),
        ("EUR/USD", "2014-10-30", "1M", "2014-11-28", OBJECTLAB),
        ("EUR/USD", "2026-01-30", "1M", "2026-02-27", TESTED),
        ("EUR/USD", "2026-01-29", "1M", "2026-02-27", TESTED),
        ("EUR/USD", "2026-02-27", "1M", "2026-03-31", TESTED),
        ("EUR/USD", "2026-02-27", "3M", "2026-05-29", TESTED),
        ("EUR/USD", "2026-06-30", "2M", "2026-08-31", ACI),
        ("EUR/USD", "2026-06-30", "6M", "2026-12-31", ACI),
        ("USD/CNY", "2026-01-16", "1M", "2026-02-24", TESTED),
        ("USD/CNY", "2026-09-01", "1M", "2026-10-08", TESTED),
    ],
)
def test_forward_dates_of_the_published_table(
    pair: str, spot: str, tenor: str, far: str, source: str
) -> None:
    traded = traded_for_spot(pair, day(spot))
    found = value_date(convention(pair), parse_tenor(tenor), traded, calendars())
    assert day(far) == found.day, source


def traded_for_spot(pair: str, spot: date) -> date:
    """A trade date whose spot date is `spot`."""
    for back in range(1, 12):
        traded = date.fromordinal(spot.toordinal() - back)
        if traded.weekday() < 5 and spot_date(convention(pair), traded, calendars()).day == spot:
            return traded
    raise AssertionError(f"{spot} is nobody's spot date")


def test_end_end_is_explicit() -> None:
    """ObjectLabKit's test (F): without end-end 30 June gives 30 July."""
    plain = convention("EUR/USD", end_end=False)
    found = value_date(plain, parse_tenor("1M"), day("2014-06-26"), calendars())
    assert day("2014-07-30") == found.day


def test_imm_dates_are_third_wednesdays() -> None:
    """domain.md 3.3 (T)."""
    months = [(3, "2026-03-18"), (6, "2026-06-17"), (9, "2026-09-16"), (12, "2026-12-16")]
    assert [day(text) for _, text in months] == [third_wednesday(2026, m) for m, _ in months]
    traded = "2026-03-16"  # spot is 18 March itself: the first IMM after it is June's
    assert [day("2026-06-17"), day("2026-12-16"), day("2026-06-17")] == [
        dated("EUR/USD", tenor, traded).day for tenor in ("IMM1", "IMM3", "IMM 2026-06")
    ]
    with pytest.raises(NotAValueDate, match="IMM 2026-03 is 2026-03-18, not after the spot date"):
        dated("EUR/USD", "IMM 2026-03", traded)


@pytest.mark.parametrize(
    ("pair", "tenor", "near", "far"),
    [
        ("EUR/USD", "ON", "2026-01-14", "2026-01-15"),
        ("EUR/USD", "TN", "2026-01-15", "2026-01-16"),
        ("EUR/USD", "SN", "2026-01-16", "2026-01-20"),  # Martin Luther King on the 19th
        ("EUR/USD", "SW", "2026-01-16", "2026-01-23"),
        ("EUR/USD", "1W", "2026-01-16", "2026-01-23"),
        ("USD/CAD", "ON", "2026-01-14", "2026-01-15"),
        ("USD/CAD", "SN", "2026-01-15", "2026-01-16"),
    ],
)
def test_swap_dates(pair: str, tenor: str, near: str, far: str) -> None:
    """domain.md 3.3: ON today to next, TN T+1 to spot, SN spot to the next day."""
    found = swap_dates(convention(pair), parse_tenor(tenor), day("2026-01-14"), calendars())
    assert (day(near), day(far)) == (found[0].day, found[1].day)


def test_a_pair_that_settles_tomorrow_has_no_tn() -> None:
    with pytest.raises(NotAValueDate, match=r"USD/CAD has no TN: its spot is T\+1"):
        swap_dates(convention("USD/CAD"), parse_tenor("TN"), day("2026-01-14"), calendars())
    assert dated("USD/CAD", "TOM", "2026-01-14").day == dated("USD/CAD", "SPOT", "2026-01-14").day


def test_a_swap_whose_dates_fall_together_is_refused() -> None:
    """Friday before Juneteenth: tomorrow and spot are both Tuesday."""
    with pytest.raises(NotAValueDate, match="TN of 2023-06-16 has no length"):
        swap_dates(convention("EUR/USD"), parse_tenor("TN"), day("2023-06-16"), calendars())


@pytest.mark.parametrize(
    ("tenor", "traded", "matures", "contract", "contract_days", "occupied_days"),
    [
        ("R001", "2026-02-12", "2026-02-13", "R001", 1, 1),
        ("R001", "2026-02-13", "2026-02-14", "R001", 1, 1),  # a make-up Saturday
        ("R001", "2026-02-14", "2026-02-24", "R001", 1, 10),
        ("R001", "2026-02-27", "2026-02-28", "R001", 1, 1),  # a make-up Saturday
        ("R001", "2026-02-28", "2026-03-02", "R001", 1, 2),
        ("R001", "2026-09-30", "2026-10-08", "R001", 1, 8),
        ("R007", "2026-02-10", "2026-02-24", "R007", 7, 14),
        ("R007", "2026-02-13", "2026-02-24", "R007", 7, 11),
        ("ON", "2026-02-14", "2026-02-24", "R001", 1, 10),
        ("8D", "2026-01-14", "2026-01-22", "R014", 8, 8),
        ("3W", "2026-01-14", "2026-02-04", "R021", 21, 21),
        ("22D", "2026-01-14", "2026-02-05", "R1M", 22, 22),
        ("R1M", "2026-01-15", "2026-02-24", "R1M", 31, 40),
        ("R3M", "2026-01-14", "2026-04-14", "R3M", 90, 90),
        ("5M", "2026-01-14", "2026-06-15", "R6M", 151, 152),
        ("R1Y", "2025-06-04", "2026-06-04", "R1Y", 365, 365),
    ],
)
def test_repo_terms_of_the_published_table(
    tenor: str, traded: str, matures: str, contract: str, contract_days: int, occupied_days: int
) -> None:
    """domain.md 3.3 (T); code by agreed days, maturity following on the money market's calendar."""
    repo = catalogue().money_market(Currency("CNY"), "REPO")
    found = deposit_dates(repo, parse_tenor(tenor), day(traded), calendars())
    assert (day(traded), day(matures)) == (found.start.day, found.maturity.day)
    assert (contract, contract_days) == (found.contract_code, found.contract_days)
    assert occupied_days == found.occupied_days


def test_dep_05_a_real_deal_called_seven_agreed_for_five_that_lasted_ten_days() -> None:
    """Golden case DEP-05, CFETS CSTP message (F): dealt 2016-09-28, matures Sat 2016-10-08."""
    lending = catalogue().money_market(Currency("CNY"))
    found = deposit_dates(lending, parse_tenor("5D"), day("2016-09-28"), calendars())
    assert (day("2016-09-28"), day("2016-10-08")) == (found.start.day, found.maturity.day), CFETS
    assert ("IBO007", 5, 10) == (found.contract_code, found.contract_days, found.occupied_days)
    skipped = [closed.day for closed in found.maturity.steps[0].closed]
    assert [day("2016-10-03"), day("2016-10-07")] == [skipped[0], skipped[-1]]


@pytest.mark.parametrize(
    ("currency", "tenor", "start", "matures"),
    [
        ("USD", "ON", "2026-01-14", "2026-01-15"),
        ("USD", "TN", "2026-01-15", "2026-01-16"),
        ("USD", "SN", "2026-01-16", "2026-01-20"),
        ("USD", "1M", "2026-01-16", "2026-02-17"),  # 16 February is Presidents' Day
        ("GBP", "1M", "2026-01-14", "2026-02-16"),
    ],
)
def test_deposits_elsewhere(currency: str, tenor: str, start: str, matures: str) -> None:
    market = catalogue().money_market(Currency(currency))
    found = deposit_dates(market, parse_tenor(tenor), day("2026-01-14"), calendars())
    assert (day(start), day(matures)) == (found.start.day, found.maturity.day)
    assert found.contract_code == ""


@pytest.mark.parametrize(
    ("currency", "product", "tenor", "said"),
    [
        ("CNY", "DEPOSIT", "R007", "R007 is not a term of CNY DEPOSIT: its terms begin with IBO"),
        ("USD", "DEPOSIT", "R007", "it has no codes"),
        ("CNY", "REPO", "SPOT", "it has no length"),
        ("CNY", "REPO", "TN", r"CNY REPO has no TN: it starts at T\+0"),
        ("CNY", "REPO", "13M", "is over one year"),
    ],
)
def test_a_term_the_money_market_does_not_have_is_refused(
    currency: str, product: str, tenor: str, said: str
) -> None:
    market = catalogue().money_market(Currency(currency), product)
    with pytest.raises(NotAValueDate, match=said):
        deposit_dates(market, parse_tenor(tenor), day("2024-01-16"), calendars())


def test_an_ndf_is_fixed_business_days_before_its_value_date() -> None:
    """domain.md 3.1: CNY01 two days before; the Spring Festival is in between."""
    found = fixing_date(convention("USD/CNY"), day("2026-02-25"), calendars())
    assert day("2026-02-13") == found.day
    with pytest.raises(NotAValueDate, match="EUR/USD has no fixing"):
        fixing_date(convention("EUR/USD"), day("2026-02-25"), calendars())


def test_a_broken_date_is_taken_as_it_is_or_refused_with_the_days_around_it() -> None:
    pair = convention("USD/CNY")
    taken = value_date(pair, day("2026-03-05"), day("2026-01-14"), calendars())
    assert day("2026-03-05") == taken.day
    with pytest.raises(NotAValueDate, match=r"2026-02-18 is closed for CNY \(Spring Festival\)"):
        value_date(pair, day("2026-02-18"), day("2026-01-14"), calendars())
    with pytest.raises(NotAValueDate, match="2026-01-13 is before 2026-01-14, the trade date"):
        value_date(pair, day("2026-01-13"), day("2026-01-14"), calendars())
    with pytest.raises(
        NotAValueDate, match=r"2026-02-16 is closed for USD .*: take 2026-02-13 or 2026-02-24$"
    ):
        value_date(pair, day("2026-02-16"), day("2026-01-14"), calendars())


def test_days_around_a_broken_date_are_named_only_where_they_can_be_dealt() -> None:
    """31 December is a bank holiday in Japan, and 2028 is not announced."""
    with pytest.raises(NotAValueDate, match=r"closed for JPY \(Bank Holiday\): take 2027-12-30$"):
        value_date(convention("USD/JPY"), day("2027-12-31"), day("2026-02-10"), calendars())


def test_a_cross_may_be_dealt_for_a_broken_date_that_is_a_usd_holiday() -> None:
    thanksgiving = day("2026-11-26")
    with pytest.raises(NotAValueDate, match=r"closed for USD \(Thanksgiving"):
        value_date(convention("GBP/USD"), thanksgiving, day("2026-06-01"), calendars())
    found = value_date(convention("EUR/GBP"), thanksgiving, day("2026-06-01"), calendars())
    assert thanksgiving == found.day


def test_every_step_says_what_moved_it() -> None:
    found = dated("USD/CNY", "1M", "2026-01-14")
    last = found.steps[-1]
    assert ("spot + 1 months, modified following", day("2026-01-16")) == (last.rule, last.start)
    assert day("2026-02-24") == last.end == found.day
    assert {"CNY", "USD"} >= {closed.calendar for closed in last.closed}
    assert {"Spring Festival"} == {c.name for c in last.closed if c.day == day("2026-02-18")}
    assert not found.provisional


def test_beyond_the_horizon_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(BeyondHorizon, match=r"calendar CNY .* not 2027-02-24") as told:
        dated("USD/CNY", "3M", "2026-11-20")
    assert "calendars.provisional" in str(told.value)
    assert ("CNY", day("2027-02-24")) == (told.value.calendar, told.value.day)
    assert dated("EUR/USD", "3M", "2026-11-20").day == day("2027-02-24")


def test_computed_days_mark_what_rests_on_them() -> None:
    allowed = msgspec.structs.replace(
        catalogue(), allowed=CalendarSettings(provisional=("CNY",))
    ).calendars([CalendarId("CNY"), CalendarId("USD")])
    pair = convention("USD/CNY")
    sure = value_date(pair, parse_tenor("1M"), day("2026-11-20"), allowed)
    computed = value_date(pair, parse_tenor("3M"), day("2026-11-04"), allowed)
    assert (day("2026-12-24"), False) == (sure.day, sure.provisional)
    assert (day("2027-02-16"), True) == (computed.day, computed.provisional)
    assert "Spring Festival" in {closed.name for closed in computed.steps[-1].closed}


def test_a_calendar_that_is_not_loaded_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownReference, match="no calendar CNY is loaded; there are: USD"):
        spot_date(
            convention("USD/CNY"),
            day("2026-01-14"),
            {CalendarId("USD"): calendars()[CalendarId("USD")]},
        )


def test_a_term_of_the_money_market_is_no_tenor_of_a_pair() -> None:
    with pytest.raises(NotAValueDate, match="R007 is a term of the money market, not of USD/CNY"):
        dated("USD/CNY", "R007", "2026-01-14")
