"""Asks, and every quote that came on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _texts(*names: str, nullable: bool = False) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, _TEXT, nullable=nullable) for name in names)


def upgrade() -> None:
    """New tables only."""
    op.create_table(
        "asks",
        *_texts("ask_id", "request", "actor", "reason", "product", "pair", "side", "amount"),
        *_texts("currency", nullable=True),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("far_value_date", sa.Date(), nullable=True),
        sa.Column("two_way", sa.Boolean(), nullable=False),
        *_texts("limit_price", nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("decide_ns", sa.BigInteger(), nullable=False),
        sa.Column("open_until_ns", sa.BigInteger(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        *_texts("ending", "order_id", nullable=True),
        *_texts("because", nullable=True),
        sa.Column("ended_at_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ask_id", name="pk_asks"),
    )
    op.create_table(
        "ask_quotes",
        *_texts("ask_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_word", sa.Boolean(), nullable=False),
        *_texts("venue", "maker", "request_id", "quote_id"),
        *_texts("price", nullable=True),
        sa.Column("received_ns", sa.BigInteger(), nullable=False),
        *_texts("outcome", "detail"),
        sa.PrimaryKeyConstraint("ask_id", "number", name="pk_ask_quotes"),
    )
