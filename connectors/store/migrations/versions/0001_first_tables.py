"""The first tables. Written out, not taken from `schema.py`: a migration never changes later."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables, and the row that says how far the journal is applied."""
    _bookkeeping()
    _deals()
    _positions_and_limits()
    _quotes_and_decisions()
    _incidents()
    _days()
    _outbox()


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _small(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _date(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_text(name) for name in names]


def _place() -> list[sa.Column[Any]]:
    return [_text("segment"), _whole("sequence"), _small("number"), _whole("at_ns")]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _reference(table: str, to: str, *columns: str) -> sa.ForeignKeyConstraint:
    targets = [f"{to}.{column}" for column in columns]
    return sa.ForeignKeyConstraint(list(columns), targets, name=f"fk_{table}_{to}")


def _find_by(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="hash")


def _bookkeeping() -> None:
    applied = op.create_table(
        "applied",
        _small("id"),
        _text("segment"),
        _whole("sequence"),
        _whole("at_ns"),
        _whole("outbox_sequence"),
        _key("applied", "id"),
        sa.CheckConstraint("id = 1", name="ck_applied_single_row"),
    )
    start = {"id": 1, "segment": "", "sequence": 0, "at_ns": 0, "outbox_sequence": 0}
    op.bulk_insert(applied, [start])


def _deals() -> None:
    op.create_table(
        "deals",
        _text("deal_id"),
        _small("version"),
        *_texts("exec_id", "order_id", "quote_id", "rfq_id", "hit_id"),
        _text("response_id", nullable=True),
        *_texts("venue", "counterparty", "book", "product", "pair", "side"),
        *_texts("base_amount", "rate", "counter_amount"),
        _date("trade_date"),
        _date("value_date"),
        *_texts("strategy", "mid", "edge"),
        _whole("at_ns"),
        _text("segment"),
        _whole("sequence"),
        _key("deals", "deal_id", "version"),
    )
    _find_by("deals", "rfq_id")
    op.create_index("ix_deals_trade_date", "deals", ["trade_date"])
    op.create_table(
        "flows",
        _text("deal_id"),
        _small("version"),
        _small("number"),
        *_texts("currency", "amount"),
        _date("value_date"),
        _key("flows", "deal_id", "version", "number"),
        _reference("flows", "deals", "deal_id", "version"),
    )
    op.create_table(
        "entries",
        *_texts("entry_id", "deal_id"),
        _small("version"),
        _whole("at_ns"),
        _key("entries", "entry_id"),
        _reference("entries", "deals", "deal_id", "version"),
    )
    op.create_index("ix_entries_deal_id", "entries", ["deal_id"])
    op.create_table(
        "postings",
        _text("entry_id"),
        _small("line"),
        *_texts("account", "currency"),
        _date("value_date"),
        _text("amount"),
        _key("postings", "entry_id", "line"),
        _reference("postings", "entries", "entry_id"),
    )


def _positions_and_limits() -> None:
    op.create_table(
        "positions",
        *_texts("book", "currency"),
        _date("value_date"),
        _text("amount"),
        _whole("at_ns"),
        _key("positions", "book", "currency", "value_date"),
    )
    op.create_table("pnl", *_texts("pair", "result"), _whole("at_ns"), _key("pnl", "pair"))
    op.create_table(
        "limits",
        *_texts("limit_id", "utilisation", "reserved", "maximum"),
        _whole("at_ns"),
        _key("limits", "limit_id"),
    )


def _quotes_and_decisions() -> None:
    op.create_table(
        "quotes",
        *_texts("quote_id", "request_id", "rfq_id", "venue", "counterparty", "pair", "amount"),
        _text("bid", nullable=True),
        _text("offer", nullable=True),
        _date("value_date"),
        _whole("at_ns"),
        _whole("valid_until_ns"),
        _text("replaces", nullable=True),
        _text("ending", nullable=True),
        _whole("ended_at_ns", nullable=True),
        _key("quotes", "quote_id"),
    )
    _find_by("quotes", "rfq_id")
    op.create_table(
        "decisions",
        *_place(),
        *_texts("subject", "kind", "outcome", "reason", "detail"),
        *_texts("venue", "counterparty", "pair", "amount", "side"),
        _text("quote_id", nullable=True),
        *_texts("strategy", "facts", "because"),
        _key("decisions", "segment", "sequence", "number"),
    )
    _find_by("decisions", "subject")
    op.create_index("ix_decisions_outcome_kind_reason", "decisions", ["outcome", "kind", "reason"])


def _incidents() -> None:
    op.create_table(
        "breaks",
        *_place(),
        *_texts("break_id", "venue", "kind", "exec_id", "detail"),
        _key("breaks", "segment", "sequence", "number"),
    )
    op.create_table(
        "alerts",
        *_place(),
        *_texts("code", "text"),
        _key("alerts", "segment", "sequence", "number"),
    )
    op.create_table(
        "dealing_states",
        *_place(),
        _text("halts"),
        _key("dealing_states", "segment", "sequence", "number"),
    )


def _days() -> None:
    op.create_table(
        "days",
        _date("trade_date"),
        _date("next_trade_date"),
        _whole("at_ns"),
        _key("days", "trade_date"),
    )
    op.create_table(
        "day_positions",
        _date("trade_date"),
        *_texts("book", "currency"),
        _date("value_date"),
        _text("amount"),
        _key("day_positions", "trade_date", "book", "currency", "value_date"),
        _reference("day_positions", "days", "trade_date"),
    )
    op.create_table(
        "day_pnl",
        _date("trade_date"),
        *_texts("pair", "result"),
        _key("day_pnl", "trade_date", "pair"),
        _reference("day_pnl", "days", "trade_date"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        _whole("sequence"),
        *_texts("message_id", "topic"),
        sa.Column("payload", sa.Text(), nullable=False),
        _text("payload_hash"),
        _whole("at_ns"),
        _whole("attempts"),
        _whole("sent_at_ns"),
        _whole("acknowledged_at_ns", nullable=True),
        _text("ack_hash", nullable=True),
        _whole("conflicts"),
        _key("outbox", "sequence"),
    )
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"], unique=True)
    still_open = sa.text("acknowledged_at_ns IS NULL")
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["sequence"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
