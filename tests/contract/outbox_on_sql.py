"""The outbox of a database, with the door for tests that the outbox contract asks for."""

from __future__ import annotations

from connectors.store.database import open_database
from connectors.store.outbox import SqlOutbox
from connectors.store.schema import outbox
from robot.ports import OutboxRow


class FilledSqlOutbox(SqlOutbox):
    """`SqlOutbox` that can also be filled, on a connection of its own as the projector's is."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url
        self._filling = open_database(url)

    def add(self, row: OutboxRow) -> None:
        """Commit one more row."""
        values = {field: getattr(row, field) for field in row.__struct_fields__}
        with self._filling.transaction("fill the outbox") as connection:
            connection.execute(outbox.insert().values(**values, at_ns=1, conflicts=0))

    def close(self) -> None:
        self._filling.close()
        super().close()
