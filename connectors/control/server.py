"""The API served by uvicorn: on loopback, or with TLS; bounded in every way."""

from __future__ import annotations

import ssl
import stat
import threading
from pathlib import Path

import msgspec
import uvicorn
from fastapi import FastAPI

from robot.desk import LOOPBACK, ApiSettings
from robot.errors import ConfigurationError

LOOK_S = 0.2


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Certificate chain and private key, PEM."""

    certificate: Path
    key: Path


def tls_of(settings: ApiSettings, folder: Path) -> Tls | None:
    """The files of the settings, looked at; ConfigurationError where they cannot be used."""
    if settings.certificate_file is None or settings.key_file is None:
        return None
    tls = Tls(certificate=folder / settings.certificate_file, key=folder / settings.key_file)
    try:
        if tls.key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"{tls.key}: others may read it; chmod 600 {tls.key}")
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            tls.certificate, tls.key, password=_no_password
        )
    except (OSError, ValueError) as problem:  # ssl.SSLError is an OSError
        raise ConfigurationError(
            f"api: certificate_file {tls.certificate} with key_file {tls.key}: {problem}"
        ) from problem
    return tls


def _no_password() -> str:
    raise ValueError("the key has a password; nobody is there to type it: store it without")


def serve(app: FastAPI, settings: ApiSettings, folder: Path, stop: threading.Event) -> None:
    """Serve until `stop` is set; ConfigurationError when it cannot be served as configured."""
    tls = tls_of(settings, folder)
    if settings.host not in LOOPBACK and tls is None:
        raise ConfigurationError(f"api.host {settings.host}: not without certificate_file")
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            ssl_certfile=tls.certificate if tls is not None else None,
            ssl_keyfile=tls.key if tls is not None else None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=64,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
            log_level="warning",
            lifespan="off",
        )
    )
    thread = threading.Thread(target=server.run, name="http", daemon=True)
    thread.start()
    while thread.is_alive() and not stop.wait(LOOK_S):
        pass
    if not stop.is_set():
        raise ConfigurationError(
            f"the API cannot be served at {settings.host}:{settings.port}; see above"
        )
    server.should_exit = True
    thread.join(5)
