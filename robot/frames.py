"""Reading the frames of a log that may be damaged: whole ones, and what lies between them.

Unlike `robot.journal.read_records`, which stops at the first damage, this goes on after it: whoever
examines a log wants all that is wrong with it. At most one record and a few megabytes are in
memory.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator

import msgspec

from robot.journal import FRAME_BYTES, PAYLOAD_MAX

CHUNK = 4 * 1024 * 1024
_HEAD = struct.Struct(">IIBQq32s")
_PREFIX_BYTES = 8
_BODY_BYTES = 17
_KINDS_MAX = 64

Read = Callable[[int, int], bytes]
"""Up to so many bytes from an offset on."""


class Segment(msgspec.Struct, frozen=True):
    """A segment as it can be read."""

    name: str
    size: int
    read: Read


class Frame(msgspec.Struct):
    """A record whose length and checksum fit."""

    kind: int
    sequence: int
    at_ns: int
    chain: bytes
    offset: int
    end: int
    body: memoryview
    """Kind, sequence and time, as they are hashed."""
    payload: memoryview


class Gap(msgspec.Struct, frozen=True):
    """Bytes that are no record."""

    offset: int
    end: int
    whole: bool
    """Whether it is as long as it says; else it is cut off."""


def frames(segment: Segment, first: int = 0, begin: int = 0) -> Iterator[Frame | Gap]:
    """All frames of a segment in their order, and the gaps, from byte `begin` on; `first` is the
    sequence expected there.
    """
    window = _Window(segment)
    position, expected = begin, first
    while position < segment.size:
        found = window.frame(position)
        if found is None:
            end = _after(window, position, expected)
            whole = position + FRAME_BYTES + window.length(position) == end
            yield Gap(position, end, whole)
            position, expected = end, expected + 1
            continue
        yield found
        position, expected = found.end, found.sequence + 1


def _after(window: _Window, position: int, expected: int) -> int:
    """Where records go on after the bad one at `position`: by its own length, else where the next
    frame is found; the end of the segment where there is none.
    """
    own = position + FRAME_BYTES + window.length(position)
    if own <= window.size:
        after = window.frame(own) if own < window.size else None
        if own == window.size or after is not None:
            return own
    return window.search(position + 1, expected)


class _Window:
    """A piece of the segment in memory, moved as it is read."""

    def __init__(self, segment: Segment) -> None:
        self.size = segment.size
        self._read = segment.read
        self._start = 0
        self._data = b""
        self._view = memoryview(b"")

    def at(self, offset: int, count: int) -> int:
        """Have these bytes in memory; where they begin there. Fewer at the end of the segment."""
        loaded = self._start + len(self._data)
        before, beyond = offset < self._start, offset + count > loaded
        if before or (beyond and loaded < self.size):
            self._data = self._read(offset, max(count, CHUNK))
            self._view = memoryview(self._data)
            self._start = offset
        return offset - self._start

    def frame(self, offset: int) -> Frame | None:
        """The record that begins there, if there is a whole one."""
        if offset + FRAME_BYTES > self.size:
            return None
        at = self.at(offset, FRAME_BYTES)
        if at + FRAME_BYTES > len(self._data):
            return None
        length, checksum, kind, sequence, at_ns, chain = _HEAD.unpack_from(self._data, at)
        size = FRAME_BYTES + length
        if length > PAYLOAD_MAX or offset + size > self.size or not 0 < kind < _KINDS_MAX:
            return None
        at = self.at(offset, size)
        view = self._view[at : at + size]
        if len(view) < size or zlib.crc32(view[_PREFIX_BYTES:]) != checksum:
            return None
        body = view[_PREFIX_BYTES : _PREFIX_BYTES + _BODY_BYTES]
        return Frame(kind, sequence, at_ns, chain, offset, offset + size, body, view[FRAME_BYTES:])

    def length(self, offset: int) -> int:
        """What the record there says of its payload's length; beyond the segment if nothing."""
        at = self.at(offset, FRAME_BYTES)
        if at + FRAME_BYTES > len(self._data) or offset + FRAME_BYTES > self.size:
            return self.size
        return int.from_bytes(self._data[at : at + 4], "big")

    def search(self, offset: int, expected: int) -> int:
        """The next frame of about this number; looked for by the upper bytes of the number."""
        known = re.compile(b"[\x01-\x3f]" + re.escape(expected.to_bytes(8, "big")[:6]), re.DOTALL)
        at = offset
        while at < self.size:
            data = self._read(at, CHUNK)
            for hit in known.finditer(data):
                begin = at + hit.start() - _PREFIX_BYTES
                found = self.frame(begin) if begin >= offset else None
                if found is not None and found.sequence >= expected:
                    return begin
            if at + len(data) >= self.size or len(data) < FRAME_BYTES:
                break
            at += len(data) - FRAME_BYTES
        return self.size
