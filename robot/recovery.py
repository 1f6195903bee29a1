"""Where a start begins: the newest snapshot and the journal's tail, stepped again by the same core.

Inputs whose effects are missing (the robot died between the two records) are stepped now and their
effects appended. Two things get an input quarantined, and dealing halted: the core raised on it
(FAULT), or start after start died in the middle of stepping it. For the second each such step is
marked (RETRY) right before it and again right after: a kill from outside counts only if it falls
between the two, some 0.1 ms of a start, and one step survived wipes all counts of that input.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from robot.core.state import StrategyLoader
from robot.errors import JournalCorrupt
from robot.journal import Fault, Record, RecordKind, Retry, encode, encode_effects
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.ports import Journal
from robot.replay import DIED_ON_IT, Replayer, SavedState

DEATHS_MAX = 5
"""Starts that may die while they step one input. A start takes over a second and the step 0.1 ms,
so that kills at random hit it five times in a row once in 10^20; an input that does end the process
costs five restarts before trading goes on without it.
"""


class Recovered(msgspec.Struct, kw_only=True):
    """What the trader goes on from."""

    replayer: Replayer
    unsent: dict[str, Wire]
    told: list[str]

    @property
    def at_ns(self) -> int:
        """What comes next is not before this."""
        return max(self.replayer.at_ns, self.replayer.engine.state.now_ns)


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
        replayer.resume(saved)
    for record in records:
        if saved is not None and record.sequence <= saved.sequence:
            continue
        difference = replayer.apply(record)
        if difference is not None:
            raise JournalCorrupt(f"recovery differs from the journal: {difference}")
    if replayer.pending:
        told.append(_complete(replayer, journal))
    told.append(f"recovered to event {replayer.engine.state.stepped} of {replayer.segment}")
    return Recovered(replayer=replayer, unsent={**replayer.left_over, **replayer.unsent}, told=told)


def _complete(replayer: Replayer, journal: Journal) -> str:
    """Step the inputs of the turn that was cut off, and journal its effects."""
    inputs, state = replayer.pending, replayer.engine.state
    at_ns = inputs[-1].at_ns
    effects: list[tuple[AnyEffect, ...]] = []
    quarantined: list[int] = []
    for stamped in inputs:
        problem = _held_against(replayer, stamped)
        if problem:
            replayer.engine.quarantine(stamped, problem)
            quarantined.append(stamped.number)
            effects.append(())
        else:
            effects.append(_step(replayer, stamped, journal, at_ns))
    journal.append(RecordKind.EFFECTS, at_ns, encode_effects(effects, tuple(quarantined)))
    journal.sync()
    replayer.finish_turn(effects)
    text = f"completed the turn of events {inputs[0].number} to {state.stepped}"
    return text + (f"; quarantined {quarantined}: dealing is halted" if quarantined else "")


def _held_against(replayer: Replayer, stamped: Stamped) -> str:
    """Why an input is not stepped again; empty = it is."""
    died = replayer.deaths.get(stamped.number, 0) >= DEATHS_MAX
    return replayer.faults.get(stamped.number, DIED_ON_IT if died else "")


def _step(
    replayer: Replayer, stamped: Stamped, journal: Journal, at_ns: int
) -> tuple[AnyEffect, ...]:
    # Not synced: what ends the process leaves the mark in the system's hands, and waiting for the
    # disk would make the moment that counts a hundred times longer.
    journal.append(RecordKind.RETRY, at_ns, encode(Retry(number=stamped.number)))
    try:
        effects = replayer.engine.step(stamped)
        encode(effects)  # what cannot be journaled is a fault of the same input
    except MemoryError:
        raise  # the machine's fault until DEATHS_MAX starts say otherwise
    except Exception as problem:
        text = f"{type(problem).__name__}: {problem}"
        fault = Fault(number=stamped.number, problem=text)
        journal.append(RecordKind.FAULT, at_ns, encode(fault))
        journal.sync()
        raise
    survived = Retry(number=stamped.number, survived=True)
    journal.append(RecordKind.RETRY, at_ns, encode(survived))
    return effects
