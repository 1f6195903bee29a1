"""The command `fxrobot backtest`; what it does is in the packages below."""

from __future__ import annotations

import typer

from backtest.report import cli as report_cli
from backtest.run import cli as run_cli
from backtest.run import flow_cli, parity_cli
from backtest.studies import lookahead_cli
from backtest.studies.cli import app as study_app
from backtest.vectorised import cli as sweep_cli

app = typer.Typer(
    help="Backtests by the live robot's own core: run, compare, report, search.",
    no_args_is_help=True,
    add_completion=False,
)
for group in (run_cli.app, parity_cli.app, report_cli.app, lookahead_cli.app, sweep_cli.app):
    app.registered_commands += group.registered_commands
app.add_typer(flow_cli.app, name="flow")
app.add_typer(study_app, name="study")
