"""The command `fxrobot backtest`; what it does is in the packages below."""

from __future__ import annotations

import typer

from backtest.run import cli as run_cli
from backtest.studies.cli import app as study_app

app = typer.Typer(
    help="Backtests by the live robot's own core: run, compare, report, search.",
    no_args_is_help=True,
    add_completion=False,
)
app.registered_commands += run_cli.app.registered_commands
app.add_typer(study_app, name="study")
