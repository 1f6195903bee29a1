"""The owned tables: users, their tokens and sessions, and who was let in or refused what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table, func, select, text

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

    def add_user(self, user: User) -> None:
        """One more; StoreError where the name is there already."""
        self._add(schema.users, user)

    def change_user(self, name: str, **values: object) -> None:
        """These columns only: what another changes meanwhile stays changed."""
        self._change(schema.users, name, values)

    def count_failure(self, name: str) -> int:
        """One more wrong password of a user; how many there are in a row."""
        column = schema.users.c.failures
        statement = schema.users.update().where(schema.users.c.name == name)
        counting = statement.values(failures=column + 1).returning(column)

        def count() -> int:
            with self._database.transaction("write users") as connection:
                return int(connection.execute(counting).scalar_one())

        return patiently(count)

    def token(self, token_id: str) -> Token | None:
        """By its public part."""
        return self._one(schema.api_tokens, Token, token_id=token_id)

    def tokens(self, user: str) -> Sequence[Token]:
        """All of a user."""
        return self._all(schema.api_tokens, Token, user=user)

    def add_token(self, token: Token) -> None:
        """One more."""
        self._add(schema.api_tokens, token)

    def change_token(self, token_id: str, **values: object) -> None:
        """These columns only."""
        self._change(schema.api_tokens, token_id, values)

    def session(self, session_id: str) -> Session | None:
        """By the hash of its key."""
        return self._one(schema.sessions, Session, session_id=session_id)

    def sessions(self, user: str) -> Sequence[Session]:
        """All of a user."""
        return self._all(schema.sessions, Session, user=user)

    def add_session(self, session: Session) -> None:
        """One more."""
        self._add(schema.sessions, session)

    def change_session(self, session_id: str, **values: object) -> None:
        """These columns only."""
        self._change(schema.sessions, session_id, values)

    def record(self, attempt: Attempt) -> None:
        """One more; never changed."""

        def add() -> None:
            table = schema.access_attempts
            with self._database.transaction("record an access") as connection:
                if connection.dialect.name == "postgresql":  # there two may read the same last one
                    connection.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))
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

    def _add(self, table: Table, row: msgspec.Struct) -> None:
        values: dict[str, Any] = msgspec.to_builtins(row)

        def add() -> None:
            with self._database.transaction("write users") as connection:
                connection.execute(table.insert(), values)

        patiently(add)

    def _change(self, table: Table, key: str, values: Mapping[str, object]) -> None:
        (column,) = table.primary_key
        statement = table.update().where(column == key).values(msgspec.to_builtins(values))

        def change() -> None:
            with self._database.transaction("write users") as connection:
                connection.execute(statement)

        patiently(change)


def _made(kind: type[T], row: Any) -> T:
    names = {field.name for field in msgspec.structs.fields(kind)}
    return msgspec.convert({name: row[name] for name in names}, kind)
