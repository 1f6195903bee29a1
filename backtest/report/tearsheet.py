"""A tear sheet as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence

from backtest.report import layout
from backtest.report.attribution import SOURCES, Line
from backtest.report.charts import Bar, Series, bars, curves, histogram, times
from backtest.report.scales import amount, moment
from backtest.report.sheet import Curve, Headline, Mark, Points, Ratio, Sheet
from connectors.evidence.page import escaped

COLOURS = {"margin": "c1", "inventory": "c3", "carry": "c2", "hedging": "c5"}
"""Of the sources, the same in every picture."""
MEANING = {
    "margin": "distance from the middle of each deal on our quotes",
    "inventory": "positions revalued as the spot middle moved",
    "carry": "forward points moved and ran off; loans accrued their interest",
    "hedging": "distance from the middle of deals on our own orders",
}
LIMITS_DRAWN = 6
SOON_S = 30
"""Markouts are drawn until here, and from here on with a scale of their own."""
INVENTORIES_DRAWN = 4
REFUSALS_SHOWN = 30
_BIG = ("result", "drawdown", "deals", "hit ratio", "client volume", "result per million")


def tear_sheet(sheet: Sheet) -> str:
    """The page."""
    sections = [
        ("result", "Where the result came from", _result(sheet)),
        ("equity", "Result and drawdown over time", _equity(sheet)),
        ("hits", "Hit ratios", _hits(sheet)),
        ("markouts", "Markouts", _markouts(sheet)),
        ("quotes", "From requests to deals", _quotes(sheet)),
        ("limits", "Limits over time", _limits(sheet)),
        ("refusals", "Refusals", _refusals(sheet)),
        ("inventory", "Inventory and hedging", _inventory(sheet)),
        ("benchmarks", "Benchmarks", _benchmarks(sheet)),
        ("basis", "What it rests on", _basis(sheet)),
    ]
    what = "backtest" if sheet.kind == "run" else "recorded day"
    head = [
        f"<header><h1>{escaped(sheet.title)}</h1>",
        layout.paragraph(
            f"Tear sheet of a {what}: {moment(sheet.begin_ns)} to {moment(sheet.end_ns)} UTC, "
            f"amounts in {sheet.currency}",
            "quiet",
        ),
        layout.contents([(name, title) for name, title, _ in sections]),
        "</header><main>",
        layout.cards(card(one) for one in sheet.headlines if one.name in _BIG),
        layout.paragraph(said) if (said := chosen(sheet)) else "",
    ]
    body = [layout.section(name, title, content) for name, title, content in sections]
    return layout.page(f"{sheet.title} · tear sheet", [*head, *body, "</main>"])


def card(one: Headline) -> tuple[str, str, str, str, str]:
    """A headline for `layout.cards`."""
    kind = ""
    if one.name in ("result", "drawdown", "result per million") and one.value:
        kind = "good" if one.value > 0 else "bad"
    return one.name, figure(one), one.unit, one.note, kind


def figure(one: Headline) -> str:
    """Its number."""
    if one.name == "hit ratio":
        return f"{one.value:.1%}"
    if one.name.endswith("volume"):
        return f"{amount(one.value / 1e6, 1)} M"
    return amount(one.value, 2 if one.name == "result per million" else 0)


def chosen(sheet: Sheet) -> str:
    """Which search the run is the winner of, and what that leaves of its ratio; empty: of none."""
    study = sheet.study
    if study is None:
        return ""
    text = f"Chosen by the study {study.name} among {study.trials} trials."
    if study.deflated_sharpe is not None:
        text += f" Deflated Sharpe ratio {study.deflated_sharpe:.1%}"
        text += " (probability that the true ratio is above 0)."
    if study.overfitting is not None:
        text += f" Probability of overfitting {study.overfitting:.1%}."
    return text


# --- sections


def _result(sheet: Sheet) -> str:
    rows = [
        Bar(
            name=name,
            value=float(getattr(sheet.sources, name)),
            text=amount(float(getattr(sheet.sources, name)), 2),
            colour=COLOURS[name],
        )
        for name in SOURCES
    ]
    meaning = layout.notes(f"{name}: {text}" for name, text in MEANING.items())
    parts = [
        layout.beside(
            bars(f"Result by source, {sheet.currency}", sheet.currency, rows),
            meaning + layout.paragraph("The four add up to the ledger's result, to the cent."),
        )
    ]
    for by, lines in sheet.by.items():
        made = _lines(f"By {by}, {sheet.currency}", by, lines, sheet.sources)
        parts.append(made if by in ("pair", "tier") else layout.folded(f"by {by}", made))
    rates = [
        f"1 {currency} = {float(rate):.8g} {sheet.currency}"
        for currency, rate in sheet.rates.items()
        if currency != sheet.currency
    ]
    if rates:
        parts.append(layout.paragraph(f"Converted at the end: {', '.join(rates)}", "quiet"))
    return "".join(parts)


def _lines(caption: str, by: str, lines: Sequence[Line], total: Line) -> str:
    def cells(line: Line, name: str) -> list[object]:
        values = [float(getattr(line, source)) for source in (*SOURCES, "total")]
        return [name, amount(line.deals), *(amount(value, 2) for value in values)]

    names = (by, "deals", *SOURCES, "total")
    rows = [cells(line, line.key) for line in lines]
    return layout.table(caption, names, rows, foot=cells(total, "total"))


def _equity(sheet: Sheet) -> str:
    lines = [
        Series(name=name, points=_floats(points), colour=COLOURS[name])
        for name, points in sheet.by_source.items()
        if any(value for _, value in points)
    ]
    total = Series(name="total", points=_floats(sheet.equity), colour="ink")
    fall = Series(name="drawdown", points=_floats(sheet.drawdown), colour="c5", fill=True)
    worst = sheet.headline("drawdown") or 0.0
    told = "it never fell below a peak of before"
    if worst < 0:
        begin, end = moment(sheet.drawdown_from_ns), moment(sheet.drawdown_to_ns)
        told = f"deepest {amount(worst, 2)} {sheet.currency}, from {begin} to {end} UTC"
    return "".join(
        (
            layout.heading("Result since the beginning, by source"),
            times("Result over time by source", sheet.currency, [*lines, total]),
            layout.heading("Drawdown"),
            times("Drawdown over time", sheet.currency, [fall], height=150),
            layout.paragraph(f"{told}; looked at once a minute.", "quiet"),
        )
    )


def _hits(sheet: Sheet) -> str:
    groups = (
        ("tier", sheet.hit_by_tier),
        ("size", sheet.hit_by_size),
        ("distance", sheet.hit_by_distance),
        ("distance to the best rival", sheet.hit_by_rival),
    )
    parts = [
        layout.paragraph(
            "Of requests that got a price and are over. Distance is that of the first price from "
            "the middle, in pips, of the side that was asked for. Whiskers are 95 % intervals "
            "(Wilson).",
            "quiet",
        )
    ]
    for name, rows in groups:
        parts.append(layout.heading(f"By {name}"))
        if not rows:
            parts.append(layout.paragraph("It is not known.", "quiet"))
            continue
        picture = bars(f"Hit ratio by {name}, %", "%", [_hit_bar(one) for one in rows])
        parts.append(layout.beside(picture, _hit_table(name, rows)))
    return "".join(parts)


def _hit_bar(one: Ratio) -> Bar:
    return Bar(
        name=one.key,
        value=100 * one.ratio,
        text=f"{one.ratio:.1%} of {one.quoted}",
        low=100 * one.low,
        high=100 * one.high,
    )


def _hit_table(name: str, rows: Sequence[Ratio]) -> str:
    cells = [
        (
            one.key,
            amount(one.quoted),
            amount(one.dealt),
            f"{one.ratio:.1%}",
            f"{one.low:.1%} to {one.high:.1%}",
            "-" if one.distance_pips is None else f"{one.distance_pips:.2f}",
        )
        for one in rows
    ]
    names = (name, "quoted", "dealt", "ratio", "95 %", "mean pips")
    return layout.table(f"Hit ratio by {name}", names, cells)


def _markouts(sheet: Sheet) -> str:
    text = (
        "Mean gain of deals on our quotes against the price dealt at, in bp of the middle (1 bp = "
        "0.01 %), 0 to 10 minutes later; at 0 it is the margin. A falling line: clients knew more. "
        "Shades are 95 % intervals of the mean."
    )
    parts = [layout.paragraph(text, "quiet")]
    for name, found in (
        ("tier", sheet.markouts_by_tier),
        ("counterparty", sheet.markouts_by_counterparty),
    ):
        parts.append(layout.heading(f"By {name}"))
        near, far = _curves(name, found, 0, SOON_S), _curves(name, found, SOON_S, 600)
        parts.append(layout.beside(near, far) if found else near)
        parts.append(layout.folded(f"figures by {name}", _curve_table(name, found)))
    return "".join(parts)


def _curves(name: str, found: Sequence[Curve], from_s: int, to_s: int) -> str:
    """A part of the horizons: what moves in minutes would hide what moves in seconds."""
    every = {mark.horizon_s for curve in found for mark in curve.marks}
    horizons = sorted(one for one in every if from_s <= one <= to_s)
    place = {horizon_s: float(at) for at, horizon_s in enumerate(horizons)}
    lines = [
        Series(
            name=f"{curve.key} ({curve.marks[0].deals} deals)",
            colour=f"c{number % 8 + 1}",
            points=[
                (place[mark.horizon_s], mark.bp) for mark in curve.marks if mark.horizon_s in place
            ],
            band=[
                (place[mark.horizon_s], mark.low, mark.high)
                for mark in curve.marks
                if mark.low is not None and mark.high is not None and mark.horizon_s in place
            ]
            if len(found) <= 4
            else (),
        )
        for number, curve in enumerate(found)
    ]
    names = [_horizon(horizon_s) for horizon_s in horizons]
    title = f"Markouts by {name}, bp, {_horizon(from_s)} to {_horizon(to_s)} after the deal"
    return curves(title, f"bp, {_horizon(from_s)} to {_horizon(to_s)} later", lines, names)


def _curve_table(name: str, found: Sequence[Curve]) -> str:
    horizons = sorted({mark.horizon_s for curve in found for mark in curve.marks})
    rows = []
    for curve in found:
        cells = {mark.horizon_s: _mark_text(mark) for mark in curve.marks}
        deals = amount(curve.marks[0].deals)
        rows.append((curve.key, deals, *(cells.get(one, "-") for one in horizons)))
    names = (name, "deals", *(_horizon(horizon_s) for horizon_s in horizons))
    caption = f"Markouts by {name}, mean bp ± half of the 95 % interval"
    return layout.table(caption, names, rows)


def _mark_text(mark: Mark) -> str:
    mean = f"{mark.bp:.2f}".replace("-", "−")
    return mean if mark.high is None else f"{mean} ± {mark.high - mark.bp:.2f}"


def _horizon(horizon_s: int) -> str:
    if horizon_s >= 60 and horizon_s % 60 == 0:
        return f"{horizon_s // 60} min"
    return f"{horizon_s} s"


def _quotes(sheet: Sheet) -> str:
    talks = sheet.conversations
    steps = [
        ("requests", talks.requests),
        ("quoted", talks.quoted),
        ("dealt", talks.dealt),
        ("refused", talks.refused),
    ]
    rows = [
        Bar(
            name=name,
            value=count,
            text=f"{count:,}" + (f" ({count / talks.requests:.1%})" if talks.requests else ""),
            colour="c5" if name == "refused" else "c1",
        )
        for name, count in steps
    ]
    per_deal = "no prices per deal to tell"
    if talks.prices_per_deal is not None:
        per_deal = f"{talks.prices_per_deal:.1f} prices per deal"
    text = (
        f"{talks.prices:,} prices sent ({talks.streamed:,} of them unasked, to streams), "
        f"{talks.deals:,} deals on them: {per_deal}."
    )
    outcomes = layout.table(
        "How requests ended",
        ("outcome", "requests", "share"),
        [
            (name, amount(count), f"{count / talks.requests:.1%}")
            for name, count in talks.outcomes.items()
        ],
    )
    picture = bars("Requests, quoted, dealt, refused", "requests", rows)
    return layout.paragraph(text) + layout.beside(picture, outcomes)


def _limits(sheet: Sheet) -> str:
    drawn = [one for one in sheet.limits if one.points and one.peak_share][:LIMITS_DRAWN]
    lines = [
        Series(
            name=one.limit_id,
            colour=f"c{number + 1}",
            points=[(float(at), 100 * share) for at, share in one.points],
            dashed=number % 2 == 1,
        )
        for number, one in enumerate(drawn)
    ]
    rows = [
        (
            one.limit_id,
            "-" if one.peak_share is None else f"{one.peak_share:.1%}",
            moment(one.peak_ns),
            amount(one.maximum),
        )
        for one in sheet.limits
    ]
    names = ("limit", "peak share", "at (UTC)", "maximum, own unit")
    return "".join(
        (
            layout.paragraph(
                "Share of its maximum that was used and reserved together at most, of the fullest "
                "limits, over time. 100 % is the maximum.",
                "quiet",
            ),
            times("Use of the fullest limits, % of the maximum", "% of maximum", lines),
            layout.folded(
                f"peaks of {len(rows)} limits",
                layout.table("Peaks of limits, the fullest first", names, rows),
            ),
        )
    )


def _refusals(sheet: Sheet) -> str:
    totals: dict[str, int] = {}
    for one in sheet.refusals:
        totals[one.reason] = totals.get(one.reason, 0) + one.count
    every = sum(totals.values())
    rows = [
        Bar(name=reason, value=count, text=f"{count:,} ({count / every:.0%})", colour="c5")
        for reason, count in sorted(totals.items(), key=lambda row: -row[1])[:12]
    ]
    cells = [
        (one.reason, one.decided, one.refused_by or "-", amount(one.count))
        for one in sheet.refusals[:REFUSALS_SHOWN]
    ]
    table = layout.table(
        "Refusals by reason", ("reason", "of a", "by the limit", "count"), cells, texts=3
    )
    return layout.beside(bars("Refusals by reason", "refusals", rows), table)


def _inventory(sheet: Sheet) -> str:
    parts = []
    for one in sorted(sheet.inventory, key=lambda row: row.pair)[:INVENTORIES_DRAWN]:
        name = f"Position of {one.pair} at the end of each minute"
        unit = f"{one.pair[:3]}, long right of 0"
        parts.append(layout.heading(one.pair) + histogram(name, unit, one.edges, one.counts))
    pictures = layout.beside(*parts) if parts else ""
    rows = [
        (
            one.pair,
            amount(one.minutes),
            *(amount(value) for value in (one.low, one.p5, one.median, one.p95, one.high)),
            f"{one.flat:.1%}",
        )
        for one in sheet.inventory
    ]
    names = ("pair", "minutes", "lowest", "5 %", "median", "95 %", "highest", "flat")
    hedges = [
        (
            one.pair,
            amount(one.orders),
            amount(one.in_part),
            amount(one.rejected),
            amount(one.deals),
            amount(one.volume),
            f"{one.share:.1%}",
            f"{amount(one.cost, 2)} {one.currency}",
            "-" if one.cost_bp is None else f"{one.cost_bp:.3f}",
        )
        for one in sheet.hedging
    ]
    hedge_names = (
        *("pair", "orders", "dealt in part", "rejected", "deals"),
        *("volume, base currency", "share of volume"),
        *("against the middle", "bp"),
    )
    return (
        pictures
        + layout.table("Positions, base currency", names, rows)
        + layout.table("Orders of ours, and what they cost", hedge_names, hedges)
    )


def _benchmarks(sheet: Sheet) -> str:
    missing = layout.notes(sheet.benchmarks_missing)
    if not sheet.benchmarks:
        if missing:
            return layout.paragraph("Nothing to compare with.") + missing
        text = "Not run. fxrobot backtest report RUN --benchmarks runs the same days again with a "
        text += "flat margin and without a lean."
        if sheet.kind != "run":
            text = "Not run: a recorded day cannot be dealt again with another desk. A backtest of "
            text += "it can (fxrobot backtest run, then report --benchmarks)."
        return layout.paragraph(text, "quiet")
    names = [one for one in sheet.headlines if one.name in (*_BIG, *SOURCES)]
    mine = {one.name: float(one.value) for one in names}
    rows = []
    for label, figures in (
        ("this run", mine),
        *((one.name, one.figures) for one in sheet.benchmarks),
    ):
        cells = [
            figure(Headline(name=one.name, value=figures.get(one.name, 0.0), unit=one.unit))
            for one in names
        ]
        rows.append([label, *cells])
    meant = layout.notes(f"{one.name}: {one.what}" for one in sheet.benchmarks)
    caption = f"The same days, venues, clients and seed, amounts in {sheet.currency}"
    return layout.table(caption, ("run", *(one.name for one in names)), rows) + meant + missing


def _basis(sheet: Sheet) -> str:
    about = [(name.replace("_", " "), value) for name, value in sheet.about.items()]
    study = sheet.study
    tried = "not known" if study is None else f"{study.trials} ({study.name})"
    about.append(("number of trials", tried))
    return "".join(
        (
            layout.heading("Assumptions"),
            layout.notes(sheet.assumptions),
            layout.heading("Costs and slippage"),
            layout.notes(sheet.costs),
            layout.heading("What is missing"),
            layout.notes(sheet.remarks) or layout.paragraph("nothing", "quiet"),
            layout.heading("To make these figures again"),
            layout.table("Seed, hashes, versions", ("what", "value"), about, texts=2),
            layout.folded(
                "all headline figures",
                layout.table(
                    "Headline figures",
                    ("figure", "value", "unit", "note"),
                    [(one.name, (figure(one), ""), one.unit, one.note) for one in sheet.headlines],
                    texts=4,
                ),
            ),
        )
    )


def _floats(points: Points) -> list[tuple[float, float]]:
    return [(float(at), value) for at, value in points]
