"""A machine whose clock may be wrong does not deal, where a bound is set."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import msgspec
import pytest

from connectors.doctor import machine
from connectors.doctor.check import State
from robot import trader
from robot.machine_clock import ClockState, clock_problem, clock_state
from robot.messages.events import FollowersLagging
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.status import Beat, write_beat
from robot.trader import FOLLOWERS, Trader
from tests.kit.desk import Desk

GOOD = ClockState(known=True, synchronised=True, error_ms=12.4)


@pytest.mark.parametrize(
    ("state", "most", "told"),
    [
        (GOOD, 20, ""),
        (GOOD, 12, "may be 12 ms wrong, over 12 ms"),
        (ClockState(known=True, synchronised=False, error_ms=1.0), 20, "follows no reference"),
        (ClockState(known=False), 20, "does not tell"),
        (ClockState(known=False), 0, ""),
    ],
)
def test_what_is_wrong_with_a_clock_is_said(state: ClockState, most: int, told: str) -> None:
    found = clock_problem(state, most)
    assert told in found and bool(told) is bool(found)


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is Linux's")
def test_the_kernel_tells_its_own_error() -> None:
    found = clock_state()
    assert found.known and found.error_ms >= 0


def test_a_clock_that_may_be_too_wrong_halts_dealing_until_it_is_right_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(configuration_folder(), tmp_path / "desk")
    settings = load_settings(tmp_path / "desk")
    desk = settings.desk.model_copy(update={"clock_error_ms_max": 10})
    one = Trader(msgspec.structs.replace(settings, desk=desk))
    now_ns = time.time_ns()
    settings.run_folder.mkdir(parents=True)
    for name in FOLLOWERS:
        write_beat(settings.run_folder, Beat(name=name, at_ns=now_ns, pid=1))
    monkeypatch.setattr(trader, "clock_state", lambda: GOOD)
    names, detail = one._lagging(now_ns)
    assert names == ("clock",) and "may be 12 ms wrong" in detail
    dealing = Desk().open()
    dealing.market()
    dealing.quoted()
    dealing.step(FollowersLagging(names=names, detail=detail))
    assert "follower clock" in dealing.state.halts and not dealing.state.quotes
    better = msgspec.structs.replace(GOOD, error_ms=3.0)
    monkeypatch.setattr(trader, "clock_state", lambda: better)
    dealing.step(FollowersLagging(names=one._lagging(now_ns)[0], detail=""))
    assert not dealing.state.halts
    assert Trader(settings)._lagging(now_ns)[0] == (), "nothing is asked where no bound is set"


def test_the_doctor_says_whether_the_desk_could_deal_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_settings(configuration_folder())
    monkeypatch.setattr(machine, "clock_state", lambda: GOOD)
    for most, state in ((0, State.OK), (20, State.OK), (5, State.PROBLEM)):
        desk = settings.desk.model_copy(update={"clock_error_ms_max": most})
        changed = msgspec.structs.replace(settings, desk=desk)
        (found,) = machine.check_clock_error(changed)
        assert found.state is state
