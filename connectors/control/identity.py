"""Who sends a request, and whether they may send one now. Everything refused is recorded."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from fastapi import Request

from robot.access import Access, Denied, hashed
from robot.approvals import Who
from robot.clock import NANOS_PER_SECOND
from robot.errors import TemporarilyUnavailable

COOKIE = "fxr_session"
CSRF_HEADER = "X-CSRF-Key"
KEY_HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 80
KNOWN_S = 900
"""How long somebody who was let in may still kill while the database is away."""
KNOWN_MAX = 1_000
REQUESTS_A_MINUTE = 240
LOG_ONS_A_MINUTE = 20
CALLERS_MAX = 10_000


class ApiRefused(Exception):
    """Answered with this status and reason code."""

    def __init__(self, status: int, code: str, detail: str, *, witnessed: bool = False) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.witnessed = witnessed
        """Whether the approvals log has it already."""


class Identity:
    """Tells who it is by bearer token or session cookie; keeps who was let in lately."""

    def __init__(self, access: Access, now_ns: Callable[[], int]) -> None:
        self.access = access
        self._now_ns = now_ns
        self._known: OrderedDict[str, tuple[Who, int]] = OrderedDict()
        self._lock = Lock()

    def reader(self, request: Request) -> Who:
        """Somebody who looks."""
        return self._who(request, csrf=False)

    def commander(self, request: Request) -> Who:
        """Somebody who changes something: with the page's own key if it is a browser, and named."""
        who = self._who(request, csrf=True)
        key_of(request)
        return who

    def killer(self, request: Request) -> Who:
        """As a commander; while the database is away whoever was let in lately."""
        try:
            return self.commander(request)
        except TemporarilyUnavailable:
            with self._lock:
                who, until_ns = self._known.get(_credential(request), (None, 0))
            if who is None or self._now_ns() >= until_ns:
                raise
            if COOKIE in request.cookies and not request.headers.get(CSRF_HEADER):
                raise
            return who

    def note(
        self, request: Request, who: Who | None, code: str, detail: str, *, witnessed: bool = False
    ) -> None:
        """Record a refusal; on standard error when the database is away."""
        name, how = (who.name, who.how) if who else ("", "unknown")
        action = f"{request.method} {request.url.path}"[:200]
        try:
            self.access.note(name, how, action, code, detail[:500], witnessed=witnessed)
        except TemporarilyUnavailable:
            sys.stderr.write(f"api: refused {name!r} {action!r}: {code}\n")

    def _who(self, request: Request, *, csrf: bool) -> Who:
        bearer = _bearer(request)
        if bearer:
            found = self.access.by_token(bearer)
        elif COOKIE in request.cookies:
            key = request.headers.get(CSRF_HEADER, "") if csrf else None
            found = self.access.by_session(request.cookies[COOKIE], key)
        else:
            found = Denied(code="NOT_AUTHENTICATED", detail="neither token nor session")
            self.note(request, None, found.code, found.detail)
        credential = _credential(request)
        with self._lock:
            if isinstance(found, Denied):
                self._known.pop(credential, None)
            else:
                until_ns = self._now_ns() + KNOWN_S * NANOS_PER_SECOND
                self._known[credential] = (found, until_ns)
                self._known.move_to_end(credential)
                if len(self._known) > KNOWN_MAX:
                    self._known.popitem(last=False)
        if isinstance(found, Denied):
            status = 403 if found.code == "CSRF" else 401
            raise ApiRefused(status, found.code, "log on, or use a token that is in force")
        return found


class Pace:
    """So many requests a minute for each caller; older minutes are forgotten."""

    def __init__(self, now_ns: Callable[[], int], a_minute: int) -> None:
        self._now_ns = now_ns
        self._a_minute = a_minute
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def take(self, caller: str) -> None:
        """Count one, or refuse."""
        minute = self._now_ns() // (60 * NANOS_PER_SECOND)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts.get(caller, 0)
            if not count < self._a_minute or len(self._counts) >= CALLERS_MAX:
                raise ApiRefused(429, "RATE", f"more than {self._a_minute} a minute: wait")
            self._counts[caller] = count + 1


def key_of(request: Request) -> str:
    """The name that the caller gave to a command."""
    key = request.headers.get(KEY_HEADER, "")
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        text = f"name the command in the header {KEY_HEADER} (1 to {KEY_LENGTH_MAX} characters)"
        raise ApiRefused(400, "NO_KEY", text)
    return key


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.casefold() == "bearer" else ""


def _credential(request: Request) -> str:
    return hashed(_bearer(request) or request.cookies.get(COOKIE, ""))
