"""What the trader's process does around the core."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot import trader as module
from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.trader import Trader


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A desk whose time is the simulated venue's."""
    found = load_settings(configuration_folder())
    desk = found.desk.model_copy(update={"data": tmp_path, "clock": "venue"})
    return Settings(folder=found.folder, desk=desk, reference=found.reference, hash=found.hash)


def test_a_trader_that_comes_back_begins_at_the_time_of_its_journal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for the venue: what the venue sends once more must be journaled at once."""
    monkeypatch.setattr(module, "FIRST_TIME_S", 0.0)
    trader = Trader(settings)
    trader._engine = Engine(load_strategy)
    assert not trader._wait_for_time(), "a new one knows no time and waits for the venue's"
    trader._engine.state.now_ns = 1_792_569_600_000_000_000
    assert trader._wait_for_time()
    assert trader._clock.now_ns() == 1_792_569_600_000_000_000
