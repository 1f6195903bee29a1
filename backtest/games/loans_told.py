"""A calibration of loans in words, and as a page."""

from __future__ import annotations

from collections.abc import Iterator

from backtest.games.calibrating_loans import LoanJudged, LoanReport, LoansCalibrated
from backtest.games.calibration_page import hit_pictures, number_table
from backtest.games.calibration_text import money, number_lines, percent
from backtest.report.layout import beside, notes, page, paragraph, section, table


def loan_lines(report: LoanReport) -> Iterator[str]:
    """All of it."""
    yield (
        f"{report.place}: {report.requests} requests for {report.product} {report.currency} in "
        f"{report.days:.3g} days, {report.priced} with a price of ours, {report.dealt} dealt; for "
        f"{report.tenor_days:.3g} days on average"
    )
    for tier in report.tiers:
        yield (
            f"  {tier.tier}: {tier.deals} deals on {tier.quotes} prices; a "
            f"{tier.a:.3f} ± {tier.a_error:.3f}, b {tier.b:.3f} ± {tier.b_error:.3f} a bp"
        )
    yield f"score a day in {report.currency}: interest over the middle, over the loans' whole lives"
    yield f"  {'best there is':<16} {money(report.best):>14}   100 %"
    for name, one in (("proposed", report.proposed), ("the trader's", report.given)):
        if one is not None:
            yield f"  {name:<16} {money(one.score):>14} {percent(one.share):>7} ({_range(one)})"
    yield "each number by itself, all others as proposed; what it costs a day:"
    yield from number_lines(report.numbers)
    yield from (f"note: {line}" for line in _assumed(report))
    yield from (f"not told by requests: {line}" for line in report.untold)


def _range(one: LoanJudged) -> str:
    return f"nine in ten: {percent(one.low)} to {percent(one.high)}"


def _assumed(report: LoanReport) -> tuple[str, ...]:
    assumed = "money is had at the middle, and interest is reckoned actual/360"
    return (assumed, *report.remarks)


def loan_page(found: LoansCalibrated) -> str:
    """The whole file."""
    report = found.report
    title = f"Calibration of {report.currency} {report.product.lower()}"
    sets = [("proposed", "c2", found.margins)]
    if found.given is not None:
        sets.append(("the trader's", "c5", found.given))
    pictures = hit_pictures(found.of.tiers, found.of.log, found.curves, sets)
    told = (*_assumed(report), *(f"not told by requests: {line}" for line in report.untold))
    costs = "Each number by itself, all others as proposed; a day"
    parts = [
        f"<h1>{title}</h1>",
        paragraph(f"{report.place}: {report.requests} requests, {report.dealt} dealt", "quiet"),
        section("scores", "What it comes to", _scores(report), number_table(costs, report.numbers)),
        section("hits", "Whether they deal", beside(*pictures)),
        section("read", "How to read it", notes(told)),
    ]
    return page(title, parts)


def _scores(report: LoanReport) -> str:
    rows: list[list[object]] = [["best there is", money(report.best), "100 %", ""]]
    for name, one in (("proposed", report.proposed), ("the trader's", report.given)):
        if one is not None:
            rows.append([name, money(one.score), percent(one.share), _range(one)])
    names = ["margins", "score a day", "share", "range"]
    return table(f"In {report.currency}, a day of the record", names, rows)
