"""Dying at every single point of the reference day changes nothing of what it comes to.

Points are before and after every journal append, sync, segment, send and store commit. Compared are
the deals by what a client wanted, positions, every limit and what the back office booked; ids are
not, because a client whose quote died with the robot asks again.
"""

from __future__ import annotations

import pytest

from tests.simulation.faults import Death
from tests.simulation.judge import judge
from tests.simulation.reference_day import WANTED, deadly_points, outcome, run_day


def test_the_reference_day_deals_what_every_client_wanted() -> None:
    world = run_day()
    judge(world)
    assert not world.breaches
    assert list(outcome(world).deals) == list(range(len(WANTED)))
    taken = {terms[2]: terms[-1] for terms in outcome(world).taken}
    assert {"400000", "700000", "1500000", "500000"} == set(taken)
    assert sorted(terms[-1] for terms in outcome(world).taken) == ["stands"] * 4 + ["void"]
    assert world.robot.lives == 1
    kinds = {point.split()[0] for point in world.points}
    assert kinds >= {"append", "appended", "sync", "synced", "segment", "send", "sent", "commit"}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("death", [Death.KILL, Death.POWER_LOST, Death.POWER_TORN])
def test_a_death_at_any_point_of_the_reference_day_changes_nothing(death: Death) -> None:
    whole = run_day()
    expected = outcome(whole)
    points = deadly_points(whole, unsynced=death is not Death.KILL)
    if death is not Death.KILL:  # where a tail can be lost: lost whole or torn, in turn
        points = points[death is Death.POWER_TORN :: 2]
    for number in points:
        point = whole.points[number - 1]
        world = run_day({number: death})
        judge(world)
        assert not world.breaches, f"{death} at point {number} ({point}): {world.breaches[:3]}"
        assert outcome(world) == expected, f"{death} at point {number} ({point})"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_second_death_at_any_point_of_the_start_after_a_first_changes_nothing() -> None:
    """The first one dies with a hit journaled and not answered, so that the start completes it."""
    whole = run_day()
    expected = outcome(whole)
    sent = whole.points.index("deal sent")
    first = max(i for i in range(sent) if whole.points[i] == "appended INPUTS") + 1
    began = run_day({first: Death.KILL}).points
    last = began.index("synced", began.index("segment opened", first)) + 1
    assert "appended RETRY" in began[first:last], "the start completes nothing"
    for number in range(first + 1, last):
        for death in (Death.KILL, Death.POWER_LOST):
            world = run_day({first: Death.KILL, number: death})
            judge(world)
            where = f"{death} at point {number} ({began[number - 1]})"
            assert not world.breaches, f"{where}: {world.breaches[:3]}"
            assert outcome(world) == expected, where
