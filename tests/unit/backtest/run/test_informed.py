"""Clients who know what the market will do: as much as the model says, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from backtest.honesty.lookahead_run import CheckedRun, Taken, check_run, decisions_of
from backtest.run.feed import ListFeed, Prices
from backtest.run.flow_draw import wants
from backtest.run.flow_log import fit_place
from backtest.run.flow_model import FlowModel, write_model
from backtest.run.informed import Middles, inform, toxic
from backtest.run.runner import run
from backtest.studies.running import moment_text
from robot.deals.party import BUY
from tests.kit.backtests import small_config, small_feed
from tests.kit.flows import known_model, piece

MARKOUTS = {1: -0.05, 10: -0.3, 60: -0.8}
SECOND_NS = 1_000_000_000
STALE_NS = 2 * SECOND_NS


def fitted(folder: Path, model: FlowModel) -> dict[str, object]:
    path = folder / "flow.json"
    write_model(model, path)
    return {"mode": "fitted", "model": path}


def test_known_toxicity_comes_back_within_its_error(tmp_path: Path) -> None:
    model = known_model({"SPOT": (1.5, 0.0)}, markouts=MARKOUTS)
    config = small_config(12, flow=fitted(tmp_path, model), conduct={"to_robot_ms": "40"})
    result = run(config, feed=small_feed(12), folder=tmp_path / "run")
    found = {(one.counterparty, one.horizon_s): one for one in fit_place(tmp_path / "run").toxicity}
    for seconds, known in MARKOUTS.items():
        mine, other = found["BANKA", seconds], found["BANKD", seconds]
        assert mine.deals > 200
        assert abs(mine.mean_bp - known) < 2.6 * mine.error_bp, seconds
        assert abs(other.mean_bp) < 2.6 * other.error_bp, "who knows nothing is not informed"
    assert found["BANKA", 60].mean_bp < -5 * found["BANKA", 60].error_bp
    said = " ".join(result.assumptions)
    assert "1 counterparties know what the market will do" in said
    assert "never the robot" in said


def test_markouts_that_the_market_does_not_allow_are_told() -> None:
    model = known_model({"SPOT": (1.5, 0.0)}, markouts={10: -50.0})
    begin_ns = 1_792_569_600 * SECOND_NS
    wanted = list(wants(model, begin_ns, begin_ns + 120 * SECOND_NS, 1))
    found = inform(model, wanted, small_feed(3), 1, under_way_ns=0, stale_ns=STALE_NS)
    (told,) = found.told
    assert told.startswith("BANKA after 10 s: -50.000 bp in the model's log, -")
    assert set(found.sides) == {one.number for one in wanted if one.share.counterparty == "BANKA"}
    same = inform(model, wanted, small_feed(3), 1, under_way_ns=0, stale_ns=STALE_NS)
    other = inform(model, wanted, small_feed(3), 2, under_way_ns=0, stale_ns=STALE_NS)
    assert same == found
    milder = known_model({"SPOT": (1.5, 0.0)}, markouts={10: -0.1})
    mild = inform(milder, wanted, small_feed(3), 1, under_way_ns=0, stale_ns=STALE_NS)
    assert not mild.told and mild.sides != found.sides
    assert {side is BUY for side in mild.sides.values()} == {True, False}
    assert other.sides.keys() == found.sides.keys()


def test_markouts_of_few_deals_or_of_chance_inform_nobody() -> None:
    model = known_model({"SPOT": (1.5, 0.0)}, markouts=MARKOUTS)
    few = [msgspec.structs.replace(one, deals=9) for one in model.toxicity]
    chance = [msgspec.structs.replace(one, error_bp=1.0) for one in model.toxicity]
    assert set(toxic(model)) == {"BANKA"}
    assert not toxic(msgspec.structs.replace(model, toxicity=tuple(few)))
    assert not toxic(msgspec.structs.replace(model, toxicity=tuple(chance)))


def test_middles_are_those_of_the_best_fresh_prices() -> None:
    keys = (("ALPHA", "EUR/USD"), ("BETA", "EUR/USD"))
    times = [second * SECOND_NS for second in (1, 2, 10)]
    sizes = [10**8] * 3
    prices = Prices(times, [0, 1, 0], [100, 104, 200], [110, 112, 208], sizes, sizes)
    moments = [("EUR/USD", second * SECOND_NS) for second in (0, 1, 2, 9, 10, 11)]
    found = Middles(ListFeed(keys, [prices]), moments, (0,), STALE_NS)
    middles = [found.at(*moment) for moment in moments]
    np.testing.assert_equal(middles, [np.nan, 105.0, 107.0, 107.0, 204.0, np.nan])


def _checked(folder: Path, model: FlowModel, *, knows_all: bool) -> CheckedRun:
    config = small_config(2, flow=fitted(folder, model))

    def until(cut_ns: int | None) -> list[Taken]:
        overrides: dict[str, object] = {"journal": "full"}
        feed = small_feed(2)
        if cut_ns is not None:
            overrides["span.end"] = moment_text(cut_ns)
            if knows_all:
                overrides["flow.informed_until"] = config.span.end
            else:
                feed = _before(feed, cut_ns)
        run(config, overrides, folder=folder / "run", feed=feed)
        return decisions_of(folder / "run" / "journal")

    return check_run(until, seed=4, samples=2)


def _before(feed: ListFeed, cut_ns: int) -> ListFeed:
    parts = []
    for part in feed.parts:
        assert isinstance(part, Prices)
        count = sum(at_ns < cut_ns for at_ns in part.at_ns)
        if count:
            parts.append(piece(part, 0, count))
    return ListFeed(feed.keys, parts)


def test_the_robot_does_not_look_ahead_with_clients_who_do(tmp_path: Path) -> None:
    """Nothing it decided changes when the future is taken from all but the clients; from them too,
    they ask otherwise, and that is found.
    """
    model = known_model({"SPOT": (1.5, 0.0)}, markouts={1: -0.3, 10: -0.6})
    found = _checked(tmp_path, model, knows_all=True)
    assert found.clean and found.decisions > 50, found.told()
    assert not _checked(tmp_path, model, knows_all=False).clean


@pytest.mark.parametrize("shown", [True, False])
def test_a_client_that_always_buys_buys_still(shown: bool) -> None:
    """Where sides are shown, as often as they were; what is not shown leans to neither."""
    model = known_model({"SPOT": (1.5, 0.0)}, markouts={10: -0.05})
    side = "BUY" if shown else ""
    shares = tuple(msgspec.structs.replace(one, side=side, count=50) for one in model.shares)
    model = msgspec.structs.replace(model, shares=shares)
    begin_ns = 1_792_569_600 * SECOND_NS
    wanted = list(wants(model, begin_ns, begin_ns + 170 * SECOND_NS, 1))
    sides = inform(model, wanted, small_feed(4), 1, under_way_ns=0, stale_ns=STALE_NS).sides
    buys = sum(one is BUY for one in sides.values()) / len(sides)
    assert buys > 0.95 if shown else 0.3 < buys < 0.7
