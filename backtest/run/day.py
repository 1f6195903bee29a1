"""A recorded day as a backtest needs it: what came in from outside, and what the robot then said
and booked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from connectors.evidence.records import journal_folder
from connectors.journal.file import read_segment, segment_paths
from robot.core.state import RobotState, restore
from robot.errors import RobotError
from robot.journal import (
    Record,
    RecordKind,
    Snapshot,
    decode_effects,
    decode_inputs,
    decode_turn,
)
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped


class Step(msgspec.Struct, frozen=True):
    """One event of the day with what it brought."""

    stamped: Stamped
    effects: list[AnyEffect]
    finished: bool = True
    """Whether its turn was: the robot may have died in it."""


class Day:
    """The segments of one trade date."""

    def __init__(self, place: Path, day: str = "") -> None:
        """`place`: a journal folder, a data folder, a desk's folder, or one segment. `day` as
        20140502; empty = the only one, or the first.
        """
        self.place = place
        """Its journal, or the one segment."""
        if place.is_file():
            paths = [place]
        else:
            self.place = journal_folder(place)
            paths = segment_paths(self.place)
            day = day or paths[0].stem[:8]
            paths = [path for path in paths if path.stem[:8] == day]
        if not paths:
            raise RobotError(f"{place}: no segment of the trade date {day}")
        self.paths = tuple(paths)
        self.name = paths[0].stem[:8]

    @property
    def begins_with(self) -> RobotState:
        """The state at its first event; of the first day of a journal an empty one."""
        for record in _records(self.paths[0]):
            if record.kind is RecordKind.SNAPSHOT:
                found = msgspec.json.decode(record.payload, type=Snapshot)
                return restore(bytes(found.state))
        raise RobotError(f"{self.paths[0]}: begins without a snapshot")

    def steps(self) -> Iterator[Step]:
        """Every event, in order."""
        waiting: list[Stamped] = []
        for path in self.paths:
            for record in _records(path):
                if record.kind is RecordKind.INPUTS:
                    yield from (Step(stamped, [], finished=False) for stamped in waiting)
                    waiting = decode_inputs(record.payload)
                elif record.kind is RecordKind.EFFECTS:
                    rows = decode_effects(decode_turn(record.payload))
                    yield from map(Step, waiting, rows)
                    waiting = []
        yield from (Step(stamped, [], finished=False) for stamped in waiting)


def _records(path: Path) -> Iterator[Record]:
    return (item for item in read_segment(path) if isinstance(item, Record))
