"""The command `fxrobot data`: bring recorded markets and requests in, look at them, cut pieces.

What reads and writes tables is imported when a command runs: other commands of `fxrobot` do not
wait for it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from robot.clock import SystemClock
from robot.errors import RobotError

if TYPE_CHECKING:
    from backtest.data.importing import Imported
    from backtest.data.wishes import Wish

app = typer.Typer(
    help="Recorded markets and requests: import, list, check, sample, export, sql.",
    no_args_is_help=True,
    add_completion=False,
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="CSV (.gz, .zst) or Parquet.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The store; else `data` in the desk's data folder, or here."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Folder with desk.yaml; else the shipped one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
PairOption = Annotated[str, typer.Option("--pair", help="EUR/USD, where no column says it.")]


@app.command("import")
def import_(
    file: FileArgument,
    data: DataOption = None,
    config: ConfigOption = None,
    kind: Annotated[
        str, typer.Option(help="quotes, bars, fixings, curves, requests; else by the columns.")
    ] = "",
    venue: Annotated[str, typer.Option(help="Whose quotes, or where the requests came.")] = "",
    pair: PairOption = "",
    zone: Annotated[str, typer.Option(help="Of times that do not say theirs: Europe/London.")] = "",
    fold: Annotated[
        str, typer.Option(help="earlier or later: where a changed clock leaves two readings.")
    ] = "",
    time_format: Annotated[
        str, typer.Option("--format", help="'%d/%m/%Y %H:%M:%S%.f', epoch-ms, epoch-ns ...")
    ] = "",
    columns: Annotated[
        str, typer.Option(help="at=Time,bid=Bid,offer=Ask; at=Date+Time; at=1 by place.")
    ] = "",
    separator: Annotated[str, typer.Option(help="Between cells; else seen in the file.")] = "",
    no_header: Annotated[bool, typer.Option("--no-header", help="The first line is data.")] = False,
    decimal_comma: Annotated[bool, typer.Option("--decimal-comma", help="1,3872")] = False,
    na: Annotated[
        list[str] | None, typer.Option("--na", help="A word for what is not there, as NaN.")
    ] = None,
    size_unit: Annotated[str, typer.Option(help="1 in the file is so much: 1000000.")] = "1",
    bar_side: Annotated[str, typer.Option(help="bid, offer, mid: of bars with one price.")] = "",
    bar_period: Annotated[str, typer.Option(help="1m, 1h, 1d; else seen from the times.")] = "",
    bar_time: Annotated[str, typer.Option(help="start or end: what a bar's time says.")] = "start",
    sides: Annotated[str, typer.Option(help="ours or client: whose sides a request log has.")] = "",
    outcomes: Annotated[str, typer.Option(help="A log's words: won=DEALT,lost=PASSED.")] = "",
    disorder: Annotated[str, typer.Option(help="Sorted up to this; or any.")] = "1m",
    crossed_max: Annotated[str, typer.Option(help="Bid above offer for longer refuses.")] = "5m",
    gap: Annotated[str, typer.Option(help="Silence for longer is reported.")] = "10m",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of what is there for the span.")
    ] = False,
    source: Annotated[str, typer.Option(help="Where it is from, for the catalogue.")] = "",
    licence: Annotated[str, typer.Option(help="On what terms, for the catalogue.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Bring quotes, bars, fixings, curves or requests into the store, with a quality report."""
    _ready()
    from backtest.data.importing import import_file
    from backtest.data.places import known_of, store_folder
    from backtest.data.progress import shown

    wish = _wish(
        kind=kind,
        venue=venue,
        pair=pair,
        zone=zone,
        fold=fold,
        time_format=time_format,
        columns=columns,
        separator=separator,
        no_header=no_header,
        decimal_comma=decimal_comma,
        na=na or [],
        size_unit=size_unit,
        bar_side=bar_side,
        bar_period=bar_period,
        bar_time=bar_time,
        sides=sides,
        outcomes=outcomes,
        lengths=(disorder, crossed_max, gap),
        replace=replace,
        source=source,
        licence=licence,
    )
    folder = store_folder(data, config)
    with shown(f"{file.name}") as progress:
        done = import_file(
            folder, file, wish, known_of(config), now_ns=SystemClock().now_ns(), progress=progress
        )
    _tell_imported(done, folder, as_json=as_json)


def _wish(
    *,
    kind: str,
    fold: str,
    columns: str,
    no_header: bool,
    na: list[str],
    size_unit: str,
    bar_time: str,
    outcomes: str,
    lengths: tuple[str, str, str],
    venue: str,
    pair: str,
    zone: str,
    time_format: str,
    separator: str,
    decimal_comma: bool,
    bar_side: str,
    bar_period: str,
    sides: str,
    replace: bool,
    source: str,
    licence: str,
) -> Wish:
    from backtest.data.columns import Kind
    from backtest.data.layouts import parse_columns
    from backtest.data.moments import Fold
    from backtest.data.periods import parse_period
    from backtest.data.wishes import Wish

    disorder, crossed_max, gap = (-1 if text == "any" else parse_period(text) for text in lengths)
    try:
        unit = Decimal(size_unit)
    except InvalidOperation:
        raise RobotError(f"--size-unit {size_unit}: a whole number, as 1000000") from None
    return Wish(
        kind=Kind(_one_of("--kind", kind, list(Kind))) if kind else None,
        fold=Fold(_one_of("--fold", fold, list(Fold))) if fold else None,
        columns=parse_columns(columns),
        header=not no_header,
        missing=frozenset(na),
        size_unit=unit,
        bars_at_end=_one_of("--bar-time", bar_time, ["start", "end"]) == "end",
        outcomes=parse_columns(outcomes),
        disorder_ns=disorder,
        crossed_max_ns=crossed_max,
        gap_ns=gap,
        venue=venue,
        pair=pair,
        zone=zone,
        time_format=time_format,
        separator="\t" if separator == "\\t" else separator,
        decimal_comma=decimal_comma,
        bar_side=bar_side,
        bar_period=bar_period,
        sides=sides,
        replace=replace,
        source=source,
        licence=licence,
    )


def _one_of(option: str, text: str, words: list[str]) -> str:
    if text not in words:
        raise RobotError(f"{option} {text}: one of {', '.join(words)}")
    return text


def _tell_imported(done: Imported, folder: Path, *, as_json: bool) -> None:
    from backtest.data.quality_text import lines_of

    if as_json:
        typer.echo(msgspec.json.encode(done))
        return
    for series, report in done.quality.items():
        typer.echo("\n".join(lines_of(series, report)))
    for note in done.notes:
        typer.echo(f"note: {note}")
    if done.already:
        typer.echo(f"already imported as {done.batch}: nothing was done")
        return
    replaced = f", in place of {done.replaced:,} rows" if done.replaced else ""
    typer.echo(
        f"{done.rows:,} {done.kind} imported into {folder} as {done.batch}{replaced}: "
        f"{done.first} to {done.last}"
    )


def _ready() -> None:
    """Say what to install where the packages of backtests are missing."""
    for name in ("polars", "zstandard"):
        if find_spec(name) is None:
            raise RobotError(
                f"fxrobot data needs the package {name}, which is not installed: "
                "pip install 'fxrobot[backtest]', or make setup in a checkout"
            )
