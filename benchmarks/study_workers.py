"""How much faster is a study on two Dask workers than in one process, with the same result?

    .venv/bin/python benchmarks/study_workers.py [--workers 2] [--trials 16] [--hours 10] [--rows N]

Two commands, one after the other, as a quant types them: `fxrobot backtest study run`, without and
with `--workers`. The objective is the event-driven backtest of the shipped desk over a made-up day
of EUR/USD in a data store, with the venue's own clients: a run for each trial and hour. `faster` is
of the whole commands, the start of Python, of Dask and of the workers included; `faster_searching`
is from the first suggestion to the result, which is what a longer study comes to. Both
results must be equal to the last digit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import machine

GOAL = 1.6
DAY = "2014-05-01"
FIRST_HOUR = 7
"""Of the made-up day, UTC."""
DESK = Path(__file__).resolve().parent.parent / "config"


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--hours", type=int, default=10)
    parser.add_argument("--rows", type=int, default=100_000, help="prices of the day, at most")
    parser.add_argument("--requests-per-second", default="0.1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fxrobot-bench-") as folder:
        print(json.dumps(_measured(Path(folder), options)))


def _measured(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    _make(folder, options)
    load = os.getloadavg()[0]
    serial = _study(folder, "serial")
    together = _study(folder, "together", "--workers", str(options.workers))
    faster = serial["command_s"] / together["command_s"]
    return {
        "trials": options.trials,
        "evaluations": options.trials * (options.hours - 1) + 1,
        "prices": options.rows,
        "workers": options.workers,
        "serial_s": round(serial["command_s"], 2),
        "parallel_s": round(together["command_s"], 2),
        "faster": round(faster, 2),
        "faster_searching": round(serial["search_s"] / together["search_s"], 2),
        "starting_workers_s": round(together["command_s"] - together["search_s"], 2),
        "serial_cpu_s": round(serial["cpu_s"], 2),
        "parallel_cpu_s": round(together["cpu_s"], 2),
        "goal": GOAL,
        "reached": faster >= GOAL,
        "equal": serial["result"] == together["result"],
        "load_before": round(load, 2),
        "clock": "wall",
        "machine": machine(),
    }


def _make(folder: Path, options: argparse.Namespace) -> None:
    """A data store of one day, a run over it, and the same study under two names."""
    store, ticks = str(folder / "store"), str(folder / "ticks.csv")
    _fxrobot("data", "example", ticks, "--rows", str(options.rows))
    _fxrobot("data", "import", ticks, "--data", store, "--venue", "ALPHA", "--pair", "EUR/USD")
    begin, end = (f"{DAY}T{hour:02d}:00:00Z" for hour in (FIRST_HOUR, FIRST_HOUR + options.hours))
    (folder / "day.backtest.yaml").write_text(
        f"name: day\ndesk: {DESK}\ndata: store\npairs: [EUR/USD]\nvenues: [ALPHA]\n"
        f"span: {{begin: {begin}, end: {end}}}\n"
        f"flow: {{mode: habits, requests_per_second: {options.requests_per_second}}}\n"
    )
    for name in ("serial", "together"):
        (folder / f"{name}.study.yaml").write_text(
            f"name: {name}\n"
            "objective: {run: day.backtest.yaml, figure: total, options: {period_minutes: '10'}}\n"
            f"span: {{begin: {begin}, end: {end}, parts: {options.hours}, validation_parts: 1}}\n"
            "parameters:\n"
            "  desk.strategy.parameters.lean_max: {low: 0, high: 3, step: 0.5}\n"
            "  desk.strategy.parameters.tiers.gold.0.margin: {low: 0.1, high: 1, step: 0.1}\n"
            f"search: {{trials: {options.trials}, seed: 7, pruner: {{startup_trials: 4}}}}\n"
        )


def _study(folder: Path, name: str, *more: str) -> dict[str, Any]:
    """The command, and of its seconds those from the first suggestion on."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    begun_at = time.time()
    told = _fxrobot("backtest", "study", "run", str(folder / f"{name}.study.yaml"), *more, "--json")
    command_s = time.perf_counter() - start
    with (folder / "studies" / name / "optuna.journal").open(encoding="utf-8") as journal:
        rows = map(json.loads, journal)
        first = next(row["datetime_start"] for row in rows if "datetime_start" in row)
    searched_at = datetime.fromisoformat(first).timestamp()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(told)
    del result["name"]
    return {
        "command_s": command_s,
        "search_s": command_s - (searched_at - begun_at),
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "result": result,
    }


def _fxrobot(*arguments: str) -> str:
    command = [sys.executable, "-m", "robot", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
