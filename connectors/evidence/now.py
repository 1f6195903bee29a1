"""The limits now: as the running robot says, else as its journal ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

from connectors.evidence.use import Account, account_of, fullest_first
from connectors.journal.file import FileTail, segment_paths
from robot.assembly import load_strategy
from robot.auditor import newest_snapshot
from robot.control import Command, ask
from robot.errors import RobotError
from robot.limits.rates import figures
from robot.replay import Replayer
from robot.settings import Settings

_RECORDS = 1_000


class LimitsNow(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit, the fullest first."""

    source: str
    at_ns: int
    limits: tuple[Account, ...]


def limits_now(settings: Settings, now_ns: int) -> LimitsNow:
    """From the running robot, or from the newest snapshot and what the journal has after it."""
    try:
        answer = ask(settings.run_folder / "control", Command(command="status"))
    except RobotError:
        return _stepped(settings)
    rows = answer.get("limits")
    if not isinstance(rows, list):
        raise RobotError("the robot is starting; try again when it has begun")
    return _now("the running robot", now_ns, cast(list[Mapping[str, object]], rows))


def _stepped(settings: Settings) -> LimitsNow:
    """The same core to the end of the journal."""
    paths = segment_paths(settings.journal_folder)
    if not paths:
        raise RobotError(f"{settings.journal_folder}: no journal there, and no robot running")
    newest = paths[-1].stem
    saved = newest_snapshot(settings.data / "snapshots", newest)
    replayer = Replayer(load_strategy, compare=False)
    if saved is not None:
        replayer.resume(saved)
    place = (saved.segment, saved.sequence) if saved is not None else (newest, 0)
    tail = FileTail(settings.journal_folder, *place)
    try:
        while records := tail.poll(_RECORDS):
            for record in records:
                replayer.apply(record)
    finally:
        tail.close()
    accounts = figures(replayer.engine.state.gate, replayer.at_ns)
    rows = cast(list[Mapping[str, object]], msgspec.to_builtins(accounts))
    return _now("the end of the journal; the robot is not running", replayer.at_ns, rows)


def _now(source: str, at_ns: int, rows: Iterable[Mapping[str, object]]) -> LimitsNow:
    limits = tuple(fullest_first(account_of(row) for row in rows))
    return LimitsNow(source=source, at_ns=at_ns, limits=limits)
