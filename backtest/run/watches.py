"""Who looks on while a run goes: records at their minutes, progress, checkpoints."""

from __future__ import annotations

from collections.abc import Callable

from backtest.records import Recorder
from backtest.run.driver import Stopped
from backtest.run.inside import NEVER_NS
from backtest.stopping import Stopping

_MINUTE_NS = 60_000_000_000
LOOKS = 200
"""So often progress is told."""
STOPS = 2_000
"""So often in a run it is looked whether somebody wants it to stop."""


class RecordWatch:
    """Has the records marked when they want to be."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @property
    def due_ns(self) -> int:
        """As the recorder says."""
        return self._recorder.due_ns

    def look(self, at_ns: int) -> None:
        """At the market as it stands."""
        self._recorder.mark(at_ns)


class Every:
    """Calls `what` at each multiple of a length of market time."""

    def __init__(self, begin_ns: int, length_ns: int, what: Callable[[int], None]) -> None:
        self._length_ns, self._what = length_ns, what
        self.due_ns = (begin_ns // length_ns + 1) * length_ns

    def look(self, at_ns: int) -> None:
        """What is due; once, however many multiples were passed over."""
        due_ns = at_ns // self._length_ns * self._length_ns
        self.due_ns = due_ns + self._length_ns
        self._what(due_ns)


class Once:
    """Calls `what` before the first thing of a moment or later."""

    def __init__(self, due_ns: int, what: Callable[[int], None]) -> None:
        self.due_ns = due_ns
        self._what = what

    def look(self, at_ns: int) -> None:
        """It is time."""
        self.due_ns = NEVER_NS
        self._what(at_ns)


class WhenAsked:
    """Calls `what` soon after somebody has asked to stop: it looks each so much market time."""

    def __init__(self, length_ns: int, stopping: Stopping, what: Callable[[int], None]) -> None:
        self._length_ns, self._stopping, self._what = length_ns, stopping, what
        self.due_ns = 0

    def look(self, at_ns: int) -> None:
        """Whether it was asked."""
        self.due_ns = (at_ns // self._length_ns + 1) * self._length_ns
        if self._stopping.asked:
            self._what(at_ns)


def stop_unless(go_on: bool | None) -> None:
    """End the run where somebody says so."""
    if go_on is False:
        raise Stopped
