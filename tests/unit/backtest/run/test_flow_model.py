"""A model of clients that is fitted to what a known one generated is that one."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import msgspec
import pytest

from backtest.run.flow_draw import arrivals, wants
from backtest.run.flow_fit import check, fit
from backtest.run.flow_log import fit_place
from backtest.run.flow_model import (
    BINS,
    AskedRow,
    FlowModel,
    Markout,
    lines_of,
    read_model,
    write_model,
)
from backtest.run.runner import run
from robot.errors import ConfigurationError
from tests.kit.backtests import small_config, small_feed

DAY_NS = 86_400_000_000_000
DAYS = 5
A, B, C = 0.4, -1.1, -2.0
"""Of the known model: it deals by 1 / (1 + exp(-(A + B d + C r)))."""
RATES = tuple(0.002 if 14 <= place < 34 else 0.0004 for place in range(BINS))


def generated(seed: int, bursts: bool = False) -> list[AskedRow]:
    """Requests of the known model, without rivals."""
    chance, rows = Random(seed), []
    for at_ns in arrivals(_known(), 0, DAYS * DAY_NS, chance):
        for _ in range(3 if bursts and chance.random() < 0.4 else 1):
            distance = chance.uniform(-0.5, 2.5)
            deals = chance.random() < 1 / (1 + math.exp(-(A + B * distance)))
            tier, name = chance.choice((("gold", "BANKA"), ("gold", "BANKA"), ("silver", "BANKD")))
            rows.append(
                AskedRow(
                    at_ns=at_ns,
                    venue="ALPHA",
                    counterparty=name,
                    tier=tier,
                    pair="EUR/USD",
                    side=chance.choice(("BUY", "SELL", "")),
                    size=chance.choice((1, 2, 5)) * 100_000_000,
                    distance=distance,
                    dealt=deals,
                    waited_ns=int(chance.expovariate(1 / 4e8)) if deals else 0,
                )
            )
    return rows


def _known() -> FlowModel:
    rows = [
        AskedRow(at_ns=0, venue="A", counterparty="B", tier="gold", pair="EUR/USD", side="",
                 size=1, distance=float(place), dealt=place % 2 == 0)
        for place in range(4)
    ]  # fmt: skip
    return msgspec.structs.replace(fit(rows, 0, DAY_NS), rates=RATES)


def test_a_known_model_is_found_again_within_its_intervals() -> None:
    rows = generated(7)
    model = fit(rows, 0, DAYS * DAY_NS)
    (spot,) = model.dealing
    assert len(rows) > 300
    for place, known in enumerate((A, B)):
        low, high = spot.hits.interval(place)
        assert low < known < high
    off = [
        abs(rate - known) / max(error, 1e-9)
        for rate, known, error in zip(model.rates, RATES, model.rate_errors, strict=True)
        if error
    ]
    assert sum(one < 2 for one in off) > 0.85 * len(off)
    assert spot.waited_ms == pytest.approx(400, rel=0.2)
    assert spot.rivals is None and not spot.hits.knows_rivals
    golds = sum(share.count for share in model.shares if share.tier == "gold")
    assert golds / len(rows) == pytest.approx(2 / 3, abs=0.07)


def test_what_it_generates_is_fitted_to_the_same_again() -> None:
    model = fit(generated(7), 0, DAYS * DAY_NS)
    again = list(wants(model, 0, DAYS * DAY_NS, 3))
    assert len(again) == pytest.approx(model.requests, abs=3 * math.sqrt(model.requests))
    (spot,) = model.dealing
    assert {want.size for want in again} == {100_000_000, 200_000_000, 500_000_000}
    assert {want.share.tier for want in again} == set(spot.sizes) == {"gold", "silver"}
    shorter = list(wants(model, 0, 2 * DAY_NS, 3))
    assert shorter == again[: len(shorter)] and len(shorter) > 100


def test_its_goodness_tells_bursts_from_arrivals_of_their_own() -> None:
    steady = fit(generated(7), 0, DAYS * DAY_NS)
    bursts = fit(generated(7, bursts=True), 0, DAYS * DAY_NS)
    assert steady.ks_probability > 0.01 > bursts.ks_probability
    good = steady.dealing[0].goodness
    assert good.holds and good.deviance < good.null_deviance and 0 < good.explained < 1
    assert all(abs(row.predicted - row.observed) < 0.35 for row in good.calibration)


def with_rivals(count: int, seed: int = 5) -> list[AskedRow]:
    """Requests of the known model, with rivals."""
    chance, rows = Random(seed), []
    for number in range(count):
        distance, rival = chance.uniform(0, 2), chance.gauss(0.6, 0.5)
        behind = distance - rival
        deals = chance.random() < 1 / (1 + math.exp(-(A + B * distance + C * behind)))
        rows.append(
            AskedRow(at_ns=number * 50_000_000_000, venue="ALPHA", counterparty="BANKA",
                     tier="gold", pair="EUR/USD", side="BUY", size=100_000_000,
                     distance=distance, behind=behind, rivals=3, dealt=deals)
        )  # fmt: skip
    return rows


def test_prices_behind_rivals_count_where_they_are_known() -> None:
    (spot,) = fit(with_rivals(1_500), 0, DAY_NS).dealing
    for place, known in enumerate((A, B, C)):
        low, high = spot.hits.interval(place)
        assert low < known < high
    assert spot.hits.probability(0.5, -0.5) > spot.hits.probability(0.5, 0.5)
    assert spot.goodness.holds
    assert spot.goodness.rivals_probability is not None
    assert spot.goodness.rivals_probability < 1e-6
    assert spot.rivals is not None and spot.rivals.count == 3
    middle = spot.rivals.distances[len(spot.rivals.distances) // 2]
    assert middle == pytest.approx(0.6, abs=0.06)


def two_way(count: int, seed: int) -> list[AskedRow]:
    """Two-way requests of clients who want one side, which is known if they deal."""
    chance, rows = Random(seed), []
    for row in with_rivals(count, seed):
        sides = []
        for _ in range(2):
            distance = chance.uniform(0, 2)
            sides.append((distance, distance - chance.gauss(0.6, 0.5)))
        score = A + B * sides[0][0] + C * sides[0][1]
        deals = chance.random() < 1 / (1 + math.exp(-score))
        if not deals and chance.random() < 0.5:
            sides.reverse()  # nobody knows which one it wanted
        (one, behind), (other, other_behind) = sides
        rows.append(
            msgspec.structs.replace(
                row, side="", distance=one, behind=behind, other=other,
                other_behind=other_behind, dealt=deals,
            )
        )  # fmt: skip
    return rows


def test_two_way_requests_are_fitted_though_nobody_knows_which_side_was_wanted() -> None:
    (spot,) = fit(two_way(1_500, 2), 0, DAY_NS).dealing
    for place, known in enumerate((A, B, C)):
        low, high = spot.hits.interval(place)
        assert low < known < high
    (told,) = fit(with_rivals(1_500), 0, DAY_NS).dealing
    assert spot.hits.errors[2] > 1.1 * told.hits.errors[2], "what is not known makes it less sure"
    assert spot.goodness.holds


def test_rivals_that_few_prices_know_are_not_looked_at() -> None:
    rows = with_rivals(300)
    few = [
        msgspec.structs.replace(row, behind=None, rivals=None) if number % 3 else row
        for number, row in enumerate(rows)
    ]
    (spot,) = fit(few, 0, DAY_NS).dealing
    assert spot.rivals is None and not spot.hits.knows_rivals
    assert spot.hits.quotes == 300


def test_a_wrong_model_has_a_bad_goodness() -> None:
    """Clients who deal only near one distance are no logistic function; and a model of others does
    not tell this log.
    """
    chance = Random(9)
    odd = [
        msgspec.structs.replace(
            row,
            behind=None,
            dealt=chance.random() < (0.8 if 0.7 < (row.distance or 0) < 1.3 else 0.1),
        )
        for row in with_rivals(1_000)
    ]
    (wrong,) = fit(odd, 0, DAY_NS).dealing
    assert not wrong.goodness.holds
    assert any("does not hold" in line for line in lines_of(fit(odd, 0, DAY_NS)))
    model = fit(with_rivals(1_000), 0, DAY_NS)
    assert check(model, with_rivals(1_000, seed=6))["SPOT"].holds
    eager = [msgspec.structs.replace(row, dealt=True) for row in with_rivals(300, seed=6)]
    assert not check(model, [*eager, *with_rivals(300, seed=7)])["SPOT"].holds


def test_toxicity_is_told_by_counterparty() -> None:
    moves = [Markout(counterparty="BANKA", horizon_s=60, moved_bp=value) for value in (-1.0, -2.0)]
    (toxic,) = fit(generated(7), 0, DAYS * DAY_NS, moves).toxicity
    assert (toxic.counterparty, toxic.deals, toxic.mean_bp, toxic.error_bp) == (
        "BANKA",
        2,
        -1.5,
        0.5,
    )


def test_each_product_has_its_own_function_and_what_cannot_be_fitted_is_named() -> None:
    chance, rows = Random(3), generated(7)
    for number in range(400):
        distance = chance.uniform(0, 1)
        deals = chance.random() < 1 / (1 + math.exp(-(1 - 4 * distance)))
        rows.append(
            AskedRow(at_ns=number * 50_000_000_000, venue="ALPHA", counterparty="BANKA",
                     tier="gold", pair="EUR/USD", side="", size=300_000_000, product="SWAP",
                     far_tenor=chance.choice(("1M", "1M", "3M")), distance=distance, dealt=deals)
        )  # fmt: skip
    rows += [msgspec.structs.replace(rows[-1], product="NDF", dealt=False)] * 5
    model = fit(rows, 0, DAYS * DAY_NS, left_out=["2 requests for REPO: why"])
    assert {one.product for one in model.dealing} == {"SPOT", "SWAP"}
    swap, spot = model.of("SWAP"), model.of("SPOT")
    assert swap is not None and spot is not None
    for one, known in ((swap, (1.0, -4.0)), (spot, (A, B))):
        for place, value in enumerate(known):
            low, high = one.hits.interval(place)
            assert low < value < high
    assert model.left_out[0].endswith("why") and "NDF: 5 prices and 0 deals" in model.left_out[1]
    months = [want.share.far_tenor for want in wants(model, 0, DAYS * DAY_NS, 1)]
    ones, threes = months.count("1M"), months.count("3M")
    assert ones / (ones + threes) == pytest.approx(2 / 3, abs=0.1)
    assert any("per pip" in line for line in lines_of(model))


def test_prices_that_were_all_dealt_on_make_no_model() -> None:
    rows = [msgspec.structs.replace(row, dealt=True) for row in generated(7)]
    with pytest.raises(ConfigurationError, match="prices that were not"):
        fit(rows, 0, DAYS * DAY_NS)


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="is no model of clients"):
        read_model(tmp_path / "flow.json")
    model = fit(generated(7), 0, DAYS * DAY_NS)
    write_model(msgspec.structs.replace(model, dealing=()), tmp_path / "flow.json")
    with pytest.raises(ConfigurationError, match="nothing says how SPOT is dealt"):
        read_model(tmp_path / "flow.json")


def test_a_run_is_fitted_and_its_model_runs(tmp_path: Path) -> None:
    run(small_config(8), feed=small_feed(8), folder=tmp_path / "habits")
    model = fit_place(tmp_path / "habits")
    path = tmp_path / "flow.json"
    write_model(model, path)
    assert read_model(path) == model
    assert any(line.startswith("arrivals: KS") for line in lines_of(model))
    flow = {"mode": "fitted", "model": path}
    result = run(small_config(8, flow=flow), feed=small_feed(8), folder=tmp_path / "fitted")
    assert result.data_hashes == {"flow": model.data_hash}
    asked = result.number("requests")
    assert asked == pytest.approx(model.requests, abs=4 * math.sqrt(model.requests))
    assert result.number("deals") > 10
    assert any("model" in line for line in result.assumptions)
