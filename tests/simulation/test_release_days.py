"""Days with a candidate that answers half of the requests, or suggests its prices to a person who
sometimes looks, with all the other faults besides: deaths, gaps, stops, restarts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from robot.core.state import RobotState
from robot.deals.reference import StrategyChoice
from robot.messages.releases import StrategyRolledBack, SuggestionAnswered
from tests.kit.releases import books_choice, choice
from tests.kit.ruled import book
from tests.simulation.day import _lived, verdict
from tests.simulation.host import HOSTED
from tests.simulation.poison import in_the_core
from tests.simulation.world import DAY_S, SECOND_NS, World

DAYS = {"CANARY": 4, "SUGGEST": 4}
BOOKS = (1, 4)
"""Days on which the candidate is two rule books."""
HOSTED_DAY = 3
"""On it the candidate runs in a process of its own, which does all that a process can."""
BOOK = book(
    'large: size > 4 mio then ask a person "large" within 1 s',
    "cover: size > 3 mio then buy 1 mio at 2.0",
    "rest: always then quote margin 0.3 pip",
    head='book "majors"\nfor spot in EUR/USD, GBP/USD, USD/JPY',
)
FLAT = book(
    "flat: position < EUR 0 then hedge",
    head='book "flat"\nfor spot in EUR/USD\nevery 1 min',
    otherwise='pass "nothing"',
)


@pytest.mark.parametrize("stage", DAYS)
def test_days_with_a_candidate_hold_every_invariant(stage: str) -> None:
    deals: Counter[str] = Counter()
    said = 0
    for seed in range(1, DAYS[stage] + 1):
        floor = Floor(seed, stage)
        with in_the_core():
            found = verdict(_lived(floor.world))
        assert not found.breaches, found.text()
        if seed == HOSTED_DAY:
            assert any(mark.startswith("host: ") for mark in found.marks)
        deals.update(deal.strategy for deal in floor.world.followers.store.deals)
        said += floor.said
    assert deals["two_way 1"] and deals["two_way 2"] and deals["book 2"], deals
    assert said or stage == "CANARY"


class Floor:
    """A day and the persons at it: they answer suggestions, and on even days put it back late."""

    def __init__(self, seed: int, stage: str) -> None:
        bounds = {"size_max": "5000000", "share": "60", "confirm_ms": 300, "move_max_pips": "5"}
        of = books_choice("2", BOOK, FLAT) if seed in BOOKS else choice("0.3")
        if seed == HOSTED_DAY:
            plain = {**HOSTED, "version": "2", "parameters": of.parameters}
            of = msgspec.convert(plain, StrategyChoice, strict=False)
        candidate = {"strategy": of, "stage": stage, "bounds": bounds}
        self.world = World(seed, candidate=msgspec.to_builtins(candidate))
        self._chance = self.world.chance("release")
        self.said = 0
        for step in range(10 * DAY_S):
            self.world.at(self.world.now_ns + step * SECOND_NS // 10, self._look)
        if seed % 2 == 0:
            self.world.at(self.world.now_ns + 3 * DAY_S * SECOND_NS // 4, self._put_back)

    def _state(self) -> RobotState | None:
        engine: Any = self.world.robot.engine
        return engine.state if engine is not None else None

    def _look(self) -> None:
        state = self._state()
        for number in tuple(state.releases.suggestions) if state is not None else ():
            if self._chance.random() < 0.5:
                self.said += 1
                yes = self._chance.random() < 0.8
                answer = SuggestionAnswered(ask=number, confirmed=yes, actor="wang")
                self.world.robot.post(answer)

    def _put_back(self) -> None:
        state = self._state()
        if state is not None and state.reference is not None:
            back = StrategyRolledBack(
                approval=9_999,
                actor="wang",
                reason="losing",
                content_hash="ab",
                strategy=state.reference.strategy,
                hedges=state.reference.hedges,
            )
            self.world.robot.post(back)
