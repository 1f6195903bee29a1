"""`fxrobot backtest report` and `compare`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robot.errors import RobotError

if TYPE_CHECKING:
    from backtest.report.sheet import Benchmark, Sheet

app = typer.Typer()

SourceArgument = Annotated[
    Path, typer.Argument(metavar="RUN|JOURNAL", help="Folder of a run; or a journal's, a desk's.")
]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")]
DayOption = Annotated[str, typer.Option(help="Of a journal only this trade date: 2014-05-01.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Every figure as one JSON object.")]


@app.command("report")
def report(
    source: SourceArgument,
    html: HtmlOption = None,
    day: DayOption = "",
    benchmarks: Annotated[
        bool,
        typer.Option("--benchmarks", help="Run the same days without a lean, with a flat margin."),
    ] = False,
    benchmark: Annotated[
        list[Path] | None,
        typer.Option("--benchmark", help="Another run to set beside it. Repeatable."),
    ] = None,
    study: Annotated[
        Path | None, typer.Option(help="Folder of the study that chose this run.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The tear sheet of a run or of a recorded day."""
    import msgspec

    sheet = _sheet(source, day, benchmarks=benchmarks, others=benchmark or [], study=study)
    if html is not None:
        from backtest.report.tearsheet import tear_sheet

        _write(html, tear_sheet(sheet))
    if as_json:
        typer.echo(msgspec.json.encode(sheet))
        return
    for line in lines_of(sheet):
        typer.echo(line)
    if html is not None:
        typer.echo(f"written: {html}")


@app.command("compare")
def compare(
    a: SourceArgument,
    b: SourceArgument,
    html: HtmlOption = None,
    day: DayOption = "",
    as_json: JsonOption = False,
) -> None:
    """Two runs, or a run and a recorded day, side by side with their differences."""
    import msgspec

    from backtest.report.comparing import compared, comparison_lines, comparison_page

    first, second = _sheet(a, day), _sheet(b, day)
    found = compared(first, second)
    if html is not None:
        _write(html, comparison_page(first, second))
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    for line in comparison_lines(found):
        typer.echo(line)
    if html is not None:
        typer.echo(f"written: {html}")


def _sheet(
    folder: Path,
    day: str,
    *,
    benchmarks: bool = False,
    others: list[Path] | None = None,
    study: Path | None = None,
) -> Sheet:
    from backtest.report.benchmarking import benchmark_of, kept_benchmarks, run_benchmarks
    from backtest.report.building import build
    from backtest.report.source import open_source, read_study
    from connectors.evidence.words import day_text
    from robot.basics.numbers import set_decimal_context

    set_decimal_context()
    with _progress(folder) as told:
        source = open_source(folder, day_text(day), told)
    known = read_study(study) if study is not None else None
    beside: list[Benchmark] = []
    missing: list[str] = []
    if source.kind == "run":
        beside, missing = run_benchmarks(source) if benchmarks else kept_benchmarks(folder)
    elif benchmarks:
        raise RobotError(f"{folder}: is a journal; benchmarks are of runs (fxrobot backtest run)")
    beside += [benchmark_of(other) for other in others or ()]
    return build(source, beside, known, missing)


@contextmanager
def _progress(folder: Path) -> Iterator[Callable[[float], None] | None]:
    """A bar on a terminal while a journal is read, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn(f"reading {folder}")
    console = Console(stderr=True)
    with Progress(
        words, BarColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def lines_of(sheet: Sheet) -> list[str]:
    """The page in short, for a terminal."""
    from backtest.report.attribution import BY
    from backtest.report.scales import amount, moment
    from backtest.report.tearsheet import chosen, figure

    begin, end = moment(sheet.begin_ns), moment(sheet.end_ns)
    lines = [f"{sheet.title}: {begin} to {end} UTC"]
    lines += [said] if (said := chosen(sheet)) else []
    for one in sheet.headlines:
        note = f"  ({one.note})" if one.note else ""
        lines.append(f"  {one.name:<18} {figure(one):>16} {one.unit}{note}")
    for by in BY[:2]:
        lines.append(f"by {by}:")
        for row in sheet.by[by]:
            parts = (row.margin, row.inventory, row.carry, row.hedging, row.total)
            told = " ".join(f"{amount(float(part), 2):>14}" for part in parts)
            lines.append(f"  {row.key:<24} {told}")
    lines += [f"assumed: {text}" for text in sheet.assumptions]
    lines += [f"costs: {text}" for text in sheet.costs]
    lines += [f"missing: {text}" for text in sheet.remarks]
    return lines


def _write(path: Path, content: str) -> None:
    aside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_text(content, encoding="utf-8")
        os.replace(aside, path)
    except OSError as problem:
        raise RobotError(f"{path}: cannot be written: {problem.strerror}") from problem
