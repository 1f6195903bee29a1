"""What holds of value dates whatever the pair, the trade date and the tenor."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from hypothesis import assume, given
from hypothesis import strategies as st

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.holidays import CalendarId, joint
from robot.basics.tenor import Tenor, parse_tenor
from robot.catalogue import Catalogue
from robot.deals.convention import Convention
from robot.deals.dates import (
    Calendars,
    deposit_dates,
    spot_date,
    swap_dates,
    value_date,
)
from robot.errors import NotAValueDate
from robot.package import configuration_folder
from robot.settings import load_settings


def tenors(texts: str) -> tuple[Tenor, ...]:
    return tuple(map(parse_tenor, texts.split()))


LADDER = tenors("TODAY TOM SPOT SN SW 2W 3W 1M 2M 3M 4M 5M 6M 7M 8M 9M 10M 11M 1Y")
TERMS = tenors("R001 R007 R014 R021 R1M R2M R3M R4M R6M R9M R1Y")


@cache
def catalogue() -> Catalogue:
    return load_settings(configuration_folder()).catalogue


@cache
def calendars() -> Calendars:
    names = {name for row in catalogue().conventions.values() for name in row.all_calendars}
    return catalogue().calendars(sorted({*names, CalendarId("CNYMM")}))


PAIRS = st.sampled_from(sorted(catalogue().conventions)).map(
    lambda pair: catalogue().conventions[CurrencyPair(pair)]
)
TRADED = st.dates(date(2019, 1, 2), date(2025, 11, 28))


@given(PAIRS, TRADED)
def test_a_longer_tenor_never_ends_earlier(pair: Convention, traded: date) -> None:
    found = []
    for tenor in LADDER:
        try:
            found.append(value_date(pair, tenor, traded, calendars()).day)
        except NotAValueDate:
            assume(False)
    assert found == sorted(found), list(zip(map(str, LADDER), found, strict=True))


@given(PAIRS, TRADED, st.sampled_from(LADDER[2:]))
def test_a_value_date_is_good_everywhere_and_its_steps_lead_to_it(
    pair: Convention, traded: date, tenor: Tenor
) -> None:
    try:
        found = value_date(pair, tenor, traded, calendars())
    except NotAValueDate:
        assume(False)
    where = joint([calendars()[name] for name in pair.settlement_calendars])
    assert where.is_business_day(found.day)
    assert traded <= found.day == found.steps[-1].end
    assert not found.provisional
    for step in found.steps:
        for closed in step.closed:
            assert calendars()[closed.calendar].closed_by(closed.day) == closed.name != ""


@given(PAIRS, TRADED, st.sampled_from(tenors("ON TN SN SW 1M 1Y")))
def test_a_swap_ends_after_it_begins_and_its_parts_fit_together(
    pair: Convention, traded: date, tenor: Tenor
) -> None:
    try:
        near, far = swap_dates(pair, tenor, traded, calendars())
    except NotAValueDate:
        assume(False)
    assert near.day < far.day == value_date(pair, tenor, traded, calendars()).day
    if str(tenor) == "TN":
        assert far.day == spot_date(pair, traded, calendars()).day
    if str(tenor) == "ON":
        assert near.day == value_date(pair, parse_tenor("TODAY"), traded, calendars()).day


@given(PAIRS, TRADED)
def test_spot_never_comes_earlier_for_a_later_trade_date(pair: Convention, traded: date) -> None:
    first = spot_date(pair, traded, calendars())
    second = spot_date(pair, traded + timedelta(days=1), calendars())
    assert traded <= first.day <= second.day


@given(TRADED)
def test_a_longer_repo_never_ends_earlier_and_its_code_grows_with_it(traded: date) -> None:
    repo = catalogue().money_market(Currency("CNY"), "REPO")
    found = [deposit_dates(repo, term, traded, calendars()) for term in TERMS]
    ends = [one.maturity.day for one in found]
    assert ends == sorted(ends)
    assert [str(term) for term in TERMS] == [one.contract_code for one in found]
    assert all(one.occupied_days >= one.contract_days > 0 for one in found)
