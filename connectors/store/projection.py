"""The projector's side of the database: whole turns in, rows out, in one transaction.

The position in the journal is committed with the rows. A turn is therefore applied once, whatever
dies in between: after a restart the projector reads on from `applied()`, and what it hands over a
second time is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Dialect, delete, select, update

from connectors.store import schema
from connectors.store.bulk import Row, Write, Writers
from connectors.store.database import BUSY_TIMEOUT_MS, open_database
from connectors.store.errors import ProjectionError, StoreError
from connectors.store.result_rows import result_rows
from connectors.store.rows import Batch, Encode, asdict
from robot.messages.effects import DayClosed
from robot.ports import ProjectedTurn

_INSERTED = tuple(
    table for table in schema.PROJECTED
    if table.name in ("deals", "legs", "flows", "security_flows", "collateral", "entries",
                      "postings", "decisions", "breaks", "alerts", "dealing_states", "outbox",
                      "ask_quotes")
)  # fmt: skip


class Applied(NamedTuple):
    """How far the journal is in the database, and the number of the last outbox row."""

    segment: str
    sequence: int
    outbox_sequence: int


class SqlStore:
    """`robot.ports.Store` on SQLite or PostgreSQL. A second projector would only wait."""

    def __init__(self, url: str, encode: Encode, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._database = open_database(url, busy_timeout_ms=busy_timeout_ms)
        self._encode = encode
        self._tables = _Tables(self._database.engine.dialect)

    def applied(self) -> tuple[str, int]:
        """Segment and sequence of the last turn applied; ("", 0) when empty."""
        with self._database.reading("read the applied position") as connection:
            done = _applied(connection)
        return done.segment, done.sequence

    def project(self, turns: Sequence[ProjectedTurn]) -> None:
        """Apply whole turns and the new position in one transaction: all or nothing.

        Raises `StoreUnavailable` when the same call may succeed later, `ProjectionError` when it
        never will.
        """
        if not turns:
            return
        doing = f"project the turns {_name(turns[0])} to {_name(turns[-1])}"
        with self._database.transaction(doing) as connection:
            done = _applied(connection)
            new = _not_yet_applied(turns, done, self._database.where)
            if new:
                batch = self._batch(new, done)
                try:
                    self._tables.write(connection, batch)
                except ProjectionError as error:
                    raise ProjectionError(f"cannot {doing}: {error}") from error
                _set_applied(connection, new[-1], batch.outbox_sequence)

    def close(self) -> None:
        """Release the database."""
        self._database.close()

    def _batch(self, turns: Sequence[ProjectedTurn], done: Applied) -> Batch:
        batch = Batch(done.outbox_sequence, self._encode)
        for turn in turns:
            try:
                batch.add(turn)
            except StoreError as error:
                raise ProjectionError(f"turn {_name(turn)}: {error}") from error
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise ProjectionError(f"turn {_name(turn)} has no rows: {reason}") from error
        return batch


def _name(turn: ProjectedTurn) -> str:
    return f"{turn.segment}/{turn.sequence}"


def _applied(connection: Connection) -> Applied:
    """The position, locked: here a second projector waits (on SQLite, where it began)."""
    table = schema.applied
    columns = (table.c.segment, table.c.sequence, table.c.outbox_sequence)
    return Applied(*connection.execute(select(*columns).with_for_update()).one())


def _set_applied(connection: Connection, last: ProjectedTurn, outbox_sequence: int) -> None:
    values: Row = {
        "segment": last.segment,
        "sequence": last.sequence,
        "at_ns": last.at_ns,
        "outbox_sequence": outbox_sequence,
    }
    connection.execute(update(schema.applied).values(values))


def _not_yet_applied(
    turns: Sequence[ProjectedTurn], done: Applied, where: str
) -> Sequence[ProjectedTurn]:
    """The turns after the applied position. Those at or before it in its segment are passed over;
    one of an earlier segment means that this is not the journal the database was made from."""
    before = ("", 0)
    for turn in turns:
        here = (turn.segment, turn.sequence)
        if here <= before:
            raise ProjectionError(
                f"turn {_name(turn)} follows {before[0]}/{before[1]}: not in order"
            )
        before = here
    if turns[0].segment < done.segment:
        raise ProjectionError(
            f"turn {_name(turns[0])} is older than {done.segment}/{done.sequence}, which {where}"
            " already has: another journal, or a copy of it. Give it a database of its own"
        )
    return [turn for turn in turns if (turn.segment, turn.sequence) > (done.segment, done.sequence)]


class _Tables:
    """How each table is written: statements built once, run with the rows of a whole batch."""

    def __init__(self, dialect: Dialect) -> None:
        writers = Writers(dialect)
        # Parents before children: foreign keys are checked row by row.
        self._inserts: dict[str, Write] = {table.name: writers.insert(table) for table in _INSERTED}
        self._positions = writers.replace(schema.positions)
        self._pnl = writers.replace(schema.pnl)
        self._limits = writers.replace(schema.limits)
        self._quotes = writers.replace(schema.quotes)
        ending = schema.quotes.c.ending, schema.quotes.c.ended_at_ns
        self._end_quotes = writers.change(schema.quotes, schema.quotes.c.quote_id, *ending)
        self._orders = writers.replace(schema.orders)
        order_ending = (schema.orders.c.ending, schema.orders.c.filled, schema.orders.c.ended_at_ns)
        self._end_orders = writers.change(schema.orders, schema.orders.c.order_id, *order_ending)
        self._change_orders = writers.change(
            schema.orders, schema.orders.c.order_id, schema.orders.c.amount, schema.orders.c.price
        )
        self._asks = writers.replace(schema.asks)
        asks = schema.asks.c
        ask_ending = (asks.ending, asks.order_id, asks.because, asks.ended_at_ns)
        self._end_asks = writers.change(schema.asks, asks.ask_id, *ask_ending)
        breaks = schema.breaks.c
        self._end_breaks = writers.change(
            schema.breaks,
            breaks.break_id,
            *(breaks.resolved_by, breaks.resolution, breaks.resolved_at_ns),
            only=breaks.resolved_at_ns.is_(None),
        )
        self._days = writers.replace(schema.days)
        self._day_positions = writers.insert(schema.day_positions)
        self._day_pnl = writers.insert(schema.day_pnl)

    def write(self, connection: Connection, batch: Batch) -> None:
        """All rows of the batch."""
        # Before the new ones: a break of the same name that was found after that stays open.
        self._end_breaks(connection, list(batch.break_endings.values()))
        for name, write in self._inserts.items():
            write(connection, batch.inserts.get(name, ()))
        self._positions(connection, list(batch.positions.values()))
        self._pnl(connection, list(batch.pnl.values()))
        self._limits(connection, list(batch.limits.values()))
        self._quotes(connection, list(batch.quotes.values()))
        self._end_quotes(connection, list(batch.quote_endings.values()))
        self._orders(connection, list(batch.orders.values()))
        self._change_orders(connection, list(batch.order_changes.values()))
        self._end_orders(connection, list(batch.order_endings.values()))
        self._asks(connection, list(batch.asks.values()))
        self._end_asks(connection, list(batch.ask_endings.values()))
        for at_ns, day in batch.days.values():
            self._write_day(connection, at_ns, day)

    def _write_day(self, connection: Connection, at_ns: int, day: DayClosed) -> None:
        key: Row = {"trade_date": day.trade_date}
        row = {**key, "next_trade_date": day.next_trade_date, "at_ns": at_ns}
        self._days(connection, [row])
        for table in (schema.day_positions, schema.day_pnl):
            connection.execute(delete(table).where(table.c.trade_date == day.trade_date))
        self._day_positions(connection, [{**key, **asdict(position)} for position in day.positions])
        results = result_rows(day.pnl, day.pnl_basis)
        self._day_pnl(connection, [{**key, **row} for row in results])
