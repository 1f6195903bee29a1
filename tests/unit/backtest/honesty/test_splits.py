"""Splits: nothing that is trained on overlaps in time what is tested."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.honesty.splits import Observations, Stretch, cut, purged, walk_forward

S = 1_000_000_000
PARTS = tuple(Stretch(n * 10 * S, (n + 1) * 10 * S) for n in range(6))


def _every_second(seconds: int, horizon_s: int = 0) -> Observations:
    return Observations(np.arange(seconds, dtype=np.int64) * S, horizon_ns=horizon_s * S)


def test_what_reaches_into_the_test_is_purged_and_what_follows_it_embargoed() -> None:
    seen = _every_second(100, horizon_s=5)
    found = seen.split(Stretch(40 * S, 60 * S), (Stretch(0, 100 * S),), embargo_ns=3 * S)
    # 35..39 know their outcome in the test; 60..64 are decided while the test's outcomes come out.
    assert found.tested.tolist() == list(range(40, 60))
    assert found.training.tolist() == [*range(35), *range(68, 100)]
    assert (found.purged, found.embargoed) == (10, 3)


def test_outcomes_of_their_own_length_are_purged_one_by_one() -> None:
    at = np.arange(10, dtype=np.int64)
    until = at.copy()
    until[0] = 7
    found = Observations(at, until).split(Stretch(6, 8), (Stretch(0, 10),))
    assert found.training.tolist() == [1, 2, 3, 4, 5, 8, 9]


def test_no_trained_observation_overlaps_a_tested_one_in_any_fold() -> None:
    chance = np.random.default_rng(2)
    at = np.sort(chance.integers(0, 1_000, 400))
    seen = Observations(at, at + chance.integers(0, 60, 400))
    tested = []
    for fold in seen.folds(5, embargo_ns=20):
        tested += fold.tested.tolist()
        for place in fold.tested.tolist():
            low, high = seen.at_ns[place], seen.until_ns[place]
            mine = fold.training
            assert not ((seen.at_ns[mine] <= high) & (seen.until_ns[mine] >= low)).any()
        last = int(seen.until_ns[fold.tested].max())
        after = seen.at_ns[fold.training][seen.at_ns[fold.training] > last]
        assert (after >= last + 20).all()
        assert len(fold.training) + len(fold.tested) + fold.purged + fold.embargoed == 400
    assert tested == list(range(400))


def test_observations_out_of_order_and_outcomes_before_decisions_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        Observations(np.array([2, 1]))
    with pytest.raises(ValueError, match="before its decision"):
        Observations(np.array([1, 2]), np.array([1, 1]))
    with pytest.raises(ValueError, match="0 observations"):
        Observations(np.array([], np.int64))


def test_a_stretch_is_cut_into_equal_pieces_without_a_gap() -> None:
    pieces = cut(Stretch(0, 11), 3)
    assert pieces == (Stretch(0, 4), Stretch(4, 8), Stretch(8, 11))
    with pytest.raises(ValueError, match="pieces"):
        cut(Stretch(0, 2), 3)
    with pytest.raises(ValueError, match="empty"):
        Stretch(5, 5)


def test_a_part_whose_outcomes_reach_the_test_is_not_trained_on() -> None:
    found = purged(PARTS, PARTS[3], horizon_ns=S, embargo_ns=2 * S)
    assert found.training == (PARTS[0], PARTS[1], PARTS[5])
    assert purged(PARTS, PARTS[3]).training == (*PARTS[:3], *PARTS[4:])


def test_walking_forward_trains_on_all_that_came_before() -> None:
    folds = walk_forward(PARTS, 2)
    assert [fold.tested for fold in folds] == [PARTS[4], PARTS[5]]
    assert [fold.training for fold in folds] == [PARTS[:4], PARTS[:5]]


def test_a_window_that_moves_trains_on_the_last_parts_before_the_horizon() -> None:
    folds = walk_forward(PARTS, 2, training_parts=2, horizon_ns=3 * S)
    assert [fold.training for fold in folds] == [PARTS[1:3], PARTS[2:4]]


def test_a_walk_without_anything_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="folds"):
        walk_forward(PARTS, 6)
    with pytest.raises(ValueError, match="nothing is left"):
        walk_forward(PARTS, 5, horizon_ns=3 * S)
