"""A venue made of bytes: accepts a trader's two FIX sessions and may send anything at all.

It keeps no rules of FIX but those that a test needs to go on after a bad message: it answers
logons, tells the time that the trader's clock follows, and takes the number that the trader says
it expects.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

SOH = b"\x01"
DAY = datetime(2026, 10, 21, 8, 0, 0, tzinfo=UTC)
"""A Wednesday morning; spot of EUR/USD is the 23rd."""
SPOT = "20261023"
PATIENCE_S = 60.0
SENDER = "ALPHA"
TARGET = "BANKCNBJ"

T = TypeVar("T")


def wait_for(found: Callable[[], T | None], what: str, seconds: float = PATIENCE_S) -> T:
    """Poll until there is something; fails the test when there never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = found()
        if value is not None:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} s: {what}")


def fix_time(moment: datetime) -> str:
    return f"{moment:%Y%m%d-%H:%M:%S}.{moment.microsecond // 1000:03d}"


def sealed(body: bytes, *, length: bytes | None = None, checksum: bytes | None = None) -> bytes:
    """`35=…` to the last field, `|` for SOH, as a frame; length and checksum may be told wrong."""
    body = body.replace(b"|", SOH)
    head = b"8=FIX.4.4\x019=" + (length if length is not None else b"%d" % len(body)) + SOH
    total = b"%03d" % (sum(head + body) % 256)
    return head + body + b"10=" + (checksum if checksum is not None else total) + SOH


def values(frame: bytes) -> dict[int, str]:
    """First value of each tag."""
    found: dict[int, str] = {}
    for part in frame.split(SOH):
        tag, _, value = part.partition(b"=")
        if tag.isdigit():
            found.setdefault(int(tag), value.decode("utf-8", "replace"))
    return found


class Side:
    """One session, over as many connections as it takes."""

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix
        self.connection: socket.socket | None = None
        self.logged_on = False
        self.logons = 0
        self.next_out = 1
        self.received: list[dict[int, str]] = []
        self._lock = threading.RLock()
        """A number is read and used at once: two threads write."""

    def head(self, kind: str, *, sequence: str = "", sent: datetime | None = None) -> bytes:
        """`35=` to `52=`; the number is the next one unless another is wanted."""
        at = fix_time(sent or datetime.now(UTC))
        names = f"49={SENDER}-{self.suffix}|56={TARGET}-{self.suffix}"
        return f"35={kind}|{names}|34={sequence or self.next_out}|52={at}|".encode()

    def write(self, data: bytes) -> None:
        """Bytes as they are; a connection that is gone is no error."""
        with self._lock:
            if self.connection is not None:
                try:
                    self.connection.sendall(data)
                except OSError:
                    self.logged_on = False

    def send(self, kind: str, body: str | bytes = b"", **options: str) -> None:
        """A good frame under the next number."""
        body = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        with self._lock:
            frame = sealed(self.head(kind, **options) + body)  # type: ignore[arg-type]
            self.next_out += 1
            self.write(frame)

    def _fill(self, begin: int) -> None:
        """Everything from a number on is skipped."""
        if begin < self.next_out:
            fill = f"43=Y|122={fix_time(datetime.now(UTC))}|123=Y|36={self.next_out}|"
            self.write(sealed(self.head("4", sequence=str(begin)) + fill.encode()))
        else:
            # QuickFIX writes numbers over 2^31 through a signed int: nothing that was sent.
            self.write(sealed(self.head("4") + f"123=N|36={self.next_out}|".encode()))

    def serve(self, connection: socket.socket, first: bytes) -> None:
        """Read one connection to its end."""
        self.connection = connection
        buffer = first
        while True:
            *frames, buffer = re.split(rb"(?<=\x0110=\d{3}\x01)", buffer)
            for frame in frames:
                self._take(values(frame))
            try:
                piece = connection.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                break
            buffer += piece
        self.logged_on = False
        connection.close()

    def _take(self, message: dict[int, str]) -> None:
        kind = message.get(35, "")
        if kind == "A":
            if message.get(141) == "Y":
                self.next_out = 1
            reset = "|141=Y" if message.get(141) == "Y" else ""
            self.send("A", f"98=0|108={message[108]}{reset}|")
            self.logons += 1
            self.logged_on = True
        elif kind == "1":
            self.send("0", f"112={message[112]}|")
        elif kind == "AD":
            self.send("AQ", f"568={message[568]}|569=0|748=0|749=0|750=0|55=[N/A]|")
        elif kind == "2":
            with self._lock:
                self._fill(int(message[7]))
        elif kind == "5":
            expected = re.search(r"expecting (\d+)", message.get(58, ""))
            if expected:
                self.next_out = int(expected.group(1))
            self.logged_on = False
        self.received.append(message)


class RawVenue:
    """Listens on a free port; `dealing` and `prices` are its two sessions."""

    def __init__(self) -> None:
        self.dealing, self.prices = Side("DEAL"), Side("MD")
        self.now = DAY
        self.drip = threading.Event()
        """While set, the session of prices gets slow bytes instead of a log-on."""
        self.dripped = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closing = True
        self._listener.close()
        for side in (self.dealing, self.prices):
            if side.connection is not None:
                side.connection.close()

    def tell_time(self, seconds: float) -> None:
        """So much later the venue's clock, which is the trader's, says so."""
        self.now += timedelta(seconds=seconds)
        self.dealing.send("1", f"112=CLOCK 1 {fix_time(self.now)}|")

    def price(self, bid: str = "1.10000", offer: str = "1.10004", symbol: str = "EUR/USD") -> None:
        """A full top of the book, now."""
        stamp = f"272={self.now:%Y%m%d}|273={self.now:%H:%M:%S.000}|"
        sides = f"269=0|270={bid}|{stamp}269=1|270={offer}|{stamp}"
        self.prices.send("W", f"262=M1|55={symbol}|268=2|{sides}")

    def prices_read(self, seconds: float) -> bool:
        """Whether the trader says within `seconds` that it has read what was sent so far."""
        name = f"read{self.prices.next_out}"
        self.prices.send("1", f"112={name}|")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(message.get(112) == name for message in self.prices.received[-50:]):
                return True
            time.sleep(0.002)
        return False

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection: socket.socket) -> None:
        first = connection.recv(4096)
        side = self.dealing if b"-DEAL\x01" in first else self.prices
        if side is self.prices and self.drip.is_set():
            self._drip(connection)
            return
        side.serve(connection, first)

    def _drip(self, connection: socket.socket) -> None:
        with connection:
            while self.drip.is_set() and not self._closing:
                connection.sendall(b"8")
                self.dripped += 1
                time.sleep(0.1)
