"""A strategy in a process of its own runs in a backtest as it does live, in the market's time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors.host.templates.inventory as template
from backtest.run.config import BacktestConfig
from backtest.run.day import Day, Step
from backtest.run.driver import Stopped
from backtest.run.parity import examine
from backtest.run.result import Result
from backtest.run.runner import resume, run
from robot.errors import RobotError
from robot.messages.hosting import AskHost, HostDecided
from tests.kit.backtests import hosted_desk, small_config, small_feed
from tests.unit.backtest.run.test_runner import digests

MINUTES = 5
LEANS = Path(template.__file__).read_text()
STREAM = """
streams:
  - {venue: ALPHA, pair: EUR/USD, amounts: [1000000, 3000000], counterparty: BANKA}
"""
PLAIN = """
from robot.basics.numbers import round_down_to, round_up_to
from robot.strategy import Decision

class Plain:
    wants = ("days",)

    def start(self, parameters, seed):
        self.pips = 1

    def on_event(self, event):
        pass

    def decide(self, facts):
        bid = round_down_to(facts.mid - self.pips * facts.pip, facts.tick)
        offer = round_up_to(facts.mid + self.pips * facts.pip, facts.tick)
        return Decision(
            bid=bid if facts.side != "SELL" else None,
            offer=offer if facts.side != "BUY" else None,
        )
"""


def config_of(desk: Path, minutes: int = 1, **changes: object) -> BacktestConfig:
    flow = {"mode": "habits", "requests_per_second": "0.5"}
    return small_config(minutes, **{"desk": desk, "flow": flow, "checkpoint_minutes": 1, **changes})


def run_of(folder: Path, code: str, **changes: object) -> Result:
    desk = hosted_desk(folder / "desk", code)
    return run(config_of(desk, **changes), feed=small_feed(1), folder=folder / "run")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result]]:
    folder = tmp_path_factory.mktemp("hosted")
    desk = hosted_desk(folder / "desk", LEANS)
    (desk / "desk.yaml").write_text((desk / "desk.yaml").read_text() + STREAM)
    config = config_of(desk, MINUTES, journal="full")
    yield folder, run(config, feed=small_feed(MINUTES), folder=folder / "whole")


def steps_of(folder: Path) -> list[Step]:
    return list(Day(folder / "journal").steps())


def test_a_hosted_strategy_quotes_and_deals(whole: tuple[Path, Result]) -> None:
    _, result = whole
    assert result.number("quotes") > 20 and result.number("deals") > 5
    assert "refused STRATEGY_ABSENT" not in result.figures
    assert any("mine 1: asked in a process of its own" in line for line in result.assumptions)


def test_its_answers_are_journaled_inputs_at_their_fixed_time(whole: tuple[Path, Result]) -> None:
    folder, _ = whole
    steps = steps_of(folder / "whole")
    asked = {
        effect.ask: step.stamped.at_ns
        for step in steps
        for effect in step.effects
        if isinstance(effect, AskHost)
    }
    answers = [step.stamped for step in steps if isinstance(step.stamped.event, HostDecided)]
    assert len(answers) == len(asked) > 20
    for stamped in answers:
        assert isinstance(stamped.event, HostDecided)
        assert stamped.at_ns == asked[stamped.event.ask] + 2_000_000
        assert stamped.event.took_us == 0, "the machine's clock is no part of a run"


def test_a_hosted_run_that_is_resumed_gives_the_same_bytes(
    whole: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, result = whole
    config = config_of(folder / "desk", MINUTES, journal="full")
    stopped = tmp_path / "stopped"
    with pytest.raises(Stopped):
        run(config, {}, lambda p: p.share < 0.75, feed=small_feed(MINUTES), folder=stopped)
    again = resume(stopped, feed=small_feed(MINUTES))
    assert again.figures == result.figures
    assert digests(stopped) == digests(folder / "whole")
    assert (stopped / "told-0.log").read_bytes() == (folder / "whole/told-0.log").read_bytes()


def test_the_day_of_a_hosted_strategy_is_proven_by_its_answers(whole: tuple[Path, Result]) -> None:
    found = examine(Day(whole[0] / "whole" / "journal"))
    assert found.proven and found.happened["answers of a hosted strategy"] > 20


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("self.pips = 1 + len(self.pipes)", "Plain.* 'pipes'"),
        ("self.pips = 1; self.on_event = None", "on_event.DaySeen. raised TypeError"),
        ("import os; os._exit(3)", "ended without a word"),
        ("import time; time.sleep(30)", "ended without a word .killed, or a call hung"),
    ],
)
def test_a_process_that_does_not_live_is_an_error_of_the_run(
    tmp_path: Path, line: str, told: str
) -> None:
    with pytest.raises(RobotError, match=told):
        run_of(tmp_path, PLAIN.replace("self.pips = 1", line))
    assert not (tmp_path / "run" / "result.json").exists()


def test_an_exception_of_decide_is_a_refusal_as_live(tmp_path: Path) -> None:
    result = run_of(tmp_path, PLAIN.replace("bid = round", "1 / 0; bid = round"))
    assert result.number("refused STRATEGY_FAILED") > 0 and result.number("quotes") == 0


def test_answers_beyond_the_deadline_stop_the_strategy_as_live(tmp_path: Path) -> None:
    result = run_of(tmp_path, PLAIN, conduct={"strategy_ms": "51"})
    assert result.number("refused STRATEGY_LATE") == 3
    assert result.number("refused KILL_SWITCH") > 0 and result.number("quotes") == 0


def test_chance_of_its_own_is_found_when_it_is_asked_again(tmp_path: Path) -> None:
    chance = PLAIN.replace("self.pips = 1", "import random; self.pips = random.randint(1, 99)")
    with pytest.raises(RobotError, match=r"mine 1 is not repeatable.* question 1 with"):
        run_of(tmp_path, chance, conduct={"strategy_again": True})


def test_the_files_it_reads_are_named(tmp_path: Path) -> None:
    (tmp_path / "tomorrow.csv").write_text("1")
    path = tmp_path / "tomorrow.csv"
    code = PLAIN.replace("self.pips = 1", f"self.pips = int(open({str(path)!r}).read())")
    result = run_of(tmp_path, code, conduct={"strategy_again": True})
    assert result.number("quotes") > 0
    assert f"read files itself: {path}." in result.assumptions[-1]
