"""The API served by uvicorn: on loopback, or with TLS; bounded in every way."""

from __future__ import annotations

import threading

import uvicorn
from fastapi import FastAPI

from robot.desk import ApiSettings
from robot.errors import ConfigurationError

LOOK_S = 0.2
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(app: FastAPI, settings: ApiSettings, stop: threading.Event) -> None:
    """Serve until `stop` is set; ConfigurationError when it cannot be served as configured."""
    if settings.host not in LOOPBACK and settings.certificate_file is None:
        raise ConfigurationError(
            f"api.host {settings.host}: passwords would go over the network unencrypted; "
            "name certificate_file and key_file, or use 127.0.0.1"
        )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            ssl_certfile=settings.certificate_file,
            ssl_keyfile=settings.key_file,
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
