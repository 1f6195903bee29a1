"""`fxrobot demo --kill-every`: SIGKILL in turn to everything but the venue, at random moments.

What it kills comes back the normal way: the robot's processes by their supervisor, the broker on
its folder and port and the back office on its database by the demo. Kills stop before the venue
ends, so
that what was dealt can still be delivered.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Mapping

from connectors.demo.world import Status, World, running_pids
from robot.errors import ConfigurationError

TARGETS = ("trader", "projector", "auditor", "relay", "broker", "backoffice")
CHILDREN = ("broker", "backoffice")
"""Started by the demo itself; the others by the supervisor."""
AGAIN_SHARE = 0.15
"""How often a robot process is killed once more while it still recovers."""
AGAIN_S = (0.05, 1.5)
AWAY_S = (0.0, 1.0)
"""How long broker and back office stay away."""
LAST_SHARE = 0.95
"""Of the deals asked for: after them nothing is killed any more."""
LAST_SECONDS = 5.0
EVERY_MIN_S, EVERY_MAX_S = 0.1, 3600.0
EVERY_DEFAULT_S = 1.0
STOOD_STILL_S = 60.0
"""With a number of kills asked for: nothing dealt for so long means that the robot did not come
back. (Or that the limits are used up: then ask for fewer requests.)"""
_INTERVAL = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|)")


def interval_of(text: str) -> float:
    """Seconds of `3`, `3s` or `500ms`."""
    found = _INTERVAL.fullmatch(text.strip())
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1) if found else 0.0
    if not EVERY_MIN_S <= seconds <= EVERY_MAX_S:
        raise ConfigurationError(
            f"--kill-every {text}: not a time from 100ms to 3600s; write 3, 3s or 500ms"
        )
    return seconds


def too_few(asked: int, killed: Mapping[str, int]) -> list[str]:
    """What is missing of the kills asked for: in all, and of each process half its even share."""
    total, each = sum(killed.values()), asked // (2 * len(TARGETS))
    problems = [f"{total} kills, {asked} were asked for"] if total < asked else []
    for name in TARGETS:
        if killed.get(name, 0) < each:
            problems.append(f"{name} was killed {killed.get(name, 0)} times, at least {each} of it")
    return problems


class Killer:
    """Kills one process after the other. Call `look` often, from the thread that started the
    world.
    """

    def __init__(self, world: World, every_s: float, seed: int, now_s: float) -> None:
        self._world = world
        self._every_s = every_s
        self._chance = random.Random(seed)
        self._turn: list[str] = []
        self._next_s = now_s + every_s
        self._target = self._pick()
        self._back_s: dict[str, float] = {}
        self._killed: dict[str, int] = {}
        self._seconds = world.options.seconds
        self._deals = world.options.deals
        self._asked = world.options.kills
        self._began_s: float | None = None

    def look(self, now_s: float) -> None:
        """Start again what was away for long enough; kill what is due."""
        for name, at_s in tuple(self._back_s.items()):
            if now_s >= at_s:
                del self._back_s[name]
                self._world.start_again(name)
        if now_s >= self._next_s and self._may_kill(self._world.venue_status(), now_s):
            self._strike(now_s)

    @property
    def done(self) -> bool:
        """Whether as many kills were done as were asked for, if any number was."""
        return self._asked is not None and self._world.kills.total() >= self._asked

    def finish(self) -> None:
        """No more kills: everything that is away comes back now."""
        for name in tuple(self._back_s):
            del self._back_s[name]
            self._world.start_again(name)

    def _may_kill(self, venue: Status, now_s: float) -> bool:
        """From the first deal to shortly before the end."""
        fills = int(str(venue.get("fills", 0)))
        if not fills or self.done:
            return False
        if self._began_s is None:
            self._began_s = now_s
        if self._deals is not None and fills >= self._deals * LAST_SHARE:
            return False
        left_s = (self._seconds or float("inf")) - (now_s - self._began_s)
        return left_s > LAST_SECONDS

    def _strike(self, now_s: float) -> None:
        name = self._target
        if not (self._kill_child(name, now_s) if name in CHILDREN else self._kill_robot(name)):
            return  # it is not running just now: the next look finds it
        self._world.kills[name] += 1
        if name not in CHILDREN and self._chance.random() < AGAIN_SHARE:
            self._next_s = now_s + self._chance.uniform(*AGAIN_S)
        else:
            self._target = self._pick()
            self._next_s = now_s + self._every_s * self._chance.uniform(0.5, 1.5)

    def _pick(self) -> str:
        """Each once a round, in an order of chance."""
        if not self._turn:
            self._turn = list(TARGETS)
            self._chance.shuffle(self._turn)
        return self._turn.pop()

    def _kill_robot(self, name: str) -> bool:
        assert self._world.settings is not None, "the world was started"
        pid = running_pids(self._world.settings).get(name)
        if pid is None or pid == self._killed.get(name):
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self._killed[name] = pid
        return True

    def _kill_child(self, name: str, now_s: float) -> bool:
        if name in self._back_s:
            return False
        self._world.kill(name)
        self._back_s[name] = now_s + self._chance.uniform(*AWAY_S)
        return True
