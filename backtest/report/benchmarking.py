"""The same run with a plainer desk: what the margins by tier and the lean are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from backtest.report.building import build, figures_of
from backtest.report.figures import mean_distances
from backtest.report.sheet import Benchmark
from backtest.report.source import BENCHMARKS, Source, open_source
from backtest.run.changes import changed_reference
from backtest.run.config import BacktestConfig
from backtest.run.result import FILE as RESULT
from backtest.run.runner import PLAN, Plan, run
from robot.deals.product import ProductKind
from robot.deals.reference import Reference, StrategyChoice
from robot.errors import RobotError
from robot.settings import load_settings

NO_LEAN, FLAT = "no lean", "flat margin"
NOTES = "notes.json"
"""Beside the runs: what each is, and what could not be compared."""
_FACTORY = "strategies.two_way:TwoWay"
_ANY_SIZE = "1000000000000"
_STRATEGY = "desk.strategy"


class Notes(msgspec.Struct):
    """What a page says of its benchmarks."""

    what: dict[str, str] = {}
    """By name."""
    missing: list[str] = []


class Plainer(msgspec.Struct, frozen=True, kw_only=True):
    """A plainer desk to run."""

    name: str
    what: str
    overrides: dict[str, str]


def run_benchmarks(source: Source) -> tuple[list[Benchmark], list[str]]:
    """The plain desks over the days of a run, in its folder; those that are there are kept. With
    them what could not be compared, and why.
    """
    config = _config_of(source.folder)
    reference = changed_reference(load_settings(config.desk).reference, config)
    plain, missing = plainer(reference, mean_distances(source.tables))
    made, notes = [], Notes(missing=missing)
    for one in plain:
        folder = source.folder / BENCHMARKS / one.name.replace(" ", "-")
        if not (folder / RESULT).exists():
            run(config, {**one.overrides, "journal": "none"}, folder=folder)
        notes.what[one.name] = one.what
        made.append(benchmark_of(folder, one.name, one.what))
    place = source.folder / BENCHMARKS
    place.mkdir(exist_ok=True)
    (place / NOTES).write_bytes(msgspec.json.encode(notes))
    return made, missing


def plainer(reference: Reference, margins: Mapping[str, float]) -> tuple[list[Plainer], list[str]]:
    """The same desk with plainer prices, and what there is no plainer one of. `margins`: the mean
    distance of its first prices from the middle, by product, in the unit of margins.
    """
    choice = reference.strategy
    leans = choice.factory == _FACTORY and not choice.rules
    found, missing = [], []
    if leans:
        lean = {f"{_STRATEGY}.parameters.lean_max": "0"}
        what = "prices do not lean against the position; margins as they are"
        found.append(Plainer(name=NO_LEAN, what=what, overrides=lean))
    else:
        missing.append(
            f"no variant without a lean: {choice.name} is no two_way, and how its prices lean is "
            "part of its rules or code. The flat margin has no lean either"
        )
    if not margins:
        missing.append("no flat margin: no request was quoted, so there is no mean margin")
        return found, missing
    flat = _flat(reference, margins, ladders=leans)
    told = ", ".join(f"{product} {max(0.0, one):.2f}" for product, one in margins.items())
    what = "two_way with one margin for everybody and no lean, the mean of this run's first prices"
    what += f" (pips; loans in hundredths of a percent): {told}"
    if not leans:
        what += f". It stands in for {choice.name}: what that refuses, asks, or deals by itself, "
        what += "it does not; hedges of desk.yaml go on"
    content = msgspec.json.encode(flat).decode()
    found.append(Plainer(name=FLAT, what=what, overrides={_STRATEGY: content}))
    return found, missing


def _flat(reference: Reference, margins: Mapping[str, float], *, ladders: bool) -> StrategyChoice:
    """One margin per product. With `ladders` only what the strategy has a margin for is quoted."""
    parameters = reference.strategy.parameters
    tiers = dict.fromkeys(str(one.tier) for one in reference.counterparties.values())
    every = {tier: [{"up_to": _ANY_SIZE}] for tier in tiers}
    spot = parameters.get("tiers", {}) if ladders else every
    others = parameters.get("products", {}) if ladders else dict.fromkeys(margins, every)
    assert isinstance(spot, dict) and isinstance(others, dict), "the strategy was made of them"
    steps = {**others, str(ProductKind.SPOT): spot}
    made = {
        product: {tier: _at(rows, margin) for tier, rows in steps.get(product, {}).items()}
        for product, margin in margins.items()
    }
    tiers_of_spot = made.pop(str(ProductKind.SPOT), {})
    return StrategyChoice(
        name="two_way",
        version="flat",
        factory=_FACTORY,
        parameters={"lean_max": "0", "tiers": tiers_of_spot, "products": made},
    )


def _at(rows: Sequence[Mapping[str, object]], margin: float) -> list[dict[str, str]]:
    return [{"up_to": str(row["up_to"]), "margin": f"{max(0.0, margin):.2f}"} for row in rows]


def benchmark_of(folder: Path, name: str = "", what: str = "") -> Benchmark:
    """A run as something to compare with."""
    source = open_source(folder)
    figures = figures_of(build(source))
    return Benchmark(name=name or source.name, what=what or f"the run {folder}", figures=figures)


def kept_benchmarks(folder: Path) -> tuple[list[Benchmark], list[str]]:
    """Those that were run before."""
    place = folder / BENCHMARKS / NOTES
    notes = msgspec.json.decode(place.read_bytes(), type=Notes) if place.exists() else Notes()
    found = []
    for result in sorted((folder / BENCHMARKS).glob(f"*/{RESULT}")):
        name = result.parent.name.replace("-", " ")
        found.append(benchmark_of(result.parent, name, notes.what.get(name, "")))
    return found, notes.missing


def _config_of(folder: Path) -> BacktestConfig:
    path = folder / PLAN
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=Plan)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise RobotError(f"{path}: cannot be read: {problem}; benchmarks are of runs") from problem
    return BacktestConfig.model_validate(plan.config)
