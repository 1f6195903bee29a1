"""A small market and a configuration for backtests in tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from ruamel.yaml import YAML

from backtest.run.config import BacktestConfig
from backtest.run.feed import ListFeed, Prices
from connectors.sim.model import parse_time
from robot.package import configuration_folder

BEGIN = "2026-10-21T08:00:00Z"
KEYS = (("ALPHA", "EUR/USD"), ("BETA", "EUR/USD"))


def small_feed(minutes: int, seed: int = 1) -> ListFeed:
    """A walk of both venues, some two prices a second, in two batches."""
    chance, at_ns, middle = Random(seed), parse_time(BEGIN), 110_000
    end_ns = at_ns + minutes * 60_000_000_000
    rows = []
    while (at_ns := at_ns + chance.randint(1, 900) * 1_000_000) < end_ns:
        middle += chance.randint(-2, 2)
        bid, size = middle - chance.randint(0, 2), chance.choice((1, 2, 5)) * 100_000_000
        offer = bid + chance.randint(1, 4)
        rows.append((at_ns, chance.randint(0, 1), bid * 10_000, offer * 10_000, size, size))
    half = len(rows) // 2
    parts = [Prices(*zip(*part, strict=True)) for part in (rows[:half], rows[half:])]
    return ListFeed(KEYS, parts)


def small_config(minutes: int, **changes: object) -> BacktestConfig:
    """The shipped desk over `small_feed`, with the simulated venue's own clients."""
    end = f"2026-10-21T08:{minutes:02d}:00Z"
    return BacktestConfig.model_validate(
        {
            "name": "small",
            "desk": configuration_folder(),
            "data": Path("nowhere"),
            "span": {"begin": BEGIN, "end": end},
            "pairs": ["EUR/USD"],
            "flow": {"mode": "habits", "requests_per_second": "0.5", "misbehaviour": "0.1"},
            "checkpoint_minutes": 2,
            **changes,
        }
    )


def ruled_desk(folder: Path, text: str) -> Path:
    """The shipped desk whose strategy is a rule book: its folder."""
    shutil.copytree(configuration_folder(), folder)
    (folder / "moves.rules").write_text(text)
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    desk["strategy"] = {"name": "moves", "version": "1", "rules": "moves.rules"}
    for venue in desk["venues"]:
        venue["counterparty"] = "BANKA"  # with whom our orders are dealt
    yaml.dump(desk, folder / "desk.yaml")
    limits = (folder / "limits.yaml").read_text()
    (folder / "limits.yaml").write_text(f"{limits}\norders_outstanding: 5\n")
    return folder


def hosted_desk(folder: Path, code: str, **host: object) -> Path:
    """The shipped desk whose strategy is this Python file, in a process of its own: its folder."""
    shutil.copytree(configuration_folder(), folder)
    (folder / "mine.py").write_text(code)
    yaml = YAML()
    desk = yaml.load(folder / "desk.yaml")
    parameters = {"margin": "0.4", "lean_max": "1.5", "full": "5000000"}
    desk["strategy"] = {"name": "mine", "version": "1", "file": "mine.py"}
    desk["strategy"] |= {"parameters": parameters, "host": host}
    yaml.dump(desk, folder / "desk.yaml")
    return folder
