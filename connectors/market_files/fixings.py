"""Fixings from CSV files, with value date and publication time.

Our own files have the columns `index,value_date,value` and, where it is known, `published_utc`.
Publishers' tables come in other shapes; a `FixingLayout` says which column is which benchmark.
Where a file does not say when a value was published, the benchmark's rule does: so many business
days after the value date, at its hour in its zone (`robot.basics.index`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from connectors.market_files.table import Row, rows_of
from robot.basics.index import FixingIndex, fixing_index
from robot.clock import nanoseconds
from robot.errors import UnknownReference
from robot.market.fixing import Fixing

PUBLISHED = "published_utc"
_ONE = Decimal(1)


class BusinessDays(Protocol):
    """A calendar, as far as publication needs it."""

    def next_business_day(self, day: date) -> date:
        """The first business day after `day`."""
        ...

    def previous_business_day(self, day: date) -> date:
        """The last business day before `day`."""
        ...


CalendarOf = Callable[[FixingIndex], BusinessDays]


@dataclass(frozen=True, slots=True)
class Column:
    """Which benchmark a column (or a name in a column) is. Value x `scale` = our unit: 100 where
    rates are fractions, 0.01 where a parity is per 100 units.
    """

    index: str
    scale: Decimal = _ONE


@dataclass(frozen=True, slots=True)
class FixingLayout:
    """How a file is laid out.

    Wide: one column per benchmark in `columns`. Long (`value` set): the benchmark's name is in
    column `name`, looked up in `columns`, or our own name if that is empty; names that are not
    looked for are passed over. `dated_by_publication`: the date is the day of publication.
    """

    source: str
    date: str = "date"
    columns: Mapping[str, Column] = field(default_factory=dict)
    name: str = ""
    value: str = ""
    dated_by_publication: frozenset[str] = frozenset()


OWN = FixingLayout(source="file", date="value_date", name="index", value="value")


def read_fixings(
    path: Path, layout: FixingLayout = OWN, calendar_of: CalendarOf | None = None
) -> Iterator[Fixing]:
    """All fixings of a file in its order; empty cells are days without one."""
    if layout.value:
        for row in rows_of(path, (layout.date, layout.name, layout.value)):
            column = _named(row, layout)
            if column is not None:
                yield _fixing(row, layout, column, layout.value, calendar_of)
        return
    for row in rows_of(path, (layout.date, *layout.columns)):
        for name, column in layout.columns.items():
            if row.cells[name]:
                yield _fixing(row, layout, column, name, calendar_of)


def _named(row: Row, layout: FixingLayout) -> Column | None:
    name = row.text(layout.name)
    return layout.columns.get(name) if layout.columns else Column(name)


def _fixing(
    row: Row, layout: FixingLayout, column: Column, cell: str, calendar_of: CalendarOf | None
) -> Fixing:
    try:
        index = fixing_index(column.index)
        day = row.date(layout.date)
        if index.name in layout.dated_by_publication:
            day = _calendar(index, calendar_of).previous_business_day(day)
        published_ns = (
            row.time_ns(PUBLISHED)
            if row.cells.get(PUBLISHED)
            else publication_ns(index, day, calendar_of)
        )
    except UnknownReference as problem:
        raise row.problem(str(problem)) from None
    value = row.decimal(cell) * column.scale
    return Fixing(
        index=index.name,
        value_date=day,
        value=value,
        published_ns=published_ns,
        source=layout.source,
    )


def publication_ns(
    index: FixingIndex, value_date: date, calendar_of: CalendarOf | None = None
) -> int:
    """When a value becomes public by the benchmark's rule, nanoseconds UTC."""
    hour = index.published_at_for(value_date)
    if not hour:
        raise UnknownReference(
            f"{index.name} has no rule for its publication: the file needs a column {PUBLISHED}"
        )
    day = value_date
    for _ in range(index.published_days):
        day = _calendar(index, calendar_of).next_business_day(day)
    moment = datetime.combine(day, time.fromisoformat(hour), tzinfo=ZoneInfo(index.zone))
    return nanoseconds(moment)


def _calendar(index: FixingIndex, calendar_of: CalendarOf | None) -> BusinessDays:
    if calendar_of is None:
        raise UnknownReference(
            f"{index.name} is published on another day than it is for: it needs a calendar, or the "
            f"file a column {PUBLISHED}"
        )
    return calendar_of(index)
