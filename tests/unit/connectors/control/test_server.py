"""The API over real sockets: encrypted where it is to be, and not served otherwise."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.control.app import Api
from connectors.control.server import serve, tls_of
from robot.desk import ApiSettings
from robot.errors import ConfigurationError
from tests.kit.certificates import self_signed
from tests.kit.office import PASSWORD, Office

PATIENCE_S = 30.0
LOG_ON = json.dumps({"name": "zhou", "password": PASSWORD})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("server"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(api: Api, settings: ApiSettings, folder: Path) -> Iterator[None]:
    stop, problems = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            serve(api.app, settings, folder, stop)
        except ConfigurationError as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert not problems and time.monotonic() < deadline, problems
        try:
            socket.create_connection(("127.0.0.1", settings.port), 1).close()
            break
        except OSError:
            time.sleep(0.02)
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_S)


def test_over_tls_a_log_on_is_encrypted_and_its_cookie_secure(
    office: Office, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    settings = ApiSettings(
        port=free_port(), certificate_file=Path(certificate.name), key_file=Path(key.name)
    )
    api = Api(
        office.access, office.approving, office.evidence, tmp_path, lambda: office.now_ns,
        secure=True,
    )  # fmt: skip
    trusting = ssl.create_default_context(cafile=certificate)
    with served(api, settings, tmp_path):
        line = http.client.HTTPSConnection("127.0.0.1", settings.port, context=trusting, timeout=10)
        line.request("POST", "/session", LOG_ON, {"Content-Type": "application/json"})
        answer = line.getresponse()
        assert answer.status == 200 and "Secure" in (answer.getheader("set-cookie") or "")
        line.close()
        stranger = http.client.HTTPSConnection("127.0.0.1", settings.port, timeout=10)
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/status")
        plain = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=10)
        with pytest.raises((OSError, http.client.HTTPException)):
            plain.request("POST", "/session", LOG_ON, {"Content-Type": "application/json"})
            plain.getresponse()
        plain.close()


def test_beyond_loopback_nothing_is_served_unencrypted() -> None:
    with pytest.raises(ValidationError, match="unencrypted"):
        ApiSettings(host="0.0.0.0", port=8443)
    with pytest.raises(ValidationError, match="go together"):
        ApiSettings(port=8443, certificate_file=Path("x"))
    # also where the settings were made otherwise
    made = ApiSettings.model_construct(host="0.0.0.0", port=8443, certificate_file=None)
    with pytest.raises(ConfigurationError, match="not without"):
        serve(None, made, Path(), threading.Event())  # type: ignore[arg-type]


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    settings = ApiSettings(port=1, certificate_file=certificate, key_file=key)
    assert tls_of(settings, Path()) is not None
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        tls_of(settings, Path())
    key.chmod(0o600)
    key.write_text("no key")
    with pytest.raises(ConfigurationError, match=r"api\.key"):
        tls_of(settings, Path())
    key.unlink()
    with pytest.raises(ConfigurationError, match=r"api\.key"):
        tls_of(settings, Path())
