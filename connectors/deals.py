"""The command `fxrobot deals`: what was dealt, and what became of it since.

A deal that a venue took back or corrected has a version for each state it was in. Reads the
database, so it works while the robot is stopped.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.store.queries import open_queries
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.errors import RobotError
from robot.settings import load_settings

app = typer.Typer(
    help="Deals: the blotter, and the versions of one.", no_args_is_help=True, add_completion=False
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("list")
def list_deals(
    config: ConfigOption,
    day: Annotated[str, typer.Option("--date", help="Only of this trade date.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Void and former ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The deals that stand, in the order of dealing."""
    trade_date = _date(day) if day else None
    with open_queries(load_settings(config.resolve()).database_url) as queries:
        deals = queries.deals(trade_date, every_version=every)
    if as_json:
        typer.echo(msgspec.json.encode({"deals": [_told(deal) for deal in deals]}))
        return
    if not deals:
        typer.echo("no deals")
    for deal in deals:
        typer.echo(_line(deal))


@app.command()
def show(
    deal_id: Annotated[str, typer.Argument(metavar="DEAL", help="As `deals list` names it.")],
    config: ConfigOption,
    as_json: JsonOption = False,
) -> None:
    """Every version of one deal, with the ledger entries of each."""
    with (
        open_queries(load_settings(config.resolve()).database_url) as queries,
        queries.at_one_moment(),
    ):
        versions = queries.versions(deal_id)
        entries = queries.entries(deal_id)
    if not versions:
        raise RobotError(f"no deal is called {deal_id!r}; `fxrobot deals list --all` names them")
    if as_json:
        told = {"versions": [_told(deal) for deal in versions], "entries": entries}
        typer.echo(msgspec.json.encode(told))
        return
    for deal in versions:
        typer.echo(_line(deal))
        for booked in entries:
            if booked.version == deal.version:
                _show_entry(booked.entry.entry_id, booked.entry.postings)


def _show_entry(entry_id: str, postings: tuple[object, ...]) -> None:
    typer.echo(f"  {entry_id}")
    for posting in postings:
        row = msgspec.to_builtins(posting)
        amount = f"{row['amount']} {row['currency']}"
        typer.echo(f"    {row['account']:32} {amount:>24}  {row['value_date']}")


def _told(deal: Deal) -> dict[str, object]:
    """All fields, `version` and `void` whatever they are."""
    told: dict[str, object] = msgspec.to_builtins(deal)
    return {**told, "version": deal.version, "void": deal.void}


def _line(deal: Deal) -> str:
    sign = "+" if deal.edge >= ZERO else ""
    state = "VOID" if deal.void else "stands"
    terms = f"{deal.side} {deal.base_amount:f} {deal.pair} {deal.product} at {deal.rate:f}"
    by = "order" if deal.as_taker else "quote"
    place = f"{deal.counterparty} {deal.venue} by {by}"
    return f"{deal.deal_id}  v{deal.version} {state}  {terms}  {place}  edge {sign}{deal.edge:f}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise RobotError(f"--date {text[:40]!r} is no date; write 2026-11-22") from problem
