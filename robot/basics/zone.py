"""A time zone as content: from when on its clock was how far from UTC.

It travels in the journal with the reference, so that what a clock on the wall said is the same at
every replay, whatever the machine knows of time zones.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

_SECOND_NS = 1_000_000_000
_FAR_S = 32_503_680_000


class Zone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`since` and `east` belong together: from that second since 1970 on so many seconds east."""

    name: str = "UTC"
    since: tuple[int, ...] = (0,)
    east: tuple[int, ...] = (0,)
    until_s: int = _FAR_S
    """From here on nobody knows."""

    def local_s(self, at_ns: int) -> int | None:
        """What its clock says, as seconds since 1970-01-01 00:00 there; None = not known."""
        at_s = at_ns // _SECOND_NS
        place = bisect_right(self.since, at_s) - 1
        if place < 0 or at_s >= self.until_s:
            return None
        return at_s + self.east[place]

    def clock_s(self, at_ns: int) -> int | None:
        """Seconds after midnight by its clock; None = not known."""
        local_s = self.local_s(at_ns)
        return local_s % 86_400 if local_s is not None else None

    def moment_s(self, local_s: int) -> int | None:
        """When its clock shows this (seconds since 1970-01-01 00:00 there), in seconds since 1970
        UTC; None = not known. A time that is skipped in spring counts on from before the change; of
        one that is shown twice in autumn the first is meant (PEP 495, fold 0).
        """
        since, east = self.since, self.east

        def shown(place: int) -> int:
            """From when on the clock shows what it does after this change."""
            return since[place] + max(east[place - 1], east[place])

        place = bisect_right(range(1, len(since)), local_s, key=shown)
        at_s = local_s - east[place]
        return at_s if since[0] <= at_s < self.until_s else None
