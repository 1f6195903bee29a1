"""Days the clients ask for are good, or bad on purpose; bonds carry a loan, or fall short."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from connectors.sim.bonds import bonds_of, draw_bonds, text_of_bonds
from connectors.sim.days import beyond_horizon, broken_day, closed_day
from robot.basics.currency import CurrencyPair
from robot.package import configuration_folder
from robot.settings import load_settings

SPOT = date(2026, 10, 23)


@pytest.mark.parametrize("pair", ["EUR/USD", "USD/JPY", "USD/CNY", "USD/CNH", "NZD/USD"])
def test_broken_dates_are_business_days_by_the_robots_calendars_too(pair: str) -> None:
    catalogue = load_settings(configuration_folder()).catalogue
    convention = catalogue.convention(CurrencyPair(pair))
    calendars = catalogue.calendars(convention.all_calendars)
    chance = Random(1)
    for _ in range(300):
        day = broken_day(pair, SPOT, (5, 300), chance)
        closed = [
            holiday
            for calendar in calendars.values()
            if day <= calendar.last_official
            for holiday in [calendar.closed_by(day)]
            if holiday
        ]
        assert day > SPOT and day.weekday() < 5 and not closed, f"{pair} {day} {closed}"


def test_a_closed_day_is_a_sunday_or_new_years_day() -> None:
    chance = Random(1)
    assert {6} == {closed_day(SPOT, chance).weekday() for _ in range(50)}
    assert date(2027, 1, 1) == closed_day(SPOT, chance, money=True)


def test_beyond_the_horizon_is_a_weekday_a_generation_away() -> None:
    assert date(2060, 6, 15) == beyond_horizon(SPOT)


@pytest.mark.parametrize("at_par", [True, False])
def test_bonds_carry_the_loan_unless_they_are_to_fall_short(at_par: bool) -> None:
    for seed in range(50):
        amount = Decimal(50_000_000)
        enough = draw_bonds(amount, Random(seed), at_par=at_par, short=False)
        short = draw_bonds(amount, Random(seed), at_par=at_par, short=True)
        assert amount <= sum(bond.lending_value for bond in enough)
        assert amount > sum(bond.lending_value for bond in short)
        assert not at_par or {Decimal(100)} == {bond.price for bond in enough}


def test_bonds_are_kept_as_text_that_is_equal_for_equal_bonds() -> None:
    bonds = draw_bonds(Decimal(50_000_000), Random(1), at_par=False, short=False)
    text = text_of_bonds(bonds)

    assert text is not None and bonds == bonds_of(text)
    assert () == bonds_of(None) and text_of_bonds(()) is None
    with_zeros = text.replace('"haircut": "5"', '"haircut": "5.00"')
    assert text == text_of_bonds(bonds_of(with_zeros))
