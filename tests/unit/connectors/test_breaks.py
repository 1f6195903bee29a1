"""`fxrobot breaks`: reads the database, resolves through the control socket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.breaks import app
from connectors.store.projection import SqlStore
from robot.control import Answer, Command, ControlServer
from robot.errors import RobotError
from robot.messages.effects import BreakFound, BreakResolved
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.contract import store_data as data

OPEN = "ALPHA X99"
SETTLED = "ALPHA X98"


class Trader:
    """Stands at the control socket as the trader does; keeps what it was told."""

    def __init__(self) -> None:
        self.halts = {f"break {OPEN}": "ALPHA trade X99: unknown to us", "kill_switch": "drill"}
        self.told: list[Command] = []
        self.stubborn = False

    def answer(self, command: Command) -> Answer:
        self.told.append(command)
        if command.command == "clear" and not self.stubborn:
            self.halts.pop(command.halt, None)
        return {"ok": True, "halts": self.halts}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk's folder with a database that has two breaks, one of them resolved."""
    folder = tmp_path / "d"
    shutil.copytree(configuration_folder(), folder)
    settings = load_settings(folder)
    settings.data.mkdir()
    found = [
        BreakFound(break_id=name, venue=data.ALPHA, kind="ORPHAN", exec_id=exec_id, detail="x")
        for name, exec_id in ((SETTLED, data.deal(1).exec_id), (OPEN, data.deal(2).exec_id))
    ]
    resolved = BreakResolved(break_id=SETTLED, actor="li.wei", reason="booked by hand")
    store = SqlStore(settings.database_url, data.encode)
    store.project([data.turn(1, data.booked(data.deal(1)), *found), data.turn(2, resolved)])
    store.close()
    return folder


@pytest.fixture
def trader(desk: Path) -> Iterator[Trader]:
    trader = Trader()
    server = ControlServer(load_settings(desk).run_folder / "control", trader.answer)
    yield trader
    server.close()


def run(desk: Path, *arguments: str) -> tuple[int, Any]:
    """Exit code and the JSON on standard output."""
    result = CliRunner().invoke(app, [*arguments, "--config", str(desk), "--json"])
    if isinstance(result.exception, RobotError):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


def test_the_open_breaks_are_listed_without_a_running_robot(desk: Path) -> None:
    code, told = run(desk, "list")
    assert (1, [OPEN]) == (code, [found["break_id"] for found in told["breaks"]])


def test_resolved_breaks_say_who_settled_them_and_why(desk: Path) -> None:
    _, told = run(desk, "list", "--all")
    settled = told["breaks"][0]
    assert (SETTLED, "li.wei", "booked by hand", data.turn(2).at_ns) == (
        settled["break_id"],
        settled["resolved_by"],
        settled["resolution"],
        settled["resolved_at_ns"],
    )
    text = CliRunner().invoke(app, ["list", "--all", "--config", str(desk)]).stdout
    assert "by li.wei: booked by hand" in text and "OPEN" in text


def test_a_break_is_shown_with_our_own_deal(desk: Path) -> None:
    assert data.deal(1).deal_id == run(desk, "show", SETTLED)[1]["deal"]["deal_id"]
    assert run(desk, "show", OPEN)[1]["deal"] is None
    with pytest.raises(RobotError, match="no break is called 'ALPHA X1'"):
        run(desk, "show", "ALPHA X1")


def test_a_break_is_resolved_by_the_running_trader(desk: Path, trader: Trader) -> None:
    code, told = run(desk, "resolve", OPEN, "--actor", "li.wei", "--reason", "booked")
    assert (0, True, ["kill_switch"]) == (code, told["resolved"], list(told["halts"]))
    wanted = Command(command="clear", halt=f"break {OPEN}", actor="li.wei", reason="booked")
    assert wanted == trader.told[-1]


def test_a_break_that_still_halts_is_not_called_resolved(desk: Path, trader: Trader) -> None:
    trader.stubborn = True
    code, told = run(desk, "resolve", OPEN, "--actor", "li.wei", "--reason", "booked")
    assert (1, False) == (code, told["resolved"])


@pytest.mark.parametrize("name", ["ALPHA X1", SETTLED, "", "kill_switch"])
def test_only_an_open_break_can_be_resolved(desk: Path, trader: Trader, name: str) -> None:
    with pytest.raises(RobotError, match="open breaks: ALPHA X99"):
        run(desk, "resolve", name, "--actor", "li.wei", "--reason", "booked")
    assert ["status"] == [command.command for command in trader.told]


@pytest.mark.parametrize(("actor", "reason"), [("", "booked"), ("li.wei", "  ")])
def test_nobody_resolves_a_break_for_nothing(
    desk: Path, trader: Trader, actor: str, reason: str
) -> None:
    with pytest.raises(RobotError, match="give --actor and --reason"):
        run(desk, "resolve", OPEN, "--actor", actor, "--reason", reason)
    assert [] == trader.told


def test_resolving_needs_a_running_trader(desk: Path) -> None:
    with pytest.raises(RobotError, match="no trader answers"):
        run(desk, "resolve", OPEN, "--actor", "li.wei", "--reason", "booked")
