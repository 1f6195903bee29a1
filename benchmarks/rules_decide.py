"""How long do 60 typical rules take to decide one request?

    .venv/bin/python benchmarks/rules_decide.py [--requests 20000]

From the row of facts to the ruling: which rule, its values worked out, the facts it looked at. Told
apart: decided; refused, because an action's value is not known, and it is said which; explained,
with every rule that did not fire and where it ended, which is not on the way of a request. Of each
row the best of some passes counts, because others may use the machine. Left out: working out the
facts, and everything around the strategy.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence

from bench import machine
from typical_book import typical_book, typical_rows

from robot.rules.compile import CompiledBook
from robot.rules.oracle import Row
from robot.rules.ruling import Ruling

GOAL_US = 60.0
PASSES = 5
EXPLAINED = 500
REFUSED = 2_000


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    options = parser.parse_args()
    book = typical_book()
    start = time.perf_counter()
    ready = CompiledBook(book)
    compiled = time.perf_counter() - start
    rows = typical_rows(book, options.requests)
    decided = [row for row in rows if not ready.decide(row).refused]
    refused = [row for row in rows if ready.decide(row).refused][:REFUSED]
    gc.collect()
    gc.freeze()
    found = microseconds(ready.decide, decided)
    print(
        json.dumps(
            {
                "rules": len(book.rules),
                "decided_us": found,
                "refused_us": microseconds(ready.decide, refused),
                "explained_us": microseconds(ready.explain, rows[:EXPLAINED]),
                "compiled_ms": round(compiled * 1e3, 1),
                "goal_us": GOAL_US,
                "reached": found["p50"] <= GOAL_US,
                "passes": PASSES,
                "machine": machine(),
            }
        )
    )


def microseconds(decide: Callable[[Row], Ruling], rows: Sequence[Row]) -> dict[str, float]:
    """Of each row the best pass; the median, the ninety-ninth in a hundred and the largest."""
    best = [min(times) for times in zip(*(_pass(decide, rows) for _ in range(PASSES)), strict=True)]
    best.sort()
    return {
        "count": len(best),
        "p50": round(statistics.median(best) / 1e3, 1),
        "p99": round(best[len(best) * 99 // 100] / 1e3, 1),
        "max": round(best[-1] / 1e3, 1),
    }


def _pass(decide: Callable[[Row], Ruling], rows: Sequence[Row]) -> list[int]:
    found = []
    for row in rows:
        start = time.perf_counter_ns()
        decide(row)
        found.append(time.perf_counter_ns() - start)
    return found


if __name__ == "__main__":
    main()
