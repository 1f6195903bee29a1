"""The broker of our own: starts, ends with its parent, says what is missing."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.mqtt import broker as broker_module
from connectors.mqtt.broker import BrokerError, Kind, start_broker
from tests.wire.delivery_kit import KINDS, require

ROOT = Path(__file__).parents[4]

_PARENT = """
import os, sys
from pathlib import Path
from connectors.mqtt.broker import start_broker
broker = start_broker(Path(sys.argv[1]), prefer=sys.argv[2])
print(broker.pid, flush=True)
sys.stdin.read()
"""


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(") ", 1)[1].startswith("Z")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.wire
@pytest.mark.parametrize("kind", KINDS)
class TestEachKind:
    @pytest.fixture(autouse=True)
    def _installed(self, kind: Kind) -> None:
        require(kind)

    def test_it_accepts_connections_until_stopped(self, kind: Kind, tmp_path: Path) -> None:
        folder = tmp_path / "with a blank"
        with start_broker(folder, prefer=kind) as broker:
            assert broker.kind == kind
            assert accepts(broker.port)
        assert not accepts(broker.port)
        assert is_gone(broker.pid)
        broker.stop()

    def test_it_starts_again_on_the_port_it_had_before_a_kill(
        self, kind: Kind, tmp_path: Path
    ) -> None:
        with start_broker(tmp_path, prefer=kind) as first:
            os.kill(first.pid, signal.SIGKILL)
        with start_broker(tmp_path, port=first.port, prefer=kind) as second:
            assert accepts(second.port)

    def test_a_port_in_use_is_named(self, kind: Kind, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(BrokerError, match=f"port {port} .* choose another"):
                start_broker(tmp_path, port=port, prefer=kind)

    def test_it_dies_with_its_parent(self, kind: Kind, tmp_path: Path) -> None:
        parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT, str(tmp_path), kind],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            assert not is_gone(pid)
            parent.kill()
        wait_for(lambda: is_gone(pid))


@pytest.mark.parametrize("prefer", ["auto", "mosquitto", "embedded"])
def test_with_no_broker_installed_the_error_says_what_to_install(
    prefer: broker_module.Preference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "find_mosquitto", lambda: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BrokerError, match=r"installed; run `apt-get install -y mosquitto`"):
        start_broker(tmp_path, prefer=prefer)


def test_without_mosquitto_the_embedded_broker_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("embedded")
    monkeypatch.setattr(broker_module, "find_mosquitto", lambda: None)
    with start_broker(tmp_path) as broker:
        assert broker.kind == "embedded"


def test_a_broker_that_ends_at_once_shows_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "mosquitto"
    script.write_text("#!/bin/sh\necho Error: no persistence here\nexit 3\n")
    script.chmod(0o700)
    monkeypatch.setattr(broker_module, "find_mosquitto", lambda: str(script))
    with pytest.raises(BrokerError, match=r"code 3 .*no persistence here"):
        start_broker(tmp_path / "broker")
