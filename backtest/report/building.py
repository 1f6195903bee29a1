"""A tear sheet out of the records of a run or of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from backtest.records.columns import Tables
from backtest.report import figures
from backtest.report.attribution import (
    BY,
    SOURCES,
    Line,
    Row,
    about,
    lines,
    rates_of,
    total_of,
    unconverted,
    worths,
)
from backtest.report.rivals import hit_by_rival, rivals_told
from backtest.report.sheet import (
    Benchmark,
    Conversations,
    Headline,
    Hedging,
    Sheet,
    Study,
)
from backtest.report.source import Source
from backtest.report.statistics import Drawdown, wilson

COSTS = (
    "our own orders cost their distance from the middle of the market when they dealt (hedging); "
    "brokerage, clearing and funding of capital are not counted",
    "a result is the ledger's: deals against the middle of the spot market, forwards with their "
    "points, undiscounted; loans by what they gained when they were dealt and the interest accrued "
    "since at the market's rate of then",
)
WITHOUT_POINTS = "without_points"
AGES = {"mid_age_ms": "a middle", "points_age_ms": "points"}
AGE_TOLD_MS = 60_000
"""Prices younger than this are told of as of the end."""
OF_JOURNALS = (
    "read from the journal of a robot that was dealing: who asked, hit and passed is what happened",
)


def build(
    source: Source,
    benchmarks: Sequence[Benchmark] = (),
    study: Study | None = None,
    missing: Sequence[str] = (),
) -> Sheet:
    """The whole sheet."""
    tables, told = source.tables, about(source.tables)
    rates, deals = rates_of(tables), worths(tables)
    rows = [one.row for one in deals]
    by = {name: lines(tables, deals, name, rates) for name in BY}
    line = figures.equity(tables, rates)
    total = line["total"]
    fall = Drawdown([at for at, _ in total], [value for _, value in total])
    begin_ns, end_ns = int(told.get("begun_ns", 0)), int(told.get("ended_ns", 0))
    talks, hedged = figures.conversations(tables, rows), figures.hedging(tables, rows)
    held = figures.inventory(tables)
    sources = _sum_of(by["pair"])
    tier, size, away = figures.hit_ratios(tables)
    behind = hit_by_rival(tables)
    currency = told.get("reporting_currency", "USD")
    return Sheet(
        title=source.name,
        kind=source.kind,
        currency=currency,
        begin_ns=begin_ns,
        end_ns=end_ns,
        about=_about(source, told),
        assumptions=source.result.assumptions if source.result is not None else OF_JOURNALS,
        costs=COSTS,
        remarks=tuple(
            filter(
                None,
                (
                    *_remarks(source, rates, benchmarks, study, missing),
                    rivals_told(tables, sum(one.quoted for one in behind)),
                ),
            )
        ),
        headlines=tuple(_headlines(tables, rows, rates, sources, fall, talks, hedged, currency)),
        sources=sources,
        by=by,
        rates=rates,
        equity=total,
        by_source={name: line[name] for name in SOURCES},
        drawdown=[(at, fall.depth[place]) for place, (at, _) in enumerate(total)],
        drawdown_from_ns=fall.from_ns,
        drawdown_to_ns=fall.to_ns,
        conversations=talks,
        hit_by_tier=tier,
        hit_by_size=size,
        hit_by_distance=away,
        hit_by_rival=behind,
        markouts_by_tier=figures.markouts(tables, rows, "tier"),
        markouts_by_counterparty=figures.markouts(tables, rows, "counterparty"),
        limits=figures.limit_peaks(tables, begin_ns, end_ns),
        refusals=figures.refusals(tables),
        inventory=held,
        hedging=hedged,
        benchmarks=list(benchmarks),
        benchmarks_missing=list(missing),
        study=study,
    )


def figures_of(sheet: Sheet) -> dict[str, float]:
    """The headlines by name: what runs are compared by."""
    return {one.name: float(one.value) for one in sheet.headlines}


def _sum_of(by_pair: Sequence[Line]) -> Line:
    zero = Decimal(0)
    return Line(
        key="total",
        deals=sum(line.deals for line in by_pair),
        margin=sum((line.margin for line in by_pair), zero),
        inventory=sum((line.inventory for line in by_pair), zero),
        carry=sum((line.carry for line in by_pair), zero),
        hedging=sum((line.hedging for line in by_pair), zero),
        total=sum((line.total for line in by_pair), zero),
    )


def _about(source: Source, told: Mapping[str, str]) -> dict[str, str]:
    """Where the figures come from, to make them again."""
    kept = ("entity", "book", "strategy", "seed", "code_version", "configuration_hash")
    found = {name: told[name] for name in kept if told.get(name)}
    found["trade_dates"] = told.get("trade_dates", "")
    result = source.result
    if result is not None:
        found |= {
            "seed": str(result.seed),
            "code_version": result.code_version,
            "run_configuration_hash": result.config_hash,
            "desk_hash": result.desk_hash,
        }
        found |= {f"data {name}": value for name, value in result.data_hashes.items()}
        found |= {f"changed {name}": value for name, value in result.overrides.items()}
    if source.segments:
        found["journal_segments"] = " ".join(source.segments)
    return found


def _remarks(
    source: Source,
    rates: Mapping[str, Decimal],
    benchmarks: Sequence[Benchmark],
    study: Study | None,
    missing: Sequence[str],
) -> list[str]:
    tables = source.tables
    made = [
        f"the result of {name} is not in the total: no rate into the reporting currency"
        for name in unconverted(tables, rates)
    ]
    made += valued_at(about(tables))
    made += [f"benchmarks: {text}" for text in missing]
    if not benchmarks and not missing:
        run = "RUN" if source.kind == "run" else "RUN of a backtest of this day"
        made.append(
            f"no benchmark was run: fxrobot backtest report {run} --benchmarks runs the same days "
            "with a flat margin and without a lean"
        )
    if study is None:
        made.append(
            "number of trials unknown: where this run was chosen among others, name the study "
            "(--study FOLDER), or its result says too much"
        )
    without = tables["markouts"]["mid"].count(None)
    if without:
        made.append(
            f"{without} of {len(tables['markouts']['mid'])} markouts are missing: the last middle "
            "was older than 60 s then, or the record had ended"
        )
    return made


def _note(tables: Tables) -> str:
    incomplete = any(key.startswith(WITHOUT_POINTS) for key in about(tables))
    return "the ledger's, of the record" + ("; incomplete: see below" if incomplete else "")


def valued_at(told: Mapping[str, str]) -> list[str]:
    """What of the result is not of the market at the end."""
    made = []
    for key, value in told.items():
        what, _, name = key.partition(" ")
        if what == WITHOUT_POINTS:
            made.append(
                f"the result of {name} is incomplete: points to {value} were never known, and its "
                "forwards of these dates count at the spot middle"
            )
        elif what in AGES and int(value) > AGE_TOLD_MS:
            made.append(
                f"{name} is valued at {AGES[what]} of {int(value) / 1_000:,.0f} s before the end: "
                "nobody quoted any later"
            )
    return made


def _headlines(
    tables: Tables,
    deals: Sequence[Row],
    rates: Mapping[str, Decimal],
    sources: Line,
    fall: Drawdown,
    talks: Conversations,
    hedged: Sequence[Hedging],
    currency: str,
) -> list[Headline]:
    client = figures.volume(deals, rates, chosen=lambda row: not row["as_taker"])
    taken = figures.volume(deals, rates, chosen=lambda row: bool(row["as_taker"]))
    quoted, dealt = talks.quoted, talks.dealt
    low, high = wilson(dealt, quoted)
    total = float(total_of(tables, rates))
    millions = client / 1e6
    made = [
        Headline(name="result", value=total, unit=currency, note=_note(tables)),
        *(
            Headline(name=name, value=float(getattr(sources, name)), unit=currency)
            for name in SOURCES
        ),
        Headline(
            name="drawdown", value=fall.worst, unit=currency, note="deepest, minute by minute"
        ),
        Headline(
            name="deals",
            value=len(deals),
            unit="deals that stand",
            note=f"{talks.deals:,} on our quotes, {len(deals) - talks.deals:,} on orders of ours",
        ),
        Headline(name="client deals", value=talks.deals, unit="deals", note="on our quotes"),
        Headline(
            name="own deals",
            value=len(deals) - talks.deals,
            unit="deals",
            note="on orders of ours, as hedges are",
        ),
        Headline(name="client volume", value=client, unit=currency),
        Headline(name="hedged volume", value=taken, unit=currency, note="by orders of ours"),
        Headline(
            name="result per million",
            value=total / millions if millions else 0.0,
            unit=f"{currency} per million {currency} of client volume",
        ),
        Headline(name="requests", value=talks.requests, unit="requests"),
        Headline(
            name="hit ratio",
            value=dealt / quoted if quoted else 0.0,
            unit="of requests quoted",
            note=f"95 %: {low:.1%} to {high:.1%}, n = {quoted}" if quoted else "none was quoted",
        ),
        Headline(name="prices", value=talks.prices, unit="prices sent"),
        Headline(name="refused", value=talks.refused, unit="requests"),
        Headline(name="orders", value=sum(one.orders for one in hedged), unit="orders of ours"),
    ]
    return made
