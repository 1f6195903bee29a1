"""What Alembic runs: the migrations, on the connection that `migrate.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from connectors.store.schema import METADATA


def upgrade(connection: Connection) -> None:
    """All missing migrations in the transaction that `connection` is in: all of them or none."""
    context.configure(
        connection=connection, target_metadata=METADATA, transactional_ddl=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()


upgrade(context.config.attributes["connection"])
