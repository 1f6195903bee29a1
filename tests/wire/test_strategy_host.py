"""A strategy in its own process, for real: it answers, is late, raises, talks garbage, crashes,
hangs; the robot refuses, lives on, has it back with its state, and its journal replays without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from robot.deals.reference import Candidate, StrategyChoice
from robot.deals.releases import Bounds, ReleaseStage
from robot.inspection import replay_path
from robot.messages.effects import ConcludeDeal, RefuseRfq, SendQuote
from robot.messages.governing import Agreed, ReferenceChanged
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.host_robot import HostRobot, configure

pytestmark = pytest.mark.wire

CODE = """
import os
import stat
import time
from decimal import Decimal

from robot.strategy import DealSeen, Decision, Facts, Seen


class Mine:
    wants = ("deals", "answers")

    def start(self, parameters, seed):
        self.margin = Decimal(parameters["margin"])
        self.deals = 0
        self.answers = 0

    def on_event(self, event: Seen) -> None:
        if isinstance(event, DealSeen):
            self.deals += 1
        else:
            self.answers += 1

    def decide(self, facts: Facts) -> Decision:
        million = int(facts.amount / 1_000_000)
        if million == 2:
            time.sleep(0.3)
        elif million == 3:
            raise ValueError("no such thing")
        elif million == 4:
            return Decision(bid=1.1, offer=1.2)
        elif million == 5:
            os._exit(9)
        elif million == 6:
            time.sleep(3_600)
        elif million == 7:
            for number in range(3, 64):
                try:
                    if stat.S_ISSOCK(os.fstat(number).st_mode):
                        os.write(number, b"\\xff" * 64)
                except OSError:
                    pass
        elif million == 8:
            open("/tmp/mine", "w")
        distance = self.margin * facts.pip
        bid, offer = facts.bid - distance, facts.offer + distance
        return Decision(
            bid=bid.quantize(facts.tick),
            offer=offer.quantize(facts.tick),
            because=(f"{self.deals} deals, {self.answers} answers",),
        )
"""


@pytest.fixture
def in_core(tmp_path: Path) -> Iterator[HostRobot]:
    """`two_way` is live; the file is there for a candidate."""
    settings = configure(tmp_path, CODE, deadline_ms=250)
    shipped = load_settings(configuration_folder()).reference.strategy
    reference = msgspec.structs.replace(settings.reference, strategy=shipped)
    made = HostRobot(msgspec.structs.replace(settings, reference=reference))
    yield made
    made.stop()


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[HostRobot]:
    settings = configure(tmp_path, CODE, deadline_ms=250, stop_after="99 failures in 1 s")
    made = HostRobot(settings)
    yield made
    made.stop()


def refused(robot: HostRobot, million: int) -> tuple[str, str]:
    answer, _ = robot.ask(million * 1_000_000)
    assert isinstance(answer, RefuseRfq), answer
    return answer.reason, answer.detail


def test_whatever_a_strategy_does_the_robot_lives_and_its_journal_replays_without_it(
    robot: HostRobot, tmp_path: Path
) -> None:
    assert refused(robot, 1)[0] == "STRATEGY_ABSENT", "nobody has started it yet"
    robot.wait_ready()
    assert robot.because(1_000_000) == "0 deals, 0 answers"
    quote, _ = robot.ask(1_000_000)
    assert isinstance(quote, SendQuote)
    robot.hit(quote)
    assert len(robot.sent(ConcludeDeal)) == 1
    assert robot.because(1_000_000) == "1 deals, 2 answers"

    assert refused(robot, 2)[0] == "STRATEGY_LATE"
    assert refused(robot, 3) == ("STRATEGY_FAILED", "ValueError: no such thing (mine.py:29)")
    assert refused(robot, 4) == (
        "STRATEGY_FAILED",
        "bid 1.1 is a float: a price is a Decimal",
    )
    reason, detail = refused(robot, 8)
    assert (reason, "a strategy keeps its state in itself" in detail) == ("STRATEGY_FAILED", True)
    before = robot.because(1_000_000)
    assert before == "1 deals, 7 answers", "the late answer came, and was journaled, too"

    for million, told in (
        (5, "its process ended without a word"),
        (7, "it said what is no message"),
        (6, "no answer within 250 ms"),
    ):
        reason, detail = refused(robot, million)
        assert told in detail, (million, reason, detail)
        robot.wait(lambda: not robot.engine.state.host.ready)
        robot.wait_ready()
        assert "rebuilt from" in robot.engine.state.host.told
        assert robot.because(1_000_000).startswith("1 deals, ")
    assert "Traceback" in robot.log(), "what it wrote is in the log"

    robot.stop()
    result = replay_path(tmp_path / "data" / "journal", compare=True)
    assert result.equal, result


def agree(robot: HostRobot, strategy: StrategyChoice, candidate: Candidate | None) -> None:
    """Two persons put it in force."""
    number = robot.engine.state.governed.get("STRATEGY", 0) + 2
    agreed = Agreed(
        proposal=number - 1,
        approval=number,
        proposer="wang",
        approver="he.yu",
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )
    robot.inbox.post(
        ReferenceChanged(
            kind="STRATEGY", agreed=agreed, strategy=strategy, hedges=(), candidate=candidate
        )
    )
    robot.wait(lambda: robot.engine.state.governed.get("STRATEGY") == number)


def test_a_candidate_in_its_own_process_goes_the_whole_way_and_is_live_in_the_same_process(
    in_core: HostRobot, tmp_path: Path
) -> None:
    robot, state = in_core, in_core.engine.state
    live = state.configured().strategy
    tried = load_settings(tmp_path / "config").reference.strategy
    tried = msgspec.structs.replace(tried, version="2")
    bounds = Bounds(size_max=Decimal(2_000_000))
    for stage in (ReleaseStage.SHADOW, ReleaseStage.SUGGEST, ReleaseStage.CANARY):
        agree(robot, live, Candidate(strategy=tried, stage=stage, bounds=bounds))
        if stage is ReleaseStage.SHADOW:
            robot.wait(lambda: state.releases.host.ready)
            quote, _ = robot.ask(1_000_000)
            robot.wait(lambda: robot.engine.shadows)
            assert isinstance(quote, SendQuote)
            robot.hit(quote)
    (shadow,) = robot.engine.shadows
    assert shadow.strategy == "mine 2" and shadow.because == ("0 deals, 0 answers",)
    assert robot.because(1_000_000) == "1 deals, 1 answers"
    assert robot.engine.decided[-1].strategy == "mine 2"
    quote, _ = robot.ask(2_000_000)
    assert isinstance(quote, SendQuote), "it sleeps, and the live strategy answers"
    assert robot.engine.decided[-1].strategy == f"{live.name} {live.version}"
    process = robot.watched["host"].process
    agree(robot, tried, None)
    assert state.host.ready
    assert robot.because(1_000_000).startswith("1 deals, "), "it was not begun anew"
    assert robot.engine.decided[-1].strategy == "mine 2"
    assert robot.watched["host"].process is process and process is not None
    assert not robot.watched["host2"].starts
    robot.stop()
    result = replay_path(tmp_path / "data" / "journal", compare=True)
    assert result.equal, result
