"""Benchmarks of the game strategies: each module is a world, measured beside published values.

    .venv/bin/python -m benchmarks.games.sealed_quote [--seed 1] [--scale 1] [--json]
    .venv/bin/python -m benchmarks.games.results [--run] [NAME ...]

A world is a module of this folder with `TITLE`, `SEED` and `measure(seed, scale) -> [Figure]`, and
`main(__name__)` at its end. `scale` multiplies the number of paths, requests or dialogues; figures
without a standard error do not depend on it. `results` writes RESULTS.md from the JSON of all of
them, which `--run` makes anew (`figures/NAME.json`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from statistics import median
from typing import Any

WITHIN, AT_LEAST, AT_MOST = "within", "at least", "at most"
"""Goals: no further than `bound` from the published value; not below, not above `bound`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number beside the published one."""

    what: str
    measured: float
    published: float | None = None
    unit: str = ""
    error: float = 0.0
    """Standard error of the measured value; 0 = it is no estimate."""
    source: str = ""
    """Of the published value."""
    goal: str = ""
    """WITHIN, AT_LEAST or AT_MOST; empty = told for information."""
    bound: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the goal is; None = there is none."""
        if not self.goal or self.bound is None:
            return None
        if self.goal == AT_LEAST:
            return self.measured >= self.bound
        if self.goal == AT_MOST:
            return self.measured <= self.bound
        assert self.goal == WITHIN and self.published is not None, f"no such goal: {self}"
        return abs(self.measured - self.published) <= self.bound


DECISION_MAX_US = 200.0
"""A decision of a quote or a negotiation, on a quiet core."""


def decision(times_s: Sequence[float], what: str = "") -> Figure:
    """How long a decision takes, beside its goal."""
    return Figure(
        what=" ".join(("a decision", what)).rstrip() + ", median, this machine as it is",
        measured=round(median(times_s) * 1e6, 0),
        unit="us",
        goal=AT_MOST,
        bound=DECISION_MAX_US,
    )


def measured(name: str, seed: int | None = None, scale: float = 1.0) -> dict[str, Any]:
    """A world's figures with what they were made with, as they are stored."""
    world = import_module(f"{__name__}.{name}")
    used = world.SEED if seed is None else seed
    began = time.perf_counter()
    figures = world.measure(used, scale)
    return {
        "world": name,
        "title": world.TITLE,
        "seed": used,
        "scale": scale,
        "seconds": round(time.perf_counter() - began, 1),
        "machine": _machine(),
        "figures": [{**asdict(one), "reached": one.reached} for one in figures],
    }


def _machine() -> dict[str, object]:
    from benchmarks.bench import machine  # brings the whole robot with it

    return machine()


def main(module: str) -> None:
    """The command of a world."""
    if module != "__main__":
        return
    main_module = sys.modules[module]
    assert main_module.__spec__ is not None, "run it as `python -m benchmarks.games.NAME`"
    name = main_module.__spec__.name.rpartition(".")[2]
    parser = argparse.ArgumentParser(description=main_module.__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    told = measured(name, wanted.seed, wanted.scale)
    if wanted.json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return
    from benchmarks.games.results import section

    sys.stdout.write(section(told))
