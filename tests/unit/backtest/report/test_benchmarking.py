"""Plainer desks over the same days: what is compared, and what cannot be."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backtest.records.parts import read_tables
from backtest.report.attribution import rows_of
from backtest.report.benchmarking import FLAT, NO_LEAN, plainer
from backtest.report.building import build
from backtest.report.source import Source
from backtest.report.tearsheet import tear_sheet
from backtest.run.runner import run
from robot.deals.reference import Reference, StrategyChoice
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.backtests import ruled_desk, small_config, small_feed
from tests.kit.recording import hedged_day, recorded

BOOK = """\
book "all"
for spot in EUR/USD

otherwise quote margin 0.7 pip
"""


@pytest.fixture(scope="module")
def shipped() -> Reference:
    return load_settings(configuration_folder()).reference


def flat_of(overrides: dict[str, str]) -> StrategyChoice:
    return msgspec.json.decode(overrides["desk.strategy"], type=StrategyChoice)


def test_a_flat_margin_is_the_mean_of_its_product_at_every_size_there_was(
    shipped: Reference,
) -> None:
    (lean, flat), missing = plainer(shipped, {"FORWARD": 2.5, "SPOT": 0.456})
    assert (lean.name, flat.name, missing) == (NO_LEAN, FLAT, [])
    assert lean.overrides == {"desk.strategy.parameters.lean_max": "0"}
    made = flat_of(flat.overrides).parameters
    own = shipped.strategy.parameters
    for parts, margin in ((made["tiers"], "0.46"), (made["products"]["FORWARD"], "2.50")):  # type: ignore[index]
        assert {row["margin"] for rows in parts.values() for row in rows} == {margin}
    sizes = [row["up_to"] for row in made["tiers"]["gold"]]  # type: ignore[index]
    assert sizes == [str(row["up_to"]) for row in own["tiers"]["gold"]]  # type: ignore[index]
    assert "FORWARD 2.50" in flat.what and "SPOT 0.46" in flat.what


def test_a_desk_that_quoted_nothing_has_no_flat_margin_and_its_page_says_so(
    shipped: Reference,
) -> None:
    _, missing = plainer(shipped, {})
    tables = recorded(hedged_day()).tables()
    source = Source(name="a", kind="run", folder=Path("."), tables=tables)
    page = tear_sheet(build(source, missing=missing))
    assert "no request was quoted, so there is no mean margin" in page
    assert "Nothing to compare with." in page and "Not run." not in page


def test_a_rule_book_is_compared_with_one_margin_for_everybody(tmp_path: Path) -> None:
    config = small_config(2, desk=ruled_desk(tmp_path / "desk", BOOK))
    reference = load_settings(config.desk).reference
    (flat,), missing = plainer(reference, {"SPOT": 0.71})
    assert "no variant without a lean: moves is no two_way" in missing[0]
    assert "It stands in for moves" in flat.what
    overrides = {**flat.overrides, "journal": "none"}
    run(config, overrides, folder=tmp_path / "flat", feed=small_feed(2))
    quotes = rows_of(read_tables(tmp_path / "flat" / "records", ("quotes",))["quotes"])
    assert len(quotes) > 10
    assert {row["strategy"] for row in quotes} == {"two_way flat"}
    first = [row["offer_distance"] for row in quotes if row["offer_distance"] is not None]
    assert min(first) >= 71_000 and max(first) <= 86_000, (
        "0.71 pips, away from the middle to a tick"
    )  # type: ignore[type-var, operator]
