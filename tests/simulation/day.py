"""A whole day and its verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from robot.basics.numbers import set_decimal_context
from robot.errors import RobotError
from robot.messages.effects import SendQuote
from tests.simulation.judge import judge
from tests.simulation.poison import in_the_core
from tests.simulation.world import DAY_S, SECOND_NS, START_NS, World


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one seed."""

    seed: int
    breaches: tuple[str, ...]
    last: tuple[str, ...]
    marks: Counter[str]
    happened: int
    events: int
    deals: int
    lives: int

    def text(self) -> str:
        """For a person: the seed, the first breach, what happened last."""
        lines = [f"seed {self.seed}: {len(self.breaches)} breaches, the first:", *self.breaches[:3]]
        return "\n".join([*lines, "last events:", *self.last])


def simulate(seed: int, **changes: object) -> Verdict:
    """One day with the faults of its seed, then none, then the judge; `changes` of the desk."""
    set_decimal_context()
    with in_the_core():
        return verdict(_lived(World(seed, **changes)))


def _lived(world: World) -> World:
    try:
        world.begin()
        world.plan()
        world.run(world.now_ns + DAY_S * SECOND_NS)
        world.converge()
        if not world.breaches:
            _deal_once_more(world)
        if not world.breaches:
            judge(world)
    except (RobotError, AssertionError) as problem:
        world.breach("I20", f"{type(problem).__name__}: {problem}")
    return world


def verdict(world: World) -> Verdict:
    """The world as it ended."""
    engine = world.robot.engine
    return Verdict(
        seed=world.seed,
        breaches=tuple(world.breaches),
        last=tuple(f"{(at_ns - START_NS) / SECOND_NS:9.4f} {text}" for at_ns, text in world.last),
        marks=world.marks,
        happened=world.happened,
        events=engine.state.stepped if engine is not None else 0,
        deals=len(world.followers.store.deals),
        lives=world.robot.lives,
    )


def _deal_once_more(world: World) -> None:
    """I20: after all that every venue gets an answer, and the day settles again."""
    asked = {
        name: venue.ask(pair="EUR/USD", amount=1_000_000, client="BANKA", side=None)
        for name, venue in world.venues.items()
    }
    world.run(world.now_ns + SECOND_NS)
    for name, request_id in asked.items():
        request = world.venues[name].requests[request_id]
        if not request.quoted and not request.refused:
            world.breach("I20", f"{name}: {request_id} was not answered, {SendQuote.__name__} due")
    world.converge()
