"""On which day each planted bug is noticed.

`noticed.txt` has a day that noticed it at some time: it saves the days before it, and proves
nothing. Days become others with the code: `python -m tests.simulation --noticed` writes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.simulation.day import simulate
from tests.simulation.mutants import MUTANTS, planted

NOTICED = Path(__file__).with_name("noticed.txt")
_HEAD = "# seed, planted bug: a day that noticed it; by: python -m tests.simulation --noticed"


def noticed_on(name: str, days: int) -> int | None:
    """The seed of a day that notices this bug: the file's, or else the first of so many."""
    with planted(name):
        for seed in dict.fromkeys((_noticed().get(name, 1), *range(1, days + 1))):
            if simulate(seed).breaches:
                return seed
    return None


def write_noticed(days: int) -> list[str]:
    """Write the file; the bugs that no day noticed."""
    found = {name: noticed_on(name, days) for name in MUTANTS}
    rows = (f"{seed:3} {name}" for name, seed in found.items() if seed is not None)
    NOTICED.write_text("\n".join([_HEAD, *rows, ""]), encoding="utf-8")
    return [name for name, seed in found.items() if seed is None]


def _noticed() -> Mapping[str, int]:
    rows = [line.split(None, 1) for line in NOTICED.read_text(encoding="utf-8").splitlines()]
    return {name: int(seed) for seed, name in rows if seed != "#"}
