"""What a study says: `result.json` of its folder."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import msgspec
import numpy as np

from backtest.honesty.overfitting import blocks_for, overfitting
from backtest.honesty.sharpe import (
    annualised,
    deflated_sharpe,
    minimum_track_record,
    moments_of,
    probabilistic_sharpe,
    variance_of,
)
from backtest.studies.crossing import Crossed
from backtest.studies.search import Tried
from backtest.studies.settings import Statistics
from robot.errors import ConfigurationError

FILE = "result.json"
PERIODS_MIN = 8
"""For a cross-validation: four blocks of two."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Results by period, in the unit of the objective. None = it cannot be said."""

    periods: int
    total: float
    mean: float
    sharpe: float | None
    """Per period."""
    sharpe_annual: float | None
    worst: float
    """The smallest result of a period."""
    drawdown: float
    """The largest fall of the sum from its highest so far, positive."""
    probability: float | None
    """That the true Sharpe ratio is above zero, as if nothing had been chosen."""


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the walk forward."""

    training: tuple[tuple[int, int], ...]
    """Stretches, from and until, nanoseconds UTC."""
    tested: tuple[int, int]
    purged: int
    """Parts before the test left out because their outcomes reach into it."""
    trials: int
    parameters: dict[str, str]
    """The best of its own search."""
    train: Figures
    test: Figures


class Deflation(msgspec.Struct, frozen=True, kw_only=True):
    """The best trial's ratio after the choice; see `backtest.honesty.sharpe`."""

    trials: int
    variance: float
    """Of the trials' ratios per period."""
    benchmark: float
    """The best ratio per period that as many worthless trials would show."""
    probability: float | None
    """The deflated Sharpe ratio."""
    noise_benchmark: float
    """The same by the variance that the ratio of worthless results of that length has: the trials'
    own is larger where many are bad, smaller where they are alike.
    """
    noise_probability: float | None
    track_record: float | None
    """Periods that the ratio needs to be above zero with the confidence; None: no length does."""


class Overfit(msgspec.Struct, frozen=True, kw_only=True):
    """See `backtest.honesty.overfitting`; `why_not` where it cannot be said."""

    probability: float | None = None
    choices: int = 0
    blocks: int = 0
    trials: int = 0
    slope: float | None = None
    probability_of_loss: float | None = None
    why_not: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Trials of the search by how they ended."""

    complete: int
    pruned: int
    failed: int

    @property
    def total(self) -> int:
        """All of them: what a ratio is deflated by."""
        return self.complete + self.pruned + self.failed


class StudyResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report says of a search. The same whoever evaluated, and after a break."""

    name: str
    figure: str
    """What was searched for: sharpe, mean or total."""
    seed: int
    code_version: str
    config_hash: str
    data_hashes: dict[str, str]
    counts: Counts
    walk_forward_trials: int
    training: tuple[tuple[int, int], ...]
    """The parts that were searched on, from and until, nanoseconds UTC."""
    purged: tuple[tuple[int, int], ...]
    """Left out, because their outcomes reach the validation."""
    validation: tuple[tuple[int, int], ...]
    best_trial: int
    parameters: dict[str, str]
    """Of the best trial on the training parts."""
    train: Figures
    validated: Figures
    folds: tuple[Fold, ...]
    walked: Figures | None
    """The results of all folds' tests, one after the other."""
    deflated: Deflation
    overfit: Overfit
    crossed: Crossed
    assumptions: tuple[str, ...]
    """What was taken for granted; printed with the result."""


def figures_of(returns: Sequence[float], statistics: Statistics) -> Figures:
    """Of results by period."""
    values = np.asarray(returns, np.float64)
    moments = moments_of(values)
    sums = np.concatenate(([0.0], values.cumsum()))
    sharpe = _said(moments.sharpe)
    per_year = float(statistics.periods_per_year)
    return Figures(
        periods=len(values),
        total=float(values.sum()),
        mean=float(values.mean()),
        sharpe=sharpe,
        sharpe_annual=None if sharpe is None else annualised(sharpe, per_year),
        worst=float(values.min()),
        drawdown=float((np.maximum.accumulate(sums) - sums).max()),
        probability=_said(probabilistic_sharpe(moments)),
    )


def deflation_of(best: Tried, tried: Sequence[Tried], statistics: Statistics) -> Deflation:
    """The best trial's ratio against all that were tried, those given up early too."""
    ratios = [moments_of(trial.joined).sharpe for trial in tried if trial.returns]
    moments = moments_of(best.joined)
    found = deflated_sharpe(moments, len(tried), variance_of(ratios))
    noise = deflated_sharpe(moments, len(tried), 1.0 / max(moments.observations - 1, 1))
    return Deflation(
        trials=found.trials,
        variance=found.variance,
        benchmark=found.benchmark,
        probability=_said(found.probability),
        noise_benchmark=noise.benchmark,
        noise_probability=_said(noise.probability),
        track_record=_said(minimum_track_record(moments, confidence=float(statistics.confidence))),
    )


def overfit_of(tried: Sequence[Tried], blocks: int) -> Overfit:
    """Of the trials that were completed: only they have all periods."""
    rows = [trial.joined for trial in tried if trial.state == "complete"]
    if len(rows) < 2:
        return Overfit(why_not=f"{len(rows)} trials were completed, two are due")
    if len({len(row) for row in rows}) != 1:
        return Overfit(why_not="the trials do not have the same periods")
    if len(rows[0]) < PERIODS_MIN:
        return Overfit(why_not=f"{len(rows[0])} periods, {PERIODS_MIN} are due")
    found = overfitting(np.array(rows).T, min(blocks, blocks_for(len(rows[0]))))
    return Overfit(
        probability=found.probability,
        choices=found.choices,
        blocks=found.blocks,
        trials=found.trials,
        slope=found.slope,
        probability_of_loss=found.probability_of_loss,
    )


def write_result(result: StudyResult, folder: Path) -> None:
    """`result.json`, whole or not at all."""
    path, aside = folder / FILE, folder / f"{FILE}.new"
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    aside.replace(path)


def read_result(folder: Path) -> StudyResult:
    """Of a study that has ended."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=StudyResult)
    except OSError as problem:
        text = f"{path}: cannot be read: {problem.strerror}; has the study ended?"
        raise ConfigurationError(f"{text} fxrobot backtest study resume {folder}") from problem
    except (msgspec.ValidationError, msgspec.DecodeError) as problem:
        raise ConfigurationError(f"{path}: is not the result of a study: {problem}") from problem


def _said(value: float) -> float | None:
    return value if isfinite(value) else None
