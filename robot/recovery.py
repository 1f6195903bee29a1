"""Where a start begins: the newest snapshot and the journal's tail, stepped again by the same core.

Inputs whose effects are missing (the robot died between the two records) are stepped now and their
effects appended; an input that already failed, or died with it twice, is quarantined: dealing
halts.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from robot.core.state import StrategyLoader
from robot.errors import JournalCorrupt
from robot.journal import Fault, Link, Record, RecordKind, encode, encode_effects
from robot.messages.effects import AnyEffect, Wire
from robot.messages.events import Stamped
from robot.ports import Journal
from robot.replay import Replayer, effect_id

RETRIES_MAX = 2


class SavedState(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot the auditor took after a record: a shorter way to the same state."""

    segment: str
    sequence: int
    state: msgspec.Raw
    links: dict[str, Link]


class Recovered(msgspec.Struct, kw_only=True):
    """What the trader goes on from."""

    replayer: Replayer
    unsent: dict[str, Wire]
    told: list[str]


def recover(
    records: Iterable[Record],
    saved: SavedState | None,
    journal: Journal,
    load_strategy: StrategyLoader,
) -> Recovered:
    """Follow the newest segment to its end, complete an unfinished turn, say what was done."""
    replayer = Replayer(load_strategy, compare=False)
    told: list[str] = []
    if saved is not None:
        replayer.resume(
            bytes(saved.state), saved.links, segment=saved.segment, sequence=saved.sequence
        )
    for record in records:
        if saved is not None and record.sequence <= saved.sequence:
            continue
        difference = replayer.apply(record)
        if difference is not None:
            raise JournalCorrupt(f"recovery differs from the journal: {difference}")
    if replayer.pending:
        told.append(_complete(replayer, journal))
    told.append(f"recovered to event {replayer.engine.state.stepped} of {replayer.segment}")
    return Recovered(replayer=replayer, unsent=replayer.unsent, told=told)


def _complete(replayer: Replayer, journal: Journal) -> str:
    """Step the inputs of the turn that was cut off, and journal its effects."""
    inputs, state = replayer.pending, replayer.engine.state
    at_ns = inputs[-1].at_ns
    died_twice = replayer.retries >= RETRIES_MAX
    journal.append(RecordKind.RETRY, at_ns, b"{}")
    journal.sync()
    effects: list[tuple[AnyEffect, ...]] = []
    quarantined: list[int] = []
    for stamped in inputs:
        problem = "the robot died on it more than once" if died_twice else ""
        problem = replayer.faults.get(stamped.number, problem)
        if problem:
            replayer.engine.quarantine(stamped, problem)
            quarantined.append(stamped.number)
            effects.append(())
        else:
            effects.append(_step(replayer, stamped, journal))
    journal.append(RecordKind.EFFECTS, at_ns, encode_effects(effects, tuple(quarantined)))
    journal.sync()
    replayer.pending = []
    replayer.unsent = {
        effect_id(stamped.number, index): effect
        for stamped, row in zip(inputs, effects, strict=True)
        for index, effect in enumerate(row)
        if isinstance(effect, Wire)
    }
    text = f"completed the turn of events {inputs[0].number} to {state.stepped}"
    return text + (f"; quarantined {quarantined}: dealing is halted" if quarantined else "")


def _step(replayer: Replayer, stamped: Stamped, journal: Journal) -> tuple[AnyEffect, ...]:
    try:
        return replayer.engine.step(stamped)
    except Exception as problem:
        text = f"{type(problem).__name__}: {problem}"
        fault = Fault(number=stamped.number, problem=text)
        journal.append(RecordKind.FAULT, stamped.at_ns, encode(fault))
        journal.sync()
        raise
