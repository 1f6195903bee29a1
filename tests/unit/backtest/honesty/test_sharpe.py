"""Sharpe ratios against the examples of their papers, and against chance."""

from __future__ import annotations

from math import inf, isnan, sqrt

import numpy as np
import pytest

from backtest.honesty.sharpe import (
    Moments,
    annualised,
    deflated_sharpe,
    expected_maximum,
    minimum_track_record,
    moments_of,
    probabilistic_sharpe,
    variance_of,
)

DAILY = 250


def test_moments_are_those_of_their_definitions() -> None:
    values = [0.02, -0.01, 0.03, 0.00, -0.04, 0.01]
    found = moments_of(values)
    mean = sum(values) / 6
    powers = [sum((value - mean) ** n for value in values) / 6 for n in range(5)]
    assert found.observations == 6
    assert found.sharpe == pytest.approx(mean / sqrt(powers[2] * 6 / 5))
    assert found.skewness == pytest.approx(powers[3] / powers[2] ** 1.5)
    assert found.kurtosis == pytest.approx(powers[4] / powers[2] ** 2)


@pytest.mark.parametrize("returns", [[], [0.1], [0.1, 0.1, 0.1]])
def test_returns_that_do_not_vary_have_no_ratio(returns: list[float]) -> None:
    found = moments_of(returns)
    assert isnan(found.sharpe)
    assert isnan(probabilistic_sharpe(found))
    assert isnan(minimum_track_record(found))


@pytest.mark.parametrize("returns", [[0.1, float("nan")], [0.1, inf], [[0.1], [0.2]]])
def test_returns_that_are_no_numbers_are_refused(returns: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        moments_of(returns)


def test_the_probabilistic_ratio_is_that_of_the_papers_example() -> None:
    # Two years of months, 1.59 a year: 0.982 if normal, 0.913 with the skewness of the example.
    normal = Moments(24, 0.458)
    skewed = Moments(24, 0.458, skewness=-2.448, kurtosis=10.164)
    assert probabilistic_sharpe(normal) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(skewed) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(
    ("periods", "skewness", "kurtosis", "years"),
    [(250, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_minimum_track_record_is_that_of_the_papers_table(
    periods: int, skewness: float, kurtosis: float, years: float
) -> None:
    # A ratio of 2 a year, to be above 1 with 95 %.
    moments = Moments(0, 2 / sqrt(periods), skewness, kurtosis)
    needed = minimum_track_record(moments, 1 / sqrt(periods))
    assert needed / periods == pytest.approx(years, abs=5e-3)


def test_at_its_minimum_length_the_ratio_has_exactly_the_confidence() -> None:
    moments = Moments(0, 0.1, -0.5, 4.0)
    length = minimum_track_record(moments, 0.02, 0.9)
    # Any whole number of observations is on one side of it.
    below = probabilistic_sharpe(Moments(int(length), 0.1, -0.5, 4.0), 0.02)
    above = probabilistic_sharpe(Moments(int(length) + 1, 0.1, -0.5, 4.0), 0.02)
    assert below < 0.9 <= above


def test_a_ratio_that_is_not_above_the_benchmark_needs_for_ever() -> None:
    assert minimum_track_record(Moments(100, 0.05), 0.05) == inf


@pytest.mark.parametrize(
    ("trials", "skewness", "kurtosis", "probability"),
    [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505), (88, 0.0, 3.0, 0.9505)],
)
def test_the_deflated_ratio_is_that_of_the_papers_example(
    trials: int, skewness: float, kurtosis: float, probability: float
) -> None:
    # Five years of days, 2.5 a year, the variance of the trials' yearly ratios a half.
    chosen = Moments(1250, 2.5 / sqrt(DAILY), skewness, kurtosis)
    found = deflated_sharpe(chosen, trials, 0.5 / DAILY)
    assert found.probability == pytest.approx(probability, abs=5e-5)
    if trials == 100:
        assert found.benchmark == pytest.approx(0.1132, abs=5e-5)


def test_the_best_of_worthless_trials_is_about_what_is_expected() -> None:
    chance = np.random.default_rng(11)
    best = chance.normal(0.0, 0.05, (4_000, 60)).max(axis=1).mean()
    assert expected_maximum(60, 0.05**2) == pytest.approx(best, rel=0.02)


def test_one_trial_is_not_deflated() -> None:
    chosen = Moments(500, 0.08)
    assert deflated_sharpe(chosen, 1, 0.0).probability == probabilistic_sharpe(chosen)


def test_more_trials_leave_less_of_a_ratio() -> None:
    chosen = Moments(500, 0.12)
    left = [deflated_sharpe(chosen, trials, 0.002).probability for trials in (1, 10, 100, 1_000)]
    assert left == sorted(left, reverse=True)
    assert left[0] > 0.99 and left[-1] < 0.5


def test_no_trials_and_a_negative_variance_are_refused() -> None:
    for trials, variance in ((0, 0.1), (3, -0.1), (3, float("nan"))):
        with pytest.raises(ValueError, match="trials"):
            expected_maximum(trials, variance)


def test_trials_without_a_ratio_are_left_out_of_the_variance() -> None:
    assert variance_of([0.1, float("nan"), 0.3]) == pytest.approx(0.02)
    assert variance_of([0.1]) == 0.0


def test_a_yearly_ratio_is_the_daily_one_times_the_root_of_its_days() -> None:
    assert annualised(0.1, 256) == pytest.approx(1.6)
