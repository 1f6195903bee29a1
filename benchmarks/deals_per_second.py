"""How many deals a second go the whole way, request to back-office acknowledgement, and where does
the time go?

    .venv/bin/python benchmarks/deals_per_second.py [--deals 1500] [--requests-per-second 40]
        [--speed 10] [--sampler PATH_OF_PY_SPY]

Runs the demo's world: two venues, broker, back office and the supervised robot as real processes.
Counted from the first request to the moment when the last deal is acknowledged by the back office
(looked at every 20 ms). CPU seconds per process are the kernel's. How many requests a deal takes
depends on how many are refused, which on a busy machine are most (the venue's clock runs on, its
prices turn stale): compare runs that lie side by side, and the trader's milliseconds for a request
and for a deal together with the refusals by reason. With a sampler the trader's
threads are sampled while clients deal and the samples counted by stage. Left out: the start of the
processes, the end-of-run judgement, other programs (the load is printed).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bench import cpu_s, machine, wait_for

from connectors.demo.summary import Summary, summarise
from connectors.demo.world import DemoOptions, World, new_folder, remove, running_pids
from connectors.store.queries import open_queries
from robot.settings import Settings

SAMPLED_S = 10
LOOK_S = 0.02
STAGES = {
    "send: SENT record": ("on_sent (robot/agent.py",),
    "send": ("send (connectors/fix/session.py",),
    "step": ("_step (robot/agent.py",),
    "journal: sync": ("sync (connectors/journal/file.py", "_sync_in_groups (connectors/journal"),
    "journal: append": ("append (connectors/journal/file.py",),
    "journal: encode": ("encode_inputs (robot/journal.py", "encode_effects (robot/journal.py"),
    "turn, rest": ("turn (robot/agent.py",),
    "wait": ("wait_posted (robot/inbox.py", "wait_drained (robot/inbox.py"),
    "loop, rest": ("run (robot/agent.py", "_turn_at_once (robot/agent.py"),
    "decode": ("_arrived (connectors/fix/session.py", "_admin (connectors/fix/session.py"),
    "monitor": ("_monitor (robot/trader.py", "_watch_kill_file (robot/trader.py"),
}
"""Stage -> functions; a sample belongs to the first stage that has a function on its stack."""


def main() -> None:
    """Run the world, watch it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--deals", type=int, default=1500)
    parser.add_argument("--requests-per-second", type=float, default=40.0, help="Of venue time.")
    parser.add_argument("--speed", default="10", help="Venue seconds per second.")
    parser.add_argument("--sampler", default=_sampler(), help="py-spy; empty = no samples.")
    options = parser.parse_args()
    before = machine()
    world = World(
        DemoOptions(
            deals=options.deals,
            seconds=None,
            speed=options.speed,
            requests_per_second=options.requests_per_second,
            folder=new_folder(None),
        )
    )
    try:
        settings = world.start()
        wait_for("the first request", lambda: _count(world, "requests") > 0, 120)
        begun_s, used = time.monotonic(), _used(world, settings)
        sampler = _sample(options.sampler, settings, world.folder)
        wait_for("the last deal", lambda: _finished(world), 600)
        dealt_s = time.monotonic() - begun_s
        wait_for("the last acknowledgement", lambda: _acknowledged(world, settings), 120)
        all_s = time.monotonic() - begun_s
        spent = {
            name: value - used.get(name, 0.0) for name, value in _used(world, settings).items()
        }
        if sampler is not None:
            sampler.wait()
        refusals = world.venue_status().get("refusals_by_reason")
        world.stop_venue()
    finally:
        world.stop()
    summary = summarise(settings, world.venue_record, world.bookings)
    result = {"machine": before, "load_after": machine()["load"], **_facts(summary)}
    result["deals_per_second_end_to_end"] = round(summary.deals / all_s, 1)
    result["refusals"] = refusals
    result["seconds"] = {"dealing": round(dealt_s, 1), "until_acknowledged": round(all_s, 1)}
    result["cpu_seconds"] = {name: round(value, 1) for name, value in spent.items()}
    for what, count in (("request", summary.requests), ("deal", summary.deals)):
        result[f"trader_ms_per_{what}"] = round(1000 * spent["trader"] / max(count, 1), 2)
    result["cpu_of_all_cores"] = round(sum(spent.values()) / all_s / float(str(before["cores"])), 2)
    result["trader_samples_percent"] = _stages(world.folder / "samples.txt")
    remove(world.folder)
    print(json.dumps(result))
    sys.exit(0 if summary.reconciled and summary.replay_equal else 1)


def _sampler() -> str:
    """py-spy of this environment, or of the machine; empty when there is none."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy") or ""


def _facts(summary: Summary) -> dict[str, object]:
    refused = summary.refusals / max(summary.requests, 1)
    return {
        "deals": summary.deals,
        "requests": summary.requests,
        "hit_ratio": summary.hit_ratio,
        "refused_share": round(refused, 3),
        "latency_ms": summary.latency_ms,
        "reconciled": summary.reconciled,
        "replay_equal": summary.replay_equal,
        "limits_breached": summary.limits_breached,
    }


def _count(world: World, name: str) -> int:
    world.check_alive()
    return int(str(world.venue_status().get(name, 0)))


def _finished(world: World) -> bool:
    world.check_alive()
    return world.venue_status().get("phase") == "finished"


def _acknowledged(world: World, settings: Settings) -> bool:
    with open_queries(settings.database_url) as queries:
        counts = queries.counts()
    return counts.outbox_open == 0 and counts.deals >= _count(world, "fills")


def _used(world: World, settings: Settings) -> dict[str, float]:
    """CPU seconds of every process of the world so far."""
    pids = {name: process.pid for name, process in world.processes.items()}
    pids["supervisor"] = pids.pop("robot")
    if world.broker is not None:
        pids["broker"] = world.broker.pid
    pids.update(running_pids(settings))
    return {name: cpu_s(pid) for name, pid in pids.items()}


def _sample(sampler: str, settings: Settings, folder: Path) -> subprocess.Popen[bytes] | None:
    if not sampler:
        return None
    pid = str(running_pids(settings)["trader"])
    command = [sampler, "record", "--pid", pid, "--duration", str(SAMPLED_S), "--nonblocking"]
    command += ["--format", "raw", "--rate", "50", "--output", str(folder / "samples.txt")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _stages(path: Path) -> dict[str, float]:
    """Share of the samples of running threads by stage, in percent; empty without a sampler."""
    if not path.exists():
        return {}
    found: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        found[_stage(stack)] += int(count)
    total = sum(found.values()) or 1
    return {name: round(100 * count / total, 1) for name, count in found.most_common()}


def _stage(stack: str) -> str:
    for stage, functions in STAGES.items():
        if any(function in stack for function in functions):
            return stage
    return "other"


if __name__ == "__main__":
    main()
