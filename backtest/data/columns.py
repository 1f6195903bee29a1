"""The tables of the data store: their columns, units and partitions.

    DIR/quotes/venue=ALPHA/pair=EURUSD/date=2014-05-01/NAME.parquet
    DIR/catalogue.json

Times are nanoseconds since 1970-01-01 UTC. Prices, rates and points are whole numbers of 1e-9,
amounts of 1e-2; both are exact. A value that is not there is null. Sides are ours, as in
`robot.messages.events`. `at_ns` is when a backtest may know the row; rows of equal time are in the
order of `number`, the event's number in the journal it was recorded from (0 = imported: in the
order of the file).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

PRICE_SCALE = 1_000_000_000
AMOUNT_SCALE = 100
PRICE_DIGITS = 9
AMOUNT_DIGITS = 2


class Kind(enum.StrEnum):
    """The tables."""

    QUOTES = "quotes"
    """Top of one venue's book in one pair, whole."""
    BARS = "bars"
    """Open, high, low, close; known at the end of the bar."""
    FIXINGS = "fixings"
    """Official rates, known when they are published."""
    CURVES = "curves"
    """Swap points and money-market rates by tenor."""
    REQUESTS = "requests"
    """What clients asked of us, and what became of it."""
    EVENTS = "events"
    """Everything else that a recorded robot took in, each as the journal's own record."""


class Unit(enum.Enum):
    """What a column's whole numbers, or its text, are."""

    TIME = "nanoseconds UTC"
    PRICE = "1e-9"
    AMOUNT = "1e-2"
    COUNT = "whole number"
    TEXT = "text"


class Span(enum.StrEnum):
    """How much time one partition holds."""

    DATE = "date"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Table:
    """One kind's columns. `keys` name its folders: a venue (or source), and what is quoted."""

    kind: Kind
    keys: tuple[str, ...]
    span: Span
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order in which they are stored."""
        return tuple(column.name for column in self.columns)

    def unit(self, name: str) -> Unit:
        """What a column holds."""
        return next(column.unit for column in self.columns if column.name == name)


def _columns(unit: Unit, names: str) -> tuple[Column, ...]:
    return tuple(Column(name, unit) for name in names.split())


_STAMP = (Column("at_ns", Unit.TIME), Column("number", Unit.COUNT))
_SENT = (Column("sent_at_ns", Unit.TIME), Column("conflated", Unit.COUNT))
_DIGITS = Column("digits", Unit.COUNT)
"""Of recorded rows: how many decimals each value was written with, 6 bits each, in the order of the
columns; so that the event comes out again as it was.
"""
_OHLC = "open high low close"

TABLES: dict[Kind, Table] = {
    table.kind: table
    for table in (
        Table(
            Kind.QUOTES,
            ("venue", "pair"),
            Span.DATE,
            (
                *_STAMP,
                *_columns(Unit.PRICE, "bid offer"),
                *_columns(Unit.AMOUNT, "bid_size offer_size"),
                *_SENT,
                _DIGITS,
            ),
        ),
        Table(
            Kind.BARS,
            ("venue", "pair", "period"),
            Span.MONTH,
            (
                *_STAMP,
                *_columns(Unit.TIME, "from_ns"),
                *(
                    Column(f"{side}_{name}", Unit.PRICE)
                    for side in ("bid", "offer", "mid")
                    for name in _OHLC.split()
                ),
                *_columns(Unit.AMOUNT, "volume"),
            ),
        ),
        Table(
            Kind.FIXINGS,
            ("venue", "index"),
            Span.YEAR,
            (
                *_STAMP,
                *_columns(Unit.TEXT, "value_date"),
                *_columns(Unit.PRICE, "value"),
                *_columns(Unit.TEXT, "source"),
                *_columns(Unit.TIME, "published_ns"),
                _DIGITS,
            ),
        ),
        Table(
            Kind.CURVES,
            ("venue", "curve"),
            Span.MONTH,
            (
                *_STAMP,
                *_columns(Unit.TEXT, "tenor"),
                *_columns(Unit.PRICE, "bid offer"),
                *_columns(Unit.TIME, "as_of_ns"),
                *_SENT,
                _DIGITS,
            ),
        ),
        Table(
            Kind.REQUESTS,
            ("venue",),
            Span.DATE,
            (
                *_STAMP,
                *_columns(Unit.TEXT, "request_id rfq_id counterparty tier product pair side"),
                *_columns(Unit.AMOUNT, "amount"),
                *_columns(Unit.TEXT, "currency tenor value_date far_tenor far_value_date"),
                *_columns(Unit.AMOUNT, "far_amount"),
                *_columns(Unit.TEXT, "outcome reason"),
                *_columns(Unit.PRICE, "bid offer price"),
                *_columns(Unit.TIME, "ended_ns"),
                *_columns(Unit.COUNT, "rivals"),
                *_columns(Unit.PRICE, "rival_bid rival_offer"),
                *_columns(Unit.TEXT, "payload"),
            ),
        ),
        Table(
            Kind.EVENTS,
            ("venue",),
            Span.DATE,
            (*_STAMP, *_columns(Unit.TEXT, "type payload")),
        ),
    )
}
"""`requests`: `outcome` is an `Outcome`; `bid`, `offer` our price, `price` what was dealt; `rivals`
how many others were asked, `rival_bid`, `rival_offer` the best of their prices, where it is known;
`payload`, of recorded ones, the event itself as JSON. `events`: likewise.
"""

VALUES: dict[Kind, tuple[str, ...]] = {
    Kind.QUOTES: ("at_ns", "bid", "offer", "bid_size", "offer_size"),
    Kind.BARS: tuple(name for name in TABLES[Kind.BARS].names if name != "number"),
    Kind.FIXINGS: ("at_ns", "value_date", "value", "source"),
    Kind.CURVES: ("at_ns", "tenor", "bid", "offer", "as_of_ns"),
    Kind.REQUESTS: tuple(name for name in TABLES[Kind.REQUESTS].names if name != "number"),
    Kind.EVENTS: ("at_ns", "number", "type", "payload"),
}
"""What a reader gets unless it asks for other columns."""


class Outcome(enum.StrEnum):
    """What became of a request."""

    DEALT = "DEALT"
    PASSED = "PASSED"
    """The client did not deal: passed, dealt elsewhere, withdrew."""
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    """We gave no price, or rejected the hit."""
    OPEN = "OPEN"
    """The record ends before it did."""


class Series(NamedTuple):
    """One kind of one venue (or source) in one pair, index or curve: what has an order of its
    own. Rows of one never overlap in time from two imports.
    """

    kind: Kind
    venue: str
    """Venue or source."""
    name: str = ""
    """The pair as `EUR/USD`, the index or the curve; of requests and events empty."""
    period: str = ""
    """Of bars: `1m`, `1h`, `1d`."""

    def __str__(self) -> str:
        return " ".join(part for part in self if part)

    @property
    def folder(self) -> str:
        """Where it is stored, relative to the store."""
        keys = TABLES[self.kind].keys
        parts = [
            f"{key}={quote(value.replace('/', ''), safe=' ')}"
            for key, value in zip(keys, self[1:], strict=False)
        ]
        return "/".join([str(self.kind), *parts])


def price_of(value: int) -> Decimal:
    """A stored price as a plain decimal without zeros at its end."""
    return _shortest(value, PRICE_DIGITS)


def amount_of(value: int) -> Decimal:
    """A stored amount as a plain decimal without zeros at its end."""
    return _shortest(value, AMOUNT_DIGITS)


def _shortest(value: int, digits: int) -> Decimal:
    while digits and value % 10 == 0:
        value, digits = value // 10, digits - 1
    return Decimal(value).scaleb(-digits)
