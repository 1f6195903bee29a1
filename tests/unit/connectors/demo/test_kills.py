"""Who is killed when: each once a round, only while there is dealing, the same for a seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.demo import kills
from connectors.demo.kills import CHILDREN, TARGETS, Killer, too_few
from connectors.demo.world import DemoOptions, World


class FakeWorld:
    """Processes that are numbers: a killed one comes back under the next."""

    def __init__(
        self, deals: int | None = None, seconds: float | None = None, asked: int | None = None
    ) -> None:
        self.options = DemoOptions(deals=deals, seconds=seconds, folder=Path(), kills=asked)
        self.settings: Any = object()
        self.kills: Counter[str] = Counter()
        self.fills = 0
        self.away: set[str] = set()
        self.pids = {name: 1000 * number for number, name in enumerate(TARGETS, 1)}

    def venue_status(self) -> dict[str, object]:
        return {"fills": self.fills}

    def kill(self, name: str) -> None:
        assert name in CHILDREN and name not in self.away
        self.away.add(name)

    def start_again(self, name: str) -> None:
        self.away.remove(name)


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pids that got SIGKILL."""
    found: list[int] = []
    monkeypatch.setattr(kills.os, "kill", lambda pid, number: found.append(pid))
    return found


def play(
    world: FakeWorld, seconds: float, monkeypatch: pytest.MonkeyPatch, seed: int = 1
) -> Killer:
    """Look ten times a second; what was killed by pid is back at the next look."""
    monkeypatch.setattr(kills, "running_pids", lambda settings: dict(world.pids))
    killer = Killer(cast(World, world), 1.0, seed, 0.0)
    for tenth in range(int(seconds * 10)):
        before = world.kills.copy()
        killer.look(tenth / 10)
        for name in world.kills - before:
            world.pids[name] += 1
    return killer


def test_everything_but_the_venue_is_killed_about_equally_often(
    signalled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = FakeWorld(seconds=1_000)
    world.fills = 1
    killer = play(world, 600, monkeypatch)
    killer.finish()
    assert set(world.kills) == set(TARGETS)
    assert 500 <= world.kills.total() <= 800
    assert max(world.kills.values()) <= 2 * min(world.kills.values())
    assert len(set(signalled)) == len(signalled), "nobody is killed twice"
    assert world.away == set()


def test_nothing_is_killed_before_the_first_deal_and_near_the_end(
    signalled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for fills in (0, 95, 100):
        world = FakeWorld(deals=100)
        world.fills = fills
        play(world, 60, monkeypatch)
        assert world.kills.total() == 0
    world = FakeWorld(seconds=20)
    world.fills = 1
    play(world, 60, monkeypatch)
    assert 0 < world.kills.total() < 30


def test_a_seed_gives_the_same_kills(signalled: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    order = []
    for seed in (3, 3, 4):
        world = FakeWorld(seconds=1_000)
        world.fills = 1
        signalled.clear()
        play(world, 120, monkeypatch, seed)
        order.append([pid // 1000 for pid in signalled])
    assert order[0] == order[1] != order[2]


def test_a_process_that_is_just_starting_is_waited_for(
    signalled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = FakeWorld(seconds=1_000)
    world.fills = 1
    monkeypatch.setattr(kills, "running_pids", lambda settings: {})
    killer = Killer(cast(World, world), 1.0, 1, 0.0)
    for tenth in range(600):
        killer.look(tenth / 10)
    assert set(world.kills) <= set(CHILDREN)
    assert signalled == []


def test_as_many_as_were_asked_for_are_killed_and_no_more(
    signalled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = FakeWorld(asked=40)
    world.fills = 1
    killer = play(world, 20, monkeypatch)
    assert not killer.done
    killer = play(world, 100, monkeypatch)
    assert killer.done
    assert world.kills.total() == 40
    assert too_few(40, world.kills) == []


def test_fewer_kills_than_asked_for_in_all_or_of_one_process_are_told() -> None:
    even = dict.fromkeys(TARGETS, 50)
    assert too_few(300, even) == []
    assert too_few(301, even) == ["300 kills, 301 were asked for"]
    assert too_few(300, even | {"relay": 24, "broker": 80}) == [
        "relay was killed 24 times, at least 25 of it"
    ]
    assert len(too_few(300, {})) == 1 + len(TARGETS)
