"""What can go wrong with the database, and whether trying again can help.

RobotError
└── StoreError              the database cannot do what was asked; the text says what to do
    ├── StoreUnavailable    locked, full, or its server is away: the same call may succeed later
    ├── SchemaMismatch      written by another version of the program; nothing was changed
    └── ProjectionError     a turn cannot be stored; nothing of its batch was
"""

from __future__ import annotations

import sqlite3
import ssl

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from robot.errors import RobotError, TemporarilyUnavailable


class StoreError(RobotError):
    """The database cannot do what was asked."""


class StoreUnavailable(StoreError, TemporarilyUnavailable):
    """The database cannot be used right now. A call that raised this may be repeated as it is."""


class SchemaMismatch(StoreError):
    """The tables are of another version of the program, or there are none."""


class ProjectionError(StoreError):
    """A turn does not fit the database; the text names the turns of the batch."""


_Advice = tuple[type[StoreError], str]

_SQLITE: dict[int, _Advice] = {
    sqlite3.SQLITE_BUSY: (StoreUnavailable, "another process holds it: `fuser FILE` shows which"),
    sqlite3.SQLITE_LOCKED: (StoreUnavailable, "another process holds it: `fuser FILE` shows which"),
    sqlite3.SQLITE_FULL: (StoreUnavailable, "the disk is full: free some space, nothing is lost"),
    sqlite3.SQLITE_IOERR: (StoreUnavailable, "the disk fails: check it and the system's log"),
    sqlite3.SQLITE_READONLY: (StoreError, "make the file and its folder writable for this user"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "check that the folder exists and this user may use it"),
    sqlite3.SQLITE_PERM: (StoreError, "check that this user may use the file"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "move the file away: it is rebuilt from the journal"),
    sqlite3.SQLITE_NOTADB: (StoreError, "no SQLite database: name another file"),
}

# SQLSTATE, or its first two characters for a whole class.
_POSTGRESQL: dict[str, _Advice] = {
    "08": (StoreUnavailable, "the connection is broken: check the server and the network"),
    "40": (StoreUnavailable, "the server took back the transaction: try again"),
    "53": (StoreUnavailable, "the server is out of disk, memory or connections: see its log"),
    "55P03": (StoreUnavailable, "another process holds the lock: see pg_stat_activity"),
    "57": (StoreUnavailable, "the server stops or starts: wait for it"),
    "58": (StoreUnavailable, "the server's disk fails: check it and the server's log"),
    "28": (StoreError, "the server refuses user or password: check the settings and pg_hba.conf"),
    "3D000": (StoreError, "create the database first: `createdb`"),
    "42501": (StoreError, "grant this user the right: it owns its tables"),
    "25006": (StoreError, "the server is a read-only replica: connect to the primary"),
}

_OTHER: _Advice = (StoreError, "see the database's own log")
_AWAY: _Advice = (StoreUnavailable, "no connection to the server: check host and port")
_STRANGER: _Advice = (StoreError, "check ca_file and the host name: this may be another server")
_MISFIT: _Advice = (ProjectionError, "journal and database disagree: keep both, call support")


def explained(error: StatementError | OSError, doing: str, where: str) -> StoreError:
    """The error as one of ours: what was being done, where, what went wrong, what to do."""
    kind, advice = _advice(error)
    cause = error.orig or error if isinstance(error, StatementError) else error
    reason = " ".join(_words(cause).split())[:300]
    return kind(f"cannot {doing}: {reason}; {advice} ({where})")


def _advice(error: StatementError | OSError) -> _Advice:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _STRANGER
    if isinstance(error, OSError):
        return _AWAY
    if not isinstance(error, DBAPIError):
        return _MISFIT  # a column type refused a value
    if isinstance(error, IntegrityError):
        return _MISFIT
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, _OTHER)  # the low byte is the kind, the rest a detail of it
    state = sqlstate(error)
    if state:
        known = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
        return known or (_MISFIT if state[:2] in ("22", "23") else _OTHER)
    return _AWAY


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five-character code; empty when it is not the server that complained."""
    details = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return str(details.get("C", "")) if isinstance(details, dict) else ""


def _words(cause: BaseException) -> str:
    details = cause.args[0] if cause.args else ""
    if isinstance(details, dict):  # pg8000 hands on the server's fields: M message, D detail
        return ": ".join(str(details[field]) for field in ("M", "D") if field in details)
    return str(cause)
