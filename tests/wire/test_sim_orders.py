"""The simulated venue dealing with the robot's orders, over real sessions."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sim.record import VenueRecord
from tests.wire.sim_robot import Message, SimRobot, first, wait_for
from tests.wire.test_sim_venue import DICTIONARY, Scene, Venue

pytestmark = pytest.mark.wire

OPTIONS = ["--speed", "1", "--requests-per-second", "0", "--last-look", "0", "--pairs", "EUR/USD"]
MARKS = {"ALPHA": "FOR", "BETA": "FXSPOT", "CFETS": "FOR"}
NOW = "20261030-08:00:00.000"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def _robot(scene: Scene, venue: Venue, names: list[str]) -> SimRobot:
    fixt = ("BETA",) if "BETA" in names else ()
    robot = SimRobot(venue.port, names, DICTIONARY, venue.folder / "robot", fixt)
    scene.robots.append(robot)
    robot.start()
    return robot


def _order(robot: SimRobot, venue: str, order_id: str, *more: tuple[int, str]) -> None:
    fields = [(11, order_id), (55, "EUR/USD"), (167, MARKS[venue]), (54, "1"), (60, NOW)]
    robot.send(f"{venue}-DEAL", "D", [*fields, *more, (15, "EUR")])


def _about(robot: SimRobot, venue: str, kind: str, order_id: str, original: str) -> None:
    fields: Message = [(41, original)] if kind != "H" else []
    fields += [(11, order_id), (55, "EUR/USD"), (167, MARKS[venue]), (54, "1")]
    robot.send(f"{venue}-DEAL", kind, fields if kind == "H" else [*fields, (60, NOW)])


def _reports(robot: SimRobot, venue: str) -> list[Message]:
    return [m for m in robot.of_type("8") if first(m, 49) == f"{venue}-DEAL"]


def _wait(robot: SimRobot, venue: str, order_id: str, status: str) -> None:
    """Until a report on the order has this status."""

    def told() -> bool:
        pairs = [(first(m, 11), first(m, 39)) for m in _reports(robot, venue)]
        return (order_id, status) in pairs

    wait_for(told, what=f"{venue} {order_id} 39={status}")


def _deals(robot: SimRobot, venue: str) -> list[tuple[str | None, ...]]:
    robot.send(f"{venue}-DEAL", "AD", [(568, "T1"), (569, "0"), (263, "0")])
    wait_for(lambda: [m for m in robot.of_type("AQ") if first(m, 49) == f"{venue}-DEAL"], what="AQ")

    def told() -> list[Message]:
        return [m for m in robot.of_type("AE") if first(m, 49) == f"{venue}-DEAL"]

    wait_for(lambda: first((told() or [[]])[-1], 912) == "Y", what="the last AE")
    return [tuple(first(m, tag) for tag in (17, 11, 54, 32, 31, 452, 828)) for m in told()]


def test_orders_are_dealt_changed_and_canceled_in_both_versions_of_fix(scene: Scene) -> None:
    dialects = ["--dialect", "BETA:fix50sp2", "--dialect", "CFETS:cfets_like"]
    venue = scene.venue(*OPTIONS, *(f"--venue={name}" for name in MARKS), *dialects)
    robot = _robot(scene, venue, list(MARKS))
    names = ["ALPHA", "BETA"]
    for name in names:
        robot.subscribe(name, ["EUR/USD"])
    wait_for(lambda: len(robot.top) == 2, what="prices of both")
    for name in names:
        _order(robot, name, "A1", (38, "400000"), (40, "1"), (59, "3"))
        _order(robot, name, "A2", (38, "1000000"), (40, "2"), (44, "0.9"), (59, "0"))
        _order(robot, name, "A3", (38, "1000000"), (40, "2"), (44, "0.9"), (59, "0"))
    _order(robot, "ALPHA", "A4", (40, "1"))
    _order(robot, "CFETS", "A5", (38, "1000000"), (40, "1"))
    for name in names:
        _wait(robot, name, "A1", "2")
        _wait(robot, name, "A2", "0")
        _wait(robot, name, "A3", "0")
        _about(robot, name, "F", "C1", "A2")
        _about(robot, name, "H", "A3", "")
        _about(robot, name, "F", "C2", "A9")
        robot.send(f"{name}-DEAL", "q", [(11, "K1"), (530, "7"), (60, NOW)])
    for name in names:
        _wait(robot, name, "C1", "4")
        _wait(robot, name, "A3", "4")
    deals = {name: _deals(robot, name) for name in names}
    venue.process.send_signal(signal.SIGTERM)
    summary, record = venue.end(), venue.record()

    assert 2 * 3 == summary["orders"] == len(record.orders)
    assert 2 * 2 == summary["order_cancels"] and 2 == summary["order_fills"]
    assert 0 == summary["fills"]
    for name in names:
        _check_told(robot, name, deals[name], record)
    assert [("C2", "1")] * 2 == [(first(m, 11), first(m, 102)) for m in robot.of_type("9")]
    assert ["7", "7"] == [first(m, 531) for m in robot.of_type("r")]
    assert ["unusable_message"] * 2 == [row.kind for row in record.anomalies]
    rejects = {first(m, 49): [first(m, n) for n in (372, 380, 379)] for m in robot.of_type("j")}
    assert {"ALPHA-DEAL": ["D", "5", "A4"], "CFETS-DEAL": ["D", "3", None]} == rejects


def _check_told(
    robot: SimRobot, name: str, deals: list[tuple[str | None, ...]], record: VenueRecord
) -> None:
    """The reports, the trade capture and the venue's record say the same."""
    exec_ids = [first(m, 17) for m in _reports(robot, name)]
    assert len(exec_ids) == len(set(exec_ids))
    (trade,) = (m for m in _reports(robot, name) if first(m, 150) == "F")
    assert ["400000", "0", name, "17"] == [first(trade, tag) for tag in (14, 151, 448, 452)]
    rate = first(trade, 31) or "0"
    assert [(first(trade, 17), "A1", "1", "400000", rate, "17", "0")] == deals
    (fill,) = (f for f in record.order_fills if f.venue == name)
    assert (first(trade, 17), Decimal(rate)) == (fill.exec_id, fill.rate)
    (status,) = (m for m in _reports(robot, name) if first(m, 150) == "I")
    assert ["A3", "0"] == [first(status, 11), first(status, 39)]


def test_what_became_of_an_order_during_a_logout_is_told_at_the_next_logon(scene: Scene) -> None:
    venue = scene.venue(*OPTIONS, "--venue", "ALPHA")
    robot = _robot(scene, venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: robot.top, what="a price")
    _order(robot, "ALPHA", "A1", (38, "1000000"), (40, "2"), (44, "0.9"), (59, "0"))
    _wait(robot, "ALPHA", "A1", "0")
    robot.stop()
    wait_for(lambda: any(o.status == "4" for o in venue.record().orders), what="the cancel")

    again = _robot(scene, venue, ["ALPHA"])
    _wait(again, "ALPHA", "A1", "4")

    (report,) = _reports(again, "ALPHA")
    assert ["DISCONNECTED", None] == [first(report, 58), first(report, 43)]


def test_mischief_reaches_the_robot_as_fix_says_it(scene: Scene) -> None:
    options = ["--order-mischief", "1", "--venue", "ALPHA", "--ticks-per-second", "20"]
    venue = scene.venue(*OPTIONS, *options, "--speed", "8")
    robot = _robot(scene, venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: robot.top, what="a price")
    ids = [f"A{number}" for number in range(16)]
    for order_id in ids:
        _order(robot, "ALPHA", order_id, (38, "100000"), (40, "1"), (59, "3"))

    def told() -> set[str | None]:
        kinds = {first(m, 150) for m in _reports(robot, "ALPHA")}
        return kinds | {"Y" for m in _reports(robot, "ALPHA") if first(m, 97) == "Y"}

    wait_for(lambda: {"G", "H", "Y"} <= told(), what="a correction, a bust and a copy")
    heard = {first(m, 11) for m in _reports(robot, "ALPHA")}
    silent = next(order_id for order_id in ids if order_id not in heard)
    _about(robot, "ALPHA", "H", silent, "")
    _wait(robot, "ALPHA", silent, "0")

    wait_for(lambda: len(_of(robot, silent)) == 3, what="all that was withheld")
    assert ["I", "0", "F"] == [first(m, 150) for m in _of(robot, silent)]
    undone = [m for m in _reports(robot, "ALPHA") if first(m, 150) in ("G", "H")]
    trades = {first(m, 17) for m in _reports(robot, "ALPHA") if first(m, 150) == "F"}
    assert {first(m, 19) for m in undone} <= trades
    (copy, *_) = (m for m in _reports(robot, "ALPHA") if first(m, 97) == "Y")
    assert first(copy, 17) in trades


def _of(robot: SimRobot, order_id: str) -> list[Message]:
    return [m for m in _reports(robot, "ALPHA") if first(m, 11) == order_id]
