"""The store on PostgreSQL: the contracts, what only a server can do, the same rows as on SQLite."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, make_url, text

from connectors.store.database import Database, clear, open_database
from connectors.store.errors import StoreError, StoreUnavailable
from connectors.store.projection import SqlStore
from connectors.store.queries import open_queries
from robot.errors import TemporarilyUnavailable
from robot.ports import ProjectedTurn
from tests.contract.deals_contract import DealsContract
from tests.contract.outbox_contract import OutboxContract, OutboxUnderTest, make_row
from tests.contract.outbox_on_sql import FilledSqlOutbox
from tests.contract.postgres_server import PostgresServer
from tests.contract.schema_contract import SchemaContract
from tests.contract.store_contract import dump
from tests.contract.store_data import (
    DAY,
    SEGMENT,
    booked,
    day_closed,
    decided,
    ended,
    turn,
    usual_turns,
)
from tests.contract.users_contract import UsersContract
from tests.kit.deals import every_product


class OnPostgres:
    """Gives each test databases on the shared server; they are emptied and given out again."""

    @pytest.fixture(autouse=True)
    def _server(self, postgres: PostgresServer) -> Iterator[None]:
        self.server = postgres
        self._used: list[str] = []
        yield
        for url in self._used:
            with open_database(url) as database:
                clear(database)
            _EMPTY.append(url)

    def new_url(self) -> str:
        return self.server.new_database()

    def create_url(self) -> str:
        if _EMPTY:
            url = _EMPTY.pop()
        else:
            url = self.server.new_database()
            open_database(url).close()
        self._used.append(url)
        return url


OF_EVERY_PRODUCT = [
    msgspec.structs.replace(deal, version=number)
    for number, deal in enumerate(every_product().values(), 1)
]

_EMPTY: list[str] = []
"""Databases with tables and without rows."""


class TestPostgresSchema(OnPostgres, SchemaContract):
    pass


class TestPostgresStore(OnPostgres, DealsContract):
    examples = 10

    def test_the_rows_are_those_of_sqlite(self, tmp_path: Path) -> None:
        turns = [
            *usual_turns(1, 20),
            turn(21, ended(3, "X"), decided("询价\x00"), day_closed(DAY)),
            *(turn(22 + n, booked(agreed)) for n, agreed in enumerate(OF_EVERY_PRODUCT)),
        ]
        urls = [self.create_url(), f"sqlite:///{tmp_path}/same.sqlite"]
        for url in urls:
            with self.store(url) as store:
                store.project(turns)
        assert dump(urls[0]) == dump(urls[1])

    def test_after_a_crash_of_the_server_the_batch_may_be_repeated(self) -> None:
        url = self.create_url()
        with self.store(url) as store:
            store.project(usual_turns(1, 2))
            self.server.stop()
            try:
                with pytest.raises(TemporarilyUnavailable):
                    store.project(usual_turns(1, 4))
            finally:
                self.server.start()
            store.project(usual_turns(1, 4))
            assert (SEGMENT, 4) == store.applied()
        with open_queries(url) as queries:
            assert 4 == queries.counts().deals

    def test_a_connection_cut_in_the_middle_of_a_batch_stores_nothing_of_it(self) -> None:
        url = self.create_url()
        with self.store(url) as store, open_database(url) as other:
            store.project(usual_turns(1, 2))
            with other.transaction("hold the table") as connection:
                connection.execute(text("LOCK TABLE decisions IN EXCLUSIVE MODE"))
                errors = list[StoreError]()
                projecting = threading.Thread(target=catching(errors, store, usual_turns(3, 4)))
                projecting.start()
                cut_who_waits(connection)
                projecting.join(20)
            assert [StoreUnavailable] == [type(error) for error in errors]
            assert (SEGMENT, 2) == store.applied()
            store.project(usual_turns(3, 4))
        with open_queries(url) as queries:
            assert 4 == queries.counts().deals

    def test_a_lock_that_stays_is_an_error_that_may_pass(self) -> None:
        url = self.create_url()
        with self.store(url, busy_timeout_ms=20) as store, open_database(url) as other:
            with other.transaction("hold the row") as connection:
                connection.execute(text("SELECT * FROM applied FOR UPDATE"))
                with pytest.raises(StoreUnavailable, match="lock timeout"):
                    store.project(usual_turns(1, 2))
            store.project(usual_turns(1, 2))

    @pytest.mark.parametrize(
        ("state", "advice", "may_pass"),
        [
            ("53100", "out of disk", True),
            ("53200", "out of disk, memory", True),
            ("53300", "connections", True),
            ("58030", "disk fails", True),
            ("40001", "try again", True),
            ("57P03", "stops or starts", True),
            ("25006", "read-only replica", False),
            ("42501", "grant this user the right", False),
        ],
    )
    def test_a_server_that_cannot_write_is_told_and_the_batch_may_be_repeated(
        self, state: str, advice: str, may_pass: bool
    ) -> None:
        url = self.create_url()
        with self.store(url) as store, open_database(url) as other:
            store.project(usual_turns(1, 2))
            with failing_inserts(other, state):
                with pytest.raises(StoreError, match=advice) as told:
                    store.project(usual_turns(3, 4))
                assert may_pass == isinstance(told.value, TemporarilyUnavailable)
            assert (SEGMENT, 2) == store.applied()
            store.project(usual_turns(3, 4))
            assert (SEGMENT, 4) == store.applied()

    @pytest.mark.parametrize("wrong", ["password", "database", "port"])
    def test_no_error_tells_the_password(self, wrong: str) -> None:
        url = make_url(self.create_url())
        wrongly = {
            "password": url.set(password="canary-4711"),
            "database": url.set(database="nowhere"),
            "port": url.set(port=1),
        }[wrong]
        with pytest.raises(StoreError) as caught:
            open_database(wrongly.render_as_string(hide_password=False))
        assert wrongly.password is not None
        assert wrongly.password not in str(caught.value)
        assert "127.0.0.1" in str(caught.value)
        assert isinstance(caught.value, TemporarilyUnavailable) is (wrong == "port")

    def test_the_server_is_known_by_its_certificate(self, tmp_path: Path) -> None:
        if self.server.certificate is None:
            reason = "no openssl to make a certificate with (`apt-get install -y openssl`)"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        url = make_url(self.create_url())
        known = url.update_query_dict({"ca_file": str(self.server.certificate)})
        used = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        with (
            open_database(known.render_as_string(hide_password=False)) as database,
            database.reading("look") as connection,
        ):
            assert connection.execute(used).scalar_one() is True
        stranger = url.update_query_dict({"ca_file": "system"})
        with pytest.raises(StoreError, match="may be another server"):
            open_database(stranger.render_as_string(hide_password=False))

    def test_the_password_may_be_in_a_file(self, tmp_path: Path) -> None:
        url = make_url(self.create_url())
        secret = tmp_path / "secret"
        secret.write_text(f"{url.password}\n")
        named = url.set(password=None).update_query_dict({"password_file": str(secret)})
        with self.store(named.render_as_string()) as store:
            assert ("", 0) == store.applied()


class TestPostgresUsers(OnPostgres, UsersContract):
    pass


class TestPostgresOutbox(OnPostgres, OutboxContract):
    @pytest.fixture(autouse=True)
    def _close(self, _server: None) -> Iterator[None]:
        self._opened: list[FilledSqlOutbox] = []
        yield
        for outbox in self._opened:
            outbox.close()

    def create_outbox(self) -> OutboxUnderTest:
        self._opened.append(FilledSqlOutbox(self.create_url()))
        return self._opened[-1]

    def test_two_acknowledgements_at_once_close_a_row_once(self) -> None:
        first, row = FilledSqlOutbox(self.create_url()), make_row(1)
        self._opened.append(first)
        first.add(row)
        outcomes, barrier = list[str](), threading.Barrier(2)

        def acknowledge(outbox: FilledSqlOutbox) -> None:
            barrier.wait(10)
            outcomes.append(outbox.acknowledge(row.message_id, row.payload_hash, 5))

        second = FilledSqlOutbox(first.url)
        self._opened.append(second)
        threads = [threading.Thread(target=acknowledge, args=(o,)) for o in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert ["ALREADY_CLOSED", "CLOSED"] == sorted(outcomes)


@contextmanager
def failing_inserts(database: Database, state: str) -> Iterator[None]:
    """The server refuses decisions with this SQLSTATE: what a full disk is to whoever writes."""
    raising = f"BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END"
    on_insert = "BEFORE INSERT ON decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
    with database.transaction("begin to refuse") as connection:
        connection.execute(
            text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$")
        )
        connection.execute(text(f"CREATE TRIGGER refuse {on_insert}"))
    try:
        yield
    finally:
        with database.transaction("refuse no more") as connection:
            connection.execute(text("DROP FUNCTION refuse() CASCADE"))


def catching(
    errors: list[StoreError], store: SqlStore, turns: Sequence[ProjectedTurn]
) -> Callable[[], None]:
    """To project in a thread, and keep the error."""

    def run() -> None:
        try:
            store.project(turns)
        except StoreError as error:
            errors.append(error)

    return run


def cut_who_waits(connection: Connection) -> None:
    """Cut the connection of whoever waits for a lock of ours, once there is one."""
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    )
    deadline = time.monotonic() + 10
    while not connection.execute(cut).all():
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)
