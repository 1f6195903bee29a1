"""The event-driven backtest as what a study searches, and as what confirms a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from backtest.data.cli import app as data_app
from backtest.honesty.splits import Stretch
from backtest.records.columns import Columns
from backtest.run.changes import changed_reference
from backtest.run.config import BacktestConfig, load_config, overridden
from backtest.run.result import Result
from backtest.run.runner import run
from backtest.studies.expected import Unlike
from backtest.studies.objective import BACKTEST, evaluate, task_of
from backtest.studies.running import (
    MINUTE_NS,
    by_period,
    check_parameters,
    hashes,
    measured,
    moment_text,
    options_of,
    overrides_of,
)
from backtest.studies.settings import Axis
from backtest.studies.settings import load_settings as load_study
from backtest.studies.study import begin, go_on
from backtest.vectorised.confirm import Figure, confirm, lines_of
from connectors.sim.model import parse_time
from robot.deals.reference import GameFile
from robot.errors import ConfigurationError
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.backtests import BEGIN, ruled_desk, small_config, small_feed

BOOK = """\
book "moves"
for spot in EUR/USD
every 5 s
parameter trigger = 19 pip, between 0.1 pip and 20 pip
parameter clip = 1 mio, between 1 mio and 2 mio
rule "wait" when orders outstanding > 0 or position > 0 mio then pass "wait"
rule "up" when move[1 min] > trigger then buy clip at offer + 1 pip within 2 s
otherwise pass "quiet"
"""
START = parse_time(BEGIN)
STRETCH = Stretch(START, START + 3 * MINUTE_NS)
SHORT = Stretch(START, START + 2 * MINUTE_NS)
FLOW = {"mode": "habits", "requests_per_second": "0.3"}


def test_a_part_is_one_result_or_one_for_each_period_which_add_up() -> None:
    config = small_config(2, flow=FLOW)
    whole = measured(config, {}, SHORT, 1, feed=small_feed(2))
    periods = measured(config, {}, SHORT, 1, MINUTE_NS, feed=small_feed(2))
    assert len(whole) == 1 and len(periods) == 2
    assert whole[0] != 0.0
    assert sum(periods) == pytest.approx(whole[0], abs=0.011)


def test_a_parameter_of_the_desk_changes_the_result() -> None:
    config = small_config(2, flow=FLOW)
    rows = [
        f"desk.strategy.parameters.tiers.{tier}.{n}.margin"
        for tier in ("gold", "silver")
        for n in range(3)
    ]
    found = [
        measured(config, dict.fromkeys(rows, margin), SHORT, 1, feed=small_feed(2))
        for margin in ("0.1", "2.5")
    ]
    assert found[0] != found[1]


@pytest.fixture
def ruled(tmp_path: Path) -> BacktestConfig:
    desk = ruled_desk(tmp_path / "desk", BOOK)
    return small_config(3, desk=desk, flow={"mode": "none"})


@pytest.fixture
def ruled_file(tmp_path: Path) -> Path:
    ruled_desk(tmp_path / "desk", BOOK)
    path = tmp_path / "a.backtest.yaml"
    path.write_text("name: a\ndesk: desk\ndata: data\nspan: {begin: 2026-10-21, end: 2026-10-22}\n")
    return path


def test_a_parameter_of_a_rule_book_is_set_beside_its_text(ruled: BacktestConfig) -> None:
    found = overrides_of({"rules.trigger": "1 pip", "flow.hit_ratio": "0.3"})
    assert found == {
        "flow.hit_ratio": "0.3",
        "desk.rules.trigger": "1 pip",
    }
    reference = load_settings(ruled.desk).reference
    changed = changed_reference(reference, overridden(ruled, found))
    assert changed.strategy.rules[0].text == BOOK
    assert [name for name, _ in changed.strategy.rules[0].parameters] == ["trigger"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("rules.triger", r"rules.triger.*moves.rules; did you mean trigger"),
        ("desk.limits.price_colar_bp", r"no price_colar_bp; did you mean price_collar_bp"),
        ("desk.stratgy.version", r"the desk has no stratgy; did you mean strategy"),
        ("desk.quotes.life_ms", r"life_ms: 1 pip: Expected `int`"),
        ("quotes.life_ms", r"did you mean desk.quotes.life_ms"),
        ("flow.hit_rato", r"did you mean flow.hit_ratio"),
        ("desk.strategy.rules.7.file", r"there are 1 rows"),
    ],
)
def test_a_parameter_that_there_is_not_is_refused_before_the_study(
    ruled_file: Path, name: str, told: str
) -> None:
    axis = Axis.model_validate({"values": ["1 pip"]})
    with pytest.raises(ConfigurationError, match=told):
        check_parameters(ruled_file, {name: axis})


def test_any_key_of_the_desk_is_a_parameter_also_one_at_its_default(ruled_file: Path) -> None:
    axis = Axis.model_validate({"low": "20", "high": "30", "step": "5"})
    names = ("desk.limits.price_collar_bp", "desk.strategy.rules.0.file", "desk.asks.makers_max")
    check_parameters(ruled_file, dict.fromkeys(names, axis))


def test_a_value_of_a_games_file_is_a_parameter_as_the_file_writes_it() -> None:
    games = configuration_folder() / "games"
    file = GameFile(
        name="client spot", file="a", text=(games / "client-spot.game.yaml").read_text("utf-8")
    )
    reference = load_settings(configuration_folder()).reference
    reference = reference.with_parts(
        {"strategy": msgspec.structs.replace(reference.strategy, games=(file,))}
    )

    def changed(name: str, value: str) -> str:
        config = overridden(small_config(1), overrides_of({name: value}))
        return changed_reference(reference, config).strategy.games[0].text

    text = changed("games.client spot.my terms.aim", "0.8 pip")
    assert "aim: 0.8 pip" in text and "aim: 0.6 pip" not in text
    assert text.replace("0.8 pip", "0.6 pip").split() == file.text.split()
    for name, value, told in (
        ("games.client spt.my terms.aim", "1 pip", "games: client spot"),
        ("games.client spot.my terms.aims", "1 pip", "did you mean aim"),
        ("games.client spot.pace.style", "frim", "frim"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            changed(name, value)


def test_a_long_line_of_a_games_file_stays_one_line_when_a_value_changes() -> None:
    told = "better than my next offer: yes, last minute anything inside walk-away: yes"
    text = f"""game: {{name: spot, kind: negotiate}}
my terms: {{walk-away: 1 pip, aim: 2 pip, open at: 3 pip}}
accept: {{at aim: yes, {told}}}
"""
    reference = load_settings(configuration_folder()).reference
    games = (GameFile(name="spot", file="spot.game.yaml", text=text),)
    strategy = msgspec.structs.replace(reference.strategy, games=games)
    config = overridden(small_config(1), overrides_of({"games.spot.my terms.aim": "2.5 pip"}))

    changed = changed_reference(reference.with_parts({"strategy": strategy}), config)

    assert told in changed.strategy.games[0].text


def test_the_study_that_ships_is_one_of_the_shipped_desk() -> None:
    found = load_study(configuration_folder() / "tutorial" / "first.study.yaml")
    assert found.objective.run is not None
    check_parameters(found.objective.run, found.parameters)
    assert found.span.end == load_config(found.objective.run).span.end


def test_a_value_beyond_the_bounds_of_a_book_is_refused_before_the_study(ruled_file: Path) -> None:
    axis = Axis.model_validate({"low": "1", "high": "25", "step": "1", "unit": "pip"})
    with pytest.raises(ConfigurationError, match=r"rules.trigger.*20"):
        check_parameters(ruled_file, {"rules.trigger": axis})


def test_a_desk_that_changes_while_a_study_runs_ends_it(ruled_file: Path) -> None:
    config = load_config(ruled_file)
    told = {"a.backtest.yaml": config.hash, "desk": load_settings(config.desk).hash}
    limits = config.desk / "limits.yaml"
    limits.write_text(limits.read_text() + "\n")
    task = task_of(BACKTEST, options_of(ruled_file, told), {}, STRETCH, 1)
    with pytest.raises(Unlike, match="was changed while the study ran"):
        evaluate(task)


def test_the_event_driven_run_confirms_a_sweep_and_says_the_difference(
    ruled: BacktestConfig, tmp_path: Path
) -> None:
    def event_driven(parameters: Mapping[str, str]) -> Result:
        overrides = overrides_of(parameters)
        return run(ruled, overrides, folder=tmp_path / "run", feed=small_feed(3))

    assert event_driven({}).figures["deals"] == 0
    costs = "at the offer, no delay"
    found = confirm({"trigger": "0.1 pip"}, Figure(profit=50.0, deals=1), costs, event_driven)
    assert found.event_driven.deals >= 1
    assert found.difference == found.event_driven.profit - 50.0
    told = "\n".join(lines_of(found))
    assert "trigger = 0.1 pip" in told and costs in told
    assert ("not confirmed" in told) is (found.event_driven.profit <= 0.0)
    assert f"{found.difference:,.2f}" in told


def test_periods_are_changes_of_all_pairs_in_the_reporting_currency() -> None:
    at = [STRETCH.start_ns + n * 30_000_000_000 for n in range(6)]
    table: Columns = {
        "at_ns": [at[1], at[1], at[3], at[5], STRETCH.until_ns],
        "pair": ["EUR/USD", "USD/JPY", "EUR/USD", "USD/JPY", "EUR/USD"],
        "currency": ["USD", "JPY", "USD", "JPY", "USD"],
        "total": [10_0000, 1000_0000, 30_0000, 3000_0000, 25_0000],
    }
    rates = {"USD": Decimal(1), "JPY": Decimal("0.01")}
    found = by_period(table, rates, STRETCH, MINUTE_NS)
    assert found == pytest.approx([20.0, 20.0, 15.0])


def test_moments_are_said_to_the_nanosecond() -> None:
    assert moment_text(START + 1) == "2026-10-21T08:00:00.000000001Z"
    assert parse_time(moment_text(START + 123_456_789)) == START + 123_456_789


def _imported(folder: Path) -> None:
    """The made-up day that ships, in a data store."""
    runner = CliRunner()
    prices, store = str(folder / "ticks.csv"), str(folder / "data")
    for arguments in (
        ["example", prices],
        ["import", prices, "--data", store, "--venue", "ALPHA", "--pair", "EUR/USD"],
    ):
        told = runner.invoke(data_app, arguments)
        assert told.exit_code == 0, told.output


def test_a_study_of_runs_over_a_data_store_ends_with_a_result(tmp_path: Path) -> None:
    _imported(tmp_path)
    ruled_desk(tmp_path / "desk", BOOK)
    (tmp_path / "a.backtest.yaml").write_text(
        "name: a\ndesk: desk\ndata: data\nvenues: [ALPHA]\npairs: [EUR/USD]\n"
        "span: {begin: 2014-05-01, end: 2014-05-02}\nflow: {mode: none}\n"
    )
    (tmp_path / "a.study.yaml").write_text(
        "name: a\nobjective: {run: a.backtest.yaml, figure: total}\n"
        "span: {begin: 2014-05-01T08:00:00Z, end: 2014-05-01T08:08:00Z, parts: 2, "
        "validation_parts: 1}\n"
        "parameters: {rules.trigger: {values: [0.1 pip]}}\n"
        "search: {trials: 1, seed: 1, sampler: grid}\n"
    )
    found = go_on(begin(tmp_path / "a.study.yaml"))
    assert {*found.data_hashes} == {"a.backtest.yaml", "desk", "data"}
    assert found.counts.complete == 1
    assert found.train.total != 0.0
    assert "two are due" in found.overfit.why_not


def test_a_study_over_data_that_is_not_there_is_not_begun(ruled_file: Path) -> None:
    with pytest.raises(ConfigurationError, match="no quotes of ALPHA, BETA"):
        hashes(ruled_file, STRETCH)
