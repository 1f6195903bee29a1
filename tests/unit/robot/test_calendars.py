"""The calendar files: the shipped ones hold together, a bad one is told with file and line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.holidays import CalendarId
from robot.calendars import (
    CalendarFile,
    calendar_names,
    format_calendar,
    load_calendar,
    parse_calendar,
)
from robot.catalogue import Catalogue
from robot.cli import app
from robot.errors import ConfigurationError, UnknownReference
from robot.package import configuration_folder
from robot.settings import load_settings

SHIPPED = configuration_folder()
GOOD = """# calendar: XXX
# source: made up
# first official day: 2026-01-01
# last official day: 2026-12-31
# provisional until: 2027-12-31
# weekend: Sat Sun
# weekend from 2026-07-01: Fri Sat
date,kind,name
2026-01-01,holiday,New Year's Day
2026-02-14,workday,make-up day, Spring Festival
2027-01-01,provisional,New Year's Day
"""


@pytest.mark.parametrize("name", calendar_names(SHIPPED))
def test_every_shipped_calendar_is_the_text_of_what_it_says(name: CalendarId) -> None:
    text = (SHIPPED / "calendars" / f"{name}.csv").read_text(encoding="utf-8")
    file = parse_calendar(text, name)
    assert text == format_calendar(file)
    assert file.calendar.first_official <= date(2019, 1, 1), "history for tests and replays"
    assert file.calendar.last_official >= date(2026, 12, 31)
    assert file.remarks.keys() == {"about", "licence", "basis", "made by"}


def test_every_convention_has_its_calendars() -> None:
    catalogue = load_settings(SHIPPED).catalogue
    needed = {name for row in catalogue.conventions.values() for name in row.all_calendars}
    needed |= {row.calendar_id for row in catalogue.money_markets.values()}
    assert needed <= set(calendar_names(SHIPPED))
    assert {
        "CNY",
        "CNYMM",
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "HKD",
        "CAD",
        "AUD",
        "NZD",
        "CHF",
        "SGD",
    } <= (needed)


def test_chinas_make_up_weekends_are_worked_by_the_money_market_only() -> None:
    """domain.md 0.6 (QuantLib's china.cpp)."""
    days = [date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))]
    foreign_exchange = load_calendar(SHIPPED, CalendarId("CNY")).calendar
    money_market = load_calendar(SHIPPED, CalendarId("CNYMM")).calendar
    assert days == [day for day in money_market.workdays if day.year == 2026]
    assert not any(foreign_exchange.is_business_day(day) for day in days)


def test_reading_and_writing_are_inverses() -> None:
    file = parse_calendar(GOOD, "x")
    assert GOOD == format_calendar(file)
    assert "make-up day, Spring Festival" == file.calendar.workdays[date(2026, 2, 14)]
    assert (date(2026, 7, 1), (4, 5)) == (
        file.calendar.weeks[1].since,
        file.calendar.weeks[1].closed,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("2026-01-01,h", "2026-13-01,h", 9, "'2026-13-01' is not a date"),
        ("2026-01-01,h", "20260101,h", 9, "'20260101' is not a date"),
        (",holiday,", ",holyday,", 9, "kind 'holyday'; known: holiday, workday, provisional"),
        ("2026-01-01,holiday,New Year's Day", "2026-01-01 holiday", 9, "is not `date,kind,name`"),
        ("2026-01-01,holiday,New Year's Day", "2026-01-01,holiday, ", 9, "is not `date,kind,name`"),
        ("2026-02-14,workday", "2026-01-01,workday", 10, "2026-01-01 is there before, as holiday"),
        ("2026-02-14,workday", "2025-12-27,workday", 10, "comes after 2026-01-01: sort the dates"),
        ("2026-02-14,workday", "2026-02-13,workday", 10, "is a Fri, a workday anyway"),
        ("2027-01-01,prov", "2026-12-30,prov", 11, "it cannot be provisional"),
        ("2027-01-01,prov", "2028-01-03,prov", 11, "it cannot be provisional"),
        ("2027-01-01,provisional", "2027-01-01,holiday", 11, "outside the official days"),
        ("date,kind,name", "date,name", 8, "'date,kind,name' is due here, found 'date,name'"),
        ("# weekend: Sat", "# weekend: Sab", 6, "weekend 'Sab Sun': write it as Sat Sun"),
        ("# source", "# sauce", 2, "did you mean 'source'?"),
        ("# source: made up\n", "", 1, "no line '# source: ...' on top of the file"),
        ("# weekend: ", "# source: again\n# weekend: ", 6, "source is given twice"),
        ("day: 2026-12-31", "day: 2025-12-31", 9, "outside the official days, which end"),
        ("until: 2027", "until: 2025", 11, "it cannot be provisional"),
        ("from 2026-07-01", "from July", 7, "'July' is not a date"),
    ],
)
def test_a_bad_file_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as told:
        parse_calendar(GOOD.replace(old, new, 1), "XXX.csv")
    assert str(told.value).startswith(f"XXX.csv:{line}: ")
    assert said in str(told.value)


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 40),
    st.text(st.sampled_from("0123456789-,:# \n\x00\u2028éholidaywrkp"), max_size=30),
)
def test_whatever_stands_in_a_file_is_a_calendar_or_an_error_with_its_line(
    at: int, cut: int, put: str
) -> None:
    text = GOOD[:at] + put + GOOD[at + cut :]
    try:
        file = parse_calendar(text, "XXX.csv")
    except ConfigurationError as told:
        assert re.match(r"XXX\.csv:[1-9][0-9]*: ", str(told))
    else:
        assert file == parse_calendar(format_calendar(file), "XXX.csv")


def test_an_empty_file_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"XXX.csv:1: no line '# calendar"):
        parse_calendar("", "XXX.csv")


def test_an_unknown_calendar_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"no calendar CNX: .*did you mean CNY"):
        load_calendar(SHIPPED, CalendarId("CNX"))


def test_a_desk_may_bring_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "XXX.csv").write_text(GOOD)
    (tmp_path / "calendars" / "YYY.csv").write_text(GOOD)
    found: CalendarFile = load_calendar(tmp_path, CalendarId("XXX"))
    assert "made up" == found.calendar.source
    assert {"XXX", "USD"} <= set(calendar_names(tmp_path))
    with pytest.raises(ConfigurationError, match="says it is calendar XXX, not YYY"):
        load_calendar(tmp_path, CalendarId("YYY"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk's configuration, to change."""
    for name in ("desk.yaml", "limits.yaml", "counterparties.yaml", "conventions.yaml"):
        (tmp_path / name).write_text((SHIPPED / name).read_text())
    return tmp_path


def allow(folder: Path, text: str) -> Catalogue:
    path = folder / "desk.yaml"
    shipped = (SHIPPED / "desk.yaml").read_text()
    block = shipped[shipped.index("calendars:\n") : shipped.index("followers:\n")]
    path.write_text(shipped.replace(block, f"calendars:\n{text}\n"))
    return load_settings(folder).catalogue


def test_a_new_folder_has_no_calendars_of_its_own_and_follows_the_shipped_ones(
    tmp_path: Path,
) -> None:
    result = CliRunner().invoke(app, ["init", str(tmp_path / "desk")])
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "desk" / "calendars").exists()
    assert load_settings(tmp_path / "desk").reference == load_settings(SHIPPED).reference


def test_computed_days_and_overrides_are_the_desks_choice(folder: Path) -> None:
    name = CalendarId("CNY")
    plain = load_settings(folder).catalogue.calendars([name])[name]
    assert (None, {}) == (plain.provisional_until, plain.provisional)
    allowed = allow(
        folder,
        "  provisional: [CNY]\n"
        "  overrides:\n"
        "    - {calendar: CNY, date: 2027-02-08, kind: holiday, name: announced}\n"
        "    - {calendar: CNY, date: 2026-10-08, kind: holiday, name: typhoon}",
    ).calendars([name])[name]
    assert date(2032, 12, 31) == allowed.provisional_until
    assert allowed.is_provisional(date(2027, 2, 9)) and not allowed.is_provisional(date(2027, 2, 8))
    assert "typhoon" == allowed.closed_by(date(2026, 10, 8))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            "    - {calendar: EUR, date: 2026-06-15, kind: holiday, name: a}\n"
            "    - {calendar: EUR, date: 2026-06-15, kind: workday, name: b}",
            "EUR 2026-06-15 twice",
        ),
        (
            "    - {calendar: HKD, date: 2031-02-03, kind: holiday, name: a}",
            "HKD knows 2005-01-01 to 2027-12-31, not 2031-02-03",
        ),
        (
            "    - {calendar: EUR, date: 2026-06-15, kind: closed, name: a}",
            "'holiday' or 'workday'",
        ),
        ("    - {calendar: EUR, date: 2026-06-31, kind: holiday, name: a}", "overrides.0.date"),
    ],
)
def test_an_override_that_means_nothing_is_refused(folder: Path, rows: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        allow(folder, f"  overrides:\n{rows}")
    assert said in str(told.value)


def test_a_calendar_that_a_dealt_pair_needs_and_nobody_has_stops_the_start(folder: Path) -> None:
    path = folder / "conventions.yaml"
    path.write_text(path.read_text().replace("calendar: HKD", "calendar: HKX"))
    with pytest.raises(ConfigurationError, match=r"no calendar HKX: .*did you mean HKD"):
        load_settings(folder)


def test_an_unknown_pair_or_market_is_told_with_the_nearest() -> None:
    catalogue = load_settings(SHIPPED).catalogue
    with pytest.raises(UnknownReference, match=r"no pair USD/CNX .*; did you mean USD/CNY\?"):
        catalogue.convention(CurrencyPair("USD/CNX"))
    with pytest.raises(UnknownReference, match="no money market EUR REPO"):
        catalogue.money_market(Currency("EUR"), "REPO")


def test_only_what_is_dealt_travels_in_the_reference_and_it_changes_the_hash(folder: Path) -> None:
    before = load_settings(folder)
    assert "CNY" not in before.reference.calendars and "HKD" in before.reference.calendars
    (folder / "calendars").mkdir()
    shipped = (SHIPPED / "calendars" / "HKD.csv").read_text()
    (folder / "calendars" / "HKD.csv").write_text(shipped.replace("Labor Day", "Labour Day"))
    assert before.hash != load_settings(folder).hash
