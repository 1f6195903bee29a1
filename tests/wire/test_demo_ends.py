"""Ctrl-C ends a demo: dealing stops at once, the books agree, no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE_S = 60.0


@pytest.mark.wire
def test_an_interrupted_demo_stops_dealing_reconciles_and_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "robot", "demo", "--headless", "--json", "--seconds", "600"]
    command += ["--requests-per-second", "10"]
    demo = subprocess.Popen([*command, "--keep", str(folder)], stdout=subprocess.PIPE)
    try:
        wait_for_requests(folder / "venue.json")
        pids = [
            int(line.split()[1])
            for line in (folder / "data" / "run" / "processes").read_text("ascii").splitlines()
        ]
        demo.send_signal(signal.SIGINT)
        output, _ = demo.communicate(timeout=PATIENCE_S)
    finally:
        demo.kill()

    summary = json.loads(output)
    assert summary["problems"] == []
    assert demo.returncode == 0
    assert (summary["lost"], summary["doubled"]) == (0, 0)
    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}")] == []


def wait_for_requests(status: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if status.exists() and json.loads(status.read_text("utf-8"))["requests"] >= 50:
            return
        time.sleep(0.05)
    raise AssertionError("the demo did not begin to deal")
