"""Ctrl-C as a wish: what is under way is ended and kept; the second one leaves it at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit code of a command that was ended by Ctrl-C."""


class Stopping:
    """Whether somebody wants the work to stop where that loses nothing."""

    def __init__(self) -> None:
        self.asked = False


@contextmanager
def on_interrupt(saying: str) -> Iterator[Stopping]:
    """Ctrl-C asks to stop, and says what is waited for; the next one is a KeyboardInterrupt."""
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping  # only the main thread is told of signals
        return
    import connectors.sim.assembly  # noqa: F401 - QuickFIX takes the signal when it is imported

    before = signal.getsignal(signal.SIGINT)

    def asked(number: int, frame: FrameType | None) -> None:
        stopping.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stderr.write(f"\n{saying}; Ctrl-C again leaves it\n")

    signal.signal(signal.SIGINT, asked)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)
