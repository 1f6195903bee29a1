"""From a log of requests to the numbers of a trader, on clients whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.games.calibrator import FLAT, MARKET, OF, request_log, true_share
from strategies.games.calibration.arrivals import arrivals, lot_for
from strategies.games.calibration.hit_curves import hit_curves, logistic
from strategies.games.calibration.propose import Calibration, calibrate, share_range
from strategies.games.calibration.score import departures

LOG = request_log(8_000, seed=1)


@pytest.fixture(scope="module")
def made() -> Calibration:
    return calibrate(LOG, MARKET, FLAT)


def test_hit_curves_are_the_true_ones_within_their_errors(made: Calibration) -> None:
    for curve, truth in zip(made.curves, OF.tiers, strict=True):
        error_a, error_b = curve.errors
        assert abs(curve.tier.a - truth.a) <= 3 * error_a
        assert abs(curve.tier.b - truth.b) <= 3 * error_b
        assert 0 < error_b < 0.1 * truth.b


def test_errors_of_hit_curves_are_as_large_as_they_say() -> None:
    scores = []
    for seed in range(30):
        first = hit_curves(request_log(1_500, seed))[0]
        scores.append((first.tier.b - OF.tiers[0].b) / first.errors[1])
    assert 0.6 < np.std(scores) < 1.4
    assert abs(np.mean(scores)) < 0.6


def test_a_tier_whose_deals_do_not_fall_with_the_distance_deals_like_all_together() -> None:
    """By its own quotes nothing would be too dear for it."""
    own = LOG.tier == 1
    random = np.random.default_rng(3)
    made_up = replace(LOG, dealt=np.where(own, random.random(len(own)) < 0.2, LOG.dealt))
    made_up = replace(made_up, dealt=made_up.dealt & np.isfinite(made_up.distance))
    quoted = np.isfinite(made_up.distance)
    features = np.column_stack((np.ones(int(quoted.sum())), made_up.distance[quoted]))
    together = logistic(features, made_up.dealt[quoted].astype(float))

    found = hit_curves(made_up)[1]

    assert found.tier.b == pytest.approx(-together.coefficients[1])
    assert found.errors[1] > 5 * together.errors[1], "and little is known of it"


def test_rates_are_the_true_ones_within_their_errors(made: Calibration) -> None:
    assert made.arrivals.sizes == OF.sizes and made.arrivals.lot == 1.0
    for row, errors, truth in zip(made.arrivals.rates, made.arrivals.errors, OF.rates, strict=True):
        for rate, error, expected in zip(row, errors, truth, strict=True):
            assert abs(rate - expected) <= 4 * error


def test_the_proposal_is_nearly_the_best_and_flat_margins_are_not(made: Calibration) -> None:
    assert 0.97 < made.proposed_share <= 1
    assert true_share(made) > 0.97
    assert made.given_share is not None and made.given_share < 0.5


def test_the_log_allows_for_what_it_does_not_know(made: Calibration) -> None:
    found = share_range(made, made.proposed, 10, np.random.default_rng(1))
    assert 0.9 < found.low < made.proposed_share + 0.01 and found.low < found.high < 1


def test_every_departure_from_the_proposal_costs(made: Calibration) -> None:
    found = list(departures(made.desk, made.proposed))
    assert len(found) == 8
    assert all(one.score < made.at_proposed.score + 1.0 for one in found), found


def test_sizes_of_any_scale_give_the_same_desk() -> None:
    """Ten times the sizes, a tenth of what each M costs: the same margins, ten times the band."""
    large = request_log(8_000, seed=1, lot=10.0)
    market = replace(
        MARKET, eta=MARKET.eta / 10, impact=MARKET.impact / 10, gamma=MARKET.gamma / 10
    )
    one, ten = calibrate(LOG, MARKET), calibrate(large, market)
    assert ten.arrivals.lot == 10.0
    assert ten.proposed.margins == one.proposed.margins
    assert ten.proposed.lean == pytest.approx(one.proposed.lean / 10)
    assert ten.proposed.hedge.comfortable == pytest.approx(one.proposed.hedge.comfortable * 10)
    assert ten.optimum.score == pytest.approx(one.optimum.score * 10)


@pytest.mark.parametrize(("largest", "lot"), [(50, 1), (51, 2), (0.4, 0.01), (3_000, 100)])
def test_a_lot_makes_the_largest_size_fifty_of_them_at_most(largest: float, lot: float) -> None:
    assert lot_for(largest) == pytest.approx(lot)


def test_a_tier_of_few_quotes_deals_like_the_others() -> None:
    some = np.arange(len(LOG.tier)) < 4_000
    tier = np.where(some, 0, LOG.tier)
    tier[:3] = 2
    log = replace(LOG, tier=tier, tiers=3)
    curves = hit_curves(log)
    pooled = hit_curves(replace(log, tier=np.zeros_like(tier), tiers=1))[0]
    assert curves[2].quotes == 3
    assert curves[2].tier.b == pytest.approx(pooled.tier.b, rel=0.4)
    assert curves[2].errors[1] > 3 * pooled.errors[1]


def test_requests_we_did_not_price_count_as_requests_only() -> None:
    distance = LOG.distance.copy()
    dealt = LOG.dealt.copy()
    distance[::2], dealt[::2] = np.nan, False
    half = replace(LOG, distance=distance, dealt=dealt)
    assert arrivals(half) == arrivals(LOG)
    assert sum(curve.quotes for curve in hit_curves(half)) == 4_000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dealt": np.zeros(8_000, bool)}, "prices that were dealt"),
        ({"distance": -LOG.distance}, "nothing can be quoted"),
        ({"distance": np.full(8_000, np.nan)}, "without the distance"),
        ({"size": -LOG.size}, "not above 0"),
        ({"tiers": 1}, "tiers outside"),
        ({"days": 0.0}, "nothing to fit"),
        ({"at": LOG.at[1:]}, "columns of"),
    ],
)
def test_logs_that_cannot_be_fitted_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        hit_curves(replace(LOG, **change))  # type: ignore[arg-type]


def test_a_curve_without_end_still_ends() -> None:
    """All deals on one side of all others: no greatest likelihood, but a finite answer."""
    distance = np.linspace(-1, 1, 40)
    found = logistic(np.column_stack((np.ones(40), distance)), (distance < 0).astype(np.float64))
    assert np.isfinite(found.coefficients).all()
