"""What a result stands on that is not the market of the moment; an end of day without a result."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Nobody knows of results of before how old their prices were: they stand as they are."""
    for table in ("pnl", "day_pnl"):
        for name in ("mid_age_ms", "points_age_ms"):
            column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            op.add_column(table, column)
        op.add_column(table, sa.Column("incomplete", _TEXT, nullable=True))
    with op.batch_alter_table("day_pnl") as day_pnl:
        day_pnl.alter_column("result", existing_type=_TEXT, nullable=True)
