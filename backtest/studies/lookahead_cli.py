"""The command `fxrobot backtest lookahead`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backtest.honesty.lookahead_run import Run
    from backtest.run.config import BacktestConfig

app = typer.Typer()


@app.command()
def lookahead(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A *.backtest.yaml file.")],
    samples: Annotated[int, typer.Option(min=1, help="So often it is run again.")] = 5,
    seed: Annotated[int, typer.Option(help="Chooses the moments.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Run again on less and less data: no decision may change. Exit code 1: one did."""
    import msgspec

    from backtest.honesty.lookahead_run import check_run
    from backtest.run.config import load_config

    found = check_run(run_of(load_config(config)), seed=seed, samples=samples)
    if as_json:
        content = {"clean": found.clean, "decisions": found.decisions, "cuts": found.cuts}
        told = [difference.told() for difference in found.differences]
        typer.echo(msgspec.json.encode({**content, "differences": told}).decode())
    else:
        typer.echo(found.told())
    raise typer.Exit(0 if found.clean else 1)


def run_of(config: BacktestConfig) -> Run:
    """Runs of a configuration up to a moment, in folders that are thrown away."""
    from tempfile import TemporaryDirectory

    from backtest.honesty.lookahead_run import Taken, decisions_of
    from backtest.run.runner import run
    from backtest.studies.running import moment_text

    def until(at_ns: int | None) -> list[Taken]:
        overrides = {"journal": "full"}
        if at_ns is not None:
            overrides["span.end"] = moment_text(at_ns)
        with TemporaryDirectory(prefix="fxrobot-lookahead-") as folder:
            where = Path(folder) / config.name
            run(config, overrides, folder=where)
            return decisions_of(where / "journal")

    return until
