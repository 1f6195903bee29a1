"""The report of a day as files: `limits-20140502.html` and `.csv`, each written whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.evidence.days import Change, DayReport, as_csv, report_day
from connectors.evidence.page import escaped, heading, page, paragraph, table
from connectors.evidence.use import percent
from robot.basics.numbers import set_decimal_context
from robot.clock import format_time
from robot.errors import RobotError


def write_report(journal: Path, day: str, folder: Path) -> tuple[Path, Path]:
    """Both files of a day."""
    report = report_day(journal, day)
    files = (folder / f"limits-{day}.html", folder / f"limits-{day}.csv")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip(files, (report_page(report), as_csv(report)), strict=True):
            aside = path.with_suffix(f".{os.getpid()}.tmp")
            aside.write_text(content, encoding="utf-8", newline="")
            os.replace(aside, path)
    except OSError as problem:
        raise RobotError(f"{folder}: the report cannot be written: {problem}") from problem
    return files


def report_page(report: DayReport) -> str:
    """The report as HTML."""
    begin, end = format_time(report.first_ns), format_time(report.last_ns)
    parts = [
        f"<h1>Limits of {escaped(report.day)}</h1>",
        paragraph(f"{report.quotes} quotes, {report.deals} deals, {report.refusals} refusals"),
        paragraph(f"segments {', '.join(report.segments)}, {begin} to {end}", "quiet"),
        *(paragraph(problem, "problem") for problem in report.problems),
        heading("Use and peaks"),
        _use(report),
        heading("Refusals"),
        table(
            ("What", "Reason", "Limit", "Last", "Count"),
            [
                (one.kind, one.reason, one.limit_id, format_time(one.last_ns), one.count)
                for one in report.refused
            ],
            numbers=1,
        ),
        heading("Warnings"),
        table(
            ("Code", "What", "First", "Last", "Count"),
            [
                (one.code, one.text, format_time(one.first_ns), format_time(one.last_ns), one.count)
                for one in report.warnings
            ],
            numbers=1,
        ),
        heading("Overrides"),
        _changes([one for one in report.changes if one.is_override]),
        heading("Changes, stops and releases"),
        _changes([one for one in report.changes if not one.is_override]),
    ]
    return page(f"Limits of {report.day}", parts)


def _changes(changes: Sequence[Change]) -> str:
    rows = [
        (format_time(one.at_ns), one.what, one.actor, one.agreed, one.reason, one.detail)
        for one in changes
    ]
    return table(("Time", "What", "By", "Agreed", "Why", "Detail"), rows)


def _use(report: DayReport) -> str:
    rows = [
        (
            one.limit_id,
            format_time(one.peak_ns),
            percent(one.peak_share),
            one.peak,
            one.peak_maximum,
            one.used,
            one.reserved,
            one.maximum,
            one.headroom,
        )
        for one in report.limits
    ]
    at_peak = ("Limit", "Peak at", "Share", "Peak", "Maximum then")
    return table((*at_peak, "Used", "Reserved", "Maximum", "Headroom"), rows, numbers=7)


def main(arguments: list[str]) -> int:
    """JOURNAL DAY FOLDER: how the supervisor has the report of a day that is over written."""
    journal, day, folder = arguments
    set_decimal_context()
    try:
        write_report(Path(journal), day, Path(folder))
    except RobotError as problem:
        sys.stderr.write(f"report of {day}: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
