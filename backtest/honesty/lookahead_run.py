"""Finds decisions of a run that knew the future: it is run again up to a moment, on the data up to
there, and everything decided before must be the same.

The core cannot look ahead: it is given one event after the other. What can is what prepares them:
prices and clients that are made of the whole span while the run is. What was made before, in
files, is not made again (`NOT_TAKEN_AWAY`). A decision is compared with all the facts that are on
its record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from connectors.evidence.records import journal_folder, segments_of, views_of
from robot.clock import format_time
from robot.messages.effects import Decided
from robot.messages.events import RobotStarted
from robot.rules.check import load
from robot.rules.oracle import shown
from robot.rules.tree import Book

SAMPLES = 5
NEVER_NS = 2**63 - 1
NOT_TAKEN_AWAY = (
    "the later prices were taken away from the run, but not from the files: prices that were "
    "smoothed before they were imported, models that were fitted to a later day, calendars that "
    "know a holiday before it was declared, and what compiled extensions of a strategy read stay "
    "as they are"
)
"""What running again on less of the span does not find."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One decision of a run."""

    at_ns: int
    subject: str
    kind: str
    outcome: str
    facts: Mapping[str, object]
    """By name; of a rule book all that it looks at."""
    by: str
    """The rule with file and line, or the strategy."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first decision that comes out otherwise without the future."""

    cut_ns: int
    at_ns: int
    subject: str
    fact: str
    """Empty where the facts are the same, or the decision is not there at all."""
    had: object
    known: object
    by: str

    def told(self) -> str:
        """In one line."""
        what = (
            f"{self.fact} was {self.had}, without what came after"
            if self.fact
            else (f"it was {self.had}, without what came after")
        )
        text = f"{self.subject} at {format_time(self.at_ns)}: {what} {format_time(self.cut_ns)}"
        return f"{text} it is {self.known}; decided by {self.by}"


@dataclass(frozen=True, slots=True)
class EarlyFact:
    """One fact that the data have too soon."""

    name: str
    value: str
    had_ns: int
    """When the data have it."""
    due_ns: int
    """Before which nobody knew it."""

    def told(self) -> str:
        """In one line."""
        had, due = format_time(self.had_ns), format_time(self.due_ns)
        return (
            f"{self.name} = {self.value} is in the data from {had}, but was not known before {due}"
        )


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """What the detector found."""

    decisions: int
    cuts: int
    differences: tuple[Difference, ...]
    """One for each moment at which something changed."""
    early: tuple[str, ...] = ()
    """Official facts that the data have before they were public, and what was decided by them."""
    files: tuple[str, ...] = ()
    """What the strategy read itself, and nobody has said to have been known before."""

    @property
    def clean(self) -> bool:
        """Whether there was something to check, and nothing was found."""
        return self.cuts > 0 and not (self.differences or self.early or self.files)

    @property
    def found(self) -> list[str]:
        """What was, in words."""
        read = "nothing says when what is in it was known (--known, where you do)"
        return [
            *(difference.told() for difference in self.differences),
            *self.early,
            *(f"the strategy reads the file {name} itself: {read}" for name in self.files),
        ]

    def told(self) -> str:
        """For a person."""
        if self.found:
            return "\n".join(self.found)
        if not self.cuts:
            return "nothing was decided: nothing could be checked"
        text = f"no look-ahead found in {self.decisions} decisions at {self.cuts} moments"
        return f"{text}; {NOT_TAKEN_AWAY}"


Run = Callable[[int | None], Sequence[Taken]]
"""Runs on the data before a moment (None = all), and gives its decisions."""


def check_run(run: Run, *, seed: int, samples: int = SAMPLES) -> CheckedRun:
    """Runs whole, then up to just after some of its decisions, drawn by the seed."""
    whole = run(None)
    times = sorted({taken.at_ns for taken in whole})
    chance = np.random.default_rng(seed)
    count = min(samples, len(times))
    places = sorted(chance.choice(len(times), count, replace=False).tolist()) if count else []
    found = []
    for place in places:
        cut_ns = times[place] + 1
        difference = first_difference(whole, run(cut_ns), cut_ns)
        found += [difference] if difference is not None else []
    return CheckedRun(len(whole), count, tuple(found))


def early_told(
    early: Sequence[EarlyFact], whole: Sequence[Taken], later: Sequence[Taken]
) -> tuple[str, ...]:
    """Each fact that was there too soon; where decisions come out otherwise when it is there in
    time (`later`), the first of them.
    """
    difference = first_difference(whole, later, NEVER_NS) if early else None
    if difference is None:
        return tuple(f"{fact.told()}; no decision changes without it" for fact in early)
    at_ns = difference.at_ns
    used = [fact for fact in early if fact.had_ns <= at_ns < fact.due_ns] or early
    what = difference.fact or "what was decided"
    when = f"{difference.subject} at {format_time(at_ns)}"
    text = f"{what} of {when} was {difference.had}, in time it is {difference.known}"
    told = [f"{fact.told()}; {text}; decided by {difference.by}" for fact in used]
    return tuple(told + [fact.told() for fact in early if fact not in used])


def first_difference(
    whole: Sequence[Taken], cut: Sequence[Taken], cut_ns: int
) -> Difference | None:
    """Of what both decided before a moment."""
    before = [[taken for taken in each if taken.at_ns < cut_ns] for each in (whole, cut)]
    for had, known in zip(*before, strict=False):
        found = _compared(had, known, cut_ns)
        if found is not None:
            return found
    if len(before[0]) == len(before[1]):
        return None
    longer = max(before, key=len)
    extra = longer[min(map(len, before))]
    said = (extra.outcome, "not decided at all")
    had_, known_ = said if longer is before[0] else said[::-1]
    return Difference(cut_ns, extra.at_ns, extra.subject, "", had_, known_, extra.by)


def _compared(had: Taken, known: Taken, cut_ns: int) -> Difference | None:
    names = [*dict.fromkeys([*had.facts, *known.facts])]
    for name in names:
        one, other = had.facts.get(name), known.facts.get(name)
        if one != other:
            return Difference(cut_ns, had.at_ns, had.subject, name, one, other, had.by)
    mine, theirs = _said(had), _said(known)
    if mine != theirs:
        return Difference(cut_ns, had.at_ns, had.subject, "", mine, theirs, had.by)
    return None


def _said(taken: Taken) -> str:
    return f"{taken.kind} {taken.outcome} of {taken.subject} at {format_time(taken.at_ns)}"


def decisions_of(folder: Path) -> list[Taken]:
    """Every decision on the record of a journal, in order."""
    journal = journal_folder(folder)
    books: dict[str, Book | None] = {}
    found = []
    for view in views_of(journal, segments_of(journal)):
        for _, turn in view.turns():
            for stamped, effects in turn.pairs():
                if isinstance(stamped.event, RobotStarted):
                    rows = stamped.event.reference.strategy.rules
                    books = {row.file: _book(row.text, row.file) for row in rows}
                found += [
                    _taken(effect, stamped.at_ns, books)
                    for effect in effects
                    if isinstance(effect, Decided)
                ]
    return found


def _taken(effect: Decided, at_ns: int, books: Mapping[str, Book | None]) -> Taken:
    facts: dict[str, object] = dict(effect.facts)
    by = effect.strategy.removeprefix("for ")  # an order of a rule: "for FILE RULE"
    if "rule" in facts:
        file = str(facts.get("book", "")).rpartition(" (")[2].removesuffix(")")
        by = f"rule {facts['rule']!r} ({file}:{facts.get('rule_line')})"
        book = books.get(file)
        if book is not None and len(book.slots) == len(effect.row):
            facts = dict(zip(map(shown, book.slots), effect.row, strict=True)) | facts
    facts["because"] = effect.because  # last: what no fact tells
    return Taken(at_ns, effect.subject, effect.kind, effect.outcome, facts, by)


def _book(text: str, file: str) -> Book | None:
    found = load(text, file)
    return found if isinstance(found, Book) else None
