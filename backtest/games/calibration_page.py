"""A calibration as one page: hit curves with what was seen, scores by each number, both sets of
numbers side by side. It needs nothing else and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from backtest.games.calibrating import Calibrated, Dial, Judged, Report, dials, score_of
from backtest.games.calibration_numbers import Number
from backtest.games.calibration_text import assumed_lines, money, percent, value_text
from backtest.report.charts import Mark, Series, plane
from backtest.report.layout import beside, heading, notes, page, paragraph, section, table
from robot.basics.currency import base_of
from strategies.games.calibration.hit_curves import HitCurve
from strategies.games.calibration.request_log import RequestLog
from strategies.games.quoting.authored import Authored

BINS = 10
"""Of prices of a tier, each with as many."""
POINTS = 17
SPREAD = 3.0
"""Numbers are shown from a third to three times the proposed, and as far as the trader's."""
NINETY = 1.645
COLOURS = ("c1", "c2", "c3", "c4", "c5", "c7", "c8", "c6")


def calibration_page(found: Calibrated) -> str:
    """The whole file."""
    report = found.report
    title = f"Calibration of {report.pair} {report.product.lower()}"
    parts = [
        f"<h1>{title}</h1>",
        paragraph(f"{report.place}: {report.requests} requests, {report.dealt} dealt", "quiet"),
        section(
            "scores",
            "What the numbers come to",
            _scores(found),
            number_table("Each number by itself, all others as proposed; a day", report.numbers),
            number_table("Of guard and win, by what single quotes earn; a day", report.more),
        ),
        section("hits", "Whether they deal", beside(*_hits(found)), _tiers(found)),
        section("costs", "What a departure costs", beside(*_dials(found))),
        section("read", "How to read it", notes(_remarks(report))),
    ]
    return page(title, parts)


def _remarks(report: Report) -> tuple[str, ...]:
    untold = (f"not told by requests: {line}" for line in report.untold)
    return (*assumed_lines(report), *report.remarks, *untold)


def _scores(found: Calibrated) -> str:
    report = found.report
    rows: list[list[object]] = [["best there is", money(report.best), "100 %", "", "", "", ""]]
    for name, one in (("proposed", report.proposed), ("the trader's", report.given)):
        if one is not None:
            rows.append([name, *_row(one)])
    names = [
        "numbers",
        "score a day",
        "share",
        "nine in ten",
        "result",
        "turnover m",
        "deviation m",
    ]
    return table(f"In {base_of(report.pair)}, a day of the record's market", names, rows)


def _row(one: Judged) -> list[object]:
    between = f"{percent(one.low)} to {percent(one.high)}"
    parts = [money(one.score), percent(one.share), between, money(one.result)]
    return [*parts, f"{one.turnover:,.0f}", f"{one.position_sd:.1f}"]


def number_table(title: str, numbers: Sequence[Number]) -> str:
    """What is proposed, the trader's, and what departures cost."""
    rows: list[list[object]] = [
        [
            one.name,
            f"{value_text(one.proposed)} {one.unit}",
            "" if one.given is None else f"{value_text(one.given)} {one.unit}",
            "" if one.given_costs is None else money(one.given_costs),
            money(one.half_costs),
            money(one.twice_costs),
        ]
        for one in numbers
    ]
    names = ["number", "proposed", "the trader's", "that costs", "half costs", "twice costs"]
    return table(title, names, rows)


def _tiers(found: Calibrated) -> str:
    rows: list[list[object]] = [
        [
            one.tier,
            one.requests,
            one.quotes,
            one.deals,
            f"{one.a:.3f} ± {one.a_error:.3f}",
            f"{one.b:.3f} ± {one.b_error:.3f}",
        ]
        for one in found.report.tiers
    ]
    names = ["tier", "requests", "prices", "deals", "a", "b, a bp"]
    return table("P(deal) = 1 / (1 + exp(a + b d)), d bp from the middle", names, rows)


def _hits(found: Calibrated) -> Iterator[str]:
    sets = [(name, colour, one.margins) for name, colour, one in _sets(found)]
    return hit_pictures(found.of.tiers, found.of.log, found.made.curves, sets)


def hit_pictures(
    tiers: Sequence[str],
    log: RequestLog,
    curves: Sequence[HitCurve],
    sets: Sequence[tuple[str, str, Sequence[float]]],
) -> Iterator[str]:
    """Of each tier the fit, what was seen, and where margins are; `sets`: the proposed ones first,
    with names and colours.
    """
    for place, (name, curve) in enumerate(zip(tiers, curves, strict=True)):
        own = (log.tier == place) & np.isfinite(log.distance)
        distance, dealt = log.distance[own], log.dealt[own]
        colour = COLOURS[place % len(COLOURS)]
        low = min(0.0, float(np.quantile(distance, 0.02))) if len(distance) else 0.0
        high = float(np.quantile(distance, 0.98)) if len(distance) else 1.0
        line = _curve(curve, low, max(high, low + 0.1, 1.3 * sets[0][2][place]))
        fitted = Series(name="fitted, nine in ten", points=line[0], colour=colour, band=line[1])
        marks = [*_seen(distance, dealt, colour), *_points(sets, place, curve)]
        yield plane(f"Tier {name}", "% dealt", "bp from the middle", [fitted], marks)


def _curve(
    curve: HitCurve, low: float, high: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float, float]]]:
    """The fit and how sure it is, in percent."""
    at = np.linspace(low, high, 41)
    (aa, ab), (_, bb) = curve.covariance
    score = curve.tier.a + curve.tier.b * at
    error = NINETY * np.sqrt(np.maximum(aa + 2 * ab * at + bb * at**2, 0.0))
    middle, least, most = (
        (100 / (1 + np.exp(np.clip(one, -700, 700)))).tolist()
        for one in (score, score + error, score - error)
    )
    xs = at.tolist()
    return list(zip(xs, middle, strict=True)), list(zip(xs, least, most, strict=True))


def _seen(
    distance: np.ndarray[tuple[int], np.dtype[np.float64]],
    dealt: np.ndarray[tuple[int], np.dtype[np.bool_]],
    colour: str,
) -> Iterator[Mark]:
    """Shares dealt in parts of the prices, with Wilson's interval of nine in ten."""
    order = np.argsort(distance, kind="stable")
    for part in np.array_split(order, min(BINS, max(1, len(order) // 5))):
        if not len(part):
            continue
        count, share = len(part), float(dealt[part].mean())
        by = 1 + NINETY**2 / count
        middle = (share + NINETY**2 / (2 * count)) / by
        half = NINETY * sqrt(share * (1 - share) / count + (NINETY / (2 * count)) ** 2) / by
        yield Mark(
            name="seen",
            x=float(distance[part].mean()),
            y=100 * share,
            colour=colour,
            low=100 * (middle - half),
            high=100 * (middle + half),
        )


def _points(
    sets: Sequence[tuple[str, str, Sequence[float]]], place: int, curve: HitCurve
) -> Iterator[Mark]:
    for name, colour, margins in sets:
        margin = margins[place]
        if np.isfinite(margin):
            chance = float(curve.tier.deals(np.array([margin]))[0])
            yield Mark(name=name, x=margin, y=100 * chance, colour=colour, large=True)


def _sets(found: Calibrated) -> list[tuple[str, str, Authored]]:
    sets = [("proposed", "c2", found.made.proposed)]
    if isinstance(found.given, Authored):
        sets.append(("the trader's", "c5", found.given))
    return sets


def _dials(found: Calibrated) -> Iterator[str]:
    made = found.made
    for dial in dials(found.of.tiers, made.proposed):
        lines, marks = [], []
        values = _values(found, dial)
        for name, colour, written in _sets(found):
            scores = [(x, score_of(made, dial.change(written, x))) for x in values]
            lines.append(Series(name=f"others as {name}", points=scores, colour=colour))
            own = dial.read(written)
            if np.isfinite(own):
                score = score_of(made, written)
                marks.append(Mark(name=name, x=own, y=score, colour=colour, large=True))
        title = f"Score by {dial.name}"
        yield plane(title, f"{base_of(found.of.pair)} a day", dial.unit, lines, marks)
    if found.given is not None and found.report.given is not None:
        yield heading("Both sets") + paragraph(
            f"The trader's numbers reach {percent(found.report.given.share)} of the best there is, "
            f"the proposed ones {percent(found.report.proposed.share)}."
        )


def _values(found: Calibrated, dial: Dial) -> list[float]:
    own = [dial.read(written) for _, _, written in _sets(found)]
    own = [one for one in own if np.isfinite(one)]
    most = max(SPREAD * dial.read(found.made.proposed), 1.15 * max(own))
    least = min(dial.read(found.made.proposed) / SPREAD, *own, most / 2)
    return [float(x) for x in np.linspace(least, most, POINTS)]
