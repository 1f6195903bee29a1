"""`fxrobot market`: what a file says reaches the robot as events, whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.market_files.cli import app
from robot.control import Answer, Command, ControlServer
from robot.errors import RobotError
from robot.package import configuration_folder
from robot.settings import load_settings

QUOTES = """kind,name,tenor,bid,offer,at_utc
POINTS,EUR/USD,1M,-5.2,-5.0,2026-10-21T08:00:00Z
"""
FIXINGS = """index,value_date,value
SHIBOR 1W,2026-10-20,1.6540
"""


class Robot:
    """The trader's end of the control socket."""

    def __init__(self) -> None:
        self.told: list[Command] = []

    def answer(self, command: Command) -> Answer:
        self.told.append(command)
        return {"ok": True}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "d"
    shutil.copytree(configuration_folder(), folder, ignore=shutil.ignore_patterns("data"))
    return folder


@pytest.fixture
def robot(desk: Path) -> Iterator[Robot]:
    robot = Robot()
    server = ControlServer(load_settings(desk).run_folder / "control", robot.answer)
    yield robot
    server.close()


def run(*arguments: object) -> Any:
    """The JSON on standard output; a robot's own error is raised."""
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if isinstance(result.exception, RobotError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def written(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_quotes_reach_the_robot_with_the_time_at_which_they_were_made(
    desk: Path, robot: Robot
) -> None:
    path = written(desk, QUOTES)
    assert {"rows": 1, "sent": 1} == run("quotes", path, "--config", desk, "--source", "BROKER")
    (event,) = robot.told[0].events
    assert ("BROKER", "EUR/USD", "1M") == (event.venue, event.curve, event.tenor)  # type: ignore[union-attr]
    assert Decimal("-5.2") == event.bid  # type: ignore[union-attr]
    assert 1_792_569_600_000_000_000 == event.as_of_ns  # type: ignore[union-attr]


def test_a_fixing_reaches_the_robot_with_both_its_days(desk: Path, robot: Robot) -> None:
    """SHIBOR is public at 11:00 in Beijing on its own day: 03:00 UTC."""
    run("fixings", written(desk, FIXINGS), "--config", desk)
    (event,) = robot.told[0].events
    assert "2026-10-20" == str(event.value_date)  # type: ignore[union-attr]
    assert 1_792_465_200_000_000_000 == event.published_at_ns  # type: ignore[union-attr]


def test_many_rows_go_in_several_commands(desk: Path, robot: Robot) -> None:
    rows = [f"SHIBOR 1W,2025-{1 + n // 28:02d}-{1 + n % 28:02d},1.6" for n in range(250)]
    path = written(desk, "index,value_date,value\n" + "\n".join(rows) + "\n")
    assert {"rows": 250, "sent": 250} == run("fixings", path, "--config", desk)
    assert [200, 50] == [len(command.events) for command in robot.told]


def test_one_bad_row_and_nothing_is_sent(desk: Path, robot: Robot) -> None:
    path = written(desk, QUOTES + "POINTS,EUR/USD,3M,5,4,2026-10-21T08:00:00Z\n")
    with pytest.raises(RobotError, match=r"rows\.csv:3: bid 5 is above offer 4"):
        run("quotes", path, "--config", desk)
    assert not robot.told


def test_a_curve_nobody_deals_on_is_refused_by_name(desk: Path, robot: Robot) -> None:
    path = written(desk, QUOTES.replace("EUR/USD", "EUR/GBP"))
    with pytest.raises(RobotError, match="EUR/GBP"):
        run("quotes", path, "--config", desk)
    assert not robot.told


def test_a_check_sends_nothing_and_needs_no_robot(desk: Path) -> None:
    path = written(desk, QUOTES)
    assert {"rows": 1, "sent": 0} == run("quotes", path, "--config", desk, "--check")
