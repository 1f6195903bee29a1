"""The strategy's process in a backtest: the live one on a connection that it was given.

`python -m connectors.host.piped NUMBER FOLDER`: the number of an open socket and the configuration
folder. It has no journal to rebuild from: whoever gave it the socket tells it everything. How long
a call takes says nothing here, but one that does not return ends the process as it does live.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path

from connectors.host.frames import Used, plain
from connectors.host.talking import LOOK_S, Gone, Talk, end_if_hanging, leave_after
from connectors.host.worker import Worker


class PipedHost(Talk):
    """One run of it."""

    def __init__(self, folder: Path, connection: socket.socket) -> None:
        super().__init__(threading.Event(), connection)
        self._folder = folder

    @property
    def folder(self) -> Path:
        """As it was told."""
        return self._folder

    def _connect(self) -> None:
        self._socket.settimeout(None)

    def _rebuild(self, worker: Worker, number: int, days: int) -> None:
        """Nothing was told before."""

    def tell_used(self) -> None:
        """What its code read itself."""
        with contextlib.suppress(OSError, Gone):  # whoever asked is gone, and does not ask this
            files = map(os.path.abspath, self.restraint.read)
            self._say(Used(files=tuple(map(plain, files))))

    def watch(self) -> None:
        """End the process where a call hangs, from a thread of its own."""

        def look() -> None:
            while True:
                end_if_hanging(self.worker, self._stop)
                time.sleep(LOOK_S)

        threading.Thread(target=look, name="hanging", daemon=True).start()


def main(number: int, folder: Path) -> None:
    """The process, from its start to its end."""
    host = PipedHost(folder, socket.socket(fileno=number))
    host.watch()

    def talk() -> None:
        try:
            host.run()
        except Gone:
            host.tell_used()
            host.bye()

    leave_after(talk)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
