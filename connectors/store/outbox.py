"""The relay's side of the database: which messages are open, sent, acknowledged.

The projector adds the rows, in the transaction that books the deal; the relay, in a process of its
own, changes their delivery columns and nothing else. Every method is one short transaction that
waits for locks, is repeated a few times, and may be called again after `StoreUnavailable`.

Its commits are not synced one by one (measured on a busy disk: 3,900 acknowledgements/s against
260). What a power cut undoes is an acknowledgement: the message is sent again, and the back
office, which has it, acknowledges again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, update

from connectors.store.database import BUSY_TIMEOUT_MS, open_database, patiently
from connectors.store.schema import outbox
from robot.ports import AckOutcome, OutboxRow

_OPEN = outbox.c.acknowledged_at_ns.is_(None)
_ROW = tuple(outbox.c[field] for field in OutboxRow.__struct_fields__)

_PENDING = (
    select(*_ROW)
    .where(_OPEN, outbox.c.sequence > bindparam("after"))
    .order_by(outbox.c.sequence)
    .limit(bindparam("count"))
)
_MARK_SENT = (
    update(outbox)
    .where(outbox.c.message_id.in_(bindparam("message_ids", expanding=True)))
    .values(attempts=outbox.c.attempts + 1, sent_at_ns=bindparam("moment"))
)
_FIND = (
    select(outbox.c.sequence, outbox.c.payload_hash, outbox.c.acknowledged_at_ns)
    .where(outbox.c.message_id == bindparam("sought_id"))
    .with_for_update()
)
_FOUND = outbox.c.sequence == bindparam("found_sequence")
_CLOSE = (
    update(outbox)
    .where(_FOUND)
    .values(acknowledged_at_ns=bindparam("moment"), ack_hash=bindparam("reported"))
)
_CONFLICT = (
    update(outbox)
    .where(_FOUND)
    .values(conflicts=outbox.c.conflicts + 1, ack_hash=bindparam("reported"))
)
_OPEN_COUNT = select(func.count()).select_from(outbox).where(_OPEN)

_IDS_AT_ONCE = 500
"""Databases bound the parameters of one statement."""


class SqlOutbox:
    """`robot.ports.Outbox` on SQLite or PostgreSQL."""

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._database = open_database(url, busy_timeout_ms=busy_timeout_ms, synced=False)

    def pending(self, after_sequence: int, count: int) -> Sequence[OutboxRow]:
        """The first `count` open rows with a greater sequence, in order."""

        def read() -> Sequence[OutboxRow]:
            with self._database.reading("read the outbox") as connection:
                rows = connection.execute(_PENDING, {"after": after_sequence, "count": count})
                return [OutboxRow(**row) for row in rows.mappings()]

        return patiently(read)

    def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
        """Count an attempt for these."""

        def write() -> None:
            with self._database.transaction("mark messages as sent") as connection:
                for start in range(0, len(message_ids), _IDS_AT_ONCE):
                    some = list(message_ids[start : start + _IDS_AT_ONCE])
                    connection.execute(_MARK_SENT, {"message_ids": some, "moment": at_ns})

        if message_ids:
            patiently(write)

    def acknowledge(self, message_id: str, payload_hash: str, at_ns: int) -> AckOutcome:
        """The back office has it, with this hash of what it received.

        Another hash than ours is counted and kept in `ack_hash`; an open row stays open.
        """

        def write() -> AckOutcome:
            with self._database.transaction("acknowledge a message") as connection:
                return _acknowledge(connection, message_id, payload_hash, at_ns)

        return patiently(write)

    def open_count(self) -> int:
        """How many rows are not yet acknowledged."""

        def read() -> int:
            with self._database.reading("count the outbox") as connection:
                return connection.execute(_OPEN_COUNT).scalar_one()

        return patiently(read)

    def close(self) -> None:
        """Release the database."""
        self._database.close()


def _acknowledge(connection: Connection, message_id: str, reported: str, at_ns: int) -> AckOutcome:
    found = connection.execute(_FIND, {"sought_id": message_id}).one_or_none()
    if found is None:
        return AckOutcome.UNKNOWN_MESSAGE
    values = {"found_sequence": found.sequence, "reported": reported}
    if found.payload_hash != reported:
        connection.execute(_CONFLICT, values)
        return AckOutcome.HASH_DIFFERS
    if found.acknowledged_at_ns is not None:
        return AckOutcome.ALREADY_CLOSED
    connection.execute(_CLOSE, {**values, "moment": at_ns})
    return AckOutcome.CLOSED
