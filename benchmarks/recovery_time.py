"""How long from a killed trader to its first correct quote, with a journal of 100,000 records?

    .venv/bin/python benchmarks/recovery_time.py [--records 100000] [--kills 20]

The journal is made in process (`recorded_day.py`), followed once by the real projector and auditor,
and given back before every kill. Then trader, projector and auditor are real processes: with the
followers up, a trader is started as the supervisor starts it after a kill, and the time runs until
the venue has a quote in its hands that is within the collar of its market; that includes imports,
recovery, log-on of both sessions, reconciliation of every deal of the day and the request itself.
Once with the auditor's snapshots in place, once without. The supervisor's own time to notice a kill
and start again is not in it; its longest is printed and added. Left out: other programs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import quickfix as fix
from bench import (
    PREFIX,
    Venue,
    caught_up,
    configure,
    cpu_s,
    end,
    machine,
    percentiles_ms,
    spawn,
    wait_for,
)
from recorded_day import Day, fill_of

from connectors.journal.file import read_segment, segment_paths
from connectors.mqtt.broker import start_broker
from robot.journal import Link
from robot.settings import Settings
from robot.supervisor import LOOK_S

ALPHA = "ALPHA"
ASK_AGAIN_S = 0.01
PATIENCE_S = 60.0
COLLAR = Decimal("0.0025")
FOLLOWERS = ("projector", "auditor")


def main() -> None:
    """Make the journal, kill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20, help="For each of the two cases.")
    options = parser.parse_args()
    before = machine()
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as name:
        folder = Path(name)
        venue = Venue((ALPHA,))
        port = venue.start()
        with start_broker(folder / "broker") as broker:
            settings = configure(folder, port, broker.port)
            link, facts = _make(settings, venue, options.records)
            _follow_once(folder, settings)
            shutil.copytree(settings.data, folder / "template")
            taken: dict[str, list[int]] = {"with_snapshot": [], "without_snapshot": []}
            used: dict[str, list[float]] = {case: [] for case in taken}
            for _ in range(options.kills):
                for case, values in taken.items():
                    kept = case == "with_snapshot"
                    _kill(folder, settings, venue, link, kept, values, used[case])
    notice_s = LOOK_S  # what was killed is started in the look that finds it
    result = {"machine": before, "load_after": machine()["load"], **facts}
    result["supervisor_longest_ms"] = round(notice_s * 1000)
    for case, values in taken.items():
        result[f"{case}_trader_cpu_s"] = round(statistics.median(used[case]), 2)
        result[f"{case}_ms"] = percentiles_ms(values)
        result[f"{case}_and_supervisor_ms"] = percentiles_ms(
            [value + int(notice_s * 1e9) for value in values]
        )
    print(json.dumps(result))


def _make(settings: Settings, venue: Venue, records: int) -> tuple[Link, dict[str, object]]:
    begun_s = time.monotonic()
    deals, link = Day(settings, records).make()
    seconds = time.monotonic() - begun_s
    venue.fills = [fill_of(deal) for deal in deals]
    path = segment_paths(settings.journal_folder)[-1]
    found = sum(1 for _ in read_segment(path))
    made = {"records": found, "deals": len(deals), "journal_mb": path.stat().st_size // 10**6}
    return link, {**made, "journal_made_in_s": round(seconds, 1)}


def _follow_once(folder: Path, settings: Settings) -> None:
    """Projector and auditor come to the journal's end; the auditor leaves its snapshots."""
    running = _start_followers(folder, settings)
    for process in running.values():
        end(process)


def _start_followers(folder: Path, settings: Settings) -> dict[str, subprocess.Popen[bytes]]:
    running = {name: _spawn(folder, settings, name) for name in FOLLOWERS}
    for name, process in running.items():
        wait_for(f"{name} at the end", lambda n=name, p=process: caught_up(settings, n, p), 300)
    return running


def _spawn(folder: Path, settings: Settings, name: str) -> subprocess.Popen[bytes]:
    options = ("--demo",) if name == "trader" else ()
    return spawn(folder, name, "-m", "robot.process", name, str(settings.folder), *options)


def _kill(
    folder: Path,
    settings: Settings,
    venue: Venue,
    link: Link,
    with_snapshot: bool,
    taken: list[int],
    used: list[float],
) -> None:
    """One recovery from the long journal: nanoseconds to the first correct quote, CPU seconds."""
    shutil.rmtree(settings.data)
    shutil.copytree(folder / "template", settings.data)
    running = _start_followers(folder, settings)
    if not with_snapshot:
        shutil.rmtree(settings.data / "snapshots", ignore_errors=True)
    _renumber(link)
    begun_ns = time.time_ns()
    trader = _spawn(folder, settings, "trader")
    try:
        taken.append(_first_quote(venue, begun_ns) - begun_ns)
        used.append(cpu_s(trader.pid))
    finally:
        end(trader, signal.SIGKILL)
        for process in running.values():
            end(process)
        venue.pump(0.1)


def _renumber(link: Link) -> None:
    """The venue's session stands where the journal says that it stood."""
    session = fix.Session.lookupSession(fix.SessionID("FIX.4.4", f"{ALPHA}-DEAL", f"{PREFIX}-DEAL"))
    session.setNextSenderMsgSeqNum(link.inbound + 1)
    session.setNextTargetMsgSeqNum(link.outbound + 1)


def _first_quote(venue: Venue, begun_ns: int) -> int:
    venue.subscriptions.clear()
    venue.reconciled.clear()
    deadline, number = time.monotonic() + PATIENCE_S, 0
    while time.monotonic() < deadline:
        venue.pump(ASK_AGAIN_S)
        if not (venue.subscriptions and venue.reconciled):
            continue
        number += 1
        venue.tick(ALPHA)
        venue.ask(ALPHA, f"K{begun_ns}-{number}")
        found = venue.quote(ALPHA, 1.0)
        if found is None or found[0].type != "S":
            continue
        bid, offer = found[0].number(132), found[0].number(133)
        if bid is None or offer is None or not (venue.bid * (1 - COLLAR) < bid < offer):
            sys.exit(f"a wrong quote: {found[0].raw}")
        return found[1]
    sys.exit("no quote after a kill")


if __name__ == "__main__":
    main()
