"""What Optuna is given: distributions of indexes, samplers seeded by trial, a pruner by batch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.pruners import BasePruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from backtest.studies.settings import Axis, SearchSettings


def derived_seed(seed: int, name: str, number: int) -> int:
    """A seed of 32 bits for one purpose."""
    digest = hashlib.sha256(f"{seed}/{name}/{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def distribution_of(axis: Axis) -> BaseDistribution:
    """Indexes of the axis: what is suggested is a whole number, the value is made of it exactly."""
    if axis.ordered:
        return IntDistribution(0, axis.count - 1)
    return CategoricalDistribution(tuple(range(axis.count)))


def sampler_of(
    settings: SearchSettings, axes: Mapping[str, Axis], name: str, number: int
) -> BaseSampler:
    """Of one trial by its number: what it suggests depends on the storage and the seed alone."""
    if settings.sampler == "grid":
        return GridSampler(axes, derived_seed(settings.seed, name, -1))
    seed = derived_seed(settings.seed, name, number)
    if settings.sampler == "random":
        return RandomSampler(seed=seed)
    return TPESampler(
        seed=seed,
        multivariate=True,
        constant_liar=True,
        n_startup_trials=settings.startup_trials,
    )


def pruner_of(settings: SearchSettings) -> BasePruner:
    """As the settings say."""
    return NopPruner() if settings.pruner.kind == "none" else BatchMedianPruner(settings)


class GridSampler(BaseSampler):
    """Every point of the grid once, in an order drawn once; a trial's point goes by its number.

    Optuna's own ends `optimize`, and knows no trials that are asked for.
    """

    def __init__(self, axes: Mapping[str, Axis], seed: int) -> None:
        self._counts = {name: axis.count for name, axis in axes.items()}
        points = int(np.prod([*self._counts.values()], dtype=np.int64))
        self._order = np.random.default_rng(seed).permutation(points)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Nothing is drawn together."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is drawn together."""
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> int:
        """The index of one parameter at the trial's point."""
        place = np.unravel_index(self._order[trial.number], tuple(self._counts.values()))
        return int(place[list(self._counts).index(param_name)])


class BatchMedianPruner(BasePruner):
    """Gives up a trial whose figure after a part is below the median there of the trials of earlier
    batches that were completed.

    Not of its own batch, as Optuna's would: which of them are told first must not matter.
    """

    def __init__(self, settings: SearchSettings) -> None:
        self._batch = settings.batch
        self._settings = settings.pruner

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether to give it up."""
        step = trial.last_step
        if step is None or step < self._settings.warm_up_parts:
            return False
        first = trial.number - trial.number % self._batch
        others = [
            other.intermediate_values[step]
            for other in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if other.number < first and step in other.intermediate_values
        ]
        if len(others) < self._settings.startup_trials:
            return False
        return trial.intermediate_values[step] < median(others)
