"""What a run cannot do is said before anything of an earlier run is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from backtest.data.catalogue import DataError
from backtest.run.config import BacktestConfig, load_config, overridden
from backtest.run.flow_model import write_model
from backtest.run.runner import run
from robot.errors import ConfigurationError, RobotError
from tests.kit.backtests import small_config
from tests.kit.flows import known_model
from tests.kit.market_data import imported, ticks, written

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no store", {"data": "none"}, "none: this data store is not there"),
    ("span", {"span": {"begin": "2014-05-02", "end": "2014-05-03"}},
     "span: no quotes of ALPHA .*; what there is is from 2014-05-01T00:00:00"),
    ("pair", {"pairs": ["GBP/USD"]}, r"no quotes of GBP/USD by ALPHA .*\(there is EUR/USD\)"),
    ("prices", {"prices": {"ALPHA": "ALFA"}}, "no quotes of ALFA; did you mean ALPHA?"),
    ("venue", {"venues": ["BETA"]}, r"no quotes of BETA.*: prices: {BETA: NAME}"),
    ("shared", {"venues": ["ALPHA", "BETA"], "prices": {"BETA": "ALPHA"}},
     "ALPHA and BETA would show the same prices"),
    ("no requests", {"flow": {"mode": "recorded"}},
     r"no kind requests there \(there is quotes\); flow: recorded needs a log"),
    ("strategy", {"changes": {"strategy.factory": "none.such"}}, "none.such cannot be loaded"),
    ("parameter", {"changes": {"strategy.parameters.lean_max": "two"}},
     "^strategy two_way: .*lean_max"),
]  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> BacktestConfig:
    """A run of a minute over a store of two."""
    imported(tmp_path, written(tmp_path, ticks(120)))
    return small_config(
        1,
        data=tmp_path / "store",
        runs=tmp_path / "runs",
        venues=["ALPHA"],
        pairs=["EUR/USD"],
        span={"begin": "2014-05-01T00:00:00Z", "end": "2014-05-01T00:01:00Z"},
    )


@pytest.mark.parametrize(
    ("changes", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_run_that_cannot_be_leaves_the_one_before_it(
    tmp_path: Path, config: BacktestConfig, changes: dict[str, Any], says: str
) -> None:
    before = tmp_path / "runs" / "small"
    before.mkdir(parents=True)
    (before / "run.json").write_text("{}")
    wrong = BacktestConfig.model_validate({**config.model_dump(), **changes})
    with pytest.raises(RobotError, match=says):
        run(wrong)
    assert ["run.json"] == [path.name for path in before.iterdir()]


def test_a_damaged_file_of_the_store_is_not_run_over(
    tmp_path: Path, config: BacktestConfig
) -> None:
    (path,) = (tmp_path / "store").rglob("*.parquet")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is not the file that was written"):
        run(config)


def test_a_model_of_other_pairs_is_refused(tmp_path: Path, config: BacktestConfig) -> None:
    model = known_model({"SPOT": (0.0, 0.0)})
    shares = tuple(msgspec.structs.replace(one, pair="GBP/USD") for one in model.shares)
    path = tmp_path / "model.json"
    write_model(msgspec.structs.replace(model, shares=shares), path)
    wrong = overridden(config, {"flow.mode": "fitted", "flow.model": path})
    with pytest.raises(ConfigurationError, match=r"none of these pairs: EUR/USD .*has GBP/USD"):
        run(wrong)


def test_a_folder_that_cannot_be_written_is_a_message(
    tmp_path: Path, config: BacktestConfig
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="runs: names another folder"):
        run(overridden(config, {"runs": tmp_path / "file"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("span", {"begin": "0001-01-01", "end": "2014-05-01"}),
        ("flow", {"requests_per_second": "1000000"}),
        ("conduct", {"to_robot_ms": "0.0000001"}),
    ],
)
def test_what_no_market_has_is_no_configuration(key: str, value: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        small_config(1, **{key: value})


def test_the_files_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.backtest.yaml"
    path.write_text(
        "name: x\ndesk: .\ndata: .\nspan: {begin: 1, end: 2}\nconduct: {last_look: 2}\n"
    )
    with pytest.raises(ConfigurationError) as found:
        load_config(path)
    assert f"{path}:4: span.begin" in str(found.value)
    assert f"{path}:5: conduct.last_look" in str(found.value)
