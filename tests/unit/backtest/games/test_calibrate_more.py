"""What else requests tell of a quote's file: guard, win, margins of deposits; what they do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backtest.games.calibrating_more import more_of
from backtest.games.cli import app
from backtest.games.own_requests import own_requests
from benchmarks.games.calibrator import MARKET
from strategies.games.calibration.propose import calibrate
from strategies.games.calibration.single import best_surcharge
from strategies.games.desk.file import read_game
from strategies.games.informed.markout import Moves
from strategies.games.quoting.franchise import Tier
from tests.kit.own_requests import known_log, loans_of, record_of

GAME = """# ours
game: {name: eur won, kind: quote, version: 3}
applies: {role: maker, product: spot, pair: EUR/USD}
quote:
  margin: {gold: 0.27 bp, silver: 0.13 bp}
  asked with: {gold: 2 others, silver: 9 others}
  win: {target: 5 % to 15 %, least margin: 0.05 bp, most margin: 1 bp}
  guard: {costs: {BANKgold: 0.1 bp}, at most: 0.2 bp}
"""
LOANS = """
game: {name: week money, kind: quote, version: 1}
applies: {role: maker, product: deposit, currency: CNY}
quote: {margin: {gold: 1 bp, silver: 0.15 bp}, by size: {over 10m: 0.1 bp}}
"""
MOVES = {"BANKgold": Moves(400, -0.3, 1.0), "BANKsilver": Moves(400, -1.0, 1.0)}


QUOTING = read_game(GAME, "x").quoting


class Made:
    """The curves of a log, and what else they tell."""

    def __init__(self, folder: Path) -> None:
        of = own_requests(record_of(known_log(1_500), folder))
        self.of = replace(of, moves=MOVES)
        self.made = calibrate(of.log, MARKET)
        self.more = more_of(self.of, self.made, QUOTING)
        self.rows = {one.name.split(" (")[0]: one for one in self.more.numbers}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("more"))


def test_a_surcharge_is_proposed_where_the_market_takes_more_than_chance(found: Made) -> None:
    gold = found.rows["guard, costs of BANKgold"]
    curve = found.made.curves[0].tier
    assert gold.proposed == pytest.approx(best_surcharge(curve, 0.3), abs=0.02)
    assert gold.proposed < 0.3, "they deal less at it: not all of what they take"
    assert gold.given == pytest.approx(0.1) and (gold.given_costs or 0) > 0
    assert gold.half_costs > 0 and gold.twice_costs > 0
    most = found.rows["guard, at most"].proposed
    assert most > found.rows["guard, costs of BANKsilver"].proposed


def test_what_chance_explains_is_no_surcharge_and_told(found: Made) -> None:
    calm = replace(found.of, moves={"BANKgold": Moves(40, -0.1, 1.0)})
    again = more_of(calm, found.made, None)
    assert not [one for one in again.numbers if one.name.startswith("guard")]
    assert any(one.startswith("guard, costs: 40 deals") for one in again.untold)


def test_a_target_that_keeps_quotes_from_the_best_one_is_told_what_it_costs(found: Made) -> None:
    low, high = found.rows["win target, from"], found.rows["win target, to"]
    assert 15 < low.proposed < high.proposed < 70
    assert low.given == pytest.approx(5) and low.given_costs == 0
    assert high.given == pytest.approx(15) and (high.given_costs or 0) > 1_000
    assert found.rows["least margin"].proposed < 0.1 < found.rows["most margin"].proposed


def test_the_error_of_our_middle_is_told_where_clients_ask_different_numbers_of_others(
    found: Made,
) -> None:
    assert found.more.error == pytest.approx(1.0, abs=0.3)  # 0.7 bp more between 3 and 10 dealers
    assert "from clients who ask different numbers of others" in found.more.told[0]
    alone = more_of(found.of, found.made, None).untold
    assert any("requests do not say how many others are asked" in one for one in alone)


def test_a_surcharge_is_less_than_what_is_taken_and_none_where_nothing_is() -> None:
    tier = Tier(-0.3, 5.0)
    assert best_surcharge(tier, 0.0) == 0.0
    assert 0.0 < best_surcharge(tier, 0.2) < 0.2
    assert best_surcharge(tier, -0.2) == 0.0


def test_margins_of_deposits_are_calibrated_with_score_picture_and_file(tmp_path: Path) -> None:
    run = loans_of(known_log(3_000), tmp_path)
    numbers, page, file = tmp_path / "n.game.yaml", tmp_path / "p.html", tmp_path / "w.game.yaml"
    numbers.write_text(LOANS)
    options = ["--product", "deposit", "--numbers", str(numbers), "--json"]
    out = ["--html", str(page), "--write", str(file)]
    told = CliRunner().invoke(app, ["calibrate", str(run), *options, *out])
    assert told.exit_code == 0, told.output
    report = json.loads(told.stdout)
    assert (report["product"], report["currency"], report["tenor_days"]) == ("DEPOSIT", "CNY", 7.0)
    proposed = {one["name"]: one["proposed"] for one in report["numbers"]}
    true = {"margin gold": 0.27, "margin silver": 0.13}  # the best of the published clients
    assert proposed == pytest.approx(true, abs=0.05)
    assert report["proposed"]["share"] > 0.97 > 0.6 > report["given"]["share"]
    assert report["numbers"][0]["given_costs"] > report["numbers"][1]["given_costs"]
    html = page.read_text()
    assert html.count("<svg class=") == 2 and "Tier gold" in html and "nan" not in html
    game = read_game(file.read_text(), "new")
    assert game.version == "2" and game.quoting is not None and game.quoting.sizes
    plain = CliRunner().invoke(app, ["calibrate", str(run), "--product", "deposit"])
    assert "interest over the middle" in plain.stdout and "by size: " in plain.stdout


def test_a_record_of_deposits_alone_says_which_product_to_name(tmp_path: Path) -> None:
    run = loans_of(known_log(60), tmp_path)
    told = CliRunner().invoke(app, ["calibrate", str(run)])
    assert "there are DEPOSIT (--product)" in str(told.exception)
    told = CliRunner().invoke(app, ["calibrate", str(run), "--product", "SWAP"])
    assert "SWAP: known are SPOT, FORWARD, NDF, DEPOSIT, REPO" in str(told.exception)
