"""`fxrobot orders` and `fxrobot deals`: from the command over the socket through the core."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from typer.testing import CliRunner

from connectors import deals, orders
from connectors.store.projection import SqlStore
from robot.agent import Agent
from robot.control import ControlServer
from robot.errors import RobotError
from robot.messages.effects import CancelOrder, ReplaceOrder, SendOrder
from robot.messages.orders import OrderReport
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.trader import Trader
from tests.contract import store_data as data
from tests.kit.desk import Desk
from tests.kit.taker import desk, report

WHO = ("--actor", "wang.fang", "--reason", "client flow")
BUY = ("place", "--venue", "ALPHA", "--pair", "EUR/USD", "--side", "buy", "--amount", "1000000")


class Robot:
    """A trader whose core is a desk at work; what is posted is stepped at once."""

    def __init__(self, folder: Path) -> None:
        self.desk: Desk = desk()
        self.trader = Trader(load_settings(folder))
        self.trader._engine, self.trader._agent = self.desk.engine, cast(Agent, object())
        self.trader._begun = True
        self.trader._inbox.on_posted = self._turn

    def _turn(self) -> None:
        for event in self.trader._inbox.take(64):
            self.desk.step(event)
        self.trader._inbox.finish()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "d"
    shutil.copytree(configuration_folder(), made)
    return made


@pytest.fixture
def robot(folder: Path) -> Iterator[Robot]:
    made = Robot(folder)
    server = ControlServer(load_settings(folder).run_folder / "control", made.trader._answer)
    yield made
    server.close()


def run(app: Any, folder: Path, *arguments: str) -> tuple[int, Any]:
    """Exit code and the JSON on standard output."""
    result = CliRunner().invoke(app, [*arguments, "--config", str(folder), "--json"])
    if isinstance(result.exception, RobotError):
        raise result.exception
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout)


def test_an_order_is_placed_changed_and_canceled(folder: Path, robot: Robot) -> None:
    placing = (*BUY, "--price", "1.09990", "--time-in-force", "day", *WHO, "--request", "WF-1")
    code, told = run(orders.app, folder, *placing)
    sent = robot.desk.one(SendOrder)
    assert (0, sent.order_id, "") == (code, told["order_id"], told["reason"])
    report(robot.desk, sent, OrderReport.NEW, "N1")
    code, _ = run(orders.app, folder, "change", sent.order_id, "--amount", "1500000", *WHO)
    change = robot.desk.one(ReplaceOrder)
    assert (0, Decimal(1_500_000)) == (code, change.amount)
    said = {"order_id": change.order_id, "original_id": sent.order_id}
    report(robot.desk, sent, OrderReport.REPLACED, "N2", **said)
    code, _ = run(orders.app, folder, "cancel", sent.order_id, *WHO)
    assert (0, change.order_id) == (code, robot.desk.one(CancelOrder).original_id)


def test_a_refusal_comes_back_as_code_and_numbers(folder: Path, robot: Robot) -> None:
    code, told = run(orders.app, folder, *BUY, "--price", "1.5", *WHO)
    assert (1, "PRICE_COLLAR") == (code, told["reason"])
    assert "1.5" in told["detail"]
    code, told = run(orders.app, folder, "cancel", "C9", *WHO)
    assert (1, "UNKNOWN_ORDER") == (code, told["reason"])


def test_a_request_that_came_before_is_not_carried_out_again(folder: Path, robot: Robot) -> None:
    placing = (*BUY, "--price", "1.09990", *WHO, "--request", "WF-1")
    first = run(orders.app, folder, *placing)[1]["order_id"]
    code, told = run(orders.app, folder, *placing)
    assert (1, "DUPLICATE_REQUEST", 1) == (code, told["reason"], len(robot.desk.state.orders))
    assert first in told["detail"]


def test_until_a_time_and_at_any_price(folder: Path, robot: Robot) -> None:
    until = ("--time-in-force", "GTD", "--until", "2014-05-01T10:00:00", "--price", "1.09990")
    assert 0 == run(orders.app, folder, *BUY, *until, *WHO)[0]
    assert 1398938400 * 10**9 == robot.desk.one(SendOrder).expires_ns
    assert 0 == run(orders.app, folder, *BUY, *WHO)[0]
    assert robot.desk.one(SendOrder).price is None


@pytest.mark.parametrize(
    "wrong",
    [
        ("cancel", *WHO),
        ("cancel", "C1", "--all", *WHO),
        ("change", "C1", *WHO),
        (*BUY, "--price", "1,1", *WHO),
        (*BUY, "--until", "tomorrow", *WHO),
    ],
)
def test_wrong_use_is_told_and_nothing_is_asked(folder: Path, wrong: tuple[str, ...]) -> None:
    with pytest.raises(RobotError):
        run(orders.app, folder, *wrong)


def test_nothing_is_carried_out_before_the_robots_day_has_begun(folder: Path, robot: Robot) -> None:
    robot.trader._begun = False
    with pytest.raises(RobotError, match="has not begun"):
        run(orders.app, folder, *BUY, *WHO)


def test_orders_and_versions_of_deals_are_listed_without_a_running_robot(folder: Path) -> None:
    settings = load_settings(folder)
    settings.data.mkdir()
    first = data.taken(1, "C1")
    void = msgspec.structs.replace(first, version=2, void=True)
    store = SqlStore(settings.database_url, data.encode)
    made = [data.order("C1"), data.booked(first), data.amended(first, void)]
    store.project([data.turn(1, *made)])
    store.close()
    assert ["C1"] == [row["order_id"] for row in run(orders.app, folder, "list")[1]["orders"]]
    assert [] == run(deals.app, folder, "list")[1]["deals"]
    every = run(deals.app, folder, "list", "--all")[1]["deals"]
    assert [(1, False), (2, True)] == [(row["version"], row["void"]) for row in every]
    shown = CliRunner().invoke(deals.app, ["show", first.deal_id, "--config", str(folder)]).stdout
    assert "v2 VOID" in shown and "reversal" in shown
    assert "OPEN" in CliRunner().invoke(orders.app, ["list", "--config", str(folder)]).stdout
