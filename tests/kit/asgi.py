"""A client that calls an ASGI application in this process: no socket, no thread of a server."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI


class Reply:
    """What came back."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = {name.decode(): value.decode() for name, value in headers}
        self.body = body

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.data.get("code", ""))


class Client:
    """Sends requests with these headers."""

    def __init__(self, app: FastAPI, **headers: str) -> None:
        self._app = app
        self.headers = headers

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """One request; `X_CSRF_Key=…` becomes the header X-CSRF-Key."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {**self.headers, **headers}
        rows = [(name.replace("_", "-").lower().encode(), v.encode()) for name, v in named.items()]
        rows.append((b"content-type", b"application/json"))
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": rows,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return asyncio.run(self._call(scope, b"" if body is None else data))

    async def _call(self, scope: dict[str, Any], data: bytes) -> Reply:
        told: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in told[1:])
        return Reply(told[0]["status"], list(told[0]["headers"]), body)
