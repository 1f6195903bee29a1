"""Very many dialogues on all cores: every one that was asked for is run, or it is said how many
were and the command fails. The same seed gives the same dialogues on any number of processes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import NamedTuple

PART = 2_400
"""Dialogues of one piece of work: some seconds."""
DIGEST = 2**64
PROBLEMS_MAX = 10
"""So many parts in which a rule was broken are enough."""

Play = Callable[[int, int, int], tuple[Counter[str], int]]
"""How many, the seed, the number of the first -> what was counted (`dialogues` too), and a number
that tells the effects of each; the numbers of parts add up to that of the whole.
"""


class Told(NamedTuple):
    """What came of all parts."""

    counts: Counter[str]
    digest: int
    problems: list[str]
    """Of the parts that were not played to their end, with what plays each again."""


def play_all(play: Play, dialogues: int, seed: int, processes: int, seconds: float = 0.0) -> Told:
    """All of them, or as many as were done after `seconds` > 0. A rule that is broken ends its part
    only: one soak finds what there is.
    """
    parts = [(min(PART, dialogues - first), first) for first in range(0, dialogues, PART)]
    counts: Counter[str] = Counter()
    problems: list[str] = []
    digest, began = 0, time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting = [pool.submit(play, count, seed, first) for count, first in parts]
        for done in as_completed(waiting):
            try:
                told, number = done.result()
            except AssertionError as problem:
                problems.append(str(problem))
                sys.stderr.write(f"{problem}\n")
                told, number = Counter(), 0
            counts += told
            digest = (digest + number) % DIGEST
            _show(counts["dialogues"], dialogues, time.monotonic() - began)
            late = seconds and time.monotonic() - began > seconds
            if late or len(problems) >= PROBLEMS_MAX:
                pool.shutdown(wait=True, cancel_futures=True)
                break
    return Told(counts, digest, problems)


def _show(done: int, asked: int, seconds: float) -> None:
    """How far it is, where somebody looks or every tenth."""
    tenth = done * 10 // asked > (done - PART) * 10 // asked
    if sys.stderr.isatty() or tenth:
        sys.stderr.write(f"{done:,} of {asked:,} dialogues, {seconds:.0f} s\n")
        sys.stderr.flush()


def command(play: Play, what: str, about: str | None, dialogues: int) -> int:
    """The command line of a kind of dialogues; its exit code: 1 = a rule was broken or not
    all were run.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--dialogues", type=int, default=dialogues)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long, and fail")
    parser.add_argument("--first", type=int, help="in this process, from this dialogue on")
    asked = parser.parse_args()
    began = time.monotonic()
    if asked.first is not None:
        told = Told(*play(asked.dialogues, asked.seed, asked.first), [])
    else:
        told = play_all(play, asked.dialogues, asked.seed, asked.processes, asked.seconds)
    seconds, counts = time.monotonic() - began, told.counts
    done, broken = counts.pop("dialogues", 0), len(told.problems)
    rows = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    processes = asked.processes if asked.first is None else 1
    sys.stdout.write(f"{what}, seed {asked.seed}: {rows}\n")
    sys.stdout.write(
        f"{done:,} of {asked.dialogues:,} dialogues in {seconds:.0f} s, {done / seconds:,.0f} a "
        f"second in {processes} processes; effects {told.digest:016x}\n"
    )
    for problem in told.problems:
        sys.stdout.write(f"BROKEN: {problem}\n")
    if done < asked.dialogues:
        sys.stdout.write(f"too few: {asked.dialogues - done:,} dialogues were not run to the end\n")
    sys.stdout.write(f"rules broken: {broken}\n")
    return int(broken > 0 or done < asked.dialogues)
