"""The machine's clock as the robot sees it: it jumps, and the robot's time still flows forward."""

from __future__ import annotations

import pytest

from robot import clock as clock_module
from robot.clock import NANOS_PER_SECOND, SystemClock

SECOND_NS = NANOS_PER_SECOND
HOUR_NS = 3600 * SECOND_NS


class Machine:
    """A machine whose clock can be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_ns, self.steady_ns = 1_792_569_600 * SECOND_NS, 5 * SECOND_NS
        monkeypatch.setattr(clock_module.time, "time_ns", lambda: self.wall_ns)
        monkeypatch.setattr(clock_module.time, "monotonic_ns", lambda: self.steady_ns)

    def run(self, ns: int) -> None:
        """So much time passes."""
        self.wall_ns += ns
        self.steady_ns += ns


def test_a_step_forward_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)
    clock = SystemClock()
    before_ns = clock.now_ns()
    machine.wall_ns += HOUR_NS
    assert clock.now_ns() == before_ns + HOUR_NS


def test_after_a_step_back_time_flows_on_at_half_speed_until_the_machine_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch)
    clock = SystemClock()
    before_ns = clock.now_ns()
    machine.wall_ns -= 10 * SECOND_NS
    assert clock.now_ns() == before_ns
    machine.run(4 * SECOND_NS)
    assert clock.now_ns() == before_ns + 2 * SECOND_NS, "a quote of 2 s has expired"
    machine.run(16 * SECOND_NS)
    assert clock.now_ns() == machine.wall_ns == before_ns + 10 * SECOND_NS
    machine.run(SECOND_NS)
    assert clock.now_ns() == machine.wall_ns


def test_a_start_before_the_journals_time_goes_on_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch)
    clock = SystemClock()
    clock.begin_after(machine.wall_ns + 10 * SECOND_NS)
    began_ns = machine.wall_ns + 10 * SECOND_NS
    assert clock.now_ns() == began_ns
    machine.run(4 * SECOND_NS)
    assert clock.now_ns() == began_ns + 2 * SECOND_NS
    clock.begin_after(0)
    assert clock.now_ns() == began_ns + 2 * SECOND_NS
