"""The probability of overfitting against a count by hand, against noise and against a true edge."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
from scipy.special import ndtri

from backtest.honesty.overfitting import blocks_for, overfitting
from backtest.honesty.sharpe import Floats

DAYS = 240
TRIALS = 30


def _noise(seed: int, days: int = DAYS, trials: int = TRIALS) -> Floats:
    return np.random.default_rng(seed).normal(0.0, 1.0, (days, trials))


def _by_hand(returns: Floats, blocks: int) -> list[float]:
    """The logits, choice by choice, as the paper says them."""
    pieces = np.array_split(returns, blocks)
    found = []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([pieces[n] for n in chosen])
        outside = np.concatenate([pieces[n] for n in range(blocks) if n not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1)))
        shown = list(outside.mean(axis=0) / outside.std(axis=0, ddof=1))
        rank = sorted(shown).index(shown[best]) + 1
        share = rank / (len(shown) + 1)
        found.append(log(share / (1 - share)))
    return found


@pytest.mark.parametrize(("days", "blocks"), [(60, 6), (61, 8), (24, 2), (47, 10)])
def test_the_logits_are_those_worked_out_by_hand(days: int, blocks: int) -> None:
    returns = _noise(days, days, 7)
    returns[:, 2] += 0.1
    found = overfitting(returns, blocks)
    by_hand = _by_hand(returns, blocks)
    assert found.logits == pytest.approx(by_hand)
    assert found.probability == pytest.approx(sum(n <= 0 for n in by_hand) / len(by_hand))


def test_the_best_of_noise_is_below_the_middle_half_of_the_time() -> None:
    found = [overfitting(_noise(seed), 10).probability for seed in range(40)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.08)


def test_a_true_edge_is_found_again_where_it_was_not_chosen() -> None:
    returns = _noise(3)
    returns[:, 11] += 0.6
    found = overfitting(returns, 16)
    assert found.choices == 12_870
    assert found.probability < 0.02
    assert found.probability_of_loss < 0.02


def test_a_trial_that_lives_of_one_stretch_is_overfitted() -> None:
    # Each trial made all its money in a stretch of its own, and loses elsewhere: whatever is best
    # inside is bad outside.
    returns = _noise(5, 160, 16) * 0.01
    for trial, piece in enumerate(np.array_split(np.arange(160), 16)):
        returns[:, trial] -= 0.1
        returns[piece, trial] += 3.0
    found = overfitting(returns, 16)
    assert found.probability > 0.95
    assert found.probability_of_loss > 0.95


def _normals_of_r(seed: int, count: int) -> Floats:
    """`set.seed(seed); rnorm(count)` of R: Mersenne twister, by inversion with two draws each."""
    scrambled, words = seed, []
    for _ in range(50 + 625):
        scrambled = (69069 * scrambled + 1) & 0xFFFFFFFF
        words.append(scrambled)
    chance = np.random.RandomState()
    chance.set_state(("MT19937", np.array(words[51:], np.uint32), 624))
    drawn = chance.randint(0, 1 << 32, 2 * count, np.uint64) * 2.3283064365386963e-10
    high, low = drawn[0::2], drawn[1::2]
    found: Floats = ndtri(((1 << 27) * high).astype(np.int64) / (1 << 27) + low / (1 << 27))
    return found


def test_the_published_example_of_full_overfitting_comes_out_to_its_digits() -> None:
    # The vignette of R's package `pbo` (the paper's first test case): 100 trials of 2,400 days, all
    # with the same ratio over the whole, 8 blocks. It prints p_bo 1, p_loss 1, adjusted R squared
    # 0.97, and as "slope" the intercept of the ratio inside on the ratio outside, -0.0030456.
    returns = _normals_of_r(765, 2_400 * 100).reshape(100, 2_400).T
    returns *= 252**-0.5 / returns.std(axis=0, ddof=1)
    returns -= returns.mean(axis=0)
    found = overfitting(returns - 0.03 / 252, 8)
    assert (found.probability, found.probability_of_loss) == (1.0, 1.0)
    slope, intercept = np.polyfit(found.outside, found.inside, 1)
    assert intercept == pytest.approx(-0.0030456, abs=5e-8)
    left = found.inside - slope * found.outside - intercept
    adjusted = 1.0 - left.var() / found.inside.var() * (found.choices - 1) / (found.choices - 2)
    assert adjusted == pytest.approx(0.97, abs=5e-3)


def test_large_levels_do_not_drown_the_ratio() -> None:
    returns = _noise(8, 64, 5) * 1e-6 + 1e3
    assert overfitting(returns, 8).logits == pytest.approx(_by_hand(returns, 8))


def test_the_slope_is_that_of_the_least_squares() -> None:
    found = overfitting(_noise(4, 60, 6), 6)
    assert found.slope == pytest.approx(np.polyfit(found.inside, found.outside, 1)[0])


def test_trials_that_stand_still_have_the_ratio_zero_and_share_their_ranks() -> None:
    found = overfitting(np.full((16, 3), 0.1), 4)
    assert (found.inside == 0.0).all() and (found.outside == 0.0).all()
    # Three equal ones: each in the middle, and the middle is not above the middle.
    assert (found.logits == 0.0).all()
    assert found.probability == 1.0


@pytest.mark.parametrize(
    ("returns", "blocks"),
    [
        (np.zeros((40, 1)), 4),
        (np.zeros(40), 4),
        (np.full((40, 3), np.nan), 4),
        (np.zeros((40, 3)), 5),
        (np.zeros((40, 3)), 22),
        (np.zeros((7, 3)), 4),
    ],
)
def test_what_cannot_be_cut_is_refused(returns: Floats, blocks: int) -> None:
    with pytest.raises(ValueError, match=r"blocks|trials"):
        overfitting(returns, blocks)


@pytest.mark.parametrize(("periods", "blocks"), [(400, 16), (33, 16), (20, 10), (11, 4), (4, 2)])
def test_blocks_are_as_many_as_the_periods_allow(periods: int, blocks: int) -> None:
    assert blocks_for(periods) == blocks
    overfitting(_noise(1, max(periods, 4), 2), blocks)
