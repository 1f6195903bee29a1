"""The owned tables: users, their tokens and sessions, and who was let in or refused what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table, func, select

from connectors.store import schema
from connectors.store.database import BUSY_TIMEOUT_MS, open_database, patiently
from robot.access import Attempt, Session, Token, User

T = TypeVar("T", bound=msgspec.Struct)


class SqlUsers:
    """`robot.access.UserStore` on SQLite or PostgreSQL. Every method is one short transaction."""

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._database = open_database(url, busy_timeout_ms=busy_timeout_ms)

    def close(self) -> None:
        """Release the database."""
        self._database.close()

    def user(self, name: str) -> User | None:
        """By name."""
        return self._one(schema.users, User, name=name)

    def users(self) -> Sequence[User]:
        """All, by name."""
        return self._all(schema.users, User)

    def put_user(self, user: User) -> None:
        """Add or replace."""
        self._put(schema.users, user)

    def token(self, token_id: str) -> Token | None:
        """By its public part."""
        return self._one(schema.api_tokens, Token, token_id=token_id)

    def tokens(self, user: str) -> Sequence[Token]:
        """All of a user."""
        return self._all(schema.api_tokens, Token, user=user)

    def put_token(self, token: Token) -> None:
        """Add or replace."""
        self._put(schema.api_tokens, token)

    def session(self, session_id: str) -> Session | None:
        """By the hash of its key."""
        return self._one(schema.sessions, Session, session_id=session_id)

    def sessions(self, user: str) -> Sequence[Session]:
        """All of a user."""
        return self._all(schema.sessions, Session, user=user)

    def put_session(self, session: Session) -> None:
        """Add or replace."""
        self._put(schema.sessions, session)

    def record(self, attempt: Attempt) -> None:
        """One more; never changed."""

        def add() -> None:
            table = schema.access_attempts
            with self._database.transaction("record an access") as connection:
                last = connection.execute(select(func.max(table.c.number))).scalar() or 0
                row = {"number": last + 1, **msgspec.to_builtins(attempt)}
                connection.execute(table.insert(), row)

        patiently(add)

    def attempts(self, newest: int) -> Sequence[Attempt]:
        """The newest ones, oldest first."""
        table = schema.access_attempts
        statement = select(table).order_by(table.c.number.desc()).limit(newest)
        with self._database.reading("read who was let in") as connection:
            rows = connection.execute(statement).mappings().all()
        return [_made(Attempt, row) for row in reversed(rows)]

    def _one(self, table: Table, kind: type[T], **key: str) -> T | None:
        found = self._all(table, kind, **key)
        return found[0] if found else None

    def _all(self, table: Table, kind: type[T], **where: str) -> list[T]:
        statement = select(table).order_by(*table.primary_key)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)

        def read() -> list[T]:
            with self._database.reading("read users") as connection:
                return [_made(kind, row) for row in connection.execute(statement).mappings()]

        return patiently(read)

    def _put(self, table: Table, row: msgspec.Struct) -> None:
        values: dict[str, Any] = msgspec.to_builtins(row)
        (key,) = table.primary_key

        def put() -> None:
            with self._database.transaction("write users") as connection:
                known = table.update().where(key == values[key.name]).values(values)
                if connection.execute(known).rowcount == 0:
                    connection.execute(table.insert(), values)

        patiently(put)


def _made(kind: type[T], row: Any) -> T:
    names = {field.name for field in msgspec.structs.fields(kind)}
    return msgspec.convert({name: row[name] for name in names}, kind)
