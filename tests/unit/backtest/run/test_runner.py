"""A run is determined by its configuration, data and seed, wherever it is stopped."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from backtest.run.checkpoint import read_checkpoint
from backtest.run.config import overridden
from backtest.run.day import Day
from backtest.run.driver import Stopped
from backtest.run.result import Result, read_result
from backtest.run.runner import Progress, resume, run
from backtest.stopping import Stopping
from connectors.journal.file import read_segment, segment_paths
from robot.assembly import load_strategy
from robot.errors import ConfigurationError, RobotError
from robot.journal import Record
from robot.messages.events import TradeReported
from robot.package import configuration_folder
from robot.replay import Replayer
from tests.kit.backtests import small_config, small_feed

MINUTES = 9
DIES = """
import os
import shutil
from pathlib import Path
import sys
from backtest.run.feed import ListFeed
from backtest.run.runner import run
from tests.kit.backtests import small_config, small_feed

class Dies(ListFeed):
    def batches(self):
        for part in self.parts:
            yield type(part)(part.at_ns, part.keys, Ends(part.bids), *part[3:])

class Ends(list):
    def __iter__(self):
        for value in super().__iter__():
            Ends.left -= 1
            if Ends.left == 0:
                os._exit(9)
            yield value

Ends.left = int(sys.argv[2])
feed = small_feed(9)
run(small_config(9, journal="full"), feed=Dies(feed.keys, feed.parts), folder=Path(sys.argv[1]))
"""


def digests(folder: Path, parts: tuple[str, ...] = ("records", "journal")) -> dict[str, str]:
    """What a run has written, by file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in parts
        for path in sorted((folder / part).glob("*"))
        if path.name not in ("lock", "synced")
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result]]:
    """An uninterrupted run with its journal."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    yield folder, run(small_config(MINUTES, journal="full"), feed=small_feed(9), folder=folder)


def test_a_run_quotes_deals_and_refuses(whole: tuple[Path, Result]) -> None:
    folder, result = whole
    assert result.number("deals") > 20
    assert result.number("refused_requests") > 0
    assert result.number("prices") == sum(len(part.at_ns) for part in small_feed(9).parts)
    assert read_result(folder) == result


def test_a_killed_run_that_is_resumed_gives_the_same_bytes(
    whole: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, result = whole
    killed = tmp_path / "killed"
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(killed), "900"],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        check=False,
    )
    assert died.returncode == 9
    with pytest.raises(ConfigurationError, match="resume"):
        read_result(killed)
    again = resume(killed, feed=small_feed(9))
    assert again.figures == result.figures
    assert digests(killed) == digests(folder)


def test_a_run_stopped_before_its_first_checkpoint_begins_again(
    whole: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, result = whole
    with pytest.raises(Stopped):
        run(small_config(MINUTES), {}, lambda _: False, feed=small_feed(9), folder=tmp_path / "b")
    again = resume(tmp_path / "b", feed=small_feed(9))
    assert again.figures == result.figures
    assert digests(tmp_path / "b", ("records",)) == digests(folder, ("records",))


def test_the_journal_of_a_run_replays_equal(whole: tuple[Path, Result]) -> None:
    folder, result = whole
    replayer = Replayer(load_strategy)
    for path in segment_paths(folder / "journal"):
        for record in read_segment(path, bytes(32)):
            assert isinstance(record, Record)
            assert replayer.apply(record) is None
    assert replayer.engine.state.stepped == result.number("events")


def test_another_seed_is_another_run(whole: tuple[Path, Result], tmp_path: Path) -> None:
    _, result = whole
    other = run(small_config(4), {"seed": 2}, feed=small_feed(4), folder=tmp_path / "c")
    same = run(small_config(4), {}, feed=small_feed(4), folder=tmp_path / "c")
    assert other.figures != same.figures
    assert (other.seed, same.seed, result.seed) == (2, 1, 1)


def test_a_change_of_the_desk_is_in_force(tmp_path: Path) -> None:
    changes = {"desk.limits.quotes_outstanding": "1", "desk.seed": "3"}
    result = run(small_config(2), changes, feed=small_feed(2), folder=tmp_path / "d")
    assert result.number("refused QUOTES_OUTSTANDING") > 0
    assert result.overrides == changes


def test_a_change_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no lean; did you mean lean_max"):
        run(
            small_config(2),
            {"desk.strategy.parameters.lean": "3"},
            feed=small_feed(2),
            folder=tmp_path / "e",
        )


def test_lists_are_set_as_a_command_line_has_them() -> None:
    config = overridden(small_config(2), {"pairs": "EUR/USD,GBP/USD", "venues": "BETA"})
    assert (config.pairs, config.venues) == (("EUR/USD", "GBP/USD"), ("BETA",))
    assert overridden(config, {"pairs": ""}).pairs == ()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not the folder of a run"):
        run(small_config(2), {}, feed=small_feed(2), folder=tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_a_run_that_is_asked_to_stop_loses_nothing_and_gives_the_same_bytes(
    whole: tuple[Path, Result], tmp_path: Path
) -> None:
    stopping, seen = Stopping(), []

    def told(progress: Progress) -> None:
        seen.append(progress.at_ns)
        stopping.asked = progress.share > 0.6

    folder, config = tmp_path / "whole", small_config(MINUTES, journal="full")
    with pytest.raises(Stopped):
        run(config, {}, told, feed=small_feed(9), folder=folder, stopping=stopping)
    point = read_checkpoint(folder)
    assert point is not None and point.due_ns - seen[-1] < 5_000_000_000
    assert any(point.rows["requests"].values()), "since the last file"
    with pytest.raises(Stopped):  # again, before it has come to where it was
        resume(folder, feed=small_feed(9), stopping=stopping)
    assert read_checkpoint(folder) == point
    again = resume(folder, feed=small_feed(9))
    assert digests(folder) == digests(whole[0])
    assert again.figures == whole[1].figures


def test_a_run_over_other_data_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(small_config(6), {}, lambda p: p.share < 0.9, feed=small_feed(6), folder=tmp_path / "f")
    with pytest.raises(RobotError, match="run it again"):
        resume(tmp_path / "f", feed=small_feed(6, seed=2))


def test_what_takes_longer_is_later(tmp_path: Path) -> None:
    slow = {"to_robot_ms": "40", "to_venue_ms": "30"}
    result = run(small_config(3, conduct=slow), {}, feed=small_feed(3), folder=tmp_path / "g")
    assert result.number("deals") > 0
    assert any("40 ms to us and 30 ms" in line for line in result.assumptions)
    assert msgspec.json.decode((tmp_path / "g" / "result.json").read_bytes())["figures"]


@pytest.mark.parametrize("copies", [True, False])
def test_a_desk_that_waits_for_drop_copies_gets_them(tmp_path: Path, *, copies: bool) -> None:
    shutil.copytree(configuration_folder(), tmp_path / "desk")
    path = tmp_path / "desk" / "desk.yaml"
    text = path.read_text() + "\nreconciliation: {drop_copy_patience_s: 5, grace_ms: 1000}\n"
    path.write_text(text.replace("    port:", "    drop_copy: true\n    port:") if copies else text)
    config = small_config(2, desk=tmp_path / "desk", journal="full")
    result = run(config, feed=small_feed(2), folder=tmp_path / "run")
    assert result.number("deals") > 5 and "refused DEALING_HALTED" not in result.figures
    events = [step.stamped.event for step in Day(tmp_path / "run" / "journal").steps()]
    copied = {event.exec_id for event in events if isinstance(event, TradeReported)}
    assert len(copied) == (result.number("deals") if copies else 0)
