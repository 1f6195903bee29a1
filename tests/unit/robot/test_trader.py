"""What the trader's process does around the core: its answers to an operator, its start."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from robot import trader
from robot.agent import Agent
from robot.assembly import load_strategy
from robot.control import Command
from robot.core.engine import Engine
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.trader import Trader
from tests.kit.desk import Desk


@pytest.fixture
def not_begun() -> Trader:
    """A trader whose core does not turn yet: it waits for its followers or for the venue's time."""
    return Trader(load_settings(Path(configuration_folder())))


@pytest.fixture
def simulated(tmp_path: Path) -> Trader:
    """A trader whose time is the simulated venue's."""
    found = load_settings(configuration_folder())
    desk = found.desk.model_copy(update={"data": tmp_path, "clock": "venue"})
    settings = Settings(folder=found.folder, desk=desk, reference=found.reference, hash=found.hash)
    return Trader(settings)


def test_a_command_that_is_not_carried_out_yet_is_not_called_done(
    not_begun: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader, "CARRIED_OUT_S", 0.01)

    answer = not_begun._answer(Command(command="kill", actor="li.wei", reason="test"))

    assert answer["ok"] is False
    assert "taken but not carried out yet" in str(answer["problem"])


def test_status_is_told_also_before_the_core_turns(not_begun: Trader) -> None:
    assert not_begun._answer(Command(command="status"))["ok"] is True


def test_before_it_begins_a_trader_does_not_tell_the_state_of_the_run_before(
    simulated: Trader,
) -> None:
    """Its venues were logged on and reconciled then; now they are not."""
    desk = Desk().open()
    desk.kill()
    simulated._engine, simulated._agent = desk.engine, cast(Agent, object())

    told = simulated._answer(Command(command="status"))

    assert list(cast(dict[str, str], told["halts"])) == ["kill_switch"]
    assert "venues" not in told


def test_a_trader_that_comes_back_begins_at_the_time_of_its_journal(
    simulated: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for the venue: what the venue sends once more must be journaled at once."""
    monkeypatch.setattr(trader, "FIRST_TIME_S", 0.0)
    engine = simulated._engine = Engine(load_strategy)

    assert not simulated._wait_for_time(), "a new one knows no time and waits for the venue's"
    engine.state.now_ns = 1_792_569_600_000_000_000
    assert simulated._wait_for_time()
    assert simulated._clock.now_ns() == engine.state.now_ns
