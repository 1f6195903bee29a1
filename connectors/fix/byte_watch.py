"""Cuts a venue whose bytes make no messages.

QuickFIX keeps a frame that never ends until the heartbeats are missed. It does not say what it
reads, but the kernel does: bytes received on a socket, and how many of them wait. What QuickFIX has
taken and not handed to us as messages is what it holds, or has thrown away. More of that than a
venue ever has by mistake, and its connections are shut down; QuickFIX forgets what it held.

This costs nothing on the way of a message but one addition. All sockets with one remote port are
looked at together: which of them is whose QuickFIX does not tell.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

UNCOUNTED_BYTES_MAX = 8 * 1024 * 1024
"""In `PERIOD_S`, of one remote port: messages that QuickFIX rejects by itself count too."""
PERIOD_S = 60.0
LOOK_S = 0.25
_FOLDER = Path("/proc/self/fd")
_TCP_INFO_BYTES = 136
_RECEIVED_OFFSET = 128
"""Of `tcpi_bytes_received` in the kernel's `struct tcp_info` (Linux 4.1 and later)."""


class ByteWatch:
    """Compares what came on sockets with what came as messages."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        """`ports`: session name -> remote port."""
        self._ports = dict(ports)
        self.counted = dict.fromkeys(self._ports, 0)
        """Bytes of messages for each session; each is added to by its own thread only."""
        self._taken: dict[tuple[int, int], int] = {}
        self._received = dict.fromkeys(self._ports.values(), 0)
        self._base = dict(self._received)
        self._began_s = 0.0
        self._stop = threading.Event()

    def start(self) -> None:
        """Look from now on, on a thread of its own."""
        self._began_s = time.monotonic()
        threading.Thread(target=self._run, name="byte-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            with suppress(OSError):  # no more files may be opened: look later
                self.look(time.monotonic())

    def look(self, now_s: float) -> None:
        """Add up, and cut who has sent too much that is no message."""
        seen: dict[tuple[int, int], int] = {}
        for port, local, _, taken in self._sockets():
            seen[port, local] = taken
            self._received[port] += taken - self._taken.get((port, local), 0)
        self._taken = seen
        renew = now_s - self._began_s >= PERIOD_S
        for port, received in self._received.items():
            messages = sum(self.counted[name] for name, at in self._ports.items() if at == port)
            uncounted = received - messages
            if uncounted - self._base[port] > UNCOUNTED_BYTES_MAX:
                self._cut(port, uncounted - self._base[port])
                self._base[port] = uncounted
            elif renew or uncounted < self._base[port]:
                self._base[port] = uncounted
        if renew:
            self._began_s = now_s

    def _cut(self, port: int, uncounted: int) -> None:
        names = ", ".join(name for name, at in self._ports.items() if at == port)
        sys.stderr.write(f"{uncounted} bytes of port {port} are no messages: cut ({names})\n")
        for at, _, fd, _ in self._sockets():
            if at == port:
                with _borrowed(fd) as connection, suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _sockets(self) -> Iterator[tuple[int, int, int, int]]:
        """Remote port, local port, descriptor, and bytes that QuickFIX has read, of each."""
        for name in os.listdir(_FOLDER):
            try:
                if not os.readlink(_FOLDER / name).startswith("socket:"):
                    continue
                with _borrowed(int(name)) as connection:
                    if connection.family not in (socket.AF_INET, socket.AF_INET6):
                        continue
                    port = connection.getpeername()[1]
                    if port in self._received:
                        yield port, connection.getsockname()[1], int(name), _taken(connection)
            except OSError:
                continue  # closed meanwhile, or not connected


def _taken(connection: socket.socket) -> int:
    """Bytes that were received, less those that nobody has read yet."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    if len(info) < _TCP_INFO_BYTES:
        return 0  # an older kernel does not count
    received: int = struct.unpack_from("=Q", info, _RECEIVED_OFFSET)[0]
    waiting: int = struct.unpack("=i", fcntl.ioctl(connection, termios.FIONREAD, b"\0" * 4))[0]
    return received - waiting


@contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """QuickFIX's socket for a moment; it stays QuickFIX's."""
    connection = socket.socket(fileno=fd)
    try:
        yield connection
    finally:
        connection.detach()
