"""The tables, in SQLAlchemy Core. What each column means to a reader is in `docs/database.md`.

Most tables are *projected*: their rows follow from the journal and are rebuilt from it. The *owned*
ones (users, credentials) hold what exists nowhere else. The relay owns the delivery columns of the
outbox. Signs: positive = we receive, long or debit. Times: ns UTC.
A change here needs a new file in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
    text,
)

from connectors.store.types import ExactDecimal, JsonText, PlainText

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[str]:
    return Column(name, PlainText, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, PlainText, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, ExactDecimal, nullable=nullable)


def _at(name: str = "at_ns", *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _basis() -> tuple[Column[Any], ...]:
    """What a result stands on: the ages of prices that are not of its moment, what is unknown."""
    return (
        Column("mid_age_ms", BigInteger, nullable=False, server_default="0"),
        Column("points_age_ms", BigInteger, nullable=False, server_default="0"),
        _text("incomplete", nullable=True),
    )


def _place() -> tuple[Column[str], Column[int], Column[int]]:
    """Where in the journal a row comes from: segment, turn, number of the effect in the turn."""
    return (
        _key("segment"),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
    )


def _numbered_in_deal(*names: str) -> tuple[Column[Any], ...]:
    """The key of what a deal has several of; without `names` it is counted by `number`."""
    return (
        _key("deal_id"),
        *(
            Column(name, Integer, primary_key=True, autoincrement=False)
            for name in ("version", *(names or ("number",)))
        ),
    )


def _find_by(table: Table, column: str) -> None:
    """An index for equality. On PostgreSQL a hash: identifiers from outside may be longer than the
    2.7 kB that its ordered index takes, and must not stop the projection."""
    Index(f"ix_{table.name}_{column}", table.c[column], postgresql_using="hash")


applied = Table(
    "applied",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("segment"),
    Column("sequence", BigInteger, nullable=False),
    _at(),
    Column("outbox_sequence", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)

deals = Table(
    "deals",
    METADATA,
    _key("deal_id"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("exec_id"),
    _text("order_id"),
    _text("quote_id"),
    _text("rfq_id"),
    _text("hit_id"),
    _text("response_id", nullable=True),
    _text("venue"),
    _text("counterparty"),
    _text("book"),
    _text("product"),
    _text("pair"),
    _text("side"),
    _number("base_amount"),
    _number("rate"),
    _number("counter_amount"),
    Column("trade_date", Date, nullable=False),
    Column("value_date", Date, nullable=False),
    # NULL where the product has none of it: all of them for spot dealt in the base currency.
    _text("currency", nullable=True),
    _number("spot_rate", nullable=True),
    _number("points", nullable=True),
    Column("far_value_date", Date, nullable=True),
    _number("far_rate", nullable=True),
    _number("far_base_amount", nullable=True),
    _number("far_counter_amount", nullable=True),
    _text("settlement_currency", nullable=True),
    _text("fixing_index", nullable=True),
    Column("fixing_date", Date, nullable=True),
    _text("contract_code", nullable=True),
    _text("day_count", nullable=True),
    _number("interest", nullable=True),
    Column("provisional", Boolean, nullable=False, server_default=false()),
    Column("as_taker", Boolean, nullable=False, server_default=false()),
    Column("void", Boolean, nullable=False, server_default=false()),
    _text("strategy"),
    _number("mid"),
    _number("edge"),
    _at(),
    _text("segment"),
    Column("sequence", BigInteger, nullable=False),
)
_find_by(deals, "rfq_id")
Index("ix_deals_trade_date", deals.c.trade_date)

legs = Table(
    "legs",
    METADATA,
    *_numbered_in_deal(),
    Column("value_date", Date, nullable=False),
    _number("rate"),
    ForeignKeyConstraint(["deal_id", "version"], ["deals.deal_id", "deals.version"]),
)

flows = Table(
    "flows",
    METADATA,
    *_numbered_in_deal(),
    _text("currency"),
    _number("amount"),
    Column("value_date", Date, nullable=False),
    Column("leg", Integer, nullable=False, server_default=text("1")),
    ForeignKeyConstraint(["deal_id", "version"], ["deals.deal_id", "deals.version"]),
)

security_flows = Table(
    "security_flows",
    METADATA,
    *_numbered_in_deal("leg", "number"),
    _text("security"),
    _number("face"),
    Column("value_date", Date, nullable=False),
    ForeignKeyConstraint(
        ["deal_id", "version", "leg"], ["legs.deal_id", "legs.version", "legs.number"]
    ),
)

collateral = Table(
    "collateral",
    METADATA,
    *_numbered_in_deal(),
    _text("security"),
    _number("face"),
    _number("price"),
    _number("haircut"),
    ForeignKeyConstraint(["deal_id", "version"], ["deals.deal_id", "deals.version"]),
)

entries = Table(
    "entries",
    METADATA,
    _key("entry_id"),
    _text("deal_id"),
    Column("version", Integer, nullable=False),
    _at(),
    ForeignKeyConstraint(["deal_id", "version"], ["deals.deal_id", "deals.version"]),
)
Index("ix_entries_deal_id", entries.c.deal_id)

postings = Table(
    "postings",
    METADATA,
    _key("entry_id"),
    Column("line", Integer, primary_key=True, autoincrement=False),
    _text("account"),
    _text("currency"),
    Column("value_date", Date, nullable=False),
    _number("amount"),
    ForeignKeyConstraint(["entry_id"], ["entries.entry_id"]),
)

positions = Table(
    "positions",
    METADATA,
    _key("book"),
    _key("currency"),
    Column("value_date", Date, primary_key=True),
    _number("amount"),
    _at(),
)

pnl = Table("pnl", METADATA, _key("pair"), _number("result"), _at(), *_basis())

limits = Table(
    "limits",
    METADATA,
    _key("limit_id"),
    _number("utilisation"),
    _number("reserved"),
    _number("maximum"),
    _at(),
)

quotes = Table(
    "quotes",
    METADATA,
    _key("quote_id"),
    _text("request_id"),
    _text("rfq_id"),
    _text("venue"),
    _text("counterparty"),
    Column("product", PlainText, nullable=False, server_default=text("'SPOT'")),
    _text("pair"),
    _number("amount"),
    _text("currency", nullable=True),
    _number("bid", nullable=True),
    _number("offer", nullable=True),
    _number("bid_spot", nullable=True),
    _number("offer_spot", nullable=True),
    _number("near_points", nullable=True),
    Column("value_date", Date, nullable=False),
    Column("far_value_date", Date, nullable=True),
    _number("far_amount", nullable=True),
    _at(),
    _at("valid_until_ns"),
    _text("replaces", nullable=True),
    _text("ending", nullable=True),
    _at("ended_at_ns", nullable=True),
)
_find_by(quotes, "rfq_id")

orders = Table(
    "orders",
    METADATA,
    _key("order_id"),
    _text("venue"),
    _text("pair"),
    _text("side"),
    _number("amount"),
    _text("currency", nullable=True),
    _text("kind"),
    _number("price", nullable=True),
    _text("time_in_force"),
    _at("expires_ns", nullable=True),
    Column("value_date", Date, nullable=False),
    _at(),
    _text("ending", nullable=True),
    _number("filled", nullable=True),
    _at("ended_at_ns", nullable=True),
)

asks = Table(
    "asks",
    METADATA,
    _key("ask_id"),
    _text("request"),
    _text("actor"),
    _text("reason"),
    _text("product"),
    _text("pair"),
    _text("side"),
    _number("amount"),
    _text("currency", nullable=True),
    Column("value_date", Date, nullable=False),
    Column("far_value_date", Date, nullable=True),
    Column("two_way", Boolean, nullable=False),
    _number("limit_price", nullable=True),
    Column("asked", Integer, nullable=False),
    _at("decide_ns"),
    _at("open_until_ns"),
    _at(),
    _text("ending", nullable=True),
    _text("order_id", nullable=True),
    Column("because", JsonText, nullable=True),
    _at("ended_at_ns", nullable=True),
)

ask_quotes = Table(
    "ask_quotes",
    METADATA,
    _key("ask_id"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("last_word", Boolean, nullable=False),
    _text("venue"),
    _text("maker"),
    _text("request_id"),
    _text("quote_id"),
    _number("price", nullable=True),
    _at("received_ns"),
    _text("outcome"),
    _text("detail"),
    _number("amount", nullable=True),
    _number("mid", nullable=True),
)

decisions = Table(
    "decisions",
    METADATA,
    *_place(),
    _at(),
    _text("subject"),
    _text("kind"),
    _text("outcome"),
    _text("reason"),
    _text("detail"),
    _text("venue"),
    _text("counterparty"),
    _text("pair"),
    _number("amount"),
    _text("side"),
    _text("quote_id", nullable=True),
    _text("strategy"),
    Column("facts", JsonText, nullable=False),
    Column("because", JsonText, nullable=False),
)
_find_by(decisions, "subject")
Index("ix_decisions_outcome_kind_reason", decisions.c.outcome, decisions.c.kind, decisions.c.reason)

breaks = Table(
    "breaks",
    METADATA,
    *_place(),
    _at(),
    _text("break_id"),
    _text("venue"),
    _text("kind"),
    _text("exec_id"),
    _text("detail"),
    _text("resolved_by", nullable=True),
    _text("resolution", nullable=True),
    _at("resolved_at_ns", nullable=True),
)

alerts = Table("alerts", METADATA, *_place(), _at(), _text("code"), _text("text"))

dealing_states = Table(
    "dealing_states", METADATA, *_place(), _at(), Column("halts", JsonText, nullable=False)
)

days = Table(
    "days",
    METADATA,
    Column("trade_date", Date, primary_key=True),
    Column("next_trade_date", Date, nullable=False),
    _at(),
)

day_positions = Table(
    "day_positions",
    METADATA,
    Column("trade_date", Date, primary_key=True),
    _key("book"),
    _key("currency"),
    Column("value_date", Date, primary_key=True),
    _number("amount"),
    ForeignKeyConstraint(["trade_date"], ["days.trade_date"]),
)

day_pnl = Table(
    "day_pnl",
    METADATA,
    Column("trade_date", Date, primary_key=True),
    _key("pair"),
    _number("result", nullable=True),
    *_basis(),
    ForeignKeyConstraint(["trade_date"], ["days.trade_date"]),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", PlainText, nullable=False),
    _text("topic"),
    Column("payload", Text, nullable=False),
    _text("payload_hash"),
    _at(),
    Column("attempts", BigInteger, nullable=False),
    _at("sent_at_ns"),
    _at("acknowledged_at_ns", nullable=True),
    _text("ack_hash", nullable=True),
    Column("conflicts", BigInteger, nullable=False),
)
Index("ix_outbox_message_id", outbox.c.message_id, unique=True)
_OPEN = outbox.c.acknowledged_at_ns.is_(None)
# Small however long the outbox grows: it holds the rows that the relay still works on.
Index("ix_outbox_open", outbox.c.sequence, sqlite_where=_OPEN, postgresql_where=_OPEN)

users = Table(
    "users",
    METADATA,
    _key("name"),
    _text("role"),
    _text("password_hash"),
    _text("created_by"),
    _at("created_ns"),
    _at("locked_until_ns"),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    METADATA,
    _key("token_id"),
    *(_text(name) for name in ("user", "secret_hash", "label")),
    *(_at(name) for name in ("created_ns", "expires_ns", "used_ns", "revoked_ns")),
)

sessions = Table(
    "sessions",
    METADATA,
    _key("session_id"),
    *(_text(name) for name in ("user", "csrf_hash")),
    *(_at(name) for name in ("created_ns", "expires_ns", "used_ns", "ended_ns")),
)

access_attempts = Table(
    "access_attempts",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *(_text(name) for name in ("user", "how", "action", "code", "detail")),
    _at(),
)

OWNED: tuple[Table, ...] = (users, api_tokens, sessions, access_attempts)
"""Tables that exist nowhere else and are never rebuilt."""

PROJECTED: tuple[Table, ...] = tuple(t for t in METADATA.sorted_tables if t not in OWNED)
"""Tables that follow from the journal, parents before children."""

DELIVERY_COLUMNS = ("attempts", "sent_at_ns", "acknowledged_at_ns", "ack_hash", "conflicts")
"""Of the outbox: the relay's own, all that a rebuild does not bring back."""
