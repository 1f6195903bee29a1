"""What others show a client: on the records where it is known, and looked at by who deals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from backtest.data.importing import import_file
from backtest.data.places import known_of
from backtest.data.wishes import Wish
from backtest.records.columns import Value
from backtest.records.parts import read_tables
from backtest.report.building import build
from backtest.report.source import open_source
from backtest.report.tearsheet import tear_sheet
from backtest.run.driver import Stopped
from backtest.run.flow_log import fit_place
from backtest.run.flow_model import write_model
from backtest.run.result import Result
from backtest.run.rivals import Rivals, in_own_pips, unit_of, usual
from backtest.run.runner import resume, run
from robot.deals.product import ProductKind
from tests.kit.backtests import small_config, small_feed
from tests.kit.fix_products import quote
from tests.kit.flows import curved_feed, desk_of_all, known_model
from tests.unit.backtest.run.test_runner import digests

RIVALS = {"count": 2, "margin": "0.4", "deviation": "0.3"}
HABITS = {"mode": "habits", "requests_per_second": "0.5"}
LOG = """\
at,counterparty,side,amount,pair,outcome,price,rivals,rival_bid,rival_offer
2026-10-21T08:00:10Z,BANKA,SELL,1000000,EUR/USD,DEALT,1.05,3,1.0995,1.1004
2026-10-21T08:00:20Z,BANKD,BUY,2000000,EUR/USD,PASSED,,,,
"""


def rivals_on(folder: Path) -> list[tuple[Value, ...]]:
    """Of the requests that got a price: what is on the records of others."""
    table = read_tables(folder / "records", ("requests",))["requests"]
    names = ("quotes", "rivals", "rival_bid", "rival_offer")
    rows = zip(*(table[name] for name in names), strict=True)
    return [row[1:] for row in rows if row[0]]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The venue's own clients, who ask two others too."""
    folder = tmp_path_factory.mktemp("rivals") / "asked"
    flow = {**HABITS, "rivals": RIVALS}
    return folder, run(small_config(6, flow=flow), feed=small_feed(6), folder=folder)


def test_a_client_that_hears_a_better_price_deals_there(
    asked: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, result = asked
    alone = run(small_config(2, flow=HABITS), feed=small_feed(2), folder=tmp_path / "alone")
    assert result.number("deals") / result.number("requests") < 0.2
    assert alone.number("deals") / alone.number("requests") > 0.25
    shown = rivals_on(folder)
    assert len(shown) > 100 and all(count == 2 and bid and offer for count, bid, offer in shown)
    model = fit_place(folder).dealing[0]
    assert model.rivals is not None and model.hits.knows_rivals
    assert model.hits.interval(2)[1] < 0, "who is behind is dealt on less"
    said = " ".join(result.assumptions)
    assert "2 others are asked on every request" in said and "a better price deals there" in said
    assert set(rivals_on(tmp_path / "alone")) == {(None, None, None)}
    assert "no distance to a rival is recorded" in " ".join(alone.assumptions)
    sheet = build(open_source(tmp_path / "alone"))
    assert sheet.hit_by_rival == []
    assert any("what others showed clients is not known" in text for text in sheet.remarks)


def test_a_tear_sheet_has_the_hit_ratio_by_the_distance_to_rivals(
    asked: tuple[Path, Result],
) -> None:
    sheet = build(open_source(asked[0]))
    ratios = [one.ratio for one in sheet.hit_by_rival]
    assert len(ratios) > 3 and ratios[0] > 0.3 and ratios[-1] == 0
    pips = [one.distance_pips or 0 for one in sheet.hit_by_rival]
    assert pips == sorted(pips) and pips[0] < 0 < pips[-1]
    assert "distance to the best rival" in tear_sheet(sheet)
    assert not any("what others showed" in text for text in sheet.remarks)


def test_recorded_rivals_are_on_the_records_where_the_data_has_them(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    store = tmp_path / "store"
    import_file(store, log, Wish(venue="ALPHA", sides="ours"), known_of(None), now_ns=1)
    model = tmp_path / "flow.json"
    write_model(known_model({"SPOT": (30.0, 0.0)}), model)
    config = small_config(1, data=store, flow={"mode": "recorded"})
    result = run(config, feed=small_feed(1), folder=tmp_path / "run")
    prices = (3, 1_099_500_000, 1_100_400_000)
    assert rivals_on(tmp_path / "run") == [prices, (None, None, None)]
    assert result.number("deals") == 0, "1.05 is better for the client than any price of ours"
    sheet = build(open_source(tmp_path / "run"))
    assert any("known of 1 of 2 requests" in text for text in sheet.remarks)
    drawn = {"mode": "recorded", "hits": "model", "model": model, "rivals": RIVALS}
    changed = small_config(1, data=store, flow=drawn)
    result = run(changed, feed=small_feed(1), folder=tmp_path / "drawn")
    assert rivals_on(tmp_path / "drawn")[0] == prices
    assert rivals_on(tmp_path / "drawn")[1][0] == 2
    assert result.number("deals") == 2, "a model that always deals"
    said = " ".join(result.assumptions)
    assert "drawn from a model that was fitted to recorded requests" in said
    assert "The model knows SPOT: nothing else is dealt on" in said
    assert "Where the record says what others showed" in said and "done again" not in said


def test_a_model_with_rivals_deals_by_the_distance_to_them_in_every_product(
    tmp_path: Path,
) -> None:
    """Generated by known numbers in the core, fitted again from the records."""
    known = {
        "SPOT": (1.0, -1.5, -3.0),
        "FORWARD": (1.0, -1.5, -2.0),
        "SWAP": (0.5, -3.0, -3.0),
        "DEPOSIT": (2.5, -0.3, -1.5),
    }
    distances = (-0.5, 0.0, 0.3, 0.6, 1.2)
    tenors = {"FORWARD": ("1M", "+40d"), "SWAP": ("1M", "3M"), "DEPOSIT": ("1M", "+100d")}
    model = known_model(known, rivals=distances, far_tenors=tenors)
    path = tmp_path / "flow.json"
    write_model(model, path)
    desk, flow = desk_of_all(tmp_path / "desk"), {"mode": "fitted", "model": path}
    config = small_config(8, desk=desk, pairs=[], flow=flow)
    result = run(config, feed=curved_feed(8), folder=tmp_path / "run")
    found = fit_place(tmp_path / "run")
    assert {one.product for one in found.dealing} == set(known) and not found.left_out
    for one in found.dealing:
        low, high = one.hits.interval(2)
        assert low < known[one.product][2] < high
        assert one.hits.coefficients[2] < -0.5
        assert one.goodness.holds
        assert one.rivals is not None
        assert one.rivals.distances[0] > -0.6 and one.rivals.distances[-1] < 1.3
    assert {share.far_tenor for share in found.shares if share.product == "SWAP"} == {"1M", "3M"}
    (broken,) = {
        share.far_tenor
        for share in found.shares
        if share.product == "DEPOSIT" and share.far_tenor != "1M"
    }
    assert 100 <= int(broken.removesuffix("d")) <= 104, "rolled to a day on which money moves"
    assert result.number("deals") > 100
    said = " ".join(result.assumptions)
    assert "the best of them is as far from the middle as it was in the log of the model" in said


def test_rivals_are_the_same_in_a_run_that_was_stopped(
    asked: tuple[Path, Result], tmp_path: Path
) -> None:
    config = small_config(6, flow={**HABITS, "rivals": RIVALS})
    with pytest.raises(Stopped):
        run(config, {}, lambda p: p.share < 0.8, feed=small_feed(6), folder=tmp_path / "stopped")
    resume(tmp_path / "stopped", feed=small_feed(6))
    assert digests(tmp_path / "stopped") == digests(asked[0])


def test_rivals_are_drawn_by_request_in_the_products_own_terms() -> None:
    rivals = Rivals(7, usual(3, 0.5, 0.0))
    spot, swap = quote(ProductKind.SPOT), quote(ProductKind.SWAP)
    middle, pip = Decimal("1.1000"), Decimal("0.0001")
    top = rivals.top(spot, middle, unit_of("SPOT", middle, pip))
    assert top is not None and (top.bid, top.offer) == (Decimal("1.099945"), Decimal("1.100055"))
    points = Decimal("0.0018")
    top = rivals.top(swap, points, unit_of("SWAP", points, pip))
    assert top is not None and (top.bid, top.offer) == (Decimal("0.00175"), Decimal("0.00185"))
    assert in_own_pips("DEPOSIT") and not in_own_pips("FORWARD")
    assert rivals.top(spot, None, None) is None
    wide = Rivals(7, usual(3, 0.5, 0.4))
    assert wide.top(spot, middle, pip) == wide.top(spot, middle, pip)
    assert wide.top(spot, middle, pip) != Rivals(8, usual(3, 0.5, 0.4)).top(spot, middle, pip)
