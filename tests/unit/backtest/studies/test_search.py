"""A search: the same trials whoever evaluates, interrupted or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from backtest.studies.expected import Expected
from backtest.studies.objective import Measured, Task, evaluate, task_of
from backtest.studies.search import Search, Searched, Tried, figure_of
from backtest.studies.settings import StudySettings
from backtest.studies.workers import Here, Workers
from tests.kit.studies import BEST, PERIODS, study


class Backwards:
    """Takes seven tasks ahead and evaluates the last one first."""

    def expect(self, expected: Expected) -> None:
        """Nothing."""

    def each(self, tasks: Iterable[Task]) -> Iterator[Measured]:
        source = iter(tasks)
        while taken := list(islice(source, 7)):
            yield from [evaluate(task) for task in reversed(taken)][::-1]


class Interrupted:
    """Dies after so many evaluations."""

    def __init__(self, left: int) -> None:
        self._left = left

    def expect(self, expected: Expected) -> None:
        """Nothing."""

    def each(self, tasks: Iterable[Task]) -> Iterator[Measured]:
        for task in tasks:
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
            yield evaluate(task)


def _search(settings: StudySettings, storage: BaseStorage, workers: Workers) -> Search:
    objective = settings.objective
    searched = Searched(
        name="search",
        axes=settings.parameters,
        parts=settings.span.stretches()[:8],
        settings=settings.search,
        trials=settings.search.trials,
        figure=objective.figure,
        task=lambda parameters, part: task_of(
            objective.function, objective.options, parameters, part, settings.search.seed
        ),
    )
    return Search(searched, storage, workers)


def _tried(settings: StudySettings, workers: Workers | None = None) -> list[Tried]:
    return _search(settings, InMemoryStorage(), workers or Here()).run()


def test_the_planted_best_is_found_and_bad_trials_are_given_up() -> None:
    tried = _tried(study(search__trials=40))
    best = max((trial for trial in tried if trial.value is not None), key=lambda one: one.value)
    assert abs(float(best.parameters["x"]) - BEST) <= 1.0
    pruned = [trial for trial in tried if trial.state == "pruned"]
    assert pruned
    assert all(3 <= len(trial.returns) < 8 for trial in pruned)
    assert all(len(trial.joined) == 8 * PERIODS for trial in tried if trial.state == "complete")


def test_the_order_in_which_a_batch_is_evaluated_does_not_matter() -> None:
    assert _tried(study()) == _tried(study(), Backwards())


def test_the_seed_decides_and_nothing_else() -> None:
    assert _tried(study()) == _tried(study())
    other = _tried(study(search__seed=4))
    assert [trial.parameters for trial in other] != [trial.parameters for trial in _tried(study())]


@pytest.mark.parametrize("evaluations", [0, 33, 90])
def test_an_interrupted_search_ends_as_if_it_had_not_been(evaluations: int) -> None:
    storage = InMemoryStorage()
    with pytest.raises(KeyboardInterrupt):
        _search(study(), storage, Interrupted(evaluations)).run()
    assert _search(study(), storage, Here()).run() == _tried(study())


class Torn(InMemoryStorage):
    """A storage whose process dies at a change, before or after it is made."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 10**9

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if not name.startswith(("set_trial", "create_new_trial")):
            return found
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return found


def test_a_death_at_any_change_of_the_storage_changes_nothing() -> None:
    settings = study(
        search__trials=7,
        search__batch=3,
        search__startup_trials=2,
        search__pruner={"startup_trials": 2, "warm_up_parts": 1},
    )
    expected = _tried(settings)
    assert {trial.state for trial in expected} == {"complete", "pruned"}
    died = 0
    for changes in range(2, 10_000, 9):
        storage = Torn()
        search = _search(settings, storage, Here())
        storage.left = changes
        try:
            search.run()
        except KeyboardInterrupt:
            died += 1
        else:
            break
        storage.left = 10**9
        assert _search(settings, storage, Here()).run() == expected, changes
    assert died > 9


def test_the_journal_of_a_study_holds_all_of_it(tmp_path: Path) -> None:
    settings = study(search__trials=6)
    path = str(tmp_path / "optuna.journal")
    first = _search(settings, JournalStorage(JournalFileBackend(path)), Here()).run()
    again = _search(settings, JournalStorage(JournalFileBackend(path)), Interrupted(0))
    assert again.run() == first


def test_a_trial_that_cannot_be_evaluated_is_failed_and_counted() -> None:
    settings = study(
        parameters={"x": {"values": ["6", "7", "8"]}},
        objective__options={"fails_at": "7"},
        search__trials=12,
    )
    tried = _tried(settings)
    failed = [trial for trial in tried if trial.state == "failed"]
    assert len(tried) == 12 and failed
    assert {trial.parameters["x"] for trial in failed} == {"7"}
    assert failed[0].failure == "part 1: ZeroDivisionError: cannot be worked out"
    assert all(trial.value is None for trial in failed)


def test_a_grid_is_gone_through_point_by_point_once() -> None:
    settings = study(
        parameters={"x": {"values": ["6", "7", "8"]}, "y": {"choices": ["a", "b"]}},
        search__sampler="grid",
        search__trials=6,
    )
    points = [tuple(trial.parameters.values()) for trial in _tried(settings)]
    assert sorted(points) == sorted((x, y) for x in "678" for y in "ab")
    assert points != sorted(points)


def test_a_random_search_needs_no_history() -> None:
    tried = _tried(study(search__sampler="random", search__pruner={"kind": "none"}))
    assert {trial.state for trial in tried} == {"complete"}


@pytest.mark.parametrize(("figure", "value"), [("total", 6.0), ("mean", 2.0), ("sharpe", 2.0)])
def test_the_figure_that_is_searched_for(figure: str, value: float) -> None:
    assert figure_of(figure, [1.0, 2.0, 3.0]) == pytest.approx(value)


def test_results_that_do_not_vary_have_no_ratio_to_be_proud_of() -> None:
    assert figure_of("sharpe", [5.0, 5.0]) == 0.0
