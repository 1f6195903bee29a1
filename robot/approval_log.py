"""The approvals log on disk: `DATA/approvals/approvals.fxj`, framed and chained like the journal.

Whoever authenticates people writes it (the command line, the HTTP API), under a lock, and a record
is on the disk before anything follows from it. Readers take no lock: they see whole records.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from robot.approvals import AnyNote, Approvals, Role, TailCut, Who
from robot.errors import JournalCorrupt, JournalError
from robot.journal import (
    FRAME_BYTES,
    NO_CHAIN,
    Record,
    RecordKind,
    Torn,
    encode,
    frame,
    read_records,
)

FILE = "approvals.fxj"
_NOTE: msgspec.json.Decoder[AnyNote] = msgspec.json.Decoder(AnyNote)
_SYSTEM = Who(name="system", role=Role.VIEWER, how="start of a writer")


class ApprovalLog:
    """The log in one data folder; need not be there before the first record."""

    def __init__(self, data: Path) -> None:
        self.path = data / "approvals" / FILE

    def read(self) -> Approvals:
        """What follows from all records; a broken chain or rule raises `JournalCorrupt`."""
        return self._load()[0]

    def notes(self) -> Iterator[AnyNote]:
        """All records in order."""
        for item in read_records(self._bytes(), NO_CHAIN, name=FILE):
            if isinstance(item, Record):
                yield _note(item)

    @contextmanager
    def writing(self, now_ns: int) -> Iterator[Writer]:
        """The only writer for as long as the block lasts; the state is as of its beginning."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise JournalError(f"{self.path}: cannot be written: {problem.strerror}") from problem
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            approvals, chain, torn = self._load()
            writer = Writer(fd, approvals, chain, now_ns)
            if torn is not None:
                os.ftruncate(fd, torn.offset)
                lost = torn.lost_bytes
                writer.append(
                    lambda number, at_ns: TailCut(
                        number=number, at_ns=at_ns, who=_SYSTEM, proposal=0, lost_bytes=lost
                    )
                )
            yield writer
        finally:
            os.close(fd)

    def _load(self) -> tuple[Approvals, bytes, Torn | None]:
        approvals, chain, torn = Approvals(), NO_CHAIN, None
        for item in read_records(self._bytes(), NO_CHAIN, name=FILE):
            if isinstance(item, Torn):
                torn = self._checked(item)
            else:
                approvals.apply(_note(item))
                chain = item.chain
        return approvals, chain, torn

    def _checked(self, torn: Torn) -> Torn:
        """Torn is what is not all there. A whole last record that does not verify was changed."""
        data = self._bytes()[torn.offset :]
        length = int.from_bytes(data[:4], "big")
        if len(data) >= FRAME_BYTES + length and data.strip(b"\0"):
            raise JournalCorrupt(
                f"{self.path}: the record at byte {torn.offset} does not match its checksum; "
                "restore the file from a copy"
            )
        return torn

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as problem:
            raise JournalError(f"{self.path}: cannot be read: {problem.strerror}") from problem


class Writer:
    """Appends records; made by `ApprovalLog.writing`."""

    def __init__(self, fd: int, approvals: Approvals, chain: bytes, now_ns: int) -> None:
        self._fd = fd
        self._chain = chain
        self._now_ns = now_ns
        self.approvals = approvals

    @property
    def at_ns(self) -> int:
        """Time of the next record: never before the last one's, so no expired proposal revives."""
        return max(self._now_ns, self.approvals.at_ns)

    def append(self, make: Callable[[int, int], AnyNote]) -> AnyNote:
        """The next record, made from its number and time; on the disk when this returns."""
        note = make(self.approvals.number + 1, self.at_ns)
        self.approvals.apply(note)  # before it is written: what breaks a rule is never on the disk
        data, chain = frame(RecordKind.APPROVAL, note.number, note.at_ns, self._chain, encode(note))
        try:
            written = os.write(self._fd, data)
            if written != len(data):
                raise OSError(0, f"{written} of {len(data)} bytes were written")
            os.fsync(self._fd)
        except OSError as problem:
            raise JournalError(f"the approvals log cannot be written: {problem}") from problem
        self._chain = chain
        return note


def _note(record: Record) -> AnyNote:
    try:
        return _NOTE.decode(record.payload)
    except msgspec.MsgspecError as problem:
        raise JournalError(
            f"{FILE}: record {record.sequence} is no approval: {problem}"
        ) from problem
