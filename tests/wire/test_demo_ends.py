"""Ctrl-C ends a demo: dealing stops at once, the books agree, no process is left. Until then games
have negotiated, and what they agreed is booked.
"""

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
DEALS = 4


@pytest.mark.wire
def test_a_demo_of_games_books_what_they_agree_and_an_interruption_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "robot", "demo", "--headless", "--json", "--seconds", "600"]
    command += ["--requests-per-second", "3", "--strategy", "games", "--products", "spot,deposit"]
    demo = subprocess.Popen([*command, "--keep", str(folder)], stdout=subprocess.PIPE)
    try:
        wait_for_deals(folder / "venue.json")
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
    games = summary["played"]["games"]
    agreed = {name: row["after_counter"] for name, row in games.items()}
    assert agreed["own spot"] and agreed["own deposit"] and agreed["client spot"], summary["played"]
    assert any(row["after_counter"] for row in summary["played"]["tactics"].values())
    assert summary["played"]["judged"] >= sum(agreed.values())
    assert summary["played"]["past_walk_away"] == 0


def wait_for_deals(status: Path) -> None:
    """Of spot and of money on quotes of banks, and with clients, some of whom haggle."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        told = json.loads(status.read_text("utf-8")) if status.exists() else {}
        if told.get("maker_deals", 0) >= DEALS and told["fills"] >= DEALS:
            return
        time.sleep(0.05)
    raise AssertionError("the demo did not begin to deal")
