"""The URL of the settings, and what errors say."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from connectors.store.database import open_database, open_read_only, parse_url, patiently
from connectors.store.errors import StoreError, StoreUnavailable, explained
from robot.errors import TemporarilyUnavailable


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "not a database URL"),
        ("robot.sqlite", "not a database URL"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("mysql://host/robot", "unknown kind of database 'mysql'"),
        ("postgresql://host/robot", "unknown kind of database 'postgresql'"),
        ("postgresql+pg8000://u:canary@h:port/db", "not a database URL"),
        ("sqlite:///robot.sqlite?mode=ro", "unknown option 'mode'.*a file has none"),
        ("postgresql+pg8000://u@h/db?sslmode=require", "unknown option 'sslmode'.*ca_file"),
        ("postgresql+pg8000://u@h/db?password_file=/no/such/file", "/no/such/file: No such file"),
    ],
)
def test_a_url_that_names_no_usable_database_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(StoreError, match=complaint) as caught:
        parse_url(url)
    assert "canary" not in str(caught.value)


def test_the_password_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("pässword \n", encoding="utf-8")
    target = parse_url(f"postgresql+pg8000://u@h/db?password_file={tmp_path}/secret")
    assert "pässword" == target.password
    assert {} == dict(target.query)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("", "unencrypted.*ca_file"),
        ("?tls=on", "unencrypted"),
        ("?ca_file=/no/such/file", "cannot use the certificates in ca_file /no/such/file"),
    ],
)
def test_deals_do_not_go_to_another_machine_unencrypted(query: str, complaint: str) -> None:
    pytest.importorskip("pg8000")
    with pytest.raises(StoreError, match=complaint):
        open_read_only(f"postgresql+pg8000://u@db.bank.example/robot{query}")


def test_an_action_is_repeated_while_the_database_is_unavailable() -> None:
    tries: list[int] = []

    def action() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("locked")
        return "done"

    assert "done" == patiently(action, attempts=3)


def test_an_action_is_not_repeated_for_ever() -> None:
    tries: list[int] = []

    def action() -> str:
        tries.append(1)
        raise StoreUnavailable("locked")

    with pytest.raises(StoreUnavailable):
        patiently(action, attempts=2)
    assert 2 == len(tries)


@pytest.mark.parametrize(
    ("code", "transient", "words"),
    [
        (sqlite3.SQLITE_BUSY, True, "fuser"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True, "fuser"),
        (sqlite3.SQLITE_FULL, True, "disk is full"),
        (sqlite3.SQLITE_IOERR_FSYNC, True, "disk fails"),
        (sqlite3.SQLITE_READONLY, False, "writable"),
        (sqlite3.SQLITE_CORRUPT, False, "rebuilt from the journal"),
    ],
)
def test_an_error_says_what_to_do_and_whether_to_repeat(
    code: int, transient: bool, words: str
) -> None:
    cause = sqlite3.OperationalError("it went wrong")
    cause.sqlite_errorcode = code
    told = explained(OperationalError("SELECT", {}, cause), "project", "/var/robot.sqlite")
    assert transient is isinstance(told, TemporarilyUnavailable)
    assert "cannot project: it went wrong;" in str(told)
    assert words in str(told) and "/var/robot.sqlite" in str(told)


def test_a_relative_file_and_its_folder_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_database("sqlite:///state/robot.sqlite"):
        assert (tmp_path / "state" / "robot.sqlite").exists()
