"""Makers, streamed quotes, live trade reports and the drop copy of the simulated venue over FIX."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.sim_robot import Message, SimRobot, first, wait_for
from tests.wire.test_sim_venue import DICTIONARY, Scene

pytestmark = pytest.mark.wire

OPTIONS = ["--speed", "1", "--requests-per-second", "0", "--pairs", "EUR/USD", "--venue", "ALPHA"]
MAKERS = ["--makers", "LPA=tight,LPB=wide", "--drop-copy", "--stream-hits-per-second", "0"]
PARTIES: Message = [
    *[(453, "2"), (448, "BANKCN"), (447, "D"), (452, "13")],
    *[(448, "LPA"), (447, "D"), (452, "35")],
]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def _of(robot: SimRobot, kind: str, sender: str = "ALPHA-DEAL") -> list[Message]:
    return [m for m in robot.of_type(kind) if first(m, 49) == sender]


def test_a_maker_is_asked_taken_captured_and_copied(scene: Scene) -> None:
    venue = scene.venue(*OPTIONS, *MAKERS)
    store = venue.folder / "robot"
    robot = SimRobot(venue.port, ["ALPHA"], DICTIONARY, store, drop_copy=True)
    scene.robots.append(robot)
    robot.start()
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: robot.top, what="a price")
    now = wait_for(lambda: robot.clock_texts, what="the clock")[-1].split(" ")[-1]
    until = f"{now[:9]}23:59:59.000"
    robot.send("ALPHA-DEAL", "AD", [(568, "T1"), (569, "0"), (263, "1")])
    entry = [(55, "EUR/USD"), (167, "FOR"), (303, "2"), (537, "1"), (38, "1000000")]
    entry += [(15, "EUR"), (126, until), (60, now), *PARTIES]
    robot.send("ALPHA-DEAL", "R", [(131, "R1"), (146, "1"), *entry])
    quote = wait_for(lambda: _of(robot, "S"), what="a quote")[0]
    assert ("LPA", "R1") == (first(quote, 448), first(quote, 131))
    take: Message = [(11, "A1"), (64, first(quote, 64) or ""), (55, "EUR/USD"), (167, "FOR")]
    take += [(54, "1"), (60, now), (38, "1000000"), (40, "D"), (44, first(quote, 133) or "")]
    robot.send("ALPHA-DEAL", "D", [*take, (15, "EUR"), (117, first(quote, 117) or ""), (59, "4")])
    mass: Message = [(117, "M1"), (301, "2"), (296, "1"), (302, "S1"), (304, "1"), (295, "1")]
    mass += [(299, "E1"), (55, "EUR/USD"), (167, "FOR"), (132, "1.1"), (133, "1.2")]
    mass += [(134, "1000000"), (135, "1000000"), (62, until)]
    robot.send("ALPHA-DEAL", "i", mass)
    report = wait_for(lambda: _of(robot, "8"), what="the deal")[0]
    live = wait_for(lambda: _of(robot, "AE"), what="its trade report")[0]
    copy = wait_for(lambda: _of(robot, "8", "ALPHA-DROP"), what="its copy")[0]
    answer = wait_for(lambda: _of(robot, "b"), what="the answer to the mass quote")[0]
    robot.send("ALPHA-DEAL", "AR", [(571, first(live, 571) or ""), (150, "F"), (55, "EUR/USD")])
    venue.process.send_signal(signal.SIGTERM)
    summary, record = venue.end(), venue.record()

    assert ("F", "2", "LPA") == (first(report, 150), first(report, 39), first(report, 448))
    exec_ids = {first(m, 17) for m in (report, live, copy)}
    assert exec_ids == {deal.exec_id for deal in record.maker_deals}
    assert ("Y", "0") == (first(copy, 797), first(answer, 297))
    assert ["E1"] == [quote.quote_id for quote in record.quotes]
    assert (1, 1, 1) == (summary["asks"], summary["maker_deals"], summary["mass_quotes"])
    assert [] == [(row.kind, row.text) for row in record.anomalies]
