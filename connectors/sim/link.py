"""The seam between the engine and FIX: what comes in, and how something goes out.

`acceptor.py` is the real link; tests may use one of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple, Protocol

MARKET_DATA, DEALING, DROP_COPY = "MD", "DEAL", "DROP"


class SessionKey(NamedTuple):
    """One FIX session of one venue: market data, dealing, or copies of what was dealt."""

    venue: str
    role: str

    @property
    def comp_id(self) -> str:
        return f"{self.venue}-{self.role}"


class Inbound(NamedTuple):
    """Something that happened on a session; `text` is the raw message, or empty."""

    kind: str  # logon, logout, app, admin
    key: SessionKey
    text: str
    wall_ns: int


Send = Callable[[SessionKey, str, str], None]


class Link(Protocol):
    """FIX as the engine sees it."""

    @property
    def inbox(self) -> SimpleQueue[Inbound]: ...

    def send(self, key: SessionKey, message_type: str, body: str) -> None:
        """Sends a message now; only called for sessions that are logged on."""
