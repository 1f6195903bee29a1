"""From a run's records to proposed numbers, their picture and their file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from backtest.games.calibrating import Calibrated, calibrated
from backtest.games.calibration_page import calibration_page
from backtest.games.calibration_text import lines_of
from backtest.games.cli import app
from backtest.games.numbers import read_numbers, written_by
from backtest.games.own_requests import OwnRequests, own_requests
from backtest.games.proposal_file import proposal_text, write_proposal
from benchmarks.games.calibrator import MARKET
from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.product import ProductKind
from robot.errors import ConfigurationError, RobotError
from robot.package import configuration_folder
from robot.strategy import Facts
from strategies.games.calibration.arrivals import arrivals
from strategies.games.desk.file import read_game
from strategies.games.hedging.hold_or_hedge import Band
from strategies.two_way import TwoWay
from tests.kit.own_requests import MID, SIGMA, known_log, record_of

FLAT = """# ours
game: {name: eur quotes, kind: quote, version: 3}
applies: {role: maker, product: spot, pair: EUR/USD}
quote:
  margin:
    gold: 0.27 bp   # the large ones
    silver: 0.27 bp
  no lean for: [BANKX]
"""
LOG = known_log(4_000)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_of(LOG, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def of(run: Path) -> OwnRequests:
    return own_requests(run)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("numbers") / "flat.game.yaml"
    path.write_text(FLAT)
    return path


@pytest.fixture(scope="module")
def found(run: Path, of: OwnRequests, flat: Path) -> Calibrated:
    return calibrated("run", of, MARKET, read_numbers([flat]))


def test_a_record_becomes_the_log_of_its_requests(of: OwnRequests) -> None:
    order = np.argsort(LOG.at, kind="stable")
    assert (of.product, of.pair, of.tiers) == ("SPOT", "EUR/USD", ("gold", "silver"))
    assert of.log.size == pytest.approx(LOG.size[order])
    assert of.log.distance == pytest.approx(LOG.distance[order], abs=1e-4)
    assert (of.log.dealt == LOG.dealt[order]).all() and (of.log.tier == LOG.tier[order]).all()
    assert of.log.days == pytest.approx(1.0)


def test_the_markets_movement_is_measured_with_its_error(of: OwnRequests) -> None:
    assert of.sigma is not None
    assert abs(of.sigma - SIGMA) < 4 * of.sigma_error and of.sigma_error < 2


def test_a_proposal_is_nearly_the_best_and_flat_margins_are_told_to_be_poor(
    found: Calibrated,
) -> None:
    report = found.report
    assert report.proposed.share > 0.97 and report.given is not None
    assert report.proposed.low < report.proposed.share < report.proposed.high + 0.02
    assert report.given.share < 0.5 and report.given.score < report.proposed.score < report.best


def test_every_departure_of_the_traders_is_told_with_what_it_costs(found: Calibrated) -> None:
    rows = {one.name: one for one in found.report.numbers}
    assert rows["margin gold"].given == pytest.approx(0.27)
    assert rows["lean"].given == 0.0 and (rows["lean"].given_costs or 0) > 100
    assert rows["hedge band"].given is None  # it says none
    for one in rows.values():
        assert one.half_costs > -10 and one.twice_costs > -10, one


def test_the_page_has_a_picture_for_each_curve_and_number_with_both_points(
    found: Calibrated,
) -> None:
    html = calibration_page(found)
    assert html.count("<svg class=") == 2 + len(found.report.numbers)
    for text in ("Tier gold", "Score by lean", "the trader&#x27;s", "win target, from"):
        assert text in html
    assert "://" not in html and "<script" not in html and "nan" not in html


def test_the_text_says_scores_costs_and_what_is_assumed(found: Calibrated) -> None:
    told = "\n".join(lines_of(found.report))
    parts = ("best there is", "the trader's 0.27 costs", "holding 10 m", "hedge band")
    for text in (*parts, "win target, from", "not told by requests: no lean for"):
        assert text in told


def test_a_proposal_changes_numbers_and_version_of_the_file_and_shows_it(
    found: Calibrated, flat: Path
) -> None:
    text, difference = proposal_text(found, read_numbers([flat]))
    game, before = read_game(text, "new"), read_game(FLAT, "old")
    assert game.quoting is not None and before.quoting is not None
    margins = [float(far.size) for far in game.quoting.margins.values()]
    assert margins == pytest.approx(found.made.proposed.margins, abs=1e-3)
    assert float(game.quoting.lean.size) == pytest.approx(found.made.proposed.lean, rel=0.01)
    assert (game.name, game.version, game.applies) == (before.name, "4", before.applies)
    assert game.quoting.flat_for == before.quoting.flat_for and "# the large ones" in text
    assert "-    gold: 0.27 bp   # the large ones" in difference


def test_a_proposal_has_guard_and_win_where_the_file_has_them(
    found: Calibrated, tmp_path: Path
) -> None:
    path = tmp_path / "x.game.yaml"
    several = "  asked with: 3 others\n  win: {least margin: 0.05 bp}\n"
    path.write_text(f"{FLAT}{several}  guard: {{costs: {{BANKX: 0.1 bp}}, at most: 0.2 bp}}\n")
    more = replace(found.more, costs={"BANKgold": 0.24}, most=0.36, error=0.1)
    text, _ = proposal_text(replace(found, more=more), read_numbers([path]))
    quoting = read_game(text, "new").quoting
    assert quoting is not None and quoting.win is not None and quoting.guard is not None
    assert quoting.win.target is not None and 0.15 < float(quoting.win.target.least) < 0.5
    costs = {name: str(far) for name, far in quoting.guard.costs.items()}
    assert costs == {"BANKX": "0.1 bp", "BANKgold": "0.24 bp"}
    assert (str(quoting.guard.most), str(quoting.guard.error)) == ("0.36 bp", "0.1 bp")
    assert quoting.asked_with == {"": 3}


def test_a_proposal_in_pips_is_the_same_in_pips(found: Calibrated, tmp_path: Path) -> None:
    path = tmp_path / "pips.game.yaml"
    path.write_text(FLAT.replace("0.27 bp", "0.3375 pips"))  # a pip is 0.8 bp at 1.25
    numbers = read_numbers([path])
    hedge = found.made.proposed.hedge
    flat = found.given
    assert flat is not None
    of = replace(found.of, mid=MID, pip_bp=0.8)
    same = written_by(numbers, of, hedge)
    assert found.made.desk.judged(same).score == pytest.approx(found.made.desk.judged(flat).score)
    text, _ = proposal_text(replace(found, of=of), numbers)
    quoting = read_game(text, "new").quoting
    assert quoting is not None and quoting.margins["gold"].unit == "pip"
    size = float(quoting.margins["gold"].size)
    assert size * 0.8 == pytest.approx(found.made.proposed.margins[0], rel=0.01)


def test_the_band_of_a_hedge_game_is_judged_with_the_margins(
    of: OwnRequests, found: Calibrated, flat: Path, tmp_path: Path
) -> None:
    path = tmp_path / "hedge.game.yaml"
    path.write_text(
        "game: {name: hold, kind: hedge}\n"
        "hedge: {pair: EUR/USD, comfortable within: 200m, clip: 5m, no worse than: 0.5 bp}\n"
    )
    own = read_numbers([flat, path])
    report = calibrated("run", of, MARKET, own).report
    (band,) = (one for one in report.numbers if one.name == "hedge band")
    assert band.given == 200 and (band.given_costs or 0) > 0
    assert report.given is not None and found.report.given is not None
    assert report.given.score < found.report.given.score
    with pytest.raises(ConfigurationError, match="one file with margins is due"):
        read_numbers([path])


def test_margins_and_hedge_may_stand_in_one_file_as_in_the_shipped_one() -> None:
    numbers = read_numbers([configuration_folder() / "games" / "client-franchise.game.yaml"])

    assert numbers.game is not None and numbers.game.quoting is not None
    assert numbers.hedge is not None and numbers.hedge.comfortable == 14_000_000


def test_a_file_that_is_there_is_not_written_over(flat: Path) -> None:
    with pytest.raises(RobotError, match="not written over"):
        write_proposal(flat, "anything")
    assert flat.read_text() == FLAT


def test_two_way_is_judged_by_the_prices_that_it_quotes(of: OwnRequests) -> None:
    numbers = read_numbers([configuration_folder()])
    assert numbers.reference is not None
    ladders = written_by(numbers, of, Band(10.0))
    strategy = TwoWay(numbers.reference.strategy.parameters)
    limit = numbers.reference.limits.net_open_position[Currency("EUR")]
    for position, size in ((-5_000_000, 1_000_000), (7_000_000, 5_000_000), (0, 20_000_000)):
        asked = _facts(Decimal(size), Decimal(position), limit)
        said = strategy.decide(asked)
        for sign, price in ((1, said.bid), (-1, said.offer)):
            far = ladders.distances(
                np.array([position / 1e6]), np.array([1]), np.array([size / 1e6]), np.array([sign])
            )
            assert price is not None
            exact = float(sign * (asked.mid - price) / asked.pip)
            assert far[0] / of.pip_bp == pytest.approx(exact, abs=0.11), (position, size, sign)


def _facts(amount: Decimal, position: Decimal, limit: Decimal) -> Facts:
    return Facts(
        pair=CurrencyPair("EUR/USD"),
        product=ProductKind.SPOT,
        side=None,
        amount=amount,
        counterparty=CounterpartyId("BANKA"),
        tier="silver",
        bid=Decimal("1.25"),
        offer=Decimal("1.25"),
        mid=Decimal("1.25"),
        market_age_ms=5,
        pip=Decimal("0.0001"),
        tick=Decimal("0.00001"),
        value_date=date(2026, 10, 21),
        far_value_date=None,
        spot=Decimal("1.25"),
        position=position,
        position_limit=limit,
        gap=Decimal(0),
        chance=0.5,
    )


def test_rates_are_drawn_from_what_the_counts_allow() -> None:
    came, random = arrivals(LOG), np.random.default_rng(1)
    drawn = np.array([came.drawn(random) for _ in range(400)])
    rates, errors = np.array(came.rates), np.array(came.errors)
    assert np.abs(drawn.mean(axis=0) - rates).max() < 0.3 * errors.max()
    assert drawn.std(axis=0) == pytest.approx(errors, rel=0.25)


def test_the_command_writes_report_page_and_file(run: Path, flat: Path, tmp_path: Path) -> None:
    page, file = tmp_path / "c.html", tmp_path / "new.game.yaml"
    arguments = ["calibrate", str(run), "--numbers", str(flat), "--html", str(page)]
    told = CliRunner().invoke(app, [*arguments, "--write", str(file), "--json"])
    assert told.exit_code == 0, told.output
    report = msgspec.json.decode(told.stdout)
    assert report["requests"] == 4_000 and report["given_file"] == str(flat)
    assert read_game(file.read_text(), "new").version == "4" and page.read_text().endswith("\n")


def test_few_and_one_sided_requests_are_told_and_the_range_is_wide(tmp_path: Path) -> None:
    of = own_requests(record_of(known_log(200, seed=3), tmp_path, sides="BUY", minutes=60))
    report = calibrated("few", of, MARKET, None).report
    assert any(one.startswith("few requests: 200") for one in report.remarks)
    assert any(one.startswith("one-sided: 200 requests at our bid") for one in report.remarks)
    assert report.proposed.high - report.proposed.low > 0.02


@pytest.mark.parametrize("dealt", [False, True])
def test_requests_that_nobody_or_everybody_dealt_on_are_refused(
    of: OwnRequests, dealt: bool
) -> None:
    log = replace(of.log, dealt=np.full(len(of.log.dealt), dealt))
    with pytest.raises(RobotError, match=r"run: SPOT EUR/USD: 4000 prices and (0|4000) deals"):
        calibrated("run", replace(of, log=log), MARKET, None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"product": "SWAP"}, "known are SPOT, FORWARD, NDF, DEPOSIT, REPO; of swaps"),
        ({"pair": "USD/JPY"}, "no request for USD/JPY"),
    ],
)
def test_what_cannot_be_calibrated_is_told(run: Path, options: dict[str, str], says: str) -> None:
    with pytest.raises(RobotError, match=says):
        own_requests(run, **options)


def test_a_data_store_and_no_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").write_text("{}")
    with pytest.raises(RobotError, match="run it first"):
        own_requests(tmp_path)
    with pytest.raises(RobotError, match="no such folder"):
        own_requests(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FLAT.replace("kind: quote", "kind: quot"), "one of"),
        (
            "game: {name: a, kind: negotiate}\napplies: {}\n"
            "my terms: {walk-away: 1 bp, aim: 2 bp, open at: 3 bp}\n",
            "a game of kind negotiate; quote is due",
        ),
    ],
)
def test_files_without_margins_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "x.game.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=says):
        read_numbers([path])
