"""The guard in front of the venues that ask for one: where QuickFIX calls instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.guard.limits import Door, GuardLimits
from connectors.guard.process import GuardProcess
from robot.basics.ids import VenueId

if TYPE_CHECKING:
    from connectors.fix.venue_settings import VenueSettings

FAULT_EXIT = 70


class Doors:
    """One process for all guarded venues; none when no venue asks for it."""

    def __init__(self, venues: Sequence[VenueSettings], *, venue_clock: bool) -> None:
        self._guard: GuardProcess | None = None
        self._ports: dict[VenueId, int] = {}
        guarded = [venue for venue in venues if venue.guard]
        if guarded:
            # The simulated venue tells its time in test requests, as many as it likes.
            tests = 0 if venue_clock else GuardLimits().test_requests_per_minute
            self._guard = GuardProcess([_door(venue, tests) for venue in guarded], _guard_ended)
            ports = self._guard.ports
            self._ports = dict(zip((venue.id for venue in guarded), ports, strict=True))

    def address(self, venue: VenueSettings) -> tuple[str, int]:
        """Host and port that QuickFIX is to call."""
        port = self._ports.get(venue.id)
        return (venue.host, venue.port) if port is None else ("127.0.0.1", port)

    def close(self) -> None:
        """Take no more calls; what was said last still gets through."""
        if self._guard is not None:
            self._guard.close()


def _door(venue: VenueSettings, tests: int) -> Door:
    return Door(
        name=venue.id,
        target_host=venue.host,
        target_port=venue.port,
        hostile="target",
        limits=GuardLimits(frame_bytes_max=venue.frame_bytes_max, test_requests_per_minute=tests),
    )


def _guard_ended() -> None:
    sys.stderr.write("the guard in front of the venues ended, the process ends\n")
    sys.stderr.flush()
    os._exit(FAULT_EXIT)
