"""Days of faults on which rule books are the strategy: every invariant holds, recovery and auditor
come to the same state, and the rules did take part.
"""

from __future__ import annotations

import pytest

from robot.core.rule_state import Happened
from tests.kit.ruled import book, rules
from tests.simulation import day
from tests.simulation.world import World

ANSWERS = book(
    'large: size > 2 mio and chance < 30 % then ask a person "large" within 300 ms',
    "busy: requests[1 h] > 40 and hit ratio[1 h] < 90 %"
    " then quote margin 0.9 pip skew -0.2 pip x position share valid 700 ms",
    "wild: realised volatility[1 min] > 50 pip then quote margin 2 pip",
    "gold: tier is gold then quote margin 0.3 pip",
)
ACTS = book(
    "long: position > 1 mio then hedge 500000",
    "short: position < -1 mio then ask 1 bank to buy 500000 at 1.2 or better",
    otherwise='pass "nothing to do"',
    head='book "flat"\nfor spot in EUR/USD\nevery 1 s',
)


@pytest.mark.parametrize("seed", [3, 12])
def test_a_day_of_faults_by_rule_books_holds_every_invariant(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds: list[World] = []
    lived = day._lived

    def kept(world: World) -> World:
        worlds.append(world)
        return lived(world)

    monkeypatch.setattr(day, "_lived", kept)
    verdict = day.simulate(seed, strategy=rules(ANSWERS, ACTS, name="two_way"))
    assert not verdict.breaches, verdict.text()
    state = worlds[0].robot.engine.state
    assert verdict.deals and state.rules.asked and state.rules.made
    history = state.rules.history.values()
    assert sum(one.day[Happened.QUOTED] for one in history) > 10
