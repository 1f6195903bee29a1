"""`python -m tests.simulation --seeds 1-200 [--mutant NAME]`: days, one line of figures.

Seeds that once failed stand in `seeds.txt` and are always simulated too. Exits 1 on a breach.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.simulation.day import Verdict, simulate
from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.noticing import write_noticed

KEPT = Path(__file__).with_name("seeds.txt")
NOTICED_WITHIN = 200
"""Days, of which one notices a planted bug."""


def kept_seeds() -> list[int]:
    """Seeds that failed once."""
    lines = KEPT.read_text(encoding="utf-8").splitlines()
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def simulate_all(seeds: list[int], *, stop_at_first: bool = False) -> list[Verdict]:
    """The verdicts, in order."""
    verdicts = []
    for seed in seeds:
        verdicts.append(simulate(seed))
        if stop_at_first and verdicts[-1].breaches:
            break
    return verdicts


def main() -> int:
    """Simulates, prints, judges."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="1-200", help="first-last, both included, or one seed")
    parser.add_argument("--mutant", default="", choices=("", *MUTANTS), help="plant this bug")
    parser.add_argument("--marks", action="store_true", help="list how often each path was taken")
    parser.add_argument("--noticed", action="store_true", help="write noticed.txt anew")
    arguments = parser.parse_args()
    if arguments.noticed:
        missed = write_noticed(NOTICED_WITHIN)
        print("noticed by no day:", ", ".join(missed) or "none")
        return 1 if missed else 0
    first, _, last = arguments.seeds.partition("-")
    wanted = range(int(first), int(last or first) + 1)
    seeds = list(dict.fromkeys([*kept_seeds(), *wanted] if last else wanted))
    began, cpu_began = time.perf_counter(), time.process_time()
    with planted(arguments.mutant):
        verdicts = simulate_all(seeds)
    seconds = time.perf_counter() - began
    cpu_seconds = time.process_time() - cpu_began
    failed = [verdict for verdict in verdicts if verdict.breaches]
    for verdict in failed[:5]:
        print(verdict.text())
    marks = sum((verdict.marks for verdict in verdicts), Counter[str]())
    if arguments.marks:
        print("\n".join(f"{count:7} {name}" for name, count in sorted(marks.items())))
    events = sum(verdict.events for verdict in verdicts)
    print(
        f"{len(verdicts)} days, {len(failed)} with breaches {[v.seed for v in failed[:20]]}; "
        f"{len(verdicts) / seconds:.1f} days/s, {events / seconds:.0f} events/s "
        f"({len(verdicts) / cpu_seconds:.1f} and {events / cpu_seconds:.0f} a CPU second), "
        f"{sum(v.deals for v in verdicts)} deals, {sum(v.lives for v in verdicts)} starts, "
        f"{len(marks)} kinds of path"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
