"""Limits over a stretch of time: how often something happened within so many seconds."""

from __future__ import annotations

import msgspec

from robot.basics.ids import LimitId
from robot.limits.tree import Applied

_SECOND_NS = 1_000_000_000

NAMES_MAX = 5_000
"""More than these are looked through for what is over."""


class Windows(msgspec.Struct):
    """When it happened, for each limit; only what is still within its window."""

    times: dict[LimitId, list[int]] = {}

    def forget(self, row: Applied, key: str, at_ns: int) -> int:
        """How often it happened within the window of a row up to now."""
        name = row.account(key)
        since_ns = at_ns - row.row.within_s * _SECOND_NS
        kept = [one for one in self.times.get(name, ()) if one > since_ns]
        if kept:
            self.times[name] = kept
        else:
            self.times.pop(name, None)
        return len(kept)

    def add(self, row: Applied, key: str, at_ns: int) -> int:
        """It happened once more; how often with this time."""
        count = self.forget(row, key, at_ns)
        if len(self.times) >= NAMES_MAX:
            since_ns = at_ns - row.row.within_s * _SECOND_NS
            self.times = {name: at for name, at in self.times.items() if at[-1] > since_ns}
        self.times.setdefault(row.account(key), []).append(at_ns)
        return count + 1

    def forget_all(self) -> None:
        """A new day: nothing reaches over it."""
        self.times.clear()
