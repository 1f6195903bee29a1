"""Orders of ours, and which deals they made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """What was dealt before was dealt as maker."""
    op.add_column(
        "deals", sa.Column("as_taker", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "orders",
        sa.Column("order_id", _TEXT, nullable=False),
        *(
            sa.Column(name, _TEXT, nullable=False)
            for name in ("venue", "pair", "side", "amount", "kind", "price", "time_in_force")
        ),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("ending", _TEXT, nullable=True),
        sa.Column("filled", _TEXT, nullable=True),
        sa.Column("ended_at_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
    )
