"""Strategies' own processes in a simulated day: they answer as `two_way` would, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from robot.deals.reference import StrategyChoice
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent, RobotStarted, Stamped
from robot.messages.hosting import AskHost, HostChanged, HostDecided
from robot.ports import Poster
from robot.strategy import Decision
from strategies.two_way import TwoWay

if TYPE_CHECKING:
    from tests.simulation.robot import SimRobot
    from tests.simulation.world import World

MS = 1_000_000
MISCHIEF = 0.15
"""Share of the questions that do not get an orderly answer, on a day with faults."""
HOSTED = {
    "name": "two_way",
    "factory": "",
    "file": "two_way.py",
    "code_hash": "0" * 64,
    "host": {"deadline_ms": 50, "stop_after": "99999 failures in 1 s", "move_max_pips": "1"},
}
"""What of the reference makes it the strategy."""


class SimHosts:
    """`robot.ports.StrategyHost` of one life of the robot."""

    def __init__(self, world: World, robot: SimRobot) -> None:
        live, tried = world.reference.strategy, world.reference.candidate
        self._hosts = [SimHost(world, robot, live, "")] if live.host else []
        if tried is not None and tried.strategy.host:
            self._hosts.append(SimHost(world, robot, tried.strategy, " of the candidate"))

    def start(self, poster: Poster, number: int) -> None: ...

    def stop(self) -> None: ...

    def follow(
        self,
        stamped: Stamped,
        effects: Sequence[AnyEffect],
        live: StrategyChoice,
        candidate: StrategyChoice | None = None,
    ) -> None:
        for host in self._hosts:
            host.follow(stamped, effects)


class SimHost:
    """The process of one version."""

    def __init__(self, world: World, robot: SimRobot, choice: StrategyChoice, what: str) -> None:
        self._world = world
        self._robot = robot
        self._life = robot.lives
        self._chance = world.chance(f"host {robot.lives}{what}")
        self._strategy = TwoWay(choice.parameters)
        self._named = f"{choice.name} {choice.version}"
        self._runs = 0
        self._up = False

    def follow(self, stamped: Stamped, effects: Sequence[AnyEffect]) -> None:
        if isinstance(stamped.event, RobotStarted):
            self._come()
        for effect in effects:
            if isinstance(effect, AskHost) and effect.strategy == self._named and self._up:
                self._asked(effect)

    def _come(self) -> None:
        self._runs += 1
        run = self._runs

        def ready() -> None:
            if run == self._runs:
                self._up = True
                self._post(HostChanged(ready=True, strategy=self._named, told="rebuilt"))

        self._later(self._chance.randrange(5, 400) * MS, ready)

    def _asked(self, question: AskHost) -> None:
        run, delay_ns = self._runs, self._world.latency_ns(self._chance) // 4
        mischief = ""
        if self._world.faulty and self._chance.random() < MISCHIEF:
            kinds = ("silent", "late", "raises", "nonsense", "twice", "crash")
            mischief = self._chance.choice(kinds)
            self._world.mark(f"host: {mischief}")
        if mischief == "silent":
            return
        if mischief == "late":
            delay_ns += self._chance.randrange(50, 400) * MS

        def answer() -> None:
            if run != self._runs:
                return  # it has died meanwhile
            if mischief == "crash":
                self._crash()
                return
            for _ in range(2 if mischief == "twice" else 1):
                self._post(self._answer(question, mischief))

        self._later(delay_ns, answer)

    def _answer(self, question: AskHost, mischief: str) -> HostDecided:
        if mischief == "raises":
            failure = "ValueError: planted"
            return HostDecided(ask=question.ask, strategy=self._named, failure=failure)
        decision = self._strategy.decide(question.facts)
        if mischief == "nonsense":
            decision = Decision(bid=Decimal("NaN"), offer=decision.offer)
        return HostDecided(ask=question.ask, strategy=self._named, decision=decision, took_us=100)

    def _crash(self) -> None:
        self._up = False
        told = "it crashed"
        self._post(HostChanged(ready=False, strategy=self._named, told=told, failed=True))
        self._come()

    def _post(self, event: AnyEvent) -> None:
        if self._robot.lives == self._life:
            self._robot.post(event)

    def _later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self._world.at(delay_ns, what, relative=True)
