"""What keeps a strategy's accidents to itself. Isolation of failures, not a sandbox: code that
means harm gets round all of it, so only code that two persons approved is run.

Bounded: the address space. Refused, with a message, while the strategy's own code runs: files
opened for writing, connections, other programs. Lower priority than the trader. Not bounded:
processor time (a deadline and a watch on hanging do that), reading of files, what compiled
extensions do.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NICE = 2
_PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "os.kill",
)
_WIRES = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")
_FILES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree")
_FORBIDDEN = frozenset((*_PROGRAMS, *_WIRES, *_FILES))
_CODE = (".py", ".pyc", ".so")
_SYSTEM = ("/usr/share/zoneinfo", "/proc/", "/sys/", "/dev/")
_PLACES = (sys.prefix, sys.base_prefix, "/usr")
_LANGUAGE = (*(f"{place}/lib" for place in _PLACES), *_SYSTEM)
FILES_MAX = 100
"""So many are noted; it is enough to say that there are many."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Restraint:
    """Holds while `strategy_runs`, on the thread that called it."""

    def __init__(self) -> None:
        self._thread = 0
        self.read: dict[str, None] = {}
        """Files that the strategy's code opened for reading, in order; the language's own are not
        counted.
        """

    def bound(self, memory_mb: int) -> None:
        """Limit this process, for good. Called once."""
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 1024 * 1024,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(NICE)
        sys.addaudithook(self._hook)

    @contextmanager
    def strategy_runs(self) -> Iterator[None]:
        """What is called in here is the strategy's code."""
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = 0

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._thread == 0 or threading.get_ident() != self._thread:
            return
        if event in _FORBIDDEN:
            raise PermissionError(f"{event}: a strategy decides from the facts it is given")
        if event == "open" and len(arguments) == 3:
            if self.writes(arguments):
                raise PermissionError("open for writing: a strategy keeps its state in itself")
            self.note(arguments[0])

    @staticmethod
    def writes(arguments: tuple[object, ...]) -> bool:
        """Whether a file is opened to be changed: path, mode and flags."""
        _, mode, flags = arguments
        by_mode = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        return by_mode or (isinstance(flags, int) and bool(flags & _WRITES))

    def note(self, path: object) -> None:
        """What is opened by its number is open already."""
        if not isinstance(path, str | bytes) or len(self.read) >= FILES_MAX:
            return
        name = os.path.normpath(os.fsdecode(path))
        if not name.endswith(_CODE) and not name.startswith(_LANGUAGE):
            self.read[name] = None
