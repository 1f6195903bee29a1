"""Holding and hedging: the band, the speed, and never away from flat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from strategies.games.hedging.hold_or_hedge import Band, best_speed, reduce_only
from strategies.games.quoting.authored import Authored, policy_of
from strategies.games.quoting.dealer import best_policy, solve
from strategies.games.quoting.franchise import Franchise
from strategies.games.quoting.long_run import chain, neutralisation_minutes, stationary, values


def test_the_published_band_and_what_is_hedged_beyond_it() -> None:
    of = Franchise()
    policy = solve(of)
    assert policy.band in (14, 15)
    assert 0.02 <= stationary(of, policy).hedged_share <= 0.03


def test_the_flat_desk_hedges_a_fifth_of_its_volume() -> None:
    of = Franchise()
    flat = policy_of(of, Authored((0.27, 0.27), 0.0, Band(10.0)))
    assert 0.19 <= stationary(of, flat).hedged_share <= 0.25


def test_risk_is_neutralised_as_fast_as_published() -> None:
    of = Franchise(gamma=1e-2)
    assert neutralisation_minutes(of, solve(of)) == pytest.approx(1.38, abs=0.1)


def test_within_the_band_nothing_is_hedged_and_beyond_it_back_to_it() -> None:
    band = Band(20.0, urgency=400.0, speed_max=1_000.0)
    positions = np.array([-30.0, -20.0, 0.0, 20.0, 21.0, 300.0])
    assert band.speed(positions).tolist() == [1_000.0, 0.0, 0.0, 0.0, -400.0, -1_000.0]
    assert band.amount(20.0, 1.0) == band.amount(-20.0, 1.0) == 0.0
    assert band.amount(22.0, 0.001) == pytest.approx(-0.8)
    assert band.amount(22.0, 1.0) == -2.0
    assert band.amount(-300.0, 0.01) == pytest.approx(10.0)


def test_a_hedge_takes_no_more_than_its_share_of_the_market() -> None:
    band = Band(20.0, share_max=0.1)
    assert band.amount(60.0, 1.0, volume=50.0) == pytest.approx(-5.0)
    assert band.amount(60.0, 1.0, volume=0.0) == 0.0


@pytest.mark.parametrize("odd", [float("nan"), -1.0, 0.0])
def test_what_is_no_time_or_no_volume_hedges_nothing(odd: float) -> None:
    band = Band(20.0)
    assert band.amount(60.0, odd) == band.amount(60.0, 1.0, volume=odd) == 0.0
    assert band.amount(float("nan"), 1.0) == 0.0


def test_a_hedge_never_makes_a_position_larger_nor_turns_it() -> None:
    chance = np.random.default_rng(5)
    for _ in range(2_000):
        position, amount = chance.normal(0, 50, 2)
        left = position + reduce_only(position, amount)
        assert abs(left) <= abs(position) and left * position >= 0
        band = Band(chance.uniform(0, 30), urgency=10 ** chance.uniform(0, 6))
        left = position + band.amount(position, 10 ** chance.uniform(-6, 2))
        assert abs(left) <= abs(position) and left * position >= 0


def test_impact_that_pays_to_push_the_price_is_not_hedged_for() -> None:
    """With lasting impact and little risk aversion more is worth most where one is long already."""
    position = np.array([-100.0, 0.0, 100.0])
    worth = 5e-3 * position  # what impact alone brings for each M more
    assert best_speed(position, worth, worth, psi=0.1, eta=1e-5).tolist() == [0.0, 0.0, 0.0]
    of = Franchise(gamma=1e-4)
    theta, _ = values(chain(of, solve(of)))
    free = np.gradient(theta) + of.impact * of.positions
    assert (free * of.positions > 0).any()  # so the cut has something to do
    assert (best_policy(of, theta).speed * of.positions <= 0).all()


def test_bands_that_cannot_be_meant_are_refused() -> None:
    usual = Band(10.0)
    for wrong in ({"comfortable": -1.0}, {"urgency": -1.0}, {"share_max": 1.5}):
        with pytest.raises(ValueError, match=r"negative|between"):
            replace(usual, **wrong)
