"""Read-only questions to the database, for the command line, the console and the demo.

    with open_queries(url) as queries:
        for deal in queries.deals():
            ...
        with queries.at_one_moment():     # all answers in the block are of the same state
            positions, limits = queries.positions(), queries.limit_use()

Each question sees whole turns only. A reader never holds up the projector.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, Self, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select

from connectors.store import schema, views
from connectors.store.database import BUSY_TIMEOUT_MS, Database, open_read_only
from connectors.store.deals import COLUMNS, deal_from, legs_from
from robot.deals.collateral import Collateral
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.messages.effects import Entry, Posting

V = TypeVar("V", bound=msgspec.Struct)

_DOING = "read the database"
_NEWEST_DECISIONS = 1_000
_DEAL_COLUMNS = tuple(schema.deals.c[name] for name in COLUMNS)


def open_queries(url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Queries:
    """Open the database of `url` for reading. It must be there and be of this program's version."""
    return Queries(open_read_only(url, busy_timeout_ms=busy_timeout_ms))


class Queries:
    """The questions. One thread at a time; close it, or use it in a `with`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moment: Connection | None = None

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """All questions in the block see the database as it is at the first. Keep it short."""
        with self._database.reading(_DOING) as self._moment:
            try:
                yield
            finally:
                self._moment = None

    def deals(
        self,
        trade_date: date | None = None,
        *,
        newest: int | None = None,
        every_version: bool = False,
    ) -> list[Deal]:
        """The blotter in the order of dealing: of one trade date, or only the `newest` ones. The
        last version of each that is not void; with `every_version` all that there ever were.
        """
        table = schema.deals
        statement = select(*_DEAL_COLUMNS)
        if trade_date is not None:
            statement = statement.where(table.c.trade_date == trade_date)
        if not every_version:
            later = table.alias("later")
            replaced = select(later.c.deal_id).where(
                later.c.deal_id == table.c.deal_id, later.c.version > table.c.version
            )
            statement = statement.where(table.c.void.is_(False), ~replaced.exists())
        order = (table.c.segment, table.c.sequence, table.c.deal_id, table.c.version)
        if newest is None:
            return self._deals(statement.order_by(*order))
        backwards = statement.order_by(*(column.desc() for column in order)).limit(newest)
        return self._deals(backwards)[::-1]

    def deal(self, deal_id: str) -> Deal | None:
        """The last version of one deal."""
        return self._last_deal(schema.deals.c.deal_id == deal_id)

    def versions(self, deal_id: str) -> list[Deal]:
        """All versions of one deal, first to last."""
        statement = select(*_DEAL_COLUMNS).where(schema.deals.c.deal_id == deal_id)
        return self._deals(statement.order_by(schema.deals.c.version))

    def whole_deal(self, deal_id: str) -> views.WholeDeal | None:
        """The last version of one deal with everything there is of it."""
        with self._at_one_moment():
            agreed = self.deal(deal_id)
            return None if agreed is None else self._whole(agreed)

    def entries(self, deal_id: str) -> list[views.BookedEntry]:
        """The ledger entries of a deal with their postings."""
        table = schema.entries
        statement = select(table).where(table.c.deal_id == deal_id)
        found = self._rows(statement.order_by(table.c.version, table.c.entry_id))
        return [
            views.BookedEntry(entry=self._entry(row), version=row["version"], at_ns=row["at_ns"])
            for row in found
        ]

    def positions(self, since: date | None = None) -> list[views.Position]:
        """Net positions of the value dates from `since` on; without it settled ones too."""
        table = schema.positions
        statement = select(table).order_by(*table.primary_key)
        if since is not None:
            statement = statement.where(table.c.value_date >= since)
        return self._views(statement, views.Position)

    def pnl(self) -> list[views.Pnl]:
        """Result per pair against the mid of its last deal."""
        return self._views(select(schema.pnl).order_by(schema.pnl.c.pair), views.Pnl)

    def limit_use(self) -> list[views.LimitUse]:
        """Every limit that ever moved, after its last movement."""
        return self._views(select(schema.limits).order_by(schema.limits.c.limit_id), views.LimitUse)

    def quotes(self, rfq_id: str) -> list[views.QuoteLife]:
        """The quotes that answered a request, first to last."""
        table = schema.quotes
        statement = select(table).where(table.c.rfq_id == rfq_id)
        return self._views(statement.order_by(table.c.at_ns, table.c.quote_id), views.QuoteLife)

    def decisions(self, subject: str, *, venue: str | None = None) -> list[views.Decision]:
        """What was decided on a request or a hit, by its id. Ids are only unique within a venue."""
        table = schema.decisions
        statement = select(table).where(table.c.subject == subject).order_by(*table.primary_key)
        if venue is not None:
            statement = statement.where(table.c.venue == venue)
        return self._views(statement, views.Decision)

    def decisions_of_deal(self, deal_id: str) -> list[views.Decision]:
        """Every decision that led to a deal: on its request, and on its hit."""
        agreed = self.deal(deal_id)
        if agreed is None:
            return []
        table = schema.decisions
        subjects = or_(table.c.subject == agreed.rfq_id, table.c.subject == agreed.hit_id)
        statement = select(table).where(subjects, table.c.venue == agreed.venue)
        return self._views(statement.order_by(*table.primary_key), views.Decision)

    def decisions_of(self, *kinds: str, newest: int | None = None) -> list[views.Decision]:
        """The decisions of these kinds, or the last of them, oldest first."""
        table = schema.decisions
        backwards = [column.desc() for column in table.primary_key]
        statement = select(table).where(table.c.kind.in_(kinds)).order_by(*backwards)
        return self._views(statement.limit(newest), views.Decision)[::-1]

    def refusals(self, newest: int = _NEWEST_DECISIONS) -> list[views.Decision]:
        """The last refusals, oldest first."""
        return self._outcomes("REFUSED", newest)

    def quoted(self, newest: int = _NEWEST_DECISIONS) -> list[views.Decision]:
        """The last decisions to quote, oldest first."""
        return self._outcomes("QUOTED", newest)

    def _outcomes(self, outcome: str, newest: int) -> list[views.Decision]:
        table = schema.decisions
        statement = select(table).where(table.c.outcome == outcome)
        backwards = [column.desc() for column in table.primary_key]
        return self._views(statement.order_by(*backwards).limit(newest), views.Decision)[::-1]

    def refusals_by_reason(self) -> list[views.RefusalCount]:
        """How many refusals per kind of request and reason, most frequent first."""
        table = schema.decisions
        count = func.count().label("count")
        statement = (
            select(table.c.kind, table.c.reason, count)
            .where(table.c.outcome == "REFUSED")
            .group_by(table.c.kind, table.c.reason)
            .order_by(count.desc(), table.c.kind, table.c.reason)
        )
        return self._views(statement, views.RefusalCount)

    def orders(self, *, ended: bool = False) -> list[views.OrderLife]:
        """Orders of ours, oldest first: the open ones, or with `ended` all. What was dealt of one
        is the sum of its deals that stand.
        """
        table, deals = schema.orders, schema.deals
        statement = select(*_columns(table, views.OrderLife, "dealt")).order_by(
            table.c.at_ns, table.c.order_id
        )
        if not ended:
            statement = statement.where(table.c.ending.is_(None))
        with self._at_one_moment():
            rows = self._rows(statement)
            names = statement.with_only_columns(table.c.order_id).order_by(None)
            of_orders = select(deals).where(deals.c.as_taker, deals.c.order_id.in_(names))
            of_orders = of_orders.order_by(deals.c.deal_id, deals.c.version)
            last = {row["deal_id"]: row for row in self._rows(of_orders)}
        stands = [row for row in last.values() if not row["void"]]
        return [views.OrderLife(**row, dealt=_dealt(row, stands)) for row in rows]

    def breaks(self) -> list[views.Break]:
        """Differences found against the venues' records."""
        return self._log(schema.breaks, views.Break)

    def breaks_of(self, break_id: str) -> list[views.Break]:
        """What was found under one name, oldest first."""
        return [found for found in self.breaks() if found.break_id == break_id]

    def deal_of_execution(self, exec_id: str) -> Deal | None:
        """The last version of the deal that an execution report made; None = it made none."""
        return self._last_deal(schema.deals.c.exec_id == exec_id)

    def alerts(self, newest: int = _NEWEST_DECISIONS) -> list[views.Alert]:
        """The last alerts, oldest first."""
        return self._log(schema.alerts, views.Alert, newest)

    def dealing_state(self) -> views.DealingState | None:
        """What stops dealing now; None = the robot never said."""
        last = self._log(schema.dealing_states, views.DealingState, 1)
        return last[0] if last else None

    def days(self) -> list[views.Day]:
        """The closed trade dates."""
        return self._views(select(schema.days).order_by(schema.days.c.trade_date), views.Day)

    def outbox_open(self) -> list[views.OpenMessage]:
        """Messages that the back office has not acknowledged, in the order of delivery."""
        table = schema.outbox
        statement = select(*_columns(table, views.OpenMessage)).order_by(table.c.sequence)
        is_open = table.c.acknowledged_at_ns.is_(None)
        return self._views(statement.where(is_open), views.OpenMessage)

    def deliveries(self, deal_id: str) -> list[views.Delivery]:
        """What the back office was told of each version of a deal, and what it acknowledged."""
        table = schema.outbox
        names = [f"{deal.deal_id}.v{deal.version}" for deal in self.versions(deal_id)]
        statement = select(*_columns(table, views.Delivery)).order_by(table.c.sequence)
        return self._views(statement.where(table.c.message_id.in_(names)), views.Delivery)

    def counts(self) -> views.Counts:
        """How much there is of everything."""
        decisions, outbox, applied = schema.decisions, schema.outbox, schema.applied
        statement = select(
            applied.c.segment,
            applied.c.sequence,
            applied.c.at_ns,
            *(_count(table) for table in (schema.deals, schema.quotes, decisions)),
            _count(decisions, "refusals", decisions.c.outcome == "REFUSED"),
            *(_count(table) for table in (schema.breaks, schema.alerts, outbox)),
            _count(outbox, "outbox_open", outbox.c.acknowledged_at_ns.is_(None)),
            _count(outbox, "outbox_conflicts", outbox.c.conflicts > 0),
        )
        return self._views(statement, views.Counts)[0]

    def close(self) -> None:
        """Release the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _at_one_moment(self) -> Iterator[None]:
        """For a question of several statements, asked alone or in a block of the caller's."""
        if self._moment is not None:
            yield
            return
        with self.at_one_moment():
            yield

    def _last_deal(self, condition: ColumnElement[bool]) -> Deal | None:
        statement = select(*_DEAL_COLUMNS).where(condition)
        found = self._deals(statement.order_by(schema.deals.c.version.desc()).limit(1))
        return found[0] if found else None

    def _deals(self, statement: Select[Any]) -> list[Deal]:
        with self._at_one_moment():
            rows = self._rows(statement)
            if all(row["product"] == ProductKind.SPOT for row in rows):
                return [deal_from(row, ()) for row in rows]
            ids = statement.with_only_columns(schema.deals.c.deal_id).subquery()
            legs = legs_from(
                *(
                    self._rows(
                        select(table)
                        .where(table.c.deal_id.in_(select(ids.c.deal_id)))
                        .order_by(*table.primary_key)
                    )
                    for table in (schema.legs, schema.flows, schema.security_flows)
                )
            )
        return [deal_from(row, legs.get((row["deal_id"], row["version"]), ())) for row in rows]

    def _whole(self, agreed: Deal) -> views.WholeDeal:
        table, pledged = schema.deals, schema.collateral
        key = (agreed.deal_id, agreed.version)
        (terms,) = self._rows(
            select(*(table.c[name] for name in views.TERMS)).where(
                table.c.deal_id == key[0], table.c.version == key[1]
            )
        )
        items = self._rows(
            select(*_columns(pledged, Collateral))
            .where(pledged.c.deal_id == key[0], pledged.c.version == key[1])
            .order_by(pledged.c.number)
        )
        return views.WholeDeal(
            deal=agreed,
            legs=agreed.legs,
            **terms,
            collateral=tuple(Collateral(**item) for item in items),
            entries=tuple(row for row in self.entries(key[0]) if row.version == key[1]),
        )

    def _log(self, table: Table, view: type[V], newest: int | None = None) -> list[V]:
        backwards = [column.desc() for column in table.primary_key]
        statement = select(*_columns(table, view)).order_by(*backwards).limit(newest)
        return self._views(statement, view)[::-1]

    def _entry(self, row: Any) -> Entry:
        table = schema.postings
        lines = select(*_columns(table, Posting)).where(table.c.entry_id == row["entry_id"])
        postings = tuple(Posting(**line) for line in self._rows(lines.order_by(table.c.line)))
        return Entry(row["entry_id"], row["deal_id"], postings)

    def _views(self, statement: Select[Any], view: type[V]) -> list[V]:
        return [view(**row) for row in self._rows(statement)]

    def _rows(self, statement: Select[Any]) -> Sequence[Any]:
        if self._moment is not None:
            return self._moment.execute(statement).mappings().all()
        with self._database.reading(_DOING) as connection:
            return connection.execute(statement).mappings().all()


def _columns(table: Table, struct: type[msgspec.Struct], *without: str) -> list[Any]:
    return [table.c[field] for field in struct.__struct_fields__ if field not in without]


def _dealt(order: Any, deals: Iterable[Any]) -> Decimal:
    """Of the order's dealt currency."""
    amount = "base_amount" if order["currency"] is None else "counter_amount"
    of_order = (deal[amount] for deal in deals if deal["order_id"] == order["order_id"])
    return sum(of_order, Decimal(0))


def _count(table: Table, label: str | None = None, *conditions: Any) -> Any:
    counted = select(func.count()).select_from(table).where(*conditions)
    return counted.scalar_subquery().label(label or table.name)
