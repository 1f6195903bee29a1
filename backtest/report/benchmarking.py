"""The same run with a plainer desk: what the margins by tier and the lean are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from backtest.report.building import build, figures_of
from backtest.report.sheet import Benchmark, Ratio, Sheet
from backtest.report.source import BENCHMARKS, Source, open_source
from backtest.run.config import BacktestConfig
from backtest.run.runner import PLAN, Plan, run
from robot.errors import RobotError
from robot.settings import load_settings

NO_LEAN, FLAT = "no lean", "flat margin"
_LEAN = "desk.strategy.parameters.lean_max"
_TIERS = "desk.strategy.parameters.tiers"
_NO_LADDERS = (
    "has no margins by tier and no lean_max (those are strategies.two_way's); run a plainer desk "
    "yourself and name its folder: --benchmark FOLDER"
)


def run_benchmarks(source: Source, sheet: Sheet) -> list[Benchmark]:
    """Both plain desks over the days of a run, in its folder; those that are there are kept."""
    config = _config_of(source.folder)
    parameters = load_settings(config.desk).reference.strategy.parameters
    made = []
    for name, what, overrides in _plainer(parameters, sheet, source.folder):
        folder = source.folder / BENCHMARKS / name.replace(" ", "-")
        if not (folder / "result.json").exists():
            run(config, {**overrides, "journal": "none"}, folder=folder)
        made.append(benchmark_of(folder, name, what))
    return made


def benchmark_of(folder: Path, name: str = "", what: str = "") -> Benchmark:
    """A run as something to compare with."""
    source = open_source(folder)
    figures = figures_of(build(source))
    return Benchmark(name=name or source.name, what=what or f"the run {folder}", figures=figures)


def kept_benchmarks(folder: Path) -> list[Benchmark]:
    """Those that were run before."""
    found = []
    for place in sorted((folder / BENCHMARKS).glob("*/result.json")):
        name = place.parent.name.replace("-", " ")
        found.append(benchmark_of(place.parent, name, _told(name)))
    return found


def _plainer(
    parameters: Mapping[str, object], sheet: Sheet, folder: Path
) -> Iterator[tuple[str, str, dict[str, object]]]:
    tiers = parameters.get("tiers")
    if not isinstance(tiers, Mapping) or "lean_max" not in parameters:
        raise RobotError(f"{folder}: the strategy {_NO_LADDERS}")
    yield NO_LEAN, _told(NO_LEAN), {_LEAN: "0"}
    margin = mean_distance(sheet.hit_by_tier)
    if margin is None:
        raise RobotError(f"{folder}: no request was quoted: there is no mean margin")
    flat: dict[str, object] = {_LEAN: "0"}
    for tier, steps in tiers.items():
        for place in range(len(steps)):
            flat[f"{_TIERS}.{tier}.{place}.margin"] = f"{margin:.2f}"
    yield FLAT, f"{_told(FLAT)}: {margin:.2f} pips", flat


def mean_distance(by_tier: list[Ratio]) -> float | None:
    """Mean distance of all first prices from the middle, pips."""
    known = [one for one in by_tier if one.distance_pips is not None]
    quoted = sum(one.quoted for one in known)
    if not quoted:
        return None
    return sum((one.distance_pips or 0.0) * one.quoted for one in known) / quoted


def _told(name: str) -> str:
    if name == NO_LEAN:
        return "prices do not lean against the position"
    return "every tier and size has the mean margin of this run, and prices do not lean"


def _config_of(folder: Path) -> BacktestConfig:
    path = folder / PLAN
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise RobotError(f"{path}: cannot be read: {problem}; benchmarks are of runs") from problem
    return BacktestConfig.model_validate(plan.config)
