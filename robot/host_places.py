"""The places for strategies in processes of their own: two, so that a candidate has one beside the
live strategy's. The trader says in a file which are wanted; the supervisor sees to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

PLACES = {"host": "strategy", "host2": "strategy2"}
"""Name of the process -> of its socket in the run folder."""
_FILE = "hosts"


def tell_wanted(run_folder: Path, names: Iterable[str]) -> None:
    """These processes are wanted from now on, and no other; raises OSError."""
    run_folder.mkdir(parents=True, exist_ok=True)
    path = run_folder / _FILE
    temporary = path.with_suffix(".tmp")
    temporary.write_text("\n".join(names), encoding="ascii")
    os.replace(temporary, path)


def wanted(run_folder: Path) -> tuple[str, ...] | None:
    """Which are; None = nobody has said so yet."""
    try:
        names = (run_folder / _FILE).read_text(encoding="ascii").split()
    except OSError:
        return None
    return tuple(name for name in PLACES if name in names)


def forget_wanted(run_folder: Path) -> None:
    """A robot starts: what the last one wanted says nothing of it."""
    (run_folder / _FILE).unlink(missing_ok=True)
