"""The control socket of the trader: one JSON line in, one JSON line out.

The kill switch works without it too: a file named KILL in the run folder does the same
(`robot.kill_file`).
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot.errors import RobotError
from robot.messages.asks import AskCountered, AskTaken, AskWanted, AskWithdrawn
from robot.messages.events import CurveUpdated, FixingPublished
from robot.messages.hosting import RequestAnswered
from robot.messages.orders import OrderCancelWanted, OrderChangeWanted, OrderWanted
from robot.messages.releases import SuggestionAnswered

REQUEST_BYTES_MAX = 256 * 1024
ANSWER_BYTES_MAX = 1024 * 1024
PATIENCE_S = 5.0


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator wants: status, kill, release, clear (a halt by its name), present, apply
    (what two persons approved, by its number in the approvals log), market: take these quotes and
    fixings, or order: carry out what is `wanted`.
    """

    command: str
    halt: str = ""
    scope: str = ""
    """kill, release: which part, as `venue:ALPHA`; empty = everything."""
    actor: str = ""
    reason: str = ""
    proposal: int = 0
    events: tuple[CurveUpdated | FixingPublished, ...] = ()
    wanted: OrderWanted | OrderChangeWanted | OrderCancelWanted | None = None
    wish: AskWanted | AskTaken | AskCountered | AskWithdrawn | None = None
    """ask: what is wanted of makers; asks only tells of them."""
    answer: RequestAnswered | SuggestionAnswered | None = None
    """request: a person's answer to a request that waits; requests only tells of them."""


Answer = dict[str, object]
Handle = Callable[[Command], Answer]


class ControlServer:
    """Listens on a Unix socket that only this user may open."""

    def __init__(self, path: Path, handle: Handle) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._server = _Server(str(path), handle)
        path.chmod(0o600)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="control", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, handle: Handle) -> None:
        self.handle_command = handle
        super().__init__(path, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = PATIENCE_S

    def handle(self) -> None:
        assert isinstance(self.server, _Server), "served by another server"
        try:
            line = self.rfile.readline(REQUEST_BYTES_MAX)
            self.wfile.write(answer_line(line, self.server.handle_command))
        except OSError:
            return


def answer_line(line: bytes, handle: Handle) -> bytes:
    """The line that answers a line: what `handle` says, or that it is no command."""
    try:
        answer = handle(msgspec.json.decode(line, type=Command))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        answer = {"ok": False, "problem": f"not a command: {problem}"}
    return msgspec.json.encode(answer) + b"\n"


def ask(path: Path, command: Command) -> Answer:
    """Send one command to a running trader and return its answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(str(path))
            connection.sendall(msgspec.json.encode(command) + b"\n")
            data = b""
            while not data.endswith(b"\n") and len(data) < ANSWER_BYTES_MAX:
                piece = connection.recv(65536)
                if not piece:
                    break
                data += piece
        return msgspec.json.decode(data, type=Answer)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise RobotError(
            f"no trader answers at {path} ({problem}); is `fxrobot run` running with this folder?"
        ) from problem
