"""The command `fxrobot breaks`: what the venues' records say otherwise than ours, and what became
of it.

`list` and `show` read the database, so they work while the robot is stopped; `resolve` goes to the
running trader, which journals it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.store.queries import Queries, open_queries
from connectors.store.views import Break
from robot.clock import utc_datetime
from robot.control import Answer, Command, ask
from robot.errors import RobotError
from robot.settings import Settings, load_settings

app = typer.Typer(
    help="Differences with the venues' records: look at them, resolve them.",
    no_args_is_help=True,
    add_completion=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
BreakArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `fxrobot breaks list` names it: venue and ExecID.")
]


@app.command("list")
def list_breaks(
    config: ConfigOption,
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The open breaks, oldest first. Exit code 0: none is open; 1: at least one is."""
    with _queries(config) as queries:
        breaks = queries.breaks()
    wanted = [found for found in breaks if every or _is_open(found)]
    if as_json:
        typer.echo(msgspec.json.encode({"breaks": wanted}))
    elif not wanted:
        typer.echo("no breaks" if every else "no open breaks")
    for found in () if as_json else wanted:
        typer.echo(_line(found))
    raise typer.Exit(1 if any(_is_open(found) for found in breaks) else 0)


@app.command()
def show(break_id: BreakArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """One break, and our own deal under the same ExecID, if there is one."""
    with _queries(config) as queries, queries.at_one_moment():
        breaks = queries.breaks_of(break_id)
        deal = queries.deal_of_execution(breaks[-1].exec_id) if breaks else None
    if not breaks:
        raise RobotError(f"no break is called {break_id!r}; `fxrobot breaks list --all` names them")
    if as_json:
        typer.echo(msgspec.json.encode({"breaks": breaks, "deal": deal}))
        return
    for found in breaks:
        typer.echo(_line(found))
    typer.echo(f"our deal: {msgspec.json.encode(deal).decode()}" if deal else "our deal: none")


@app.command()
def resolve(
    break_id: BreakArgument,
    config: ConfigOption,
    reason: Annotated[str, typer.Option(help="What was found and done; it is journaled.")],
    actor: Annotated[str, typer.Option(help="Who; it is journaled.")],
    as_json: JsonOption = False,
) -> None:
    """Say that a break is settled: it no longer halts dealing. Exit code 1: it still does."""
    if not (actor.strip() and reason.strip()):
        raise RobotError("a break is resolved by somebody for a reason: give --actor and --reason")
    settings = load_settings(config.resolve())
    halt = f"break {break_id}"
    halts = _ask(settings, Command(command="status"))
    if halt not in halts:
        known = [name.removeprefix("break ") for name in halts if name.startswith("break ")]
        names = ", ".join(known) or "none"
        raise RobotError(f"no open break is called {break_id!r}; open breaks: {names}")
    wanted = Command(command="clear", halt=halt, actor=actor, reason=reason)
    left = _ask(settings, wanted)
    if as_json:
        typer.echo(msgspec.json.encode({"resolved": halt not in left, "halts": left}))
    else:
        typer.echo("dealing is halted by: " + (", ".join(left) or "nothing"))
    raise typer.Exit(1 if halt in left else 0)


def _queries(config: Path) -> Queries:
    return open_queries(load_settings(config.resolve()).database_url)


def _ask(settings: Settings, command: Command) -> dict[str, str]:
    """What halts dealing after the command, by name."""
    answer: Answer = ask(settings.run_folder / "control", command)
    if not answer.get("ok"):
        raise RobotError(str(answer.get("problem", answer)))
    return msgspec.convert(answer.get("halts", {}), dict[str, str])


def _is_open(found: Break) -> bool:
    return found.resolved_at_ns is None


def _line(found: Break) -> str:
    when = f"{utc_datetime(found.at_ns):%Y-%m-%d %H:%M:%S}"
    told = f"{found.break_id}  {found.kind}  found {when} UTC: {found.detail}"
    if found.resolved_at_ns is None:
        return f"{told}  OPEN"
    then = f"{utc_datetime(found.resolved_at_ns):%Y-%m-%d %H:%M:%S}"
    return f"{told}  resolved {then} UTC by {found.resolved_by}: {found.resolution}"
