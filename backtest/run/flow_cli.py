"""`fxrobot backtest flow`: models of clients, fitted to recorded requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Models of clients, fitted to recorded requests.",
    no_args_is_help=True,
    add_completion=False,
)

PlaceArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run's folder, or a journal, data or desk folder.")
]
ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="A fitted model.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("fit")
def fit_flow(
    place: PlaceArgument,
    out: Annotated[Path, typer.Option("--out", help="Where the model is written, JSON.")],
    day: Annotated[str, typer.Option("--day", help="Trade date, 2026-10-21; else all.")] = "",
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="A counterparty to leave out; repeatable.")
    ] = None,
    product: Annotated[
        list[str] | None, typer.Option("--product", help="Only these: SWAP; repeatable.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """When clients ask, for what, and at which prices they deal, with how well that tells it."""
    from backtest.run.flow_log import fit_place
    from backtest.run.flow_model import write_model
    from connectors.evidence.words import day_text

    products = [name.upper() for name in product or ()]
    model = fit_place(place, day_text(day), exclude=exclude or (), products=products)
    write_model(model, out)
    _show(out, as_json)


@app.command("check")
def check_flow(
    model: ModelArgument,
    place: PlaceArgument,
    day: Annotated[str, typer.Option("--day", help="Trade date, 2026-10-21; else all.")] = "",
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="A counterparty to leave out; repeatable.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How well a model tells who dealt in another log. Exit code 1: the log speaks against it."""
    import msgspec

    from backtest.run.flow_log import check_place
    from backtest.run.flow_model import goodness_lines, read_model
    from connectors.evidence.words import day_text

    found = check_place(read_model(model), place, day_text(day), exclude=exclude or ())
    if as_json:
        typer.echo(msgspec.json.encode(found))
    for name, good in found.items() if not as_json else ():
        typer.echo("\n".join([f"{name}:", *goodness_lines(good)]))
    raise typer.Exit(0 if all(good.holds for good in found.values()) else 1)


@app.command("show")
def show_flow(model: ModelArgument, as_json: JsonOption = False) -> None:
    """A model and how good it is."""
    _show(model, as_json)


def _show(path: Path, as_json: bool) -> None:
    import msgspec

    from backtest.run.flow_model import lines_of, read_model

    model = read_model(path)
    if as_json:
        typer.echo(msgspec.json.encode(model))
        return
    for line in lines_of(model):
        typer.echo(line)
