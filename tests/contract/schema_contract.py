"""What holds of the tables on every database. Subclass `SchemaContract`, return the URL of a
database
without tables from `new_url`."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, inspect, select, text
from sqlalchemy.pool import NullPool

from connectors.store import schema
from connectors.store.database import HEAD, open_database, open_read_only, revision_of
from connectors.store.errors import SchemaMismatch
from connectors.store.migrate import known_revisions, run
from connectors.store.projection import SqlStore
from connectors.store.queries import open_queries
from tests.contract.store_contract import dump
from tests.contract.store_data import deal, encode, quote, turn, usual_turns


class SchemaContract(ABC):
    """Making the tables, and refusing those of another version."""

    @abstractmethod
    def new_url(self) -> str:
        """A database without tables."""

    def test_the_migrations_make_the_tables_of_the_schema(self) -> None:
        with (
            open_database(self.new_url()) as database,
            database.reading("compare") as connection,
        ):
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert [] == compare_metadata(context, schema.METADATA)
            made = {index.name for table in schema.PROJECTED for index in table.indexes}
            assert made == _index_names(connection)

    def test_the_newest_migration_is_the_one_this_program_knows(self) -> None:
        assert HEAD == known_revisions()[0]

    def test_a_database_of_the_first_version_keeps_its_breaks_and_gets_the_new_columns(
        self,
    ) -> None:
        url = self.new_url()
        values = "'20261021-0001', 7, 0, 1, 'ALPHA X', 'ALPHA', 'ORPHAN', 'X', 'x'"
        with older(url, "0001") as connection:
            connection.execute(text(f"INSERT INTO breaks VALUES ({values})"))
        open_database(url).close()
        with open_queries(url) as queries:
            (found,) = queries.breaks()
            assert [] == queries.deals()
        assert ("ALPHA X", None, None) == (found.break_id, found.resolved_by, found.resolved_at_ns)

    def test_a_database_of_before_all_products_gets_the_rows_that_a_rebuild_makes(self) -> None:
        fresh, old = self.new_url(), self.new_url()
        store = SqlStore(fresh, encode)
        store.project([*usual_turns(1, 3), turn(4, quote(4, offer=None))])
        store.close()
        with older(old, "0003") as connection:
            copy_rows(fresh, connection)
        open_database(old).close()
        assert dump(fresh) == dump(old)
        with open_queries(old) as queries:
            assert [deal(1), deal(2), deal(3)] == queries.deals()
            assert [("SPOT", None)] == [(q.product, q.currency) for q in queries.quotes("R4")]

    def test_a_database_of_a_newer_version_is_refused_and_left_alone(self) -> None:
        url = self.new_url()
        with open_database(url) as database, database.transaction("age") as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for opening in (open_database, open_read_only):
            with pytest.raises(SchemaMismatch, match=r"revision 9999.*update this program"):
                opening(url)

    def test_a_reader_says_when_there_is_nothing_to_read(self) -> None:
        with pytest.raises(SchemaMismatch, match="start the robot"):
            open_queries(self.new_url())

    def test_opening_at_once_from_many_sides_makes_the_tables_once(self) -> None:
        url = self.new_url()
        barrier, errors = threading.Barrier(4), list[BaseException]()

        def run() -> None:
            try:
                barrier.wait(10)
                open_database(url).close()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [] == errors
        with open_read_only(url) as database, database.reading("look") as connection:
            assert HEAD == revision_of(connection)


@contextmanager
def older(url: str, revision: str) -> Iterator[Connection]:
    """A database as a program of before made it, to be filled."""
    options = {} if url.startswith("sqlite") else {"ssl_context": False}
    engine = create_engine(url, poolclass=NullPool, connect_args=options)
    with engine.begin() as connection:
        run(connection, revision)
        yield connection
    engine.dispose()


def copy_rows(url: str, to: Connection) -> None:
    """All rows of `url`, as far as the tables and columns of `to` go; texts as they are stored."""
    tables = MetaData()
    tables.reflect(to)
    with open_read_only(url) as database, database.reading("copy") as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = connection.execute(select(table)).mappings().all()
            to.execute(table.delete())
            if rows:
                to.execute(table.insert(), [dict(row) for row in rows])


def _index_names(connection: Any) -> set[str]:
    inspector = inspect(connection)
    names = (
        index["name"] for table in schema.PROJECTED for index in inspector.get_indexes(table.name)
    )
    return {str(name) for name in names}
