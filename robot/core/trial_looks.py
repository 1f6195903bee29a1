"""Looks by the clock of a candidate's rule books: what their rules would do by themselves is on the
record and is not done, whatever the stage.
"""

from __future__ import annotations

from robot.core.book_looks import acted_key, decided_on, looked_at, next_look_ns, rests
from robot.core.rule_books import ReadyBook
from robot.core.rule_words import headline, would
from robot.core.ruled import facts_told
from robot.core.staging import named
from robot.core.state import Context, RobotState
from robot.core.trying import note_trial_failure
from robot.deals.product import ProductKind
from robot.deals.reference import Candidate
from robot.messages.releases import ShadowWished

TRIAL_LOOK = "trial_look"


def follow_candidate(context: Context, *, dealt: bool) -> None:
    """After an event: books that are new look from now on, and all of them after a deal."""
    candidate = context.candidate
    if candidate is None:
        return
    looks = context.state.releases.looks
    for ready in candidate.books.looking:
        if ready.file not in looks:
            _schedule(context.state, ready)
        elif dealt:
            _look(context, ready)


def on_trial_look(context: Context, key: str) -> None:
    """The interval of a book is over; of one that is tried no more, nothing follows."""
    file, _, due = key.rpartition(" ")
    state, candidate = context.state, context.candidate
    if state.releases.looks.get(file) != int(due):
        return
    for ready in candidate.books.looking if candidate is not None else ():
        if ready.file == file:
            _look(context, ready)
            _schedule(state, ready)
            return
    del state.releases.looks[file]


def _schedule(state: RobotState, ready: ReadyBook) -> None:
    due_ns = next_look_ns(state, ready)
    state.releases.looks[ready.file] = due_ns
    state.schedule(due_ns, TRIAL_LOOK, f"{ready.file} {due_ns}")


def _look(context: Context, ready: ReadyBook) -> None:
    tried = context.state.configured().candidate
    assert tried is not None, "its books look"
    for kind, instrument in looked_at(context, ready):
        _look_at(context, tried, ready, kind, instrument)


def _look_at(
    context: Context, tried: Candidate, ready: ReadyBook, kind: ProductKind, instrument: str
) -> None:
    state, known = context.state, context.state.releases
    decided = decided_on(context, ready, kind, instrument)
    name = named(tried.strategy)
    if isinstance(decided, str):
        note_trial_failure(context, tried, decided)
        context.emit(
            ShadowWished(
                strategy=name,
                stage=tried.stage,
                product=kind,
                instrument=instrument,
                failure=decided,
            )
        )
        return
    row, ruling = decided
    told, key = would(ruling), acted_key(ready, ruling, instrument)
    if not told or rests(state, ready, known.acted_ns, key):
        return
    known.acted_ns[key] = state.now_ns
    context.emit(
        ShadowWished(
            strategy=name,
            stage=tried.stage,
            product=kind,
            instrument=instrument,
            would=told,
            because=(headline(ready.file, ruling),),
            facts=facts_told(ready, ruling),
            row=row,
        )
    )
