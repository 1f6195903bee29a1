"""Doors in a process of their own, started and held by the process whose QuickFIX they guard."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import msgspec

from connectors.guard.limits import Door


class GuardError(Exception):
    """The doors cannot be opened; the text says why."""


class GuardProcess:
    """Runs until closed; when it ends by itself, `on_end` is called on a thread of its own."""

    def __init__(self, doors: Sequence[Door], on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._is_closing = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connectors.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ports = self._begin(doors)
        threading.Thread(target=self._watch, name="guard", daemon=True).start()

    def close(self) -> None:
        """Close the doors; what was said before still gets through."""
        self._is_closing = True
        assert self.process.stdin is not None, "opened with a pipe"
        self.process.stdin.close()

    def _begin(self, doors: Sequence[Door]) -> list[int]:
        """Tell the doors, hear their ports."""
        assert self.process.stdin is not None and self.process.stdout is not None, "pipes"
        self.process.stdin.write(msgspec.json.encode(doors) + b"\n")
        self.process.stdin.flush()
        with self.process.stdout:
            line = self.process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=list[int])
        except msgspec.DecodeError:
            self.process.stdin.close()
            self.process.wait()
            raise GuardError(line.decode("utf-8", "replace").strip() or "it ended") from None

    def _watch(self) -> None:
        self.process.wait()
        if not self._is_closing:
            self._on_end()
