"""Users, their API tokens and sessions, and who was let in or refused: owned, not projected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Nobody is a user yet."""
    op.create_table(
        "users",
        *_texts("name", "role", "password_hash", "created_by"),
        *_times("created_ns", "locked_until_ns"),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "api_tokens",
        *_texts("token_id", "user", "secret_hash", "label"),
        *_times("created_ns", "expires_ns", "used_ns", "revoked_ns"),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
    )
    op.create_table(
        "sessions",
        *_texts("session_id", "user", "csrf_hash"),
        *_times("created_ns", "expires_ns", "used_ns", "ended_ns"),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
    )
    op.create_table(
        "access_attempts",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *_texts("user", "how", "action", "code", "detail"),
        *_times("at_ns"),
        sa.PrimaryKeyConstraint("number", name="pk_access_attempts"),
    )
