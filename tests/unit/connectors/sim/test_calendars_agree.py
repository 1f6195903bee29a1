"""The simulated venue's spot dates and the robot's come from separate code and separate files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.sim.model import NS_PER_SECOND
from connectors.sim.reference import spot_date as venues_spot_date
from robot.basics.currency import CurrencyPair
from robot.deals.dates import spot_date
from robot.package import configuration_folder
from robot.settings import load_settings


@pytest.mark.parametrize(
    "pair", ["EUR/USD", "GBP/USD", "USD/JPY", "USD/CHF", "AUD/USD", "USD/CAD", "EUR/GBP", "GBP/JPY"]
)
def test_where_the_venue_is_sure_of_a_spot_date_the_robot_has_the_same(pair: str) -> None:
    catalogue = load_settings(configuration_folder()).catalogue
    convention = catalogue.convention(CurrencyPair(pair))
    calendars = catalogue.calendars(convention.all_calendars)
    sure, day = 0, date(2021, 1, 4)
    while day < date(2026, 12, 1):
        at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        wanted = venues_spot_date(pair, int(at.timestamp()) * NS_PER_SECOND)
        if wanted is not None:
            sure += 1
            assert wanted == spot_date(convention, day, calendars).day, f"{pair} {day}"
        day += timedelta(days=1)
    assert sure > 1_300
