"""The command `fxrobot data`: bring recorded markets and requests in, look at them, cut pieces."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Recorded markets and requests: import, list, check, sample.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def main() -> None:
    """Recorded markets and requests for backtests."""
