"""A disk that fails at the Nth write or sync: nothing is sent after it, and the text says why."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.journal import file as journal_file
from robot.errors import JournalError
from tests.kit.in_process import InProcessRobot

CALLS_MAX = 60


class FailingOs:
    """The module `os` as the journal sees it: one function fails from its Nth call on."""

    def __init__(self, name: str, nth: int, number: int, short: bool = False) -> None:
        self._name = name
        self._number = number
        self._nth = nth
        self._short = short
        self.calls = 0
        self.broken = False

    def __getattr__(self, name: str) -> Any:
        return self._failing if name == self._name else getattr(os, name)

    def _failing(self, fd: int, *arguments: Any) -> Any:
        self.calls += 1
        if self.calls >= self._nth:
            self.broken = True
            if self._short and self.calls == self._nth:
                return os.write(fd, arguments[0][:7])
            raise OSError(self._number, os.strerror(self._number))
        return getattr(os, self._name)(fd, *arguments)


def deal(robot: InProcessRobot) -> None:
    """A request, its quote, a hit, its execution report."""
    robot.receive(robot.request_message())
    robot.receive(robot.hit_message())


def outcome(folder: Path, monkeypatch: pytest.MonkeyPatch, failing: FailingOs) -> list[str]:
    """What was sent in all, the disk failing on the way; from then on every use of it fails."""
    monkeypatch.setattr(journal_file.JournalFile, "_sync_in_groups", lambda self: None)
    robot = InProcessRobot(folder)
    robot.open_market()
    monkeypatch.setattr(journal_file, "os", failing)
    try:
        deal(robot)
    except JournalError as problem:
        assert failing.broken
        assert_told(str(problem))
        sent = robot.sent_types()
        for again in (robot.open_market, lambda: deal(robot), robot.journal.sync):
            assert_refused(again)
        assert robot.sent_types() == sent, "nothing is sent after it"
        return sent
    finally:
        monkeypatch.setattr(journal_file, "os", os)
        robot.journal.close()
    return robot.sent_types()


def assert_told(text: str) -> None:
    assert "trading stops; free or replace the disk, then start again" in text


def assert_refused(call: Callable[[], object]) -> None:
    with pytest.raises(JournalError) as told:
        call()
    assert_told(str(told.value))


@pytest.mark.parametrize(
    ("name", "number", "short"),
    [
        ("write", errno.ENOSPC, False),
        ("write", errno.ENOSPC, True),
        ("write", errno.EIO, False),
        ("write", errno.EROFS, False),
        ("fdatasync", errno.EIO, False),
    ],
)
def test_a_disk_that_fails_at_any_call_stops_what_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, short: bool
) -> None:
    """For every N until the day needs fewer than N calls."""
    whole: list[str] = []
    seen = []
    for nth in range(1, CALLS_MAX):
        failing = FailingOs(name, nth, number, short)
        sent = outcome(tmp_path / str(nth), monkeypatch, failing)
        seen.append(sent)
        if not failing.broken:
            whole = sent
            break
    assert whole.count("8") == 1 and "S" in whole, "the day without a fault"
    assert len(seen) > 1, "at least one call failed"
    assert all(sent == whole[: len(sent)] for sent in seen)
    assert all("8" not in sent for sent in seen[:-1]), "no execution report before its deal is safe"
