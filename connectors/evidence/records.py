"""Turns of the journal found by what they contain, without reading what lies between.

A segment is mapped into memory: its records are listed by their lengths, and a text is looked for
in the bytes. Only records that are looked at are verified (checksum); `fxrobot audit verify`
verifies all.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import msgspec

from connectors.journal.file import read_synced, segment_paths
from robot.errors import JournalCorrupt, RobotError
from robot.journal import (
    FRAME_BYTES,
    Record,
    RecordKind,
    decode_inputs,
    decode_turn,
    read_records,
)
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.ports import SentMark
from robot.replay import recorded_effects

_HEAD = struct.Struct(">IIBQ")
_SENT_SEARCH_BYTES = 8 * 1024 * 1024
"""How far behind its turn the mark of a message's number is looked for."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: what came in, and for each input what followed."""

    segment: str
    sequence: int
    """Of the record of its inputs."""
    at_ns: int
    inputs: list[Stamped]
    effects: list[list[AnyEffect]]
    """Empty where the turn was never finished."""
    quarantined: tuple[int, ...] = ()

    def pairs(self) -> Iterator[tuple[Stamped, list[AnyEffect]]]:
        """Each input with its effects."""
        for place, stamped in enumerate(self.inputs):
            yield stamped, self.effects[place] if place < len(self.effects) else []


class SegmentView:
    """One segment, mapped; close it."""

    def __init__(self, path: Path, end: int | None = None) -> None:
        self.name = path.stem
        self._file = path.open("rb")
        size = path.stat().st_size
        self._end = size if end is None else min(end, size)
        self._data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        self.offsets: list[int] = []
        self.kinds: list[int] = []
        self.problem = ""
        """Where the list of records ends before the segment does."""
        self._list_records()

    def _list_records(self) -> None:
        at, before, unpack, data = 0, 0, _HEAD.unpack_from, self._data
        while at + FRAME_BYTES <= self._end:
            length, _, kind, sequence = unpack(data, at)
            if at + FRAME_BYTES + length > self._end or (before and sequence != before + 1):
                break
            self.offsets.append(at)
            self.kinds.append(kind)
            at, before = at + FRAME_BYTES + length, sequence
        if at != self._end:
            self.problem = (
                f"{self.name}: {self._end - at} bytes from byte {at} on are no records; "
                "fxrobot audit verify says what they are"
            )

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        self._file.close()

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def last_sequence(self) -> int:
        """Number of its last record; 0 = it has none."""
        if not self.offsets:
            return 0
        return int(_HEAD.unpack_from(self._data, self.offsets[-1])[3])

    def record(self, index: int) -> Record:
        """One record, its checksum verified."""
        begin = self.offsets[index]
        length = int.from_bytes(self._data[begin : begin + 4], "big")
        data = bytes(self._data[begin : begin + FRAME_BYTES + length])
        found = next(iter(read_records(data, name=self.name, offset=begin)), None)
        if not isinstance(found, Record):
            raise JournalCorrupt(f"{self.name}: the record at byte {begin} is damaged")
        return found

    def find(self, text: str | bytes, first: int = 0, until: int | None = None) -> Iterator[int]:
        """Indices of the records that contain a text, from `first` on, before `until`."""
        needle = text.encode() if isinstance(text, str) else text
        if not self.offsets or first >= len(self.offsets) or not needle:
            return
        end = self._end if until is None or until >= len(self) else self.offsets[until]
        at = self._data.find(needle, self.offsets[first], end)
        while at >= 0:
            index = bisect_right(self.offsets, at) - 1
            yield index
            if index + 1 >= len(self.offsets):
                return
            at = self._data.find(needle, self.offsets[index + 1], end)

    def find_before(self, text: bytes, index: int) -> int | None:
        """The last record before `index` that contains a text."""
        if not self.offsets:
            return None
        end = self.offsets[index] if index < len(self) else self._end
        at = self._data.rfind(text, 0, end)
        return bisect_right(self.offsets, at) - 1 if at >= 0 else None

    def turn_at(self, index: int) -> tuple[int, Turn] | None:
        """The turn that a record of inputs or effects belongs to, with the index of its inputs."""
        begin = index
        while begin >= 0 and self.kinds[begin] != RecordKind.INPUTS:
            begin -= 1
        if begin < 0 or self.kinds[index] not in (RecordKind.INPUTS, RecordKind.EFFECTS):
            return None
        return begin, self._turn(begin)

    def turns(self) -> Iterator[tuple[int, Turn]]:
        """All turns in order."""
        for index, kind in enumerate(self.kinds):
            if kind == RecordKind.INPUTS:
                yield index, self._turn(index)

    def _turn(self, begin: int) -> Turn:
        inputs = self.record(begin)
        effects: list[list[AnyEffect]] = []
        quarantined: tuple[int, ...] = ()
        for index in range(begin + 1, len(self)):
            if self.kinds[index] == RecordKind.INPUTS:
                break
            if self.kinds[index] == RecordKind.EFFECTS:
                payload = self.record(index).payload
                effects = recorded_effects(payload)
                quarantined = decode_turn(payload).quarantined
                break
        return Turn(
            segment=self.name,
            sequence=inputs.sequence,
            at_ns=inputs.at_ns,
            inputs=decode_inputs(inputs.payload),
            effects=effects,
            quarantined=quarantined,
        )

    def sent(self, effect_id: str, index: int) -> tuple[int, SentMark] | None:
        """When a message got its FIX number, and which; None = it was given to no session."""
        end = min(self._end, self.offsets[index] + _SENT_SEARCH_BYTES)
        at = self._data.find(f'"effect_id":"{effect_id}"'.encode(), self.offsets[index], end)
        if at < 0:
            return None
        record = self.record(bisect_right(self.offsets, at) - 1)
        if record.kind is not RecordKind.SENT:
            return None
        return record.at_ns, msgspec.json.decode(record.payload, type=SentMark)


def journal_folder(folder: Path) -> Path:
    """The journal that is meant by it, by its data folder, or by the desk's folder."""
    for place in (folder, folder / "journal", folder / "data" / "journal"):
        if place.is_dir() and segment_paths(place):
            return place
    raise RobotError(f"{folder}: no journal there (segments *.fxj, as in data/journal)")


def segments_of(folder: Path, since: str = "", until: str = "") -> list[Path]:
    """The segments of a journal, of trade dates as `20140502` from `since` to `until`."""
    paths = segment_paths(folder)
    return [
        path
        for path in paths
        if (not since or path.stem[:8] >= since) and (not until or path.stem[:8] <= until)
    ]


def segments_of_day(folder: Path, day: str) -> list[Path]:
    """The segments of a trade date (`20140502`; empty = of all); RobotError where there are none,
    with the dates that there are.
    """
    paths = segments_of(folder, since=day, until=day)
    if not paths:
        there = sorted({path.stem[:8] for path in segment_paths(folder)})
        shown = f"there are {', '.join(there[-5:])}" if there else "there is none"
        more = f" and {len(there) - 5} before" if len(there) > 5 else ""
        raise RobotError(f"{folder}: no segment of {day or 'any day'}; {shown}{more}")
    return paths


def views_of(folder: Path, paths: list[Path]) -> Iterator[SegmentView]:
    """Each segment in order, as far as it is on the disk, closed when the next is asked for."""
    synced = read_synced(folder)
    for path in paths:
        is_last = synced is not None and synced.segment == path.stem
        view = SegmentView(path, synced.offset if synced is not None and is_last else None)
        try:
            yield view
        finally:
            view.close()
