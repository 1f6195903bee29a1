"""The simulated venue as a process, against a trivial robot that is a real QuickFIX initiator."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.sim.record import VenueRecord, read_record
from tests.wire.sim_robot import Message, SimRobot, first, wait_for

pytestmark = pytest.mark.wire

DICTIONARY = Path(__file__).parents[2] / "config" / "fix" / "FIX44.xml"
COMMAND = [sys.executable, "-c", "from connectors.sim.cli import app; app()", "venue"]
HEADER = "ts_utc,bid,ask\n"


@dataclass
class Venue:
    """The process and its files."""

    process: subprocess.Popen[str]
    folder: Path

    def status(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "status.json").read_text()))
        except FileNotFoundError:
            return {}

    @property
    def port(self) -> int:
        return int(wait_for(lambda: self.status().get("port"), 20, "the status file"))

    def record(self) -> VenueRecord:
        return read_record(self.folder / "venue.sqlite")

    def end(self, seconds: float = 60) -> dict[str, Any]:
        """Waits for the end by itself and returns the summary."""
        out, _ = self.process.communicate(timeout=seconds)
        assert 0 == self.process.returncode
        return dict(json.loads(out))


class Scene:
    """Starts venues and robots of one test and ends them by id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._venues: list[Venue] = []
        self.robots: list[SimRobot] = []

    def venue(self, *options: str) -> Venue:
        files = ["--status", str(self._folder / "status.json"), "--json"]
        files += ["--record", str(self._folder / "venue.sqlite")]
        files += ["--store", str(self._folder / "venue-store")]
        (self._folder / "status.json").unlink(missing_ok=True)
        process = subprocess.Popen([*COMMAND, *files, *options], stdout=subprocess.PIPE, text=True)
        venue = Venue(process, self._folder)
        self._venues.append(venue)
        return venue

    def robot(self, venue: Venue, names: list[str]) -> SimRobot:
        robot = SimRobot(venue.port, names, DICTIONARY, self._folder / "robot-store")
        self.robots.append(robot)
        robot.start()
        return robot

    def close(self) -> None:
        for venue in self._venues:
            if venue.process.poll() is None:
                venue.process.kill()
            venue.process.wait(10)
            if venue.process.stdout is not None:
                venue.process.stdout.close()
        for robot in self.robots:
            robot.stop()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def _ticks(
    folder: Path, rows: list[tuple[str, str, str]], name: str = "alpha_eurusd.csv.gz"
) -> str:
    path = folder / name
    path.write_bytes(gzip.compress((HEADER + "".join(f"{','.join(r)}\n" for r in rows)).encode()))
    return str(path)


def _steady(seconds: int, per_second: int = 4) -> list[tuple[str, str, str]]:
    """Prices that move a little at each tick."""
    rows = []
    for number in range(seconds * per_second):
        ms = number * 1000 // per_second
        stamp = f"2014-05-01T08:{ms // 60000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}Z"
        bid = Decimal("1.38676") + Decimal(number % 7) / 100_000
        rows.append((stamp, f"{bid:.5f}", f"{bid + Decimal('0.00010'):.5f}"))
    return rows


def test_a_subscription_gets_a_snapshot_then_one_increment_per_tick(
    scene: Scene, tmp_path: Path
) -> None:
    rows = [
        ("2014-05-01T08:00:00.000Z", "1.38676", "1.38686"),
        ("2014-05-01T08:00:00.500Z", "1.38677", "1.38686"),
        ("2014-05-01T08:00:00.500Z", "1.38677", "1.38690"),
        ("2014-05-01T08:00:00.700Z", "1.38695", "1.38690"),
        ("2014-05-01T08:00:00.700Z", "1.38695", "1.38690"),
    ]
    options = ["--ticks", _ticks(tmp_path, rows), "--speed", "max", "--requests-per-second", "0"]
    venue = scene.venue(*options, "--linger", "0.5")  # the last request may come after the ticks
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/XXX"], "md0")
    robot.subscribe("ALPHA", ["EUR/USD"])
    robot.subscribe("ALPHA", ["EUR/USD"])

    summary = venue.end()

    assert 5 == summary["ticks_sent"]
    (snapshot,), increments = robot.of_type("W"), robot.of_type("X")
    assert ["1.38676", "1.38686"] == [value for tag, value in snapshot if tag == 270]
    changed = [[value for tag, value in each if tag == 269] for each in increments]
    assert [["0"], ["1"], ["0"], ["0", "1"]] == changed
    assert ("20140501", "08:00:00.700") == (first(increments[3], 272), first(increments[3], 273))
    assert {("md0", "0"), ("md1", "1")} == {
        (first(each, 262), first(each, 281)) for each in robot.of_type("Y")
    }
    assert ["2", "3"] == [first(each, 340) for each in robot.of_type("h")]


def test_requests_are_quoted_hit_and_the_deals_recorded_once(scene: Scene) -> None:
    venue = scene.venue("--speed", "max", "--requests", "150", "--pairs", "EUR/USD,USD/JPY")
    robot = scene.robot(venue, ["ALPHA", "BETA"])
    plain = robot.plain_answer

    def twice(name: str, hit: Message) -> list[Message]:
        return [answer for answer in plain(name, hit) for _ in range(2)]

    robot.answer_for = twice
    for name in ("ALPHA", "BETA"):
        robot.subscribe(name, ["EUR/USD", "USD/JPY"])

    summary = venue.end()
    record = venue.record()

    assert 150 == summary["requests"] == summary["answered"]
    assert 0 == summary["anomalies"] == summary["barrier_timeouts"] == summary["answer_timeouts"]
    assert summary["fills"] == len(record.fills) == len({f.exec_id for f in record.fills}) > 25
    assert summary["hit_ratio"] <= 0.40
    assert summary["refusals"] >= 0.05 * 150
    assert summary["duplicates"] == len(record.duplicates) >= summary["fills"]
    hits = {hit.hit_no: hit for hit in record.hits}
    assert all(f.mid is not None for f in record.fills)
    assert {hit.exec_id for hit in hits.values() if hit.answer == "fill"} == {
        fill.exec_id for fill in record.fills
    }
    assert all(hit.answer != "fill" for hit in hits.values() if hit.must_be_refused)
    used = {quote.quote_id for quote in record.quotes if quote.end == "used"}
    assert {fill.quote_id for fill in record.fills} == used


def test_streamed_quotes_are_replaced_and_their_latency_measured(scene: Scene) -> None:
    options = ["--behaviour", "streaming", "--behaviour", "hit_replaced", "--requests", "10"]
    venue = scene.venue("--speed", "max", "--pairs", "EUR/USD", *options)
    robot = scene.robot(venue, ["ALPHA", "BETA"])
    for name in ("ALPHA", "BETA"):
        robot.subscribe(name, ["EUR/USD"])

    summary = venue.end()

    assert summary["latency_ms"]["tick_to_requote"]["count"] > 0
    ends = {quote.end for quote in venue.record().quotes}
    assert "replaced" in ends
    assert 0 == summary["anomalies"]


def test_deals_are_told_on_request_also_after_a_restart_of_the_venue(scene: Scene) -> None:
    options = ["--speed", "max", "--pairs", "EUR/USD", "--behaviour", "prompt", "--venue", "ALPHA"]
    venue = scene.venue(*options, "--requests", "15", "--linger", "30")
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: venue.status().get("phase") == "finished", 30, "the end of the run")
    told = _ask_for_deals(robot, "T1")
    venue.process.send_signal(signal.SIGTERM)
    first_summary = venue.end()
    clock_ns = int(venue.record().meta["clock_ns"])

    again = scene.venue(*options, "--requests", "15", "--port", str(venue.port))
    wait_for(lambda: len(robot.sessions) == 2, 30, "the robot to log on again")
    told_again = _ask_for_deals(robot, "T2")
    none = _ask_for_deals(robot, "T3", date="20200101")
    robot.subscribe("ALPHA", ["EUR/USD"])
    again.end()

    record = again.record()
    assert first_summary["fills"] == len(told) > 0
    assert told[: len(told)] == told_again[: len(told)]
    assert [] == none
    assert len({fill.hit_id for fill in record.fills}) == len(record.fills) > len(told)
    assert int(record.meta["clock_ns"]) > clock_ns
    assert not record.anomalies


def _ask_for_deals(robot: SimRobot, request: str, date: str = "20261030") -> list[str | None]:
    """ExecIDs of the trade capture reports for a trade date."""
    fields = [(568, request), (569, "0"), (263, "0"), (580, "1"), (75, date)]
    robot.send("ALPHA-DEAL", "AD", fields)
    acks = wait_for(lambda: [m for m in robot.of_type("AQ") if first(m, 568) == request], what="AQ")
    count = int(first(acks[0], 748) or "0")

    def reports() -> list[Message]:
        return [m for m in robot.of_type("AE") if first(m, 568) == request]

    wait_for(lambda: len(reports()) == count, what="all AE")
    assert [first(m, 912) for m in reports()[-1:]] == ["Y"] * min(1, count)
    return [first(m, 17) for m in reports()]


def test_at_full_speed_the_venue_waits_until_the_robot_has_caught_up(
    scene: Scene, tmp_path: Path
) -> None:
    options = ["--ticks", _ticks(tmp_path, _steady(3)), "--requests-per-second", "0"]
    venue = scene.venue(*options, "--speed", "max")
    robot = scene.robot(venue, ["ALPHA"])
    gate = threading.Event()
    take = robot.take

    def slow_take(message: Message, session_id: Any, *, admin: bool) -> None:
        take(message, session_id, admin=admin)
        if admin and first(message, 35) == "1" and robot.ticks:
            gate.wait(8)

    robot.take = slow_take  # type: ignore[method-assign]
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: robot.ticks, what="the first ticks")
    wait_for(lambda: venue.status().get("barriers") == 1, what="the first barrier")
    time.sleep(0.3)  # time in which a venue that does not wait would go on

    assert 1 == venue.status()["barriers"]
    assert robot.ticks < 12
    gate.set()
    summary = venue.end()
    assert 12 == summary["ticks_sent"] == robot.ticks
    assert 0 == summary["barrier_timeouts"]
    assert all(text.startswith("CLOCK ") for text in robot.clock_texts)
    clocks = [text.split(" ")[2] for text in robot.clock_texts]
    assert sorted(clocks) == clocks
    assert "20140501-08:00:02.750" == clocks[-1]


def test_at_a_speed_the_clock_is_told_every_100_ms_and_runs_that_fast(scene: Scene) -> None:
    options = ["--speed", "20", "--seconds", "1.5", "--requests-per-second", "0"]
    venue = scene.venue(*options, "--pairs", "EUR/USD", "--venue", "ALPHA")
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])

    summary = venue.end()

    assert len(robot.clock_texts) >= 10
    assert "20261030-08:00:25" <= summary["clock"] <= "20261030-08:00:50"


def test_a_halt_is_told_and_prices_are_deleted_and_come_back(scene: Scene) -> None:
    options = ["--speed", "max", "--venue", "ALPHA", "--pairs", "EUR/USD", "--hours", "0.01"]
    venue = scene.venue(*options, "--halt", "ALPHA:10:5", "--requests-per-second", "0.5")
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])

    venue.end()

    assert ["2", "1", "2", "3"] == [first(each, 340) for each in robot.of_type("h")]
    actions = [value for each in robot.of_type("X") for tag, value in each if tag == 279]
    deleted = actions.index("2")
    assert ["2", "2", "0", "0"] == actions[deleted : deleted + 4]


def test_an_unusable_message_is_rejected_and_the_venue_lives_on(scene: Scene) -> None:
    venue = scene.venue("--speed", "1", "--venue", "ALPHA", "--linger", "1")
    robot = scene.robot(venue, ["ALPHA"])
    robot.send("ALPHA-DEAL", "AG", [(131, "R"), (658, "1"), (146, "1"), (55, "EUR/USD")])
    robot.send("ALPHA-DEAL", "AF", [(584, "M"), (585, "7")])
    quote = [(117, "Q1"), (55, "EUR/USD"), (38, "1"), (133, "1.1")]
    robot.send("ALPHA-DEAL", "S", [*quote, (131, "R")])

    (reject,) = wait_for(lambda: robot.of_type("j"), what="j")
    (status,) = wait_for(lambda: robot.of_type("AI"), what="AI")
    venue.process.send_signal(signal.SIGTERM)
    venue.end()

    assert ("AF", "3") == (first(reject, 372), first(reject, 380))
    assert "9" == first(status, 297)
    kinds = {row.kind for row in venue.record().anomalies}
    assert {"unusable_message", "quote_without_request", "refusal_without_request"} == kinds


def test_a_logout_ends_the_open_requests(scene: Scene) -> None:
    options = ["--speed", "1", "--venue", "ALPHA", "--pairs", "EUR/USD"]
    venue = scene.venue(*options, "--requests-per-second", "20", "--behaviour", "oversize")
    robot = scene.robot(venue, ["ALPHA"])
    robot.quote_for = lambda *_: _quiet(robot)
    robot.subscribe("ALPHA", ["EUR/USD"])
    wait_for(lambda: robot.of_type("R"), 20, "a request")
    robot.stop()

    def ended() -> bool:
        return any(request.end_reason == "logout" for request in venue.record().requests)

    wait_for(ended, what="requests ended by the logout")
    os.kill(venue.process.pid, signal.SIGTERM)
    assert 0 == venue.process.wait(10)


def _quiet(robot: SimRobot) -> Message:
    """A quote for a request nobody made: the venue sees the real one unanswered."""
    return [
        (131, "NONE"),
        (117, f"Q{robot.number()}"),
        (55, "EUR/USD"),
        (38, "1"),
        (133, "1.1"),
        (62, robot.later(5)),
    ]


def test_a_bad_tick_file_ends_with_its_line_and_exit_code_2(tmp_path: Path) -> None:
    rows = [("2014-05-01T08:00:00Z", "1.1", "1.2"), ("2014-05-01T07:00:00Z", "1.1", "1.2")]
    path = _ticks(tmp_path, rows)

    done = subprocess.run(
        [*COMMAND, "--ticks", path], capture_output=True, text=True, timeout=120, check=False
    )

    assert (2, "") == (done.returncode, done.stdout)
    assert f"{path}:3:" in done.stderr
    assert 1 == done.stderr.count("\n")


def test_a_tick_file_that_turns_bad_later_still_leaves_a_whole_record(
    scene: Scene, tmp_path: Path
) -> None:
    rows = [*_steady(300), ("2014-05-01T08:10:00Z", "NaN", "1.4")]
    venue = scene.venue("--ticks", _ticks(tmp_path, rows), "--speed", "max")
    robot = scene.robot(venue, ["ALPHA"])
    robot.subscribe("ALPHA", ["EUR/USD"])

    out, _ = venue.process.communicate(timeout=60)

    assert 2 == venue.process.returncode
    summary = json.loads(out)
    assert summary["fills"] == len(venue.record().fills) > 0
