"""The PostgreSQL server that the contract tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.contract.postgres_server import PACKAGE, PostgresServer, binaries


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server. Without PostgreSQL on the machine the tests are skipped, but never in CI."""
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
