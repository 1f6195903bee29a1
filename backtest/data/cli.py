"""The command `fxrobot data`: bring recorded markets and requests in, look at them, cut pieces.

What reads and writes tables is imported when a command runs: other commands of `fxrobot` do not
wait for it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from robot.clock import SystemClock, nanoseconds
from robot.errors import RobotError

if TYPE_CHECKING:
    from backtest.data.columns import Kind
    from backtest.data.importing import Imported

app = typer.Typer(
    help="Recorded markets and requests for backtests: import, list, check, sample, export, sql.",
    no_args_is_help=True,
    add_completion=False,
)

FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="CSV (.gz, .zst) or Parquet.")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The store; else `data` in the desk's data folder, or here."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Folder with desk.yaml; else the shipped one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
KindOption = Annotated[str, typer.Option("--kind", help="quotes, bars, fixings ...; else all.")]
VenueOption = Annotated[str, typer.Option("--venue", help="One venue or source; else all.")]
NameOption = Annotated[str, typer.Option("--pair", help="One pair, index or curve; else all.")]
FromOption = Annotated[str, typer.Option("--from", help="2014-05-01 or 2014-05-01T12:00Z, UTC.")]
ToOption = Annotated[str, typer.Option("--to", help="Before this, likewise.")]
PairOption = Annotated[str, typer.Option("--pair", help="EUR/USD, where no column says it.")]


@app.command("import")
def import_(
    files: FilesArgument,
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
    round_to: Annotated[
        str, typer.Option(help="Prices to a multiple of this, as 0.00001: floats with noise.")
    ] = "",
    one_sided: Annotated[
        bool, typer.Option("--one-sided", help="The file has bids or offers alone.")
    ] = False,
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
    from backtest.data.options import of_several, wish_of
    from backtest.data.places import known_of, store_folder
    from backtest.data.progress import shown

    wish = wish_of(
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
        round_to=round_to,
        one_sided=one_sided,
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
    folder, known = store_folder(data, config), known_of(config)
    done: list[Imported] = []
    for file in files:
        try:
            with shown(file.name) as progress:
                now_ns = SystemClock().now_ns()
                one = import_file(folder, file, wish, known, now_ns=now_ns, progress=progress)
        except RobotError as problem:
            if as_json and done:
                typer.echo(msgspec.json.encode({"imports": done}))
            raise RobotError(f"{problem}{of_several(files, len(done))}") from None
        done.append(one)
        if not as_json:
            _tell_imported(one, folder)
    if as_json:
        typer.echo(msgspec.json.encode(done[0] if len(files) == 1 else {"imports": done}))


def _tell_imported(done: Imported, folder: Path) -> None:
    from backtest.data.quality_text import lines_of

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


@app.command("list")
def list_(
    data: DataOption = None,
    config: ConfigOption = None,
    kind: KindOption = "",
    venue: VenueOption = "",
    pair: NameOption = "",
    as_json: JsonOption = False,
) -> None:
    """What the store holds: by kind, venue and pair, with spans and rows; and what was imported."""
    _ready()
    from backtest.data.listing import lines_of, listing
    from backtest.data.places import store_folder

    found = listing(
        store_folder(data, config), kinds=_kinds(kind), venues=_some(venue), names=_names(pair)
    )
    typer.echo(msgspec.json.encode(found) if as_json else "\n".join(lines_of(found)))


@app.command("check")
def check_(
    data: DataOption = None,
    config: ConfigOption = None,
    gap: Annotated[str, typer.Option(help="Silence for longer is reported.")] = "10m",
    as_json: JsonOption = False,
) -> None:
    """Read all of the store again: hashes, order, quality. Exit code 1 when something is wrong."""
    _ready()
    from backtest.data.checking import check
    from backtest.data.options import length_of
    from backtest.data.places import known_of, store_folder
    from backtest.data.quality_text import lines_of

    found = check(store_folder(data, config), known_of(config), gap_ns=length_of("--gap", gap))
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        for series, report in found.quality.items():
            typer.echo("\n".join(lines_of(series, report)))
        for problem in found.problems:
            typer.echo(f"WRONG: {problem}")
        whole = "all as it was written" if found.ok else f"{len(found.problems)} problems"
        typer.echo(f"{found.files} files, {found.rows:,} rows: {whole}")
    if not found.ok:
        raise typer.Exit(1)


@app.command("sample")
def sample_(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="New .csv or .parquet file.")],
    kind: Annotated[str, typer.Option(help="quotes, bars, fixings, curves, requests.")] = "quotes",
    data: DataOption = None,
    config: ConfigOption = None,
    venue: VenueOption = "",
    pair: NameOption = "",
    first: FromOption = "",
    end: ToOption = "",
    rows: Annotated[int, typer.Option(min=0, help="At most so many; 0 = all.")] = 0,
    keep: Annotated[float, typer.Option(help="Share of rows that stay, by seed: 0.01")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed keeps the same rows.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a piece of the store, or a thinned one, as a file that can be imported again."""
    _ready()
    from backtest.data.columns import Kind
    from backtest.data.options import one_of
    from backtest.data.places import store_folder
    from backtest.data.sampling import sample

    done = sample(
        store_folder(data, config),
        target,
        Kind(one_of("--kind", kind, list(Kind))),
        venues=_some(venue),
        names=_names(pair),
        first_ns=_moment("--from", first),
        end_ns=_moment("--to", end),
        rows_max=rows,
        keep=keep,
        seed=seed,
    )
    text = f"{done.rows:,} of {done.of:,} {done.kind} written to {done.file}"
    typer.echo(msgspec.json.encode(done) if as_json else text)


@app.command()
def remove(
    batch: Annotated[str, typer.Argument(metavar="IMPORT", help="As fxrobot data list names it.")],
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an import out of the store again: a wrong zone, a wrong pair."""
    _ready()
    from backtest.data.places import store_folder
    from backtest.data.store import remove_import

    gone = remove_import(store_folder(data, config), batch)
    if as_json:
        typer.echo(msgspec.json.encode({"removed": gone.batch, "file": gone.file}))
    else:
        typer.echo(f"{gone.batch} is out of the store (it came from {gone.file})")


@app.command("export")
def export_(
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="A desk's folder, a journal, or a segment.")
    ],
    data: DataOption = None,
    config: ConfigOption = None,
    day: Annotated[str, typer.Option(help="Segments of this trade date only: 2014-05-02.")] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of what is there for the span.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a live journal into the store: market, requests, and every other event, as stamped."""
    _ready()
    from backtest.data.places import known_of, store_folder
    from backtest.data.progress import shown
    from backtest.data.recording import export_journal

    folder = store_folder(data, config)
    with shown(str(journal)) as progress:
        done = export_journal(
            folder,
            journal,
            known_of(config),
            now_ns=SystemClock().now_ns(),
            day=day,
            replace=replace,
            progress=progress,
        )
    if as_json:
        typer.echo(msgspec.json.encode(done))
    else:
        _tell_imported(done, folder)


@app.command()
def sql(
    text: Annotated[str, typer.Argument(metavar="QUERY", help='"select ... from quotes"')],
    data: DataOption = None,
    config: ConfigOption = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows shown.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Query the store: tables quotes, bars, fixings, curves, requests, events; prices as floats."""
    _ready()
    import polars

    from backtest.data.places import store_folder
    from backtest.data.querying import query

    found = query(store_folder(data, config), text)
    if as_json:
        typer.echo(found.write_json())
        return
    with polars.Config(tbl_rows=rows, tbl_cols=-1, tbl_hide_column_data_types=True):
        typer.echo(str(found))


@app.command()
def example(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="New .csv file.")],
    rows: Annotated[int, typer.Option(help="How many quotes.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same file.")] = 7,
    date: Annotated[str, typer.Option(help="Which day.")] = "2014-05-01",
) -> None:
    """Write a made-up day of EUR/USD quotes, to try things with: no market's prices."""
    _ready()
    from backtest.data.example import write_example

    try:
        day = datetime.fromisoformat(date).date()
    except ValueError:
        raise RobotError(f"--date {date}: write it as 2014-05-01") from None
    write_example(target, rows=rows, seed=seed, day=day)
    typer.echo(f"{rows:,} made-up quotes written to {target}")


def _kinds(text: str) -> list[Kind] | None:
    from backtest.data.columns import Kind
    from backtest.data.options import one_of

    return [Kind(one_of("--kind", text, list(Kind)))] if text else None


def _some(text: str) -> list[str] | None:
    return [text] if text else None


def _names(text: str) -> list[str] | None:
    """A pair in any spelling; an index or a curve as it is."""
    from backtest.data.wishes import pair_text

    pair = pair_text(text)
    return [pair] if "/" in pair else _some(text)


def _moment(option: str, text: str) -> int | None:
    """Nanoseconds of `2014-05-01` or `2014-05-01T12:00:00Z`."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RobotError(f"{option} {text}: write it as 2014-05-01 or 2014-05-01T12:00Z") from None
    return nanoseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _ready() -> None:
    """Say what to install where the packages of backtests are missing."""
    for name in ("polars", "zstandard"):
        if find_spec(name) is None:
            raise RobotError(
                f"fxrobot data needs the package {name}, which is not installed: "
                "pip install 'fxrobot[backtest]', or make setup in a checkout"
            )
