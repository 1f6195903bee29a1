"""No body larger than needed, whatever its header says; answers are never kept by a cache."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX = 256 * 1024
_TOO_LARGE = b'{"ok":false,"code":"TOO_LARGE","detail":"a body has at most 262144 bytes"}'


class Bounds:
    """Around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:  # read here: past the bound nothing is handed on
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_MAX:
                await _refuse(send)
                return
        given = False

        async def whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (b"cache-control", b"no-store")]
                headers.append((b"x-content-type-options", b"nosniff"))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, whole, sealed)


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})
