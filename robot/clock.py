"""Where time comes from: the only module of `robot` that reads a clock.

Time is an `int` of nanoseconds since 1970-01-01 UTC, named `at_ns` or `..._ns`. Below the agent it
is
always an argument, taken from the stamp of the event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

NANOS_PER_SECOND = 1_000_000_000
NANOS_PER_MILLISECOND = 1_000_000


class Clock(Protocol):
    """Tells the core's time; never goes back."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        ...


class SystemClock:
    """The machine's clock, held so that it never goes back.

    After a step back it goes on at half speed until the machine is there again: quotes must still
    expire and prices grow stale.
    """

    def __init__(
        self,
        machine_ns: Callable[[], int] | None = None,
        steady_ns: Callable[[], int] | None = None,
    ) -> None:
        self._read_machine_ns = machine_ns or time.time_ns
        self._read_steady_ns = steady_ns or time.monotonic_ns
        self._last_ns = 0
        self._steady_ns = self._read_steady_ns()

    def begin_after(self, at_ns: int) -> None:
        """The journal's time is known: what comes next is not before it."""
        self._last_ns = max(self._last_ns, at_ns)

    def now_ns(self) -> int:
        machine_ns, steady_ns = self._read_machine_ns(), self._read_steady_ns()
        if machine_ns >= self._last_ns:
            self._last_ns = machine_ns
        else:
            self._last_ns += (steady_ns - self._steady_ns) // 2
        self._steady_ns = steady_ns
        return self._last_ns


def steady_ns() -> int:
    """Nanoseconds that only ever grow at their own pace: for how long something took."""
    return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told: tests, replay, backtests, and the simulated venue's
    time.
    """

    def __init__(self, at_ns: int = 0) -> None:
        self._at_ns = at_ns

    def now_ns(self) -> int:
        return self._at_ns

    def advance_to(self, at_ns: int) -> None:
        """Move to `at_ns`; a time already past changes nothing."""
        self._at_ns = max(self._at_ns, at_ns)


def utc_datetime(at_ns: int) -> datetime:
    """The moment as an aware datetime, to the microsecond."""
    seconds, nanos = divmod(at_ns, NANOS_PER_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanos // 1000)


def nanoseconds(moment: datetime) -> int:
    """The inverse of `utc_datetime`, exact to the microsecond; `moment` must be aware."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * NANOS_PER_SECOND + delta.microseconds * 1000


def format_time(at_ns: int) -> str:
    """`2014-05-02T12:30:01.500Z`, milliseconds."""
    return utc_datetime(at_ns).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ns // 1_000_000 % 1000:03d}Z"
