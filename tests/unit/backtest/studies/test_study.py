"""A study: its folder, its result, and what it refuses to go on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from optuna.storages import InMemoryStorage
from typer.testing import CliRunner

import tests.kit.studies as kit
from backtest.honesty.overfitting import overfitting
from backtest.honesty.sharpe import moments_of, probabilistic_sharpe
from backtest.stopping import INTERRUPTED
from backtest.studies.cli import app
from backtest.studies.crossing import crossed_of
from backtest.studies.result import Figures, StudyResult, figures_of, overfit_of, read_result
from backtest.studies.search import Tried
from backtest.studies.settings import Statistics, StudySettings
from backtest.studies.storage import storage_of
from backtest.studies.study import MANIFEST, Manifest, begin, best_of, conclude, go_on, kept_of
from backtest.studies.workers import Here, workers_of
from robot.errors import ConfigurationError
from tests.kit.studies import BEST, PERIODS, study

NS_PER_DAY = 86_400 * 10**9
FILE = """\
name: planted
objective: {function: tests.kit.studies:results}
span: {begin: 2014-05-01, end: 2014-05-07, parts: 6, validation_parts: 1, horizon_seconds: 60}
parameters:
  x: {low: 0, high: 20, step: 0.5}
search: {trials: 8, batch: 4, seed: 3, startup_trials: 4}
walk_forward: {folds: 1, trials: 4}
"""


@pytest.fixture(autouse=True)
def _count_calls() -> None:
    kit.CALLS.clear()


def _concluded(settings: StudySettings) -> StudyResult:
    manifest = Manifest(
        settings={}, beside="", code_version="1", config_hash=settings.hash, data_hashes={}
    )
    return conclude(settings, manifest, InMemoryStorage(), Here())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "planted.study.yaml"
    path.write_text(FILE)
    return path


def test_a_planted_edge_is_found_validated_and_believed() -> None:
    found = _concluded(study(walk_forward={"folds": 2, "trials": 8}))
    assert abs(float(found.parameters["x"]) - BEST) <= 2.0
    assert found.counts.total == 20 == found.deflated.trials
    assert found.train.periods == 8 * PERIODS and found.validated.periods == 2 * PERIODS
    assert found.validated.mean > 0.3
    deflated = found.deflated
    # Many bad trials make the best look like chance by their own variance, not by that of noise.
    assert deflated.probability is not None and deflated.probability < 0.05
    assert deflated.noise_probability is not None and deflated.noise_probability > 0.95
    assert found.walked is not None and found.walked.periods == 2 * PERIODS
    assert found.walk_forward_trials == 16
    for fold in found.folds:
        assert max(until for _, until in fold.training) <= fold.tested[0]


def test_the_best_of_noise_is_not_believed() -> None:
    # Ten values of a parameter that does nothing but pick another noise.
    settings = study(
        objective__options={"edge": "-0.05"},
        parameters={"x": {"low": "6", "high": "8", "step": "0.1"}},
    )
    found = _concluded(settings)
    assert found.deflated.noise_probability is not None
    assert found.deflated.noise_probability < 0.9


def test_validation_is_looked_at_by_the_winner_alone() -> None:
    settings = study()
    found = _concluded(settings)
    parts = settings.span.stretches()
    validating = [parameters for parameters, part in kit.CALLS if part in parts[-2:]]
    assert validating == [found.parameters] * 2
    searched = {part for _, part in kit.CALLS[:-2]}
    assert searched == set(parts[:8])


def test_parts_whose_outcomes_reach_the_validation_are_left_out() -> None:
    settings = study(span__horizon_seconds=60)
    found = _concluded(settings)
    parts = settings.span.stretches()
    assert found.purged == ((parts[7].start_ns, parts[7].until_ns),)
    assert len(found.training) == 7
    assert parts[7] not in {part for _, part in kit.CALLS}


def test_a_horizon_over_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no part to search on"):
        _concluded(study(span__horizon_seconds=9 * 86_400))
    walk = {"folds": 8, "trials": 2}
    with pytest.raises(ConfigurationError, match="walk_forward"):
        _concluded(study(span__horizon_seconds=2 * 86_400, walk_forward=walk))


def test_a_study_of_which_nothing_was_completed_says_why() -> None:
    settings = study(
        parameters={"x": {"values": ["7"]}}, objective__options={"fails_at": "7"}, search__trials=2
    )
    with pytest.raises(ConfigurationError, match=r"none of 2 trials.*ZeroDivisionError"):
        _concluded(settings)


def test_an_interrupted_study_ends_with_the_result_of_one_that_was_not(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = go_on(begin(file))
    text = file.read_text().replace("name: planted", "name: torn")
    file.write_text(text)
    folder = begin(file)
    given = kit.results

    def torn(*arguments: object) -> object:
        if len(kit.CALLS) > 280:
            raise KeyboardInterrupt
        return given(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kit, "results", torn)
    kit.CALLS.clear()
    kit.CALLS.extend([({}, study().span.stretches()[0])] * 250)
    with pytest.raises(KeyboardInterrupt):
        go_on(folder)
    monkeypatch.setattr(kit, "results", given)
    again = go_on(folder)
    assert msgspec.structs.replace(again, name="planted") == whole
    assert read_result(folder) == again


def test_a_study_that_was_begun_is_not_begun_again(file: Path) -> None:
    folder = begin(file)
    with pytest.raises(ConfigurationError, match=r"study resume .*planted"):
        begin(file)
    assert folder == file.parent / "studies" / "planted"


def test_a_study_whose_process_was_killed_ends_with_the_result_of_one_that_was_not(
    file: Path,
) -> None:
    whole = go_on(begin(file))
    file.write_text(file.read_text().replace("name: planted", "name: killed"))
    folder = begin(file)
    code = "import sys, pathlib; from backtest.studies.study import go_on; "
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}go_on(pathlib.Path(sys.argv[1]))", str(folder)],
        env={**os.environ, kit.KILLED_AT: "27"},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    with (folder / "optuna.journal").open("ab") as journal:
        journal.write(b'{"op_code":8,"worker_id":"torn')  # as far as it had come
    kit.CALLS.clear()
    again = go_on(folder)
    assert msgspec.structs.replace(again, name="planted") == whole
    assert kept_of(folder).opened == 0


def test_one_process_at_a_time_goes_on_with_a_study(file: Path) -> None:
    folder = begin(file)
    with storage_of(folder), pytest.raises(ConfigurationError, match="another process"):
        go_on(folder)


def test_a_study_that_is_asked_to_stop_keeps_what_is_under_way_and_says_how_to_go_on(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = go_on(begin(file))
    file.write_text(file.read_text().replace("name: planted", "name: asked"))
    given = kit.results

    def asks(*arguments: object) -> object:
        if len(kit.CALLS) == 30:
            os.kill(os.getpid(), signal.SIGINT)
        return given(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kit, "results", asks)
    kit.CALLS.clear()
    told = CliRunner().invoke(app, ["run", str(file)])
    folder = file.parent / "studies" / "asked"
    assert told.exit_code == INTERRUPTED
    assert f"fxrobot backtest study resume {folder}" in told.output
    assert len(kit.CALLS) == 31, "the one under way, and no other"
    assert msgspec.structs.replace(go_on(folder), name="planted") == whole
    assert kept_of(folder).opened == 0


def test_a_study_is_not_gone_on_with_over_other_data(file: Path) -> None:
    data = file.parent / "quotes.csv"
    data.write_text("1.1\n")
    text = "objective: {function: tests.kit.studies:results, data: [quotes.csv]}"
    file.write_text(file.read_text().replace(FILE.splitlines()[1], text))
    folder = begin(file)
    data.write_text("1.2\n")
    with pytest.raises(ConfigurationError, match="begun with data_hashes"):
        go_on(folder)


def test_what_a_study_refers_to_must_be_there(file: Path, tmp_path: Path) -> None:
    file.write_text(FILE.replace("tests.kit.studies:", "no_such_module:"))
    with pytest.raises(ConfigurationError, match="no module 'no_such_module'"):
        begin(file)
    with pytest.raises(ConfigurationError, match=r"is .* the folder of a study"):
        go_on(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(ConfigurationError, match="was not written by a study"):
        go_on(tmp_path)


def test_two_processes_find_what_one_finds() -> None:
    settings = study(search__trials=4, search__batch=4)
    manifest = Manifest(settings={}, beside="", code_version="", config_hash="", data_hashes={})
    with workers_of(2) as workers:
        found = conclude(settings, manifest, InMemoryStorage(), workers)
    assert len(kit.CALLS) == 0, "the parts were evaluated elsewhere"
    assert found == conclude(settings, manifest, InMemoryStorage(), Here())


def test_the_command_says_what_was_found_and_what_was_assumed(file: Path) -> None:
    runner = CliRunner()
    told = runner.invoke(app, ["run", str(file)])
    assert told.exit_code == 0, told.output
    for word in (
        "x = ",
        "walk forward",
        "deflated Sharpe ratio",
        "overfitting",
        "cross-validation",
        "assumptions:",
    ):
        assert word in told.output
    folder = str(file.parent / "studies" / "planted")
    again = runner.invoke(app, ["resume", folder])
    assert again.output == told.output
    shown = runner.invoke(app, ["show", folder, "--json"])
    assert msgspec.json.decode(shown.output)["counts"] == {
        "complete": read_result(Path(folder)).counts.complete,
        "pruned": read_result(Path(folder)).counts.pruned,
        "failed": 0,
    }


def test_a_study_that_has_not_ended_has_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has the study ended"):
        read_result(tmp_path)
    (tmp_path / "result.json").write_text("{")
    with pytest.raises(ConfigurationError, match="not the result of a study"):
        read_result(tmp_path)


def test_figures_are_worked_out_of_the_results() -> None:
    found = figures_of([1.0, -3.0, 2.0, 4.0], Statistics())
    moments = moments_of([1.0, -3.0, 2.0, 4.0])
    assert found == Figures(
        periods=4,
        total=4.0,
        mean=1.0,
        sharpe=moments.sharpe,
        sharpe_annual=pytest.approx(moments.sharpe * 252**0.5),
        worst=-3.0,
        drawdown=3.0,
        probability=probabilistic_sharpe(moments),
    )
    assert figures_of([1.0, 1.0], Statistics()).sharpe is None


def _ended(number: int, value: float | None, *returns: float) -> Tried:
    state = "complete" if value is not None else "pruned"
    return Tried(number, state, {}, value, (returns,))  # type: ignore[arg-type]


def test_of_equally_good_trials_the_first_is_the_best() -> None:
    tried = [_ended(0, 1.0), _ended(1, 2.0), _ended(2, 2.0), _ended(3, None)]
    assert best_of(tried, "search").number == 1


def test_overfitting_is_of_the_completed_trials() -> None:
    returns = np.random.default_rng(1).normal(size=(40, 5))
    tried = [_ended(n, 1.0, *returns[:, n].tolist()) for n in range(5)]
    found = overfit_of([*tried, _ended(5, None, 1.0)], 8)
    assert found.probability == overfitting(returns, 8).probability
    assert (found.trials, found.blocks) == (5, 8)


def _by_part(number: int, *parts: tuple[float, ...]) -> Tried:
    return Tried(number, "complete", {}, sum(map(sum, parts)), parts)


def test_the_paths_are_made_of_what_was_chosen_on_the_other_groups() -> None:
    # The one is good in the first half, the other in the second: each is chosen for where it loses.
    good, bad = (3.0, 4.0), (-2.0, -1.0)
    tried = [_by_part(0, good, good, bad, bad), _by_part(1, bad, bad, good, good)]
    settings = study(cross_validation={"groups": 2, "tested": 1}, objective__figure="total")
    parts = settings.span.stretches()[:4]
    found = crossed_of(tried, parts, settings)
    assert (found.splits, found.paths, found.purged, found.embargoed) == (2, 1, 0, 0)
    assert found.losing == 1.0
    assert found.middle == pytest.approx(moments_of([-2.0, -1.0] * 4).sharpe)


def test_horizon_and_embargo_take_parts_from_what_is_chosen_on() -> None:
    returns = np.random.default_rng(4).normal(size=(5, 8, 3)).tolist()
    tried = [_by_part(n, *map(tuple, rows)) for n, rows in enumerate(returns)]
    settings = study(
        span__horizon_seconds=60,
        span__embargo_seconds=90_000,
        cross_validation={"groups": 4, "tested": 1},
    )
    found = crossed_of(tried, settings.span.stretches()[:8], settings)
    assert (found.splits, found.paths) == (4, 1)
    assert found.purged > 0 and found.embargoed > 0
    assert found.worst is not None and found.best is not None and found.worst <= found.best
    assert not found.why_not
    wide = study(span__horizon_seconds=9 * 86_400)
    assert "nothing to choose on" in crossed_of(tried, wide.span.stretches()[:8], wide).why_not
    assert "two are due" in crossed_of(tried[:1], wide.span.stretches()[:8], wide).why_not


def test_where_overfitting_cannot_be_said_it_says_why() -> None:
    assert "two are due" in overfit_of([_ended(0, 1.0, 1.0)], 8).why_not
    uneven = [_ended(0, 1.0, *[1.0] * 9), _ended(1, 1.0, *[1.0] * 8)]
    assert "same periods" in overfit_of(uneven, 8).why_not
    assert "are due" in overfit_of([_ended(n, 1.0, 1.0, 2.0) for n in range(3)], 8).why_not
