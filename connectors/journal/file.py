"""Journal segments on disk.

    journal/20140502-0001.fxj     a segment
    journal/synced                segment, byte offset and sequence that are on the disk

One process writes. Records are handed to the operating system on `append`; `sync` makes them
durable,
and a thread does the same for what no `sync` came for, every 5 ms. Followers read up to `synced`.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

import robot
from robot.errors import JournalCorrupt, JournalError
from robot.journal import (
    FORMAT_VERSION,
    FRAME_BYTES,
    NO_CHAIN,
    Header,
    Record,
    RecordKind,
    Torn,
    encode,
    frame,
    offset_after,
    pass_whole,
    read_records,
)

SUFFIX = ".fxj"
ASIDE = ".new"
GROUP_SYNC_S = 0.005
_SYNCED = struct.Struct(">16sQQI")
_CHUNK = 4 * 1024 * 1024


class Synced(msgspec.Struct, frozen=True):
    """How far the journal is on the disk."""

    segment: str
    offset: int
    sequence: int


def segment_paths(folder: Path) -> list[Path]:
    """All segments, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read_segment(path: Path, previous_chain: bytes | None = None) -> Iterator[Record | Torn]:
    """Records of one segment in order, read in pieces; a torn last record comes as `Torn`."""
    try:
        with path.open("rb") as file:
            yield from _read_stream(file.fileno(), path.name, previous_chain)
    except OSError as problem:
        raise JournalError(f"{path}: cannot be read: {problem.strerror}") from problem


def _read_stream(fd: int, name: str, chain: bytes | None) -> Iterator[Record | Torn]:
    size = os.fstat(fd).st_size
    offset, chunk, sequence = 0, _CHUNK, 0
    while offset < size:
        data = os.pread(fd, min(chunk, size - offset), offset)
        at_end = offset + len(data) >= size
        used = 0
        for item in read_records(data, chain, name=name, offset=offset):
            if isinstance(item, Torn):
                if at_end:
                    yield item
                    return
                break
            if sequence and item.sequence != sequence + 1:
                raise JournalCorrupt(f"{name}: record {item.sequence} follows {sequence}")
            sequence, chain = item.sequence, item.chain if chain is not None else None
            used += _size(item)
            yield item
        chunk = _CHUNK if used else chunk * 2
        offset += used


def _walk(path: Path) -> tuple[int, int, bytes, Torn | None]:
    """Where a segment's whole records end, the last one's number and chain, a torn one after it."""
    try:
        with path.open("rb") as file:
            return _walk_stream(file.fileno(), path.name)
    except OSError as problem:
        raise JournalError(f"{path}: cannot be read: {problem.strerror}") from problem


def _walk_stream(fd: int, name: str) -> tuple[int, int, bytes, Torn | None]:
    size = os.fstat(fd).st_size
    offset, chunk, sequence, chain = 0, _CHUNK, 0, NO_CHAIN
    while offset < size:
        data = os.pread(fd, min(chunk, size - offset), offset)
        passed = pass_whole(data, sequence, name=name)
        if passed.end:
            sequence, chain = passed.sequence, passed.chain
        if passed.end < len(data):  # what is wrong with the next one: only torn, or damaged
            rest = read_records(data[passed.last :], name=name, offset=offset + passed.last)
            torn = next(item for item in rest if isinstance(item, Torn))
            if offset + len(data) >= size:
                return torn.offset, sequence, chain, torn
        offset += passed.end
        chunk = _CHUNK if passed.end else chunk * 2
    return offset, sequence, chain, None


def _size(record: Record) -> int:
    return FRAME_BYTES + len(record.payload)


class JournalFile:
    """The writer. Opening locks the folder and cuts a torn tail off the newest segment."""

    def __init__(self, folder: Path, about: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._about = dict(about or {})
        self._lock_fd, self._position_fd = _prepare(folder)
        self._fd = -1
        self._segment = ""
        self._offset = 0
        self._sequence = 0
        self._chain = NO_CHAIN
        self._synced_offset = 0
        self._guard = threading.Lock()
        self._syncing = threading.Lock()
        self._closing = threading.Event()
        self._failed = ""
        self.torn: Torn | None = None
        self._resume()
        self._thread = threading.Thread(
            target=self._sync_in_groups, name="journal-sync", daemon=True
        )
        self._thread.start()

    def open_segment(self, trade_date: date, at_ns: int, snapshot: bytes) -> str:
        """Begin a segment: HEADER and SNAPSHOT are on the disk when this returns."""
        if self._failed:
            raise JournalError(self._failed)
        if self._fd >= 0:
            self.sync()
        name = _next_name(self._folder, trade_date)
        header = Header(
            format=FORMAT_VERSION,
            segment=name,
            code_version=robot.__version__,
            about=self._about,
            previous_segment=self._segment,
            previous_chain=self._chain.hex(),
        )
        first, chain = frame(
            RecordKind.HEADER, self._sequence + 1, at_ns, self._chain, encode(header)
        )
        second, chain = frame(RecordKind.SNAPSHOT, self._sequence + 2, at_ns, chain, snapshot)
        fd = self._create(name, first + second)
        with self._syncing, self._guard:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd, self._segment, self._chain = fd, name, chain
            self._sequence += 2
            self._offset = self._synced_offset = len(first) + len(second)
            _publish(self._position_fd, Synced(name, self._offset, self._sequence))
        return name

    def _create(self, name: str, content: bytes) -> int:
        """A segment appears whole or not at all: written aside, synced, then renamed."""
        path = self._folder / f"{name}{SUFFIX}"
        aside = path.with_suffix(ASIDE)
        try:
            aside.unlink(missing_ok=True)
            fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            written = os.write(fd, content)
            if written != len(content):
                raise OSError(0, f"{written} of {len(content)} bytes were written")
            os.fsync(fd)
            os.rename(aside, path)
            _sync_folder(self._folder)
        except OSError as problem:
            raise self._fail("written", problem) from problem
        return fd

    def append(self, kind: RecordKind, at_ns: int, payload: bytes) -> int:
        """Write one record; raises JournalError when the disk refuses, and from then on always."""
        if self._failed:
            raise JournalError(self._failed)
        sequence = self._sequence + 1
        data, chain = frame(kind, sequence, at_ns, self._chain, payload)
        try:
            written = os.write(self._fd, data)
        except OSError as problem:
            raise self._fail("written", problem) from problem
        if written != len(data):
            raise self._fail("written", OSError(0, f"{written} of {len(data)} bytes"))
        with self._guard:
            self._offset += written
            self._sequence, self._chain = sequence, chain
        return sequence

    def sync(self) -> None:
        """Make all that was appended durable and publish how far that is."""
        if self._failed:
            raise JournalError(self._failed)
        with self._syncing:
            with self._guard:
                offset, sequence, segment = self._offset, self._sequence, self._segment
            if offset == self._synced_offset:
                return
            try:
                os.fdatasync(self._fd)
            except OSError as problem:
                raise self._fail("synced", problem) from problem
            self._synced_offset = offset
            _publish(self._position_fd, Synced(segment, offset, sequence))

    def close(self) -> None:
        """Sync, stop the thread, release the folder."""
        self._closing.set()
        self._thread.join(timeout=5)
        if self._fd >= 0:
            if not self._failed:
                self.sync()
            os.close(self._fd)
            self._fd = -1
        os.close(self._position_fd)
        os.close(self._lock_fd)

    def _resume(self) -> None:
        """Continue after the newest segment: cut its torn tail and take over number and chain."""
        paths = segment_paths(self._folder)
        synced = read_synced(self._folder)
        if synced is not None and (not paths or paths[-1].stem < synced.segment):
            raise JournalCorrupt(
                f"{self._folder}: segment {synced.segment} was synced and is missing; "
                "restore it from a copy before starting"
            )
        if not paths:
            return
        path = paths[-1]
        end, self._sequence, self._chain, self.torn = _walk(path)
        if self.torn is not None:
            self._check_torn(path, self.torn)
            os.truncate(path, self.torn.offset)
        if synced is not None and synced.segment == path.stem and end < synced.offset:
            raise JournalCorrupt(
                f"{path}: ends at byte {end}, yet it was synced up to byte {synced.offset}; "
                "restore it from a copy before starting"
            )
        self._segment = path.stem
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        self._offset = end
        self.sync()

    def _check_torn(self, path: Path, torn: Torn) -> None:
        synced = read_synced(self._folder)
        if synced is not None and synced.segment == path.stem and torn.offset < synced.offset:
            raise JournalCorrupt(
                f"{path}: the record at byte {torn.offset} is damaged, yet the file was synced "
                f"up to byte {synced.offset}; restore it from a copy before starting"
            )

    def _sync_in_groups(self) -> None:
        # By the clock: a thread woken by `append` would take the interpreter from the core just
        # when a request is being answered.
        while not self._closing.wait(GROUP_SYNC_S):
            if self._failed:
                return
            try:
                self.sync()
            except JournalError:
                return

    def _fail(self, what: str, problem: OSError) -> JournalError:
        self._failed = (
            f"{self._folder}: the journal could not be {what} ({problem.strerror}); "
            "trading stops; free or replace the disk, then start again"
        )
        return JournalError(self._failed)


class FileTail:
    """A follower's view: records up to the synced position, across segments."""

    def __init__(self, folder: Path, segment: str = "", sequence: int = 0) -> None:
        self._folder = folder
        self._segment = segment
        self._after = sequence
        self._offset = 0
        self._fd = -1

    def poll(self, count: int) -> Sequence[Record]:
        """The next records, at most about `count`; none when everything synced was seen."""
        while records := self._read(count):
            fresh = [record for record in records if record.sequence > self._after]
            if fresh:  # none: these lie before the place to begin at
                return fresh
        return ()

    def _read(self, count: int) -> list[Record]:
        synced = read_synced(self._folder)
        if synced is None or not self._open(synced):
            return []
        size = synced.offset if synced.segment == self._segment else os.fstat(self._fd).st_size
        if self._offset == 0:
            self._pass_over(size)
        data = os.pread(self._fd, min(_CHUNK, size - self._offset), self._offset)
        records = self._parse(data, count)
        if not records and data:
            data = os.pread(self._fd, size - self._offset, self._offset)
            records = self._parse(data, count)
            if not records:
                raise JournalCorrupt(
                    f"{self._segment}: the record at byte {self._offset} is damaged, yet the "
                    f"journal was synced beyond it; restore the file from a copy"
                )
        if not records and synced.segment != self._segment:
            self._next_segment()
        return records

    def behind(self) -> int:
        """Bytes that are synced and not yet polled, of this segment and all after it."""
        # In this order: asked by another thread just when the segment changes, it tells too little.
        offset, segment = self._offset, self._segment
        synced = read_synced(self._folder)
        if synced is None:
            return 0
        older = [path for path in segment_paths(self._folder) if path.stem < synced.segment]
        sizes = [path.stat().st_size for path in older if path.stem >= segment]
        return max(0, synced.offset + sum(sizes) - offset)

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _pass_over(self, size: int) -> None:
        """Go to the place to begin at: recovery need not read what a snapshot holds already."""
        while data := os.pread(self._fd, min(_CHUNK, size - self._offset), self._offset):
            passed = offset_after(data, self._after)
            if passed == 0:
                return
            self._offset += passed

    def _parse(self, data: bytes, count: int) -> list[Record]:
        records: list[Record] = []
        for item in read_records(data, name=self._segment, offset=self._offset):
            if isinstance(item, Torn) or len(records) >= count:
                break
            records.append(item)
        self._offset += sum(_size(record) for record in records)
        return records

    def _open(self, synced: Synced) -> bool:
        if self._fd >= 0:
            return True
        if not self._segment:
            self._segment = segment_paths(self._folder)[0].stem
        path = self._folder / f"{self._segment}{SUFFIX}"
        if not path.exists():
            raise JournalError(f"{path} is missing; the follower was there at record {self._after}")
        self._fd = os.open(path, os.O_RDONLY)
        return True

    def _next_segment(self) -> None:
        later = [p.stem for p in segment_paths(self._folder) if p.stem > self._segment]
        if later:
            self.close()
            self._segment, self._offset = later[0], 0


def read_synced(folder: Path) -> Synced | None:
    """The published position, or None before the first sync."""
    path = folder / "synced"
    for _ in range(100):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if len(data) < _SYNCED.size:
            return None
        name, offset, sequence, checksum = _SYNCED.unpack_from(data)
        if zlib.crc32(data[: _SYNCED.size - 4]) == checksum and name.isascii():
            return Synced(name.rstrip(b"\0").decode("ascii"), offset, sequence)
    raise JournalError(f"{path}: does not match its checksum; remove it while the robot is stopped")


def _publish(fd: int, synced: Synced) -> None:
    name = synced.segment.encode("ascii").ljust(16, b"\0")
    body = _SYNCED.pack(name, synced.offset, synced.sequence, 0)[: _SYNCED.size - 4]
    os.pwrite(fd, body + struct.pack(">I", zlib.crc32(body)), 0)


def _next_name(folder: Path, trade_date: date) -> str:
    day = f"{trade_date:%Y%m%d}"
    taken = [path.stem for path in segment_paths(folder)]
    newest = taken[-1] if taken else ""
    if newest[:8] > day:
        raise JournalError(
            f"{folder}: the newest segment is {newest}, after trade date {trade_date}; "
            "check the clock, or start with an empty data folder"
        )
    number = int(newest[9:]) + 1 if newest[:8] == day else 1
    return f"{day}-{number:04d}"


def _prepare(folder: Path) -> tuple[int, int]:
    """The lock, held, and the file of the synced position."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_fd = _lock(folder)
        try:
            return lock_fd, os.open(folder / "synced", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            os.close(lock_fd)
            raise
    except OSError as problem:
        raise JournalError(
            f"{folder}: the journal cannot be opened ({problem.strerror}); "
            "let this user write there, then start again"
        ) from problem


def _lock(folder: Path) -> int:
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        os.close(fd)
        raise JournalError(f"{folder}: another trader is writing this journal") from problem
    return fd


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
