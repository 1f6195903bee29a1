"""A live robot's journal into the store: its market, its clients' requests, all it took in.

The stamps are the journal's own, and every event is there once. Requests also say what became of
them, by the effects that the journal has of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from backtest.data.catalogue import DataError, Import, load_catalogue
from backtest.data.columns import PRICE_DIGITS, Kind, Outcome, Series
from backtest.data.exactly import stored
from backtest.data.importing import Imported, already, finished
from backtest.data.recorded import Row, row_of
from backtest.data.store import Writing, batch_name, locked, schema_of, wanted_import
from backtest.data.wishes import Known, Progress, Wish, nothing
from connectors.evidence.records import journal_folder, segments_of_day
from connectors.evidence.words import day_text
from connectors.journal.file import SUFFIX, read_segment
from robot.errors import JournalError
from robot.journal import (
    Fault,
    Record,
    RecordKind,
    Torn,
    decode_effects,
    decode_inputs,
    decode_turn,
)
from robot.messages.effects import AnyEffect, DealBooked, Decided, QuoteEnded, RefuseRfq, SendQuote
from robot.messages.events import RfqEnded, RfqReceived, Stamped

JOURNAL = "journal"
_ROWS_AT_ONCE = 50_000
_REPLACED = "REPLACED"
_ENDED = {"EXPIRED": Outcome.EXPIRED, "PASSED": Outcome.PASSED, "REJECTED": Outcome.PASSED}


def export_journal(
    folder: Path,
    journal: Path,
    known: Known,
    *,
    now_ns: int,
    day: str = "",
    replace: bool = False,
    progress: Progress = nothing,
) -> Imported:
    """Bring a journal, its segments of one trade date, or one segment into the store."""
    paths = [journal]
    if not journal.is_file():
        paths = segments_of_day(journal_folder(journal), day_text(day))
    with locked(folder):
        record = _record(journal, paths, now_ns, day)
        before = wanted_import(load_catalogue(folder).imports, record)
        if before is not None and not replace:
            return already(before)
        writing = Writing(folder, record.batch)
        reader = _Reader(writing, progress)
        for path in paths:
            reader.read(path)
        reader.finish()
        if writing.is_empty:
            told = "; ".join(["no events", *reader.notes])
            raise DataError(f"{journal}: {told}: is this a journal? nothing was exported")
        record = msgspec.structs.replace(
            record, faults=tuple(reader.faults), notes=tuple(reader.notes)
        )
        return finished(writing, record, Wish(replace=replace, crossed_max_ns=-1), known)


def _record(journal: Path, paths: Sequence[Path], now_ns: int, day: str) -> Import:
    digest, size = hashlib.sha256(), 0
    for path in paths:
        data_hash, length = _digest(path)
        digest.update(f"{path.name} {data_hash}\n".encode())
        size += length
    name = paths[0].name.removesuffix(SUFFIX)
    return Import(
        batch=batch_name(f"journal-{name}", digest.hexdigest()),
        kind=JOURNAL,
        file=str(journal.name),
        sha256=digest.hexdigest(),
        size=size,
        imported_at_ns=now_ns,
        options={"day": day} if day else {},
        source="journal",
        rows=0,
        first_ns=0,
        last_ns=0,
    )


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


@dataclass(slots=True)
class _Request:
    """A request whose row waits for its end."""

    venue: str
    row: Row
    is_final: bool = False


@dataclass(slots=True)
class _Reader:
    """Goes through the records once; memory holds the rows of one piece and open requests."""

    writing: Writing
    progress: Progress
    faults: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _rows: dict[Kind, list[Row]] = field(default_factory=dict)
    _requests: dict[str, _Request] = field(default_factory=dict)
    _quotes: dict[str, _Request] = field(default_factory=dict)
    _inputs: list[Stamped] = field(default_factory=list)
    _count: int = 0
    _number: int = 0
    _at_ns: int = 0
    _backward: int = 0

    def read(self, path: Path) -> None:
        """One segment."""
        try:
            for item in read_segment(path):
                if isinstance(item, Torn):
                    self.notes.append(f"{path.name} ends torn: {item.lost_bytes} bytes left out")
                else:
                    self._take(path, item)
        except JournalError as problem:
            raise DataError(f"{path}: {problem}; nothing was exported") from None

    def finish(self) -> None:
        """The rows that are still here."""
        if self._backward:
            self.notes.append(f"{self._backward} events are stamped before the one before them")
        if self.faults:
            self.notes.append(f"the core failed on {len(self.faults)} events: never stepped")
        for request in self._requests.values():
            request.is_final = True
        self._flush()

    def _take(self, path: Path, record: Record) -> None:
        if record.kind is RecordKind.INPUTS:
            self._inputs = decode_inputs(record.payload)
            for stamped in self._inputs:
                self._event(path, stamped)
        elif record.kind is RecordKind.EFFECTS:
            lists = decode_effects(decode_turn(record.payload))
            for stamped, effects in zip(self._inputs, lists, strict=False):
                self._outcomes(stamped, effects)
            self._inputs = []
        elif record.kind is RecordKind.FAULT:
            self.faults.append(msgspec.json.decode(record.payload, type=Fault).number)

    def _event(self, path: Path, stamped: Stamped) -> None:
        if stamped.number <= self._number:
            raise DataError(
                f"{path}: event {stamped.number} after {self._number}: these segments do not "
                "belong together"
            )
        self._backward += stamped.at_ns < self._at_ns
        self._number, self._at_ns = stamped.number, stamped.at_ns
        series, row = row_of(stamped)
        event = stamped.event
        if isinstance(event, RfqReceived):
            request = _Request(series.venue, row)
            former = self._requests.pop(f"{event.venue} {event.rfq_id}", None)
            if former is not None:
                self._keep(Series(Kind.REQUESTS, former.venue), former.row)
            self._requests[f"{event.venue} {event.rfq_id}"] = request
        else:
            self._keep(series, row)
        self._count += 1
        if self._count % _ROWS_AT_ONCE == 0:
            self._flush()
            self.progress(self._count)

    def _keep(self, series: Series, row: Row) -> None:
        keys = {"venue": series.venue, "name": series.name, "period": series.period}
        self._rows.setdefault(series.kind, []).append({**row, **keys})

    def _flush(self) -> None:
        final = [key for key, request in self._requests.items() if request.is_final]
        for key in final:
            request = self._requests.pop(key)
            self._keep(Series(Kind.REQUESTS, request.venue), request.row)
        self._quotes = {
            quote_id: request for quote_id, request in self._quotes.items() if not request.is_final
        }
        for kind, rows in self._rows.items():
            schema: dict[str, Any] = {
                **schema_of(kind),
                **dict.fromkeys(("venue", "name", "period"), pl.String()),
            }
            self.writing.add(kind, pl.DataFrame(rows, schema=schema))
        self._rows = {}

    # --- what became of a request

    def _outcomes(self, stamped: Stamped, effects: Sequence[AnyEffect]) -> None:
        for effect in effects:
            if isinstance(effect, SendQuote):
                self._quoted(effect)
            elif isinstance(effect, Decided):
                request = self._requests.get(f"{effect.venue} {effect.subject}")
                if request is not None and (tier := effect.facts.get("tier")):
                    request.row["tier"] = tier
            elif isinstance(effect, RefuseRfq):
                request = self._requests.get(f"{effect.venue} {effect.rfq_id}")
                self._ends(request, Outcome.REFUSED, effect.reason, stamped.at_ns)
            elif isinstance(effect, DealBooked):
                self._dealt(effect, stamped.at_ns)
            elif isinstance(effect, QuoteEnded) and effect.ending != _REPLACED:
                outcome = _ENDED.get(effect.ending)
                if outcome is None:
                    theirs = isinstance(stamped.event, RfqEnded)
                    outcome = Outcome.PASSED if theirs else Outcome.REFUSED
                request = self._quotes.get(effect.quote_id)
                self._ends(request, outcome, effect.ending, stamped.at_ns)

    def _quoted(self, quote: SendQuote) -> None:
        request = self._requests.get(f"{quote.venue} {quote.rfq_id}")
        if request is None:
            return
        kept = stored((quote.bid, quote.offer), (PRICE_DIGITS, PRICE_DIGITS))
        if kept is not None:
            request.row["bid"], request.row["offer"] = kept[0]
        request.row["outcome"], request.is_final = str(Outcome.OPEN), False
        self._quotes[quote.quote_id] = request

    def _dealt(self, effect: DealBooked, at_ns: int) -> None:
        deal = effect.deal
        request = self._requests.get(f"{deal.venue} {deal.rfq_id}")
        if request is None or deal.as_taker:
            return
        self._ends(request, Outcome.DEALT, "", at_ns)
        price = deal.points if deal.far_rate is not None else deal.rate
        kept = stored((price,), (PRICE_DIGITS,)) if price is not None else None
        if kept is not None:
            request.row["price"] = kept[0][0]

    def _ends(self, request: _Request | None, outcome: Outcome, reason: str, at_ns: int) -> None:
        if request is None or request.row["outcome"] == str(Outcome.DEALT):
            return
        request.row.update(outcome=str(outcome), reason=reason or None, ended_ns=at_ns)
        request.is_final = True
