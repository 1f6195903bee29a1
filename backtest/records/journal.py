"""The records of days in a journal: of the live robot, the demo, or a backtest that kept one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from backtest.records.market import FollowedMarket
from backtest.records.recorder import Recorder, RecordSettings
from connectors.evidence.records import SegmentView, journal_folder, segments_of_day, views_of
from robot.core.state import RobotState, restore
from robot.errors import RobotError
from robot.journal import RecordKind, Snapshot

_TOLD_EVERY = 500


def record_journal(
    folder: Path,
    day: str = "",
    settings: RecordSettings | None = None,
    told: Callable[[float], None] | None = None,
) -> tuple[Recorder, tuple[str, ...]]:
    """The finished record of all its segments, or of those of one trade date (`20140502`), and the
    segments' names. Only what is synced to the disk is read. `told` hears how far it is, 0 to 1.
    """
    journal = journal_folder(folder)
    return record_segments(journal, segments_of_day(journal, day), settings, told)


def record_segments(
    journal: Path,
    paths: list[Path],
    settings: RecordSettings | None = None,
    told: Callable[[float], None] | None = None,
    through: int = 0,
) -> tuple[Recorder, tuple[str, ...]]:
    """The same of these segments; `through`: of the last one only turns that were over with the
    record of this number, 0 = all.
    """
    recorder: Recorder | None = None
    last_ns = 0
    for number, view in enumerate(views_of(journal, paths)):
        if view.problem:
            raise RobotError(view.problem)
        if recorder is None:
            recorder = _begun(view, settings)
        until = through if number + 1 == len(paths) else 0
        for index, at_ns in _take(view, recorder, until):
            last_ns = at_ns
            if told is not None and index % _TOLD_EVERY == 0:
                told((number + index / len(view)) / len(paths))
    if recorder is None or not last_ns:
        raise RobotError(f"{journal}: nothing happened in {', '.join(path.stem for path in paths)}")
    recorder.finish(last_ns)
    return recorder, tuple(path.stem for path in paths)


def _begun(view: SegmentView, settings: RecordSettings | None) -> Recorder:
    """From the state that the first segment starts with: positions are carried into a day."""
    state = RobotState()
    if len(view) > 1 and view.kinds[1] == RecordKind.SNAPSHOT:
        saved = msgspec.json.decode(view.record(1).payload, type=Snapshot)
        state = restore(bytes(saved.state))
    recorder = Recorder(FollowedMarket(state), settings)
    recorder.begin(state)
    return recorder


def _take(view: SegmentView, recorder: Recorder, through: int = 0) -> Iterator[tuple[int, int]]:
    """The place and time of each event that was taken."""
    for index, turn in view.turns():
        if through and turn.sequence >= through:
            return
        for stamped, effects in turn.pairs():
            if stamped.at_ns >= recorder.due_ns:
                recorder.mark(stamped.at_ns)
            recorder.take(stamped.at_ns, stamped.event, effects)
            yield index, stamped.at_ns
