"""A quality report for people."""

from __future__ import annotations

from backtest.data.periods import said
from backtest.data.quality import Report

_MS = 1_000_000
_S = 1_000_000_000
_DAYS_SHOWN = 5
_LONG_MS = 10_000
"""Bid at or above offer for less is usual where many banks quote."""


def lines_of(series: str, report: Report) -> list[str]:
    """A report, one finding a line; what is not odd is not said."""
    found = [f"{series}: {report.rows:,} rows, {report.first} to {report.last}, {report.days} days"]
    if report.gaps:
        worst = report.longest_gaps[0]
        found.append(
            f"  {report.gaps} gaps of more than {said(report.gap_s * _S)} while the market traded; "
            f"the longest {said(worst.trading_s * _S)} from {worst.after}"
        )
    if report.days_empty:
        days = ", ".join(report.days_empty[:_DAYS_SHOWN])
        found.append(f"  {len(report.days_empty)} week days without a row: {days}")
    found += [*_counts(report), *_prices(report)]
    if report.values:
        found.append(f"  values from {report.values[0]} to {report.values[1]}")
    if report.outcomes:
        told = ", ".join(f"{name} {count:,}" for name, count in report.outcomes.items())
        found.append(f"  {told}")
    found.append("  by hour UTC: " + " ".join(f"{count}" for count in report.by_hour))
    return found


def _counts(report: Report) -> list[str]:
    plain = {
        "that repeat another": report.duplicates,
        "of the time of the one before": report.same_time,
        "on the weekend": report.weekend,
        "with neither side": report.empty,
        "with one side": report.one_sided,
        "with bid equal to offer": report.locked,
        "whose high or low is none": report.broken,
        "with a price that was rounded": report.rounded,
    }
    told = [f"{count:,} {what}" for what, count in plain.items() if count]
    found = [f"  rows: {', '.join(told)}"] if told else []
    if report.out_of_order:
        found.append(
            f"  {report.out_of_order:,} rows were out of order, by up to "
            f"{said(report.disorder_ms * _MS)}: stored in order"
        )
    return found


def _prices(report: Report) -> list[str]:
    found = []
    if report.crossed:
        crossed = report.crossed
        found.append(
            f"  bid above offer in {crossed.quotes:,} quotes ({crossed.share:.2%}), "
            f"{crossed.runs:,} times, for {said(crossed.longest_ms * _MS)} at most"
            + (f", from {crossed.longest_from}" if crossed.longest_from else "")
        )
    if report.not_positive_ms > _LONG_MS:
        found.append(f"  bid not below offer for {said(report.not_positive_ms * _MS)} at most")
    if report.outliers:
        one = report.outlier_examples[0]
        found.append(
            f"  {report.outliers:,} mids far off those around them, as {one.mid} near {one.around} "
            f"at {one.at}"
        )
    if report.spread:
        spread = report.spread
        found.append(
            f"  spread median {spread['median']}, p95 {spread['p95']}, max {spread['max']} "
            f"({spread['unit']})"
        )
    return found
