"""A sweep by the command: every point in vectorbt, the best again by the live robot's core."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from backtest.cli import app
from backtest.run.config import load_config
from backtest.run.runner import run
from tests.kit.backtests import ruled_desk
from tests.kit.market_data import imported, written

BOOK = """\
book "moves"
for spot in EUR/USD
every 10 s during london
schedule london is Mon to Fri 09:02 to 17:00 Europe/London
parameter trigger = 2 pip, between 0.5 pip and 20 pip
parameter far = 30 pip, between 1 pip and 60 pip
rule "gone" priority 10
  when absolute move[5 min] > far
  then pass "gone"
rule "up"
  when move[1 min] > trigger
  then buy 1 mio at offer + 0.5 pip within 2 s
rule "down"
  when move[1 min] < -trigger
  then sell 2 mio at bid - 0.5 pip within 2 s
otherwise pass "quiet"
"""
MINUTES = 12


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Twelve minutes of a market that drifts, at ALPHA, and a desk that deals by the book."""
    chance = np.random.default_rng(5)
    drift = np.repeat(chance.choice([-1, 0, 1], MINUTES), 60)
    middle = 110_000 + np.cumsum(chance.integers(-3, 4, len(drift)) + drift)
    lines = ["time,bid,ask,bid_size,ask_size"]
    for second, price in enumerate(middle.tolist()):
        time = f"2026-10-21T08:{second // 60:02d}:{second % 60:02d}.500Z"
        lines.append(f"{time},{(price - 1) / 1e5:.5f},{(price + 1) / 1e5:.5f},5000000,5000000")
    imported(tmp_path, written(tmp_path, "\n".join(lines) + "\n"))
    ruled_desk(tmp_path / "desk", BOOK)
    content = {
        "name": "swept",
        "desk": "desk",
        "data": "store",
        "span": {"begin": "2026-10-21T08:00:00Z", "end": f"2026-10-21T08:{MINUTES}:00Z"},
        "pairs": ["EUR/USD"],
        "venues": ["ALPHA"],
        "flow": {"mode": "none"},
        "conduct": {"to_robot_ms": 20, "to_venue_ms": 20},
    }
    path = tmp_path / "swept.backtest.yaml"
    YAML().dump(content, path)
    return path


def test_winners_of_a_sweep_are_confirmed_with_both_figures_and_the_difference(
    config: Path, tmp_path: Path
) -> None:
    tried = ["--try", "trigger=0.5 pip,1 pip,4 pip", "--try", "far=4 pip,30 pip", "--best", "2"]
    done = CliRunner().invoke(app, ["sweep", str(config), *tried, "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    first, second = report["winners"]
    assert report["points"] == 6 and 0 < report["looks"] < 6 * MINUTES
    assert first["vectorised"]["profit"] >= second["vectorised"]["profit"]
    for winner in (first, second):
        assert winner["vectorised"]["deals"] > 5 and winner["event_driven"]["deals"] > 5
        assert any("20 ms to the venue" in text for text in winner["assumptions"])
        assert winner["assumptions"][0].startswith("vectorised: Deals are done at the bid")
    said = {f"desk.rules.{name}": value for name, value in first["parameters"].items()}
    alone = run(load_config(config), said, folder=tmp_path / "alone")
    assert alone.figures["result EUR/USD"] == f"{first['event_driven']['profit']:.2f} USD"
    assert alone.figures["deals"] == first["event_driven"]["deals"]


def test_the_report_for_a_person_has_a_line_for_each_winner(config: Path) -> None:
    done = CliRunner().invoke(app, ["sweep", str(config), "--try", "trigger=1 pip,2 pip"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("moves in EUR/USD: 2 points,") and lines[0].endswith("in USD")
    assert [word in lines[1] for word in ("vectorised", "event-driven", "difference")] == [True] * 3
    assert [line[:5] for line in lines[2:4]] == ["1 pip", "2 pip"] or lines[2][:5] == "2 pip"
    assert all(line.rstrip().endswith("confirmed") for line in lines[2:4])
