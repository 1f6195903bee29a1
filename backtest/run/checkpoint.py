"""From where a run can be taken up: the core's state, how far the market was read, what was kept.

Everything else (the venues, their clients, what is under way) comes to the same state by reading
the market again with what the robot said (`past.py`): it follows from them and the seed alone.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from backtest.records.columns import Tables
from backtest.run.figures import Counts
from backtest.run.journals import Place
from robot.errors import ConfigurationError
from robot.journal import Link

FILE = "checkpoint.bin"
SAID = "said.log"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a run, between two moments."""

    due_ns: int
    """When it was due; the run stood right before the first thing of then or later."""
    now_ns: int
    """Of the last thing done."""
    quotes: int
    stimuli: int
    state: bytes
    links: dict[str, Link]
    numbers: dict[str, int]
    schedule_ns: int
    counts: Counts
    said_bytes: int
    journal: Place | None
    records: bytes
    rows: Tables = {}
    """Of the records, what is in no part file yet."""
    told: list[int] = []
    """To strategies in processes of their own: bytes of each one's file."""


def write_checkpoint(point: Checkpoint, folder: Path) -> None:
    """Whole or not at all."""
    aside = folder / f"{FILE}.new"
    aside.write_bytes(msgspec.msgpack.encode(point))
    aside.replace(folder / FILE)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The last one; None = the run came to none."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Checkpoint)
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        text = f"{path}: is no checkpoint of this version: {problem}; run it again"
        raise ConfigurationError(text) from problem
