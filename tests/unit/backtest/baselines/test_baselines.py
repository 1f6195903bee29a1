"""Published market-making tables come out of the simulations, within their standard errors.

Seeds are fixed, tolerances are not fitted to them: a cell is compared in units of the error of the
difference (our paths and the published ones), and of several the bound is Bonferroni's at 5 %.
"""

from __future__ import annotations

import numpy as np
import pytest

from backtest.baselines import avellaneda_stoikov as paper
from backtest.baselines.dealer_paths import Days, DealerDesk, Optimal, Written, simulate
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored
from strategies.games.quoting.dealer import solve, spreads
from strategies.games.quoting.franchise import Franchise, Policy
from strategies.games.quoting.long_run import Stationary, neutralisation_minutes, stationary

PATHS = 6_000
SEED = 7
LENGTH = 0.05
"""Days of the dealer, as published."""


def test_avellaneda_and_stoikov_tables_come_out_cell_by_cell() -> None:
    off = {}
    for (gamma, strategy), published in paper.PAPER.items():
        found = paper.simulate(gamma, strategy, PATHS, SEED, paper.Market())
        assert abs(found.spread - published.spread) < 0.015  # printed to 0.01, of the middle step
        off[gamma, strategy] = paper.scores(found, PATHS, published, paper.PAPER_PATHS)
    worst = max(abs(score) for cells in off.values() for score in cells)
    assert worst <= paper.SCORE_MAX, off


def test_leaning_costs_little_profit_and_halves_what_it_varies() -> None:
    market = paper.Market()
    lean = paper.simulate(0.1, paper.INVENTORY, PATHS, SEED, market)
    plain = paper.simulate(0.1, paper.SYMMETRIC, PATHS, SEED, market)
    assert lean.profit > 0.9 * plain.profit
    assert lean.profit_sd < 0.6 * plain.profit_sd


def plain(lean: float, band: float) -> DealerDesk:
    """Margins of 0.27 and 0.13 bp, as written by a trader."""
    return Written(Franchise(), Authored((0.27, 0.13), lean, Band(band)))


@pytest.fixture(scope="module")
def usual() -> tuple[Franchise, Policy, Stationary]:
    of = Franchise()
    policy = solve(of)
    return of, policy, stationary(of, policy)


@pytest.fixture(scope="module")
def dealt(usual: tuple[Franchise, Policy, Stationary]) -> Days:
    of, policy, _ = usual
    return simulate(of, Optimal(of, policy), 400, LENGTH, SEED)


@pytest.mark.parametrize(
    ("gamma", "first", "second", "band"),
    [(1e-3, 0.5458, 0.2642, 28), (2e-3, 0.5484, 0.2660, 14), (1e-2, 0.5610, 0.2749, 4)],
)
def test_the_dealer_quotes_the_published_spreads(
    gamma: float, first: float, second: float, band: int
) -> None:
    of = Franchise(gamma=gamma)
    policy = solve(of)
    assert spreads(of, policy) == pytest.approx([first, second], abs=5e-5)
    assert policy.band in (band, band + 1)  # by one-sided differences, by policy iteration


def test_the_dealer_leans_as_published(usual: tuple[Franchise, Policy, Stationary]) -> None:
    of, policy, _ = usual
    bid, ask = policy.distances[of.position_max + 50, 0, 0]
    assert (bid, ask) == (pytest.approx(0.8257, abs=5e-5), pytest.approx(-0.0542, abs=5e-5))


def test_the_best_distance_and_its_chance_are_exact() -> None:
    first, second = Franchise().tiers
    values = np.array([-0.1, 0.0, 0.1])
    assert first.best(values) == pytest.approx([0.199544, 0.269991, 0.347503], abs=5e-7)
    assert second.best(values) == pytest.approx([0.087191, 0.130042, 0.191773], abs=5e-7)
    assert first.deals(first.best(values))[1] == pytest.approx(0.259234, abs=5e-7)
    assert second.deals(second.best(values))[1] == pytest.approx(0.487345, abs=5e-7)


def test_the_dealer_turns_over_and_internalises_as_published(
    usual: tuple[Franchise, Policy, Stationary],
) -> None:
    _, _, long_run = usual
    assert long_run.turnover / 1_000 == pytest.approx(8.6, abs=0.1)  # bn a day, printed to 0.1
    assert long_run.hedged_share == pytest.approx(0.024, abs=0.005)
    careful = Franchise(gamma=1e-2)
    assert neutralisation_minutes(careful, solve(careful)) == pytest.approx(1.39, abs=0.05)


def test_hedges_only_make_positions_smaller(usual: tuple[Franchise, Policy, Stationary]) -> None:
    of, policy, _ = usual
    position = np.arange(-of.position_max, of.position_max + 1)
    assert (policy.speed * position <= 0).all()


@pytest.mark.parametrize(
    ("name", "exact"), [("turnover", "turnover"), ("hedged", "hedged"), ("result", "result")]
)
def test_simulated_days_have_the_mean_that_the_model_says(
    usual: tuple[Franchise, Policy, Stationary], dealt: Days, name: str, exact: str
) -> None:
    _, _, long_run = usual
    mean, error = dealt.mean(name)
    expected = getattr(long_run, exact) * LENGTH
    # A day begins without a position, which for three minutes of its 72 is a little easier to live
    # with than the long run: 3 % beside three standard errors.
    assert abs(mean - expected) <= 3 * error + 0.03 * expected


def test_requests_come_at_their_rate(
    usual: tuple[Franchise, Policy, Stationary], dealt: Days
) -> None:
    of, _, _ = usual
    mean, error = dealt.mean("requests")
    assert abs(mean - of.requests * 4 * LENGTH) <= 3 * error


def test_results_vary_as_published(dealt: Days) -> None:
    sd = float(dealt.result.std(ddof=1)) * 0.1
    assert abs(sd - 10.8) <= 3 * sd / np.sqrt(2 * 400) + 3 * 10.8 / np.sqrt(2 * 1_200)  # 60 days


def test_a_leaning_rule_and_the_optimum_beat_flat_margins(
    usual: tuple[Franchise, Policy, Stationary], dealt: Days
) -> None:
    of, _, _ = usual
    flat = simulate(of, plain(0.0, 10.0), 400, LENGTH, SEED).score
    lean = simulate(of, plain(0.01, 20.0), 400, LENGTH, SEED).score
    error = np.hypot(flat[1], lean[1])
    assert lean[0] - flat[0] > 3 * error
    assert dealt.score[0] > flat[0]


@pytest.mark.parametrize(
    ("lean", "band", "score", "deviation"), [(0.01, 20.0, 7.34, 10.2), (0.02, 15.0, 6.42, 6.8)]
)
def test_leaning_rules_score_as_measured_before(
    lean: float, band: float, score: float, deviation: float
) -> None:
    days = 1_200  # as many as those figures are of
    made = simulate(Franchise(), plain(lean, band), days, LENGTH, SEED)
    found, error = made.score
    assert abs(found - score) <= 3 * error * np.sqrt(2)
    sd = float(made.result.std(ddof=1)) * 0.1
    assert abs(sd - deviation) <= 3 * np.sqrt(2) * sd / np.sqrt(2 * days)
