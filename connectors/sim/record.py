"""The venue's own record of everything it sent and received, in one SQLite file.

The venue `put`s row objects; at most every 50 ms `flush` writes those that are new or have changed
in one transaction, so the file is never further behind than that. `read_record` gives the whole
record back for reconciliation. Nothing here knows the robot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from connectors.sim.makers.rows import AskLife, CounterLife, MakerDeal, MakerQuote, TakeLife
from connectors.sim.order_rows import OrderAnswer, OrderFill, OrderLife, OrderMessage
from connectors.sim.rows import (
    Anomaly,
    CopyRow,
    CounterOffer,
    Duplicate,
    EntryLife,
    EventRow,
    Fill,
    HitLife,
    MassQuoteLife,
    QuoteLife,
    RefusalRow,
    RequestLife,
    StatusAsked,
    TradeReport,
)
from connectors.sim.tables import TABLES, Row

SCHEMA_VERSION = "6"
FLUSH_EVERY_NS = 40_000_000
_FLUSH_ROWS = 20_000  # a burst is written out at this many rows even before its time

_SQL_TYPES: dict[type, str] = {str: "TEXT", Decimal: "TEXT", int: "INTEGER", bool: "INTEGER"}
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS hits_by_id ON hits (venue, hit_id)",
    "CREATE INDEX IF NOT EXISTS fills_by_date ON fills (venue, trade_date)",
    "CREATE INDEX IF NOT EXISTS maker_deals_by_date ON maker_deals (venue, trade_date)",
    "CREATE INDEX IF NOT EXISTS order_fills_by_date ON order_fills (venue, trade_date)",
)

R = TypeVar("R")


class RecordError(Exception):
    """The record cannot be opened or has another version; the text says what to do."""


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """The whole record of a venue process, in the order things happened."""

    meta: dict[str, str]
    requests: tuple[RequestLife, ...]
    entries: tuple[EntryLife, ...]
    quotes: tuple[QuoteLife, ...]
    hits: tuple[HitLife, ...]
    fills: tuple[Fill, ...]
    refusals: tuple[RefusalRow, ...]
    duplicates: tuple[Duplicate, ...]
    events: tuple[EventRow, ...]
    anomalies: tuple[Anomaly, ...]
    order_messages: tuple[OrderMessage, ...] = ()
    orders: tuple[OrderLife, ...] = ()
    order_answers: tuple[OrderAnswer, ...] = ()
    order_fills: tuple[OrderFill, ...] = ()
    asks: tuple[AskLife, ...] = ()
    maker_quotes: tuple[MakerQuote, ...] = ()
    takes: tuple[TakeLife, ...] = ()
    counters: tuple[CounterLife, ...] = ()
    maker_deals: tuple[MakerDeal, ...] = ()
    trade_reports: tuple[TradeReport, ...] = ()
    drop_copies: tuple[CopyRow, ...] = ()
    mass_quotes: tuple[MassQuoteLife, ...] = ()
    status_requests: tuple[StatusAsked, ...] = ()
    counter_offers: tuple[CounterOffer, ...] = ()


class Record:
    """The writing side. Not thread-safe: the engine's thread owns it."""

    def __init__(self, path: Path | None) -> None:
        """Opens or continues a file; without a path the record lives in memory."""
        self._dirty: dict[int, Row] = {}
        self._flushed_ns = 0
        try:
            self._base = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=NORMAL")
            self._create()
        except sqlite3.Error as error:
            raise RecordError(f"{path}: cannot be used as the venue's record: {error}") from None
        self.run = int(self.meta("run") or "0") + 1
        self.set_meta({"run": str(self.run)})

    def _create(self) -> None:
        with self._base:
            self._base.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)")
            for kind in TABLES:
                self._base.execute(_create_table(kind))
            for index in _INDEXES:
                self._base.execute(index)
            self._base.execute(
                "INSERT OR IGNORE INTO meta VALUES ('schema_version', ?)", (SCHEMA_VERSION,)
            )
        if self.meta("schema_version") != SCHEMA_VERSION:
            raise RecordError("the record was written by another version; use a new file")

    def meta(self, key: str) -> str | None:
        row = self._base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, values: dict[str, str]) -> None:
        self._base.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def put(self, row: Row) -> None:
        """Writes the row, as it will be at the next flush."""
        self._dirty[id(row)] = row

    def flush_if_due(self, wall_ns: int, clock_ns: int) -> None:
        if wall_ns - self._flushed_ns >= FLUSH_EVERY_NS or len(self._dirty) > _FLUSH_ROWS:
            self.flush(wall_ns, clock_ns)

    def flush(self, wall_ns: int, clock_ns: int) -> None:
        """Writes what changed in one transaction, together with the venue's clock."""
        self._flushed_ns = wall_ns
        if not self._dirty:
            return
        by_kind: dict[type[Row], list[tuple[object, ...]]] = {}
        for row in self._dirty.values():
            by_kind.setdefault(type(row), []).append(_values(row))
        self._dirty.clear()
        self._base.execute("BEGIN")
        for kind, values in by_kind.items():
            self._base.executemany(_INSERTS[kind], values)
        self._base.execute("INSERT OR REPLACE INTO meta VALUES ('clock_ns', ?)", (str(clock_ns),))
        self._base.execute("COMMIT")

    def close(self, wall_ns: int, clock_ns: int) -> None:
        """Writes the rest, makes it durable and closes the file."""
        self.flush(wall_ns, clock_ns)
        self._base.execute("INSERT OR REPLACE INTO meta VALUES ('clock_ns', ?)", (str(clock_ns),))
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._base.close()

    def last_number(self, kind: type[Row]) -> int:
        """The highest number used in a table that is numbered, 0 when it is empty."""
        table, key = TABLES[kind]
        row = self._base.execute(f"SELECT max({key[0]}) FROM {table}").fetchone()
        return int(row[0] or 0)

    def exec_ids(self) -> set[tuple[str, str]]:
        """(venue, ExecID) of every execution report received so far, fills and rejections."""
        rows = self._base.execute(
            "SELECT venue, exec_id FROM fills UNION "
            "SELECT venue, exec_id FROM refusals WHERE exec_id IS NOT NULL"
        )
        return {(str(venue), str(exec_id)) for venue, exec_id in rows}

    def unanswered_hits(self) -> tuple[HitLife, ...]:
        return _select(self._base, HitLife, "WHERE answer IS NULL", ())

    def fills(self, venue: str, first_date: str, last_date: str) -> tuple[Fill, ...]:
        """Fills that stand, of a venue and a range of trade dates, oldest first; flush before."""
        where = "WHERE venue = ? AND trade_date >= ? AND trade_date <= ? AND state <> 'busted'"
        return _select(self._base, Fill, where, (venue, first_date, last_date))

    def order_fills(self, venue: str, first_date: str, last_date: str) -> tuple[OrderFill, ...]:
        """The robot's deals as taker that stand, as `fills`."""
        where = "WHERE venue = ? AND trade_date >= ? AND trade_date <= ? AND state <> 'busted'"
        return _select(self._base, OrderFill, where, (venue, first_date, last_date))

    def maker_deals(self, venue: str, first_date: str, last_date: str) -> tuple[MakerDeal, ...]:
        """The robot's deals on makers' quotes that stand, as `fills`."""
        where = "WHERE venue = ? AND trade_date >= ? AND trade_date <= ? AND state <> 'busted'"
        return _select(self._base, MakerDeal, where, (venue, first_date, last_date))

    def all_maker_deals(self) -> tuple[MakerDeal, ...]:
        return _select(self._base, MakerDeal)

    def takes(self) -> tuple[TakeLife, ...]:
        """Every take so far, as it was last."""
        return _select(self._base, TakeLife)

    def orders(self) -> tuple[OrderLife, ...]:
        """Every order so far, as it was last."""
        return _select(self._base, OrderLife)

    def order_ids(self) -> set[tuple[str, str]]:
        """(venue, 11) of every order, cancel and replacement so far."""
        rows = self._base.execute(
            "SELECT venue, order_id FROM order_messages WHERE message IN ('D', 'F', 'G')"
        )
        return {(str(venue), str(order_id)) for venue, order_id in rows}


def read_record(path: Path) -> VenueRecord:
    """The whole record, also of a venue that is still running."""
    if not path.is_file():
        raise RecordError(f"{path}: no such file; was the venue started with --record?")
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        base.execute("BEGIN")
        meta = {str(key): str(value) for key, value in base.execute("SELECT * FROM meta")}
        return VenueRecord(
            meta,
            _select(base, RequestLife),
            _select(base, EntryLife),
            _select(base, QuoteLife),
            _select(base, HitLife),
            _select(base, Fill),
            _select(base, RefusalRow),
            _select(base, Duplicate),
            _select(base, EventRow),
            _select(base, Anomaly),
            _select(base, OrderMessage),
            _select(base, OrderLife),
            _select(base, OrderAnswer),
            _select(base, OrderFill),
            _select(base, AskLife),
            _select(base, MakerQuote),
            _select(base, TakeLife),
            _select(base, CounterLife),
            _select(base, MakerDeal),
            _select(base, TradeReport),
            _select(base, CopyRow),
            _select(base, MassQuoteLife),
            _select(base, StatusAsked),
            _select(base, CounterOffer),
        )
    except sqlite3.Error as error:
        raise RecordError(f"{path}: is not a venue's record: {error}") from None
    finally:
        base.close()


def _plain_type(hint: object) -> type:
    """The type of a column: `Decimal` for `Decimal | None`."""
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    assert isinstance(hint, type)
    return hint


def _column_types(kind: type[Any]) -> list[tuple[str, type]]:
    hints = get_type_hints(kind)
    return [(field.name, _plain_type(hints[field.name])) for field in fields(kind)]


def _create_table(kind: type[Row]) -> str:
    table, key = TABLES[kind]
    columns = ", ".join(f"{name} {_SQL_TYPES[of]}" for name, of in _column_types(kind))
    return f"CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY ({', '.join(key)}))"


def _insert_sql(kind: type[Row]) -> str:
    names = [field.name for field in fields(kind)]
    marks = ", ".join("?" for _ in names)
    table, key = TABLES[kind]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    )


_INSERTS = {kind: _insert_sql(kind) for kind in TABLES}
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in TABLES}


def _values(row: Row) -> tuple[object, ...]:
    return tuple(_stored(getattr(row, name)) for name in _NAMES[type(row)])


def _stored(value: object) -> object:
    """Decimals as exact text; text without the lone surrogates that SQLite refuses."""
    if type(value) is str:
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    return format(value, "f") if type(value) is Decimal else value


def _select(
    base: sqlite3.Connection, kind: type[R], where: str = "", values: Iterable[object] = ()
) -> tuple[R, ...]:
    columns = _column_types(kind)
    names = ", ".join(name for name, _ in columns)
    table = next(name for known, (name, _) in TABLES.items() if known is kind)
    rows = base.execute(f"SELECT {names} FROM {table} {where} ORDER BY rowid", tuple(values))
    return tuple(
        kind(
            **{
                name: None if cell is None else of(cell)
                for cell, (name, of) in zip(row, columns, strict=True)
            }
        )
        for row in rows
    )
