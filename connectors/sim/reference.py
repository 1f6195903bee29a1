"""Reference data shipped with the simulator: anchor rates and holidays.

`data/ecb_reference_rates.csv` has units of each currency per euro; `data/holidays.csv` the weekday
bank holidays per currency. Lines that begin with `#` explain the columns and the source.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from connectors.sim.model import NS_PER_SECOND

_DATA = Path(__file__).parent / "data"
_ALIASES = {"CNH": "CNY"}  # the offshore renminbi is anchored on the onshore fixing
# After this hour (UTC) the trade date may already be the next one (17:00 New York), see spot_date.
_LAST_SURE_HOUR = 20


def _rows(name: str) -> Iterator[list[str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.reader(line for line in file if not line.startswith("#"))


@lru_cache(maxsize=1)
def _rates_per_euro() -> tuple[tuple[date, dict[str, Decimal]], ...]:
    """Rates by date, oldest first."""
    rows = list(_rows("ecb_reference_rates.csv"))
    names = rows[0][1:]
    table = []
    for row in rows[1:]:
        rates = {name: Decimal(cell) for name, cell in zip(names, row[1:], strict=True)}
        table.append((date.fromisoformat(row[0]), rates | {"EUR": Decimal(1)}))
    return tuple(sorted(table, key=lambda entry: entry[0]))


def anchor_rate(pair: str, on: date) -> Decimal | None:
    """The pair's reference rate on the last date not after `on` (or the first there is)."""
    table = _rates_per_euro()
    rates = next((row for day, row in reversed(table) if day <= on), table[0][1])
    base = rates.get(_ALIASES.get(pair[:3], pair[:3]))
    counter = rates.get(_ALIASES.get(pair[4:], pair[4:]))
    return None if base is None or counter is None else counter / base


@lru_cache(maxsize=1)
def _holidays() -> dict[str, frozenset[date]]:
    rows = list(_rows("holidays.csv"))
    names = rows[0][1:]
    return {
        name: frozenset(
            date.fromisoformat(row[0]) for row in rows[1:] if row[1 + column].strip() == "1"
        )
        for column, name in enumerate(names)
    }


@lru_cache(maxsize=1)
def _years_covered() -> frozenset[int]:
    return frozenset(day.year for days in _holidays().values() for day in days)


def spot_date(pair: str, at_ns: int) -> date | None:
    """The pair's spot date for a deal made at `at_ns`, or None where this table cannot be sure.

    T+2 (USD/CAD T+1) on days good for both currencies and USD; a USD holiday does not block the
    day between. None on weekends and holidays, late in the UTC day (the trade date changes at 17:00
    New York), for currencies without a calendar here, and outside the years covered.
    """
    moment = datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC)
    today = moment.date()
    calendars = _holidays()
    if moment.hour >= _LAST_SURE_HOUR or not {today.year, today.year + 1} <= _years_covered():
        return None
    if pair[:3] not in calendars or pair[4:] not in calendars or not _good(today, *pair.split("/")):
        return None
    lag = 1 if pair == "USD/CAD" else 2
    day = max(_after(today, currency, lag) for currency in pair.split("/"))
    while not _good(day, pair[:3], pair[4:], "USD"):
        day += timedelta(days=1)
    return day


def is_open(currency: str, day: date) -> bool:
    """Whether no holiday known here closes a currency on a day; weekends are the caller's."""
    return day not in _holidays().get(currency, frozenset())


def _good(day: date, *currencies: str) -> bool:
    closed = any(day in _holidays()[currency] for currency in currencies)
    return day.weekday() < 5 and not closed


def _after(today: date, currency: str, lag: int) -> date:
    day = today
    for step in range(lag):
        day += timedelta(days=1)
        between = step + 1 < lag
        while not (day.weekday() < 5 if between and currency == "USD" else _good(day, currency)):
            day += timedelta(days=1)
    return day
