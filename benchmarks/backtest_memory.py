"""How much memory does a long backtest need, and how long does it take?

    .venv/bin/python benchmarks/backtest_memory.py [--quotes 10000000] [--keep FOLDER]

Made-up quotes of EUR/USD, a million for each week day, are imported file by file; then the desk
as it is shipped is run over all of them, with clients, records and checkpoints. Both
are in processes of their own, so that the peak of memory is theirs. `--quotes 500000` for a quick
look. The journal is left out (`journal: none`, as searches have it).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import apart, machine, peak_mb
from made_up import write_quotes

from backtest.data.importing import import_file
from backtest.data.places import known_of
from backtest.data.wishes import Wish
from backtest.run.config import BacktestConfig
from backtest.run.runner import run
from robot.basics.numbers import set_decimal_context
from robot.package import configuration_folder

GOAL_MB = 1_500
DAY_QUOTES = 1_000_000
DAY_S = 86_400
MONDAY = datetime(2014, 5, 5, tzinfo=UTC)

Figures = dict[str, Any]


def main() -> None:
    """Prints one JSON object; exit code 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quotes", type=int, default=10 * DAY_QUOTES)
    parser.add_argument("--requests-per-second", default="0.02")
    parser.add_argument("--keep", type=Path, help="folder for the store, kept for the next time")
    options = parser.parse_args()
    days = week_days(-(-options.quotes // DAY_QUOTES))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        figures: Figures = {"quotes": options.quotes, "goal_mb": GOAL_MB}
        if not (folder / "store").exists():
            figures["import"] = apart(_imported, folder, days, options.quotes)
        config = _config(folder, Path(scratch), days, options.requests_per_second)
        figures["run"] = apart(_run, config)
    peak = figures["run"]["peak_mb"]
    print(json.dumps({**figures, "reached": peak <= GOAL_MB, "machine": machine()}, indent=1))
    sys.exit(peak > GOAL_MB)


def week_days(count: int) -> list[datetime]:
    """So many, from a Monday on."""
    return [MONDAY + timedelta(days=number + number // 5 * 2) for number in range(count)]


def _imported(folder: Path, days: list[datetime], quotes: int) -> Figures:
    folder.mkdir(parents=True, exist_ok=True)
    begun, rows = time.process_time(), 0
    for number, day in enumerate(days):
        file = folder / "day.csv"
        begin_ms = int(day.timestamp()) * 1_000
        count = quotes * (number + 1) // len(days) - rows
        write_quotes(file, begin_ms, DAY_S * 1_000, count, seed=number)
        wish = Wish(venue="ALPHA", pair="EUR/USD")
        rows += import_file(
            folder / "store", file, wish, known_of(None), now_ns=time.time_ns()
        ).rows
        file.unlink()
    return {"rows": rows, "cpu_s": round(time.process_time() - begun, 1), "peak_mb": peak_mb()}


def _config(folder: Path, scratch: Path, days: list[datetime], requests: str) -> Figures:
    end = days[-1] + timedelta(days=1)
    return {
        "name": "memory",
        "desk": configuration_folder(),
        "data": folder / "store",
        "runs": scratch / "runs",
        "span": {"begin": f"{days[0]:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"},
        "pairs": ["EUR/USD"],
        "venues": ["ALPHA"],
        "flow": {"mode": "habits", "requests_per_second": requests},
    }


def _run(config: Figures) -> Figures:
    set_decimal_context()
    begun, cpu = time.perf_counter(), time.process_time()
    result = run(BacktestConfig.model_validate(config))
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "figures": {name: result.figures[name] for name in _COUNTED},
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu_s, 1),
        "peak_mb": peak_mb(),
    }


_COUNTED = ("prices", "events", "requests", "quotes", "deals")

if __name__ == "__main__":
    main()
