"""What rule books decided on a recorded day, from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from connectors.evidence.records import SegmentView, segments_of_day, views_of
from connectors.rules.conventions import Steps
from connectors.rules.files import RuleFile, is_book
from connectors.rules.situation import Situation
from robot.clock import format_time
from robot.core.state import restore
from robot.deals.reference import Candidate, StrategyChoice
from robot.deals.reference import RuleFile as BookText
from robot.journal import RecordKind, Snapshot
from robot.messages.effects import Decided
from robot.messages.events import RobotStarted
from robot.messages.governing import ReferenceChanged
from robot.messages.releases import StrategyRolledBack
from robot.rules.check import load
from robot.rules.tree import Book
from robot.rules.types import Value

Books = dict[tuple[str, str], BookText]
"""By the version (`name version`) that decides by them, and the file."""
_KINDS = ("RFQ", "REPLACE", "COUNTER", "STREAM", "RULE")


class RecordedRuling(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of a book on the record."""

    at_ns: int
    subject: str
    kind: str
    """RFQ, REPLACE (a price that is kept fresh), COUNTER (to a price of theirs), STREAM (a price
    streamed without being asked for), RULE (of its own accord).
    """
    outcome: str
    counterparty: str
    pair: str
    file: str
    """Of the book, as the desk names it."""
    rule: str
    line: int
    text: str
    """Of the book that was in force."""
    row: tuple[Value, ...]
    """The facts, by the book's slots; empty of what it did by itself."""


def rulings_of(journal: Path, day: str) -> Iterator[RecordedRuling]:
    """Every decision of a rule book on a trade date (`20140502`), in order."""
    paths = segments_of_day(journal, day)
    for view in views_of(journal, paths):
        yield from _of_segment(view)


def recorded_requests(
    file: RuleFile, steps: Mapping[str, Steps], journal: Path, day: str
) -> Iterator[tuple[str, Situation]]:
    """The requests that the book of a file decided, with the facts of its record; what another
    book looks at beside is not known.
    """
    read: dict[str, Book | None] = {}
    products = {code: scope.product for scope in file.good().scope for code in scope.instruments}
    for row in rulings_of(journal, day):
        if row.pair not in products or not is_book(file, row.file, row.text):
            continue
        if row.text not in read:
            found = load(row.text, row.file)
            read[row.text] = found if isinstance(found, Book) else None
        book = read[row.text]
        if book is None or len(row.row) != len(book.slots):
            continue
        situation = Situation(file.good(), steps)
        situation.ask(products[row.pair], row.pair)
        for key, value in zip(book.slots, row.row, strict=True):
            situation.put(key, value)
        yield f"{format_time(row.at_ns)} {row.subject} {row.counterparty}", situation


def _of_segment(view: SegmentView) -> Iterator[RecordedRuling]:
    books = _begun(view)
    for _, turn in view.turns():
        for stamped, effects in turn.pairs():
            event = stamped.event
            if isinstance(event, RobotStarted):
                books |= _books(event.reference.strategy, event.reference.candidate)
            elif isinstance(event, ReferenceChanged | StrategyRolledBack) and event.strategy:
                books |= _books(event.strategy, event.candidate)
            for effect in effects:
                if isinstance(effect, Decided) and effect.kind in _KINDS:
                    found = _ruling(effect, stamped.at_ns, books)
                    if found is not None:
                        yield found


def _begun(view: SegmentView) -> Books:
    """The books in force where a segment begins."""
    if len(view) < 2 or view.kinds[1] != RecordKind.SNAPSHOT:
        return {}
    saved = msgspec.json.decode(view.record(1).payload, type=Snapshot)
    reference = restore(bytes(saved.state)).reference
    return _books(reference.strategy, reference.candidate) if reference is not None else {}


def _books(live: StrategyChoice, candidate: Candidate | None) -> Books:
    choices = (live,) if candidate is None else (live, candidate.strategy)
    return {(f"{one.name} {one.version}", row.file): row for one in choices for row in one.rules}


def _ruling(effect: Decided, at_ns: int, books: Books) -> RecordedRuling | None:
    rule, book = effect.facts.get("rule"), effect.facts.get("book", "")
    file = book.rpartition(" (")[2].removesuffix(")")
    known = books.get((effect.strategy, file))
    if rule is None or known is None:
        return None
    return RecordedRuling(
        at_ns=at_ns,
        subject=effect.subject,
        kind=effect.kind,
        outcome=effect.outcome,
        counterparty=effect.counterparty,
        pair=effect.pair,
        file=file,
        rule=rule,
        line=int(effect.facts.get("rule_line", "0")),
        text=known.text,
        row=effect.row,
    )
