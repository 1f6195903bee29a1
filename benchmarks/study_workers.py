"""How much faster is a study on two Dask workers than in one process, with the same result?

    .venv/bin/python benchmarks/study_workers.py [--workers 2] [--trials 16] [--minutes 4]

The objective is the event-driven backtest of the shipped desk over a made market with the venue's
own clients: a run for each trial and part. The serial study goes first, then the one on workers;
both results must be equal to the last digit. In the time is everything from the first suggestion to
the result; starting the workers is told apart, because it is once for a study of any length.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bench import machine
from optuna.storages import InMemoryStorage

from backtest.honesty.splits import Stretch
from backtest.run.feed import ListFeed
from backtest.studies.result import StudyResult
from backtest.studies.running import measured
from backtest.studies.settings import StudySettings
from backtest.studies.study import Manifest, conclude
from backtest.studies.workers import Here, Workers, workers_of

GOAL = 1.6
BEGIN = "2026-10-21T08:00:00Z"
PARTS = 4
MINUTE_NS = 60_000_000_000
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def results(
    parameters: Mapping[str, str], stretch: Stretch, seed: int, options: Mapping[str, str]
) -> list[float]:
    """One run over a part; the objective of the study."""
    from tests.kit.backtests import small_config

    minutes = int(options["minutes"])
    config = small_config(
        minutes, flow={"mode": "habits", "requests_per_second": options["requests_per_second"]}
    )
    return measured(config, parameters, stretch, seed, MINUTE_NS, feed=_market(minutes, stretch))


@cache
def _market(minutes: int, stretch: Stretch) -> ListFeed:
    """What of the made market is in a part."""
    from backtest.run.feed import Prices
    from tests.kit.backtests import small_feed

    whole = small_feed(minutes)
    parts = []
    for part in whole.parts:
        assert isinstance(part, Prices)
        inside = [n for n, at in enumerate(part.at_ns) if stretch.start_ns <= at < stretch.until_ns]
        parts.append(Prices(*([column[n] for n in inside] for column in part)))
    return ListFeed(whole.keys, [part for part in parts if part.at_ns])


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--minutes", type=int, default=12)
    parser.add_argument("--requests-per-second", default="1")
    options = parser.parse_args()
    settings = _settings(options)
    load = os.getloadavg()[0]
    _conclude(settings, Here(), trials=1)  # imports and tables are there
    serial, alone = _conclude(settings, Here())
    start = time.perf_counter()
    with workers_of(options.workers) as workers:
        _conclude(settings, workers, trials=options.workers)
        started = time.perf_counter() - start
        parallel, together = _conclude(settings, workers)
    print(
        json.dumps(
            {
                "trials": options.trials,
                "evaluations": options.trials * (PARTS - 1) + 1,
                "workers": options.workers,
                "serial_s": round(alone, 2),
                "parallel_s": round(together, 2),
                "starting_workers_s": round(started, 2),
                "faster": round(alone / together, 2),
                "goal": GOAL,
                "reached": alone / together >= GOAL,
                "equal": serial == parallel,
                "load_before": round(load, 2),
                "clock": "wall",
                "machine": machine(),
            }
        )
    )


def _settings(options: argparse.Namespace) -> StudySettings:
    end = f"2026-10-21T08:{options.minutes:02d}:00Z"
    return StudySettings.model_validate(
        {
            "name": "workers",
            "objective": {
                "function": "study_workers:results",
                "options": {
                    "minutes": str(options.minutes),
                    "requests_per_second": options.requests_per_second,
                },
                "figure": "total",
            },
            "span": {"begin": BEGIN, "end": end, "parts": PARTS, "validation_parts": 1},
            "parameters": {
                "desk.strategy.parameters.lean_max": {"low": "0", "high": "3", "step": "0.5"},
                "desk.strategy.parameters.tiers.gold.0.margin": {
                    "low": "0.1",
                    "high": "1",
                    "step": "0.1",
                },
            },
            "search": {"trials": options.trials, "batch": 8, "seed": 7, "pruner": {"kind": "none"}},
        }
    )


def _conclude(
    settings: StudySettings, workers: Workers, trials: int = 0
) -> tuple[StudyResult, float]:
    """The study, or a short one, and the seconds it took."""
    if trials:
        search = settings.search.model_copy(update={"trials": trials})
        settings = settings.model_copy(update={"search": search})
    manifest = Manifest(settings={}, beside="", code_version="", config_hash="", data_hashes={})
    start = time.perf_counter()
    result = conclude(settings, manifest, InMemoryStorage(), workers)
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
