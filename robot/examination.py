"""Examining a chained log: is every record there, as it was written, in its place?

`LogExamination.segments` goes through all segments of one log, in one pass, and names what it
finds: which record, where in which file, of what time, and how it is wrong. Heads are compared on
the way. What a finding cannot say is said in its text: of two records that contradict each other,
the chain alone does not tell which one was changed.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from robot.clock import format_time
from robot.frames import Frame, Gap, Segment, frames
from robot.heads import Place, SignedHead
from robot.journal import NO_CHAIN, Header, RecordKind

FINDINGS_MAX = 1_000
"""Of one log; those beyond are counted."""
LOOKED_MAX = 20
"""How often an earlier record is looked for: each time reads the segment up to it again."""


class Kind(enum.StrEnum):
    """What is wrong."""

    CHANGED = "CHANGED"
    """A record is not what was written, or does not follow from the one before."""
    MISSING = "MISSING"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    DUPLICATED = "DUPLICATED"
    TRUNCATED = "TRUNCATED"
    """The end of a segment, or of the log, is gone."""
    SEGMENT_MISSING = "SEGMENT_MISSING"
    SEGMENT_MISPLACED = "SEGMENT_MISPLACED"
    """A file holds another segment than its name says."""
    REWRITTEN = "REWRITTEN"
    """The log is whole in itself, but not what a head says it was: all hashes were made anew."""
    HEAD_DAMAGED = "HEAD_DAMAGED"
    HEAD_MISSING = "HEAD_MISSING"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    NOT_SIGNED = "NOT_SIGNED"
    """Keys were named, and none of the heads is signed by one of them."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and where. Zero and empty = does not apply."""

    kind: Kind
    log: str
    segment: str = ""
    record: int = 0
    """Number in its segment, from 1, as they lie there."""
    sequence: int = 0
    offset: int = 0
    at_ns: int = 0
    text: str

    def told(self) -> str:
        """On one line."""
        where = [f"{self.log}/{self.segment}" if self.segment else self.log]
        if self.record and not self.segment:
            where.append(f"line {self.record}")
        elif self.record:
            where.append(f"record {self.record} (sequence {self.sequence}) at byte {self.offset}")
        if self.at_ns:
            where.append(format_time(self.at_ns))
        return f"{self.kind:<17} {', '.join(where)}: {self.text}"


class Examined(msgspec.Struct, kw_only=True):
    """What going through one log gave."""

    log: str
    segments: int = 0
    records: int = 0
    bytes: int = 0
    first: int = 0
    """Sequence of the first record; 0 = none."""
    last: Place | None = None
    torn: str = ""
    """What was never completely written at the very end; empty = nothing."""
    findings: list[Finding] = []
    findings_left_out: int = 0


class LogExamination:
    """One pass over one log. `result.findings` is what is wrong with it."""

    def __init__(self, log: str, heads: Sequence[SignedHead], *, begin: str = "") -> None:
        self.result = Examined(log=log)
        self._heads = heads
        self._wanted: dict[tuple[str, int], list[SignedHead]] = {}
        for head in heads:
            self._wanted.setdefault((head.head.last.segment, head.head.last.sequence), []).append(
                head
            )
        self._fitting: set[int] = set()
        self._fits_to = 0
        """Sequence of the last record that a head says the same of."""
        self._begin = begin
        self._highest = 0
        self._chain: bytes | None = NO_CHAIN
        self._rivals: list[bytes] = []
        """Chains of further records with the highest number: one of them is the inserted one."""
        self._missing: list[tuple[int, int, Finding]] = []
        self._segment = ""
        self._record = 0
        self._gap: tuple[Gap, int] | None = None
        """Bytes that are no record, and their number: the next record tells what they were."""
        self._torn: tuple[Gap, int] | None = None
        self._compared: set[int] = set()
        self._looked = 0

    def examine(self, segments: Sequence[Segment], synced: tuple[str, int] = ("", 0)) -> Examined:
        """Go through all segments; `synced` is the segment and byte up to which the writer said
        that the disk has it.
        """
        ordered = self._in_place(segments)
        for segment in ordered:
            self._one(segment, is_last=segment is ordered[-1])
        self._close_missing()
        self._end(synced, {segment.name for segment in ordered})
        self.result.findings.sort(key=lambda found: (found.segment, found.offset))
        return self.result

    def fits(self, head: SignedHead) -> bool:
        """Whether the record of a head was found as the head says."""
        return head.head.number in self._fitting

    # --- segments

    def _in_place(self, segments: Sequence[Segment]) -> list[Segment]:
        """The segments by what they say they are, not by how their files are named."""
        kept: dict[str, tuple[Segment, str]] = {}
        for segment in sorted(segments, key=lambda one: one.name):
            claim = claimed_name(segment) or segment.name
            if claim != segment.name:
                text = f"the file holds segment {claim}"
                self._find(Kind.SEGMENT_MISPLACED, segment.name, text)
            if claim not in kept or claim == segment.name:
                kept[claim] = (segment, claim)
        return [Segment(claim, one.size, one.read) for _, (one, claim) in sorted(kept.items())]

    def _one(self, segment: Segment, *, is_last: bool) -> None:
        self._segment, self._record = segment.name, 0
        self.result.segments += 1
        self.result.bytes += segment.size
        expected = self._highest + 1
        for item in frames(segment, expected):
            self._record += 1
            if isinstance(item, Gap):
                self._gap = (item, self._record)
                continue
            self._explain_gap(item)
            if self._record == 1:
                self._begin_segment(item)
            self._take(item, segment)
        self._end_segment(is_last=is_last)
        if segment.size == 0:
            self._find(Kind.TRUNCATED, segment.name, "the segment is empty")

    def _begin_segment(self, frame: Frame) -> None:
        """The first record of a segment says what was before it."""
        header = header_of(frame)
        is_first = self.result.records == 0
        if header is None:
            if is_first and frame.sequence != 1:
                self._find_at(Kind.MISSING, frame, f"records 1 to {frame.sequence - 1} are missing")
                self._highest, self._chain = frame.sequence - 1, None
            return
        before = bytes.fromhex(header.previous_chain)
        last = self.result.last.segment if self.result.last is not None else ""
        if is_first:
            self._begin_log(header, frame)
        elif header.previous_segment != last:
            gone = f"records {self._highest + 1} to {frame.sequence - 1}"
            text = f"{gone}, between segments {last} and {header.segment}, are not here"
            self._find(Kind.SEGMENT_MISSING, header.previous_segment, text)
        elif frame.sequence > self._highest + 1:
            text = f"ends with record {self._highest}, yet {header.segment} goes on after record"
            self._find(Kind.TRUNCATED, last, f"{text} {frame.sequence - 1}")
        elif self._chain is not None and before != self._chain and not self._rivals:
            text = f"does not continue {last}: one of the two segments was changed or replaced"
            self._find_at(Kind.CHANGED, frame, text)
        if is_first or frame.sequence > self._highest:
            self._highest, self._chain, self._rivals = frame.sequence - 1, before, []

    def _begin_log(self, header: Header, frame: Frame) -> None:
        """The oldest segment that is here: nothing was before it, or that is kept elsewhere."""
        if header.previous_segment and self._begin != header.segment:
            text = f"{header.previous_segment} and what was before it are not here"
            self._find(Kind.SEGMENT_MISSING, header.previous_segment, text)
        for head in self._heads:
            last = head.head.last
            if last.sequence == frame.sequence - 1 and last.chain != header.previous_chain:
                told = f"head {head.head.number} says otherwise of the record before this one"
                self._find_at(Kind.REWRITTEN, frame, told)

    def _end_segment(self, *, is_last: bool) -> None:
        """Bytes at the end of a segment that are no record."""
        if self._gap is None:
            return
        gap, number = self._gap
        self._gap = None
        if is_last:
            self._torn = (gap, number)
            return
        kind = Kind.CHANGED if gap.whole else Kind.TRUNCATED
        self._add(self._of_gap(gap, number, kind))
        self._highest, self._chain = self._highest + 1, None

    # --- records

    def _take(self, frame: Frame, segment: Segment) -> None:
        result = self.result
        result.records += 1
        result.first = result.first or frame.sequence
        if frame.sequence <= self._highest:
            self._again(frame, segment)
            return
        if frame.sequence > self._highest + 1:
            self._note_missing(frame)
        elif not self._continues(frame):
            text = (
                f"does not follow from record {self._highest}: this record or that one is changed"
            )
            self._find_at(Kind.CHANGED, frame, text)
        self._highest, self._chain, self._rivals = frame.sequence, frame.chain, []
        result.last = self._place(frame)
        for head in self._wanted.get((self._segment, frame.sequence), ()):
            self._compare(head, frame)

    def _continues(self, frame: Frame) -> bool:
        if self._chain is None:
            return True
        return any(
            chain_after(chain, frame) == frame.chain for chain in (self._chain, *self._rivals)
        )

    def _again(self, frame: Frame, segment: Segment) -> None:
        """A record whose number was there or was passed over."""
        for index, (first, last, finding) in enumerate(self._missing):
            if first <= frame.sequence <= last:
                text = f"stands after record {self._highest}, before which it was written"
                self._find_at(Kind.REORDERED, frame, text)
                parts = [(first, frame.sequence - 1), (frame.sequence + 1, last)]
                left = [(a, b, finding) for a, b in parts if a <= b]
                self._missing[index : index + 1] = left
                return
        if frame.sequence == self._highest and frame.chain != self._chain:
            self._rivals.append(frame.chain)
            self._compare_rival(frame)
        if self._is_twice(frame, segment):
            text = f"the same record {frame.sequence} was there; the last one before is"
            self._find_at(Kind.DUPLICATED, frame, f"{text} {self._highest}")
        else:
            text = f"a second, different record {frame.sequence}: one of the two was inserted"
            self._find_at(Kind.INSERTED, frame, text)

    def _is_twice(self, frame: Frame, segment: Segment) -> bool:
        """Whether this very record stands earlier in the segment."""
        self._looked += 1
        if self._looked > LOOKED_MAX:
            return True
        earlier = (item for item in frames(segment) if isinstance(item, Frame))
        for item in earlier:
            if item.offset >= frame.offset:
                return False
            if item.chain == frame.chain:
                return True
        return False

    def _note_missing(self, frame: Frame) -> None:
        first, last = self._highest + 1, frame.sequence - 1
        span = f"record {first} is" if first == last else f"records {first} to {last} are"
        finding = self._finding(Kind.MISSING, frame, f"{span} missing before this one")
        self._missing.append((first, last, finding))

    def _close_missing(self) -> None:
        for _, _, finding in {id(each[2]): each for each in self._missing}.values():
            self._add(finding)

    def _explain_gap(self, frame: Frame) -> None:
        """What bytes that are no record were, by the number of the record after them."""
        if self._gap is None:
            return
        gap, number = self._gap
        self._gap = None
        if frame.sequence <= self._highest + 1:
            self._add(self._of_gap(gap, number, Kind.INSERTED))
            return
        self._add(self._of_gap(gap, number, Kind.CHANGED, frame.sequence - 1))
        self._highest, self._chain, self._rivals = frame.sequence - 1, None, []

    def _of_gap(self, gap: Gap, number: int, kind: Kind, last: int = 0) -> Finding:
        first = self._highest + 1
        size = f"{gap.end - gap.offset} bytes after record {self._highest}"
        texts = {
            Kind.INSERTED: f"{size} are no record, and none is missing there",
            Kind.TRUNCATED: f"{size} are not a whole record: cut off, or its length was changed",
            Kind.CHANGED: f"{size} do not match their checksum",
        }
        more = f"; they stand where records {first} to {last} were" if last > first else ""
        return Finding(
            kind=kind,
            log=self.result.log,
            segment=self._segment,
            record=number,
            sequence=0 if kind is Kind.INSERTED else first,
            offset=gap.offset,
            at_ns=self.result.last.at_ns if self.result.last is not None else 0,
            text=texts[kind] + more,
        )

    # --- heads

    def _compare(self, head: SignedHead, frame: Frame) -> None:
        found, known = self._place(frame), head.head
        self._compared.add(known.number)
        # Where something is missing or too much, what comes after it lies elsewhere.
        moved = self.result.findings or self._missing
        same = found.chain == known.last.chain and found.at_ns == known.last.at_ns
        if found == known.last or (moved and same):
            self._fitting.add(known.number)
            self._fits_to = max(self._fits_to, known.last.sequence)
            return
        told = f"head {known.number} of {format_time(known.signed_at_ns)} says otherwise of this"
        since = f"of the records {self._fits_to + 1} to {known.last.sequence} at least one"
        text = f"{told} record: {since} was changed, and all hashes after it made anew"
        self._find_at(Kind.REWRITTEN, frame, text)

    def _compare_rival(self, frame: Frame) -> None:
        """Of two records of one number a head may know this one: the other is the inserted one."""
        for head in self._wanted.get((self._segment, frame.sequence), ()):
            if head.head.last.chain == frame.chain.hex():
                self._fitting.add(head.head.number)
                self.result.findings = [
                    one
                    for one in self.result.findings
                    if (one.kind, one.sequence) != (Kind.REWRITTEN, frame.sequence)
                ]

    def _end(self, synced: tuple[str, int], here: set[str]) -> None:
        """What should be behind the last record, and the torn end."""
        for head in self._heads:
            if head.head.number not in self._compared:
                self._unseen(head, here)
        self._judge_torn(synced)
        self._judge_synced(*synced, here)

    def _unseen(self, head: SignedHead, here: set[str]) -> None:
        """A head whose record did not come by."""
        wanted, last = head.head.last, self.result.last
        if self._begin and wanted.segment < self._begin:
            return
        told = f"head {head.head.number} of {format_time(head.head.signed_at_ns)} has record"
        if wanted.segment not in here:
            self._tell_segment(wanted.segment, f"head {head.head.number} is of it")
        elif last is None or wanted.sequence > last.sequence:
            text = f"ends after record {last.sequence if last else 0}; {told} {wanted.sequence}"
            self._find(Kind.TRUNCATED, wanted.segment, text)
        elif not self.result.findings:
            self._find(Kind.REWRITTEN, wanted.segment, f"{told} {wanted.sequence} in it")

    def _judge_synced(self, segment: str, offset: int, here: set[str]) -> None:
        """What the writer said was on the disk."""
        last = self.result.last
        if not segment or self.result.findings:
            return
        if segment not in here:
            self._tell_segment(segment, "it was synced")
        elif last is None or (segment == last.segment and offset > last.end):
            end = last.end if last is not None else 0
            text = f"whole records end at byte {end}, yet the writer had synced byte {offset}"
            self._find(Kind.TRUNCATED, segment, text)

    def _judge_torn(self, synced: tuple[str, int]) -> None:
        """A torn end is allowed where nobody had said that it was written."""
        if self._torn is None:
            return
        torn, number = self._torn
        promised = any(
            head.head.last.segment == self._segment and head.head.last.end > torn.offset
            for head in self._heads
        )
        if promised or (synced[0] == self._segment and synced[1] > torn.offset):
            kind = Kind.CHANGED if torn.whole else Kind.TRUNCATED
            self._add(self._of_gap(torn, number, kind))
            return
        size = torn.end - torn.offset
        self.result.torn = f"{self._segment}: the last {size} bytes, from byte {torn.offset} on"

    def _tell_segment(self, name: str, why: str) -> None:
        known = [one for one in self.result.findings if one.kind is Kind.SEGMENT_MISSING]
        if any(one.segment == name or (one.segment > name and not self._begin) for one in known):
            return
        self._find(Kind.SEGMENT_MISSING, name, f"is not here, yet {why}")

    # --- findings

    def _place(self, frame: Frame) -> Place:
        return place_at(frame, self._segment, self._record)

    def _find(self, kind: Kind, segment: str, text: str) -> None:
        self._add(Finding(kind=kind, log=self.result.log, segment=segment, text=text))

    def _find_at(self, kind: Kind, frame: Frame, text: str) -> None:
        self._add(self._finding(kind, frame, text))

    def _finding(self, kind: Kind, frame: Frame, text: str) -> Finding:
        return Finding(
            kind=kind,
            log=self.result.log,
            segment=self._segment,
            record=self._record,
            sequence=frame.sequence,
            offset=frame.offset,
            at_ns=frame.at_ns,
            text=text,
        )

    def _add(self, finding: Finding) -> None:
        if len(self.result.findings) < FINDINGS_MAX:
            self.result.findings.append(finding)
        else:
            self.result.findings_left_out += 1


def chain_after(chain: bytes, frame: Frame) -> bytes:
    """The chain that a record has after this one."""
    digest = hashlib.sha256(chain)
    digest.update(frame.body)
    digest.update(frame.payload)
    return digest.digest()


def header_of(frame: Frame) -> Header | None:
    """What a segment's first record says of it; None where it is no such record."""
    if frame.kind != RecordKind.HEADER:
        return None
    try:
        return msgspec.json.decode(frame.payload, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def claimed_name(segment: Segment) -> str:
    """What a segment says it is; empty where its first record does not tell."""
    first = next(iter(frames(segment)), None)
    header = header_of(first) if isinstance(first, Frame) else None
    return header.segment if header is not None else ""


def places(segment: Segment, after: Place | None = None) -> Iterator[Place]:
    """The places of the whole records of a segment, from its start or after one of them."""
    number, begin = (after.record, after.end) if after is not None else (0, 0)
    for item in frames(segment, begin=begin):
        number += 1
        if isinstance(item, Frame):
            yield place_at(item, segment.name, number)


def place_at(frame: Frame, segment: str, number: int) -> Place:
    """The place of a record."""
    return Place(
        segment=segment,
        record=number,
        sequence=frame.sequence,
        offset=frame.offset,
        end=frame.end,
        at_ns=frame.at_ns,
        chain=frame.chain.hex(),
    )
