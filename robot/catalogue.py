"""Everything that could be dealt: the conventions of `conventions.yaml` and their calendars.

The core gets of it what the desk deals (`settings.py`); commands may ask about any pair.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import Field

from robot.basics.currency import Currency, CurrencyPair, base_of, counter_of
from robot.basics.daycount import DayCount
from robot.basics.holidays import CalendarId, HolidayCalendar, Override
from robot.basics.rate import inverse_pair
from robot.calendars import load_calendar
from robot.deals.convention import Convention, MoneyMarketConvention
from robot.errors import ConfigurationError, UnknownReference
from robot.yamlfile import CurrencyCode, Model, Name, Pair, Positive, Whole

Lag = Annotated[Whole, Field(ge=0, le=5)]
DEPOSIT = "DEPOSIT"
Key = TypeVar("Key", bound=str)
Row = TypeVar("Row")


class CurrencyRow(Model):
    """How one currency's deals are dated, where it is not the usual way."""

    currency: CurrencyCode
    calendar: Name | None = None
    dollar_blocks: bool = False
    implied_day_count: DayCount | None = None


class NdfRow(Model):
    """How a pair's forwards are fixed; on the counter currency's days where nothing is named."""

    index: Name
    lag: Lag
    calendars: tuple[Name, ...] = ()


class ConventionRow(Model):
    """One pair's conventions."""

    pair: Pair
    spot_lag: Lag = 2
    pip: Positive
    tick: Positive
    points_factor: Positive = Decimal(10000)
    provider_points_factors: dict[Name, Positive] = Field(default_factory=dict)
    dollar_rule: bool = True
    end_end: bool = True
    trade_date_rolls: bool = True
    ndf: NdfRow | None = None


class MoneyMarketRow(Model):
    """One money market's conventions."""

    currency: CurrencyCode
    product: Literal["DEPOSIT", "REPO", "OUTRIGHT_REPO"] = "DEPOSIT"
    calendar: Name | None = None
    lag: Lag
    modified: bool = True
    end_end: bool = True
    code: Literal["", "R", "IBO", "OR"] = ""


class ConventionsFile(Model):
    """`conventions.yaml`."""

    currencies: tuple[CurrencyRow, ...] = ()
    conventions: tuple[ConventionRow, ...]
    money_market: tuple[MoneyMarketRow, ...] = ()


class OverrideRow(Model):
    """One day that the desk knows better than a calendar's file."""

    calendar: Name
    date: date
    kind: Literal["holiday", "workday"]
    name: Annotated[str, Field(min_length=1, max_length=60)]


class CalendarSettings(Model):
    """What the desk allows and corrects of the calendars."""

    provisional: tuple[Name, ...] = ()
    """Calendars whose computed days after the last official one may be dealt on."""
    overrides: tuple[OverrideRow, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The conventions of a folder, and the way to its calendars."""

    folder: Path
    conventions: dict[CurrencyPair, Convention]
    money_markets: dict[str, MoneyMarketConvention]
    """`CNY REPO` -> its conventions."""
    allowed: CalendarSettings

    @staticmethod
    def of(folder: Path, file: ConventionsFile, allowed: CalendarSettings) -> Catalogue:
        """The catalogue of a folder; ConfigurationError where a row is given twice."""
        where = folder / "conventions.yaml"
        currencies = _once(where, "currencies", ((row.currency, row) for row in file.currencies))
        rows = _once(where, "conventions", ((row.pair, row) for row in file.conventions))
        markets = _once(
            where,
            "money_market",
            ((f"{row.currency} {row.product}", row) for row in file.money_market),
        )
        return Catalogue(
            folder=folder,
            conventions={
                CurrencyPair(pair): _convention(row, currencies) for pair, row in rows.items()
            },
            money_markets={name: _money_market(row) for name, row in markets.items()},
            allowed=allowed,
        )

    def convention(self, pair: CurrencyPair) -> Convention:
        """A pair's conventions; UnknownReference with the nearest pair there is."""
        turned = inverse_pair(pair)
        if pair not in self.conventions and turned in self.conventions:
            raise UnknownReference(f"no pair {pair} in conventions.yaml; did you mean {turned}?")
        return _known(self.conventions, pair, "pair")

    def money_market(self, currency: Currency, product: str = DEPOSIT) -> MoneyMarketConvention:
        """A currency's conventions for deposits or repos."""
        return _known(self.money_markets, f"{currency} {product}", "money market")

    def calendars(self, names: Iterable[CalendarId]) -> dict[CalendarId, HolidayCalendar]:
        """The named calendars as the desk may use them: its overrides in, provisional days out
        where it has not allowed them.
        """
        found = {name: self._allowed(load_calendar(self.folder, name).calendar) for name in names}
        return dict(sorted(found.items()))

    def _allowed(self, calendar: HolidayCalendar) -> HolidayCalendar:
        rows = [row for row in self.allowed.overrides if row.calendar == calendar.id]
        overrides = tuple(
            Override(day=row.date, is_open=row.kind == "workday", name=row.name) for row in rows
        )
        changed = msgspec.structs.replace(calendar, overrides=overrides)
        if calendar.id not in self.allowed.provisional:
            changed = msgspec.structs.replace(changed, provisional_until=None, provisional={})
        self._check_overrides(changed)
        return changed

    def _check_overrides(self, calendar: HolidayCalendar) -> None:
        """An override says something new about a day that is known."""
        where, days = self.folder / "desk.yaml", [row.day for row in calendar.overrides]
        twice = sorted({day for day in days if days.count(day) > 1})
        if twice:
            raise ConfigurationError(
                f"{where}: calendars.overrides: {calendar.id} {twice[0]} twice"
            )
        outside = [day for day in days if not calendar.first_official <= day <= calendar.last_day]
        if outside:
            known = f"{calendar.first_official} to {calendar.last_day}"
            raise ConfigurationError(
                f"{where}: calendars.overrides: {calendar.id} knows {known}, not {outside[0]}: one "
                "day more does not make the days before it known"
            )


def _convention(row: ConventionRow, currencies: dict[str, CurrencyRow]) -> Convention:
    content = row.model_dump(mode="json")
    pair = CurrencyPair(row.pair)
    sides = (base_of(pair), counter_of(pair))
    own = [currencies[side].calendar if side in currencies else None for side in sides]
    named = [calendar or side for calendar, side in zip(own, sides, strict=True)]
    content["base_calendar"], content["counter_calendar"] = named
    content["dollar_blocks"] = [
        side for side in sides if side in currencies and currencies[side].dollar_blocks
    ]
    if row.ndf is not None and not row.ndf.calendars:
        content["ndf"]["calendars"] = [named[1]]
    implied = [currencies[side].implied_day_count if side in currencies else None for side in sides]
    content["base_implied"], content["counter_implied"] = implied
    dollar = currencies.get("USD")
    content["dollar_calendar"] = dollar.calendar if dollar and dollar.calendar else "USD"
    return msgspec.convert(content, Convention, strict=False)


def _money_market(row: MoneyMarketRow) -> MoneyMarketConvention:
    content = row.model_dump(mode="json")
    content["calendar"] = row.calendar or row.currency
    return msgspec.convert(content, MoneyMarketConvention, strict=False)


def _once(where: Path, key: str, rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for name, row in rows:
        if name in found:
            raise ConfigurationError(f"{where}: {key}: given twice: {name}")
        found[name] = row
    return found


def _known(rows: dict[Key, Row], name: Key, what: str) -> Row:
    if name in rows:
        return rows[name]
    near = difflib.get_close_matches(name, rows, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownReference(f"no {what} {name} in conventions.yaml{hint}")
