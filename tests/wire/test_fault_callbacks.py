"""An exception in any QuickFIX callback ends the process at once, with what happened in its log.

Children of one helper process (QuickFIX is loaded once), each with a venue of its own at a real
simulator; each has a fault planted in another callback.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.sim_robot import wait_for

pytestmark = [pytest.mark.wire, pytest.mark.timeout(120)]

FAULT_EXIT = 70
CALLBACKS = {
    "ONCREATE": "_created",
    "ONLOGON": "_logged_on",
    "ONLOGOUT": "_logged_out",
    "FROMADMIN": "_admin",
    "FROMAPP": "_arrived",
    "TOAPP": "_leaving",
}
"""Callback -> the method of ours that it calls; `toAdmin` does nothing."""

CHILDREN = """
import json, os, sys, threading, time
from datetime import date
from pathlib import Path
from connectors.fix import session
from connectors.fix.dialect import Dialect
from robot.messages.effects import RequestTrades
from robot.package import fix_dictionary

port, folder, callbacks = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])

def fail(*arguments):
    raise SystemExit("planted")

class Poster:
    up = threading.Event()
    def post(self, event):
        if type(event).__name__ == "SessionUp":
            self.up.set()
    def post_together(self, events): ...
    def observe_time(self, at_ns): ...
    def wait_drained(self, timeout_s): return True

def live(name, method):
    os.dup2(os.open(folder / f"{name}.log", os.O_CREAT | os.O_WRONLY), 2)
    setattr(session._Application, method, fail)
    for kind in (session.DealingApplication, session.MarketDataApplication):
        if method in vars(kind):
            setattr(kind, method, fail)
    venue = session.VenueSettings(id=name, host="127.0.0.1", port=port, sender="BANKCNBJ",
                                  target=name, dialect=Dialect())
    settings = session.FixSettings(venues=(venue,), store=folder / name, venue_clock=True,
                                   dictionary=fix_dictionary(), inbound={}, outbound={})
    venues = session.FixVenues(settings)
    poster = Poster()
    venues.start(poster, lambda mark: None, time.time_ns)
    if method == "_leaving":
        poster.up.wait(20)
        for number in range(100):
            today = date(2026, 10, 21)
            effect = RequestTrades(venue=name, request_id=f"t{number}", trade_date=today)
            venues.send(effect, f"{number}.0")
            time.sleep(0.1)
    time.sleep(30)
    os._exit(0)

codes = {}
pids = {}
for name, method in callbacks.items():
    pid = os.fork()
    if pid == 0:
        live(name, method)
    pids[pid] = name
while pids:
    pid, status = os.wait()
    codes[pids.pop(pid)] = os.waitstatus_to_exitcode(status)
    print(json.dumps(codes), flush=True)
"""


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A simulator with a venue for each callback; its port comes with its status file."""
    command = [sys.executable, "-c", "from connectors.sim.cli import app; app()", "venue"]
    command += ["--status", str(tmp_path / "status.json"), "--store", str(tmp_path / "venue-store")]
    for name in CALLBACKS:
        command += ["--venue", name]
    with (tmp_path / "venue.log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", "0"], stdout=log, stderr=log)
    yield process
    process.kill()
    process.wait()


def test_a_fault_in_any_callback_ends_the_process_at_once(
    venue: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    status = tmp_path / "status.json"
    port = wait_for(lambda: status.exists() and json.loads(status.read_text()).get("port"), 60)
    command = [sys.executable, "-c", CHILDREN, str(port), str(tmp_path), json.dumps(CALLBACKS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as children:
        assert children.stdout is not None
        lines = [json.loads(children.stdout.readline()) for _ in range(len(CALLBACKS) - 1)]
        assert "ONLOGOUT" not in lines[-1], "nobody has logged out yet"
        venue.kill()
        codes = json.loads(children.stdout.readline())
        assert children.wait(30) == 0
    assert codes == dict.fromkeys(CALLBACKS, FAULT_EXIT)
    for name in CALLBACKS:
        said = (tmp_path / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        assert "fault in a FIX callback, the process ends" in said
        assert "SystemExit: planted" in said
