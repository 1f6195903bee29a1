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

PART = 2_400
"""Dialogues of one piece of work: some seconds."""
DIGEST = 2**64

Play = Callable[[int, int, int], tuple[Counter[str], int]]
"""How many, the seed, the number of the first -> what was counted (`dialogues` too), and a number
that tells the effects of each; the numbers of parts add up to that of the whole.
"""


def play_all(
    play: Play, dialogues: int, seed: int, processes: int, seconds: float = 0.0
) -> tuple[Counter[str], int]:
    """All of them, or as many as were done after `seconds` > 0; the first problem is raised."""
    parts = [(min(PART, dialogues - first), first) for first in range(0, dialogues, PART)]
    counts: Counter[str] = Counter()
    digest, began = 0, time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting = [pool.submit(play, count, seed, first) for count, first in parts]
        for done in as_completed(waiting):
            try:
                told, number = done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            counts += told
            digest = (digest + number) % DIGEST
            _show(counts["dialogues"], dialogues, time.monotonic() - began)
            if seconds and time.monotonic() - began > seconds:
                pool.shutdown(wait=True, cancel_futures=True)
                break
    return counts, digest


def _show(done: int, asked: int, seconds: float) -> None:
    """How far it is, where somebody looks or every tenth."""
    tenth = done * 10 // asked > (done - PART) * 10 // asked
    if sys.stderr.isatty() or tenth:
        sys.stderr.write(f"{done:,} of {asked:,} dialogues, {seconds:.0f} s\n")
        sys.stderr.flush()


def command(play: Play, what: str, about: str | None, dialogues: int) -> int:
    """The command line of a kind of dialogues; its exit code: 1 = fewer were run than asked."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--dialogues", type=int, default=dialogues)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long, and fail")
    parser.add_argument("--first", type=int, help="in this process, from this dialogue on")
    asked = parser.parse_args()
    began = time.monotonic()
    if asked.first is not None:
        counts, digest = play(asked.dialogues, asked.seed, asked.first)
    else:
        counts, digest = play_all(play, asked.dialogues, asked.seed, asked.processes, asked.seconds)
    seconds, done = time.monotonic() - began, counts.pop("dialogues")
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    sys.stdout.write(f"{what}, seed {asked.seed}: {told}\n")
    sys.stdout.write(
        f"{done:,} of {asked.dialogues:,} dialogues in {seconds:.0f} s, {done / seconds:,.0f} a "
        f"second in {asked.processes if asked.first is None else 1} processes; "
        f"no rule broken; effects {digest:016x}\n"
    )
    if done < asked.dialogues:
        sys.stdout.write(f"too few: {asked.dialogues - done:,} dialogues were not run\n")
        return 1
    return 0
