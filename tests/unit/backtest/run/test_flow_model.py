"""A model of clients that is fitted to what a known one generated is that one."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import msgspec
import pytest

from backtest.run.flow_log import fit_place
from backtest.run.flow_model import (
    BINS,
    AskedRow,
    FlowModel,
    Markout,
    arrivals,
    drawn,
    fit,
    lines_of,
    read_model,
    write_model,
)
from backtest.run.runner import run
from robot.errors import ConfigurationError
from tests.kit.backtests import small_config, small_feed

DAY_NS = 86_400_000_000_000
DAYS = 5
A, B = 0.4, -1.1
"""Of the known model: it deals by 1 / (1 + exp(-(A + B d)))."""
RATES = tuple(0.002 if 14 <= place < 34 else 0.0004 for place in range(BINS))


def generated(seed: int, bursts: bool = False) -> list[AskedRow]:
    """Requests of the known model."""
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
                    distance_bp=distance,
                    dealt=deals,
                    waited_ns=int(chance.expovariate(1 / 4e8)) if deals else 0,
                )
            )
    return rows


def _known() -> FlowModel:
    rows = [
        AskedRow(at_ns=0, venue="A", counterparty="B", tier="gold", pair="EUR/USD", side="",
                 size=1, distance_bp=float(place), dealt=place % 2 == 0)
        for place in range(4)
    ]  # fmt: skip
    return msgspec.structs.replace(fit(rows, 0, DAY_NS), rates=RATES)


def test_a_known_model_is_found_again_within_its_intervals() -> None:
    rows = generated(7)
    model = fit(rows, 0, DAYS * DAY_NS)
    assert len(rows) > 300
    for place, known in enumerate((A, B)):
        low, high = model.hits.interval(place)
        assert low < known < high
    off = [
        abs(rate - known) / max(error, 1e-9)
        for rate, known, error in zip(model.rates, RATES, model.rate_errors, strict=True)
        if error
    ]
    assert sum(one < 2 for one in off) > 0.85 * len(off)
    assert model.waited_ms == pytest.approx(400, rel=0.2)
    golds = sum(share.count for share in model.shares if share.tier == "gold")
    assert golds / len(rows) == pytest.approx(2 / 3, abs=0.07)


def test_what_it_generates_is_fitted_to_the_same_again() -> None:
    model = fit(generated(7), 0, DAYS * DAY_NS)
    chance = Random(3)
    again = list(arrivals(model, 0, DAYS * DAY_NS, chance))
    assert len(again) == pytest.approx(model.requests, abs=3 * math.sqrt(model.requests))
    share, size = drawn(model, chance)
    assert share.tier in model.sizes and size in (100_000_000, 200_000_000, 500_000_000)


def test_its_goodness_tells_bursts_from_arrivals_of_their_own() -> None:
    steady = fit(generated(7), 0, DAYS * DAY_NS).goodness
    bursts = fit(generated(7, bursts=True), 0, DAYS * DAY_NS).goodness
    assert steady.ks_probability > 0.01 > bursts.ks_probability
    assert 0 < steady.explained < 1 and steady.deviance < steady.null_deviance
    assert all(abs(row.predicted - row.observed) < 0.35 for row in steady.calibration)


def test_prices_behind_rivals_count_where_they_are_known() -> None:
    chance, rows = Random(5), []
    for number in range(1_500):
        distance, behind = chance.uniform(0, 2), chance.uniform(-1, 1)
        deals = chance.random() < 1 / (1 + math.exp(-(0.5 - 0.8 * distance - 2.0 * behind)))
        rows.append(
            msgspec.structs.replace(
                generated_row(number), distance_bp=distance, behind_bp=behind, dealt=deals
            )
        )
    hits = fit(rows, 0, DAY_NS).hits
    low, high = hits.interval(2)
    assert low < -2.0 < high
    assert hits.probability(0.5, -0.5) > hits.probability(0.5, 0.5)


def generated_row(number: int) -> AskedRow:
    return AskedRow(
        at_ns=number * 50_000_000_000, venue="ALPHA", counterparty="BANKA", tier="gold",
        pair="EUR/USD", side="BUY", size=100_000_000,
    )  # fmt: skip


def test_toxicity_is_told_by_counterparty() -> None:
    moves = [Markout(counterparty="BANKA", horizon_s=60, moved_bp=value) for value in (-1.0, -2.0)]
    (toxic,) = fit(generated(7), 0, DAYS * DAY_NS, moves).toxicity
    assert (toxic.counterparty, toxic.deals, toxic.mean_bp, toxic.error_bp) == (
        "BANKA",
        2,
        -1.5,
        0.5,
    )


def test_prices_that_were_all_dealt_on_make_no_model() -> None:
    rows = [msgspec.structs.replace(row, dealt=True) for row in generated(7)]
    with pytest.raises(ConfigurationError, match="prices that were not"):
        fit(rows, 0, DAYS * DAY_NS)


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="is no model of clients"):
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
