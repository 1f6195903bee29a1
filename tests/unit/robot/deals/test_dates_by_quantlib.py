"""Value dates against an independent library: 22 pairs, 2019 to 2027, every difference explained.

`quantlib_dates.py` beside this file is the oracle and holds the explanations.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from robot.basics.currency import CurrencyPair
from robot.basics.holidays import CalendarId, Override
from robot.basics.tenor import parse_tenor
from robot.catalogue import Catalogue
from robot.deals.dates import Calendars, value_date
from robot.errors import BeyondHorizon
from robot.package import configuration_folder
from robot.settings import load_settings

CASES_MIN = 300
FIRST, LAST = date(2019, 1, 2), date(2027, 12, 1)
EVERY = timedelta(days=61)
"""Hits every day of the week and every part of the month over the nine years."""
AWKWARD = (
    "2019-04-17",
    "2020-12-29",
    "2021-09-29",
    "2022-09-15",
    "2023-06-16",
    "2024-02-07",
    "2024-09-27",
    "2025-01-24",
    "2025-04-29",
    "2026-02-12",
    "2026-09-29",
    "2026-12-23",
)
"""Before long holidays and month ends."""
TENORS = ("SPOT", "1W", "2W", "1M", "2M", "3M", "6M", "1Y")


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    """QuantLib's answers. It makes types without a module when it is imported, as QuickFIX does."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        import quantlib_dates
    finally:
        sys.path.pop(0)
    return quantlib_dates


@cache
def catalogue() -> Catalogue:
    return load_settings(configuration_folder()).catalogue


@cache
def calendars(pair: str) -> Calendars:
    return catalogue().calendars(catalogue().convention(CurrencyPair(pair)).all_calendars)


def trade_dates() -> list[date]:
    days = [FIRST + EVERY * number for number in range((LAST - FIRST) // EVERY + 1)]
    return [*days, *(date.fromisoformat(text) for text in AWKWARD)]


def ours(pair: str, traded: date, tenor: str, known: Calendars) -> date:
    convention = catalogue().convention(CurrencyPair(pair))
    return value_date(convention, parse_tenor(tenor), traded, known).day


def theirs(oracle: ModuleType, pair: str, traded: date, tenor: str) -> date:
    found = oracle.spot(pair, traded) if tenor == "SPOT" else oracle.forward(pair, traded, tenor)
    assert isinstance(found, date)
    return found


def as_they_have_it(oracle: ModuleType, pair: str, days: set[date]) -> Calendars:
    """Our calendars with QuantLib's answer for some of the days that are known to differ."""
    changed = dict(calendars(pair))
    for currency in {*pair.split("/"), "USD"}:
        known = [date.fromisoformat(text) for text in oracle.DIFFERENT_DAYS.get(currency, ())]
        name = CalendarId("HKD" if currency == "CNH" else currency)
        plain = changed[name]
        rows = tuple(
            Override(day=day, is_open=not plain.is_business_day(day), name="as QuantLib has it")
            for day in sorted(days & set(known))
            if day <= plain.last_day
        )
        changed[name] = msgspec.structs.replace(plain, overrides=rows)
    return changed


@pytest.mark.slow
def test_value_dates_agree_with_quantlib_but_for_explained_days(oracle: ModuleType) -> None:
    cases, beyond, used = 0, 0, set()
    for pair in oracle.PAIRS:
        explained = {
            date.fromisoformat(text)
            for currency in pair.split("/")
            for text in oracle.DIFFERENT_DAYS.get(currency, ())
        }
        relaxed = as_they_have_it(oracle, pair, explained)
        for traded in trade_dates():
            for tenor in TENORS:
                try:
                    found = ours(pair, traded, tenor, calendars(pair))
                except BeyondHorizon:
                    beyond += 1
                    continue
                cases += 1
                wanted = theirs(oracle, pair, traded, tenor)
                if found != wanted:
                    # The explained days, and nothing else, make the difference.
                    what = f"{pair} {tenor} of {traded}: ours {found}, QuantLib's {wanted}"
                    assert wanted == ours(pair, traded, tenor, relaxed), what
                    used.add((pair, traded, tenor))
    assert cases >= CASES_MIN * 10
    assert beyond > 0, "CNY is not known after 2026"
    assert used, "no difference at all: the explanations are not needed"


@pytest.mark.parametrize("currency", ["AUD", "HKD", "SGD", "CNY", "PLN", "TRY", "KRW"])
def test_every_explained_day_is_a_real_difference(oracle: ModuleType, currency: str) -> None:
    import QuantLib as ql

    own = catalogue().calendars([CalendarId(currency)])[CalendarId(currency)]
    for text, why in oracle.DIFFERENT_DAYS[currency].items():
        day = date.fromisoformat(text)
        there = oracle.CALENDARS[currency].isBusinessDay(ql.Date(day.day, day.month, day.year))
        assert own.is_business_day(day) != there, f"{currency} {text}: {why}"


def test_the_pairs_cover_the_ways_a_pair_can_be_dealt(oracle: ModuleType) -> None:
    assert len(oracle.PAIRS) >= 20
    for pair, lag in oracle.PAIRS.items():
        assert lag == catalogue().convention(CurrencyPair(pair)).spot_lag, pair
