"""A disk that does not let the journal be opened: row 40 of the catalogue of bad input.

What a write or a sync error does is in `test_file.py`.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.journal import file as module
from connectors.journal.file import JournalFile
from robot.errors import JournalError


@contextmanager
def files_at_most(count: int) -> Iterator[None]:
    """`ulimit -n`, for this process and for a moment."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("x")
    with pytest.raises(JournalError, match=r"journal: .*cannot be opened \(File exists\)"):
        JournalFile(tmp_path / "journal")


def test_too_many_open_files_are_told(tmp_path: Path) -> None:
    with files_at_most(3), pytest.raises(JournalError, match="Too many open files"):
        JournalFile(tmp_path / "journal")
    JournalFile(tmp_path / "journal").close()


@pytest.mark.parametrize("name", ["lock", "synced"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EIO, errno.ENOSPC])
def test_a_disk_that_is_read_only_full_or_broken_is_told_and_nothing_stays_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    opened = os.open

    def refuse(path: Path, *arguments: int) -> int:
        if Path(path).name == name:
            raise OSError(number, os.strerror(number))
        return opened(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "open", refuse)
        with pytest.raises(JournalError, match=f"{os.strerror(number)}.*then start again"):
            JournalFile(tmp_path / "journal")
    JournalFile(tmp_path / "journal").close()
