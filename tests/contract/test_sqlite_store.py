"""The store on SQLite: the contract, and what only a file can do."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.store.database import open_database, open_read_only
from connectors.store.errors import StoreError, StoreUnavailable
from connectors.store.outbox import SqlOutbox
from connectors.store.projection import SqlStore
from connectors.store.queries import open_queries
from robot.errors import TemporarilyUnavailable
from tests.contract.deals_contract import DealsContract
from tests.contract.outbox_contract import OutboxContract, OutboxUnderTest, make_row
from tests.contract.outbox_on_sql import FilledSqlOutbox
from tests.contract.schema_contract import SchemaContract
from tests.contract.store_data import SEGMENT, usual_turns
from tests.contract.users_contract import UsersContract


class OnSqlite:
    """Gives each test files in its own folder, the first one is `1.sqlite`."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, empty_sqlite: Path) -> None:
        self.folder = tmp_path
        self._empty_file = empty_sqlite
        self._count = 0

    def new_url(self) -> str:
        self._count += 1
        return f"sqlite:///{self.folder}/{self._count}.sqlite"

    def create_url(self) -> str:
        url = self.new_url()
        shutil.copyfile(self._empty_file, self.folder / f"{self._count}.sqlite")
        return url


class TestSqliteSchema(OnSqlite, SchemaContract):
    pass


class TestSqliteStore(OnSqlite, DealsContract):
    def test_what_is_committed_is_synced(self) -> None:
        with (
            open_database(self.create_url()) as database,
            database.reading("look") as connection,
        ):
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert ["wal", 2, 1] == found

    def test_only_the_owner_may_read_a_new_database(self) -> None:
        path = self.folder / "state" / "robot.sqlite"
        with self.store(f"sqlite:///{path}") as store:
            store.project(usual_turns(1, 1))
            modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert {0o600} == modes

    @pytest.mark.parametrize("name", ["a b.sqlite", "50%.sqlite", "询价#1.sqlite"])
    def test_the_file_may_have_any_name(self, name: str) -> None:
        with self.store(f"sqlite:///{self.folder}/{name}") as store:
            store.project(usual_turns(1, 2))
        with open_queries(f"sqlite:///{self.folder}/{name}") as queries:
            assert 2 == queries.counts().deals
        assert (self.folder / name).exists()

    def test_a_locked_database_is_waited_for_and_the_batch_may_be_repeated(self) -> None:
        url = self.create_url()
        with self.store(url, busy_timeout_ms=30) as store:
            with locked(self.folder / "1.sqlite"):
                with pytest.raises(TemporarilyUnavailable, match=r"locked.*fuser.*1\.sqlite"):
                    store.project(usual_turns(1, 3))
                with open_queries(url) as queries:
                    assert 0 == queries.counts().deals
            store.project(usual_turns(1, 3))
            assert (SEGMENT, 3) == store.applied()

    def test_a_full_disk_stores_nothing_and_the_batch_may_be_repeated(self) -> None:
        url = self.create_url()
        with self.store(url) as store:
            pages = set_pages_max(store, 1)
            set_pages_max(store, pages + 3)
            with pytest.raises(StoreUnavailable, match="disk is full"):
                store.project(usual_turns(1, 200))
            assert ("", 0) == store.applied()
            set_pages_max(store, 100_000)
            store.project(usual_turns(1, 200))
        with open_queries(url) as queries:
            assert 200 == queries.counts().deals

    @pytest.mark.slow
    def test_a_killed_projector_leaves_whole_turns_and_goes_on_from_there(self) -> None:
        url = self.create_url()
        open_database(url).close()
        reached = 0
        for _ in range(2):
            with projector(url) as process:
                reached = wait_for_turns(url, reached + 25)
                process.send_signal(signal.SIGKILL)
            with open_queries(url) as queries:
                counts = queries.counts()
                assert counts.sequence >= reached
                assert counts.sequence == counts.deals == counts.quotes == counts.decisions
                assert list(range(1, counts.deals + 1)) == [
                    row.sequence for row in queries.outbox_open()
                ]
                reached = counts.sequence
        with sqlite3.connect(self.folder / "1.sqlite") as connection:
            assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()

    def test_readers_do_not_wait_for_a_writer(self) -> None:
        url = self.create_url()
        with self.store(url) as store:
            store.project(usual_turns(1, 3))
            with (
                locked(self.folder / "1.sqlite"),
                open_queries(url, busy_timeout_ms=0) as queries,
            ):
                assert 3 == queries.counts().deals

    def test_a_file_that_is_no_database_is_refused_and_kept(self) -> None:
        path = self.folder / "notes.txt"
        path.write_text("not a database at all, " * 100)
        before = path.read_bytes()
        for opening in (open_database, open_read_only):
            with pytest.raises(StoreError, match=r"no SQLite database.*notes\.txt"):
                opening(f"sqlite:///{path}")
        assert before == path.read_bytes()

    def test_a_folder_that_cannot_be_made_is_named(self) -> None:
        (self.folder / "file").write_text("")
        with pytest.raises(StoreError, match=r"file/robot\.sqlite.*"):
            open_database(f"sqlite:///{self.folder}/file/robot.sqlite")


class TestSqliteUsers(OnSqlite, UsersContract):
    pass


class TestSqliteOutbox(OnSqlite, OutboxContract):
    @pytest.fixture(autouse=True)
    def _close(self, _folder: None) -> Iterator[None]:
        self._opened: list[FilledSqlOutbox] = []
        yield
        for outbox in self._opened:
            outbox.close()

    def create_outbox(self) -> OutboxUnderTest:
        self._opened.append(FilledSqlOutbox(self.create_url()))
        return self._opened[-1]

    def test_the_relay_waits_while_the_projector_writes(self) -> None:
        outbox = FilledSqlOutbox(self.create_url())
        self._opened.append(outbox)
        row = make_row(1)
        outbox.add(row)
        holding = sqlite3.connect(self.folder / "1.sqlite", isolation_level=None)
        holding.execute("BEGIN IMMEDIATE")
        assert [row] == list(outbox.pending(0, 1))
        acknowledging = threading.Thread(
            target=outbox.acknowledge, args=(row.message_id, row.payload_hash, 5)
        )
        acknowledging.start()
        acknowledging.join(0.05)
        assert acknowledging.is_alive()
        holding.execute("COMMIT")
        holding.close()
        acknowledging.join(10)
        assert 0 == outbox.open_count()

    def test_a_database_locked_for_long_is_an_error_that_may_pass(self) -> None:
        url = self.create_url()
        outbox = SqlOutbox(url, busy_timeout_ms=5)
        with locked(self.folder / "1.sqlite"), pytest.raises(StoreUnavailable, match="locked"):
            outbox.mark_sent(["m"], 5)
        outbox.mark_sent(["m"], 5)
        outbox.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds SQLite's write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def set_pages_max(store: SqlStore, count: int) -> int:
    """Let the file grow to this many pages only; the answer is what it then may have."""
    with store._database.reading("bound the file") as connection:
        pages: int = connection.exec_driver_sql(f"PRAGMA max_page_count={count}").scalar_one()
        return pages


_PROJECTOR = """
import sys
import threading
import time
from connectors.store.projection import SqlStore
from tests.contract.store_data import encode, usual_turns

store = SqlStore(sys.argv[1], encode)
while True:
    first = store.applied()[1] + 1
    store.project(usual_turns(max(1, first - 3), first + 9))
"""


@contextmanager
def projector(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A projector in a process of its own that goes on until it is killed."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", _PROJECTOR, url], cwd=root)
    try:
        yield process
        assert -signal.SIGKILL == process.wait(10)
    finally:
        process.kill()
        process.wait(10)


def wait_for_turns(url: str, count: int) -> int:
    """Until so many turns are projected; the answer is how many."""
    deadline = time.monotonic() + 30
    with open_queries(url) as queries:
        while (reached := queries.counts().sequence) < count:
            assert time.monotonic() < deadline, f"only {reached} turns"
            time.sleep(0.002)
    return reached
