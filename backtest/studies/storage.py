"""The storage of a study: Optuna's journal, which one process at a time writes.

What a process that was killed wrote of its last line is taken away. Optuna's own lock is a file
that a killed process leaves behind; the system's lock ends with its process.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from robot.errors import ConfigurationError

FILE, LOCK = "optuna.journal", "lock"
_BLOCK = 1 << 16


class _Held(JournalFileOpenLock):
    """The folder's lock is held for as long as the storage is open."""

    def acquire(self) -> bool:
        """It is held."""
        return True

    def release(self) -> None:
        """It stays held."""


@contextmanager
def storage_of(folder: Path) -> Iterator[JournalStorage]:
    """Of a study's folder; ConfigurationError while another process has it."""
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            text = f"{folder}: another process is going on with this study; let it, or end it first"
            raise ConfigurationError(text) from problem
        path = folder / FILE
        _cut_torn_line(path)
        yield JournalStorage(JournalFileBackend(str(path), lock_obj=_Held(str(path))))


def _cut_torn_line(path: Path) -> None:
    """Whatever follows the last end of a line."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        end = keep = file.seek(0, os.SEEK_END)
        while keep:
            start = max(0, keep - _BLOCK)
            file.seek(start)
            place = file.read(keep - start).rfind(b"\n")
            if place >= 0:
                keep = start + place + 1
                break
            keep = start
        if keep < end:
            file.truncate(keep)
