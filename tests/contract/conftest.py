"""The PostgreSQL server that the contract tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store.database import open_database
from tests.contract.postgres_server import PACKAGE, PostgresServer, binaries


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server. Where PostgreSQL is not installed the tests are skipped, but not in CI."""
    programs = binaries()
    if programs is None:
        reason = f"PostgreSQL is not installed (`apt-get install -y {PACKAGE}`)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables, to copy: making them costs a tenth of a second each time."""
    path = tmp_path_factory.mktemp("store") / "empty.sqlite"
    open_database(f"sqlite:///{path}").close()
    return path
