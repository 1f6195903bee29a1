"""A desk's day written to journal files, as the agent writes it: inputs, effects, one turn each."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.journal.file import JournalFile
from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.core.state import snapshot
from robot.journal import RecordKind, Snapshot, encode, encode_effects, encode_inputs
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from tests.kit.desk import Desk


def dealt_day() -> Desk:
    """A short day with one deal, one quote that ran out and one refusal."""
    desk = Desk().open()
    desk.market()
    desk.hit(desk.quoted())
    desk.quoted()
    desk.pass_time(1_900)
    desk.market()
    desk.pass_time(1_500)
    desk.rfq(client="BANKX")
    return desk


def state_payload(engine: Engine) -> bytes:
    """Payload of a SNAPSHOT record."""
    return encode(Snapshot(state=msgspec.Raw(snapshot(engine.state)), links={}))


def write_turn(
    journal: JournalFile, stamped: Stamped, effects: tuple[AnyEffect, ...] | None
) -> None:
    """One turn of one event; without effects the robot died before it wrote them."""
    journal.append(RecordKind.INPUTS, stamped.at_ns, encode_inputs([stamped]))
    if effects is not None:
        journal.append(RecordKind.EFFECTS, stamped.at_ns, encode_effects([effects]))


def write_day(folder: Path, desk: Desk, *, turns: int | None = None) -> None:
    """A whole segment of a desk's events, from an empty state."""
    journal = JournalFile(folder)
    journal.open_segment(desk.day, desk.stepped[0].at_ns, state_payload(Engine(load_strategy)))
    for stamped, effects in list(zip(desk.stepped, desk.history, strict=True))[:turns]:
        write_turn(journal, stamped, effects)
    journal.close()
