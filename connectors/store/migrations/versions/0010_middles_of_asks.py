"""A maker's quote with the middle of our market when it came, and the amount it was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Of quotes of before neither was kept here."""
    for name in ("amount", "mid"):
        op.add_column("ask_quotes", sa.Column(name, _TEXT, nullable=True))
