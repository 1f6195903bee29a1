"""A broker of our own on the loopback interface, for the demo and the tests; a real child process.

mosquitto when it is installed, else the embedded amqtt of the extra `demo`. In production the
bank's broker is used and nothing here runs.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from robot.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 5.0
POLL_S = 0.02
PORT_ATTEMPTS = 5

Kind = Literal["mosquitto", "embedded"]
Preference = Literal["auto", "mosquitto", "embedded"]

# Run first in the child: asks the kernel to kill it with its parent, then becomes mosquitto. The
# third line covers a parent that died before. macOS has no such call; there it is skipped.
_EXEC_BOUND_TO_PARENT = """
import ctypes, os, sys
if sys.platform == "linux": ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]): os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""

_MOSQUITTO_CONFIGURATION = """\
# Loopback only: anonymous access must never listen anywhere else.
listener {port} {host}
allow_anonymous true
{user}
persistence true
persistence_location {folder}/
# Saved after each 100 changes: a save after each single one takes 3/4 of the throughput (measured),
# and what a killed broker loses the relay sends again.
autosave_on_changes true
autosave_interval 100
max_inflight_messages 100
max_queued_messages 100000
message_size_limit 262144
set_tcp_nodelay true
connection_messages false
sys_interval 0
log_dest file {folder}/broker.log
"""


class BrokerError(ConfigurationError):
    """No broker could be started; the text says what to install or to free."""


@dataclass(slots=True)
class Broker:
    """A running broker. Start it from a thread that lives as long as it shall: it ends with it."""

    kind: Kind
    host: str
    port: int
    pid: int
    _process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the broker and wait until it is gone; harmless when it is."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def runs(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: the broker has no chance to save anything."""
        self._process.kill()
        self._process.wait()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start_broker(folder: Path, port: int = 0, prefer: Preference = "auto") -> Broker:
    """Start a broker that keeps its files in `folder`; port 0 takes a free one.

    Started again on the same folder and port, mosquitto still has its sessions and messages; the
    embedded one has not.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if port:
        _require_free(port)
        return _start(folder, port, prefer)
    for attempt in range(1, PORT_ATTEMPTS + 1):
        try:
            return _start(folder, _free_port(), prefer)
        except _PortTaken:
            if attempt == PORT_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class _PortTaken(BrokerError):
    """Another process took the free port before the broker did."""


def find_mosquitto() -> str | None:
    """Path of the mosquitto program; Debian installs it where users do not look."""
    return shutil.which(
        "mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    )


def _start(folder: Path, port: int, prefer: Preference) -> Broker:
    kind, command = _command(folder, port, prefer)
    with (folder / "broker.out").open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
    broker = Broker(kind, LOOPBACK, port, process.pid, process)
    try:
        _wait_accepting(broker, folder)
    except BaseException:
        broker.stop()
        raise
    return broker


def _command(folder: Path, port: int, prefer: Preference) -> tuple[Kind, list[str]]:
    mosquitto = find_mosquitto()
    if mosquitto and prefer in ("auto", "mosquitto"):
        configuration = folder / "mosquitto.conf"
        configuration.write_text(
            _MOSQUITTO_CONFIGURATION.format(
                port=port, host=LOOPBACK, user=_user_line(), folder=folder
            ),
            encoding="utf-8",
        )
        bound = [sys.executable, "-I", "-S", "-c", _EXEC_BOUND_TO_PARENT, str(os.getpid())]
        return "mosquitto", [*bound, mosquitto, "-c", str(configuration)]
    if prefer in ("auto", "embedded") and importlib.util.find_spec("amqtt"):
        module = [sys.executable, "-m", "connectors.mqtt.embedded"]
        return "embedded", [*module, LOOPBACK, str(port)]
    wanted = {
        "auto": "no MQTT broker is installed",
        "mosquitto": "mosquitto is not installed",
        "embedded": "the embedded MQTT broker (amqtt) is not installed",
    }[prefer]
    raise BrokerError(
        f"{wanted}; run `apt-get install -y mosquitto` or `pip install 'fxrobot[demo]'`"
    )


def _user_line() -> str:
    """Keeps mosquitto, started by root, from becoming a user who may not write here."""
    try:
        return f"user {pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return "# A user without a name: nothing to keep."


def _wait_accepting(broker: Broker, folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if (code := broker._process.poll()) is not None:
            report = _last_lines(folder)
            error = _PortTaken if "in use" in report.lower() else BrokerError
            raise error(
                f"the {broker.kind} broker ended at once with code {code} on port"
                f" {broker.port}; its files are in {folder}: {report}"
            )
        if _accepts(broker.port):
            return
        time.sleep(POLL_S)
    raise BrokerError(
        f"the {broker.kind} broker does not accept connections on port {broker.port} after"
        f" {START_TIMEOUT_S:.0f} s; its files are in {folder}: {_last_lines(folder)}"
    )


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5):
            return True
    except OSError:
        return False


def _last_lines(folder: Path) -> str:
    """What the broker said last."""
    said = []
    for name in ("broker.out", "broker.log"):
        path = folder / name
        if path.exists():
            said += path.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
    return " | ".join(said)[-600:] or "it said nothing"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise BrokerError(
                f"port {port} cannot be used for the MQTT broker: {error.strerror}; stop what"
                " listens there or choose another port"
            ) from error
