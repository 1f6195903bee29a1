"""Who resolved a break, why and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Three more columns; breaks of before count as open until the journal is read again."""
    op.add_column("breaks", sa.Column("resolved_by", _TEXT, nullable=True))
    op.add_column("breaks", sa.Column("resolution", _TEXT, nullable=True))
    op.add_column("breaks", sa.Column("resolved_at_ns", sa.BigInteger(), nullable=True))
