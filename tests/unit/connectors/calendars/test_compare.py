"""Building and comparing calendars, with the one package that the tests have: QuantLib."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from connectors.calendars import packages
from connectors.calendars.build import build
from connectors.calendars.compare import compare, report
from connectors.calendars.known import CLOSED_HERE, CLOSED_THERE, KNOWN
from connectors.calendars.packages import package_version
from connectors.calendars.pages import tables, written_into
from connectors.calendars.recipes import RECIPE, RECIPES, Recipe, ql
from robot.basics.holidays import CalendarId
from robot.calendars import calendar_names, load_calendar
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import load_settings

SHIPPED = configuration_folder()


def quantlib_only(name: str) -> Recipe:
    """A recipe of which only QuantLib's views are left."""
    recipe = RECIPE[CalendarId(name)]
    views = tuple(view for view in recipe.others if view.package == "QuantLib")
    return msgspec.structs.replace(recipe, others=views)


def test_there_is_a_recipe_for_every_shipped_calendar() -> None:
    assert set(RECIPE) == set(calendar_names(SHIPPED))


@pytest.mark.parametrize("name", ["EUR", "USD", "JPY", "AUD", "MXN", "SEK", "BRL"])
def test_what_quantlib_leads_is_shipped_as_quantlib_says(name: str) -> None:
    shipped = load_calendar(SHIPPED, CalendarId(name)).calendar
    made = build(quantlib_only(name)).calendar
    assert made.holidays.keys() == shipped.holidays.keys()
    assert made.provisional.keys() == shipped.provisional.keys()
    assert (made.first_official, made.last_official) == (
        shipped.first_official,
        shipped.last_official,
    )


@pytest.mark.parametrize("name", ["HKD", "SGD", "PLN", "HUF", "TRY", "ZAR", "KRW", "TWD", "CZK"])
def test_every_difference_to_quantlib_is_explained(name: str) -> None:
    recipe = quantlib_only(name)
    recipe = msgspec.structs.replace(recipe, leading=recipe.others, others=())
    found = list(compare(recipe, load_calendar(SHIPPED, recipe.id).calendar))
    assert [] == [row for row in found if not row.why]


def test_chinas_make_up_weekends_are_compared_too() -> None:
    shipped = load_calendar(SHIPPED, CalendarId("CNYMM")).calendar
    recipe = msgspec.structs.replace(
        RECIPE[CalendarId("CNYMM")],
        leading=(ql("China", "IB"),),
        others=(),
        works_make_up_days=False,
    )
    assert [] == list(compare(recipe, shipped))
    lost = {day: name for day, name in shipped.workdays.items() if day != date(2026, 2, 14)}
    wrong = msgspec.structs.replace(
        shipped, workdays=lost | {date(2026, 2, 15): "a Sunday QuantLib does not know"}
    )
    (found,) = compare(recipe, wrong)
    assert (CLOSED_THERE, date(2026, 2, 15), "") == (found.side, found.day, found.why)


def test_an_unexplained_difference_stands_out_in_the_report() -> None:
    recipe = quantlib_only("EUR")
    shipped = load_calendar(SHIPPED, recipe.id).calendar
    lost = {day: name for day, name in shipped.holidays.items() if day != date(2026, 5, 1)}
    found = list(compare(recipe, msgspec.structs.replace(shipped, holidays=lost)))
    assert [date(2026, 5, 1)] == [row.day for row in found]
    assert "| **not explained** | 2026-05-01 |" in report(found)


def test_every_explanation_is_about_a_calendar_and_a_view_of_it() -> None:
    for row in KNOWN:
        recipe = RECIPE[CalendarId(row.calendar)]
        views = [str(view) for view in (*recipe.leading, *recipe.others)]
        assert any(view.startswith(row.view) for view in views), row
        assert row.side in (CLOSED_HERE, CLOSED_THERE)


def test_every_correction_is_in_the_shipped_file() -> None:
    for recipe in RECIPES:
        shipped = load_calendar(SHIPPED, recipe.id).calendar
        for row in recipe.corrections:
            assert row.is_open == shipped.is_business_day(row.day), (recipe.id, row.day)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def missing(name: str) -> str:
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", missing)
    yield


@pytest.mark.usefixtures("nothing_installed")
def test_a_package_that_is_missing_is_told_with_the_extra_that_has_it(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"QuantLib is not installed.*fxrobot\[calendars\]"
    ):
        package_version("QuantLib")


def test_the_tables_of_the_domain_page_are_those_of_the_configuration() -> None:
    """Mend with `fxrobot calendars tables --write docs/domain.md`."""
    page = Path(__file__).resolve().parents[4] / "docs" / "domain.md"
    text = page.read_text(encoding="utf-8")
    assert text == written_into(text, tables(load_settings(SHIPPED).catalogue))
    with pytest.raises(ConfigurationError, match="no <!-- conventions -->"):
        written_into("# another page", {"conventions": ""})
