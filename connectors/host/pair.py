"""The hosts of the live strategy and of its candidate: who has which place.

A version keeps its place, and with it its process and its state, when a candidate becomes live.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from connectors.host.link import HostLink
from robot.deals.reference import StrategyChoice
from robot.host_places import PLACES, tell_wanted
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.ports import Poster


class HostPair:
    """Implements `robot.ports.StrategyHost`."""

    def __init__(self, folder: Path, live: StrategyChoice, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._live = live
        self._candidate: StrategyChoice | None = None
        self._placed: dict[str, StrategyChoice | None] = dict.fromkeys(PLACES)
        self._links: dict[str, HostLink] = {}

    def start(self, poster: Poster, number: int) -> None:
        """Let them come; a place is opened when a version needs it."""
        self._poster = poster
        self._place(number)

    def follow(
        self,
        stamped: Stamped,
        effects: Sequence[AnyEffect],
        live: StrategyChoice,
        candidate: StrategyChoice | None = None,
    ) -> None:
        """An event was stepped, and what came of it is in the journal."""
        if live is not self._live or candidate is not self._candidate:
            self._live, self._candidate = live, candidate
            self._place(stamped.number)
        for name, link in self._links.items():
            link.follow(stamped, effects, self._placed[name])

    def stop(self) -> None:
        """Let them go."""
        for link in self._links.values():
            link.stop()

    def _place(self, number: int) -> None:
        """Give the versions that are hosted a place each; whatever goes wrong, the robot's turn is
        not held up by it: a version without a place is never ready.
        """
        hosted = [one for one in (self._live, self._candidate) if one is not None and one.host]
        for name, placed in self._placed.items():
            if placed not in hosted:
                self._placed[name] = None
        for choice in hosted:
            if choice not in self._placed.values():
                free = next(name for name, placed in self._placed.items() if placed is None)
                self._placed[free] = choice
        try:
            self._open(number)
            tell_wanted(self._folder, [name for name, placed in self._placed.items() if placed])
        except OSError:
            traceback.print_exc(file=sys.stderr)

    def _open(self, number: int) -> None:
        for name, choice in self._placed.items():
            if choice is not None and name not in self._links:
                link = HostLink(self._folder, choice, self._seed, PLACES[name])
                link.start(self._poster, number)
                self._links[name] = link
