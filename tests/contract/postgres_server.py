"""A private PostgreSQL server for tests: own folder, own port on loopback, ended by its pid."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

PACKAGE = "postgresql"
"""The Debian package that has the programs."""

_START_TIMEOUT_S = 30.0
_PR_SET_PDEATHSIG = 1


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, newest version first; None = not installed."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgresServer:
    """One server. `new_database()` gives the URL of fresh, empty tables to be."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._password = secrets.token_urlsafe(12)
        self._user = _unprivileged_user()
        self._count = 0
        self.folder = Path(tempfile.mkdtemp(prefix="fxrobot-pg-"))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()
        self.certificate = self._make_certificate()

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        for setting in (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
            f"ssl={'on' if self.certificate else 'off'}",
            f"ssl_cert_file={self.folder}/server.crt",
            f"ssl_key_file={self.folder}/server.key",
            "fsync=off",  # what is tested here is kills of processes, not of the machine
        ):
            command += ["-c", setting]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self._user, preexec_fn=_die_with_parent
            )
        self._wait_answering()

    def stop(self) -> None:
        """Stop at once, as a crash would: connections are cut, what is committed stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=_START_TIMEOUT_S)
            self._process = None

    def close(self) -> None:
        """Stop, and remove everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """The URL of a fresh, empty schema that belongs to a user of its own, without other rights.

        As good as a database to whoever connects there, and a hundred times smaller.
        """
        self._count += 1
        name = f"test_{self._count}"
        self._administer(
            f"CREATE ROLE {name} LOGIN PASSWORD '{self._password}'",
            f"CREATE SCHEMA {name} AUTHORIZATION {name}",
            f"ALTER ROLE {name} SET search_path = {name}",
        )
        return self._url(name).render_as_string(hide_password=False)

    def _url(self, user: str) -> URL:
        return URL.create(
            "postgresql+pg8000", user, self._password, "127.0.0.1", self.port, "postgres"
        )

    def _administer(self, *statements: str) -> None:
        engine = create_engine(
            self._url("admin"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"ssl_context": False},
        )
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self._password)
        if self._user is not None:
            shutil.chown(self.folder, self._user)
            shutil.chown(secret, self._user)
        command = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", "admin"]
        command += ["--auth=password", f"--pwfile={secret}", "--no-sync", "-E", "UTF8"]
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, check=False)
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr[-500:]}")

    def _make_certificate(self) -> Path | None:
        """Signed by itself, for 127.0.0.1; None where there is no `openssl` to make it with."""
        openssl = shutil.which("openssl")
        if openssl is None:
            return None
        certificate, key = self.folder / "server.crt", self.folder / "server.key"
        command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        command += ["-subj", "/CN=fxrobot-test", "-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-out", str(certificate), "-keyout", str(key)]
        subprocess.run(command, capture_output=True, check=True)
        if self._user is not None:
            shutil.chown(key, self._user)
        return certificate

    def _wait_answering(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                return self._administer("SELECT 1")
            except SQLAlchemyError:
                ended = self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")[-800:]
                    self.close()
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from None
                time.sleep(0.05)


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; everybody else runs it as himself."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise RuntimeError("no user `postgres` or `nobody` to run PostgreSQL as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """Linux: the server ends at once when the test run is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
