"""How fast are replay and simulation?

    .venv/bin/python benchmarks/replay_speed.py [--journal FOLDER | --records 50000] [--seeds 20]

Replay: `fxrobot replay --check` on a journal (given, or made by `recorded_day.py`), as a command
with its start, and once more in process without it. Simulation: `python -m tests.simulation` over
so many seeds, where the checkout has it. Left out: other programs (the load is printed).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import configure, machine
from recorded_day import Day

from robot.inspection import replay_path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Replay, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--records", type=int, default=50_000, help="Of the journal made.")
    parser.add_argument("--seeds", type=int, default=20, help="Simulated days; 0 for none.")
    options = parser.parse_args()
    result: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as name:
        folder = options.journal
        if folder is None:
            settings = configure(Path(name), 1, 1)
            Day(settings, options.records).make()
            folder = settings.journal_folder
        result["replay"] = _replay(folder)
    if options.seeds:
        result["simulation"] = _simulate(options.seeds)
    print(json.dumps({**result, "load_after": machine()["load"]}))


def _replay(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "robot", "replay", str(folder), "--check", "--json"]
    begun_s = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    command_s = time.monotonic() - begun_s
    begun_s = time.monotonic()
    replayed = replay_path(folder, compare=True)
    seconds = time.monotonic() - begun_s
    return {
        "equal": json.loads(done.stdout)["equal"],
        "turns": replayed.turns,
        "events": replayed.events,
        "events_per_second": round(replayed.events / seconds),
        "events_per_second_of_the_command": round(replayed.events / command_s),
        "megabytes": round(sum(path.stat().st_size for path in folder.glob("*.fxj")) / 1e6, 1),
    }


def _simulate(seeds: int) -> dict[str, object]:
    sys.path.insert(0, str(ROOT))
    if importlib.util.find_spec("tests.simulation.__main__") is None:
        return {"absent": "this checkout has no tests/simulation"}
    command = [sys.executable, "-m", "tests.simulation", "--seeds", f"1-{seeds}"]
    begun_s = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    seconds = time.monotonic() - begun_s
    return {
        "seconds_with_start": round(seconds, 1),
        "exit_code": done.returncode,
        "told": (done.stdout or done.stderr).strip()[-1_000:],
    }


if __name__ == "__main__":
    main()
