"""Values of bargaining theory that a correct implementation returns, to the last digit printed."""

from __future__ import annotations

import random

import pytest

from strategies.games.bargaining import equilibria, tactics


@pytest.mark.parametrize(
    ("pace", "time", "share"),
    [
        (0.2, 0.5, 0.03125),
        (0.2, 0.9, 0.59049),
        (5.0, 0.5, 0.870551),
        (5.0, 0.9, 0.979148),
        (1.0, 0.25, 0.25),
    ],
)
def test_polynomial_pace_gives_the_published_share(pace: float, time: float, share: float) -> None:
    assert tactics.polynomial_share(time, pace) == pytest.approx(share, abs=5e-7)


def test_exponential_pace_gives_the_published_share() -> None:
    assert tactics.exponential_share(0.5, 0.2, 0.05) == pytest.approx(0.073686, abs=5e-7)
    assert tactics.exponential_share(0.0, 0.2, 0.05) == pytest.approx(0.05)
    assert tactics.exponential_share(1.0, 0.2, 0.05) == 1.0


def test_an_exponential_pace_cannot_begin_at_nothing() -> None:
    with pytest.raises(ValueError, match=r"begins within \(0, 1\]"):
        tactics.exponential_share(0.5, 0.2, 0.0)


def test_relative_tit_for_tat_moves_in_their_proportion() -> None:
    assert tactics.relative_answer(20.0, [50.0, 40.0], 0.0, 100.0) == 25.0
    assert tactics.relative_answer(20.0, [50.0], 0.0, 100.0) == 20.0
    assert tactics.relative_answer(90.0, [50.0, 40.0], 0.0, 100.0) == 100.0


def test_absolute_tit_for_tat_moves_by_their_step() -> None:
    assert tactics.absolute_answer(20.0, [50.0, 43.0], 0.0, 100.0) == 27.0
    assert tactics.absolute_answer(20.0, [50.0, 43.0], 0.0, 25.0) == 25.0
    assert tactics.absolute_answer(20.0, [50.0], 0.0, 100.0, noise=-1.0) == 19.0


def test_averaged_tit_for_tat_moves_in_the_proportion_of_its_window() -> None:
    theirs = [80.0, 60.0, 50.0, 40.0]
    assert tactics.averaged_answer(20.0, theirs, 0.0, 100.0, window=3) == 40.0
    assert tactics.averaged_answer(20.0, theirs, 0.0, 100.0, window=1) == 25.0
    assert tactics.averaged_answer(20.0, theirs, 0.0, 100.0, window=4) == 20.0


@pytest.mark.parametrize(
    ("ours", "theirs", "share"),
    [(0.9, 0.9, 0.526316), (0.9, 0.8, 0.714286), (0.8, 0.9, 0.357143)],
)
def test_patience_decides_the_share_of_who_proposes_first(
    ours: float, theirs: float, share: float
) -> None:
    assert equilibria.first_share(ours, theirs) == pytest.approx(share, abs=5e-7)


@pytest.mark.parametrize(
    ("rounds", "share"), [(1, 1.0), (2, 0.1), (3, 0.91), (5, 0.8371), (20, 0.462328)]
)
def test_a_talk_of_so_many_rounds_is_solved_backwards(rounds: int, share: float) -> None:
    assert equilibria.first_share(0.9, 0.9, rounds) == pytest.approx(share, abs=5e-7)


def test_a_long_talk_is_like_an_endless_one() -> None:
    assert equilibria.first_share(0.9, 0.9, 200) == pytest.approx(0.526316, abs=5e-7)
    assert equilibria.first_share(0.9, 0.8, 400) == pytest.approx(0.714286, abs=5e-7)
    assert equilibria.first_share(0.9, 0.8, 401) == pytest.approx(0.714286, abs=5e-7)


def test_sealed_prices_realise_what_chatterjee_and_samuelson_proved() -> None:
    trade = equilibria.sealed_trade()
    assert (trade.gain, trade.chance) == (9 / 64, 9 / 32)
    assert equilibria.sealed_trade(0.0).gain == pytest.approx(1 / 6)


def test_sealed_prices_meet_exactly_where_the_buyer_is_a_quarter_above() -> None:
    chance = random.Random(5)
    for _ in range(1000):
        cost, value = chance.random(), chance.random()
        meets = equilibria.sealed_bid(value) >= equilibria.sealed_ask(cost)
        assert meets is (value >= cost + 0.25)


@pytest.mark.parametrize("cost", [0.0, 0.2, 0.7])
def test_the_best_single_ask_is_myersons(cost: float) -> None:
    asks = [step / 1000 for step in range(1001)]
    best = equilibria.best_ask(asks, lambda ask: ask - cost, lambda ask: 1.0 - ask)
    assert best == pytest.approx(equilibria.even_ask(cost), abs=1e-9)
