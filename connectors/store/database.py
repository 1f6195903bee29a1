"""Opening the database by its URL: the right guarantees set, the tables brought up to date.

    sqlite:////var/lib/fxrobot/robot.sqlite
    postgresql+pg8000://fxrobot@db.bank.example/fxrobot?password_file=FILE&ca_file=FILE

Committed means on disk: SQLite runs in WAL mode with `synchronous=FULL`. Writers take SQLite's
write lock when their transaction begins, so that none fails half-way for want of it.
"""

from __future__ import annotations

import os
import sqlite3
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, StatementError
from sqlalchemy.pool import QueuePool

from connectors.store.errors import SchemaMismatch, StoreError, StoreUnavailable, explained
from connectors.store.schema import PROJECTED, applied

HEAD = "0010"
"""The revision of `migrations/` that this program reads and writes."""

BUSY_TIMEOUT_MS = 5_000
"""How long one transaction waits for a lock that another process holds."""

ATTEMPTS = 3
"""How often a short transaction is tried before its failure is handed on."""

_READING = "fxrobot_reading"
_PAUSE_S = 0.1
_CONNECTION_TIMEOUT_S = 30
_MIGRATION_LOCK = 0x6678726F  # PostgreSQL's advisory lock is a number; "fxro"
_OPTIONS = ("password_file", "ca_file", "tls")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", None)
_EXAMPLES = "sqlite:///state/robot.sqlite or postgresql+pg8000://user@host/database"

T = TypeVar("T")


class Access(NamedTuple):
    """How a database is opened; see `open_database`."""

    busy_timeout_ms: int
    read_only: bool = False
    synced: bool = True


class Database:
    """One connection to one database. Several threads may use it, one after the other."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where

    @contextmanager
    def transaction(self, doing: str) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, undone by an exception in it."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (StatementError, OSError) as error:
            raise explained(error, doing, self.where) from error

    @contextmanager
    def reading(self, doing: str) -> Iterator[Connection]:
        """A transaction that only reads: on SQLite it waits for no writer and holds none up."""
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{_READING: True})
                with connection.begin():
                    yield connection
        except (StatementError, OSError) as error:
            raise explained(error, doing, self.where) from error

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Release the connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_database(
    url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, synced: bool = True
) -> Database:
    """For a writer: the database is made if it is not there, and its tables brought up to date.

    `synced` False: a power cut may undo the last commits of this connection, whole and in order.
    """
    target = parse_url(url)
    if target.get_backend_name() == "sqlite":
        _make_file(Path(str(target.database)))
    access = Access(busy_timeout_ms, synced=synced)
    database = Database(_engine(target, access), _where(target))
    try:
        patiently(lambda: _upgrade(database))
    except BaseException:
        database.close()
        raise
    return database


def open_read_only(url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Database:
    """For a reader: nothing can be written through it, and the tables must be up to date."""
    target = parse_url(url)
    if target.get_backend_name() == "sqlite" and not Path(str(target.database)).exists():
        raise SchemaMismatch(f"no database at {target.database}: start the robot, it makes one")
    access = Access(busy_timeout_ms, read_only=True)
    database = Database(_engine(target, access), _where(target))
    try:
        with database.reading("read the database's version") as connection:
            _check_revision(revision_of(connection), database.where)
    except BaseException:
        database.close()
        raise
    return database


def parse_url(url: str) -> URL:
    """The URL of the settings; the password may be in a file, which `password_file` names."""
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):  # not quoted: it may hold a password
        raise StoreError(f"not a database URL: write {_EXAMPLES}") from None
    if target.drivername not in ("sqlite", "postgresql+pg8000"):
        raise StoreError(f"unknown kind of database {target.drivername!r}: write {_EXAMPLES}")
    if target.drivername == "sqlite" and target.database in (None, "", ":memory:"):
        raise StoreError(f"several processes share the database: name a file, {_EXAMPLES}")
    options = _OPTIONS if target.drivername != "sqlite" else ()
    unknown = sorted(set(target.query) - set(options))
    if unknown:
        known = f"there are {', '.join(options)}" if options else "a file has none"
        raise StoreError(f"unknown option {unknown[0]!r} in the database URL: {known}")
    if "password_file" in target.query:
        path = Path(str(target.query["password_file"]))
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise StoreError(f"cannot read the password file {path}: {error.strerror}") from error
        target = target.set(password=secret).difference_update_query(["password_file"])
    return target


def patiently(action: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
    """The result of `action`, which is repeated a few times while the database is unavailable."""
    for _ in range(attempts - 1):
        try:
            return action()
        except StoreUnavailable:
            time.sleep(_PAUSE_S)
    return action()


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables that are there; None = there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def clear(database: Database) -> None:
    """Empty every projected table, for a rebuild from the journal. Forgets deliveries too."""
    with database.transaction("empty the tables") as connection:
        for table in reversed(PROJECTED):
            if table is not applied:
                connection.execute(table.delete())
        start = {"segment": "", "sequence": 0, "at_ns": 0, "outbox_sequence": 0}
        connection.execute(applied.update().values(start))


def _where(target: URL) -> str:
    plain = target.render_as_string(hide_password=True)
    return str(target.database) if target.get_backend_name() == "sqlite" else plain


def _make_file(path: Path) -> None:
    """Only its owner may read it: it holds every deal. Its side files get the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"cannot use the database file {path}: {error.strerror}") from error


def _engine(target: URL, access: Access) -> Engine:
    if target.get_backend_name() == "sqlite":
        return _sqlite(Path(str(target.database)), access)
    return _postgresql(target, access)


def _sqlite(path: Path, access: Access) -> Engine:
    name = f"file:{quote(str(path.absolute()))}?mode={'ro' if access.read_only else 'rw'}"

    def connect() -> sqlite3.Connection:
        # isolation_level=None: Python's driver begins no transactions of its own, ours begin below.
        connection = sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, access)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = access.read_only or connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _prepare(connection: sqlite3.Connection, access: Access) -> None:
    connection.execute(f"PRAGMA busy_timeout={access.busy_timeout_ms:d}")
    if access.read_only:
        return
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(f"no WAL mode here ({mode}): use a local disk")
    connection.execute(f"PRAGMA synchronous={'FULL' if access.synced else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys=ON")


def _postgresql(target: URL, access: Access) -> Engine:
    target, tls = _tls(target)
    options: dict[str, Any] = {}
    if access.read_only:  # one snapshot for the whole transaction, as SQLite gives its readers
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        engine = create_engine(
            target,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "timeout": _CONNECTION_TIMEOUT_S,
                "application_name": "fxrobot",
                "ssl_context": tls,
            },
            execution_options=options,
        )
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs the extra: pip install 'fxrobot[postgres]'") from None

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {access.busy_timeout_ms:d}")
        if not access.synced:
            cursor.execute("SET synchronous_commit = off")
        connection.commit()

    return engine


def _tls(target: URL) -> tuple[URL, ssl.SSLContext | bool]:
    """How the server is known: by a certificate of this authority, for this host name.

    Left to itself the driver would encrypt where it can and check nothing.
    """
    query = dict(target.query)
    ca_file, wanted = query.pop("ca_file", None), query.pop("tls", "on")
    target = target.set(query=query)
    if ca_file is not None:
        try:
            file = None if ca_file == "system" else str(ca_file)
            return target, ssl.create_default_context(cafile=file)
        except OSError as error:
            raise StoreError(
                f"cannot use the certificates in ca_file {ca_file}: {error}"
            ) from error
    if wanted == "off" or target.host in _THIS_MACHINE:
        return target, False
    raise StoreError(
        f"deals would go to {target.host} unencrypted: name its certificate authority in the URL"
        " (`?ca_file=FILE`, `?ca_file=system`), or allow that with `?tls=off`"
    )


def _upgrade(database: Database) -> None:
    with database.transaction("bring the tables up to date") as connection:
        if not database.is_sqlite:  # SQLite's write lock is already taken
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        revision = revision_of(connection)
        if revision != HEAD:
            # Alembic costs a third of a second to import: only when there is something to do.
            from connectors.store.migrate import known_revisions, run

            if revision is not None and revision not in known_revisions():
                _check_revision(revision, database.where)
            run(connection)


def _check_revision(revision: str | None, where: str) -> None:
    if revision is None:
        raise SchemaMismatch(f"{where} has no tables yet: start the robot, it makes them")
    if revision != HEAD:
        newer = revision > HEAD
        advice = "update this program" if newer else "start the robot, it updates the tables"
        raise SchemaMismatch(
            f"{where} has the tables of {'a newer' if newer else 'an older'} version (revision"
            f" {revision}, this program knows {HEAD}): {advice}, or name another database"
        )
