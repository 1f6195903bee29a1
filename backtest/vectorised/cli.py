"""`fxrobot backtest sweep`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from robot.errors import ConfigurationError

HERE = "build/research/bin/fxrobot backtest sweep"
app = typer.Typer()


@app.command("sweep")
def sweep_parameters(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A *.backtest.yaml file.")],
    tried: Annotated[
        list[str],
        typer.Option(
            "--try", help="Values of a parameter of the rule book: 'trigger=1 pip,2 pip'."
        ),
    ],
    best: Annotated[int, typer.Option(min=1, help="How many points are run event by event.")] = 3,
    slippage: Annotated[float, typer.Option(min=0.0, help="Share of a deal's value.")] = 0.0,
    fee: Annotated[float, typer.Option(min=0.0, help="Share of a deal's value.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Try many values of a rule book's parameters in columns; run the best ones event by event."""
    if find_spec("vectorbt") is None:
        text = "vectorbt is not installed here, and is no part of what trades"
        raise ConfigurationError(f"{text}: make research, then {HERE} (or pip's extra research)")
    import msgspec

    from backtest.run.config import load_config
    from backtest.vectorised.portfolio import Costs
    from backtest.vectorised.sweep import confirmed, lines_of, sweep

    values = dict(_values(text) for text in tried)
    swept = sweep(load_config(config), values, Costs(slippage=slippage, fee=fee))
    report = confirmed(swept, best)
    typer.echo(msgspec.json.encode(report) if as_json else "\n".join(lines_of(report)))


def _values(text: str) -> tuple[str, list[str]]:
    name, sign, said = text.partition("=")
    values = [value.strip() for value in said.split(",")]
    if not sign or not all(values):
        raise ConfigurationError(f"--try {text}: write NAME=VALUE,VALUE, as 'trigger=1 pip,2 pip'")
    return name.strip(), values
