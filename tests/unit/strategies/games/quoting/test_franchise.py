"""Quotes as a trader writes them and as they are solved, on the published franchise."""

from __future__ import annotations

import numpy as np
import pytest

from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep, policy_of
from strategies.games.quoting.dealer import solve
from strategies.games.quoting.franchise import Franchise, Policy
from strategies.games.quoting.ladder import Ladder
from strategies.games.quoting.long_run import (
    chain,
    score_from_flat,
    shares,
    stationary,
    values,
)

LENGTH_KEUR = 0.05 * 0.1
"""bp M a day -> thousands of the currency in 72 minutes, as the published scores are told."""
WRITTEN = Authored((0.27, 0.13), 0.005, Band(20.0))


@pytest.fixture(scope="module")
def usual() -> tuple[Franchise, Policy]:
    of = Franchise()
    return of, solve(of)


def test_the_look_up_gives_the_policy_where_it_is_known(usual: tuple[Franchise, Policy]) -> None:
    of, policy = usual
    found = Ladder(of, policy)
    for position, tier, place in ((0, 0, 0), (50, 0, 0), (-73, 1, 3), (200, 1, 5)):
        bid, ask = policy.distances[position + of.position_max, tier, place]
        assert found.quote(position, tier, of.sizes[place]) == (bid, ask)
    assert found.speed(40) == policy.speed[of.position_max + 40]


def test_the_look_up_lies_between_what_it_lies_between(usual: tuple[Franchise, Policy]) -> None:
    of, policy = usual
    found = Ladder(of, policy)
    low, high = found.quote(10, 0, 5), found.quote(11, 0, 10)
    between = found.quote(10.5, 0, 7.5)
    assert low.bid < between.bid < high.bid
    assert min(low.ask, high.ask) < between.ask < max(low.ask, high.ask)


def test_the_look_up_does_not_quote_past_the_largest(usual: tuple[Franchise, Policy]) -> None:
    found = Ladder(*usual)
    assert found.quote(0, 0, 50.1) == found.quote(251, 0, 1) == found.quote(0, 0, 0) == (None, None)
    assert found.quote(float("nan"), 0, 1) == (None, None)
    bid, ask = found.quote(240, 0, 20)
    assert bid is None and ask is not None
    assert found.quote(230.5, 0, 20).bid is None  # from there it would pass the largest


def test_clients_who_read_prices_see_no_lean(usual: tuple[Franchise, Policy]) -> None:
    flat, read = Ladder(*usual), Ladder(*usual, unleaned=(1,))
    assert read.quote(60, 1, 5) == flat.quote(0, 1, 5) != flat.quote(60, 1, 5)
    assert read.quote(60, 0, 5) == flat.quote(60, 0, 5)
    written = Authored((0.27, 0.13), 0.01, Band(20.0), unleaned=(1,))
    assert written.quote(60, 1, 5) == written.quote(0, 1, 5) == (0.13, 0.13)
    assert written.distances(*_one(60, 1, 5, 1))[0] == 0.13


def _one(held: float, tier: int, size: float, sign: int) -> tuple[np.ndarray, ...]:
    return np.array([held]), np.array([tier]), np.array([float(size)]), np.array([sign])


def test_a_written_quote_is_the_same_for_one_and_for_many() -> None:
    steps = (SizeStep(5, 0.02), SizeStep(20, 0.1))
    written = Authored((0.3, 0.1), 0.02, Band(10.0), lean_max=0.7, steps=steps, size_max=40)
    for held in (-90.0, -3.5, 0.0, 12.0, 60.0):
        for tier in (0, 1):
            for size in (0.5, 5.0, 5.5, 20.0, 21.0, 40.0):
                bid, ask = written.quote(held, tier, size)
                assert written.distances(*_one(held, tier, size, 1))[0] == pytest.approx(bid)
                assert written.distances(*_one(held, tier, size, -1))[0] == pytest.approx(ask)
    assert written.quote(0, 0, 41) == (None, None)
    assert written.distances(*_one(0, 0, 41, 1))[0] == np.inf


def test_a_written_lean_ends_at_its_maximum_and_prices_never_cross() -> None:
    written = Authored((0.2,), 0.05, Band(5.0), lean_max=0.6)
    for held in np.linspace(-300, 300, 61):
        bid, ask = written.quote(float(held), 0, 10)
        assert abs(bid - 0.2) <= 0.6 + 1e-12 and abs(ask - 0.2) <= 0.6 + 1e-12
        assert bid + ask >= 0.4 - 1e-12


@pytest.mark.parametrize(
    "wrong",
    [
        {"margins": (-0.1,)},
        {"margins": ()},
        {"lean": -0.01},
        {"lean_max": -1.0},
        {"steps": (SizeStep(10, 0.1), SizeStep(5, 0.2))},
        {"steps": (SizeStep(10, -0.1),)},
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    usual = {"margins": (0.1,), "lean": 0.01, "hedge": Band(10.0)}
    with pytest.raises(ValueError, match=r"negative|rise"):
        Authored(**{**usual, **wrong})  # type: ignore[arg-type]


def test_nothing_that_is_written_scores_better_than_the_solution(
    usual: tuple[Franchise, Policy],
) -> None:
    of, policy = usual
    best = stationary(of, policy).score * LENGTH_KEUR
    written = stationary(of, policy_of(of, WRITTEN)).score * LENGTH_KEUR
    flat = Authored((0.27, 0.13), 0.0, Band(10.0))
    assert best > written > 0.95 * best
    assert stationary(of, policy_of(of, flat)).score * LENGTH_KEUR < 0.5 * best
    assert written / best > 7.2 / 7.62  # of the published scores, which are of other draws
    assert 0 < score_from_flat(of, policy, 0.05) * 0.1 - best < 0.02 * best  # flat begins better


def test_shares_of_the_time_balance_at_every_position(usual: tuple[Franchise, Policy]) -> None:
    of, policy = usual
    moving = chain(of, policy)
    share = shares(moving)
    theta, worth = values(moving)
    for step, rate in moving.rates.items():
        assert rate[share > 0].min() >= 0, step
    flow = np.zeros_like(share)
    growth = np.zeros_like(share)
    for step, rate in moving.rates.items():
        here = np.nonzero(rate)[0]
        np.add.at(flow, here + step, share[here] * rate[here])
        np.add.at(flow, here, -share[here] * rate[here])
        growth[here] += rate[here] * (theta[here + step] - theta[here])
    assert share.sum() == pytest.approx(1) and np.abs(flow).max() < 1e-9
    # Bellman: what each position earns and what it becomes is worth the same day everywhere.
    inner = slice(50, -50)
    assert (moving.gain + growth)[inner] == pytest.approx(np.full(401, worth), rel=1e-6, abs=1e-3)


def test_tiers_that_ask_at_rates_of_their_own_are_solved_so() -> None:
    usual = Franchise(position_max=100)
    same = Franchise(position_max=100, own_rates=usual.rates)
    more = Franchise(position_max=100, own_rates=(usual.rates[0], (0.0,) * 6))
    assert (solve(same).distances == solve(usual).distances).all()
    assert stationary(more, solve(more)).turnover < 0.5 * stationary(same, solve(same)).turnover
