"""The trader's disk: journal segments with a part that a power cut takes away.

The bytes are the product's own format (`robot.journal`); only the file system is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from robot.errors import JournalError
from robot.journal import (
    FORMAT_VERSION,
    NO_CHAIN,
    Header,
    Record,
    RecordKind,
    Torn,
    encode,
    frame,
    read_records,
)
from tests.simulation.faults import Death

Point = Callable[[str], None]
"""Told before and after everything durable happens; may end the process by raising."""


@dataclass
class Segment:
    """One file; `synced` of its bytes survive a power cut."""

    name: str
    data: bytearray = field(default_factory=bytearray)
    synced: int = 0
    records: list[Record] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, record: Record, data: bytes) -> None:
        """A whole record at the end."""
        self.data += data
        self.records.append(record)
        self.ends.append(len(self.data))


class SimDisk:
    """What outlives the trader's process."""

    def __init__(self, chance: Random) -> None:
        self.segments: list[Segment] = []
        self.writes_left: int | None = None
        """So many more writes succeed; None = there is room."""
        self._chance = chance

    def power_cut(self, torn: bool) -> bool:
        """Lose what was not synced, but for a piece of a record if `torn`; whether any was lost."""
        if not self.segments:
            return False
        last = self.segments[-1]
        unsynced = len(last.data) - last.synced
        if not unsynced:
            return False
        kept = self._chance.randrange(1, unsynced) if torn and unsynced > 1 else 0
        del last.data[last.synced + kept :]
        return True


class SimJournal:
    """The writing end (`robot.ports.Journal`) as one process has it open."""

    def __init__(
        self, disk: SimDisk, point: Point, seen: Callable[[bytes], None] = lambda payload: None
    ) -> None:
        self._disk = disk
        self._point = point
        self._seen = seen
        """Told of the inputs that are written."""
        self.failed = ""
        self.effects_end = 0
        """Where the last EFFECTS record ends in the newest segment."""
        self.cut_bytes = 0
        if disk.segments:
            self._cut_torn_tail(disk.segments[-1])

    @property
    def deals_are_safe(self) -> bool:
        """Whether the last turn's effects would survive a power cut."""
        return self._disk.segments[-1].synced >= self.effects_end

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        self._point("segment")
        self._spend()
        if self._disk.segments:
            self.sync()
        last, segments = self._last(), self._disk.segments
        day = f"{trade_date:%Y%m%d}"
        assert not segments or segments[-1].name[:8] <= day, "segments go back in time"
        number = sum(segment.name.startswith(day) for segment in segments) + 1
        segment = Segment(f"{day}-{number:04d}")
        header = Header(
            format=FORMAT_VERSION,
            segment=segment.name,
            code_version="simulated",
            previous_segment=segments[-1].name if segments else "",
            previous_chain=last.chain.hex(),
        )
        for kind, payload in (
            (RecordKind.HEADER, encode(header)),
            (RecordKind.SNAPSHOT, snapshot),
        ):
            last = self._write(segment, last, kind, at_ns, payload)
        segment.synced = len(segment.data)
        self._disk.segments.append(segment)
        self.effects_end = 0
        self._point("segment opened")
        return segment.name

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        self._point(f"append {kind.name}")
        self._spend()
        segment = self._disk.segments[-1]
        record = self._write(segment, self._last(), kind, at_ns, payload)
        if kind is RecordKind.EFFECTS:
            self.effects_end = len(segment.data)
        elif kind is RecordKind.INPUTS:
            self._seen(payload)
        self._point(f"appended {kind.name}")
        return record.sequence

    def sync(self) -> None:
        if self.failed:
            raise JournalError(self.failed)
        self._point("sync")
        segment = self._disk.segments[-1]
        segment.synced = len(segment.data)
        self._point("synced")

    def close(self) -> None:
        self.sync()

    def _write(
        self, segment: Segment, last: Record, kind: RecordKind, at_ns: int, payload: bytes
    ) -> Record:
        data, chain = frame(kind, last.sequence + 1, at_ns, last.chain, payload)
        record = Record(kind, last.sequence + 1, at_ns, chain, payload)
        segment.add(record, data)
        return record

    def _last(self) -> Record:
        if self._disk.segments:
            return self._disk.segments[-1].records[-1]
        return Record(RecordKind.HEADER, 0, 0, NO_CHAIN, b"")

    def _spend(self) -> None:
        """No space: a piece of the record is written, and nothing from then on."""
        left = self._disk.writes_left
        if left is not None and left <= 0:
            if not self.failed and self._disk.segments:
                self._disk.segments[-1].data += b"\0\0\1"
            self.failed = "no space left on the simulated disk"
        if self.failed:
            raise JournalError(self.failed)
        if left is not None:
            self._disk.writes_left = left - 1

    def _cut_torn_tail(self, segment: Segment) -> None:
        records: list[Record] = []
        ends: list[int] = []
        previous = bytes.fromhex(self._header_chain(segment))
        for item in read_records(bytes(segment.data), previous, name=segment.name):
            if isinstance(item, Torn):
                assert item.offset >= segment.synced, "what was synced is damaged"
                self.cut_bytes = item.lost_bytes
                del segment.data[item.offset :]
                break
            records.append(item)
            ends.append(segment.ends[len(records) - 1])
        segment.records, segment.ends = records, ends
        segment.synced = len(segment.data)

    def _header_chain(self, segment: Segment) -> str:
        index = self._disk.segments.index(segment)
        return self._disk.segments[index - 1].records[-1].chain.hex() if index else NO_CHAIN.hex()


class SimTail:
    """A follower's view (`robot.ports.JournalTail`): never past what is synced."""

    def __init__(self, disk: SimDisk, segment: str = "", sequence: int = 0) -> None:
        self._disk = disk
        self._after = sequence
        names = [one.name for one in disk.segments]
        self._index = names.index(segment) if segment else 0
        self._next = 0

    def poll(self, count: int) -> Sequence[Record]:
        found: list[Record] = []
        while len(found) < count and self._index < len(self._disk.segments):
            segment = self._disk.segments[self._index]
            while self._next < len(segment.records) and len(found) < count:
                if not self.readable(segment, segment.ends[self._next]):
                    return found
                record = segment.records[self._next]
                self._next += 1
                if record.sequence > self._after:
                    found.append(record)
            if self._next < len(segment.records) or self._index + 1 == len(self._disk.segments):
                break
            self._index, self._next = self._index + 1, 0
        return found

    def readable(self, segment: Segment, end: int) -> bool:
        """Whether a record that ends here is on the disk for good."""
        return end <= segment.synced

    def behind(self) -> int:
        if self._index >= len(self._disk.segments):
            return 0
        last = self._disk.segments[-1]
        if last is not self._disk.segments[self._index]:
            return last.synced
        return last.synced - (last.ends[self._next - 1] if self._next else 0)


def deaths(chance: Random, power_share: float) -> Death:
    """How a process dies this time."""
    if chance.random() >= power_share:
        return Death.KILL
    return chance.choice((Death.POWER_LOST, Death.POWER_TORN))
