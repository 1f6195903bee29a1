"""Splits: nothing that is trained on overlaps in time what is tested."""

from __future__ import annotations

import pytest

from backtest.honesty.splits import Stretch, combinatorial, cut, purged, walk_forward

S = 1_000_000_000
PARTS = tuple(Stretch(n * 10 * S, (n + 1) * 10 * S) for n in range(6))


def test_a_stretch_is_cut_into_equal_pieces_without_a_gap() -> None:
    pieces = cut(Stretch(0, 11), 3)
    assert pieces == (Stretch(0, 4), Stretch(4, 8), Stretch(8, 11))
    with pytest.raises(ValueError, match="pieces"):
        cut(Stretch(0, 2), 3)
    with pytest.raises(ValueError, match="empty"):
        Stretch(5, 5)


def test_a_part_whose_outcomes_reach_the_test_is_not_trained_on() -> None:
    found = purged(PARTS, PARTS[3], horizon_ns=S)
    assert found.training == (PARTS[0], PARTS[1], PARTS[5])
    assert purged(PARTS, PARTS[3]).training == (*PARTS[:3], *PARTS[4:])


def test_every_choice_of_groups_is_tested_once_and_purged_on_both_sides() -> None:
    splits = list(combinatorial(PARTS, 3, 1, horizon_ns=S))
    assert [split.tested for split in splits] == [(0, 1), (2, 3), (4, 5)]
    assert [split.training for split in splits] == [(3, 4, 5), (0, 5), (0, 1, 2)]
    assert [split.purged for split in splits] == [1, 2, 1]


def test_the_embargo_leaves_out_what_follows_a_test_and_nothing_before_it() -> None:
    (first, middle, last) = combinatorial(PARTS, 3, 1, horizon_ns=S, embargo_ns=12 * S)
    assert (first.training, first.embargoed) == ((4, 5), 1)
    assert (middle.training, middle.embargoed) == ((0,), 1)
    assert (last.training, last.embargoed) == ((0, 1, 2), 0)


def test_nothing_trained_on_is_near_any_of_the_tested_groups() -> None:
    parts = cut(Stretch(0, 240 * S), 24)
    horizon, embargo = 3 * S, 9 * S
    splits = list(combinatorial(parts, 6, 2, horizon_ns=horizon, embargo_ns=embargo))
    assert len(splits) == 15
    for split in splits:
        for here in split.training:
            for there in split.tested:
                mine, tested = parts[here], parts[there]
                before = mine.until_ns + horizon <= tested.start_ns
                assert before or mine.start_ns >= tested.until_ns + horizon + embargo
        left = len(split.training) + len(split.tested) + split.purged + split.embargoed
        assert left == len(parts)
    tested = [place for split in splits for place in split.tested]
    assert {tested.count(place) for place in range(24)} == {5}


def test_groups_that_leave_nothing_are_refused() -> None:
    for groups, tested in ((3, 3), (7, 1), (3, 0)):
        with pytest.raises(ValueError, match="groups"):
            next(combinatorial(PARTS, groups, tested))
    with pytest.raises(ValueError, match="embargo"):
        next(combinatorial(PARTS, 3, 1, embargo_ns=-1))


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
