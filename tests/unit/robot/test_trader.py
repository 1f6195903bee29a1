"""The trader process's answers to an operator."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot import trader
from robot.control import Command
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.trader import Trader


@pytest.fixture
def not_begun() -> Trader:
    """A trader whose core does not turn yet: it waits for its followers or for the venue's time."""
    return Trader(load_settings(Path(configuration_folder())))


def test_a_command_that_is_not_carried_out_yet_is_not_called_done(
    not_begun: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader, "CARRIED_OUT_S", 0.01)

    answer = not_begun._answer(Command(command="kill", actor="li.wei", reason="test"))

    assert answer["ok"] is False
    assert "taken but not carried out yet" in str(answer["problem"])


def test_status_is_told_also_before_the_core_turns(not_begun: Trader) -> None:
    assert not_begun._answer(Command(command="status"))["ok"] is True
