"""Deals that are void; orders without a price, in the counter currency, until a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """No deal of before is void, no order of before was anything but a limit in base currency."""
    op.add_column(
        "deals", sa.Column("void", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("orders") as orders:
        orders.alter_column("price", existing_type=_TEXT, nullable=True)
        orders.add_column(sa.Column("currency", _TEXT, nullable=True))
        orders.add_column(sa.Column("expires_ns", sa.BigInteger(), nullable=True))
