"""Looking at a journal after the fact: replay, verify, show. Needs nothing but the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from robot.assembly import load_factory, load_strategy
from robot.clock import format_time
from robot.errors import JournalCorrupt, RobotError
from robot.journal import Header, Record, RecordKind, Torn
from robot.replay import Difference, Replayer

SUFFIX = ".fxj"


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """What stepping a journal again gave."""

    equal: bool
    segments: int
    turns: int
    events: int
    difference: Difference | None = None
    problem: str = ""
    unfinished: int = 0
    """Inputs at the very end whose effects were never written: a kill between the two records."""

    def told(self) -> str:
        """In words."""
        done = f"{self.turns} turns, {self.events} events in {self.segments} segment(s)"
        if self.problem:
            return f"cannot be replayed after {done}: {self.problem}"
        if self.difference is None:
            tail = (
                f"; {self.unfinished} inputs without effects at the end" if self.unfinished else ""
            )
            return f"equal: {done}{tail}"
        found = self.difference
        return (
            f"first difference: {found.segment} record {found.sequence}, "
            f"event {found.event_number}\n"
            f"  journal: {found.expected}\n  replay:  {found.actual}"
        )


class VerifyResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a journal is whole."""

    valid: bool
    segments: int
    records: int
    head: str = ""
    """Chain of the last record, hexadecimal."""
    problem: str = ""
    torn: str = ""

    def told(self) -> str:
        """In words."""
        if not self.valid:
            return f"not valid: {self.problem}"
        tail = f"\ntorn tail: {self.torn}" if self.torn else ""
        return (
            f"valid: {self.records} records in {self.segments} segment(s), head {self.head}{tail}"
        )


def replay_path(path: Path, *, compare: bool) -> ReplayResult:
    """Step all segments again, in order."""
    replayer = Replayer(load_strategy, compare=compare)
    paths = _segments(path)
    difference: Difference | None = None
    problem = ""
    try:
        for item in _records(paths):
            if isinstance(item, Record) and difference is None:
                difference = replayer.apply(item)
    except RobotError as found:
        problem = str(found)
    return ReplayResult(
        equal=difference is None and not problem,
        segments=len(paths),
        turns=replayer.turns,
        events=replayer.events,
        difference=difference,
        problem=problem,
        unfinished=len(replayer.pending),
    )


def verify_path(path: Path) -> VerifyResult:
    """Check every record of all segments and that the segments continue each other."""
    paths = _segments(path)
    records, head, torn = 0, b"", ""
    try:
        for segment in paths:
            for item in _read(segment, head):
                if isinstance(item, Torn):
                    torn = f"{segment.name}: {item.lost_bytes} bytes from byte {item.offset} on"
                    _check_torn_is_last(segment, paths, torn)
                else:
                    records, head = records + 1, item.chain
    except JournalCorrupt as found:
        return VerifyResult(valid=False, segments=len(paths), records=records, problem=str(found))
    return VerifyResult(
        valid=True, segments=len(paths), records=records, head=head.hex(), torn=torn
    )


def show_path(
    path: Path, *, first: int, count: int, kind: str, find: str, as_json: bool
) -> Iterator[str]:
    """Records as text lines."""
    if kind and kind.upper() not in RecordKind.__members__:
        raise RobotError(f"no kind {kind}; known: {', '.join(RecordKind.__members__)}")
    shown = 0
    for item in _records(_segments(path)):
        if isinstance(item, Torn):
            yield f"torn tail: {item.lost_bytes} bytes from byte {item.offset} on"
            continue
        text = item.payload.decode("utf-8", "backslashreplace")
        if item.sequence < first or (kind and item.kind.name != kind.upper()) or find not in text:
            continue
        yield _line(item, text, as_json)
        shown += 1
        if count and shown >= count:
            return


def _line(record: Record, text: str, as_json: bool) -> str:
    if as_json:
        return (
            f'{{"sequence":{record.sequence},"at_ns":{record.at_ns},"kind":"{record.kind.name}",'
            f'"chain":"{record.chain.hex()}","payload":{text}}}'
        )
    if record.kind is RecordKind.SNAPSHOT:
        text = f"{len(text)} bytes of state"
    return f"{record.sequence:>9} {format_time(record.at_ns)} {record.kind.name:<8} {text}"


def _check_torn_is_last(segment: Path, paths: list[Path], torn: str) -> None:
    if segment != paths[-1]:
        raise JournalCorrupt(f"{torn} are damaged, but it is not the newest segment")


def _segments(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(path.glob(f"*{SUFFIX}"))
        if not found and (path / "journal").is_dir():
            found = sorted((path / "journal").glob(f"*{SUFFIX}"))
        if found:
            return found
    elif path.is_file():
        return [path]
    raise RobotError(f"{path}: no journal segment (*{SUFFIX}) there")


def _records(paths: list[Path]) -> Iterator[Record | Torn]:
    head = b""
    for path in paths:
        for item in _read(path, head):
            if isinstance(item, Record):
                head = item.chain
            yield item


def _read(path: Path, previous_head: bytes) -> Iterator[Record | Torn]:
    """Records of a segment, its chain verified against its header and the segment before."""
    read_segment = load_factory("connectors.journal.file:read_segment", "journal reader")
    unchecked: Iterator[Record | Torn] = read_segment(path)  # type: ignore[assignment]
    start = next(iter(unchecked), None)
    if not isinstance(start, Record) or start.kind is not RecordKind.HEADER:
        raise JournalCorrupt(f"{path.name}: does not start with a header")
    header = msgspec.json.decode(start.payload, type=Header)
    chain = bytes.fromhex(header.previous_chain)
    if previous_head and chain != previous_head:
        raise JournalCorrupt(f"{path.name}: does not continue the segment before it")
    yield from read_segment(path, chain)  # type: ignore[misc]
