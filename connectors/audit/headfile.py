"""Writes the heads: `data/audit/heads.jsonl`, appended to and synced, and its copy elsewhere.

One process at a time, by a lock: the auditor while the robot runs, else `fxrobot audit sign`. The
copy is written by a thread of its own, so that a network folder that hangs holds nobody up.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import robot
from connectors.audit.folder import HEADS_FILE, KEYS, heads_at, log_files, place_in
from connectors.audit.keys import Signer, signer_of
from robot.clock import SystemClock
from robot.errors import HeadDamaged, JournalError, RobotError
from robot.examination import LogExamination
from robot.frames import frames
from robot.heads import NO_HEAD, Head, Place, SignedHead, line_of, read_line, signed
from robot.settings import Settings
from robot.verdict import LogFiles

LOCK_PATIENCE_S = 5.0
COPY_PATIENCE_S = 5.0
JOURNAL = "journal"


class Locked(JournalError):
    """Another process writes these heads."""


class HeadFile:
    """The writer. Opening cuts off a line that was never completely written."""

    def __init__(self, settings: Settings, patience_s: float = LOCK_PATIENCE_S) -> None:
        self._settings = settings
        self._folder = settings.audit_folder
        self._path = self._folder / HEADS_FILE
        self._clock = SystemClock()
        self._signer = signer_of(settings)
        self._newest: dict[str, Head] = {}
        self._previous, self._number = NO_HEAD, 0
        self._last_signed: SignedHead | None = None
        self._damaged = self._problem = self._copy_problem = ""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock_fd = _lock(self._folder / "lock", patience_s)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._size = self._resume()
        self._copier = _Copier(self._path, _copy_folder(settings))
        if self._signer is not None:
            self._keep_public(self._signer)

    def last(self) -> Head | None:
        """The newest head of the journal."""
        return self._newest.get(JOURNAL)

    def place_of(self, segment: str, sequence: int) -> Place | None:
        """The place of a record of the journal."""
        last = self.last()
        return place_in(
            self._journal().segments, segment, sequence, last.last if last is not None else None
        )

    def sign(self, place: Place, reason: str) -> None:
        """Heads of the journal up to `place`, and of all other logs up to their ends."""
        if self._damaged:
            return
        places = {JOURNAL: place}
        try:
            places |= self._others()
            heads = [self._head(log, at, reason) for log, at in places.items()]
            self._append(heads)
        except (OSError, RobotError) as problem:
            self._problem = f"no head can be written: {problem}"
            return
        self._problem = ""
        self._copier.copy()

    def wanted(self) -> bool:
        """Whether somebody asked for a head since the last time."""
        try:
            request_path(self._settings).unlink()
        except OSError:
            return False
        return True

    def contradiction(self) -> str:
        """How the journal differs from its newest head; empty = it fits, or cannot be compared
        because the segment is not here any more.
        """
        last = self.last()
        if self._damaged or last is None:
            return self._damaged
        for segment in self._journal().segments:
            if segment.name == last.last.segment:
                found = next(frames(segment, begin=last.last.offset), None)
                if found is None or getattr(found, "chain", b"").hex() != last.last.chain:
                    text = f"the journal does not fit head {last.number}: record"
                    return f"{text} {last.last.sequence} in {segment.name} is not as it was signed"
        return ""

    def figures(self) -> dict[str, float | int | str]:
        """The newest head and the last signed one, and what is wrong."""
        last, certain = self.last(), self._last_signed
        return {
            "head": last.number if last is not None else 0,
            "head_sequence": last.last.sequence if last is not None else 0,
            "head_at_ns": last.signed_at_ns if last is not None else 0,
            "head_hash": self._previous if self._number else "",
            "signed_head": certain.head.number if certain is not None else 0,
            "signed_at_ns": certain.head.signed_at_ns if certain is not None else 0,
            "key": self._signer.key if self._signer is not None else "",
            "head_problem": self._damaged or self._problem or self._copier.problem,
        }

    def close(self) -> None:
        """Finish the copy, let go."""
        self._copier.close()
        os.close(self._fd)
        os.close(self._lock_fd)

    def _journal(self) -> LogFiles:
        found = (log for log in log_files(self._settings.data) if log.name == JOURNAL)
        return next(found, LogFiles(name=JOURNAL, segments=()))

    def _others(self) -> dict[str, Place]:
        """Where the other logs end; they are small, and examined whole each time."""
        found: dict[str, Place] = {}
        for log in log_files(self._settings.data):
            known = self._newest.get(log.name)
            if log.name == JOURNAL:
                continue
            examined = LogExamination(log.name, ()).examine(log.segments)
            if examined.findings:
                raise JournalError(examined.findings[0].told())
            end = examined.last
            if end is not None and (known is None or known.last.sequence < end.sequence):
                found[log.name] = end
        return found

    def _head(self, log: str, place: Place, reason: str) -> SignedHead:
        known = self._newest.get(log)
        head = Head(
            number=self._number + 1,
            log=log,
            first_sequence=known.last.sequence + 1 if known is not None else 1,
            last=place,
            reason=reason,
            signed_at_ns=self._clock.now_ns(),
            code_version=robot.__version__,
            key=self._signer.key if self._signer is not None else "",
            previous=self._previous,
        )
        made = signed(head, self._signer.sign if self._signer is not None else None)
        self._note(made)
        return made

    def _note(self, head: SignedHead) -> None:
        self._newest[head.head.log] = head.head
        self._number, self._previous = head.head.number, head.hash
        if head.signature:
            self._last_signed = head

    def _append(self, heads: list[SignedHead]) -> None:
        data = b"".join(line_of(head) + b"\n" for head in heads)
        try:
            written = os.write(self._fd, data)
            if written != len(data):
                raise OSError(0, f"{written} of {len(data)} bytes were written")
            os.fsync(self._fd)
        except OSError:
            # What was noted is not there: read again what is.
            os.ftruncate(self._fd, self._size)
            self._forget()
            raise
        self._size += len(data)

    def _forget(self) -> None:
        self._newest, self._previous, self._number = {}, NO_HEAD, 0
        self._last_signed = None
        self._size = self._resume()

    def _resume(self) -> int:
        """Take over the heads that are there; the size of the file."""
        found = heads_at(self._path)
        size = 0
        for number, line in enumerate(found.lines if found is not None else (), 1):
            size += len(line) + 1
            try:
                self._note(read_line(line))
            except HeadDamaged as damaged:
                self._damaged = f"{self._path}: line {number} is damaged: {damaged}"
        if found is not None and found.torn:
            os.ftruncate(self._fd, size)
        return size

    def _keep_public(self, signer: Signer) -> None:
        path = self._folder / KEYS / f"{signer.key}.pub"
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(signer.public)
        except OSError as problem:
            self._problem = f"{path}: cannot be written: {problem.strerror}"


class _Copier:
    """Keeps the copy equal to the heads, on a thread of its own."""

    def __init__(self, source: Path, folder: Path | None) -> None:
        self.problem = ""
        self._source = source
        self._folder = folder
        self._due = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        if folder is not None:
            self._due.set()
            self._thread = threading.Thread(target=self._run, name="heads-copy", daemon=True)
            self._thread.start()

    def copy(self) -> None:
        """There are new heads."""
        self._due.set()

    def close(self) -> None:
        """Copy what is left and end; a folder that hangs is left behind."""
        self._closing = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(COPY_PATIENCE_S)

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            closing = self._closing
            assert self._folder is not None, "a thread for a copy that nobody wants"
            try:
                self.problem = copy_heads(self._source, self._folder / HEADS_FILE)
            except OSError as problem:
                self.problem = f"{self._folder}: no copy of the heads: {problem.strerror}"
            if closing:
                return


def copy_heads(source: Path, copy: Path) -> str:
    """Append to the copy what it lacks; what is wrong. A copy that says otherwise is left alone,
    and its folder is not made: it is missing where a disk is not there.
    """
    data = source.read_bytes()
    fd = os.open(copy, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        there = os.pread(fd, os.fstat(fd).st_size, 0)
        if not data.startswith(there):
            return f"{copy}: is not the beginning of {source}: one of the two was changed"
        if len(data) > len(there):
            os.write(fd, data[len(there) :])
            os.fsync(fd)
    finally:
        os.close(fd)
    return ""


def request_path(settings: Settings) -> Path:
    """Making this file asks the auditor for a head."""
    return settings.run_folder / "sign"


def _copy_folder(settings: Settings) -> Path | None:
    folder = settings.desk.audit.copy_to
    return None if folder is None else settings.folder / folder


def _lock(path: Path, patience_s: float) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except OSError as problem:
            if time.monotonic() >= until:
                os.close(fd)
                raise Locked(f"{path.parent}: another process writes these heads") from problem
        time.sleep(0.05)
