"""Which deals' value dates rest on days that are computed and not announced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more column; deals of before were dated without such days."""
    op.add_column(
        "deals",
        sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
