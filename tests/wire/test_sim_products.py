"""The simulated venue of all products, over real sessions of FIX 4.4 and FIXT.1.1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.sim_robot import Message, SimRobot, first, wait_for
from tests.wire.test_sim_venue import DICTIONARY, Scene

pytestmark = pytest.mark.wire

# What is subscribed at each venue: a pair, its points, and the money market.
ASKED: dict[str, list[list[tuple[int, str]]]] = {
    "ALPHA": [
        [(55, "EUR/USD")],
        [(55, "EUR/USD"), (461, "SWAP"), (167, "FOR")],
        [(55, "USD"), (460, "9"), (167, "TD")],
    ],
    "BETA": [
        [(55, "EUR/USD")],
        [(55, "EUR/USD"), (167, "FXSWAP")],
        [(55, "CNY"), (460, "13"), (167, "REPO")],
    ],
    "CFETS": [
        [(55, "USD.CNY")],
        [(55, "USD.CNY"), (167, "FXSWAP")],
        [(55, "CNY"), (10176, "9")],
    ],
}
BEYOND_SPOT = (461, 167, 460, 10176)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def _subscribe(robot: SimRobot, venue: str) -> None:
    fields: Message = [(262, "md1"), (263, "1"), (264, "1"), (265, "1"), (267, "2")]
    fields += [(269, "0"), (269, "1"), (146, str(len(ASKED[venue])))]
    robot.send(f"{venue}-MD", "V", fields + [field for each in ASKED[venue] for field in each])


def test_three_venues_send_curves_and_ask_for_every_product(scene: Scene) -> None:
    options = ["--products", "all", "--speed", "max", "--requests", "150", "--seed", "3"]
    options += ["--start", "2026-10-21T08:00:00Z", "--requests-per-second", "20"]
    venue = scene.venue(*options)
    robot = SimRobot(venue.port, list(ASKED), DICTIONARY, venue.folder / "robot", ("BETA",))
    robot.quote_for = lambda *_: None  # every request is refused
    scene.robots.append(robot)
    robot.start()
    for name in ASKED:
        _subscribe(robot, name)

    summary = venue.end()

    assert 150 == summary["requests"] and {} == summary["anomalies_by_kind"]
    assert 0 == summary["unanswered"]
    assert summary["curves_sent"] > 30
    curves = {(first(w, 49), first(w, 762)) for w in robot.of_type("W") if first(w, 762)}
    assert {("ALPHA-MD", "ON"), ("ALPHA-MD", "6M"), ("CFETS-MD", "R007")} <= curves
    assert ("BETA-MD", "1Y") in curves
    requests = robot.of_type("R")
    said = {(first(r, 49), *(first(r, tag) for tag in BEYOND_SPOT)) for r in requests}
    for product in ("FORWARD", "SWAP", "NDF"):
        assert ("ALPHA-DEAL", product, "FOR", None, None) in said
    for product in ("FXSPOT", "FXFWD", "FXSWAP", "FXNDF"):
        assert ("BETA-DEAL", None, product, None, None) in said
    assert ("BETA-DEAL", None, "REPO", "13", None) in said
    assert ("CFETS-DEAL", None, "FXSWAP", None, "11") in said
    assert any(first(r, 711) and first(r, 10325) for r in requests)
    entries = venue.record().entries
    assert {"SPOT", "FORWARD", "SWAP", "NDF", "DEPOSIT", "REPO"} <= {e.product for e in entries}


def test_the_curves_of_a_halted_venue_are_gone_and_come_back(scene: Scene) -> None:
    options = ["--products", "all", "--venue", "ALPHA", "--halt", "ALPHA:5:20", "--speed", "200"]
    venue = scene.venue(*options, "--requests-per-second", "0", "--start", "2026-10-21T08:00:00Z")
    robot = SimRobot(venue.port, ["ALPHA"], DICTIONARY, venue.folder / "robot")
    scene.robots.append(robot)
    robot.start()
    _subscribe(robot, "ALPHA")

    def gone() -> list[int]:
        points = [w for w in robot.of_type("W") if first(w, 762) == "3M"]
        return [number for number, w in enumerate(points) if first(w, 268) == "0"]

    wait_for(gone, what="the end of a curve")
    wait_for(lambda: len([w for w in robot.of_type("W") if first(w, 762) == "3M"]) > gone()[0] + 1)
