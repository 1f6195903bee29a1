"""The event-driven backtest as an objective: the same engine, strategies and limits as live.

A parameter is a dotted key of the backtest's configuration (`desk.strategy.parameters.lean_max`),
or `rules.NAME`: a parameter of the rule books of the desk, as a book says it (`rules.base margin`:
`0.4 pip`). Options: `period_minutes` cuts each part into results by so many minutes; without it a
part is one result. Results are in the reporting currency, other currencies at the rate of the end.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from backtest.honesty.splits import Stretch
from backtest.records.columns import Columns, Kind
from backtest.records.parts import read_tables
from backtest.report.attribution import rates_of
from backtest.run.changes import RULES, changed_reference
from backtest.run.config import BacktestConfig, load_config, overridden
from backtest.run.feed import Feed, open_feed
from backtest.run.game_changes import GAMES
from backtest.run.runner import run
from backtest.studies.expected import Unlike
from backtest.studies.settings import Axis
from robot.clock import utc_datetime
from robot.errors import ConfigurationError
from robot.settings import Settings, load_settings

DESK = "desk"
"""The name under which a study keeps the hash of the desk."""
MINUTE_NS = 60_000_000_000
NS = 1_000_000_000


class Prepared(NamedTuple):
    """What the runs of a study share: read once in each process."""

    config: BacktestConfig
    settings: Settings


def options_of(run: Path, hashes: Mapping[str, str]) -> dict[str, str]:
    """What `results` is given of the study's own: the run, and the hashes it was begun with."""
    return {
        "run": str(run),
        "run_hash": hashes.get(run.name, ""),
        "desk_hash": hashes.get(DESK, ""),
    }


def results(
    parameters: Mapping[str, str], stretch: Stretch, seed: int, options: Mapping[str, str]
) -> Sequence[float]:
    """Of one run over the stretch, by period."""
    hashes = (options.get("run_hash", ""), options.get("desk_hash", ""))
    config, settings = prepared(Path(options["run"]), *hashes)
    minutes = int(options.get("period_minutes", "0"))
    return measured(config, parameters, stretch, seed, minutes * MINUTE_NS, settings=settings)


_READ: dict[tuple[Path, str, str], Prepared] = {}
"""The last one, by its hashes."""


def read(run_file: Path) -> Prepared:
    """From the files as they are now."""
    config = load_config(run_file)
    found = Prepared(config, load_settings(config.desk))
    _READ.clear()
    _READ[run_file, config.hash, found.settings.hash] = found
    return found


def prepared(run_file: Path, run_hash: str, desk_hash: str) -> Prepared:
    """The configuration and the desk; `Unlike` where they are not those of the hashes."""
    known = _READ.get((run_file, run_hash, desk_hash))
    if known is not None:
        return known
    config, settings = read(run_file)
    for path, wanted, there in (
        (run_file, run_hash, config.hash),
        (config.desk, desk_hash, settings.hash),
    ):
        if wanted not in ("", there):
            raise Unlike(f"{path}: was changed while the study ran; put it back, or begin another")
    return Prepared(config, settings)


def measured(
    config: BacktestConfig,
    parameters: Mapping[str, str],
    stretch: Stretch,
    seed: int,
    period_ns: int = 0,
    feed: Feed | None = None,
    settings: Settings | None = None,
) -> list[float]:
    """The same of a configuration that is loaded. The run's own folder is thrown away."""
    overrides: dict[str, object] = dict(overrides_of(parameters))
    overrides |= {
        "span.begin": moment_text(stretch.start_ns),
        "span.end": moment_text(stretch.until_ns),
        "seed": seed,
        "journal": "none",
    }
    with TemporaryDirectory(prefix="fxrobot-study-") as folder:
        where = Path(folder) / config.name
        found = run(config, overrides, folder=where, feed=feed, settings=settings)
        if "profit_without" in found.figures:
            text = f"{found.figures['profit_without']} cannot be told in the reporting currency"
            raise ConfigurationError(f"{config.name}: the result of {text}")
        if not period_ns:
            return [found.number("profit")]
        tables = read_tables(where / "records", ("results", "about"))
        return by_period(tables["results"], rates_of(tables), stretch, period_ns)


def overrides_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """What a run is given: parameters of rule books and games are the desk's."""
    return {
        f"desk.{key}" if key.startswith((RULES, GAMES)) else key: value
        for key, value in parameters.items()
    }


def check_parameters(
    run_file: Path, axes: Mapping[str, Axis], hashes: Mapping[str, str] | None = None
) -> None:
    """Raises ConfigurationError where a name is none of the run's, the desk's or its rule books',
    or the lowest or the highest of its values is none that it can have.
    """
    mine = options_of(run_file, hashes or {})
    config, settings = prepared(run_file, mine["run_hash"], mine["desk_hash"])
    reference = settings.reference
    for name, axis in axes.items():
        for place in {0, axis.count - 1}:
            try:
                changed_reference(
                    reference, overridden(config, overrides_of({name: axis.value(place)}))
                )
            except ConfigurationError as problem:
                raise ConfigurationError(f"parameters: {name}: {problem}") from problem


def by_period(
    table: Columns, rates: Mapping[str, Decimal], stretch: Stretch, period_ns: int
) -> list[float]:
    """Changes of the results of all pairs together, from period to period; the last may be shorter.

    `table`: the records `results`, of each pair its result so far, in the order of time.
    """
    edges = [*range(stretch.start_ns, stretch.until_ns, period_ns), stretch.until_ns]
    unit = Kind.MONEY.unit
    assert unit is not None
    totals = [0.0] * len(edges)
    for name in dict.fromkeys(map(str, table["pair"])):
        rows = [n for n, pair in enumerate(table["pair"]) if pair == name]
        rate = rates[str(table["currency"][rows[0]])]
        times = [int(table["at_ns"][n] or 0) for n in rows]
        for place, edge in enumerate(edges):
            # What is on record at the end itself is the last of the run.
            until = len(times) if edge == stretch.until_ns else bisect_left(times, edge)
            if until:
                worth = int(table["total"][rows[until - 1]] or 0) * unit * rate
                totals[place] += float(worth)
    return [now - before for before, now in pairwise(totals)]


def hashes(run_file: Path, span: Stretch) -> dict[str, str]:
    """Of the configuration, the desk, what is read of the data, and the model of clients."""
    config, settings = read(run_file)
    whole = {"span.begin": moment_text(span.start_ns), "span.end": moment_text(span.until_ns)}
    found = {run_file.name: config.hash, DESK: settings.hash}
    found["data"] = open_feed(overridden(config, whole), settings)[1]
    if (model := config.flow.model) is not None:
        try:
            found["flow"] = hashlib.sha256(model.read_bytes()).hexdigest()
        except OSError as problem:
            raise ConfigurationError(f"{model}: cannot be read: {problem.strerror}") from problem
    return found


def moment_text(at_ns: int) -> str:
    """As a configuration says it, to the nanosecond."""
    return f"{utc_datetime(at_ns):%Y-%m-%dT%H:%M:%S}.{at_ns % NS:09d}Z"
